"""Files that are no harmless workbook: each is one complaint, before any spreadsheet parser sees it."""

from __future__ import annotations

import struct

import pytest

from tests.support.workbooks import CLASS, only, read, rezipped, with_cell

_LONG_STRING = b"<sst><si><r><t>" + b"xy" * 1500 + b"</t></r><r><t>" + b"z" * 1500 + b"</t></r></si></sst>"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "workbook-unreadable"),
        (b"not a workbook", "workbook-unreadable"),
        (CLASS[: len(CLASS) // 2], "workbook-unreadable"),
        (CLASS[:-30], "workbook-unreadable"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600), "workbook-unreadable"),
        (rezipped(lambda parts: parts.clear()), "workbook-unreadable"),
        (rezipped(lambda parts: parts.update({"xl/vbaProject.bin": b"macro"})), "workbook-has-macros"),
        (
            rezipped(lambda parts: parts.update({"xl/externalLinks/externalLink1.xml": b"<a/>"})),
            "workbook-has-links",
        ),
        (rezipped(lambda parts: parts.update({"xl/media/bomb.xml": bytes(20_000_000)})), "workbook-swollen"),
        (
            rezipped(lambda parts: parts.update({f"xl/{i}.xml": b"<a/>" for i in range(200)})),
            "workbook-swollen",
        ),
        (
            rezipped(lambda parts: parts.update({"xl/styles.xml": b"<a>" + b"<b/>" * 1_000_000})),
            "workbook-swollen",
        ),
        (rezipped(lambda parts: parts.update({"xl/sharedStrings.xml": _LONG_STRING})), "workbook-swollen"),
        (rezipped(lambda parts: parts.update({"XL/Workbook.xml": b"<a/>"})), "workbook-part-twice"),
        (rezipped(lambda parts: parts.update({"xl/sharedStrings.xml": b"<sst>"})), "workbook-unreadable"),
        (
            rezipped(
                lambda parts: parts.update({"xl/styles.xml": b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'})
            ),
            "workbook-has-entities",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_bad_file_is_one_complaint(data: bytes, code: str) -> None:
    """What is no harmless workbook is refused by name before any spreadsheet parser sees it."""
    assert only(read(data)).code == code


def test_a_far_cell_is_refused() -> None:
    """A cell at the far corner of a sheet would make a parser fill memory."""
    assert only(with_cell("Toán", "XFD1048576", 1)).code == "workbook-far-cell"


def test_a_lying_size_is_refused() -> None:
    """A part that inflates to more than the archive's directory says is refused, not inflated."""
    data = bytearray(CLASS)
    entry = data.index(b"PK\x01\x02")
    data[entry + 24 : entry + 28] = struct.pack("<I", 10)
    assert only(read(bytes(data))).code == "workbook-unreadable"

"""Attacks on the bytes alone: flipped, cut, joined, moved; the byte range, the gap, the padding."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from functools import partial

from schemas.pdf_profile import SignatureField
from tests.support.attacks.material import END, Attacks, Material, replaced, with_range
from tests.support.demonstration import gap_of

PRINCIPAL, SEAL = SignatureField.PRINCIPAL, SignatureField.SEAL

_OBJECTS = (
    "catalog",
    "form",
    "pages",
    "page",
    "contents",
    "font",
    "font-file",
    "to-unicode",
    "metadata",
    "attachment",
    "file-specification",
    "principal-field",
    "seal-field",
    "seal-panel",
    "information",
)
"""Objects that both signatures, or the seal's alone, cover from end to end."""


def _flipped(pdf: bytes, at: int) -> bytes:
    return pdf[:at] + bytes([pdf[at] ^ 1]) + pdf[at + 1 :]


def _flip_in_object(material: Material, name: str) -> bytes:
    start, end = material.place(name)
    return _flipped(material.pdf, (start + end) // 2)


def _flip_after(material: Material, words: bytes, revision: int) -> bytes:
    end = material.ends[revision]
    return _flipped(material.pdf, material.pdf.rindex(words, 0, end) + len(words))


def _in_padding(material: Material, field: SignatureField, digits: bytes) -> bytes:
    _, end = gap_of(material.pdf, field)
    return material.pdf[: end - len(digits)] + digits + material.pdf[end:]


def _upper_case(material: Material, field: SignatureField) -> bytes:
    start, end = gap_of(material.pdf, field)
    return material.pdf[:start] + material.pdf[start:end].upper() + material.pdf[end:]


def _shifted(material: Material, numbers: Callable[[int, int, int], tuple[int, ...]]) -> bytes:
    before, after, length = (int(word) for word in _range(material)[1:])
    return with_range(material.pdf, b" ".join(b"%d" % each for each in numbers(before, after, length)))


def _range(material: Material) -> list[bytes]:
    written = material.pdf.rindex(b"/ByteRange [") + len(b"/ByteRange [")
    return material.pdf[written : material.pdf.index(b"]", written)].split()


def _range_of_the_principal_in_the_seal(material: Material) -> bytes:
    at = material.pdf.index(b"/ByteRange [") + len(b"/ByteRange [")
    return with_range(material.pdf, material.pdf[at : material.pdf.index(b"]", at)])


def _gap_in_two_strings(material: Material) -> bytes:
    _, end = gap_of(material.pdf, SEAL)
    return material.pdf[: end - 8] + b"> <0000>" + material.pdf[end + 1 :] + b" "


def _white_space_in_gap(material: Material) -> bytes:
    _, end = gap_of(material.pdf, SEAL)
    return material.pdf[: end - 2] + b"\n " + material.pdf[end:]


def _contents_as_a_literal_string(material: Material) -> bytes:
    start, end = gap_of(material.pdf, SEAL)
    return material.pdf[: start - 1] + b"(" + material.pdf[start:end] + b")" + material.pdf[end + 1 :]


FLIPS: Attacks = {
    **{f"flip-{name}": partial(_flip_in_object, name=name) for name in _OBJECTS},
    "flip-header": lambda m: _flipped(m.pdf, 6),
    "flip-binary-mark": lambda m: _flipped(m.pdf, 11),
    **{
        f"flip-{what}-of-{whose}": partial(_flip_after, words=words, revision=revision)
        for whose, revision in (("page", 0), ("principal", 1), ("seal", 2))
        for what, words in (
            ("table", b"\nxref\n0 1"),
            ("trailer", b"\ntrailer"),
            ("start-of-table", b"\nstartxref\n"),
            ("end-of-file", b"\n%%"),
        )
        if (what, whose) != ("table", "page")
    },
    "flip-signing-time-of-seal": lambda m: _flip_after(m, b"/M (D:", 2),
    "flip-sub-filter-of-seal": lambda m: _flip_after(m, b"/SubFilter /ETSI.CAdES", 2),
    "flip-lock-of-seal": lambda m: _flip_after(m, b"/TransformMethod /", 2),
    "flip-line-between-revisions": lambda m: _flipped(m.pdf, m.ends[0] - 1),
}

RANGES: Attacks = {
    "range-null": lambda m: with_range(m.pdf, b"null"),
    "range-empty": lambda m: with_range(m.pdf, b""),
    "range-of-nothing": lambda m: with_range(m.pdf, b"0 0 0 0"),
    "range-negative": lambda m: _shifted(m, lambda a, b, c: (0, a, b, -c)),
    "range-negative-start": lambda m: _shifted(m, lambda a, b, c: (-1, a, b, c)),
    "range-not-from-the-start": lambda m: _shifted(m, lambda a, b, c: (1, a - 1, b, c)),
    "range-overlapping": lambda m: _shifted(m, lambda a, b, c: (0, b, a, c + b - a)),
    "range-without-gap": lambda m: _shifted(m, lambda a, b, c: (0, a, a, c + b - a)),
    "range-with-too-wide-a-gap": lambda m: _shifted(m, lambda a, b, c: (0, a - 1, b, c)),
    "range-with-too-narrow-a-gap": lambda m: _shifted(m, lambda a, b, c: (0, a + 1, b, c)),
    "range-huge": lambda m: with_range(m.pdf, b"0 9999999999 9999999999 9999"),
    "range-beyond-64-bits": lambda m: with_range(m.pdf, b"0 18446744073709551617 1 1"),
    "range-past-the-end": lambda m: _shifted(m, lambda a, b, c: (0, a, b, c + 1)),
    "range-short-of-the-end": lambda m: _shifted(m, lambda a, b, c: (0, a, b, c - 1)),
    "range-of-three": lambda m: _shifted(m, lambda a, b, _c: (0, a, b)),
    "range-of-six": lambda m: _shifted(m, lambda a, b, c: (0, a, b, c - 9, b, 1)),
    "range-with-leading-zeros": lambda m: _shifted(m, lambda a, b, c: (0, a, b, c)).replace(
        b"/ByteRange [0 ", b"/ByteRange [00 "
    ),
    "range-as-reals": lambda m: with_range(m.pdf, b"0.0 " + b" ".join(_range(m)[1:])),
    "range-with-comment": lambda m: with_range(m.pdf, b"0%\n" + b" ".join(_range(m)[1:])),
    "range-as-reference": lambda m: with_range(m.pdf, b"443 0 R"),
    "range-renamed": lambda m: replaced(m.pdf, b"/ByteRange", b"/ByteRangf"),
    "range-name-escaped": lambda m: replaced(m.pdf, b"/ByteRange [", b"/Byt#65Range["),
    "range-of-the-principal-in-the-seal": _range_of_the_principal_in_the_seal,
    "range-of-the-seal-in-the-principal": lambda m: with_range(m.pdf, b" ".join(_range(m)), field=PRINCIPAL),
}

GAPS: Attacks = {
    "gap-of-seal-in-capitals": partial(_upper_case, field=SEAL),
    "gap-of-principal-in-capitals": partial(_upper_case, field=PRINCIPAL),
    "padding-of-seal-not-zero": partial(_in_padding, field=SEAL, digits=b"01"),
    "padding-of-principal-not-zero": partial(_in_padding, field=PRINCIPAL, digits=b"01"),
    "padding-holds-a-script": partial(_in_padding, field=SEAL, digits=b"app.alert(1)".hex().encode()),
    "padding-is-no-hexadecimal": partial(_in_padding, field=SEAL, digits=b"zz"),
    "padding-ends-the-dictionary": partial(_in_padding, field=SEAL, digits=b"> /X <00"),
    "gap-in-two-strings": _gap_in_two_strings,
    "gap-with-white-space": _white_space_in_gap,
    "contents-as-a-literal-string": _contents_as_a_literal_string,
    "contents-all-zero": lambda m: _zeroed(m, SEAL),
    "contents-of-principal-all-zero": lambda m: _zeroed(m, PRINCIPAL),
    "contents-renamed": lambda m: replaced(m.pdf, b"/Contents <", b"/Kontents <"),
    "contents-null": lambda m: _without_contents(m, b"null"),
    "contents-empty": lambda m: _without_contents(m, b"<>"),
}


def _zeroed(material: Material, field: SignatureField) -> bytes:
    start, end = gap_of(material.pdf, field)
    return material.pdf[:start] + b"0" * (end - start) + material.pdf[end:]


def _without_contents(material: Material, instead: bytes) -> bytes:
    start, end = gap_of(material.pdf, SEAL)
    return material.pdf[: start - 1] + instead.ljust(end - start + 2) + material.pdf[end + 1 :]


CUTS: Attacks = {
    "cut-back-to-the-page": lambda m: m.pdf[: m.ends[0]],
    "cut-back-to-the-principal": lambda m: m.pdf[: m.ends[1]],
    "cut-back-and-continued-by-zeros": lambda m: m.pdf[: m.ends[1]].ljust(len(m.pdf), b"\0"),
    "cut-in-the-page": lambda m: m.pdf[: m.ends[0] // 2],
    "cut-in-the-gap-of-the-principal": lambda m: m.pdf[: gap_of(m.pdf, PRINCIPAL)[0] + 100],
    "cut-in-the-gap-of-the-seal": lambda m: m.pdf[: gap_of(m.pdf, SEAL)[0] + 100],
    "cut-before-the-last-line": lambda m: m.pdf[: -len(END)],
    "cut-by-one-byte": lambda m: m.pdf[:-1],
    "longer-by-a-line": lambda m: m.pdf + b"\n",
    "longer-by-a-zero-byte": lambda m: m.pdf + b"\0",
    "longer-by-a-comment": lambda m: m.pdf + b"% seen\n",
    "longer-by-an-end-of-file": lambda m: m.pdf + END,
    "later-by-a-line": lambda m: b"\n" + m.pdf,
    "later-by-a-shell-script": lambda m: b"#!/bin/sh\n" + m.pdf,
    "two-files-joined": lambda m: m.pdf + m.other,
    "two-files-joined-the-other-first": lambda m: m.other + m.pdf,
    "the-same-file-twice": lambda m: m.pdf + m.pdf,
    "page-of-one-signatures-of-another": lambda m: m.page + m.other[_first_end(m.other) :],
    "seal-revision-of-another": lambda m: m.pdf[: m.ends[1]] + m.other[_second_end(m.other) :],
    "compressed": lambda m: zlib.compress(m.pdf, 1),
    "line-ends-changed": lambda m: m.pdf.replace(b"\nendobj\n", b"\r\nendobj\r\n"),
    "as-text-in-utf-8": lambda m: m.pdf.decode("latin-1").encode(),
    "last-revision-twice": lambda m: m.pdf + m.pdf[m.ends[1] :],
}


def _first_end(pdf: bytes) -> int:
    return pdf.index(END) + len(END)


def _second_end(pdf: bytes) -> int:
    return pdf.index(END, _first_end(pdf)) + len(END)

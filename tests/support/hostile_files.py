"""Files made to fill memory or time, or to be read in two ways: each with the code that refuses it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from hashlib import sha256

from service.sample.school import sample_school
from service.sample.vendors import Vendor, vendor_files
from tests.support.workbooks import CLASS, rezipped

_MEGABYTE = 2**20
_SHEET = "xl/worksheets/sheet1.xml"
_NAMESPACE = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_ODS_HEAD = (
    b'<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    b'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    b'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
)
_ODS_TAIL = b"</office:spreadsheet></office:body></office:document-content>"


def hostile_files() -> Iterator[tuple[str, str, bytes]]:
    """Yield name, code and content."""
    yield "empty.xlsx", "workbook-unreadable", b""
    yield "picture.xlsx", "workbook-unreadable", b"\x89PNG\r\n\x1a\n" + bytes(10_000)
    yield "too-large.xlsx", "workbook-too-large", bytes(21 * _MEGABYTE)
    yield from _archives()
    yield from _sheets()
    yield from _ods()
    yield from _xls()
    yield "commas.csv", "workbook-swollen", b"a;b\n" * 10 + (b";" * 190 + b"\n") * 9_000
    yield "wide.csv", "workbook-far-cell", b"a;b\nc;d\n" + b";" * 5_000_000
    yield "lines.csv", "workbook-far-cell", b"a;b\n" + b"\n" * 15_000_000
    # A letter beyond Latin-1 makes every character of the text two bytes; each cell is two lines.
    row = b";".join([b'"\n"'] * 100) + b"\n"
    yield "quoted.csv", "workbook-swollen", "STT;Họ và tên\n".encode() + row * 48_000
    yield "quote.csv", "workbook-unreadable", b'a;b\nc;"' + b"d" * 15_000_000
    yield "zeros.csv", "workbook-unreadable", bytes(15_000_000)


def _archives() -> Iterator[tuple[str, str, bytes]]:
    yield "bomb.xlsx", "workbook-swollen", _with("xl/media/a.xml", bytes(30 * _MEGABYTE))
    yield (
        "inflated.xlsx",
        "workbook-swollen",
        _with_parts({f"xl/{n}.bin": _text(6_000_000) for n in range(10)}),
    )
    yield (
        "parts.xlsx",
        "workbook-swollen",
        _with_parts({f"xl/{number}.xml": b"<a/>" for number in range(201)}),
    )
    yield "twice.xlsx", "workbook-part-twice", _with("XL/workbook.xml", b"<a/>")
    yield "macro.xlsx", "workbook-has-macros", _with("xl/vbaProject.bin", b"macro")
    yield "links.xlsx", "workbook-has-links", _with("xl/externalLinks/externalLink1.xml", b"<a/>")
    yield "binary.xlsx", "workbook-binary", _with("xl/workbook.bin", b"a")
    external = b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
    yield "xxe.xlsx", "workbook-has-entities", _with("xl/styles.xml", external)
    laughs = b"".join(
        b'<!ENTITY a%d "%s">' % (number, b"&a%d;" % (number - 1) * 10) for number in range(1, 9)
    )
    laughs = b'<!DOCTYPE a [<!ENTITY a0 "ha">%s]><a>&a8;</a>' % laughs
    yield "laughs.xlsx", "workbook-has-entities", _with("xl/styles.xml", laughs)
    deep = b"<a>" * 1_000_000 + b"</a>" * 1_000_000
    yield "deep.xlsx", "workbook-swollen", _with("xl/styles.xml", deep, stored=True)
    names = b"".join(b' a%x="%x"' % (number, number) for number in range(1_000_000))
    yield "attributes.xlsx", "workbook-swollen", _with("xl/styles.xml", b"<a" + names + b"/>")
    utf7 = b'<?xml version="1.0" encoding="utf-7"?><a/>'
    yield "encoding.xlsx", "workbook-unreadable", _with("xl/styles.xml", utf7)
    lying = bytearray(CLASS)
    entry = lying.index(b"PK\x01\x02")
    lying[entry + 24 : entry + 28] = (10).to_bytes(4, "little")
    yield "lying.xlsx", "workbook-unreadable", bytes(lying)


def _sheets() -> Iterator[tuple[str, str, bytes]]:
    yield "far-cell.xlsx", "workbook-far-cell", _with(_SHEET, _sheet(b'<c r="XFD1048576"><v>1</v></c>'))
    wide = b"".join(b'<row r="%d"><c r="GR%d"><v>1</v></c></row>' % (n, n) for n in range(1, 10_001))
    sheet = b"<worksheet %s><sheetData>%s</sheetData></worksheet>" % (_NAMESPACE, wide)
    each = {f"xl/worksheets/sheet{number}.xml": sheet for number in range(1, 15)}
    yield "sparse.xlsx", "workbook-swollen", _with_parts(each)
    text = _text(45_000_000)
    inline = b'<c r="A1" t="inlineStr"><is><t>%s</t></is></c>' % text
    yield "inline.xlsx", "workbook-swollen", _with(_SHEET, _sheet(inline))
    yield "value.xlsx", "workbook-swollen", _with(_SHEET, _sheet(b'<c r="A1" t="str"><v>%s</v></c>' % text))
    strings = b"<sst %s><si><t>%s</t></si></sst>" % (_NAMESPACE, b"a" * 3_900)
    cells = b"".join(b'<c r="A%d" t="s"><v>0</v></c>' % number for number in range(1, 10_001))
    shared = {"xl/sharedStrings.xml": strings, _SHEET: _sheet(cells)}
    yield "shared.xlsx", "workbook-swollen", _with_parts(shared)
    merged = b"<mergeCells>%s</mergeCells>" % (b'<mergeCell ref="A1:B2"/>' * 50_000)
    yield "merged.xlsx", "workbook-swollen", _with(_SHEET, _sheet(b"", merged))
    yield "one-part.xlsx", "workbook-swollen", rezipped(_point_all_sheets_at_one)


def _ods() -> Iterator[tuple[str, str, bytes]]:
    def table(rows: bytes) -> bytes:
        return _ods_with(b'<table:table table:name="a">%s</table:table>' % rows)

    cell = (
        b'<table:table-cell office:value-type="float" office:value="1" table:number-columns-repeated="%d"/>'
    )
    wide = b"<table:table-row>%s</table:table-row>" % (cell % 9_999_999)
    yield "columns.ods", "workbook-far-cell", table(wide)
    tall = b'<table:table-row table:number-rows-repeated="9999999">%s</table:table-row>' % (cell % 1)
    yield "rows.ods", "workbook-far-cell", table(tall)
    full = b'<table:table-row table:number-rows-repeated="9000">%s</table:table-row>' % (cell % 190)
    yield "repeated.ods", "workbook-swollen", table(full)
    yield "tags.ods", "workbook-swollen", table(b"<table:table-row/>" * 900_000)
    doctype = b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>' + _ODS_HEAD + _ODS_TAIL
    yield "xxe.ods", "workbook-has-entities", _ods_archive(doctype)
    names = b"".join(b' a%x="%x"' % (number, number) for number in range(1_000_000))
    yield "attributes.ods", "workbook-swollen", table(b"<table:table-row%s/>" % names)
    spaces = b"<table:table-row><table:table-cell><text:p>%s</text:p></table:table-cell></table:table-row>"
    yield "text.ods", "workbook-swollen", table(spaces % _text(45_000_000))
    yield "dde.ods", "workbook-has-links", table(b"<table:table-source/>")


def _xls() -> Iterator[tuple[str, str, bytes]]:
    yield "cut.xls", "workbook-unreadable", bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600)
    book = vendor_files(sample_school(students=2, seed=1), Vendor.VNEDU)["HoSo_6A.xls"]
    yield "loop.xls", "workbook-unreadable", _chain_that_bites_its_tail(book)
    # The record of a font made into a table of strings that claims two billion.
    font = book.index(b"\x31\x00", 512)
    claim = bytearray(book)
    claim[font] = 0xFC
    claim[font + 8 : font + 12] = b"\xff\xff\xff\x7f"
    yield "strings.xls", "workbook-swollen", bytes(claim)


def _chain_that_bites_its_tail(book: bytes) -> bytes:
    """Return a compound file whose table of sectors leads every chain back to itself."""
    changed = bytearray(book)
    table = 512 * (1 + int.from_bytes(book[76:80], "little"))
    for number in range(128):
        changed[table + 4 * number : table + 4 * number + 4] = (number ^ 1).to_bytes(4, "little")
    return bytes(changed)


def _sheet(cells: bytes, after: bytes = b"") -> bytes:
    return b'<worksheet %s><sheetData><row r="1">%s</row></sheetData>%s</worksheet>' % (
        _NAMESPACE,
        cells,
        after,
    )


def _noise(length: int) -> bytes:
    """Return what does not deflate, the same each time."""
    return b"".join(sha256(number.to_bytes(4, "big")).digest() for number in range(length // 32))


def _text(length: int) -> bytes:
    """Return text that deflates to a fiftieth: no bomb by its ratio."""
    noise = _noise(length // 100).hex().encode()
    pieces = (noise[start : start + 100] + b"a" * 5_900 for start in range(0, length // 60, 100))
    return b"".join(pieces)


def _with(name: str, content: bytes, *, stored: bool = False) -> bytes:
    return _with_parts({name: content}, stored=stored)


def _with_parts(changed: dict[str, bytes], *, stored: bool = False) -> bytes:
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(CLASS)) as old,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            if name not in changed:
                new.writestr(name, old.read(name))
        for name, content in changed.items():
            new.writestr(name, content, zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED)
    return target.getvalue()


def _point_all_sheets_at_one(parts: dict[str, bytes]) -> None:
    relations = parts["xl/_rels/workbook.xml.rels"]
    for number in range(2, 40):
        relations = relations.replace(b"/sheet%d.xml" % number, b"/sheet1.xml")
    parts["xl/_rels/workbook.xml.rels"] = relations


def _ods_with(body: bytes) -> bytes:
    return _ods_archive(_ODS_HEAD + body + _ODS_TAIL)


def _ods_archive(content: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content, zipfile.ZIP_DEFLATED)
    return target.getvalue()

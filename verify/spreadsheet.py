"""Tables of text as .csv and .xlsx that run nothing: whatever a name holds, a spreadsheet program shows it as text."""

from __future__ import annotations

import csv
import html
import io
import re
import unicodedata
import zipfile
from collections.abc import Sequence
from typing import Final, NamedTuple

_FORMULA: Final = frozenset("=+-@")
_SPACE: Final = frozenset("\t\r\n")
_BEGINNING: Final = (1980, 1, 1, 0, 0, 0)
_LONGEST: Final = 32_000  # a cell of a spreadsheet program holds 32,767
_NOT_XML: Final = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PROLOGUE: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


class Sheet(NamedTuple):
    """A sheet of a workbook: rows of text."""

    name: str
    rows: Sequence[Sequence[str]]
    has_titles: bool = True
    """The first row is of titles: bold, it stays in sight, and the rows can be filtered by it."""


def format_csv(rows: Sequence[Sequence[str]]) -> bytes:
    """Return CSV (RFC 4180): UTF-8 with a mark, every field quoted, what could be a formula a text."""
    target = io.StringIO(newline="")
    csv.writer(target, quoting=csv.QUOTE_ALL).writerows([as_text(value) for value in row] for row in rows)
    return b"\xef\xbb\xbf" + target.getvalue().encode()


def format_xlsx(*sheets: Sheet) -> bytes:
    """Return a workbook (ECMA-376); every cell is text, codes keep their zeros."""
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>'
        + "".join(
            f'<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="{_TYPE}.worksheet+xml"/>'
            for number, _ in enumerate(sheets, 1)
        )
        + "</Types>",
        "_rels/.rels": _relations(["officeDocument"], ["xl/workbook.xml"]),
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        + "".join(
            f'<sheet name="{_xml_text(sheet.name)}" sheetId="{number}" r:id="rId{number}"/>'
            for number, sheet in enumerate(sheets, 1)
        )
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": _relations(
            [*(["worksheet"] * len(sheets)), "styles"],
            [*(f"worksheets/sheet{number}.xml" for number, _ in enumerate(sheets, 1)), "styles.xml"],
        ),
        "xl/styles.xml": _STYLES,
        **{
            f"xl/worksheets/sheet{number}.xml": _sheet(sheet.rows, has_titles=sheet.has_titles)
            for number, sheet in enumerate(sheets, 1)
        },
    }
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            member = zipfile.ZipInfo(name, _BEGINNING)
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, _PROLOGUE + content)
    return target.getvalue()


def as_text(value: str) -> str:
    """Return a value that no spreadsheet program computes: an apostrophe before what could begin a formula.

    Full-width signs and those behind invisible characters count too: some programs fold or drop them.
    """
    value = unicodedata.normalize("NFC", value)
    if value[:1] in _SPACE:
        return f"'{value}"
    seen = next((each for each in value if not _is_skipped(each)), "")
    return f"'{value}" if unicodedata.normalize("NFKC", seen)[:1] in _FORMULA else value


def _is_skipped(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) in {"Cc", "Cf", "Mn"}


def _sheet(rows: Sequence[Sequence[str]], *, has_titles: bool) -> str:
    view = '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>' if has_titles else ""
    written = "".join(
        f'<row r="{number}">'
        + "".join(
            f'<c r="{_letters(at)}{number}" s="{1 if number > 1 or not has_titles else 2}" t="inlineStr">'
            f'<is><t xml:space="preserve">{_xml_text(value)}</t></is></c>'
            for at, value in enumerate(row)
            if value
        )
        + "</row>"
        for number, row in enumerate(rows, 1)
    )
    width = max(map(len, rows), default=1)
    reference = f"A1:{_letters(width - 1)}{max(len(rows), 1)}"
    return (
        f'<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">{view}</sheetView></sheetViews>'
        f'<cols><col min="1" max="{width}" width="24" customWidth="1"/></cols><sheetData>{written}</sheetData>'
        + (f'<autoFilter ref="{reference}"/>' if has_titles else "")
        + "</worksheet>"
    )


def _xml_text(value: str) -> str:
    """Return text as XML may hold it: NFC, without the characters that XML 1.0 forbids."""
    clean = _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", unicodedata.normalize("NFC", value[:_LONGEST]))
    return html.escape(clean, quote=False).replace("\r", "&#13;")


def _letters(at: int) -> str:
    return chr(65 + at) if at < 26 else f"{chr(64 + at // 26)}{chr(65 + at % 26)}"


def _relations(kinds: Sequence[str], targets: Sequence[str]) -> str:
    inner = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(zip(kinds, targets, strict=True), 1)
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{inner}</Relationships>'


# Number format 49 is "@", text; quotePrefix keeps a text a text when somebody edits the cell.
_STYLES: Final = (
    f'<styleSheet xmlns="{_MAIN}">'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" quotePrefix="1"/>'
    '<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)

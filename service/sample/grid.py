"""A sheet to be written: values, merged cells, headers; and its files, .xlsx, .ods, .csv: the same bytes each time."""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias
from xml.sax.saxutils import escape, quoteattr  # noqa: TID251 - writes, parses nothing

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter

Value: TypeAlias = str | int | float | dt.date | None
_EPOCH = dt.datetime(2026, 6, 1)  # noqa: DTZ001 - the date inside the files; a spreadsheet knows no zone
_ZIP_TIME = (2026, 6, 1, 0, 0, 0)
_LINE = Side(style="thin", color="B5BDC5")
_BORDER = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
_FILL = PatternFill("solid", start_color="DDE7F0")


@dataclass(slots=True)
class Grid:
    """One sheet. Rows and columns count from 0; `header` are the first and last row of the table's header."""

    name: str
    rows: list[list[Value]] = field(default_factory=list)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    header: tuple[int, int] = (0, 0)
    hidden: bool = False

    def add(self, *values: Value) -> int:
        """Append a row and return its number."""
        self.rows.append(list(values))
        return len(self.rows) - 1

    def add_header(self, columns: Sequence[tuple[str, ...]], depth: int) -> None:
        """Append header rows: group first; equal neighbours become one merged cell, short ones go down."""
        first = len(self.rows)
        paths = [(*path, *(path[-1:] * (depth - len(path)))) for path in columns]
        for level in range(depth):
            self.rows.append([path[level] for path in paths])
        self.header = (first, first + depth - 1)
        taken: set[tuple[int, int]] = set()
        for level in range(depth):
            for column, path in enumerate(paths):
                if (level, column) in taken:
                    continue
                right, bottom = column, level
                while right + 1 < len(paths) and paths[right + 1][: level + 1] == path[: level + 1]:
                    right += 1
                while bottom + 1 < depth and all(
                    paths[each][bottom + 1] == path[level] for each in range(column, right + 1)
                ):
                    bottom += 1
                block = {(row, each) for row in range(level, bottom + 1) for each in range(column, right + 1)}
                taken |= block
                if len(block) > 1:
                    self.merged.append((first + level, column, first + bottom, right))
                for row, each in block - {(level, column)}:
                    self.rows[first + row][each] = None


def xlsx(grids: Sequence[Grid]) -> bytes:
    """Return an .xlsx of these sheets."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for grid in grids:
        sheet = book.create_sheet(grid.name)
        for row in grid.rows:
            sheet.append(row)
        for top, left, bottom, right in grid.merged:
            sheet.merge_cells(None, top + 1, left + 1, bottom + 1, right + 1)
        for line in sheet.iter_rows(grid.header[0] + 1, grid.header[1] + 1):
            for cell in line:
                cell.font, cell.fill, cell.border = Font(bold=True), _FILL, _BORDER
                cell.alignment = Alignment(wrap_text=True, horizontal="center", vertical="center")
        for position, width in enumerate(_widths(grid), 1):
            sheet.column_dimensions[get_column_letter(position)].width = width
        sheet.freeze_panes = sheet.cell(grid.header[1] + 2, 1)
        if grid.hidden:
            sheet.sheet_state = "hidden"
    book.properties.created = _EPOCH
    target = io.BytesIO()
    book.save(target)
    return repeatable(target.getvalue())


def repeatable(data: bytes) -> bytes:
    """Return an .xlsx without the time at which it was written, so that the same data are the same bytes."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(target, "w") as archive:
        for name in source.namelist():
            if name == "docProps/core.xml":
                continue
            content = source.read(name)
            if name in {"_rels/.rels", "[Content_Types].xml"}:
                content = _without_core(content)
            _write(archive, name, content)
    return target.getvalue()


def ods(grids: Sequence[Grid]) -> bytes:
    """Return an .ods of these sheets."""
    tables = "".join(_ods_table(grid) for grid in grids)
    content = (
        '<?xml version="1.0" encoding="UTF-8"?><office:document-content '
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.3">'
        f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        '<?xml version="1.0" encoding="UTF-8"?><manifest:manifest '
        'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.3">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
    )
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        _write(archive, "mimetype", kind.encode(), zipfile.ZIP_STORED)
        _write(archive, "content.xml", content.encode())
        _write(archive, "META-INF/manifest.xml", manifest.encode())
    return target.getvalue()


def csv_text(grid: Grid) -> bytes:
    """Return a .csv as a Vietnamese spreadsheet program writes it: semicolons, decimal commas, UTF-8 with a mark."""
    target = io.StringIO(newline="")
    writer = csv.writer(target, delimiter=";", lineterminator="\r\n")
    writer.writerows([_text(value) for value in row] for row in grid.rows)
    return target.getvalue().encode("utf-8-sig")


def _write(archive: zipfile.ZipFile, name: str, content: bytes, method: int = zipfile.ZIP_DEFLATED) -> None:
    info = zipfile.ZipInfo(name, _ZIP_TIME)
    info.compress_type = method
    archive.writestr(info, content)


def _without_core(content: bytes) -> bytes:
    start = content.find(b"docProps/core.xml")
    if start < 0:
        return content
    begin, end = content.rindex(b"<", 0, start), content.index(b">", start) + 1
    return content[:begin] + content[end:]


def _widths(grid: Grid) -> list[int]:
    lines = grid.rows[grid.header[0] :]
    width = max(map(len, lines), default=0)
    longest = [6] * width
    for line in lines[:20]:
        for position, value in enumerate(line):
            longest[position] = max(longest[position], min(40, len(_text(value)) + 2))
    return longest


def _ods_table(grid: Grid) -> str:
    merged = {(top, left): (bottom - top + 1, right - left + 1) for top, left, bottom, right in grid.merged}
    rows = []
    for number, row in enumerate(grid.rows):
        cells = []
        for position, value in enumerate(row):
            spans = merged.get((number, position))
            attributes = (
                f' table:number-rows-spanned="{spans[0]}" table:number-columns-spanned="{spans[1]}"'
                if spans
                else ""
            )
            cells.append(_ods_cell(value, attributes))
        rows.append(f"<table:table-row>{''.join(cells)}</table:table-row>")
    # As spreadsheet programs end a sheet: the rest of it, repeated.
    rows.append('<table:table-row table:number-rows-repeated="1000000"><table:table-cell/></table:table-row>')
    return f"<table:table table:name={quoteattr(grid.name)}>{''.join(rows)}</table:table>"


def _ods_cell(value: Value, attributes: str) -> str:
    if value is None or value == "":
        return f"<table:table-cell{attributes}/>"
    kind = 'office:value-type="string"'
    if isinstance(value, dt.date):
        kind = f'office:value-type="date" office:date-value="{value.isoformat()}"'
    elif isinstance(value, int | float):
        kind = f'office:value-type="float" office:value="{value}"'
    return f"<table:table-cell{attributes} {kind}><text:p>{escape(_text(value))}</text:p></table:table-cell>"


def _text(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, dt.date):
        return value.strftime("%d/%m/%Y")
    return str(value).replace(".", ",") if isinstance(value, float) else str(value)

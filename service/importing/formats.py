"""Opens a school's file, told by its content and not by its name: .xlsx, .xls, .ods or .csv, all untrusted."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from pathlib import PurePath

from python_calamine import CalamineWorkbook, SheetVisibleEnum

from service.importing import compound_file
from service.importing.limits import not_a_workbook
from service.importing.ods import is_ods, read_ods
from service.importing.safety import SafeWorkbook, check_size, open_workbook, read_parts
from service.importing.sheets import Sheet
from service.importing.text_table import read_text_table
from service.importing.values import CellValue
from service.importing.xls import read_xls

LIST_SHEET = "Lỗi"
LIST_TITLES = ("Mức độ", "Trang", "Ô", "Giá trị", "Cần làm", "What to do", "Mã lỗi")
"""The sheet of a file given back that lists what to mend: it comes again in the mended file, and says nothing."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file as somebody handed it over; the name is only shown, and may tell a class or a subject."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Book:
    """A file whose sheets may be read. `xlsx` is the harmless archive of a file that was an .xlsx."""

    name: str
    sheets: dict[str, Sheet]
    xlsx: bytes | None = None


def open_book(file: SourceFile) -> Book:
    """Return the sheets of a file.

    Raises:
        ServiceError: `workbook-…` or `text-…`, named after what was found.
    """
    check_size(file.data)
    xlsx = None
    if file.data.startswith(compound_file.SIGNATURE):
        sheets = read_xls(file.data)
    elif not file.data.startswith(b"PK"):
        name = PurePath(file.name).stem or "CSV"
        sheets = {name: read_text_table(file.data, name)}
    elif b"opendocument" in file.data[:200]:
        # The format demands that `mimetype` comes first and is not compressed.
        parts = read_parts(file.data)
        if not is_ods(parts):
            raise not_a_workbook()
        sheets = read_ods(parts)
    else:
        safe = open_workbook(file.data)
        xlsx, sheets = safe.data, _read_xlsx(safe)
    named = {
        name: replace(sheet, file=file.name or None)
        for name, sheet in sheets.items()
        if not _lists_what_to_mend(sheet)
    }
    return Book(file.name, named, xlsx)


def _lists_what_to_mend(sheet: Sheet) -> bool:
    return sheet.name == LIST_SHEET and bool(sheet.rows) and tuple(sheet.rows[0]) == LIST_TITLES


def _read_xlsx(safe: SafeWorkbook) -> dict[str, Sheet]:
    with CalamineWorkbook.from_filelike(io.BytesIO(safe.data)) as book:
        sheets = {}
        # One object of each text and number of a file: names and marks come again on every sheet. Other kinds are left
        # alone, for True is as good a key as 1.0.
        known: dict[CellValue, CellValue] = {}
        for found in book.sheets_metadata:
            sheet, scan = book.get_sheet_by_name(found.name), safe.sheets.get(found.name)
            rows = [
                [known.setdefault(value, value) if type(value) in _POOLED else value for value in row]
                for row in sheet.to_python(skip_empty_area=False)
            ]
            # The parser gives nothing for a cell that shows an error, which would pass for an empty one.
            for (row, column), error in (scan.errors if scan else {}).items():
                if row <= len(rows) and column <= len(rows[row - 1]):
                    rows[row - 1][column - 1] = error
            sheets[found.name] = Sheet(
                found.name,
                rows,
                frozenset(scan.formulas if scan else ()),
                hidden=found.visible is not SheetVisibleEnum.Visible,
                merged=tuple((*first, *last) for first, last in sheet.merged_cell_ranges or ()),
                hidden_rows=frozenset(scan.hidden_rows if scan else ()),
                hidden_columns=frozenset(scan.hidden_columns if scan else ()),
            )
        return sheets


_POOLED = (str, float)

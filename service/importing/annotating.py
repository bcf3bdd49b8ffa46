"""The person's own workbook back, marked: red cells with comments, and a sheet "Lỗi" that lists what to mend.

A file that is no .xlsx comes back as an .xlsx of its values. What is written into it can start no formula.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from service.importing.complaints import Complaint
from service.importing.formats import LIST_SHEET, LIST_TITLES, Book, SourceFile, open_book

_RED = PatternFill("solid", start_color="FFC7CE")
_YELLOW = PatternFill("solid", start_color="FFEB9C")
_MAX_COMMENTS = 2000


def annotated_files(
    files: Sequence[SourceFile], complaints: Sequence[Complaint]
) -> Iterator[tuple[str, bytes]]:
    """Yield the files with a complaint about a sheet of theirs, marked, and what to call them."""
    for file in files:
        if any(one.file == (file.name or None) and one.sheet for one in complaints):
            # Files of one name in several folders, or of several formats, stay apart.
            yield f"{file.name.replace('/', '-')}.loi.xlsx", annotate(open_book(file), complaints)


def annotate(book: Book, complaints: Sequence[Complaint]) -> bytes:
    """Return an .xlsx of the book with these complaints marked; those of other files are left out."""
    mine = [complaint for complaint in complaints if complaint.file == (book.name or None)]
    workbook = load_workbook(io.BytesIO(book.xlsx)) if book.xlsx else _copied(book)
    for complaint in mine[:_MAX_COMMENTS]:
        if complaint.sheet in workbook.sheetnames and complaint.row and complaint.column:
            sheet = workbook[complaint.sheet]
            _mark(sheet, f"{complaint.column}{complaint.row}", complaint)
    _list(workbook, mine)
    target = io.BytesIO()
    workbook.save(target)
    return target.getvalue()


def _copied(book: Book) -> Workbook:
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    for sheet in book.sheets.values():
        copy = workbook.create_sheet(sheet.name[:31])
        for number, row in enumerate(sheet.rows, 1):
            for position, value in enumerate(row, 1):
                if value != "":
                    cell = copy.cell(number, position)
                    if isinstance(value, str):
                        _write_text(cell, value)
                    else:
                        cell.value = value
    return workbook


def _mark(sheet: Worksheet, where: str, complaint: Complaint) -> None:
    cell = sheet[where]
    # The covered part of a merged cell takes no comment.
    if not isinstance(cell, Cell):
        return
    cell.fill = _RED if complaint.severity == "error" else _YELLOW
    text = f"{complaint.vi}\n{complaint.en}"
    if cell.comment is not None:
        text = f"{cell.comment.text}\n\n{text}"
    cell.comment = Comment(text, "hocba", height=140, width=320)


def _list(workbook: Workbook, complaints: Sequence[Complaint]) -> None:
    if LIST_SHEET in workbook.sheetnames:
        workbook.remove(workbook[LIST_SHEET])
    sheet = workbook.create_sheet(LIST_SHEET, 0)
    sheet.append(LIST_TITLES)
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for number, complaint in enumerate(complaints, 2):
        where = f"{complaint.column or ''}{complaint.row or ''}"
        severity = "lỗi" if complaint.severity == "error" else "lưu ý"
        values = (
            severity,
            complaint.sheet,
            where,
            complaint.value,
            complaint.vi,
            complaint.en,
            complaint.code,
        )
        for position, value in enumerate(values, 1):
            _write_text(sheet.cell(number, position), value or "")
    for letter, width in zip("ABCDEFG", (10, 22, 8, 24, 70, 70, 24), strict=True):
        sheet.column_dimensions[letter].width = width
    workbook.active = 0


def _write_text(cell: Cell, text: str) -> None:
    cell.value = text
    # A text that begins with "=" stays a text.
    cell.data_type = "s"

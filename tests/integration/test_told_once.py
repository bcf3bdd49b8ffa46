"""One slip in the list of a class is told once, however many sheets it puts at odds with the list."""

from __future__ import annotations

import io
from typing import Any

import pytest
from openpyxl import load_workbook

from service.importing.formats import SourceFile
from service.importing.school_files import SchoolFiles
from service.sample.vendors import Vendor
from tests.support.school_files import STUDENTS, edited_misa, files_of, read

LIST_FILE = "Danh sach hoc sinh 6A.xlsx"
FIRST = STUDENTS.students[0]


def told(result: SchoolFiles) -> list[tuple[str, str, str | None]]:
    """Return severity, code and value of what is said, but for the zeros that this shape loses."""
    return [
        (one.severity, one.code, one.value) for one in result.complaints if one.code != "personal-id-restored"
    ]


def with_list(key: str, value: str) -> list[SourceFile]:
    """Return the files of a system without student codes, a cell of the first student of the list written otherwise."""

    def edit(sheet: Any) -> None:
        (title,) = (cell for row in sheet.iter_rows() for cell in row if cell.value == key)
        sheet.cell(title.row + 1, title.column).value = value

    return edited_misa(edit, LIST_FILE)


def test_date_that_cannot_be_read_is_the_only_complaint() -> None:
    """A birth date that is none is told in the list; the sheets that have it rightly are not blamed."""
    assert told(read(with_list("Ngày sinh", "32/01/2014"))) == [("error", "date-invalid", "32/01/2014")]


def test_wrong_date_of_the_list_is_told_once() -> None:
    """A birth date that thirteen sheets have otherwise is one complaint, which says how many and names some of them."""
    result = read(with_list("Ngày sinh", "05/09/2013"))
    (found,) = (one for one in result.complaints if one.code == "student-birth-date-differs")
    born = f"{FIRST.birth_date:%d/%m/%Y}"
    assert told(result) == [("error", "student-birth-date-differs", born)]
    assert "05/09/2013" in found.vi
    assert "Cũng vậy ở 12 trang khác: 6A_" in found.vi
    assert len([one for one in result.places if one.code == found.code]) == 13


def test_wrong_name_of_the_list_is_told_once_for_each_side() -> None:
    """Who is in the list alone, and who is in the sheets alone: two complaints, not two in each sheet."""
    result = read(with_list("Họ và tên", "Nguyễn Văn Sai"))
    assert told(result) == [
        ("error", "student-absent", None),
        ("error", "student-unlisted", FIRST.named.full_name),
    ]


@pytest.mark.parametrize("value", [f"{FIRST.birth_date:%d/%m/%Y}", "05/09/2013"])
def test_date_beside_a_code_is_compared(value: str) -> None:
    """Where the code says whose a row is, another birth date is a warning, and an equal one nothing."""
    files = [_with_birth_date(file, value) for file in files_of(Vendor.SMAS)]
    result = read(files)
    assert result.ok
    own = f"{FIRST.birth_date:%d/%m/%Y}" == value
    found = [one.severity for one in result.complaints if one.code == "student-birth-date-differs"]
    assert found == ([] if own else ["warning"])


def test_unknown_column_of_many_sheets_is_told_once() -> None:
    """A title that nobody knows, in every sheet with marks, is asked about once."""
    files = [_with_text(file, "Giới tính", "Chòm sao") for file in files_of(Vendor.MISA)]
    result = read(files)
    (unknown,) = (one for one in result.complaints if one.code in {"column-unknown", "column-unsure"})
    assert unknown.value == "Chòm sao"


def test_two_rows_of_one_name_are_told_as_two() -> None:
    """What stands twice in one sheet is told twice, whatever the other sheets say."""
    files = files_of(Vendor.MISA)
    for student in STUDENTS.students[:2]:
        files = [_with_text(file, student.named.full_name, "Nguyễn Văn Sai") for file in files]
    unlisted = [one for one in read(files).complaints if one.code == "student-unlisted"]
    assert len({(one.file, one.row) for one in unlisted}) == len(unlisted) == 2


def _with_birth_date(file: SourceFile, value: str) -> SourceFile:
    """Give the results of a year a column with birth dates, the first of them this one."""
    if file.name != "TongKetCaNam.xlsx":
        return file
    book = load_workbook(io.BytesIO(file.data))
    sheet = book.worksheets[0]
    (code,) = (cell for row in sheet.iter_rows() for cell in row if cell.value == "Mã HS")
    column = sheet.max_column + 1
    sheet.cell(code.row, column).value = "Ngày sinh"
    for row in range(code.row + 1, sheet.max_row + 1):
        if sheet.cell(row, code.column).value == FIRST.code:
            sheet.cell(row, column).value = value
    return _saved(file.name, book)


def _with_text(file: SourceFile, old: str, new: str) -> SourceFile:
    if not file.name.startswith("6A_"):
        return file
    book = load_workbook(io.BytesIO(file.data))
    for row in book.worksheets[0].iter_rows():
        for cell in row:
            if cell.value == old:
                cell.value = new
    return _saved(file.name, book)


def _saved(name: str, book: Any) -> SourceFile:
    target = io.BytesIO()
    book.save(target)
    return SourceFile(name, target.getvalue())

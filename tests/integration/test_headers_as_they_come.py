"""Headers of three rows, merged or typed, and the empty lines over a table."""

from __future__ import annotations

import io
from typing import Any

import pytest
from openpyxl import Workbook

from service.importing.complaints import Complaints
from service.importing.formats import SourceFile, open_book
from service.importing.guessing import Certainty
from service.importing.school_tables import read_tables
from tests.support.school_files import edited_misa, read

_SEMESTER = ("Điểm ĐGTX", None, None, None, "ĐGGK", "ĐGCK")
_ROWS = (
    ("STT", "Mã HS", "Họ và tên", "HỌC KỲ I", *[None] * 6, "HỌC KỲ II", *[None] * 6, "CẢ NĂM", "Nhận xét"),
    (None, None, None, *_SEMESTER, "ĐTB HKI", *_SEMESTER, "ĐTB HKII", "ĐTB CN"),
    (None, None, None, 1, 2, 3, 4, None, None, None, 1, 2, 3, 4),
)
_MERGED = ("A4:A6", "B4:B6", "C4:C6", "S4:S6", "D4:J4", "K4:Q4", "D5:G5", "K5:N5")
_LEAVES = ("H5:H6", "I5:I6", "J5:J6", "O5:O6", "P5:P6", "Q5:Q6", "R5:R6")
EXPECTED = [
    "number",
    "student_code",
    "full_name",
    *(
        key
        for semester in (1, 2)
        for key in (
            *(f"regular_{semester}_{number}" for number in range(1, 5)),
            f"midterm_{semester}",
            f"final_{semester}",
            f"semester{semester}",
        )
    ),
    "year",
    "remark",
]


def workbook(*, merged: bool) -> bytes:
    """Return a class's marks of a subject below a header of three rows, an empty line over it."""
    book = Workbook()
    sheet: Any = book.active
    sheet.title = "Toán"
    sheet["A1"] = "Trường THCS Ban Mai (thử)"
    sheet["A2"] = "BẢNG ĐIỂM MÔN TOÁN - Lớp 6A - Năm học 2025-2026"
    for number, row in enumerate(_ROWS, start=4):
        for column, value in enumerate(row, start=1):
            sheet.cell(number, column).value = value
    for place in (*_MERGED, *_LEAVES) if merged else ():
        sheet.merge_cells(place)
    for number in (1, 2, 3):
        marks = (7, 8, 7.5, 8, 8, 9, 8.2)
        sheet.append([number, f"010001000{number}", "Nguyễn Văn An", *marks, *marks, 8.2, "Tốt"])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


@pytest.mark.parametrize("merged", [True, False])
def test_header_of_three_rows(*, merged: bool) -> None:
    """Semester, kind and number of a mark stand in three rows; groups are merged cells, or typed once at their left."""
    complaints = Complaints()
    (table,) = read_tables(open_book(SourceFile("6A.xlsx", workbook(merged=merged))), {}, complaints)
    assert [column.key for column in table.columns] == EXPECTED
    assert {column.certainty for column in table.columns} == {Certainty.SURE}
    assert complaints.all == ()


def test_word_below_a_group_stands_for_itself() -> None:
    """A title in the last row is not drawn to the kind of marks left of it: it would be read as one of these."""
    rows = (
        ("STT", "Mã HS", "Họ và tên", "HỌC KỲ I"),
        (None, None, None, "Điểm ĐGTX"),
        (None, None, None, 1, 2, "ĐGGK", "ĐGCK"),
    )
    book = Workbook()
    sheet: Any = book.active
    sheet.title = "Toán"
    for row in (*rows, (1, "0100010001", "Nguyễn Văn An", 7, 8, 9, 10)):
        sheet.append(row)
    target = io.BytesIO()
    book.save(target)
    (table,) = read_tables(open_book(SourceFile("6A.xlsx", target.getvalue())), {}, Complaints())
    keys = [column.key for column in table.columns]
    assert keys[3:] == ["regular_1_1", "regular_1_2", "midterm_1", "final_1"]


def test_lines_without_words_over_a_table_are_passed_over() -> None:
    """An empty line, one of spaces and one of a number between head and table are neither fault nor fact."""

    def edit(sheet: Any) -> None:
        sheet.insert_rows(4, 3)
        sheet["B5"] = "   "
        sheet["B6"] = 2026

    result = read(edited_misa(edit))
    assert result.ok, result.complaints

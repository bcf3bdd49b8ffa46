"""What stands in real files beside what should: another school's head, other words, sheets that are no tables."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from schemas.transcript.model import Promotion
from service.importing.annotating import annotate
from service.importing.formats import LIST_SHEET, SourceFile, open_book
from service.sample import DEMO_SCHOOL, sample_class
from service.sample.vendors import Vendor
from tests.support.school_files import STUDENTS, edited_misa, files_of, read
from tests.support.transcripts import secondary

CLASS_WORKBOOK = sample_class(2, class_name="6B", first_student=101)
CLASS_STUDENT = str(load_workbook(io.BytesIO(CLASS_WORKBOOK))["Học sinh"]["F2"].value)


def test_files_of_another_school_are_refused() -> None:
    """A head that names another school forbids the import and is named; the school's name in other writing does not."""

    def other(sheet: Any) -> None:
        sheet["A2"] = "Trường THCS Nguyễn Du"

    result = read(edited_misa(other))
    assert result.rows == ()
    (found,) = (one for one in result.complaints if one.code == "school-name-differs")
    assert (found.file, found.column, found.row) == ("6A_toan.xlsx", "A", 2)
    assert "“Trường THCS Nguyễn Du”" in found.vi
    assert f"“{DEMO_SCHOOL[0].name}”" in found.en

    def written_otherwise(sheet: Any) -> None:
        sheet["A2"] = "TRUNG HỌC CƠ SỞ  BAN MAI"

    assert read(edited_misa(written_otherwise)).ok


def test_results_in_the_words_of_systems() -> None:
    """The title “Lên lớp / Không lên lớp” is the result of the year, and what is below is read."""
    words = ("Lên lớp", "Không lên lớp", "Lưu ban", "Ở lại", "Ở LẠI LỚP", "Được lên lớp")

    def otherwise(sheet: Any) -> None:
        (title,) = (cell for row in sheet.iter_rows() for cell in row if cell.value == "Kết quả")
        title.value = "Lên lớp / Không lên lớp"
        for number in range(12):
            sheet.cell(title.row + 1 + number, title.column).value = words[number % 6]

    result = read(edited_misa(otherwise, "6A_KetQuaCaNam.xlsx"))
    assert result.ok, result.complaints
    by_name = {row.learner.full_name: secondary(row.year).promotion for row in result.rows}
    in_order = [by_name[student.named.full_name] for student in STUDENTS.students[:6]]
    assert in_order == [
        Promotion.PROMOTED,
        *[Promotion.NOT_PROMOTED] * 4,
        Promotion.PROMOTED,
    ]


def test_marked_workbook_is_mended_and_given_back() -> None:
    """The list of what to mend stays in the file; once the cell is mended, nothing forbids the import."""

    def wrong(sheet: Any) -> None:
        sheet["G8"] = "11"

    files = edited_misa(wrong)
    refused = read(files)
    assert not refused.ok
    (file,) = (each for each in files if each.name == "6A_toan.xlsx")
    book = load_workbook(io.BytesIO(annotate(open_book(file), refused.places)))
    assert book.sheetnames[0] == LIST_SHEET
    right = load_workbook(
        io.BytesIO(next(one.data for one in files_of(Vendor.MISA) if one.name == file.name))
    )
    book["Sheet1"]["G8"] = right["Sheet1"]["G8"].value
    mended = [replace(each, data=_saved(book)) if each is file else each for each in files]
    result = read(mended)
    assert result.ok, result.complaints
    assert LIST_SHEET not in {one.sheet for one in result.complaints}


@pytest.mark.parametrize("name", ["Hướng dẫn", LIST_SHEET])
def test_sheet_without_a_table_beside_one_is_a_warning(name: str) -> None:
    """It is named, since somebody may have thought it to be read; so is a sheet that is only called as our list."""

    def with_guide(sheet: Any) -> None:
        guide = sheet.parent.create_sheet(name)
        guide["A1"] = "1. Không sửa tiêu đề"

    result = read(edited_misa(with_guide))
    assert result.ok, result.complaints
    (found,) = (one for one in result.complaints if one.code == "sheet-without-table")
    assert (found.file, found.sheet, found.severity) == ("6A_toan.xlsx", name, "warning")


def test_workbook_without_any_table_is_refused() -> None:
    """Nothing is passed over where nothing is read."""
    book = Workbook()
    book.worksheets[0]["A1"] = "Hướng dẫn"
    result = read([*files_of(Vendor.MISA), SourceFile("huong-dan.xlsx", _saved(book))])
    assert not result.ok
    assert ("huong-dan.xlsx", "table-missing") in {(one.file, one.code) for one in result.complaints}


@pytest.mark.parametrize(
    ("files", "name"),
    [
        (files_of(Vendor.MISA), STUDENTS.students[3].named.full_name),
        ([SourceFile("6B.xlsx", CLASS_WORKBOOK)], CLASS_STUDENT),
    ],
    ids=["without codes", "class workbook"],
)
def test_tone_marks_of_the_old_and_the_new_way(files: Sequence[SourceFile], name: str) -> None:
    """Thùy of one sheet is Thuỳ of the list; the list's spelling stands."""
    listed, elsewhere = f"{name} Thuỳ", f"{name} Thùy"
    written = []
    for file in files:
        book = load_workbook(io.BytesIO(file.data))
        for sheet in book:
            cells = [cell for row in sheet.iter_rows() for cell in row]
            is_list = any(cell.value == "Nơi sinh" for cell in cells)
            for cell in cells:
                if cell.value == name:
                    cell.value = listed if is_list else elsewhere
        written.append(replace(file, data=_saved(book)))
    result = read(written)
    assert result.ok, result.complaints
    assert listed in {row.learner.full_name for row in result.rows}


@pytest.mark.parametrize(
    ("name", "code"), [("NguyÔn TuÊn Minh", "name-legacy-font"), ("Nguyễn Tuấn Minh 2", "name-digit")]
)
def test_names_that_nobody_has_are_refused(name: str, code: str) -> None:
    """A whole import in an old encoding, or with numbered namesakes, names the cell of the list."""
    before = STUDENTS.students[3].named.full_name
    files = []
    for file in files_of(Vendor.MISA):
        book = load_workbook(io.BytesIO(file.data))
        for row in book.worksheets[0].iter_rows():
            for cell in row:
                cell.value = name if cell.value == before else cell.value
        files.append(replace(file, data=_saved(book)))
    result = read(files)
    assert [(one.code, one.value) for one in result.complaints if one.severity == "error"] == [(code, name)]


def test_value_that_differs_elsewhere_names_the_file() -> None:
    """Every file of a system has a Sheet1: only the file's name tells where the other value is."""

    def otherwise(sheet: Any) -> None:
        sheet["G8"] = "9,9"

    (copy,) = (one for one in edited_misa(otherwise) if one.name == "6A_toan.xlsx")
    result = read([*files_of(Vendor.MISA), replace(copy, name="6A_toan (2).xlsx")])
    (found,) = (one for one in result.complaints if one.code == "value-twice")
    assert "6A_toan.xlsx Sheet1 G8" in found.vi or "6A_toan (2).xlsx Sheet1 G8" in found.vi
    assert found.file is not None
    assert found.file not in found.vi


def test_hidden_columns_and_rows_are_read_and_named() -> None:
    """A mark that nobody sees on the sheet is imported like another, and told; a hidden numbering is not worth it."""

    def hide(sheet: Any) -> None:
        sheet.column_dimensions["A"].hidden = True
        sheet.column_dimensions["G"].hidden = True
        sheet.row_dimensions[9].hidden = True
        sheet.row_dimensions[2].hidden = True

    plain, result = read(files_of(Vendor.MISA)), read(edited_misa(hide))
    assert result.rows == plain.rows
    told = {(one.code, one.severity, one.column, one.row) for one in set(result.places) - set(plain.places)}
    assert told == {("column-hidden", "warning", "G", 6), ("row-hidden", "warning", "B", 9)}


def test_cell_that_shows_an_error_is_not_empty() -> None:
    """A mark and a remark that show #N/A are refused as that; a remark would else be lost without a word."""

    def break_off(sheet: Any) -> None:
        (remark,) = (
            cell for row in sheet.iter_rows() for cell in row if str(cell.value).startswith("Nhận xét")
        )
        for cell in (sheet["G8"], sheet.cell(8, remark.column)):
            cell.value = "#N/A"
            assert cell.data_type == "e"

    errors = [one for one in read(edited_misa(break_off)).complaints if one.severity == "error"]
    assert [(one.code, one.value, one.row) for one in errors] == [("cell-error", "#N/A", 8)] * 2


def _saved(book: Workbook) -> bytes:
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()

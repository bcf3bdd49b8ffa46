"""Importing real workbooks: a class as invented, and what each fault of a file brings."""

from __future__ import annotations

import io
import re
import secrets
import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from keys.data_key import DataKeys
from schemas.transcript.subjects import CURRICULUM, Choice
from service.importing.reader import read_class
from service.sample import DEMO_SCHOOL, sample_class, sample_workbooks
from service.storage.database import open_database
from service.storage.migration import upgrade
from service.storage.register import Register
from service.storage.sealed import use_data_keys
from tests.support.trail import AN_IMPORT
from tests.support.transcripts import secondary
from tests.support.workbooks import (
    CLASS,
    YEAR,
    edited,
    only,
    read,
    rezipped,
    saved,
    where,
    with_cell,
)


def test_a_class_is_imported_whole() -> None:
    """A workbook as described gives each student's year, without a complaint."""
    result = read(CLASS)
    assert (result.complaints, result.school_code, result.class_name) == ((), "DEMO-THCS-01", "6A")
    assert [len(row.year.subjects) for row in result.rows] == [12] * 5
    second, third = secondary(result.rows[1].year), secondary(result.rows[2].year)
    assert {mark.subject: mark.year for mark in second.subjects}["gdtc"] == "M"
    assert {mark.subject: mark.reassessed for mark in third.subjects}["toan"] == "5.0"
    assert second.subjects[2].title == "Ngoại ngữ 1 (Tiếng Anh)"


@pytest.mark.parametrize("grade", range(6, 13))
def test_every_invented_class_is_sound(grade: int) -> None:
    """The invented workbooks of all grades raise neither error nor warning, in classes of at most 45."""
    results = [read(data) for data in sample_workbooks(50, grade=grade).values()]
    assert [(len(result.rows), result.complaints) for result in results] == [(45, ()), (5, ())]


def test_upper_secondary_class_has_what_it_chose() -> None:
    """The four chosen subjects stand in the order of the form; one of another level is refused by its sheet."""
    data = sample_class(3, grade=10, class_name="10A")
    codes = [mark.subject for mark in secondary(read(data).rows[0].year).subjects]
    taught = [CURRICULUM.find(code, 10) for code in codes]
    assert codes == [subject.code for subject in CURRICULUM.taught(10) if subject.code in codes]
    assert sum(one is not None and one.choice is Choice.OF_GROUP for one in taught) == 4
    book = load_workbook(io.BytesIO(data))
    book["Vật lí"].title = "Khoa học tự nhiên"
    target = io.BytesIO()
    book.save(target)
    (found,) = read(target.getvalue()).complaints
    assert (found.code, found.sheet) == ("subject-of-grade", "Khoa học tự nhiên")


# What people's files look like, and what is understood.


def test_a_decimal_comma_is_a_decimal_point() -> None:
    """Typed as text, "8,5" is the mark 8.5 and "8" is 8.0."""
    marks = {"D2": "8,5", "E2": "8", "F2": "8,2"}

    def edit(book: Any) -> None:
        for cell, mark in marks.items():
            book["Ngữ văn"][cell] = mark

    result = read(edited(edit))
    assert {complaint.code for complaint in result.complaints} <= {"learning-level-differs"}
    row = secondary(result.rows[0].year).subjects[0]
    assert (row.semester1, row.semester2, row.year) == ("8.5", "8.0", "8.2")


def test_decomposed_names_are_composed() -> None:
    """A name and headers in NFD are the same name and headers; what is kept is NFC."""

    def edit(book: Any) -> None:
        for sheet in book:
            for cell in (*sheet[1], *sheet[2]):
                if isinstance(cell.value, str):
                    cell.value = unicodedata.normalize("NFD", cell.value)
        book["Học sinh"]["F2"] = "  " + book["Học sinh"]["F2"].value.replace(" ", "  ")

    result = read(edited(edit))
    assert result.complaints == ()
    assert result.rows == read(CLASS).rows


def test_a_date_may_be_text() -> None:
    """A birth date typed as dd/mm/yyyy text is read day first."""
    result = with_cell("Học sinh", "H2", "05/09/2014", "@")
    assert result.ok
    assert result.rows[0].learner.birth_date.isoformat() == "2014-09-05"


def test_lost_zeros_of_a_personal_id_are_restored_with_a_warning() -> None:
    """A personal ID of 10 digits in a number cell lost two zeros for certain."""
    result = with_cell("Học sinh", "C2", 1214000123, "0")
    complaint = only(result, "warning")
    assert where(complaint) == ("personal-id-restored", "Học sinh", 2, "C")
    assert result.rows[0].learner.personal_id == "001214000123"


def test_a_note_under_the_table_is_left_out_with_a_warning() -> None:
    """Text below the last student is named in a warning and left out."""
    complaint = only(with_cell("Toán", "C9", "Danh sách có 5 học sinh"), "warning")
    assert where(complaint) == ("note-ignored", "Toán", 9, None)


def test_a_looked_up_name_may_be_a_formula() -> None:
    """STT, code and name of a mark sheet may be formulas: they are only compared with the list."""
    complaint = only(with_cell("Toán", "C2", "='Học sinh'!F2"))
    assert where(complaint) == ("student-name-differs", "Toán", 2, "C")


def test_shared_strings_are_read() -> None:
    """A workbook that keeps its texts in one list, as Excel does, says the same."""

    def share(parts: dict[str, bytes]) -> None:
        strings: list[bytes] = []

        def moved(match: re.Match[bytes]) -> bytes:
            strings.append(match[2])
            return b'%st="s"><v>%d</v></c>' % (match[1], len(strings) - 1)

        for name in [name for name in parts if name.startswith("xl/worksheets/")]:
            parts[name] = re.sub(rb'(<c [^>]*)t="inlineStr"><is>(.*?)</is></c>', moved, parts[name])
        assert len(strings) > 100
        start = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        items = b"".join(b"<si>%s</si>" % text for text in strings)
        parts["xl/sharedStrings.xml"] = start + items + b"</sst>"
        kind = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
        link = b'<Relationship Id="r99" Type="%s" Target="sharedStrings.xml"/></Relationships>' % kind
        parts["xl/_rels/workbook.xml.rels"] = parts["xl/_rels/workbook.xml.rels"].replace(
            b"</Relationships>", link
        )

    result = read(rezipped(share))
    assert result.complaints == ()
    assert result.rows == read(CLASS).rows


def test_the_register_keeps_what_was_read(tmp_path: Path) -> None:
    """What the register gives back after an import is what the workbook said, each year with a head of the trail."""
    engine = use_data_keys(open_database(tmp_path / "hocba.sqlite3"), DataKeys([bytes(32)]))
    upgrade(engine)
    register = Register(engine, secrets.token_bytes)
    register.put_school(*DEMO_SCHOOL)
    result = read_class(CLASS, find_school=register.school, school_year=YEAR)
    assert register.put_student_years(result.rows, cause=AN_IMPORT) == 5
    stored = register.student_years("DEMO-THCS-01", YEAR)
    assert tuple(replace(row, trail="") for row in stored) == result.rows
    assert len({row.trail for row in stored} - {""}) == 5


# Faults of a cell.


@pytest.mark.parametrize(
    ("sheet", "cell", "value", "code"),
    [
        ("Toán", "D2", 11, "mark-invalid"),
        ("Toán", "D2", 8.55, "mark-invalid"),
        ("Toán", "D2", "tám", "mark-invalid"),
        ("Toán", "D2", "Đ", "mark-needs-number"),
        ("Toán", "D2", None, "value-missing"),
        ("Toán", "D2", "=8+0.5", "formula-refused"),
        ("Nghệ thuật", "D2", 8, "mark-needs-comment"),
        ("Toán", "B2", "9999", "student-unlisted"),
        ("Toán", "C2", "Ai Đó Khác", "student-name-differs"),
        ("Học sinh", "B2", 100000001, "identifier-number"),
        ("Học sinh", "C2", "1214000123", "personal-id-invalid"),
        ("Học sinh", "F2", "Nguyễn\u200b An", "text-invisible-character"),
        ("Học sinh", "H2", "9/5/14", "date-invalid"),
        ("Học sinh", "H2", "05/09/1914", "birth-date-implausible"),
        ("Kết quả năm học", "D2", "Xuất sắc", "level-invalid"),
        ("Kết quả năm học", "L2", "hai", "number-invalid"),
        ("Kết quả năm học", "M2", "Hoàn thành chương trình cấp học", "promotion-impossible"),
    ],
)
def test_a_bad_cell_is_named(sheet: str, cell: str, value: object, code: str) -> None:
    """A bad cell forbids the import; the complaint has the file's own row and column, in two languages."""
    result = with_cell(sheet, cell, value)
    assert not result.ok
    assert result.rows == ()
    complaint = next(complaint for complaint in result.complaints if complaint.code == code)
    assert where(complaint) == (code, sheet, 2, cell[0])
    assert complaint.vi
    assert complaint.en


def test_a_duplicate_student_is_named_at_the_second_row() -> None:
    """A code that stands twice is an error where it stands the second time, and says where the first is."""
    code = load_workbook(io.BytesIO(CLASS))["Học sinh"]["B2"].value
    complaint = with_cell("Học sinh", "B4", code).complaints[0]
    assert where(complaint) == ("student-twice", "Học sinh", 4, "B")
    assert "dòng 2" in complaint.vi


def test_all_complaints_come_at_once_and_repeats_are_grouped() -> None:
    """Every bad cell of a class is told in one go; a column that is wrong throughout takes ten lines."""
    book = load_workbook(io.BytesIO(sample_class(40)))
    book["Ngữ văn"]["E7"] = 8.55
    for row in range(2, 42):
        book["Toán"][f"D{row}"] = 11
    complaints = read(saved(book)).complaints
    places = [(complaint.sheet, complaint.row) for complaint in complaints]
    assert places == [*(("Toán", row) for row in range(2, 12)), ("Ngữ văn", 7)]
    assert "Còn 30 dòng" in complaints[9].vi


def test_who_is_exempt_all_year_needs_no_semester_marks() -> None:
    """Empty semesters are allowed beside an M for the year, and nowhere else."""

    def edit(book: Any) -> None:
        for cell, mark in {"D4": None, "E4": None, "F4": "M"}.items():
            book["Giáo dục thể chất"][cell] = mark

    result = read(edited(edit))
    assert result.complaints == ()
    assert secondary(result.rows[2].year).subjects[8].semester1 is None


def test_hundreds_of_complaints_end_in_a_count() -> None:
    """A list that nobody could read is cut at 500, and the last line says how many more there are."""
    book = load_workbook(io.BytesIO(sample_class(45)))
    for sheet in book.worksheets[2:]:
        for line in sheet.iter_rows(min_row=2, min_col=4):
            for cell in line:
                cell.value = "\u200b"
    complaints = read(saved(book)).complaints
    assert len(complaints) == 500
    assert complaints[-1].code == "more-complaints"


@pytest.mark.parametrize(
    ("sheet", "cell", "value", "code"),
    [
        ("Kết quả năm học", "J2", "Chưa đạt", "learning-level-differs"),
        ("Kết quả năm học", "F2", "Chưa đạt", "conduct-level-differs"),
        ("Kết quả năm học", "L2", 46, "promotion-differs"),
    ],
)
def test_a_difference_from_the_rules_is_a_warning(sheet: str, cell: str, value: object, code: str) -> None:
    """The school's word stands, but what TT 22/2021 computes is named."""
    result = with_cell(sheet, cell, value)
    assert result.ok
    assert len(result.rows) == 5
    assert code in {complaint.code for complaint in result.complaints}


def test_a_year_mark_outside_its_semesters_is_refused() -> None:
    """No rule gives a year's mark above both semesters."""
    result = with_cell("Toán", "F2", 10)
    assert where(result.complaints[0]) == ("year-mark-impossible", "Toán", 2, "F")


# Faults of columns and sheets.


def test_a_missing_column_stops_the_reading_of_rows() -> None:
    """A missing column is told first and alone, for it would make every row wrong."""

    def edit(book: Any) -> None:
        book["Toán"].delete_cols(9)
        book["Toán"]["D2"] = 11

    complaint = only(read(edited(edit)))
    assert (complaint.code, complaint.sheet, complaint.value) == ("column-missing", "Toán", "Giáo viên")


def test_an_unknown_column_is_an_error() -> None:
    """A column that nobody knows is never left out in silence."""
    assert where(only(with_cell("Toán", "J1", "Điểm thưởng"))) == ("column-unknown", "Toán", 1, "J")


def test_a_missing_sheet_is_an_error() -> None:
    """A compulsory subject without a sheet is named."""
    complaint = only(read(edited(lambda book: book.remove(book["Toán"]))))
    assert (complaint.code, complaint.sheet) == ("sheet-missing", "Toán")


def test_an_unknown_sheet_is_an_error() -> None:
    """A sheet that is no subject is never left out in silence; an empty one is."""
    assert only(read(edited(lambda book: book.create_sheet("Nháp").append(["x"])))).code == "sheet-unknown"
    assert read(edited(lambda book: book.create_sheet("Sheet2"))).ok


def test_a_student_without_marks_is_an_error() -> None:
    """Each student of the list has a row on every sheet."""
    complaint = only(read(edited(lambda book: book["Toán"].delete_rows(3))))
    assert (complaint.code, complaint.sheet) == ("student-absent", "Toán")


def test_another_school_year_is_refused() -> None:
    """A workbook of another school year than the one imported is refused at its cell."""
    assert where(only(read(CLASS, "2024-2025"))) == ("school-year-differs", "Lớp", 2, "B")


def test_an_unknown_school_is_refused() -> None:
    """A school that is not here is refused at its cell."""
    assert where(only(with_cell("Lớp", "B1", "KHAC-01"))) == ("school-unknown", "Lớp", 1, "B")

"""A primary school from its workbooks to documents that anybody can verify."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from openpyxl import load_workbook

from schemas.transcript.model import Kind
from schemas.verdict import VerdictCode
from service.importing.formats import SourceFile
from service.importing.school_files import SchoolFiles, read_school_files
from service.issuing import released_path
from service.sample import DEMO_SCHOOL
from service.sample.primary import primary_years
from service.sample.primary_files import primary_files
from service.sample.school import SCHOOL_YEAR, sample_school
from service.sample.vendors import Vendor, vendor_files
from tests.support.demonstration import SCHOOL, Demonstration

PEOPLE = tuple(primary_years(DEMO_SCHOOL, students=180, seed=3, first_student=30_001))
FILES = primary_files(PEOPLE)


def read(files: dict[str, bytes]) -> SchoolFiles:
    """Read files as those of the demonstration school."""
    return read_school_files(
        [SourceFile(name, data) for name, data in files.items()],
        find_school=lambda _: DEMO_SCHOOL,
        default_school=lambda: SCHOOL,
        school_year=SCHOOL_YEAR,
    )


def test_years_come_back_as_they_were_written() -> None:
    """Every grade, every subject, quality, competence, remark and result; only what the rules leave open is told."""
    result = read(FILES)
    assert result.ok, result.complaints
    found = {row.learner.student_code: row for row in result.rows}
    assert len(found) == len(PEOPLE)
    for learner, year in PEOPLE:
        row = found[learner.student_code]
        assert row.learner == learner
        assert row.year == year
    assert {each.code for each in result.places} == {"rule-leaves-open"}


@pytest.mark.parametrize(
    ("sheet", "title", "value", "code"),
    [
        ("Toán", "Mức đạt được", "Giỏi", "word-unknown"),
        ("Toán", "Điểm KTĐK", 9.5, "test-invalid"),
        ("Toán", "Điểm KTĐK", 0, "test-invalid"),
        ("Kết quả", "Yêu nước", "H", "word-unknown"),
        ("Kết quả", "Chiều cao (cm)", "1,25 m", "measure-invalid"),
        ("Kết quả", "Hoàn thành chương trình", "Hoàn thành chương trình tiểu học", "completion-of-grade"),
        ("Kết quả", "Đánh giá kết quả giáo dục", "Chưa hoàn thành", "year-result-differs"),
    ],
)
def test_wrong_cell_is_named(sheet: str, title: str, value: object, code: str) -> None:
    """What no primary school writes is refused at its cell; a result that the rules do not give is a warning."""
    files = {name: data for name, data in FILES.items() if "_1A" in name}
    name, book = next(
        (name, book)
        for name, data in files.items()
        if sheet in (book := load_workbook(io.BytesIO(data))).sheetnames
    )
    header = next(cell for row in book[sheet].iter_rows() for cell in row if cell.value == title)
    below = next(row for row in range(header.row + 1, 20) if book[sheet].cell(row, 1).value == 1)
    book[sheet].cell(below, header.column).value = value  # type: ignore[assignment]
    target = io.BytesIO()
    book.save(target)
    result = read(files | {name: target.getvalue()})
    assert (sheet, below, header.column_letter, code) in {
        (each.sheet, each.row, each.column, each.code) for each in result.places
    }


def test_exempt_pupil_has_no_test() -> None:
    """Whoever is exempt and has a mark is told at the mark."""
    files = {name: data for name, data in FILES.items() if "_1A" in name}
    book = load_workbook(io.BytesIO(files["MonHoc_1A.xlsx"]))
    book["Toán"]["E5"] = "Miễn"
    target = io.BytesIO()
    book.save(target)
    (found,) = read(files | {"MonHoc_1A.xlsx": target.getvalue()}).places
    assert (found.sheet, found.row, found.column, found.code) == ("Toán", 5, "F", "exempt-assessed")


def test_one_school_of_each_level_is_imported_issued_and_verified(demonstration: Demonstration) -> None:
    """Files of a primary, a lower and an upper secondary school: every document issued from them is valid."""
    levels = {
        "1A": primary_files(primary_years(DEMO_SCHOOL, students=3, seed=3, first_student=40_001)),
        "6A": _secondary(Kind.LOWER_SECONDARY, 41_001),
        "10A": _secondary(Kind.UPPER_SECONDARY, 42_001),
    }
    installation = demonstration.installation
    for class_name, files in levels.items():
        sources = [SourceFile(name, data) for name, data in files.items()]
        result = installation.import_files(sources, SCHOOL_YEAR, dry_run=False, accept_guesses=True)
        assert result.read.ok, result.read.complaints
        codes = {row.learner.student_code for row in result.read.rows}
        assert len(codes) == 3
        report = installation.issue(SCHOOL, SCHOOL_YEAR, class_name=class_name)
        assert report.failed == ()
        assert len(report.released) >= 3
        for issuance in report.released:
            pdf = released_path(Path(demonstration.data) / "issued", issuance).read_bytes()
            assert demonstration.verify(pdf).verdict is VerdictCode.VALID


def _secondary(kind: Kind, first: int) -> dict[str, bytes]:
    return vendor_files(sample_school(students=3, seed=7, first_student=first, kind=kind), Vendor.SMAS)

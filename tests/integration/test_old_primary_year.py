"""A year of primary school under TT 22/2016: imported as recorded, printed, signed and verified, judged by nobody."""

from __future__ import annotations

import io

import page
import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from schemas.change_trail import Actor, ActorKind
from schemas.transcript.model import YearTT22Of2016, parse_transcript
from schemas.verdict import VerdictCode
from service.app import create_app
from service.comparing.years import compare_year
from service.errors import ServiceError
from service.importing.formats import SourceFile
from service.importing.school_files import SchoolFiles, read_school_files
from service.issuing import released_path
from service.people.roles import Role
from service.sample import DEMO_SCHOOL
from service.sample.old_primary import OLD_SCHOOL_YEAR, old_primary_years
from service.sample.primary import primary_years
from service.sample.primary_files import primary_files
from service.sample.school import SCHOOL_YEAR
from service.trail.marking import change_marks
from service.web.console.marks import student_address
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.sign_in import sign_in_as

PEOPLE = tuple(primary_years(DEMO_SCHOOL, students=145, seed=3, first_student=50_001))
OLD = tuple(old_primary_years(PEOPLE, DEMO_SCHOOL, seed=3))
FILES = primary_files(OLD)
REPEATER, OLD_YEAR = OLD[0]
KNOWN_FALSE_POSITIVES = {"PDFA3A-SIGNATURE-BYTERANGE-001"}
"""Of a validator that does not know incremental revisions."""


def read(files: dict[str, bytes], school_year: str = OLD_SCHOOL_YEAR) -> SchoolFiles:
    """Read files as those of the demonstration school."""
    return read_school_files(
        [SourceFile(name, data) for name, data in files.items()],
        find_school=lambda _: DEMO_SCHOOL,
        default_school=lambda: SCHOOL,
        school_year=school_year,
    )


def _changed(name: str, sheet: str, text: str, instead: str | None) -> dict[str, bytes]:
    """Return the files with another text in the cell of one."""
    book = load_workbook(io.BytesIO(FILES[name]))
    (cell,) = (cell for row in book[sheet].iter_rows() for cell in row if cell.value == text)
    cell.value = instead
    target = io.BytesIO()
    book.save(target)
    return FILES | {name: target.getvalue()}


def _without_sheet(sheet: str) -> dict[str, bytes]:
    book = load_workbook(io.BytesIO(FILES["MonHoc_4A.xlsx"]))
    del book[sheet]
    target = io.BytesIO()
    book.save(target)
    return FILES | {"MonHoc_4A.xlsx": target.getvalue()}


def test_an_old_year_comes_back_as_it_was_recorded() -> None:
    """Every word of it, whoever approved it then, and nothing to say about it."""
    result = read(FILES)
    assert result.ok, result.complaints
    assert [(row.learner, row.year) for row in result.rows] == list(OLD)
    assert result.complaints == ()
    assert OLD_YEAR.principal != DEMO_SCHOOL[1]
    assert compare_year(REPEATER, OLD_YEAR) == ()


def test_a_deputy_who_approved_then_is_named_as_one() -> None:
    """PHÓ HIỆU TRƯỞNG above the name: on behalf of the principal."""
    (row,) = read(_changed("HoSo_4A.xlsx", "Kết quả", "HIỆU TRƯỞNG", "PHÓ HIỆU TRƯỞNG")).rows
    assert (row.year.principal.title, row.year.principal.on_behalf) == ("Phó Hiệu trưởng", "KT. Hiệu trưởng")


@pytest.mark.parametrize(
    ("files", "code"),
    [
        (_changed("HoSo_4A.xlsx", "Kết quả", "HIỆU TRƯỞNG", None), "fact-missing"),
        (_changed("HoSo_4A.xlsx", "Kết quả", "Hợp tác", "Yêu nước"), "column-of-other-rules"),
        (_changed("HoSo_4A.xlsx", "Kết quả", "Hợp tác", "Yêu nước"), "column-missing"),
        (_changed("HoSo_4A.xlsx", "Kết quả", "Khen thưởng", "Đánh giá KQGD"), "column-of-other-rules"),
        (_changed("MonHoc_4A.xlsx", "Kĩ thuật", "Môn: Kĩ thuật", "Môn: Thủ công"), "subject-of-grade"),
    ],
)
def test_what_the_rules_of_the_year_do_not_have_is_refused(files: dict[str, bytes], code: str) -> None:
    """Columns of TT 27/2020 in a year under TT 22/2016, a subject of other grades, nobody who approved it."""
    result = read(files)
    assert not result.ok
    assert code in {each.code for each in result.places}


@pytest.mark.parametrize(
    ("school_year", "code"), [("2015-2016", "ruleset-too-old"), ("2023-2024", "column-of-other-rules")]
)
def test_a_year_of_other_rules_is_refused_by_name(school_year: str, code: str) -> None:
    """The year and the grade name the rules, never the sheet: too old ones are not known, later ones differ."""
    result = read(FILES, school_year)
    assert not result.ok
    assert {"school-year-differs", code} <= {each.code for each in result.places}


def test_columns_of_old_rules_are_refused_in_a_year_of_today() -> None:
    """A sheet of TT 27/2020 with a competence of before, and a subject of before, are refused by name."""
    files = {name: data for name, data in primary_files(PEOPLE).items() if "_4A" in name}
    for name, sheet, text, instead in (
        ("HoSo_4A.xlsx", "Kết quả", "Yêu nước", "Hợp tác"),
        ("MonHoc_4A.xlsx", "Đạo đức", "Môn: Đạo đức", "Môn: Kĩ thuật"),
    ):
        book = load_workbook(io.BytesIO(files[name]))
        (cell,) = (cell for row in book[sheet].iter_rows() for cell in row if cell.value == text)
        cell.value = instead
        target = io.BytesIO()
        book.save(target)
        files[name] = target.getvalue()
    places = read(files, SCHOOL_YEAR).places
    assert {"column-of-other-rules", "subject-of-grade"} <= {each.code for each in places}
    (column,) = (each for each in places if each.code == "column-of-other-rules")
    assert (column.value, column.column) == ("Phẩm chất / Hợp tác", "I")


def test_a_subject_that_an_old_record_lacks_is_a_warning() -> None:
    """What the record does not have is not asked for."""
    result = read(_without_sheet("Kĩ thuật"))
    assert [(each.severity, each.code) for each in result.places] == [("warning", "sheet-missing")]
    (row,) = result.rows
    assert "cong-nghe-th" not in {each.subject for each in row.year.subjects}


def test_a_repeater_is_imported_issued_and_verified(demonstration: Demonstration) -> None:
    """Both years in one document: signed, valid, to the standards, the old year word for word and by no rule."""
    installation = demonstration.installation
    this_year = {name: data for name, data in primary_files(PEOPLE).items() if "_5A" in name}
    for files, school_year in ((FILES, OLD_SCHOOL_YEAR), (this_year, SCHOOL_YEAR)):
        sources = [SourceFile(name, data) for name, data in files.items()]
        imported = installation.import_files(sources, school_year, dry_run=False, accept_guesses=False)
        assert imported.stored, imported.read.complaints
    report = installation.issue(SCHOOL, SCHOOL_YEAR, class_name="5A")
    (issuance,) = (one for one in report.released if one.student_code == REPEATER.student_code)
    old, new = parse_transcript(issuance.data).years
    assert isinstance(old, YearTT22Of2016)
    # Who compared it with the paper now is added, and nothing else.
    assert old.model_copy(update={"confirmations": ()}) == OLD_YEAR
    (confirmation,) = old.confirmations
    assert confirmation.role == "homeroom-teacher"
    assert new.school_year == SCHOOL_YEAR
    pdf = released_path(demonstration.data / "issued", issuance).read_bytes()
    verdict = demonstration.verify(pdf)
    assert verdict.verdict is VerdictCode.VALID
    for profile in ("3a", "ua1"):
        found = {failure.rule_id for failure in page.validate_pdf_bytes(pdf, profile=profile).failures}
        assert found <= KNOWN_FALSE_POSITIVES
    texts = [" ".join(each.extract_text().split()) for each in PdfReader(io.BytesIO(pdf)).pages]
    subjects, results = texts[3:5]
    for row in OLD_YEAR.subjects:
        assert f"{row.level} {row.test or ''} {row.remark}".replace("  ", " ") in subjects
    assert "Thể dục H" in subjects
    assert "Ngoại ngữ (Tiếng Anh) H" in subjects
    assert "Tự học và giải quyết vấn đề C" in results
    assert "Đoàn kết, yêu thương Đ" in results
    assert f"HIỆU TRƯỞNG Đã duyệt ngày 31/05/2023 {OLD_YEAR.principal.name}" in results
    assert "Chưa hoàn thành chương trình lớp 4" in results
    assert "Giáo viên chủ nhiệm Theo học bạ cũ, xác nhận ngày" in results


def test_nobody_changes_an_old_year_by_hand(demonstration: Demonstration) -> None:
    """A mark of it is mended in the workbook, by another import."""
    installation = demonstration.installation
    sources = [SourceFile(name, data) for name, data in FILES.items()]
    installation.import_files(sources, OLD_SCHOOL_YEAR, dry_run=False, accept_guesses=False)
    (draft,) = installation.register.student_years(SCHOOL, OLD_SCHOOL_YEAR, class_name="4A")
    clerk = Actor(ActorKind.PERSON, "p1", "Cô Hoa")
    with pytest.raises(ServiceError, match="mark-year-closed"):
        change_marks(installation.register, draft, "toan", {"level": "H"}, actor=clerk, why="Nhầm", at=7)
    assert installation.register.student_years(SCHOOL, OLD_SCHOOL_YEAR, class_name="4A") == (draft,)


def test_the_page_of_an_old_year_shows_it_and_offers_no_change(demonstration: Demonstration) -> None:
    """Subjects as they were called, to compare with the paper; no link to a form that would be refused."""
    sources = [SourceFile(name, data) for name, data in FILES.items()]
    demonstration.installation.import_files(sources, OLD_SCHOOL_YEAR, dry_run=False, accept_guesses=False)
    (draft,) = demonstration.installation.register.student_years(SCHOOL, OLD_SCHOOL_YEAR, class_name="4A")
    with create_app(demonstration.installation).test_client() as client:
        sign_in_as(client, demonstration, Role.CLERK)
        with client.application.app_context():
            address = f"/classes/{OLD_SCHOOL_YEAR}/4A/students/{student_address(draft)}"
        text = client.get(address).text
        with_form = client.get(f"{address}?subject=toan").text
    assert "Thể dục" in text
    assert "Kĩ thuật" in text
    assert "subject=toan" not in text
    assert 'name="reason"' not in with_form

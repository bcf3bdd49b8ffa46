"""A year of secondary school under TT 58/2011: imported as recorded, printed, signed and verified, judged by nobody."""

from __future__ import annotations

import io

import page
import pytest
from pypdf import PdfReader

from schemas.transcript.model import Kind, YearTT58, parse_transcript
from schemas.transcript.rulesets.tt58_2011 import Honour
from schemas.verdict import VerdictCode
from service.importing.formats import SourceFile
from service.importing.school_files import SchoolFiles, read_school_files
from service.issuing import released_path
from service.sample import DEMO_SCHOOL
from service.sample.school import SCHOOL_YEAR, sample_school
from service.sample.vendors import Vendor, vendor_files
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.old_secondary_files import old_secondary_files, recorded_year
from tests.support.transcripts import changed, sample_learner

LEARNER = sample_learner(record_code=None, father=None, mother=None)
LOWER = recorded_year(DEMO_SCHOOL[0], grade=9, school_year="2023-2024")
UPPER = recorded_year(DEMO_SCHOOL[0], grade=11, school_year="2022-2023")
KNOWN_FALSE_POSITIVES = {"PDFA3A-SIGNATURE-BYTERANGE-001"}
"""Of a validator that does not know incremental revisions."""


def read(year: YearTT58, school_year: str | None = None) -> SchoolFiles:
    """Read the files of a year as those of the demonstration school."""
    return read_school_files(
        [SourceFile(name, data) for name, data in old_secondary_files(LEARNER, year).items()],
        find_school=lambda _: DEMO_SCHOOL,
        default_school=lambda: SCHOOL,
        school_year=school_year or year.school_year,
    )


@pytest.mark.parametrize("year", [LOWER, UPPER], ids=["lower", "upper"])
def test_an_old_year_comes_back_as_it_was_recorded(year: YearTT58) -> None:
    """Every word of it, a subject of one semester, levels of before, and nothing to say about it."""
    result = read(year)
    assert result.complaints == ()
    assert [(row.learner, row.year) for row in result.rows] == [(LEARNER, year)]


def test_a_title_in_the_column_of_awards_is_the_title() -> None:
    """Systems have one column for both; other words in it are an award."""
    (row,) = read(changed(UPPER, {"awards": "Học sinh Tiên tiến"})).rows
    assert isinstance(row.year, YearTT58)
    assert (row.year.honour, row.year.awards) == (Honour.ADVANCED, None)


@pytest.mark.parametrize(
    ("school_year", "code"), [("2010-2011", "ruleset-too-old"), ("2024-2025", "column-of-other-rules")]
)
def test_a_year_of_other_rules_is_refused_by_name(school_year: str, code: str) -> None:
    """The year and the grade name the rules, never the sheet: too old ones are not known, later ones differ."""
    result = read(UPPER, school_year)
    assert not result.ok
    assert {"school-year-differs", code} <= {each.code for each in result.places}


def test_a_sheet_of_today_is_refused_in_an_old_year() -> None:
    """Rèn luyện and Học tập are words of TT 22/2021, and no old year has them."""
    files = vendor_files(sample_school(students=3, seed=7, first_student=1), Vendor.SMAS)
    result = read_school_files(
        [SourceFile(name, data) for name, data in files.items()],
        find_school=lambda _: DEMO_SCHOOL,
        default_school=lambda: SCHOOL,
        school_year="2020-2021",
    )
    assert not result.ok
    assert {"column-of-other-rules", "subject-of-grade"} <= {each.code for each in result.places}


def test_a_repeater_is_imported_issued_and_verified(demonstration: Demonstration) -> None:
    """Both years in one document: signed, valid, to the standards, the old year word for word and by no rule."""
    installation = demonstration.installation
    school = sample_school(students=2, seed=7, first_student=60_001, kind=Kind.UPPER_SECONDARY)
    this_year = vendor_files(school, Vendor.SMAS)
    imported = _imported(demonstration, this_year, SCHOOL_YEAR)
    learner = imported.rows[0].learner.model_copy(update={"father": None, "mother": None})
    old_year = recorded_year(DEMO_SCHOOL[0], grade=10, school_year="2021-2022")
    _imported(demonstration, old_secondary_files(learner, old_year), "2021-2022")
    report = installation.issue(SCHOOL, SCHOOL_YEAR, class_name=imported.rows[0].class_name)
    (issuance,) = (one for one in report.released if one.student_code == learner.student_code)
    old, new = parse_transcript(issuance.data).years
    # Who compared it with the paper now is added, and nothing else.
    assert old.model_copy(update={"confirmations": ()}) == old_year
    assert new.school_year == SCHOOL_YEAR
    pdf = released_path(demonstration.data / "issued", issuance).read_bytes()
    assert demonstration.verify(pdf).verdict is VerdictCode.VALID
    for profile in ("3a", "ua1"):
        found = {failure.rule_id for failure in page.validate_pdf_bytes(pdf, profile=profile).failures}
        assert found <= KNOWN_FALSE_POSITIVES
    texts = [" ".join(each.extract_text().split()) for each in PdfReader(io.BytesIO(pdf)).pages]
    assert "Toán 4,4 5,1 4,9 3,5 Đinh Văn Lực" in texts[3]
    assert "Thể dục Đ Đ Đ" in texts[3]
    assert "Điểm trung bình các môn học 4,4 5,1 4,9" in texts[3]
    assert "Theo học bạ cũ, xác nhận ngày" in texts[3]
    assert "Học kì I Tốt Yếu" in texts[4]
    assert "Lâm Thị Én" in texts[4]


def _imported(demonstration: Demonstration, files: dict[str, bytes], school_year: str) -> SchoolFiles:
    sources = [SourceFile(name, data) for name, data in files.items()]
    result = demonstration.installation.import_files(sources, school_year, dry_run=False, accept_guesses=True)
    assert result.stored, result.read.complaints
    return result.read

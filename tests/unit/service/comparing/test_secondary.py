"""A year of secondary school beside what TT 22/2021 gives: each difference, and each case that is left to a person."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from schemas.transcript.model import Levels, Promotion, SubjectResult, YearTT22
from schemas.transcript.rulesets.tt22_2021 import Level
from service.comparing.findings import Finding
from service.comparing.secondary import SemesterMarks, check_semester
from service.comparing.years import compare_year
from tests.support.transcript_members import (
    old_year_members,
    transcript_members,
    transcript_of,
    upper_members,
)
from tests.support.transcripts import sample_learner, sample_rows, sample_year, secondary

GOOD, FAIR, PASS, FAIL = Level
ALL_GOOD = Levels(semester1=GOOD, semester2=GOOD, year=GOOD)


def findings(**changes: Any) -> tuple[Finding, ...]:
    """Return what is found in the sample year, made one by the rules, with these changes."""
    return compare_year(sample_learner(), sample_year(**({"learning": ALL_GOOD} | changes)))


def rows(**changes: dict[str, Any]) -> tuple[SubjectResult, ...]:
    """Return the sample rows, some of them changed, by subject code with underscores."""
    return tuple(
        SubjectResult.model_validate(
            {name: getattr(row, name) for name in SubjectResult.model_fields}
            | changes.get(row.subject.replace("-", "_"), {})
        )
        for row in sample_rows()
    )


def only(found: tuple[Finding, ...], code: str) -> Finding:
    """Return the one finding of a code."""
    (finding,) = [one for one in found if one.fault.code == code]
    return finding


def test_a_year_by_the_rules_has_no_findings() -> None:
    """The sample year is what the rules give."""
    assert findings() == ()


def test_a_year_mark_that_differs_says_both_and_the_sum() -> None:
    """The finding names what is recorded, what is computed, and how."""
    found = only(findings(subjects=rows(toan={"year": "8.9"})), "year-mark-differs")
    assert (found.place, found.recorded, found.computed) == ("toan.year", "8.9", "8.8")
    assert "(8,5 + 2 × 9,0) / 3 = 8,8" in found.fault.text.vi
    assert "“8,9”" in found.fault.text.vi
    assert found.severity == "warning"


@pytest.mark.parametrize(
    ("regular", "recorded", "expected"),
    [
        ("8 9 7 8", "7.9", []),
        ("8 9 7 8", "8.0", [("semester-mark-differs", "8.0", "7.9")]),
        ("8 9 7", "8.0", [("regular-marks-missing", "3", "4"), ("semester-mark-differs", "8.0", "7.9")]),
        ("8 9 7 8 8", "7.9", []),
    ],
)
def test_marks_within_a_semester(regular: str, recorded: str, expected: list[tuple[str, str, str]]) -> None:
    """A semester is compared with the marks within it, and their number with the subject's periods (Toán: four)."""
    marks = tuple(map(Decimal, regular.split()))
    semester = SemesterMarks("toan", 2, Decimal(recorded), marks, Decimal("7.5"), Decimal(8))
    found = list(check_semester(semester, 6))
    assert [(one.fault.code, one.recorded, one.computed) for one in found] == expected
    assert {one.place for one in found} <= {"toan.semester2"}


def test_a_year_mark_between_no_semesters_is_an_error() -> None:
    """A year's mark above both semesters is refused: no rule gives it."""
    found = only(findings(subjects=rows(toan={"year": "9.1"})), "year-mark-impossible")
    assert found.severity == "error"


def test_a_comment_year_follows_semester_two() -> None:
    """The year of a subject assessed by comment is compared with semester II."""
    found = only(findings(subjects=rows(gdtc={"semester1": "CĐ", "year": "CĐ"})), "year-mark-differs")
    assert (found.place, found.recorded, found.computed) == ("gdtc.year", "CĐ", "Đ")


def test_a_level_that_differs_says_why() -> None:
    """The finding of a level carries its reasons, with clause and figures."""
    found = only(
        findings(learning=Levels(semester1=GOOD, semester2=GOOD, year=FAIR)), "learning-level-differs"
    )
    assert (found.place, found.recorded, found.computed) == ("learning_year", "Khá", "Tốt")
    assert found.reasons[0].clause == "TT 22/2021, Điều 9, khoản 2"
    assert dict(found.reasons[0].figures) == {"enough": "7", "comments_failed": "0"}
    assert "Tốt: 7 môn ≥ 8,0, không môn nào < 6,5" in found.fault.text.vi


def test_an_adjustment_is_told() -> None:
    """Where one subject is forgiven, the reason names it."""
    weak = rows(toan={"semester1": "4.8", "semester2": "4.8", "year": "4.8"})
    found = only(
        findings(awards=None, subjects=weak, learning=Levels(semester1=FAIR, semester2=FAIR, year=PASS)),
        "learning-level-differs",
    )
    assert (found.place, found.computed) == ("learning_year", "Khá")
    assert found.reasons[0].code == "one-subject-adjustment"
    assert "Toán" in found.reasons[0].text.vi


def test_a_missing_mark_leaves_the_level_open() -> None:
    """Without a mark there is no level: that is told, with the subject, never passed over."""
    found = only(findings(subjects=rows(toan={"semester1": None})), "rule-leaves-open")
    assert (found.place, found.computed) == ("learning1", None)
    assert "Toán" in found.fault.text.vi


def test_who_is_exempt_lacks_no_mark() -> None:
    """M for the year, without semesters, is no missing mark."""
    exempt = {"semester1": None, "semester2": None, "year": "M"}
    assert findings(subjects=rows(gdtc=exempt)) == ()


def test_both_levels_failed_is_left_to_a_person() -> None:
    """Conduct and learning both Chưa đạt: whether there is a re-assessment the principal decides."""
    poor = rows(
        **{
            row.subject.replace("-", "_"): {"semester1": "3.0", "semester2": "3.0", "year": "3.0"}
            for row in sample_rows()
            if row.year and row.year[0].isdigit()
        }
    )
    failed = Levels(semester1=FAIL, semester2=FAIL, year=FAIL)
    found = findings(
        subjects=poor, conduct=failed, learning=failed, promotion=Promotion.NOT_PROMOTED, awards=None
    )
    assert [(one.place, one.fault.code, one.recorded) for one in found] == [
        ("promotion", "rule-leaves-open", "Không được lên lớp")
    ]


@pytest.mark.parametrize(
    ("grade", "promotion", "code"),
    [
        (8, Promotion.NOT_PROMOTED, "promotion-differs"),
        (8, Promotion.COMPLETED, "promotion-impossible"),
        (8, Promotion.PROMOTED_AFTER, "promotion-differs"),
        (9, Promotion.COMPLETED, None),
        (9, Promotion.PROMOTED, None),
        (9, Promotion.PROMOTED_AFTER, "promotion-differs"),
        (9, Promotion.NOT_PROMOTED, "promotion-differs"),
    ],
)
def test_promotion(grade: int, promotion: Promotion, code: str | None) -> None:
    """What is recorded at the end of the year is compared; the last grade may say either that one passes."""
    found = findings(grade=grade, promotion=promotion)
    assert [one.fault.code for one in found] == ([code] if code else [])


def test_reassessment_without_a_level_afterwards() -> None:
    """A re-assessed subject without the level afterwards is told."""
    assert (
        only(findings(subjects=rows(toan={"reassessed": "9.0"})), "level-after-missing").place
        == "learning_after"
    )


def test_conduct_of_the_year() -> None:
    """The year's conduct is compared with the semesters."""
    found = only(findings(conduct=Levels(semester1=FAIL, semester2=GOOD, year=GOOD)), "conduct-level-differs")
    assert (found.recorded, found.computed) == ("Tốt", "Khá")
    assert "học kì I Chưa đạt, học kì II Tốt" in found.fault.text.vi


@pytest.mark.parametrize(
    ("awards", "recorded"),
    [
        (None, None),
        ("Giấy khen của xã", "Giấy khen của xã"),
        ("Học sinh Xuất sắc năm học 2025-2026", "Học sinh Xuất sắc"),
        ("Học sinh giỏi cấp tỉnh môn Toán", "Học sinh giỏi cấp tỉnh môn Toán"),
        ("Giải Nhì kì thi học sinh giỏi", "Giải Nhì kì thi học sinh giỏi"),
        ("HSG", "HSG"),
        ("Học sinh Giỏi; HS Xuất sắc", "HS Xuất sắc"),
    ],
)
def test_titles(awards: str | None, recorded: str | None) -> None:
    """A title that is missing or another is told in the cell's own words; a competition of its name is no title."""
    found = only(findings(awards=awards), "title-differs")
    assert (found.recorded, found.computed) == (recorded, "Học sinh Giỏi")
    assert f"“{recorded or 'trống'}”" in found.fault.text.vi


@pytest.mark.parametrize(
    "awards",
    [
        "Học sinh Giỏi",
        "học sinh GIỎI",
        "Đạt danh hiệu Học sinh Giỏi năm học 2025-2026",
        "Học sinh Giỏi cả năm; giải Nhì Toán cấp tỉnh",
        "Giải Nhì học sinh giỏi cấp huyện và Học sinh Giỏi",
    ],
)
def test_the_title_that_is_earned(awards: str) -> None:
    """However it is cased, whatever stands beside it."""
    assert findings(awards=awards) == ()


TITLES = ["HSG", "HS Xuất sắc", "Giỏi", "Học sinh tiên tiến", "Danh hiệu: HSXS", "Học sinh Giỏi toàn diện"]


@pytest.mark.parametrize("awards", [*TITLES, "Học sinh giỏi cấp tỉnh môn Toán", "Giải Ba, thi vẽ", None])
def test_a_title_that_is_not_earned(awards: str | None) -> None:
    """Whoever earns none and has one written, shortened or of other rules, is told; a prize is the school's own."""
    weaker = {"conduct": Levels(semester1=FAIR, semester2=FAIR, year=FAIR), "awards": awards}
    found = [one for one in findings(**weaker) if one.fault.code == "title-differs"]
    assert len(found) == (awards in TITLES)
    assert all(one.computed is None and (one.recorded or "-") in (awards or "") for one in found)


def test_a_learner_with_a_disability_is_the_principals() -> None:
    """Who is assessed on a plan of their own is told, so that nobody takes the rules for the last word."""
    learner = sample_learner(policy_category="Học sinh khuyết tật học hoà nhập")
    assert [one.fault.code for one in compare_year(learner, sample_year(learning=ALL_GOOD))] == ["own-plan"]


def test_four_of_nine() -> None:
    """Upper secondary has four subjects of the group and every compulsory one; anything else is told."""
    year = secondary(transcript_of(upper_members()).years[0])
    learner = sample_learner()

    def codes(kept: set[str]) -> list[str]:
        changed = YearTT22.model_validate(
            {name: getattr(year, name) for name in YearTT22.model_fields}
            | {"subjects": tuple(row for row in year.subjects if row.subject not in kept)}
        )
        found = compare_year(learner, changed)
        return [one.fault.code for one in found if one.place == "subjects"]

    assert codes(set()) == []
    assert codes({"vat-li"}) == ["subjects-of-group"]
    assert codes({"lich-su"}) == ["subject-missing"]


def test_an_old_year_is_not_computed() -> None:
    """What was recorded under TT 58/2011 stands as it is."""
    old = transcript_of(transcript_members() | {"years": [old_year_members()]}).years[0]
    assert compare_year(sample_learner(), old) == ()

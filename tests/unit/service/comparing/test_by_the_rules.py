"""Whatever the marks: a year that was made by the rules has nothing to look at but what they leave to a person."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from schemas.transcript.model import Levels, SubjectResult, YearTT22
from schemas.transcript.rulesets.tt22_2021 import Level, year_average
from schemas.transcript.rulesets.tt22_levels import SubjectMark, explain_conduct, explain_learning
from schemas.transcript.rulesets.tt22_year import YearEnd, explain_promotion, explain_title
from schemas.transcript.subjects import SUBJECTS, AssessmentKind
from service.comparing.years import compare_year
from tests.support.transcripts import sample_learner, sample_rows, sample_year

TENTHS = st.integers(20, 100).map(lambda tenths: f"{tenths // 10}.{tenths % 10}")
COMMENTS = st.sampled_from(["Đ", "Đ", "Đ", "CĐ"])
LEVELS = st.sampled_from(Level)


@st.composite
def years(draw: st.DrawFn) -> YearTT22:
    """Draw the marks of both semesters of grade 8, and let the rules do the rest."""
    rows = []
    for row in sample_rows():
        is_comment = SUBJECTS[row.subject].kind is AssessmentKind.COMMENT
        first, second = draw(st.tuples(*[COMMENTS if is_comment else TENTHS] * 2))
        year = second if is_comment else str(year_average(Decimal(first), Decimal(second)))
        rows.append(row.model_copy(update={"semester1": first, "semester2": second, "year": year}))
    conduct1, conduct2 = draw(LEVELS), draw(LEVELS)
    conduct = explain_conduct(conduct1, conduct2).value
    levels = [explain_learning(_marks(rows, which)).value for which in ("semester1", "semester2", "year")]
    learning = levels[2] or Level.FAIL
    absences = draw(st.integers(0, 60))
    title = explain_title(conduct, learning, _marks(rows, "year")).value
    return sample_year(
        subjects=tuple(rows),
        conduct=Levels(semester1=conduct1, semester2=conduct2, year=conduct),
        learning=Levels(semester1=levels[0], semester2=levels[1], year=learning),
        absences=absences,
        promotion=explain_promotion(YearEnd(conduct, learning, None, None, absences, 8)).value,
        awards=title,
    )


def _marks(rows: list[SubjectResult], which: str) -> list[SubjectMark]:
    return [SubjectMark(row.title or SUBJECTS[row.subject].name, getattr(row, which)) for row in rows]


@given(years())
def test_nothing_differs(year: YearTT22) -> None:
    """The rules agree with themselves; only two failed levels are left to a person."""
    found = compare_year(sample_learner(), year)
    both_failed = year.conduct.year is Level.FAIL and year.learning.year is Level.FAIL
    assert [one.fault.code for one in found] == (["rule-leaves-open"] if both_failed else [])


@given(years(), st.sampled_from(Level), st.data())
def test_another_level_is_told(year: YearTT22, level: Level, data: st.DataObject) -> None:
    """A recorded level of the year that is not the rules' is told, in whatever order the subjects stand."""
    order = tuple(data.draw(st.permutations(year.subjects)))
    changed = year.model_copy(
        update={"learning": year.learning.model_copy(update={"year": level}), "subjects": order}
    )
    told = [one for one in compare_year(sample_learner(), changed) if one.place == "learning_year"]
    assert [(one.recorded, one.computed) for one in told] == (
        []
        if level is year.learning.year
        else [(level.value, year.learning.year and year.learning.year.value)]
    )

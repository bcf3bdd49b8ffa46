"""TT 22/2021 explained: the reasons belong to the results, whatever the marks and their order."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from schemas.transcript.rulesets.tt22_2021 import (
    ORDER,
    RULES,
    Level,
    comment_semester,
    learning_level,
    to_decimals,
)
from schemas.transcript.rulesets.tt22_levels import (
    SubjectMark,
    explain_conduct,
    explain_learning,
    explain_semester,
)
from schemas.transcript.rulesets.tt22_year import YearEnd, explain_promotion, explain_title

TENTHS = st.integers(0, 100).map(lambda tenths: f"{tenths // 10}.{tenths % 10}")
# Near the limits, where levels change.
NEAR = st.sampled_from(["3.4", "3.5", "4.9", "5.0", "6.4", "6.5", "7.9", "8.0", "8.9", "9.0"])
COMMENTS = st.lists(st.sampled_from(["Đ", "Đ", "Đ", "CĐ", "M"]), max_size=5)
LEVELS = st.sampled_from(Level)


@st.composite
def reports(draw: st.DrawFn) -> list[SubjectMark]:
    """Draw the marks of six to thirteen scored subjects and up to five comment subjects."""
    marks = draw(st.lists(NEAR | TENTHS, min_size=6, max_size=13)) + draw(COMMENTS)
    return [SubjectMark(f"Môn {at:02}", mark) for at, mark in enumerate(marks)]


@given(reports())
def test_what_is_explained_is_what_is_computed(rows: list[SubjectMark]) -> None:
    """The explained level is the computed one, and begins with its own name."""
    marks = [row.mark or "" for row in rows]
    outcome = explain_learning(rows)
    assert outcome.value is learning_level(to_decimals(marks), marks.count("CĐ"))
    assert outcome.reasons[0].text.vi.startswith(f"{outcome.value}: ")
    assert not outcome.is_open


@given(reports(), st.data())
def test_the_order_of_subjects_never_matters(rows: list[SubjectMark], data: st.DataObject) -> None:
    """The same marks in another order give the same level for the same reasons, in the same words."""
    assert explain_learning(data.draw(st.permutations(rows))) == explain_learning(rows)


@given(reports(), st.data())
def test_a_better_mark_never_lowers_a_level(rows: list[SubjectMark], data: st.DataObject) -> None:
    """Raising one mark, or a comment to Đạt, keeps or raises the level."""
    at = data.draw(st.integers(0, len(rows) - 1))
    mark = rows[at].mark or ""
    better = "Đ" if mark == "CĐ" else mark
    if mark[0].isdigit():
        tenths = data.draw(st.integers(int(Decimal(mark) * 10), 100))
        better = f"{tenths // 10}.{tenths % 10}"
    raised = [*rows[:at], SubjectMark(rows[at].name, better), *rows[at + 1 :]]
    before, after = explain_learning(rows).value, explain_learning(raised).value
    assert before is not None
    assert after is not None
    assert ORDER.index(after) <= ORDER.index(before)


@given(st.lists(TENTHS, min_size=2, max_size=5), TENTHS, TENTHS, st.data())
def test_a_better_mark_never_lowers_an_average(
    regular: list[str], midterm: str, final: str, data: st.DataObject
) -> None:
    """Raising a mark within a semester keeps or raises ĐTBmhk, and the order of regular marks never matters."""
    marks = [Decimal(mark) for mark in (*regular, midterm, final)]
    at = data.draw(st.integers(0, len(marks) - 1))
    better = [*marks]
    better[at] = Decimal(data.draw(st.integers(int(marks[at] * 10), 100))) / 10
    average = explain_semester(marks[:-2], marks[-2], marks[-1]).value
    assert average <= explain_semester(better[:-2], better[-2], better[-1]).value
    assert average == explain_semester(marks[:-2][::-1], marks[-2], marks[-1]).value


@given(LEVELS, LEVELS, LEVELS)
def test_a_better_semester_never_lowers_conduct(first: Level, second: Level, better: Level) -> None:
    """A better level in either semester keeps or raises the year's."""
    year = ORDER.index(explain_conduct(first, second).value)
    if ORDER.index(better) <= ORDER.index(first):
        assert ORDER.index(explain_conduct(better, second).value) <= year
    if ORDER.index(better) <= ORDER.index(second):
        assert ORDER.index(explain_conduct(first, better).value) <= year


@given(LEVELS, LEVELS, st.none() | LEVELS, st.none() | LEVELS, st.integers(0, 90), st.integers(6, 12))
def test_promotion_always_says_why(
    conduct: Level,
    learning: Level,
    conduct_after: Level | None,
    learning_after: Level | None,
    absences: int,
    grade: int,
) -> None:
    """A learner passes just where both last levels are at least Đạt and the sessions absent are not too many."""
    outcome = explain_promotion(YearEnd(conduct, learning, conduct_after, learning_after, absences, grade))
    passes = Level.FAIL not in (conduct_after or conduct, learning_after or learning) and absences <= 45
    assert (outcome.value == "Không được lên lớp") is not passes
    assert outcome.is_open is (conduct is Level.FAIL and learning is Level.FAIL)
    assert len({reason.code for reason in outcome.reasons}) == len(outcome.reasons) >= 1


@given(LEVELS, LEVELS, reports())
def test_only_two_good_levels_earn_a_title(conduct: Level, learning: Level, rows: list[SubjectMark]) -> None:
    """There is a title just where conduct and learning are both Tốt."""
    assert (explain_title(conduct, learning, rows).value is not None) is (
        conduct is Level.GOOD and learning is Level.GOOD
    )


def test_a_comment_semester() -> None:
    """A semester is Đạt where all its assessments are."""
    assert [comment_semester(each) for each in (["Đ", "Đ"], ["Đ", "CĐ"], ["CĐ"])] == ["Đ", "CĐ", "CĐ"]


def test_what_is_not_confirmed_is_noted() -> None:
    """The rules are data with a version and a source, and say in both languages what nobody confirmed."""
    assert RULES.version == 1
    assert RULES.source == "Thông tư 22/2021/TT-BGDĐT"
    assert len(RULES.notes) == 3
    assert all("chưa được đối chiếu" in note.vi and "not confirmed" in note.en for note in RULES.notes)

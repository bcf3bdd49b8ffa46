"""TT 27/2020: the year result of primary school, its order and its direction."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from schemas.transcript.rulesets.tt27_2020 import (
    RULES,
    Achievement,
    Growth,
    SubjectLevel,
    TraitLevel,
    YearResult,
    explain_award,
    explain_completion,
    explain_result,
)

ACHIEVEMENTS, GROWTHS, RESULTS = tuple(Achievement), tuple(Growth), tuple(YearResult)
BEST_FIRST = st.sampled_from([Achievement.GOOD, Achievement.GOOD, *Achievement])


@st.composite
def reports(draw: st.DrawFn) -> tuple[list[SubjectLevel], list[TraitLevel]]:
    """Draw up to eight subjects, half of them tested, and five traits."""
    drawn = draw(st.lists(st.tuples(BEST_FIRST, st.none() | st.integers(4, 10)), min_size=1, max_size=8))
    subjects = [
        SubjectLevel(f"Môn {at}", level, test, is_tested=test is not None)
        for at, (level, test) in enumerate(drawn)
    ]
    growths = draw(st.lists(st.sampled_from([Growth.GOOD, Growth.GOOD, *Growth]), min_size=5, max_size=5))
    return subjects, [TraitLevel(f"Phẩm chất {at}", growth) for at, growth in enumerate(growths)]


Report = tuple[list[SubjectLevel], list[TraitLevel]]


@given(reports(), st.data())
def test_order_never_matters(report: Report, data: st.DataObject) -> None:
    """The same levels in another order give the same result for the same reasons."""
    subjects, traits = report
    shuffled = data.draw(st.permutations(subjects)), data.draw(st.permutations(traits))
    assert explain_result(*shuffled) == explain_result(*report)


@given(reports(), st.data())
def test_a_better_level_never_lowers_the_result(report: Report, data: st.DataObject) -> None:
    """Raising a subject's level, a test or a trait keeps or raises the result."""
    subjects, traits = report
    at = data.draw(st.integers(0, len(subjects) - 1))
    row = subjects[at]
    better = replace(
        row,
        level=data.draw(
            st.sampled_from(ACHIEVEMENTS[: ACHIEVEMENTS.index(row.level or ACHIEVEMENTS[0]) + 1])
        ),
        test=None if row.test is None else data.draw(st.integers(row.test, 10)),
    )
    raised = explain_result([*subjects[:at], better, *subjects[at + 1 :]], [TraitLevel("a", Growth.GOOD)])
    before = explain_result(subjects, traits)
    assert raised.value is not None
    assert before.value is not None
    assert RESULTS.index(raised.value) <= RESULTS.index(before.value)


@given(reports())
def test_a_result_begins_with_its_name(report: Report) -> None:
    """The first reason names the result, and every result but the best says what keeps it from the next."""
    outcome = explain_result(*report)
    assert outcome.reasons[0].text.vi.startswith(f"{outcome.value}: ")
    is_between = outcome.value in (YearResult.GOOD, YearResult.DONE)
    assert len(outcome.reasons) == (2 if is_between else 1)


@given(st.sampled_from(YearResult), st.integers(1, 5))
def test_what_follows_from_a_result(result: YearResult, grade: int) -> None:
    """The grade is completed, or the principal decides; the two best results earn an award."""
    assert explain_completion(result, grade).is_open is (result is YearResult.NOT_DONE)
    assert (explain_award(result).value is not None) is (result in (YearResult.EXCELLENT, YearResult.GOOD))


def test_what_is_not_confirmed_is_noted() -> None:
    """The rules are data with a version and a source, and say in both languages what nobody confirmed."""
    assert RULES.version == 1
    assert len(RULES.notes) == 3
    assert all("chưa được đối chiếu" in note.vi and "not confirmed" in note.en for note in RULES.notes)

"""What an import will change, said value by value in the words of the forms."""

from __future__ import annotations

from schemas.transcript.model import TraitResult, Traits, YearTT27
from schemas.transcript.rulesets.tt27_2020 import Growth
from service.importing.preview import Difference, preview
from service.storage.records import StudentYear
from tests.support.levels import primary_learner, primary_year


def _row(year: YearTT27) -> StudentYear:
    return StudentYear("SCHOOL", year.class_name, primary_learner(), year, "")


def _differences(before: YearTT27, after: YearTT27) -> list[Difference]:
    (changed,) = preview([_row(after)], [_row(before)]).changed
    return list(changed.differences)


def test_qualities_are_compared_trait_by_trait() -> None:
    """One level that changes is one line that names the quality; the others are not repeated."""
    before = primary_year(4)
    first, *rest = before.qualities.results
    other = Growth.TRY_HARDER if first.level is not Growth.TRY_HARDER else Growth.GOOD
    qualities = before.qualities.model_copy(
        update={"results": (TraitResult(trait=first.trait, level=other), *rest)}
    )
    after = before.model_copy(update={"qualities": qualities})
    assert _differences(before, after) == [Difference("Phẩm chất: Yêu nước", str(first.level), str(other))]


def test_a_competence_that_comes_and_a_remark_that_goes_are_named() -> None:
    """What was not assessed before has no value before; a remark has the name of its group."""
    after = primary_year(4)
    special = after.specific_competences
    before = after.model_copy(
        update={"specific_competences": Traits(results=special.results[1:], remark="Có cố gắng.")}
    )
    after = after.model_copy(update={"specific_competences": special.model_copy(update={"remark": None})})
    assert _differences(before, after) == [
        Difference("Năng lực đặc thù: Nhận xét", "Có cố gắng.", None),
        Difference("Năng lực đặc thù: Ngôn ngữ", None, str(special.results[0].level)),
    ]

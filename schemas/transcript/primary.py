"""A year of primary school: under TT 27/2020, or as it was recorded under TT 22/2016."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import AfterValidator, Field, model_validator

from schemas.transcript.parts import (
    Line,
    Part,
    Remark,
    SubjectCode,
    YearPart,
    check_school_year,
    check_subjects,
)
from schemas.transcript.rulesets import Ruleset
from schemas.transcript.rulesets.tt27_2020 import Achievement, Completion, Growth, YearResult
from schemas.transcript.traits import TRAITS, TRAITS_BY_CODE, TRAITS_TT22_2016, Trait, TraitGroup


def _known_trait(code: str) -> str:
    if code not in TRAITS_BY_CODE:
        raise ValueError("trait-unknown")
    return code


Measure = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,2}(?:\.[0-9])?$", description='"128" or "27.5"')]
Absences = Annotated[int, Field(ge=0, le=366)]


class PrimaryResult(Part):
    """A row of subjects and activities: mức đạt được, the year-end test (điểm KTĐK), remark."""

    subject: SubjectCode
    title: Line | None = Field(
        default=None, description="the subject as taught, where it differs: Ngoại ngữ 1 (Tiếng Anh)"
    )
    level: Achievement | None = None
    test: Annotated[int, Field(ge=1, le=10)] | None = None
    exempt: Literal[True] | None = Field(default=None, description="miễn: neither level nor test")
    remark: Remark | None = None

    @model_validator(mode="after")
    def _exempt_is_not_assessed(self) -> Self:
        if self.exempt and (self.level or self.test):
            raise ValueError("exempt-assessed")
        return self


class TraitResult(Part):
    """A quality or a competence and its level."""

    trait: Annotated[str, AfterValidator(_known_trait)]
    level: Growth


class Traits(Part):
    """One group of traits, in the order of the form, and its remark."""

    results: tuple[TraitResult, ...]
    remark: Remark | None = None


class _PrimaryYear(YearPart):
    """What a year of primary school has under any rules.

    `register_number` and `entered_on` stand in the line of the learning process: số đăng bộ, and the day of entry or of
    transfer. `homeroom_teacher` answers for every row.
    """

    grade: Annotated[int, Field(ge=1, le=5)]
    register_number: Line | None = None
    entered_on: dt.date | None = None
    height_cm: Measure | None = None
    weight_kg: Measure | None = None
    absences_excused: Absences
    absences_unexcused: Absences
    subjects: Annotated[tuple[PrimaryResult, ...], Field(min_length=1, max_length=20)]
    qualities: Traits
    completion: Completion | None = None

    @model_validator(mode="after")
    def _completion_fits_the_grade(self) -> Self:
        if self.completion is Completion.PRIMARY and self.grade != 5:
            raise ValueError("completion-of-grade")
        return self


class YearTT27(_PrimaryYear):
    """A year of primary school under TT 27/2020: the two pages of the form."""

    ruleset: Literal[Ruleset.TT27_2020]
    general_competences: Traits
    specific_competences: Traits
    result: YearResult | None = None

    @model_validator(mode="after")
    def _year_is_consistent(self) -> Self:
        check_school_year(self.school_year, self.grade, Ruleset.TT27_2020)
        check_subjects([row.subject for row in self.subjects], self.grade)
        _check_traits(self.traits, [trait for trait in TRAITS if self.grade in trait.grades])
        return self

    @property
    def traits(self) -> dict[TraitGroup, Traits]:
        """The three groups of traits, in the order of the form."""
        return {
            TraitGroup.QUALITY: self.qualities,
            TraitGroup.GENERAL: self.general_competences,
            TraitGroup.SPECIFIC: self.specific_competences,
        }


class YearTT22Of2016(_PrimaryYear):
    """A year before TT 27/2020 reached its grade, as it was recorded: nothing in it is computed or judged again.

    There was no result of the year beside `completion`.
    """

    ruleset: Literal[Ruleset.TT22_2016]
    competences: Traits

    @model_validator(mode="after")
    def _year_is_consistent(self) -> Self:
        check_school_year(self.school_year, self.grade, Ruleset.TT22_2016)
        check_subjects([row.subject for row in self.subjects])
        _check_traits(self.traits, TRAITS_TT22_2016)
        return self

    @property
    def traits(self) -> dict[TraitGroup, Traits]:
        """Both groups of traits, in the order of the form."""
        return {TraitGroup.COMPETENCE: self.competences, TraitGroup.QUALITY: self.qualities}


PrimaryYear: TypeAlias = YearTT27 | YearTT22Of2016
"""A year of primary school under any rules."""


def _check_traits(groups: Mapping[TraitGroup, Traits], assessed: Sequence[Trait]) -> None:
    for group, traits in groups.items():
        known = [trait.code for trait in assessed if trait.group is group]
        found = [result.trait for result in traits.results]
        if found != [code for code in known if code in found]:
            raise ValueError("trait-order")

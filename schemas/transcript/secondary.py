"""A year of lower or upper secondary school: under TT 22/2021, or as it was recorded under TT 58/2011."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from schemas.transcript.parts import (
    Line,
    Mark,
    Part,
    Promotion,
    Remark,
    SubjectCode,
    YearPart,
    check_school_year,
    check_subjects,
)
from schemas.transcript.rulesets import Ruleset, tt58_2011
from schemas.transcript.rulesets.tt22_2021 import Level
from schemas.transcript.subjects import SUBJECTS, AssessmentKind

Absences = Annotated[int, Field(ge=0, le=366)]


class SubjectResult(Part):
    """One row of page A: marks of both semesters and the year, remark, and the teacher who answers for them."""

    subject: SubjectCode
    title: Line | None = Field(
        default=None, description="the subject as taught, where it differs: Ngoại ngữ 1 (Tiếng Anh)"
    )
    semester1: Mark | None = None
    semester2: Mark | None = None
    year: Mark | None = None
    reassessed: Mark | None = None
    remark: Remark | None = None
    teacher: Line

    @model_validator(mode="after")
    def _marks_fit_the_kind(self) -> Self:
        comment = SUBJECTS[self.subject].kind is AssessmentKind.COMMENT
        for mark in (self.semester1, self.semester2, self.year, self.reassessed):
            if mark not in (None, "M") and comment != (mark in ("Đ", "CĐ")):
                raise ValueError("mark-kind")
        return self


class Levels(Part):
    """Levels of both semesters and the year, and the level after re-assessment or summer training."""

    semester1: Level | None = None
    semester2: Level | None = None
    year: Level | None = None
    after: Level | None = None


class Corrections(Part):
    """Trong trang này có sửa chữa ở … chỗ, thuộc môn học … (how many cells, which subjects)."""

    count: Annotated[int, Field(ge=1, le=99)]
    subjects: tuple[Line, ...]


class _SecondaryYear(YearPart):
    grade: Annotated[int, Field(ge=6, le=12)]
    subjects: Annotated[tuple[SubjectResult, ...], Field(min_length=1, max_length=20)]
    corrections: Corrections | None = None
    absences: Absences
    promotion: Promotion | None = None
    certificates: Remark | None = None
    homeroom_remark: Remark | None = None


class YearTT22(_SecondaryYear):
    """A year of lower or upper secondary under TT 22/2021: page A and page B of the form."""

    ruleset: Literal[Ruleset.TT22_2021]
    conduct: Levels
    learning: Levels

    @model_validator(mode="after")
    def _year_is_consistent(self) -> Self:
        check_school_year(self.school_year, self.grade, Ruleset.TT22_2021)
        check_subjects([row.subject for row in self.subjects], self.grade)
        return self


class LearningTT58(Part):
    """Học lực of both semesters and the year, and after the tests were taken again (kiểm tra lại)."""

    semester1: tt58_2011.Learning | None = None
    semester2: tt58_2011.Learning | None = None
    year: tt58_2011.Learning | None = None
    after: tt58_2011.Learning | None = None


class ConductTT58(Part):
    """Hạnh kiểm of both semesters and the year, and after training in summer."""

    semester1: tt58_2011.Conduct | None = None
    semester2: tt58_2011.Conduct | None = None
    year: tt58_2011.Conduct | None = None
    after: tt58_2011.Conduct | None = None


class AveragesTT58(Part):
    """Điểm trung bình các môn of both semesters and the year, and after the tests were taken again."""

    semester1: Mark | None = None
    semester2: Mark | None = None
    year: Mark | None = None
    after: Mark | None = None


class YearTT58(_SecondaryYear):
    """A year before TT 22/2021 reached its grade, as it was recorded: nothing in it is computed again."""

    ruleset: Literal[Ruleset.TT58_2011]
    averages: AveragesTT58
    conduct: ConductTT58
    learning: LearningTT58
    honour: tt58_2011.Honour | None = None

    @model_validator(mode="after")
    def _year_is_consistent(self) -> Self:
        check_school_year(self.school_year, self.grade, Ruleset.TT58_2011)
        check_subjects([row.subject for row in self.subjects])
        return self

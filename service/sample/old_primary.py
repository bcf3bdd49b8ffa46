"""Invented years of primary school as recorded under TT 22/2016: those of pupils who were kept back twice since."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Final

from schemas.transcript.model import (
    Learner,
    PrimaryResult,
    School,
    Signatory,
    TraitResult,
    Traits,
    YearTT22Of2016,
    YearTT27,
)
from schemas.transcript.rulesets import Ruleset
from schemas.transcript.rulesets.recorded import OldSubject
from schemas.transcript.rulesets.tt22_2016 import RECORD
from schemas.transcript.rulesets.tt27_2020 import Achievement, Completion, Growth
from schemas.transcript.subjects import SUBJECTS
from schemas.transcript.traits import TRAITS_TT22_2016, TraitGroup
from service.sample.draws import Draws
from service.sample.names import adult_name
from service.sample.primary import years_kept_back
from service.sample.school import PROVINCE

OLD_SCHOOL_YEAR: Final = "2022-2023"
"""The last school year in which grade 4 was assessed under TT 22/2016."""
_GRADE: Final = 4
_WEAK: Final = frozenset({"toan", "tieng-viet"})


def old_primary_years(
    people: Iterable[tuple[Learner, YearTT27]], school: tuple[School, Signatory], *, seed: int
) -> Iterator[tuple[Learner, YearTT22Of2016]]:
    """Give who was kept back with the year 2022-2023 in grade 4, which they did not complete."""
    draws = Draws(seed)
    for learner, year in people:
        if years_kept_back(learner, year):
            yield learner, _year(draws, learner, f"{_GRADE}{year.class_name[1:]}", school[0])


def _year(draws: Draws, learner: Learner, class_name: str, school: School) -> YearTT22Of2016:
    code = learner.student_code
    return YearTT22Of2016(
        ruleset=Ruleset.TT22_2016,
        school_year=OLD_SCHOOL_YEAR,
        grade=_GRADE,
        class_name=class_name,
        school=school.in_year(OLD_SCHOOL_YEAR),
        register_number=learner.register_number,
        height_cm=f"{128 + draws.below(10, 'old height', code)}",
        weight_kg=f"{25 + draws.below(6, 'old weight', code)}.5",
        absences_excused=draws.below(20, "old leave", code),
        absences_unexcused=draws.below(5, "no old leave", code),
        subjects=tuple(
            _result(draws, code, one) for one in RECORD.taught(_GRADE) if one.code != "tieng-dtts"
        ),
        competences=_traits(TraitGroup.COMPETENCE, "Cần được nhắc nhở khi tự học; biết hợp tác với bạn."),
        qualities=_traits(TraitGroup.QUALITY, "Lễ phép, thật thà; đoàn kết với bạn bè."),
        completion=Completion.NOT_COMPLETED,
        homeroom_teacher=adult_name(draws, "old homeroom", class_name),
        principal=Signatory(name=adult_name(draws, "old principal"), title="Hiệu trưởng"),
        place=PROVINCE,
        approved_on=dt.date(2023, 5, 31),
    )


def _result(draws: Draws, code: str, subject: OldSubject) -> PrimaryResult:
    is_weak = subject.code in _WEAK
    test = 3 + draws.below(2, "old weak test", code, subject.code)
    if not is_weak:
        test += 3
    called = f"{subject.name} (Tiếng Anh)" if subject.code == "ngoai-ngu-1" else subject.name
    return PrimaryResult(
        subject=subject.code,
        title=None if called == SUBJECTS[subject.code].name else called,
        level=Achievement.NOT_DONE if is_weak else Achievement.DONE,
        test=test if subject.tested else None,
        remark="Cần được giúp đỡ thêm về đọc, viết và tính toán."
        if is_weak
        else "Hoàn thành nội dung môn học.",
    )


def _traits(group: TraitGroup, remark: str) -> Traits:
    assessed = [one.code for one in TRAITS_TT22_2016 if one.group is group]
    return Traits(
        results=tuple(
            TraitResult(trait=code, level=Growth.TRY_HARDER if code.startswith("tu-hoc") else Growth.PASS)
            for code in assessed
        ),
        remark=remark,
    )

"""Invented years of primary school (TT 27/2020), as data; `service.sample.primary_files` writes them as workbooks.

Results, awards and completion are what the rules give; nobody in them exists.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Final

from schemas.transcript.model import (
    Learner,
    Person,
    PrimaryResult,
    School,
    Signatory,
    TraitResult,
    Traits,
    YearTT27,
    kind_of,
)
from schemas.transcript.rulesets import Ruleset
from schemas.transcript.rulesets.tt27_2020 import (
    Achievement,
    Growth,
    SubjectLevel,
    TraitLevel,
    explain_award,
    explain_completion,
    explain_result,
)
from schemas.transcript.subjects import CURRICULUM, Subject
from schemas.transcript.traits import TRAITS, TraitGroup
from service.sample.draws import Draws
from service.sample.names import adult_name, parent_name, student_name
from service.sample.school import PROVINCE, SCHOOL_YEAR

_CLASS_SIZES: Final = 20, 35
"""The fewest and the most pupils of a class, but for the last one: a hundred pupils are in every grade."""
_FIRST_AGE: Final = 5
"""The age in grade 0, were there one: whoever was never kept back is in grade 1 at six."""
_KEPT_BACK: Final = 2
"""How many grades the first pupil of each class of grade 5 has repeated."""
_REMARKS: Final = {
    Achievement.GOOD: (
        "Nắm chắc kiến thức, làm bài cẩn thận, sáng tạo.",
        "Đọc to, rõ ràng; viết đúng và đẹp.",
        "Tích cực phát biểu, biết giúp đỡ bạn.",
    ),
    Achievement.DONE: ("Hoàn thành nội dung môn học.", "Có tiến bộ; cần luyện tập thêm ở nhà."),
    Achievement.NOT_DONE: ("Cần được giúp đỡ thêm về đọc, viết và tính toán.",),
}
_TRAIT_REMARKS: Final = {
    TraitGroup.QUALITY: "Kính trọng thầy cô, yêu quý bạn bè; chăm làm việc ở lớp.",
    TraitGroup.GENERAL: "Tự giác học tập, biết hợp tác trong nhóm.",
    TraitGroup.SPECIFIC: "Nói và viết mạch lạc; thích tìm hiểu tự nhiên, hát và vẽ.",
}


def primary_years(
    school: tuple[School, Signatory], *, students: int, seed: int, first_student: int = 1
) -> Iterator[tuple[Learner, YearTT27]]:
    """Give learners with their year 2025-2026, in classes of all grades of primary school."""
    draws, grades = Draws(seed), kind_of(1).grades
    fewest, most = _CLASS_SIZES
    size = max(fewest, min(most, -(-students // len(grades))))
    for number in range(first_student, first_student + students):
        row, which = divmod((number - first_student) // size, len(grades))
        grade = grades[which]
        class_name = f"{grade}{'ABCDEGHIKLM'[row % 11]}"
        kept_back = _KEPT_BACK if grade == 5 and (number - first_student) % size == 0 else 0
        learner = _learner(draws, number, grade + kept_back)
        yield learner, _year(draws, number, grade, class_name, school, learner)


def years_kept_back(learner: Learner, year: YearTT27) -> int:
    """Return how many grades a pupil has repeated, by age."""
    return int(year.school_year[:4]) - learner.birth_date.year - year.grade - _FIRST_AGE


def _learner(draws: Draws, number: int, years_at_school: int) -> Learner:
    named, born = student_name(draws, number), int(SCHOOL_YEAR[:4]) - years_at_school - _FIRST_AGE
    return Learner(
        student_code=f"01{number:08}",
        personal_id=f"001{3 if named.is_girl else 2}{born % 100:02}{number:06}",
        nationality="Việt Nam",
        home_town=PROVINCE,
        register_number=f"{number:04}/{born + 6}",
        full_name=named.full_name,
        gender="Nữ" if named.is_girl else "Nam",
        birth_date=dt.date(born, 1, 1) + dt.timedelta(days=draws.below(365, "birth", number)),
        birth_place=PROVINCE,
        ethnicity=named.ethnicity,
        address=f"Số {draws.below(200, 'street', number) + 1}, phường Ban Mai, {PROVINCE}",
        mother=Person(name=parent_name(draws, "mother", number, is_woman=True), occupation="Công nhân"),
    )


def _year(
    draws: Draws,
    number: int,
    grade: int,
    class_name: str,
    school: tuple[School, Signatory],
    learner: Learner,
) -> YearTT27:
    taught = [subject for subject in CURRICULUM.taught(grade) if subject.compulsory]
    rows = tuple(_result(draws, number, subject, grade) for subject in taught)
    groups = {group: _traits(draws, number, group, grade) for group in _TRAIT_REMARKS}
    names = {trait.code: trait.name for trait in TRAITS}
    result = explain_result(
        [
            SubjectLevel(subject.name, row.level, row.test, grade in subject.tested)
            for subject, row in zip(taught, rows, strict=True)
            if not row.exempt
        ],
        [TraitLevel(names[one.trait], one.level) for group in groups.values() for one in group.results],
    ).value
    if result is None:
        raise RuntimeError("an invented year is complete")
    return YearTT27(
        ruleset=Ruleset.TT27_2020,
        school_year=SCHOOL_YEAR,
        grade=grade,
        class_name=class_name,
        school=school[0],
        register_number=learner.register_number,
        entered_on=dt.date(int(SCHOOL_YEAR[:4]), 9, 5),
        height_cm=f"{108 + 6 * grade + draws.below(10, 'height', number)}",
        weight_kg=f"{16 + 3 * grade + draws.below(6, 'weight', number)}.5",
        absences_excused=draws.below(6, "leave", number),
        absences_unexcused=draws.below(2, "no leave", number),
        subjects=rows,
        qualities=groups[TraitGroup.QUALITY],
        general_competences=groups[TraitGroup.GENERAL],
        specific_competences=groups[TraitGroup.SPECIFIC],
        result=result,
        completion=explain_completion(result, grade).value,
        awards=explain_award(result).value,
        homeroom_teacher=adult_name(draws, "homeroom", class_name),
        principal=school[1],
        place=PROVINCE,
        approved_on=dt.date(2026, 5, 31),
    )


def _result(draws: Draws, number: int, subject: Subject, grade: int) -> PrimaryResult:
    # Learners differ more from one another than their subjects do.
    able = draws.below(10, "able", number) + draws.below(3, "subject", number, subject.code)
    level = Achievement.GOOD if able >= 3 else Achievement.DONE
    test = (
        8 + min(able // 4, 2)
        if level is Achievement.GOOD
        else 5 + draws.below(3, "test", number, subject.code)
    )
    if draws.chance(1, "weak", number) and subject.code == "toan":
        level, test = Achievement.NOT_DONE, 3
    if subject.code == "gdtc" and draws.chance(2, "exempt", number):
        return PrimaryResult(subject=subject.code, exempt=True, remark="Được miễn học.")
    return PrimaryResult(
        subject=subject.code,
        title="Ngoại ngữ 1 (Tiếng Anh)" if subject.code == "ngoai-ngu-1" else None,
        level=level,
        test=test if grade in subject.tested else None,
        remark=draws.one_of(_REMARKS[level], "remark", number, subject.code),
    )


def _traits(draws: Draws, number: int, group: TraitGroup, grade: int) -> Traits:
    assessed = [trait for trait in TRAITS if trait.group is group and grade in trait.grades]
    levels = (Growth.GOOD, Growth.GOOD, Growth.GOOD, Growth.PASS)
    steady = draws.below(10, "able", number) >= 3
    return Traits(
        results=tuple(
            TraitResult(
                trait=trait.code,
                level=Growth.GOOD if steady else draws.one_of(levels, "trait", number, trait.code),
            )
            for trait in assessed
        ),
        remark=_TRAIT_REMARKS[group],
    )

"""An invented school: classes, students, marks of every kind, with transfers, summer cases, exemptions and namesakes.

Marks and levels agree with the rules of the level; what a rule leaves to a person is decided as most schools would.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from openpyxl.utils import get_column_letter

from schemas.transcript.model import Kind, Promotion
from schemas.transcript.rulesets.tt22_2021 import (
    Level,
    conduct_of_year,
    is_promoted,
    learning_level,
    regular_marks,
    semester_average,
    year_average,
)
from schemas.transcript.subjects import AssessmentKind, Subject
from service.sample.draws import Draws
from service.sample.names import Named, adult_name, parent_name, student_name
from service.sample.remarks import remark_for
from service.sample.subjects_taught import subjects_taught

SCHOOL_YEAR = "2025-2026"
PROVINCE = "Hà Nội"
# The fewest and the most of a class, but for the last one: a hundred students are in every grade.
_CLASS_SIZES = 20, 45
_NAMES = {
    Kind.LOWER_SECONDARY: "Trường THCS Ban Mai (thử)",
    Kind.UPPER_SECONDARY: "Trường THPT Ban Mai (thử)",
}
_PLACES = (
    "Hà Nội",
    "Hải Phòng",
    "Ninh Bình",
    "Thái Nguyên",
    "Nghệ An",
    "Phú Thọ",
    "Lào Cai",
    "Đắk Lắk",
    "Cà Mau",
    "Huế",
)
_JOBS = (
    "Công nhân",
    "Nông dân",
    "Giáo viên",
    "Kĩ sư",
    "Buôn bán",
    "Y tá",
    "Lái xe",
    "Thợ may",
    "Bộ đội",
    "Ngư dân",
)


@dataclass(frozen=True, slots=True)
class SubjectYear:
    """A student's year in one subject: marks within the semesters, averages, result after re-assessment, remark."""

    regular: tuple[tuple[str, ...], tuple[str, ...]]
    midterm: tuple[str, str]
    final: tuple[str, str]
    semesters: tuple[str, str]
    year: str
    reassessed: str | None
    remark: str

    @property
    def last(self) -> str:
        """The result that counts at the end."""
        return self.reassessed or self.year


@dataclass(frozen=True, slots=True)
class Levels:
    """Levels of both semesters and the year, and after the summer."""

    semesters: tuple[Level, Level]
    year: Level
    after: Level | None

    @property
    def last(self) -> Level:
        """The level that counts at the end."""
        return self.after or self.year


@dataclass(frozen=True, slots=True)
class SampleStudent:
    """An invented student and the year; `note` is what the school writes beside the row."""

    number: int
    code: str
    named: Named
    personal_id: str
    birth_date: dt.date
    birth_place: str
    address: str
    father: tuple[str, str]
    mother: tuple[str, str]
    register_number: str
    note: str
    subjects: Mapping[str, SubjectYear]
    conduct: Levels
    learning: Levels
    absences: tuple[int, int]
    promotion: Promotion
    award: str | None
    remark: str


@dataclass(frozen=True, slots=True)
class SampleClass:
    """An invented class."""

    name: str
    grade: int
    homeroom_teacher: str
    subjects: tuple[Subject, ...]
    teachers: Mapping[str, str]
    students: tuple[SampleStudent, ...]


@dataclass(frozen=True, slots=True)
class SampleSchool:
    """An invented school in one school year."""

    name: str
    classes: tuple[SampleClass, ...]
    school_year: str = SCHOOL_YEAR
    place: str = PROVINCE
    approved_on: dt.date = dt.date(2026, 5, 31)

    @property
    def students(self) -> tuple[SampleStudent, ...]:
        """All students, class by class."""
        return tuple(student for each in self.classes for student in each.students)


def sample_school(
    *, students: int, seed: int, first_student: int = 1, kind: Kind = Kind.LOWER_SECONDARY
) -> SampleSchool:
    """Return a lower or upper secondary school of so many students, in classes of all its grades."""
    draws = Draws(seed)
    classes = []
    last = first_student + students - 1
    fewest, most = _CLASS_SIZES
    size = max(fewest, min(most, -(-students // len(kind.grades))))
    for index, first in enumerate(range(first_student, last + 1, size)):
        row, which = divmod(index, len(kind.grades))
        grade = kind.grades[which]
        name = f"{grade}{get_column_letter(row + 1)}"
        subjects = subjects_taught(grade, row + which)
        numbers = range(first, min(first + size, last + 1))
        classes.append(_class(draws, name, grade, numbers, subjects))
    return SampleSchool(_NAMES[kind], tuple(sorted(classes, key=lambda each: (each.grade, each.name))))


def _class(
    draws: Draws, name: str, grade: int, numbers: Sequence[int], subjects: tuple[Subject, ...]
) -> SampleClass:
    names = {number: student_name(draws, number) for number in numbers}
    if len(numbers) >= 20:
        # Two students of one name, as every larger school has; birth date and code tell them apart.
        names[numbers[-1]] = names[numbers[-2]]
    return SampleClass(
        name,
        grade,
        adult_name(draws, "homeroom", name),
        subjects,
        {subject.code: adult_name(draws, "teacher", subject.code, name) for subject in subjects},
        tuple(_student(draws, number, named, grade, subjects) for number, named in names.items()),
    )


def _student(
    draws: Draws, number: int, named: Named, grade: int, subjects: Sequence[Subject]
) -> SampleStudent:
    born = int(SCHOOL_YEAR[:4]) - grade - 5
    transferred = draws.chance(3, "transfer", number)
    marks = {subject.code: _marks(draws, number, subject, grade) for subject in subjects}
    conduct = _conduct(draws, number)
    learning = Levels(
        (_level(marks, 0), _level(marks, 1)),
        _level(marks, None),
        _level(marks, -1) if any(each.reassessed for each in marks.values()) else None,
    )
    absences = draws.below(6, "leave", number), draws.below(3, "no leave", number)
    passes = is_promoted(conduct.last, learning.last, sum(absences))
    again = conduct.after is not None or learning.after is not None
    promotion = Promotion.PROMOTED_AFTER if again else Promotion.PROMOTED
    if grade in (9, 12):
        promotion = Promotion.COMPLETED
    family = (
        named.full_name.split()[0]
        if named.ethnicity == "Kinh"
        else parent_name(draws, "f", number, is_woman=False).split()[0]
    )
    father = parent_name(draws, "father", number, is_woman=False).split()[1:]
    return SampleStudent(
        number=number,
        code=f"{'79' if transferred else '01'}{number:08}",
        named=named,
        personal_id=f"{'079' if transferred else '001'}{3 if named.is_girl else 2}{born % 100:02}{number:06}",
        birth_date=dt.date(born, 1, 1) + dt.timedelta(days=draws.below(365, "birth", number)),
        birth_place=draws.one_of(_PLACES, "place", number),
        address=f"Số {draws.below(200, 'street', number) + 1}, phường Ban Mai, {PROVINCE}",
        father=(" ".join((family, *father)), draws.one_of(_JOBS, "job", number)),
        mother=(parent_name(draws, "mother", number, is_woman=True), draws.one_of(_JOBS, "her job", number)),
        register_number=f"{born + 11}/{number:04}",
        note="Chuyển đến từ TP. Hồ Chí Minh tháng 01/2026" if transferred else "",
        subjects=marks,
        conduct=conduct,
        learning=learning,
        absences=absences,
        promotion=promotion if passes else Promotion.NOT_PROMOTED,
        award=_award(marks, conduct, learning),
        remark=remark_for(draws, learning.year, "homeroom", number),
    )


def _marks(draws: Draws, number: int, subject: Subject, grade: int) -> SubjectYear:
    if subject.kind is AssessmentKind.COMMENT:
        exempt = subject.code == "gdtc" and draws.chance(2, "exempt", number)
        mark = "M" if exempt else "Đ"
        remark = "Được miễn học." if exempt else remark_for(draws, Level.GOOD, subject.code, number)
        return SubjectYear(((mark,) * 2,) * 2, (mark, mark), (mark, mark), (mark, mark), mark, None, remark)
    periods = subject.periods[grade]
    count = regular_marks(periods)
    weak = draws.chance(4, "weak", number) and draws.chance(25, "weak in", number, subject.code)
    ability = 30 if weak else 62 + draws.below(30, "ability", number)
    drawn = [
        [
            min(
                100,
                max(
                    20 if weak else 50, ability + draws.below(25, number, subject.code, semester, index) - 12
                ),
            )
            for index in range(count + 2)
        ]
        for semester in (1, 2)
    ]
    marks = [[Decimal(mark // 5 * 5) / 10 for mark in each] for each in drawn]
    semesters = [semester_average(each[:-2], each[-2], each[-1]) for each in marks]
    year = year_average(*semesters)
    level = next((each for each, least in _REMARKED if year >= least), Level.FAIL)
    texts = [[str(mark) for mark in each] for each in marks]
    return SubjectYear(
        (tuple(texts[0][:-2]), tuple(texts[1][:-2])),
        (texts[0][-2], texts[1][-2]),
        (texts[0][-1], texts[1][-1]),
        (str(semesters[0]), str(semesters[1])),
        str(year),
        str(Decimal(50 + draws.below(15, "again", number, subject.code)) / 10)
        if year < Decimal("3.5")
        else None,
        remark_for(draws, level, subject.code, number),
    )


_REMARKED = ((Level.GOOD, Decimal(8)), (Level.FAIR, Decimal("6.5")), (Level.PASS, Decimal(5)))


def _level(marks: Mapping[str, SubjectYear], which: int | None) -> Level:
    """Return the level of a semester (0, 1), of the year (None), or after re-assessment (-1)."""
    found = [
        each.year if which is None else each.last if which < 0 else each.semesters[which]
        for each in marks.values()
    ]
    return learning_level([Decimal(mark) for mark in found if mark[0].isdigit()], found.count("CĐ"))


def _conduct(draws: Draws, number: int) -> Levels:
    first, second = (
        draws.one_of((Level.GOOD, Level.GOOD, Level.GOOD, Level.FAIR), "conduct", number, semester)
        for semester in (1, 2)
    )
    if draws.chance(1, "summer training", number):
        second = Level.FAIL
    year = conduct_of_year(first, second)
    return Levels((first, second), year, Level.PASS if year is Level.FAIL else None)


def _award(marks: Mapping[str, SubjectYear], conduct: Levels, learning: Levels) -> str | None:
    if not conduct.year is learning.year is Level.GOOD:
        return None
    excellent = sum(each.year[0].isdigit() and Decimal(each.year) >= 9 for each in marks.values())
    return "Học sinh Xuất sắc" if excellent >= 6 else "Học sinh Giỏi"

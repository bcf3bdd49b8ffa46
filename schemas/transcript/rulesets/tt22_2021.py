"""TT 22/2021/TT-BGDĐT: averages, level of learning and year level of conduct in lower and upper secondary.

`RULES` is the instrument as data, with a version and notes on what no source at hand confirmed; the functions compute
from it. Decimal arithmetic throughout: a mark is a `Decimal` with one digit after the point. Why a result is what it
is say `tt22_levels` and `tt22_year`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Final

from schemas.errors import Text


class Level(StrEnum):
    """Mức của kết quả học tập và rèn luyện (Điều 8, Điều 9), best first."""

    GOOD = "Tốt"
    FAIR = "Khá"
    PASS = "Đạt"
    FAIL = "Chưa đạt"


class Title(StrEnum):
    """Danh hiệu at the end of the year (Điều 15)."""

    EXCELLENT = "Học sinh Xuất sắc"
    GOOD = "Học sinh Giỏi"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a level of learning asks: `count` subjects at `enough` or better, none under `floor`."""

    enough: Decimal
    count: int
    floor: Decimal
    comments_failed: int


@dataclass(frozen=True, slots=True)
class Rules:
    """The figures of the instrument; each is named after what it decides."""

    version: int
    source: str
    notes: tuple[Text, ...]
    regular_marks: tuple[tuple[int, int], ...]
    """Up to so many periods a year, so many regular marks a semester; beyond the last, one more."""
    topic_marks: int
    """How many regular marks of its subject a cụm chuyên đề counts as. Not confirmed."""
    learning: Mapping[Level, Limits]
    adjusted_to: frozenset[Level]
    """The levels that one single subject may have spoilt."""
    adjusted_fall: int
    comment_is_adjusted: bool
    """Whether that subject may be one assessed by comment. Not confirmed."""
    comment_year: str
    """The semester whose result is the year's, for a subject assessed by comment. Not confirmed."""
    conduct: Mapping[Level, tuple[Level, ...]]
    """By semester II, then by semester I in the order of the levels."""
    most_absences: int
    excellent: tuple[int, Decimal]
    """So many subjects with so good an average for Học sinh Xuất sắc."""

    @property
    def fewest_scored(self) -> int:
        """How many scored subjects there must be for any level but Chưa đạt to be within reach."""
        return min(limits.count for limits in self.learning.values())


RULES: Final = Rules(
    version=1,
    source="Thông tư 22/2021/TT-BGDĐT",
    notes=(
        Text(
            "Kết quả cả năm của môn đánh giá bằng nhận xét lấy theo học kì II: có trong một bản tóm lược công khai, "
            "chưa được đối chiếu với nguyên văn.",
            "That the year's result of a subject assessed by comment is semester II's stands in a public digest and is "
            "not confirmed by the text.",
        ),
        Text(
            "Điều chỉnh do một môn duy nhất áp dụng cả cho môn đánh giá bằng nhận xét: chưa được đối chiếu.",
            "That the one-subject adjustment covers a subject assessed by comment is not confirmed.",
        ),
        Text(
            "Một cụm chuyên đề tính là một điểm thường xuyên của môn học: chưa được đối chiếu.",
            "That a cụm chuyên đề counts as one regular mark of its subject is not confirmed.",
        ),
    ),
    regular_marks=((35, 2), (70, 3)),
    topic_marks=1,
    learning={
        Level.GOOD: Limits(enough=Decimal("8.0"), count=6, floor=Decimal("6.5"), comments_failed=0),
        Level.FAIR: Limits(enough=Decimal("6.5"), count=6, floor=Decimal("5.0"), comments_failed=0),
        Level.PASS: Limits(enough=Decimal("5.0"), count=6, floor=Decimal("3.5"), comments_failed=1),
    },
    adjusted_to=frozenset({Level.GOOD, Level.FAIR}),
    adjusted_fall=2,
    comment_is_adjusted=True,
    comment_year="semester2",
    conduct={
        Level.GOOD: (Level.GOOD, Level.GOOD, Level.FAIR, Level.FAIR),
        Level.FAIR: (Level.FAIR, Level.FAIR, Level.FAIR, Level.PASS),
        Level.PASS: (Level.FAIR, Level.PASS, Level.PASS, Level.PASS),
        Level.FAIL: (Level.FAIL, Level.FAIL, Level.FAIL, Level.FAIL),
    },
    most_absences=45,
    excellent=(6, Decimal("9.0")),
)
ORDER: Final = tuple(Level)
PERFECT: Final = Decimal(10)


def round_mark(value: Decimal) -> Decimal:
    """Round half up to one digit (Điều 9, khoản 1)."""
    return value.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)


def regular_marks(periods: int, *, topics: int = 0) -> int:
    """Return how many regular marks a semester has, by the periods a year (Điều 6) and the cụm chuyên đề taken."""
    counts = [count for most, count in RULES.regular_marks if periods <= most]
    return (counts[0] if counts else RULES.regular_marks[-1][1] + 1) + topics * RULES.topic_marks


def semester_average(regular: Sequence[Decimal], midterm: Decimal, final: Decimal) -> Decimal:
    """ĐTBmhk: regular marks once, the mid-term twice, the final three times (Điều 9, khoản 1)."""
    return round_mark((sum(regular, Decimal(0)) + 2 * midterm + 3 * final) / (len(regular) + 5))


def year_average(semester1: Decimal, semester2: Decimal) -> Decimal:
    """ĐTBmcn from the rounded semester averages, semester II twice (Điều 9, khoản 1)."""
    return round_mark((semester1 + 2 * semester2) / 3)


def comment_semester(assessments: Iterable[str]) -> str:
    """Return the semester's result of a subject assessed by comment: Đ where all its assessments are (Điều 9)."""
    return "Đ" if all(each == "Đ" for each in assessments) else "CĐ"


def comment_of_year(semester1: str, semester2: str, *, rules: Rules = RULES) -> str:
    """Return the year's result of a subject assessed by comment (Điều 9, khoản 1)."""
    return semester2 if rules.comment_year == "semester2" else semester1


def learning_level(marks: Sequence[Decimal], comments_failed: int, *, rules: Rules = RULES) -> Level:
    """Return the kết quả học tập of a semester or a year (Điều 9, khoản 2), with the one-subject adjustment.

    A level that is two or more below Tốt or Khá because of one single subject is raised by one.

    `marks` are the averages of the scored subjects; `comments_failed` counts the comment subjects assessed "Chưa đạt".
    """
    reached = level_reached(marks, comments_failed, rules=rules)
    if not can_be_adjusted(reached, rules=rules):
        return reached
    without = [
        level_reached((*marks[:at], *marks[at + 1 :], PERFECT), comments_failed, rules=rules)
        for at in range(len(marks))
    ]
    if comments_failed and rules.comment_is_adjusted:
        without.append(level_reached(marks, comments_failed - 1, rules=rules))
    spoilt = min(without, key=ORDER.index, default=reached)
    return ORDER[ORDER.index(reached) - 1] if is_adjusted(reached, spoilt, rules=rules) else reached


def level_reached(marks: Sequence[Decimal], comments_failed: int, *, rules: Rules = RULES) -> Level:
    """Return the level by the table alone, without the adjustment."""
    for level, limits in rules.learning.items():
        if (
            comments_failed <= limits.comments_failed
            and sum(mark >= limits.enough for mark in marks) >= limits.count
            and all(mark >= limits.floor for mark in marks)
        ):
            return level
    return Level.FAIL


def can_be_adjusted(reached: Level, *, rules: Rules = RULES) -> bool:
    """Whether a level lies low enough for one subject to have spoilt it; most do not, and need no further look."""
    return ORDER.index(reached) >= rules.adjusted_fall


def is_adjusted(reached: Level, spoilt: Level, *, rules: Rules = RULES) -> bool:
    """Whether a level is raised by one: without one subject it would be `spoilt`, far above."""
    fall = ORDER.index(reached) - ORDER.index(spoilt)
    return spoilt in rules.adjusted_to and fall >= rules.adjusted_fall


def conduct_of_year(semester1: Level, semester2: Level) -> Level:
    """Kết quả rèn luyện cả năm from both semesters (Điều 8, khoản 2)."""
    return RULES.conduct[semester2][ORDER.index(semester1)]


def is_promoted(conduct: Level, learning: Level, absences: int) -> bool:
    """Whether the learner moves up (Điều 12): both at least Đạt and not too many sessions absent."""
    return Level.FAIL not in (conduct, learning) and absences <= RULES.most_absences


def to_decimals(marks: Iterable[str]) -> tuple[Decimal, ...]:
    """Return the numeric marks among `marks`; "Đ", "CĐ" and "M" are left out."""
    return tuple(Decimal(mark) for mark in marks if mark[0].isdigit())

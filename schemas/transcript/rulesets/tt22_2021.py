"""TT 22/2021/TT-BGDĐT: averages, level of learning and year level of conduct in lower and upper secondary.

Decimal arithmetic throughout: a mark is a `Decimal` with one digit after the point.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum


class Level(StrEnum):
    """Mức của kết quả học tập và rèn luyện (Điều 8, Điều 9), best first."""

    GOOD = "Tốt"
    FAIR = "Khá"
    PASS = "Đạt"
    FAIL = "Chưa đạt"


_ORDER = tuple(Level)


def round_mark(value: Decimal) -> Decimal:
    """Round half up to one digit (Điều 9, khoản 1)."""
    return value.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)


def semester_average(regular: Sequence[Decimal], midterm: Decimal, final: Decimal) -> Decimal:
    """ĐTBmhk: regular marks once, the mid-term twice, the final three times (Điều 9, khoản 1a)."""
    return round_mark((sum(regular, Decimal(0)) + 2 * midterm + 3 * final) / (len(regular) + 5))


def year_average(semester1: Decimal, semester2: Decimal) -> Decimal:
    """ĐTBmcn from the rounded semester averages, semester II twice (Điều 9, khoản 1b)."""
    return round_mark((semester1 + 2 * semester2) / 3)


def learning_level(marks: Sequence[Decimal], comments_failed: int) -> Level:
    """Return the kết quả học tập of a semester or a year (Điều 9, khoản 2).

    With the one-subject adjustment (điểm đ): a level that is two or more below Tốt or Khá because of one single subject
    is raised by one.

    `marks` are the averages of the scored subjects; `comments_failed` counts the comment subjects assessed "Chưa đạt".
    """
    plain = _level(marks, comments_failed)
    without_one = [
        _level((*marks[:i], *marks[i + 1 :], Decimal(10)), comments_failed) for i in range(len(marks))
    ]
    if comments_failed == 1:
        without_one.append(_level(marks, 0))
    profile = min(without_one, key=_ORDER.index, default=plain)
    if profile in (Level.GOOD, Level.FAIR) and _ORDER.index(plain) - _ORDER.index(profile) >= 2:
        return _ORDER[_ORDER.index(plain) - 1]
    return plain


def _level(marks: Sequence[Decimal], comments_failed: int) -> Level:
    def at_least(mark: str) -> int:
        return sum(value >= Decimal(mark) for value in marks)

    everyone = len(marks)
    if comments_failed == 0 and at_least("6.5") == everyone and at_least("8.0") >= 6:
        return Level.GOOD
    if comments_failed == 0 and at_least("5.0") == everyone and at_least("6.5") >= 6:
        return Level.FAIR
    if comments_failed <= 1 and at_least("5.0") >= 6 and at_least("3.5") == everyone:
        return Level.PASS
    return Level.FAIL


_CONDUCT_OF_YEAR = {
    Level.GOOD: (Level.GOOD, Level.GOOD, Level.FAIR, Level.FAIR),
    Level.FAIR: (Level.FAIR, Level.FAIR, Level.FAIR, Level.PASS),
    Level.PASS: (Level.FAIR, Level.PASS, Level.PASS, Level.PASS),
    Level.FAIL: (Level.FAIL, Level.FAIL, Level.FAIL, Level.FAIL),
}


def conduct_of_year(semester1: Level, semester2: Level) -> Level:
    """Kết quả rèn luyện cả năm from both semesters (Điều 8, khoản 2b)."""
    return _CONDUCT_OF_YEAR[semester2][_ORDER.index(semester1)]


def is_promoted(conduct: Level, learning: Level, absences: int) -> bool:
    """Whether the learner moves up (Điều 12): both at least Đạt and at most 45 sessions absent."""
    return conduct is not Level.FAIL and learning is not Level.FAIL and absences <= 45


def to_decimals(marks: Iterable[str]) -> tuple[Decimal, ...]:
    """Return the numeric marks among `marks`; "Đ", "CĐ" and "M" are left out."""
    return tuple(Decimal(mark) for mark in marks if mark[0].isdigit())

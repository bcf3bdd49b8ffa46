"""TT 22/2021/TT-BGDĐT: averages, levels, conduct of the year, promotion."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.transcript.rulesets.tt22_2021 import (
    Level,
    conduct_of_year,
    is_promoted,
    learning_level,
    round_mark,
    semester_average,
    to_decimals,
    year_average,
)

GOOD, FAIR, PASS, FAIL = Level
TENTHS = st.integers(0, 100).map(lambda tenths: Decimal(tenths) / 10)


def _marks(text: str) -> tuple[Decimal, ...]:
    return to_decimals(text.split())


@pytest.mark.parametrize(
    ("regular", "midterm", "final", "average"),
    [
        ("8 9 7 8", "7.5", "8", "7.9"),
        ("8 9 9", "8", "8", "8.3"),
        ("6.5 7 6", "6", "6.8", "6.5"),
        ("5 5", "3", "3.5", "3.8"),
        ("10 10", "10", "10", "10.0"),
        ("0 0", "0", "0", "0.0"),
    ],
)
def test_semester_average(regular: str, midterm: str, final: str, average: str) -> None:
    """Regular marks count once, the mid-term twice, the final three times."""
    assert semester_average(_marks(regular), Decimal(midterm), Decimal(final)) == Decimal(average)


@pytest.mark.parametrize(
    ("first", "second", "year"),
    [("7.9", "8.1", "8.0"), ("6.4", "6.6", "6.5"), ("4.9", "5.0", "5.0"), ("8.0", "7.9", "7.9")],
)
def test_year_average(first: str, second: str, year: str) -> None:
    """The second semester counts twice."""
    assert year_average(Decimal(first), Decimal(second)) == Decimal(year)


@pytest.mark.parametrize(
    ("value", "mark"), [("8.25", "8.3"), ("8.249", "8.2"), ("0.05", "0.1"), ("9.95", "10.0")]
)
def test_rounds_half_up(value: str, mark: str) -> None:
    """8.25 is 8.3, as no binary float would say."""
    assert str(round_mark(Decimal(value))) == mark


@given(st.lists(TENTHS, min_size=2, max_size=4), TENTHS, TENTHS)
def test_an_average_lies_between_its_marks(regular: list[Decimal], midterm: Decimal, final: Decimal) -> None:
    """An average is neither below the lowest nor above the highest mark, and has one digit."""
    average = semester_average(regular, midterm, final)
    marks = [*regular, midterm, final]
    assert min(marks) <= average <= max(marks)
    assert average.as_tuple().exponent == -1


@pytest.mark.parametrize(
    ("marks", "comments_failed", "level"),
    [
        ("8.0 8.0 8.0 8.0 8.0 8.0 6.5 6.5", 0, GOOD),
        ("8.0 8.0 8.0 8.0 8.0 7.9 6.5 6.5", 0, FAIR),
        ("6.5 6.5 6.5 6.5 6.5 6.5 5.0 5.0", 0, FAIR),
        ("6.5 6.5 6.5 6.5 6.5 6.4 5.0 5.0", 0, PASS),
        ("5.0 5.0 5.0 5.0 5.0 5.0 3.5 3.5", 0, PASS),
        ("5.0 5.0 5.0 5.0 5.0 5.0 3.5 3.5", 1, PASS),
        ("5.0 5.0 5.0 5.0 5.0 5.0 3.5 3.5", 2, FAIL),
        ("5.0 5.0 5.0 5.0 5.0 4.9 4.9 4.9", 0, FAIL),
        ("5.0 5.0 5.0 5.0 5.0 5.0 5.0 3.4", 0, FAIL),
        ("8.0 8.0 8.0 8.0 8.0 8.0 8.0 6.4", 0, FAIR),
        ("6.5 6.5 6.5 6.5 6.5 6.5 6.5 4.9", 0, PASS),
        ("9.0 9.0 9.0 9.0 9.0 9.0 9.0 9.0", 2, FAIL),
    ],
)
def test_learning_level(marks: str, comments_failed: int, level: Level) -> None:
    """The table of Điều 9, at and just under each limit."""
    assert learning_level(_marks(marks), comments_failed) is level


@pytest.mark.parametrize(
    ("marks", "comments_failed", "level"),
    [
        ("9.0 9.0 9.0 9.0 9.0 9.0 9.0 4.8", 0, FAIR),
        ("9.0 9.0 9.0 9.0 9.0 9.0 9.0 3.2", 0, PASS),
        ("7.0 7.0 7.0 7.0 7.0 7.0 7.0 3.2", 0, PASS),
        ("9.0 9.0 9.0 9.0 9.0 9.0 9.0 9.0", 1, FAIR),
        ("9.0 9.0 9.0 9.0 9.0 9.0 4.8 4.8", 0, PASS),
        ("9.0 9.0 9.0 9.0 9.0 9.0 9.0 4.8", 1, PASS),
        ("5.5 5.5 5.5 5.5 5.5 5.5 5.5 3.2", 0, FAIL),
    ],
)
def test_one_subject_adjustment(marks: str, comments_failed: int, level: Level) -> None:
    """A level two or more below Tốt or Khá because of one single subject is raised by one; because of two it is not."""
    assert learning_level(_marks(marks), comments_failed) is level


@given(st.lists(TENTHS, min_size=6, max_size=10), st.integers(0, 3), st.data())
def test_a_better_mark_never_lowers_the_level(marks: list[Decimal], failed: int, data: st.DataObject) -> None:
    """Raising one mark keeps or raises the level."""
    position = data.draw(st.integers(0, len(marks) - 1))
    better = [*marks]
    better[position] = data.draw(
        st.integers(int(marks[position] * 10), 100).map(lambda tenths: Decimal(tenths) / 10)
    )
    order = list(Level)
    assert order.index(learning_level(better, failed)) <= order.index(learning_level(marks, failed))


@pytest.mark.parametrize(
    ("second", "years"),
    [
        (GOOD, (GOOD, GOOD, FAIR, FAIR)),
        (FAIR, (FAIR, FAIR, FAIR, PASS)),
        (PASS, (FAIR, PASS, PASS, PASS)),
        (FAIL, (FAIL, FAIL, FAIL, FAIL)),
    ],
)
def test_conduct_of_year(second: Level, years: tuple[Level, ...]) -> None:
    """The table of Điều 8: rows by semester II, columns by semester I."""
    assert tuple(conduct_of_year(first, second) for first in Level) == years


@pytest.mark.parametrize(
    ("conduct", "learning", "absences", "promoted"),
    [(PASS, PASS, 45, True), (PASS, PASS, 46, False), (FAIL, GOOD, 0, False), (GOOD, FAIL, 0, False)],
)
def test_promotion(conduct: Level, learning: Level, absences: int, *, promoted: bool) -> None:
    """Both at least Đạt, and at most 45 sessions absent."""
    assert is_promoted(conduct, learning, absences) is promoted


def test_words_are_no_numbers() -> None:
    """Đ, CĐ and M are left out of the averages."""
    assert to_decimals(["8.0", "Đ", "CĐ", "M", "10.0"]) == (Decimal("8.0"), Decimal("10.0"))

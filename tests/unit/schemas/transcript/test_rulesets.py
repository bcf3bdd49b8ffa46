"""Which rules a year follows."""

from __future__ import annotations

import pytest

from schemas.errors import SchemaError
from schemas.transcript.rulesets import RULESET_NUMBERS, Ruleset, ruleset_for

REACHED = {"2020-2021": (), "2021-2022": (6,), "2022-2023": (6, 7, 10), "2023-2024": (6, 7, 8, 10, 11)}


@pytest.mark.parametrize("school_year", [*REACHED, "2024-2025", "2026-2027"])
def test_transition_to_tt22(school_year: str) -> None:
    """TT 22/2021 reached the grades one after another, and all of 6 to 12 from 2024-2025 on."""
    under_tt22 = tuple(
        grade for grade in range(6, 13) if ruleset_for(school_year, grade) is Ruleset.TT22_2021
    )
    assert under_tt22 == REACHED.get(school_year, tuple(range(6, 13)))


def test_before_it_stood_tt58() -> None:
    """A year that TT 22/2021 had not reached follows TT 58/2011."""
    assert ruleset_for("2023-2024", 9) is Ruleset.TT58_2011


@pytest.mark.parametrize(
    ("school_year", "reached"), [("2019-2020", 0), ("2020-2021", 1), ("2022-2023", 3), ("2024-2025", 5)]
)
def test_transition_to_tt27(school_year: str, reached: int) -> None:
    """TT 27/2020 reached one grade of primary school a year; before it stood TT 22/2016."""
    found = [ruleset_for(school_year, grade) for grade in range(1, 6)]
    assert found == [Ruleset.TT27_2020] * reached + [Ruleset.TT22_2016] * (5 - reached)


@pytest.mark.parametrize(
    ("oldest", "grade", "ruleset"),
    [
        ("2016-2017", 1, Ruleset.TT22_2016),
        ("2016-2017", 5, Ruleset.TT22_2016),
        ("2011-2012", 12, Ruleset.TT58_2011),
    ],
)
def test_years_before_the_oldest_rules_are_refused(oldest: str, grade: int, ruleset: Ruleset) -> None:
    """The oldest rules have a first year; what is older follows rules that nothing here knows."""
    assert ruleset_for(oldest, grade) is ruleset
    before = int(oldest[:4]) - 1
    with pytest.raises(SchemaError, match="ruleset-too-old"):
        ruleset_for(f"{before}-{before + 1}", grade)


@pytest.mark.parametrize("grade", [0, 13])
def test_other_grades_are_refused(grade: int) -> None:
    """There are twelve grades."""
    with pytest.raises(SchemaError, match="ruleset-unknown"):
        ruleset_for("2025-2026", grade)


def test_numbers_are_fixed() -> None:
    """The numbers of the rulesets in the QR never change."""
    assert {ruleset.value: number for ruleset, number in RULESET_NUMBERS.items()} == {
        "tt27-2020": 1,
        "tt22-2021": 2,
        "tt58-2011": 3,
        "tt22-2016": 4,
    }

"""Which assessment rules a student-year follows; one module per ruleset.

The table is data with a version and a source: both instruments reached the grades one after another. A learner's years
may follow different rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from schemas.errors import SchemaError


class Ruleset(StrEnum):
    """A ruleset by its instrument; the numbers in the QR are fixed in docs/formats/qr.md."""

    TT27_2020 = "tt27-2020"
    TT22_2021 = "tt22-2021"
    TT58_2011 = "tt58-2011"
    TT22_2016 = "tt22-2016"


RULESET_NUMBERS = {
    Ruleset.TT27_2020: 1,
    Ruleset.TT22_2021: 2,
    Ruleset.TT58_2011: 3,
    Ruleset.TT22_2016: 4,
}


@dataclass(frozen=True, slots=True)
class Transition:
    """The first school year (its first calendar year) in which a ruleset reached each grade, and what stood before."""

    ruleset: Ruleset
    source: str
    first_years: Mapping[int, int]
    before: Ruleset


TRANSITIONS_VERSION: Final = 1
TRANSITIONS: Final = (
    Transition(
        Ruleset.TT27_2020,
        "Thông tư 27/2020/TT-BGDĐT, lộ trình áp dụng",
        {1: 2020, 2: 2021, 3: 2022, 4: 2023, 5: 2024},
        Ruleset.TT22_2016,
    ),
    Transition(
        Ruleset.TT22_2021,
        "Thông tư 22/2021/TT-BGDĐT, Điều 22",
        {6: 2021, 7: 2022, 8: 2023, 9: 2024, 10: 2022, 11: 2023, 12: 2024},
        Ruleset.TT58_2011,
    ),
)


def ruleset_for(school_year: str, grade: int) -> Ruleset:
    """Return the ruleset of a grade in `school_year` ("2025-2026").

    Raises:
        SchemaError: `ruleset-unknown` for a grade outside 1–12.
    """
    for transition in TRANSITIONS:
        first = transition.first_years.get(grade)
        if first is not None:
            return transition.ruleset if int(school_year[:4]) >= first else transition.before
    raise SchemaError(
        "ruleset-unknown",
        "grade",
        f"Khối {grade} chưa có bộ quy tắc đánh giá trong hệ thống; hãy xem lại tên lớp.",
        f"Grade {grade} has no assessment rules here; check the name of the class.",
    )

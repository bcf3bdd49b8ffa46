"""Which assessment rules a student-year follows; one module per ruleset.

The table is data with a version and a source: both instruments reached the grades one after another. A learner's years
may follow different rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from schemas.errors import SchemaError, Text


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
    """The first school year (its first calendar year) in which a ruleset reached each grade, and what stood before.

    `before` holds from the year `before_from` on. Years of before that follow rules that nothing here knows.
    """

    ruleset: Ruleset
    source: str
    first_years: Mapping[int, int]
    before: Ruleset
    before_from: int
    notes: tuple[Text, ...] = ()


TRANSITIONS_VERSION: Final = 2
TRANSITIONS: Final = (
    Transition(
        Ruleset.TT27_2020,
        "Thông tư 27/2020/TT-BGDĐT, lộ trình áp dụng",
        {1: 2020, 2: 2021, 3: 2022, 4: 2023, 5: 2024},
        Ruleset.TT22_2016,
        2016,
        (
            Text(
                "Thông tư 22/2016 có hiệu lực ngày 06/11/2016; cả năm học 2016-2017 theo Thông tư này: chưa được đối "
                "chiếu.",
                "TT 22/2016 came into force on 6 November 2016; that the whole year 2016-2017 follows it is not "
                "confirmed.",
            ),
        ),
    ),
    Transition(
        Ruleset.TT22_2021,
        "Thông tư 22/2021/TT-BGDĐT, Điều 22",
        {6: 2021, 7: 2022, 8: 2023, 9: 2024, 10: 2022, 11: 2023, 12: 2024},
        Ruleset.TT58_2011,
        2011,
        (
            Text(
                "Cả năm học 2011-2012 theo Thông tư 58/2011: chưa được đối chiếu.",
                "That the whole year 2011-2012 follows TT 58/2011 is not confirmed.",
            ),
        ),
    ),
)


def ruleset_for(school_year: str, grade: int) -> Ruleset:
    """Return the ruleset of a grade in `school_year` ("2025-2026").

    Raises:
        SchemaError: `ruleset-unknown` for a grade outside 1–12, `ruleset-too-old` for a year before the oldest rules.
    """
    first_year = int(school_year[:4])
    for transition in TRANSITIONS:
        reached = transition.first_years.get(grade)
        if reached is None:
            continue
        if first_year >= reached:
            return transition.ruleset
        if first_year >= transition.before_from:
            return transition.before
        raise _too_old(school_year, grade, transition)
    raise SchemaError(
        "ruleset-unknown",
        "grade",
        f"Khối {grade} chưa có bộ quy tắc đánh giá trong hệ thống; hãy xem lại tên lớp.",
        f"Grade {grade} has no assessment rules here; check the name of the class.",
    )


def _too_old(school_year: str, grade: int, transition: Transition) -> SchemaError:
    oldest = f"{transition.before_from}-{transition.before_from + 1}"
    return SchemaError(
        "ruleset-too-old",
        "school_year",
        f"Năm học {school_year} của khối {grade} theo quy định đánh giá mà hệ thống chưa có (cũ nhất: {oldest}); học "
        "bạ giấy của năm đó vẫn là bản gốc.",
        f"Grade {grade} in {school_year} follows rules that are not known here (the oldest: {oldest}); the paper "
        "transcript of that year remains the original.",
    )

"""Which assessment rules a student-year follows; one module per ruleset.

The table is the transition schedule of TT 22/2021/TT-BGDĐT, Điều 22. A learner's years may follow different rules.
"""

from __future__ import annotations

from enum import StrEnum

from schemas.errors import SchemaError


class Ruleset(StrEnum):
    """A ruleset by its instrument; the numbers in the QR are fixed in docs/formats/qr.md."""

    TT27_2020 = "tt27-2020"
    TT22_2021 = "tt22-2021"
    TT58_2011 = "tt58-2011"


RULESET_NUMBERS = {Ruleset.TT27_2020: 1, Ruleset.TT22_2021: 2, Ruleset.TT58_2011: 3}

# The first school year (its first calendar year) in which TT 22/2021 reached each grade.
TT22_FIRST_YEAR = {6: 2021, 7: 2022, 8: 2023, 9: 2024, 10: 2022, 11: 2023, 12: 2024}


def ruleset_for(school_year: str, grade: int) -> Ruleset:
    """Return the ruleset of grades 6–12 in `school_year` ("2025-2026").

    Raises:
        SchemaError: `ruleset-unknown` for a grade outside 6–12.
    """
    if grade not in TT22_FIRST_YEAR:
        raise SchemaError(
            "ruleset-unknown",
            "grade",
            f"Khối {grade} chưa có bộ quy tắc đánh giá trong hệ thống.",
            f"Grade {grade} has no assessment rules here.",
        )
    return Ruleset.TT22_2021 if int(school_year[:4]) >= TT22_FIRST_YEAR[grade] else Ruleset.TT58_2011

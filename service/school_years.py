"""School years as people write them: one spelling, and none of the future where data are taken in."""

from __future__ import annotations

import datetime as dt
from typing import Final

from schemas.transcript.parts import is_school_year
from service.errors import ServiceError

_FIRST_MONTH: Final = 8
"""No school opens before August, the month before khai giảng on 5 September."""


def parse_school_year(written: str) -> str:
    """Return the school year that somebody wrote, as 2025-2026.

    Raises:
        ServiceError: `school-year-invalid`: no school year, or one that does not end in the year after it begins.
    """
    school_year = written.strip()
    if not is_school_year(school_year):
        raise ServiceError(
            "school-year-invalid",
            "Năm học ghi bằng hai năm liền nhau, như 2025-2026; hãy sửa năm học.",
            "A school year is two years one after the other, such as 2025-2026; correct it.",
        )
    return school_year


def check_begun(school_year: str, today: dt.date) -> None:
    """Refuse a school year of which there can be no data yet; `today` is the day in Vietnam.

    Raises:
        ServiceError: `school-year-not-begun`.
    """
    if today < dt.date(int(school_year[:4]), _FIRST_MONTH, 1):
        raise ServiceError(
            "school-year-not-begun",
            f"Năm học {school_year} chưa bắt đầu; hãy xem lại năm học.",
            f"The school year {school_year} has not begun; check the year.",
        )

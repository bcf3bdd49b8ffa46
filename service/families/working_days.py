"""Working days of offices in Vietnam, as versioned data, and the two ways in which the law counts days.

Weekends are off (Saturday and Sunday), with the days of Bộ luật Lao động 2019, Điều 112, and those that the government
moves each year. Dates of Tết and of moved days are facts of one year: what was collected in November 2026 stands here,
and where a year is missing only the holidays of fixed dates count, so that no period ends too late.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

VERSION: Final = "2026.1"
"""Kept with each period that was counted; a new version never moves a period that runs."""

_FIXED: Final = {
    (1, 1): "Tết Dương lịch",
    (4, 30): "Ngày Chiến thắng",
    (5, 1): "Ngày Quốc tế lao động",
    (9, 2): "Quốc khánh",
    # Nghị quyết 80-NQ/TW of January 2026; the law that follows it was not at hand (?).
    (11, 24): "Ngày Văn hóa Việt Nam",
}
_OF_YEARS: Final = {
    # Announced for officials: Tết 16 to 20 February, Hùng Vương on a Sunday, moved; 31 August moved (?).
    2026: ("01-02", "02-16", "02-17", "02-18", "02-19", "02-20", "04-27", "08-31", "09-01"),
    # By the lunar calendar and the rule for weekends; no announcement was at hand (?).
    2027: ("02-04", "02-05", "02-08", "02-09", "02-10", "04-16", "05-03", "09-03"),
}
_WORKED: Final = frozenset({dt.date(2026, 1, 10), dt.date(2026, 8, 22)})
"""Saturdays worked for days that were moved (?)."""
ANNOUNCED: Final = frozenset({2026})
"""Years whose days the government has announced; of others a person should look again."""


def is_working_day(day: dt.date) -> bool:
    """Return whether offices work on a day, as far as is known."""
    if day in _WORKED:
        return True
    is_off = (day.month, day.day) in _FIXED or f"{day:%m-%d}" in _OF_YEARS.get(day.year, ())
    return day.weekday() < 5 and not is_off


def after_working_days(day: dt.date, number: int) -> dt.date:
    """Return the last of so many working days; the first is the one after `day` (Bộ luật Dân sự 2015, Điều 147)."""
    while number:
        day += dt.timedelta(days=1)
        number -= is_working_day(day)
    return day


def after_days(day: dt.date, number: int) -> dt.date:
    """Return the last of so many days after `day`; one on which nobody works moves on (same law, Điều 148.5)."""
    day += dt.timedelta(days=number)
    return day if is_working_day(day) else after_working_days(day, 1)

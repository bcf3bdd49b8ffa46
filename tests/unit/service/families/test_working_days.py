"""The law's clock: working days, days, and what moves on where nobody works."""

from __future__ import annotations

import datetime as dt

import pytest

from service.families.requests import DAYS
from service.families.working_days import after_days, after_working_days, is_working_day
from service.storage.family_records import RequestKind


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2026-11-27", True),
        ("2026-11-28", False),  # Saturday
        ("2026-11-24", False),  # Ngày Văn hóa Việt Nam, a Tuesday
        ("2026-02-17", False),  # Tết
        ("2026-08-22", True),  # a Saturday worked for a Monday that was moved
        ("2026-08-31", False),  # that Monday
        ("2027-02-08", False),
        ("2030-04-30", False),  # of fixed date, in a year that nothing else is known of
        ("2030-02-04", True),  # as far as is known: no period ends too late
    ],
)
def test_offices_work_or_not(day: str, *, works: bool) -> None:
    """Weekends, fixed holidays and those of one year are off; Saturdays that are worked are not."""
    assert is_working_day(dt.date.fromisoformat(day)) is works


@pytest.mark.parametrize(
    ("received", "by"),
    [
        ("2026-11-25", "2026-11-27"),
        ("2026-11-27", "2026-12-01"),  # Friday: Monday, Tuesday
        ("2026-11-28", "2026-12-01"),  # received on a Saturday
        ("2026-11-23", "2026-11-26"),  # over the holiday
        ("2026-02-13", "2026-02-24"),  # over Tết
        ("2026-12-31", "2027-01-05"),  # over the year
    ],
)
def test_two_working_days_after_a_day(received: str, by: str) -> None:
    """The day itself is not counted, nor is a day on which nobody works."""
    assert after_working_days(dt.date.fromisoformat(received), 2) == dt.date.fromisoformat(by)


@pytest.mark.parametrize(
    ("received", "number", "due"),
    [
        ("2026-11-17", 10, "2026-11-27"),
        ("2026-11-18", 10, "2026-11-30"),  # a Saturday moves to Monday
        ("2026-11-14", 10, "2026-11-25"),  # a holiday moves on
        ("2026-02-05", 10, "2026-02-23"),  # the first day after Tết
        ("2026-12-21", 20, "2027-01-11"),  # a Sunday
    ],
)
def test_days_after_a_day(received: str, number: int, due: str) -> None:
    """All days count; only the last one must be one on which somebody works."""
    assert after_days(dt.date.fromisoformat(received), number) == dt.date.fromisoformat(due)


def test_each_kind_has_its_days() -> None:
    """View and correct 10, restrict 15, delete 20."""
    assert [DAYS[kind] for kind in RequestKind] == [10, 10, 15, 20]

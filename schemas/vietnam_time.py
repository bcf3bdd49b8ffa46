"""The time of Vietnam: UTC+7 all year. Everything is stored in UTC; what people read is in theirs."""

from __future__ import annotations

import datetime as dt
from typing import Final

VIETNAM: Final = dt.timezone(dt.timedelta(hours=7))


def day_in_vietnam(time: dt.datetime) -> dt.date:
    """Return the day that it is in Vietnam at a time, which says its own time zone."""
    return time.astimezone(VIETNAM).date()

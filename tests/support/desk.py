"""What the admissions desk works on, invented."""

from __future__ import annotations

import datetime as dt
from typing import Final

from schemas.transcript.model import Kind
from schemas.verdict import VerdictCode
from verify.desk.outcome import Outcome

BORN: Final = dt.date(2010, 9, 5)


def outcome(full_name: str | None = "Nguyễn Thị Hoà", **changes: object) -> Outcome:
    """Return a valid document of somebody."""
    members: dict[str, object] = {
        "name": "a.pdf",
        "verdict": VerdictCode.VALID,
        "headline": {"vi": "Học bạ hợp lệ", "en": "Genuine"},
        "full_name": full_name,
        "birth_date": BORN if full_name else None,
        "student_code": "0100000001",
        "personal_id": "001210000001",
        "sha256": "0" * 64,
        "kind": Kind.LOWER_SECONDARY,
        "checked_at": dt.datetime(2026, 11, 26, tzinfo=dt.UTC),
    }
    return Outcome.model_validate(members | changes)

"""`status`: as far as a fresh record tells, the document was neither revoked nor corrected."""

from __future__ import annotations

import datetime as dt

from schemas.errors import Text
from verify.checks.recorded import RecordedEntry
from verify.findings import CheckFailedError, CheckUnknownError
from verify.messages import NO_ENTRY, NO_RECORD, STALE_RECORD
from verify.record_reader import RecordView


class RevokedError(CheckFailedError):
    """The issuer revoked the document."""


class SupersededError(CheckFailedError):
    """A corrected version takes the document's place."""


def check_status(entry: RecordedEntry | None, view: RecordView | None, now: dt.datetime) -> None:
    """Check the document's standing today.

    Raises:
        RevokedError: it was revoked, in any copy of the record however old.
        SupersededError: it was corrected, likewise.
        CheckUnknownError: no fresh record says.
    """
    if view is None:
        raise CheckUnknownError(NO_RECORD)
    if entry is None:
        raise CheckUnknownError(NO_ENTRY)
    if view.ledger.revocation(entry.index) is not None and not entry.beyond_view:
        raise RevokedError(Text("Trường đã thu hồi học bạ này.", "The school revoked this transcript."))
    if view.ledger.corrected_by(entry.index) is not None and not entry.beyond_view:
        raise SupersededError(
            Text("Trường đã cấp bản đính chính thay cho bản này.", "The school issued a corrected version.")
        )
    if entry.beyond_view or not view.is_fresh(now):
        raise CheckUnknownError(STALE_RECORD)
    view.check_status_list(entry.issued.list_id, entry.issued.school, now)

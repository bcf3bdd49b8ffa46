"""`status`: as far as a fresh record tells, the document was neither revoked nor corrected."""

from __future__ import annotations

import datetime as dt

from schemas.errors import Text
from verify.checks.recorded import RecordedEntry
from verify.findings import CheckFailedError, CheckUnknownError
from verify.messages import CLOCK_BEHIND, NO_ENTRY, NO_RECORD, STALE_RECORD
from verify.record_reader import RecordView


class RevokedError(CheckFailedError):
    """The issuer revoked the document."""


class SupersededError(CheckFailedError):
    """A corrected version takes the document's place."""


REVOKED = Text("Trường đã thu hồi học bạ này.", "The school revoked this transcript.")
_SOURCE_REVOKED = Text(
    "Trường đã thu hồi học bạ mà bản này được trích từ đó.",
    "The school revoked the transcript that this was taken from.",
)
CORRECTED = Text("Trường đã cấp bản đính chính thay cho bản này.", "The school issued a corrected version.")
_SOURCE_CORRECTED = Text(
    "Học bạ mà bản này được trích từ đó đã có bản đính chính; hãy xin trích lại từ bản đính chính.",
    "The transcript that this was taken from was corrected; ask for a new one, taken from the corrected version.",
)


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
    source = view.ledger.source_of(entry.index)
    revocation = view.ledger.revocation(entry.index)
    if revocation is not None and not entry.beyond_view:
        of_source = source is not None and revocation[1].reference.index == source
        raise RevokedError(_SOURCE_REVOKED if of_source else REVOKED)
    if view.ledger.corrected_by(entry.index) is not None and not entry.beyond_view:
        raise SupersededError(CORRECTED if source is None else _SOURCE_CORRECTED)
    if view.is_ahead(now):
        raise CheckUnknownError(CLOCK_BEHIND)
    if entry.beyond_view or not view.is_fresh(now):
        raise CheckUnknownError(STALE_RECORD)
    view.check_status_list(entry.issued.list_id, entry.issued.school, now)

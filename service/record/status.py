"""Making the next version of a status list, when one is due.

A list is signed for a day and made again after half of it, so that a service that publishes hourly is never
near the end.
"""

from __future__ import annotations

import datetime as dt
from hashlib import sha256

from keys.signer import RecordSigner
from schemas.record.entry import StatusListPublished, format_entry
from schemas.record.ledger import Ledger
from schemas.record.status_list import StatusList, pack_statuses, sign_status_list
from service.storage.log_store import ListVersion

LIFETIME = dt.timedelta(hours=24)
RENEW_AFTER = dt.timedelta(hours=12)
TIME_TO_LIVE = dt.timedelta(hours=1)


def is_due(last: ListVersion | None, *, changed: bool, now: dt.datetime) -> bool:
    """Whether a new version must be published."""
    return last is None or changed or now.timestamp() - last.issued_at >= RENEW_AFTER.total_seconds()


def make_status_list(
    ledger: Ledger, *, origin: str, list_id: int, version: int, key: RecordSigner, now: dt.datetime
) -> tuple[bytes, bytes]:
    """Return the list to publish, what all entries so far amount to, and its log entry."""
    issued_at = int(now.timestamp())
    status_list = StatusList(
        origin=origin,
        list_id=list_id,
        version=version,
        issued_at=issued_at,
        expires_at=issued_at + int(LIFETIME.total_seconds()),
        ttl=int(TIME_TO_LIVE.total_seconds()),
        packed=pack_statuses(ledger.statuses(list_id, before=ledger.size)),
    )
    data = sign_status_list(status_list, key_id=key.key_id, sign=key.sign)
    return data, format_entry(StatusListPublished(issued_at, list_id, version, sha256(data).digest()))

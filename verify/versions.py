"""The line of versions that a document stands in: what it continued or corrected, and what came after it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

from schemas.record.entry import Issued
from schemas.record.ledger import Ledger
from schemas.verdict import Version

MAX_VERSIONS = 24
"""More than any learner has in one level; a longer line is cut at both ends."""


def versions_of(index: int, ledger: Ledger, *, later: int | None) -> tuple[Version, ...]:
    """Return the versions before and after the document at `index` and itself, oldest first; none where it is alone.

    `later` is the one right after it, which the caller knows.
    """
    earlier = ledger.related_to(index)
    if earlier is None and later is None:
        return ()
    before = list(_walk(earlier, ledger.related_to))[::-1]
    after = list(_walk(later, lambda at: _later(at, ledger)))
    line = [*before, index, *after]
    return tuple(version for at in line if (version := _version(at, index, ledger)))


def _walk(start: int | None, step: Callable[[int], int | None]) -> Iterator[int]:
    at = start
    for _ in range(MAX_VERSIONS // 2):
        if at is None:
            return
        yield at
        at = step(at)


def _later(at: int, ledger: Ledger) -> int | None:
    corrected = ledger.corrected_by(at)
    return ledger.continued_by(at) if corrected is None else corrected


def _version(at: int, shown: int, ledger: Ledger) -> Version | None:
    issued = ledger.issued(at)
    return None if issued is None else _described(at, issued, shown, ledger)


def _described(at: int, issued: Issued, shown: int, ledger: Ledger) -> Version:
    status = "valid"
    if ledger.revocation(at) is not None:
        status = "revoked"
    elif ledger.corrected_by(at) is not None:
        status = "superseded"
    return Version.model_validate(
        {
            "index": at,
            "issued_at": dt.datetime.fromtimestamp(issued.time, dt.UTC),
            "school_code": issued.school,
            "school_name": ledger.issuers.school_name(issued.school),
            "relation": issued.relation.name.lower(),
            "status": status,
            "shown": at == shown,
        }
    )

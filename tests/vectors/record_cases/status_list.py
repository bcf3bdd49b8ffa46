"""Records whose status list cannot be relied on: how the document stands is unknown, and never green."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.record.statement import Role
from schemas.record.status_list import Status, pack_statuses
from schemas.record.tiles import status_list_path
from schemas.verdict import CheckId, VerdictCode
from tests.support.record import NOW
from tests.support.whole_record import LATER, LIST_ID, WholeRecord, document, registered
from tests.vectors.record_cases.case import UNKNOWN, Case

ONE = document("one")


def cases() -> Iterator[Case]:
    """Return the cases."""
    never = WholeRecord()
    never.issue(ONE)
    yield _unknown("status-list-never-published", "no list was ever published", never.files())
    record = _record()
    record.publish_list()
    files = record.files()
    path = status_list_path(LIST_ID, 1)
    yield _unknown("status-list-missing", "the published list is missing from the record",
                   {name: data for name, data in files.items() if name != path})  # fmt: skip
    record = _record()
    record.publish_list()
    record.publish_list()
    files = record.files()
    yield _unknown("status-list-rolled-back", "version 1 lies where version 2 should be",
                   files | {status_list_path(LIST_ID, 2): record.lists[1]})  # fmt: skip
    record = _record()
    record.publish_list(issued_at=NOW - 7200, expires_at=LATER)
    yield _unknown("status-list-expired", "the list has just expired", record.files())
    record = _record()
    record.publish_list(packed=pack_statuses({417: Status.REVOKED}))
    yield _unknown(
        "status-list-disagreeing", "the list calls a transcript revoked that the log does not", record.files()
    )
    record = _record()
    record.publish_list(key="a stranger")
    yield _unknown("status-list-by-a-stranger", "the list is signed by an unregistered key", record.files())
    record = _record()
    record.add(registered("status of others", Role.STATUS, school="HN-9"))
    record.publish_list(key="status of others")
    yield _unknown(
        "status-list-by-the-key-of-others",
        "the list is signed by a status key that is registered for other schools",
        record.files(),
    )


def _record() -> WholeRecord:
    record = WholeRecord()
    record.issue(ONE)
    return record


def _unknown(name: str, what: str, files: dict[str, bytes]) -> Case:
    return Case(name, what, VerdictCode.UNCONFIRMED, files, file=ONE.pdf, checks={CheckId.STATUS: UNKNOWN})

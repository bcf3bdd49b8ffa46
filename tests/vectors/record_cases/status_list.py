"""Records whose status list cannot be relied on: how the document stands is unknown, and never green."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.record.entry import format_entry
from schemas.record.statement import Role
from schemas.record.status_list import Status, pack_statuses
from schemas.record.tiles import status_list_path
from schemas.verdict import CheckId, VerdictCode
from tests.support.record import NOW, revoked
from tests.support.whole_record import LATER, LIST_ID, WholeRecord, document, registered
from tests.vectors.record_cases.case import FAIL, UNKNOWN, Case

ONE = document("one")
_OTHER_LOG = "other.example.vn/record"


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
    yield from _pasted_in()
    yield from _published_as_another()
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


def _pasted_in() -> Iterator[Case]:
    """Sound lists, rightly signed, that somebody laid where the record's own should be."""
    for name, what, said in (
        ("of-another-log", "a list of another log, kept with the same status key", {"origin": _OTHER_LOG}),
        ("of-another-number", "another list of the same log", {"list_id": LIST_ID + 1}),
        (
            "of-another-issuer",
            "the list of another issuer, by its own status key",
            {"key": "status of others"},
        ),
        (
            "of-a-later-epoch",
            "a list younger than any that the log names",
            {"issued_at": NOW + 60, "version": 2},
        ),
    ):
        record, other = _record(), _record()
        record.publish_list()
        other.publish_list(**said)
        yield _unknown(
            f"status-list-{name}",
            f"{what}, lies where the record's own should be",
            record.files() | {status_list_path(LIST_ID, 1): other.lists[1]},
        )
    # The revocation stands in the log; the list of the time before it, laid in the place of the newest, hides nothing.
    record = _record()
    record.publish_list()
    record.add(format_entry(revoked(4)))
    record.publish_list()
    yield Case(
        "status-list-of-before-the-revocation",
        "the list of before the revocation lies where the newest should be; the log itself says revoked",
        VerdictCode.REVOKED,
        record.files() | {status_list_path(LIST_ID, 2): record.lists[1]},
        file=ONE.pdf,
        checks={CheckId.STATUS: FAIL},
    )


def _published_as_another() -> Iterator[Case]:
    """Lists that the log itself names by their digest, and that say that they are something else."""
    for name, what, said in (
        ("naming-another-log", "of another log", {"origin": _OTHER_LOG}),
        ("naming-another-number", "of another number", {"list_id": LIST_ID + 1}),
        ("naming-another-version", "of another version", {"version": 2}),
        ("of-tomorrow", "issued an hour after the verifier's clock", {"issued_at": LATER + 3600}),
    ):
        record = _record()
        record.publish_list(**said)
        yield _unknown(f"status-list-{name}", f"the log names a list that is {what}", record.files())


def _record() -> WholeRecord:
    record = WholeRecord()
    record.issue(ONE)
    return record


def _unknown(name: str, what: str, files: dict[str, bytes]) -> Case:
    return Case(name, what, VerdictCode.UNCONFIRMED, files, file=ONE.pdf, checks={CheckId.STATUS: UNKNOWN})

"""Lists and packs of others laid in at an origin: a mirror takes none of them, and says which it lacks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from schemas.record.entry import format_entry
from schemas.record.tiles import pack_path, status_list_path
from schemas.verdict import CheckId, CheckStatus, Verdict, VerdictCode
from tests.support.packs import pack_of, signed_pack
from tests.support.record import NOW, OTHER_SCHOOL, SCHOOL, revoked
from tests.support.record_server import put, served
from tests.support.whole_record import LATER, LIST_ID, WholeRecord, document, vector_trust_root
from verify.mirror import update_mirror
from verify.pack_mirror import fetch_packs
from verify.verifier import Verifier

TRUST = vector_trust_root()
ONE = document("one")
LIST = status_list_path(LIST_ID, 2)


def record_of_two_epochs() -> WholeRecord:
    """Return a record with two versions of its list, a revocation between them."""
    record = WholeRecord()
    record.issue(ONE, document("two"))
    record.publish_list()
    record.add(format_entry(revoked(5)))
    record.publish_list()
    return record


def published(**said: Any) -> bytes:
    """Return a rightly signed list of the same epoch that says something else of itself."""
    other = WholeRecord()
    other.issue(ONE)
    other.publish_list(**said)
    return other.lists[1]


PASTED: dict[str, Callable[[WholeRecord], bytes]] = {
    "of the epoch before": lambda record: record.lists[1],
    "of an epoch to come": lambda _: published(version=3, issued_at=NOW + 60),
    "of another log": lambda _: published(origin="other.example.vn/record", version=2),
    "of another number": lambda _: published(list_id=LIST_ID + 1, version=2),
    "of another issuer": lambda _: published(key="status of others", version=2),
    "a pack": lambda record: signed_pack(pack_of(record)),
    "nothing": lambda _: b"",
}


def verdict_by(folder: Path) -> Verdict:
    """Return what a verifier with this copy of the record says of the document that stands."""
    verifier = Verifier(TRUST, folder, now=lambda: dt.datetime.fromtimestamp(LATER, dt.UTC))
    try:
        return verifier.known_file(ONE.pdf)
    finally:
        verifier.close()


@pytest.mark.parametrize("what", PASTED)
def test_pasted_status_list_is_not_mirrored(what: str, tmp_path: Path) -> None:
    """It is named as missing, the status is unknown; with the record's own list the same document is valid again."""
    record, origin, copy = record_of_two_epochs(), tmp_path / "origin", tmp_path / "copy"
    put(origin, record.files() | {LIST: PASTED[what](record)})
    with served(origin) as address:
        assert update_mirror(address, copy, TRUST).missing == (LIST,)
        assert not (copy / LIST).exists()
        verdict = verdict_by(copy)
        assert verdict.verdict is VerdictCode.UNCONFIRMED
        assert [one.id for one in verdict.checks if one.status is CheckStatus.UNKNOWN] == [CheckId.STATUS]
        put(origin, record.files())
        assert update_mirror(address, copy, TRUST).missing == ()
    assert verdict_by(copy).verdict is VerdictCode.VALID


def test_pasted_pack_is_not_mirrored(tmp_path: Path) -> None:
    """The pack of another school, of an earlier epoch, and a list in place of one: the mirror keeps what it has."""
    record, origin, copy = record_of_two_epochs(), tmp_path / "origin", tmp_path / "copy"
    own, earlier = signed_pack(pack_of(record)), WholeRecord()
    earlier.issue(ONE)
    pasted = [signed_pack(pack_of(record, OTHER_SCHOOL)), signed_pack(pack_of(earlier)), record.lists[2]]
    put(origin, record.files())
    with served(origin) as address:
        for data in (pasted[0], pasted[2]):
            put(origin, {pack_path(SCHOOL): data})
            fetch_packs(address, copy, TRUST, [SCHOOL])
            assert not (copy / pack_path(SCHOOL)).exists()
        for data in (own, *pasted):
            put(origin, {pack_path(SCHOOL): data})
            fetch_packs(address, copy, TRUST, [SCHOOL])
            assert (copy / pack_path(SCHOOL)).read_bytes() == own

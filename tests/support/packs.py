"""Offline packs over records of the tests: what the log amounts to, signed by the record's status key."""

from __future__ import annotations

from dataclasses import replace

from schemas.record.ledger import Ledger
from schemas.record.offline_pack import OfflinePack, sign_pack
from schemas.record.pack_fold import PackFold
from tests.support.record import NOW, ORIGIN, SCHOOL, ed25519_key, verify
from tests.support.whole_record import STATUS, WholeRecord, vector_trust_root


def pack_of(
    record: WholeRecord, school: str = SCHOOL, *, time: int = NOW, note: bytes | None = None
) -> OfflinePack:
    """Return the pack of a school; `note` replaces the checkpoint, `time` is the clock's."""
    ledger = Ledger(ORIGIN, vector_trust_root(), verify)
    ledger.add_all(record.entries)
    fold = PackFold()
    fold.add_all(record.entries, ledger)
    return fold.pack(school, note or record.log.note(time=time), ledger)


def signed_pack(pack: OfflinePack, *, key: str = STATUS, **changes: object) -> bytes:
    """Return a pack as it is published, with other members where the test says so."""
    signer = ed25519_key(key)
    changed = replace(pack, **changes)  # type: ignore[arg-type] # the names of fields, as the tests spell them
    return sign_pack(changed, key_id=signer.id, sign=signer.sign)

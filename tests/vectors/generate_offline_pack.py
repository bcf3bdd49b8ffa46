"""Makes offline-pack/vectors.json: packs as they are published, and each way in which one can be malformed."""

from __future__ import annotations

from typing import Any

import cbor2

from schemas.cose import sign1
from schemas.record.entry import format_entry
from schemas.record.offline_pack import TYP
from tests.support.packs import pack_of, signed_pack
from tests.support.record import SCHOOL, ed25519_key, revoked
from tests.support.vectors import base64_of, failure, file_text, sound, write
from tests.support.whole_record import STATUS, WholeRecord, document

KEY, OTHER = ed25519_key(STATUS), ed25519_key("other")
ONE, TWO = document("one"), document("two")


def _record() -> WholeRecord:
    record = WholeRecord()
    index = record.issue(ONE, TWO)
    record.add(format_entry(revoked(index + 1)))
    return record


PACK = pack_of(_record())
DATA = signed_pack(PACK)
PAYLOAD: dict[int, Any] = {
    0: SCHOOL,
    1: "Trường THCS Thử",
    2: PACK.checkpoint,
    3: [list(one) for one in PACK.statements],
    4: PACK.documents,
    5: {5: 1},
}


def _with(changes: dict[int, object], typ: str | None = TYP) -> bytes:
    return sign1(cbor2.dumps(PAYLOAD | changes, canonical=True), KEY.id, KEY.sign, typ=typ)


def text() -> str:
    """Return the text of the file."""
    statements = PAYLOAD[3]
    value = {
        "school": SCHOOL,
        "school_name": PAYLOAD[1],
        "statements": [index for index, _ in PACK.statements],
        "documents": PACK.documents,
        "ended": PACK.ended,
    }
    empty = value | {"documents": b"", "ended": {}}
    vectors = [
        sound("one-stands-one-revoked", DATA, value),
        sound("no-documents", _with({4: b"", 5: {}}), empty),
        failure("untagged", DATA[1:], "cose-invalid"),
        failure("typ-missing", _with({}, typ=None), "cose-invalid"),
        failure("typ-of-a-status-list", _with({}, typ="application/statuslist+cwt"), "cose-invalid"),
        failure("signature-changed", DATA[:-1] + bytes([DATA[-1] ^ 1]), "signature-invalid"),
        failure("another-key", signed_pack(PACK, key="other"), "cose-key-mismatch"),
        failure("member-unknown", _with({6: 0}), "entry-field-unknown"),
        failure("school-malformed", _with({0: "hn-0001"}), "entry-field-invalid"),
        failure("school-empty", _with({0: ""}), "entry-field-invalid"),
        failure("name-empty", _with({1: ""}), "entry-field-invalid"),
        failure("checkpoint-as-text", _with({2: "note"}), "entry-field-invalid"),
        failure("statements-not-ascending", _with({3: statements[::-1]}), "pack-invalid"),
        failure("statement-twice", _with({3: [statements[0], *statements]}), "pack-invalid"),
        failure("statement-without-index", _with({3: [statements[0][1]]}), "pack-invalid"),
        failure("row-cut-short", _with({4: PACK.documents[:-1]}), "pack-invalid"),
        failure("row-twice", _with({4: PACK.documents[:16] * 2}), "pack-invalid"),
        failure("rows-not-ascending", _with({4: PACK.documents[16:] + PACK.documents[:16]}), "pack-invalid"),
        failure("ended-without-document", _with({5: {7: 1}}), "pack-invalid"),
        failure("ended-and-valid", _with({5: {5: 0}}), "pack-invalid"),
        failure("ended-suspended", _with({5: {5: 2}}), "pack-invalid"),
        failure("ended-as-array", _with({5: [5]}), "pack-invalid"),
    ]
    return file_text("docs/formats/offline-pack.md", "hex", vectors, public_key=base64_of(KEY.public_key))


if __name__ == "__main__":
    write("offline-pack", text())

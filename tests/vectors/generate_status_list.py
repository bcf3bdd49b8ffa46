"""Makes status-list/vectors.json: published status lists."""

from __future__ import annotations

import zlib

import cbor2

from schemas.cose import sign1
from schemas.record.status_list import TYP
from tests.support.record import NOW, ORIGIN, ed25519_key
from tests.support.vectors import base64_of, failure, file_text, sound, write

KEY, OTHER = ed25519_key("status"), ed25519_key("other")
STATUSES = {"0": 1, "3": 3, "1048575": 1}
# Made once with zlib: other builds of it compress differently, and a vector must stay as it is.
LST = bytes.fromhex("78daedc1310100000c02a045b3fa9a79db01f803") + bytes(253) + bytes.fromhex("18292db80102")
LST_WITH_STATUS_2 = (
    bytes.fromhex("78daedc1310d00000002")
    + bytes.fromhex("2067ffd0de76001a")
    + bytes(253)
    + bytes.fromhex("803700b40003")
)
CLAIMS = {
    2: f"{ORIGIN}/status-list/1",
    4: NOW + 86_400,
    6: NOW,
    65533: {"bits": 2, "lst": LST},
    65534: 3600,
    65536: 7,
}
VALUE = {
    "origin": ORIGIN,
    "list_id": 1,
    "version": 7,
    "issued_at": NOW,
    "expires_at": NOW + 86_400,
    "ttl": 3600,
    "not_valid": STATUSES,
}


def _signed(changes: dict[int, object], typ: str | None = TYP) -> bytes:
    return sign1(cbor2.dumps(CLAIMS | changes, canonical=True), KEY.id, KEY.sign, typ=typ)


def _lst(lst: bytes, bits: int = 2) -> bytes:
    return _signed({65533: {"bits": bits, "lst": lst}})


def text() -> str:
    """Return the text of the file."""
    good = _signed({})
    vectors = [
        sound("revoked-and-superseded", good, VALUE),
        failure("untagged", good[1:], "cose-invalid"),
        failure("typ-missing", _signed({}, typ=None), "cose-invalid"),
        failure("typ-of-a-plain-cwt", _signed({}, typ="application/cwt"), "cose-invalid"),
        failure("signature-changed", good[:-1] + bytes([good[-1] ^ 1]), "signature-invalid"),
        failure(
            "another-key", sign1(cbor2.dumps(CLAIMS), OTHER.id, OTHER.sign, typ=TYP), "cose-key-mismatch"
        ),
        failure("claim-unknown", _signed({7: b"id"}), "status-list-invalid"),
        failure("subject-of-another-kind", _signed({2: f"{ORIGIN}/lists/1"}), "status-list-invalid"),
        failure("list-id-with-leading-zero", _signed({2: f"{ORIGIN}/status-list/01"}), "status-list-invalid"),
        failure("expires-when-issued", _signed({4: NOW}), "status-list-invalid"),
        failure("time-to-live-zero", _signed({65534: 0}), "status-list-invalid"),
        failure("version-zero", _signed({65536: 0}), "status-list-invalid"),
        failure("one-bit", _lst(LST, bits=1), "status-list-invalid"),
        failure("not-zlib", _lst(b"not zlib"), "status-list-invalid"),
        failure("zlib-cut-short", _lst(LST[:-1]), "status-list-invalid"),
        failure("byte-after-zlib", _lst(LST + b"\x00"), "status-list-invalid"),
        failure("too-few-statuses", _lst(zlib.compress(bytes(16), level=0)), "status-list-invalid"),
        failure("status-2-used", _lst(LST_WITH_STATUS_2), "status-list-invalid"),
    ]
    return file_text(
        "docs/formats/record.md#status-list", "hex", vectors, public_key=base64_of(KEY.public_key)
    )


if __name__ == "__main__":
    write("status-list", text())

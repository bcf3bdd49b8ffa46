"""Makes cose/vectors.json: COSE_Sign1 in the one form of our formats, without a `typ` header."""

from __future__ import annotations

import cbor2

from schemas.cose import sign1
from tests.support.record import ed25519_key, with_larger_s
from tests.support.vectors import Vector, base64_of, failure, file_text, sound, write

KEY, OTHER = ed25519_key("credential"), ed25519_key("other")
HEADER = {1: -8, 4: KEY.id}


def _sound(name: str, payload: bytes) -> Vector:
    return sound(name, sign1(payload, KEY.id, KEY.sign), {"key_id": KEY.id, "payload": payload})


def _signed(protected: object, unprotected: object = None, tag: bytes = b"\xd2") -> bytes:
    header = cbor2.dumps(protected, canonical=True)
    signature = KEY.sign(cbor2.dumps(["Signature1", header, b"", b"payload"]))
    return tag + cbor2.dumps([header, unprotected or {}, b"payload", signature], canonical=True)


def text() -> str:
    """Return the text of the file."""
    good = _signed(HEADER)
    vectors = [
        _sound("payload", b"payload"),
        _sound("empty-payload", b""),
        failure("untagged", good[1:], "cose-invalid"),
        failure("tag-of-cose-mac", _signed(HEADER, tag=b"\xd1"), "cose-invalid"),
        failure("algorithm-es256", _signed(HEADER | {1: -7}), "cose-invalid"),
        failure("algorithm-missing", _signed({4: KEY.id}), "cose-invalid"),
        failure("key-id-missing", _signed({1: -8}), "cose-invalid"),
        failure("key-id-too-short", _signed(HEADER | {4: KEY.id[:7]}), "cose-invalid"),
        failure("header-unknown", _signed(HEADER | {3: 0}), "cose-invalid"),
        failure("typ-not-expected", _signed(HEADER | {16: "application/statuslist+cwt"}), "cose-invalid"),
        failure("unprotected-header", _signed(HEADER, {4: KEY.id}), "cose-invalid"),
        failure("signature-too-short", good[:-65] + b"\x3f" + good[-63:], "cose-invalid"),
        failure("byte-after-the-end", good + b"\x00", "cbor-not-deterministic"),
        failure("payload-changed", good.replace(b"payload", b"Payload"), "signature-invalid"),
        failure("signature-changed", good[:-1] + bytes([good[-1] ^ 1]), "signature-invalid"),
        failure(
            "signature-with-s-beyond-the-order", good[:-64] + with_larger_s(good[-64:]), "signature-invalid"
        ),
        failure("another-key", sign1(b"payload", OTHER.id, OTHER.sign), "cose-key-mismatch"),
        failure("key-id-of-another-key", sign1(b"payload", KEY.id, OTHER.sign), "signature-invalid"),
    ]
    page = "docs/formats/README.md#keys-key-ids-and-envelopes"
    return file_text(page, "hex", vectors, public_key=base64_of(KEY.public_key))


if __name__ == "__main__":
    write("cose", text())

"""COSE_Sign1 in its one form."""

from __future__ import annotations

import cbor2
import pytest
from cryptography.exceptions import InvalidSignature

from schemas.cose import parse_sign1, sign1
from schemas.errors import SchemaError
from tests.support.record import ed25519_key, verify

KEY = ed25519_key("credential")
SIGNED = sign1(b"payload", KEY.id, KEY.sign)
PROTECTED = {1: -8, 4: KEY.id}


def _sign1(
    protected: object = PROTECTED,
    unprotected: object = None,
    payload: object = b"payload",
    signature: object = bytes(64),
) -> bytes:
    header = cbor2.dumps(protected, canonical=True)
    return b"\xd2" + cbor2.dumps([header, unprotected or {}, payload, signature], canonical=True)


def test_signature_is_over_the_sig_structure() -> None:
    """The signature is Ed25519 over the Sig_structure of RFC 9052 §4.4, with an empty external_aad."""
    header = cbor2.dumps(PROTECTED, canonical=True)
    message = cbor2.dumps(["Signature1", header, b"", b"payload"])
    assert _sign1(signature=KEY.sign(message)) == SIGNED


def test_parse_undoes_sign() -> None:
    """Payload and key id come back, and the signature is good under the key."""
    parsed = parse_sign1(SIGNED)
    assert (parsed.payload, parsed.key_id, parsed.typ) == (b"payload", KEY.id, None)
    parsed.check(KEY.public_key, verify)


def test_every_changed_byte_is_noticed() -> None:
    """With any one byte changed, parsing or the signature fails."""
    for position in range(len(SIGNED)):
        changed = SIGNED[:position] + bytes([SIGNED[position] ^ 1]) + SIGNED[position + 1 :]
        with pytest.raises(SchemaError):
            parse_sign1(changed).check(KEY.public_key, verify)


@pytest.mark.parametrize(
    "data",
    [
        SIGNED[1:],
        b"\xd1" + SIGNED[1:],
        b"\xd2" + SIGNED,
        _sign1(PROTECTED | {1: -7}),
        _sign1({1: -8}),
        _sign1({4: KEY.id}),
        _sign1(PROTECTED | {4: KEY.id[:7]}),
        _sign1(PROTECTED | {4: "12345678"}),
        _sign1(PROTECTED | {3: 0}),
        _sign1(PROTECTED | {16: "another/typ"}),
        _sign1(b"not a map"),
        _sign1(unprotected={4: KEY.id}),
        _sign1(payload="text"),
        _sign1(signature=bytes(63)),
        b"\xd2" + cbor2.dumps([b"", {}, b"payload"]),
    ],
)
def test_other_forms_are_refused(data: bytes) -> None:
    """Untagged, another algorithm, another header, another shape: none is a COSE_Sign1 of ours."""
    with pytest.raises(SchemaError) as caught:
        parse_sign1(data)
    assert caught.value.code in {"cose-invalid", "cbor-invalid"}


def test_detached_payload_is_refused() -> None:
    """A null payload is not allowed."""
    with pytest.raises(SchemaError, match="cbor-type-not-allowed"):
        parse_sign1(_sign1(payload=None))


def test_typ_is_the_one_expected() -> None:
    """A message made for one purpose is refused where another, or none, is expected."""
    listed = sign1(b"payload", KEY.id, KEY.sign, typ="a/list")
    assert parse_sign1(listed, typ="a/list").typ == "a/list"
    for data, typ in [(listed, None), (listed, "b/list"), (SIGNED, "a/list")]:
        with pytest.raises(SchemaError, match="cose-invalid"):
            parse_sign1(data, typ=typ)


def test_length_is_limited() -> None:
    """A message over the limit is refused unread."""
    with pytest.raises(SchemaError, match="cbor-too-large"):
        parse_sign1(SIGNED, max_bytes=len(SIGNED) - 2)


def test_key_is_the_one_named() -> None:
    """A key with another id is not tried."""
    with pytest.raises(SchemaError, match="cose-key-mismatch"):
        parse_sign1(SIGNED).check(ed25519_key("another").public_key, verify)


@pytest.mark.parametrize("fault", [InvalidSignature, ValueError, TypeError])
def test_a_check_that_breaks_is_a_check_that_fails(fault: type[Exception]) -> None:
    """Whatever the caller's `verify` raises, the signature is refused."""

    def breaks(*_: bytes) -> None:
        raise fault

    with pytest.raises(SchemaError, match="signature-invalid"):
        parse_sign1(SIGNED).check(KEY.public_key, breaks)

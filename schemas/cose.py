"""COSE_Sign1 (RFC 9052) in the one form our formats use: tagged, EdDSA, key id in the protected header.

Used by the QR's claims, the registrar's statements and the status lists. Holds no cryptography: `Sign1.check` asks the
caller's `verify`.
"""

from __future__ import annotations

from dataclasses import dataclass

from schemas import cbor
from schemas.cbor import CBORValue
from schemas.errors import SchemaError
from schemas.signatures import KEY_ID_BYTES, SIGNATURE_BYTES, Sign, Verify, check_signature, key_id

__all__ = ["Sign1", "key_id", "parse_sign1", "sign1"]

_TAG_18 = b"\xd2"
_ALG, _KID, _TYP = 1, 4, 16
_EDDSA = -8


@dataclass(frozen=True, slots=True)
class Sign1:
    """A parsed COSE_Sign1 whose signature has not been checked."""

    key_id: bytes
    """8 bytes, see `schemas.signatures.key_id`."""
    payload: bytes
    signature: bytes
    """64 bytes of Ed25519."""
    typ: str | None = None
    """The `typ` header (RFC 9596), which only status lists carry."""

    def signed_message(self) -> bytes:
        """Return the Sig_structure (RFC 9052 §4.4), which is what the signature is over."""
        return _sig_structure(_protected(self.key_id, self.typ), self.payload)

    def check(self, public_key: bytes, verify: Verify, path: str = "cose") -> None:
        """Check the signature with the key that the caller trusts.

        Raises:
            SchemaError: `cose-key-mismatch` or `signature-invalid`.
        """
        if key_id(public_key) != self.key_id:
            raise SchemaError(
                "cose-key-mismatch",
                path,
                "Dữ liệu được ký bằng khóa khác.",
                "The data name another key than the one they are checked with.",
            )
        check_signature(verify, public_key, self.signature, self.signed_message(), path)


def sign1(payload: bytes, key_id: bytes, sign: Sign, *, typ: str | None = None) -> bytes:
    """Sign `payload` and return the tagged COSE_Sign1."""
    protected = _protected(key_id, typ)
    return _format(protected, payload, sign(_sig_structure(protected, payload)))


def parse_sign1(
    data: bytes, path: str = "cose", *, typ: str | None = None, max_bytes: int = cbor.MAX_BYTES
) -> Sign1:
    """Parse a tagged COSE_Sign1 whose `typ` header is exactly this: decode, encode again, compare.

    Raises:
        SchemaError: `cose-invalid`, or what `schemas.cbor.decode` raises.
    """
    if not data.startswith(_TAG_18):
        raise _invalid(path)
    match cbor.decode(data[1:], path, max_bytes=max_bytes):
        case [bytes(protected), dict(unprotected), bytes(payload), bytes(signature)] if not unprotected:
            headers = cbor.decode(protected, f"{path}.protected")
        case _:
            raise _invalid(path)
    match headers:
        case {1: -8, 4: bytes(kid), **rest} if rest == ({} if typ is None else {_TYP: typ}):
            pass
        case _:
            raise _invalid(f"{path}.protected")
    if len(kid) != KEY_ID_BYTES:
        raise _invalid(f"{path}.protected")
    if len(signature) != SIGNATURE_BYTES:
        raise _invalid(path)
    return Sign1(key_id=kid, payload=payload, signature=signature, typ=typ)


def _protected(key_id: bytes, typ: str | None) -> bytes:
    header: dict[int, CBORValue] = {_ALG: _EDDSA, _KID: key_id}
    if typ is not None:
        header[_TYP] = typ
    return cbor.encode(header)


def _sig_structure(protected: bytes, payload: bytes) -> bytes:
    return cbor.encode(["Signature1", protected, b"", payload])


def _format(protected: bytes, payload: bytes, signature: bytes) -> bytes:
    return _TAG_18 + cbor.encode([protected, {}, payload, signature])


def _invalid(path: str) -> SchemaError:
    return SchemaError(
        "cose-invalid",
        path,
        "Dữ liệu không phải COSE_Sign1 đúng dạng quy định.",
        "The data are not a COSE_Sign1 in the form laid down.",
    )

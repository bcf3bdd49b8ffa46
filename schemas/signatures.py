"""Ed25519 as the formats see it: sizes, key ids, and what a signature check must do.

Holds no cryptography: the package that calls brings `sign` and `verify`.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import TypeAlias

from schemas.errors import SchemaError

PUBLIC_KEY_BYTES = 32
SIGNATURE_BYTES = 64
KEY_ID_BYTES = 8

Sign: TypeAlias = Callable[[bytes], bytes]
"""`sign(message)` returns the 64 bytes of an Ed25519 signature."""

Verify: TypeAlias = Callable[[bytes, bytes, bytes], None]
"""`verify(public_key, signature, message)` returns when the Ed25519 signature is good and raises otherwise."""


def key_id(public_key: bytes) -> bytes:
    """Return the 8-byte id of an Ed25519 key (docs/formats/README.md, "Keys, key ids and envelopes")."""
    return sha256(b"hocba/key/v1" + public_key).digest()[:KEY_ID_BYTES]


def check_signature(verify: Verify, public_key: bytes, signature: bytes, message: bytes, path: str) -> None:
    """Check one Ed25519 signature.

    Raises:
        SchemaError: `signature-invalid`, whatever `verify` raised: a check that breaks is a check that fails.
    """
    try:
        verify(public_key, signature, message)
    except Exception as error:
        raise SchemaError(
            "signature-invalid",
            path,
            "Chữ ký không khớp với khóa và nội dung; không dùng dữ liệu này.",
            "The signature does not fit the key and the content; do not use these data.",
        ) from error

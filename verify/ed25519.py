"""Ed25519 verification, in the shape that `schemas` asks for (`schemas.signatures.Verify`)."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def verify_ed25519(public_key: bytes, signature: bytes, message: bytes) -> None:
    """Return when the signature is good.

    Raises:
        InvalidSignature: it is not.
        ValueError: the key is no Ed25519 key.
    """
    Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)

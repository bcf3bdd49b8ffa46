"""Ed25519 keys of the record, one purpose each, kept as encrypted PKCS#8 (PEM).

Which role a key plays is `keys.keyring`'s part; what it signs, and in which envelope, is that of `schemas`.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from keys.secret_files import read_secret
from keys.signer import KeysError
from schemas.signatures import key_id


@dataclass(frozen=True, slots=True)
class RecordKey:
    """A `keys.signer.RecordSigner` in memory. Safe to share between threads."""

    public_key: bytes
    _key: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def from_seed(cls, seed: bytes) -> Self:
        """Return the key of a 32-byte seed (RFC 8032)."""
        key = Ed25519PrivateKey.from_private_bytes(seed)
        return cls(key.public_key().public_bytes_raw(), key)

    @classmethod
    def load(cls, path: Path, *, passphrase: bytes) -> Self:
        """Open an encrypted PEM file.

        Raises:
            KeysError: `key-file-missing`, `key-file-unreadable`, `key-file-exposed`, `passphrase-wrong`.
        """
        try:
            key = load_pem_private_key(read_secret(path), passphrase)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise _not_opened(path) from error
        if not isinstance(key, Ed25519PrivateKey):
            raise _not_opened(path)
        return cls.from_seed(key.private_bytes_raw())

    @property
    def key_id(self) -> bytes:
        """The 8 bytes by which this key is looked up."""
        return key_id(self.public_key)

    def sign(self, message: bytes) -> bytes:
        """Return the 64 bytes of the Ed25519 signature over `message`."""
        return self._key.sign(message)

    def to_pem(self, passphrase: bytes) -> bytes:
        """Return the encrypted PKCS#8 bytes that `load` opens."""
        return self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase))


def public_member(key: RecordKey) -> dict[str, str]:
    """Return the public half as a trust root names it."""
    return {"key_id": key.key_id.hex(), "key": base64.b64encode(key.public_key).decode("ascii")}


def _not_opened(path: Path) -> KeysError:
    return KeysError(
        "passphrase-wrong",
        f"Mật khẩu không mở được tệp {path}, hoặc tệp không chứa khoá Ed25519. Hãy kiểm tra tệp mật khẩu.",
        f"The passphrase does not open the file {path}, or it holds no Ed25519 key. Check the passphrase file.",
    )

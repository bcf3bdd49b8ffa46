"""The key of the database's sensitive columns: AES-256-GCM, from a secret file that no backup of the database holds.

The file has one key a line, 64 hexadecimal digits, the one in use first; those below it still open what they sealed.
A sealed value says which key it needs and is bound to its column: it opens nowhere else.

    0x01 ‖ key id (4) ‖ nonce (12) ‖ ciphertext and tag
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from keys.secret_files import read_secret, sync_folder, write_durably
from keys.signer import KeysError

KEY_BYTES: Final = 32
_VERSION: Final = b"\x01"
_ID_BYTES, _NONCE_BYTES = 4, 12
_HEADER: Final = len(_VERSION) + _ID_BYTES
_DOMAIN: Final = b"hocba/data-key/v1\x00"
_BOUND: Final = b"hocba/data/v1\x00"
_LINE: Final = re.compile(r"[0-9a-f]{64}")


class DataKeys:
    """The key in use and those before it. Safe to share between threads."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._opening = {_key_id(key): AESGCM(key) for key in keys}
        self._id = _key_id(keys[0])
        self._sealing = self._opening[self._id]

    def __repr__(self) -> str:
        """Show nothing of the keys."""
        return f"DataKeys({self._id.hex()})"

    @classmethod
    def load(cls, path: Path) -> Self:
        """Load the keys of a file.

        Raises:
            KeysError: `data-key-invalid`, or as `read_secret`.
        """
        return cls(parse_data_keys(read_secret(path)))

    @property
    def id(self) -> bytes:
        """The id of the key in use: the beginning of a digest, which tells nothing of it."""
        return self._id

    def seal(self, value: bytes, column: str) -> bytes:
        """Return a value as it is stored in a column, `table.column`."""
        nonce = os.urandom(_NONCE_BYTES)
        return _VERSION + self._id + nonce + self._sealing.encrypt(nonce, value, _BOUND + column.encode())

    def open(self, sealed: bytes, column: str) -> bytes:
        """Return what a stored value says.

        Raises:
            KeysError: `data-unreadable`: it was edited, is of another column, or its key is not in the file.
        """
        key = self._opening.get(sealed[1:_HEADER]) if sealed[:1] == _VERSION else None
        nonce, rest = sealed[_HEADER : _HEADER + _NONCE_BYTES], sealed[_HEADER + _NONCE_BYTES :]
        try:
            if key is not None and len(nonce) == _NONCE_BYTES:
                return key.decrypt(nonce, rest, _BOUND + column.encode())
        except InvalidTag:
            pass
        raise KeysError(
            "data-unreadable",
            f"Không mở được dữ liệu trong cột {column}: bị sửa, hoặc khoá dữ liệu không phải của cơ sở dữ liệu này. "
            "Hãy xem HOCBA_DATA_KEY_FILE và chạy: hocba record audit",
            f"Data in the column {column} cannot be opened: they were edited, or the data key is not this database's. "
            "Check HOCBA_DATA_KEY_FILE and run: hocba record audit",
        )

    def is_current(self, sealed: bytes) -> bool:
        """Whether the key in use sealed a value."""
        return sealed[:_HEADER] == _VERSION + self._id


def make_data_key(path: Path, key: bytes) -> None:
    """Write a new file with one key, durable when this returns.

    Raises:
        FileExistsError: a key is never overwritten: what it sealed would be lost.
    """
    write_durably(path, format_data_keys([key]), mode=0o600)
    sync_folder(path.parent)


def rotate_data_key(path: Path, key: bytes) -> None:
    """Put a new key before those of a file: the old file or the new one is there, whenever this is stopped.

    Raises:
        KeysError: as `DataKeys.load`.
    """
    keys = parse_data_keys(read_secret(path))
    unfinished = path.with_name(f".{path.name}.new")
    unfinished.unlink(missing_ok=True)
    write_durably(unfinished, format_data_keys([key, *keys]), mode=0o600)
    unfinished.rename(path)
    sync_folder(path.parent)


def format_data_keys(keys: Sequence[bytes]) -> bytes:
    """Return the file of keys, the one in use first."""
    return "".join(f"{key.hex()}\n" for key in keys).encode()


def parse_data_keys(content: bytes) -> tuple[bytes, ...]:
    """Parse a file of keys.

    Raises:
        KeysError: `data-key-invalid`.
    """
    lines = content.decode("ascii", "replace").splitlines()
    keys = tuple(bytes.fromhex(line) for line in lines if _LINE.fullmatch(line))
    if not keys or len(keys) != len(lines) or format_data_keys(keys) != content:
        raise KeysError(
            "data-key-invalid",
            "Tệp khoá dữ liệu (HOCBA_DATA_KEY_FILE) không đúng dạng: mỗi dòng 64 chữ số thập lục phân. Hãy lấy lại bản "
            "cất giữ; đừng tạo khoá mới.",
            "The file of the data key (HOCBA_DATA_KEY_FILE) is malformed: each line has 64 hexadecimal digits. Fetch "
            "the copy that is kept; do not make a new key.",
        )
    return keys


def _key_id(key: bytes) -> bytes:
    return sha256(_DOMAIN + key).digest()[:_ID_BYTES]

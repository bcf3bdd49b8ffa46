"""The key that opens backups, an age identity (X25519) that is encrypted to a passphrase; streams to it and from it.

The service knows the public half alone, its recipient `age1…`: whoever takes over its machine opens no backup. Both
files are in the format of age (https://age-encryption.org/v1), and can be opened by any program of that format.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Protocol, Self

import pyrage

from keys.secret_files import read_secret
from keys.signer import KeysError


class Source(Protocol):
    """What can be read from."""

    def read(self, size: int = -1, /) -> bytes:
        """Return at most so many bytes; none at the end."""


class Sink(Protocol):
    """What can be written to."""

    def write(self, data: bytes, /) -> int:
        """Take bytes, and return how many."""

    def flush(self) -> None:
        """Hand on what was taken."""


@dataclass(frozen=True, slots=True)
class BackupKey:
    """The identity, in memory."""

    _identity: pyrage.x25519.Identity = field(repr=False)

    @classmethod
    def make(cls) -> Self:
        """Make a new one, by the operating system's randomness."""
        return cls(pyrage.x25519.Identity.generate())

    @classmethod
    def load(cls, path: Path, *, passphrase: bytes) -> Self:
        """Open the file that `sealed` gave.

        Raises:
            KeysError: `key-file-missing`, `key-file-unreadable`, `key-file-exposed`, `passphrase-wrong`.
        """
        sealed = read_secret(path)
        try:
            text = pyrage.passphrase.decrypt(sealed, passphrase.decode("utf-8", "replace"))
            return cls(pyrage.x25519.Identity.from_str(text.decode("ascii").strip()))
        except (pyrage.DecryptError, pyrage.IdentityError, ValueError) as error:
            raise KeysError(
                "passphrase-wrong",
                f"Mật khẩu không mở được tệp {path}. Hãy kiểm tra tệp mật khẩu đi cùng khoá sao lưu này.",
                f"The passphrase does not open the file {path}. Check the passphrase file of this backup key.",
            ) from error

    @property
    def recipient(self) -> str:
        """The public half, `age1…`."""
        return str(self._identity.to_public())

    def sealed(self, passphrase: bytes) -> bytes:
        """Return the file to keep."""
        text = f"{self._identity}\n".encode("ascii")
        return bytes(pyrage.passphrase.encrypt(text, passphrase.decode("utf-8", "replace")))

    def decrypt(self, source: BinaryIO, sink: Sink) -> None:
        """Decrypt a stream; what comes out before a refusal must not be used.

        Raises:
            KeysError: `backup-key-other`, `backup-damaged`.
        """
        try:
            pyrage.decrypt_io(source, sink, [self._identity])
        except (pyrage.DecryptError, OSError) as error:
            if "No matching keys" in str(error):
                raise KeysError(
                    "backup-key-other",
                    "Bản sao lưu được mã hoá cho khoá khác. Hãy dùng đúng tệp khoá sao lưu.",
                    "The backup is encrypted to another key. Use the right backup key.",
                ) from error
            raise damaged() from error


def encrypt(source: Source, sink: Sink, recipient: str) -> None:
    """Encrypt a stream to a recipient.

    Raises:
        KeysError: `backup-recipient-invalid`.
        pyrage.EncryptError: source or sink failed.
    """
    pyrage.encrypt_io(source, sink, [_recipient(recipient)])


def check_recipient(text: str) -> None:
    """Refuse what is no recipient.

    Raises:
        KeysError: `backup-recipient-invalid`.
    """
    _recipient(text)


def damaged() -> KeysError:
    """Return the refusal of an archive that is not whole, or not as it was written."""
    return KeysError(
        "backup-damaged",
        "Bản sao lưu bị hỏng, bị sửa hoặc thiếu phần cuối; không khôi phục gì. Hãy dùng bản khác.",
        "The backup is damaged, altered or cut off; nothing was restored. Use another one.",
    )


def _recipient(text: str) -> pyrage.x25519.Recipient:
    try:
        return pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError as error:
        raise KeysError(
            "backup-recipient-invalid",
            "HOCBA_BACKUP_RECIPIENT phải là dòng age1… mà lệnh hocba keys new-backup in ra.",
            "HOCBA_BACKUP_RECIPIENT must be the line age1… that hocba keys new-backup prints.",
        ) from error

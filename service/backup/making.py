"""`hocba backup`: one encrypted file, made while the service goes on; under its name it is whole.

The file is a tar archive in an age stream (docs/adr/0014-backups.md).
"""

from __future__ import annotations

import datetime as dt
import os
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Final

import pyrage

from keys.backup_key import check_recipient, encrypt
from keys.secret_files import sync_folder
from service.backup.contents import contents
from service.backup.last import note_backup
from service.errors import ServiceError
from service.files import PRIVATE, disk_refusals, unfinished_path
from service.installation import Installation

_PART: Final = 2**20


@dataclass(frozen=True, slots=True)
class Made:
    """An archive that was written."""

    size: int
    """Bytes."""
    sha256: str
    """In hexadecimal. Whoever knows the recipient can write another archive; kept apart, this tells it."""


def make_backup(installation: Installation, out: Path) -> Made:
    """Write a backup to a new file.

    Raises:
        ServiceError: `backup-recipient-unset`, `backup-exists`, what `disk_refusals` and the database raise.
        KeysError: `backup-recipient-invalid`.
        OSError: a file cannot be read or written; nothing is left under the name.
    """
    recipient, at = installation.settings.backup_recipient, installation.now()
    if not recipient:
        raise ServiceError(
            "backup-recipient-unset",
            "Chưa đặt HOCBA_BACKUP_RECIPIENT. Hãy tạo khoá sao lưu trên máy khác: hocba keys new-backup",
            "HOCBA_BACKUP_RECIPIENT is not set. Make a backup key on another machine: hocba keys new-backup",
        )
    check_recipient(recipient)
    if out.exists():
        raise ServiceError(
            "backup-exists",
            f"Đã có {out}; không bản sao lưu nào bị ghi đè. Hãy chọn tên khác.",
            f"{out} exists; no backup is overwritten. Choose another name.",
        )
    unfinished = unfinished_path(out)
    with disk_refusals():
        try:
            made = _write(unfinished, _Archive(contents(installation, at=at), at), recipient)
            unfinished.rename(out)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
        sync_folder(out.absolute().parent)
        note_backup(installation.folder("state"), at)
    return made


def _write(path: Path, archive: _Archive, recipient: str) -> Made:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE)
    with os.fdopen(descriptor, "wb") as file:
        sink = _Sink(file)
        try:
            encrypt(archive, sink, recipient)
        except pyrage.EncryptError as error:
            # The library tells the text alone of what stopped it.
            raise (archive.failure or sink.failure or error) from None
        file.flush()
        os.fsync(file.fileno())
        return Made(file.tell(), sink.digest.hexdigest())


class _Sink:
    """Writes and digests, and remembers why it could not."""

    def __init__(self, file: BinaryIO) -> None:
        self.digest = sha256()
        self.failure: BaseException | None = None
        self._file = file

    def write(self, data: bytes, /) -> int:
        try:
            self.digest.update(data)
            return self._file.write(data)
        except BaseException as error:
            self.failure = error
            raise

    def flush(self) -> None:
        """Hand on what was taken."""


class _Archive:
    """A tar archive that is made while it is read."""

    def __init__(self, members: Iterator[tuple[str, BinaryIO]], at: dt.datetime) -> None:
        self.failure: BaseException | None = None
        self._parts = _tar(members, int(at.timestamp()))
        self._rest = memoryview(b"")

    def read(self, size: int = -1, /) -> bytes:
        try:
            if not self._rest:
                self._rest = memoryview(next(self._parts, b""))
        except BaseException as error:
            self.failure = error
            raise
        taken = self._rest if size < 0 else self._rest[:size]
        self._rest = self._rest[len(taken) :]
        return bytes(taken)


def _tar(members: Iterator[tuple[str, BinaryIO]], at: int) -> Iterator[bytes]:
    for name, file in members:
        info = tarfile.TarInfo(name)
        info.size = file.seek(0, os.SEEK_END)
        info.mode, info.mtime = PRIVATE, at
        file.seek(0)
        yield info.tobuf(tarfile.PAX_FORMAT)
        left = info.size
        while left:
            part = file.read(min(left, _PART))
            if not part:
                raise OSError(None, "a file became shorter while it was read", name)
            left -= len(part)
            yield part
        if rest := info.size % tarfile.BLOCKSIZE:
            yield bytes(tarfile.BLOCKSIZE - rest)
    yield bytes(2 * tarfile.BLOCKSIZE)

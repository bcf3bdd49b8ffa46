"""Writing files so that a crash leaves the old one or the new one, never a half.

Temp file, fsync, rename, fsync of the folder. The temp file's name is known beforehand: what a crash leaves behind is
overwritten by the next try, or removed by its name.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EDQUOT, EIO, ENOSPC, EROFS
from pathlib import Path

from keys.secret_files import sync_folder
from service.errors import DiskFullError, ServiceError

PUBLIC, PRIVATE = 0o644, 0o600


def replace_file(path: Path, content: bytes, *, mode: int, unfinished: Path | None = None) -> None:
    """Write `content` to `path`, durable when this returns; the same content again changes nothing that matters.

    Until then it lies in `unfinished`, which is on the same disk; by default beside the target.
    """
    unfinished = unfinished or unfinished_path(path)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)
    sync_folder(path.parent)


def unfinished_path(path: Path) -> Path:
    """Return where the content of a file lies until it is whole."""
    return path.with_name(f".{path.name}.tmp")


def make_folder(path: Path) -> None:
    """Make a folder and those above it, each durable in the one that holds it."""
    if not path.is_dir():
        make_folder(path.parent)
        path.mkdir(exist_ok=True)
    # Also where it was there: whoever made it may have died before its name was on disk. Those above it had theirs.
    sync_folder(path.parent)


@contextmanager
def disk_refusals() -> Iterator[None]:
    """Say in one sentence that the disk is full or fails; what was begun is finished by asking again.

    Raises:
        DiskFullError: there is no space left.
        ServiceError: `disk-failing`.
    """
    try:
        yield
    except OSError as error:
        if error.errno in {ENOSPC, EDQUOT}:
            raise DiskFullError from error
        if error.errno in {EIO, EROFS}:
            raise ServiceError(
                "disk-failing",
                f"Đĩa báo lỗi khi đọc hoặc ghi ({error.strerror}). Chưa có gì bị mất; hãy kiểm tra đĩa rồi chạy lại.",
                f"The disk fails to read or write ({error.strerror}). Nothing was lost; check the disk, then run this "
                "again.",
            ) from error
        raise

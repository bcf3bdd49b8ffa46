"""Files: reading one that somebody else chose, and writing one so that a crash leaves the old or the new."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


def read_regular_file(path: Path, limit: int) -> bytes:
    """Return at most `limit` + 1 bytes: one more than allowed tells that a file is too large.

    Raises:
        OSError: it cannot be read, or is a pipe, a device or a folder.
    """
    with open_regular_file(path) as file:
        return file.read(limit + 1)


@contextmanager
def open_regular_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file that somebody else chose.

    Raises:
        OSError: it cannot be read, or is a pipe, a device or a folder.
    """
    # Without O_NONBLOCK, opening a pipe would wait for somebody to write into it.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(22, "not a regular file", str(path))
        yield file


def replace_file(path: Path, data: bytes) -> None:
    """Write a file under its name in one step, its folders made. Its name is durable after `sync_folder`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.tmp")
    with unfinished.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)


def sync_file(path: Path) -> None:
    """Make the bytes of a file that is already written durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

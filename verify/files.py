"""Reading a file that somebody else chose: a regular file, of a bounded size, without waiting."""

from __future__ import annotations

import os
import stat
from pathlib import Path


def read_regular_file(path: Path, limit: int) -> bytes:
    """Return at most `limit` + 1 bytes: one more than allowed tells that a file is too large.

    Raises:
        OSError: it cannot be read, or is a pipe, a device or a folder.
    """
    # Without O_NONBLOCK, opening a pipe would wait for somebody to write into it.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(22, "not a regular file", str(path))
        return file.read(limit + 1)

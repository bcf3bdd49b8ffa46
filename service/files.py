"""Writing files so that a crash leaves the old one or the new one, never a half.

Temp file, fsync, rename, fsync of the folder. The temp file's name is derived from the target's: what a crash
leaves behind is overwritten by the next try.
"""

from __future__ import annotations

import os
from pathlib import Path

from keys.secret_files import sync_folder

PUBLIC, PRIVATE = 0o644, 0o600


def replace_file(path: Path, content: bytes, *, mode: int) -> None:
    """Write `content` to `path`, durable when this returns; the same content again changes nothing that matters."""
    unfinished = path.with_name(f".{path.name}.tmp")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)
    sync_folder(path.parent)


def make_folder(path: Path) -> None:
    """Make a folder and those above it, each durable in the one that holds it."""
    if not path.is_dir():
        make_folder(path.parent)
        path.mkdir(exist_ok=True)
        sync_folder(path.parent)

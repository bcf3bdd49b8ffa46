"""Processes that a test began, as the kernel lists them."""

from __future__ import annotations

import array
import fcntl
import os
import re
import termios
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path


def descendants(pid: int) -> Iterator[int]:
    """Yield the processes that a process began, and those that these began."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    found = [pid]
    for parent in found:  # grows while it is walked
        found += [child for child, its in parents.items() if its == parent]
    yield from found[1:]


def words(pid: int) -> list[str]:
    """Return the command of a process; nothing where it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8", errors="replace").split("\0")
    except OSError:
        return []


def megabytes(pids: Iterable[int]) -> int:
    """Return what processes have in memory together."""
    pages = 0
    for pid in pids:
        with suppress(OSError):
            pages += int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 2**20


def may_open_nothing(pid: int) -> bool:
    """Whether a process waits for something, and can open no file any more."""
    try:
        limits = Path(f"/proc/{pid}/limits").read_text(encoding="ascii")
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(") ")[2][0]
    except OSError:
        return False
    return state == "S" and re.search(r"^Max open files +0 ", limits, re.MULTILINE) is not None


def has_unread_input(pid: int) -> bool:
    """Whether something has been written to a process that it has not read yet."""
    waiting = array.array("i", [0])
    descriptor = os.open(f"/proc/{pid}/fd/0", os.O_RDONLY | os.O_NONBLOCK)
    try:
        fcntl.ioctl(descriptor, termios.FIONREAD, waiting)
    finally:
        os.close(descriptor)
    return waiting[0] > 0

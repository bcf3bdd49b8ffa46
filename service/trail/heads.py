"""Heads of the schools' trails, noted outside the database: what was there at a number can never be otherwise again.

One line a school, `SCHOOL NUMBER HEAD`, in a file of the `state/` folder that is replaced as a whole. The same lines,
kept by somebody else (an inspector, the Sở), are compared by `hocba trail audit --heads`.
"""

from __future__ import annotations

import fcntl
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from schemas.change_trail import Actor
from service.errors import ServiceError
from service.files import PRIVATE, replace_file
from service.storage.register import Register

TRAIL_HEADS = "trail-heads"
_LINE = re.compile(r"([0-9A-Z][0-9A-Z-]{0,19}) ([1-9][0-9]{0,15}) ([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class SchoolHead:
    """That a school's trail had this head at this number."""

    school: str
    number: int
    head: str


def format_heads(heads: Iterable[SchoolHead]) -> str:
    """Return the lines, by school."""
    ordered = sorted(heads, key=lambda one: one.school)
    return "".join(f"{one.school} {one.number} {one.head}\n" for one in ordered)


def parse_heads(text: str) -> tuple[SchoolHead, ...]:
    """Parse the lines; they must be exactly what `format_heads` gives back.

    Raises:
        ServiceError: `trail-heads-invalid`.
    """
    found = [_LINE.fullmatch(line) for line in text.splitlines()]
    heads = tuple(SchoolHead(one[1], int(one[2]), one[3]) for one in found if one)
    if format_heads(heads) != text or len({one.school for one in heads}) != len(heads):
        raise ServiceError(
            "trail-heads-invalid",
            "Tệp đầu vết thay đổi không đúng dạng; mỗi dòng gồm mã trường, số và 64 chữ số thập lục phân.",
            "The file of the trails' heads is malformed; each line has a school, a number and 64 hexadecimal digits.",
        )
    return heads


class NotedHeads:
    """The heads that this installation has noted."""

    def __init__(self, state: Path) -> None:
        self._path = state / TRAIL_HEADS

    def read(self) -> dict[str, SchoolHead]:
        """Return them by school.

        Raises:
            ServiceError: `trail-heads-invalid`: somebody edited the file.
        """
        if not self._path.exists():
            return {}
        return {
            one.school: one for one in parse_heads(self._path.read_text(encoding="ascii", errors="replace"))
        }

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let one process at a time look and note."""
        with self._path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def write(self, heads: Iterable[SchoolHead]) -> None:
        """Note them, in the place of what was noted."""
        replace_file(self._path, format_heads(heads).encode(), mode=PRIVATE)


def note_heads(register: Register, noted: NotedHeads) -> None:
    """Note the heads as they are. Where a trail does not go on from what was noted, that stays: it is the evidence."""
    with noted.alone():
        known = noted.read()
        fresh = dict(known)
        for school, (number, head) in register.school_trails().items():
            if _goes_on(register, known.get(school), number):
                fresh[school] = SchoolHead(school, number, head)
        if fresh != known:
            noted.write(fresh.values())


def acknowledge_lost(register: Register, noted: NotedHeads, *, actor: Actor, at: int) -> None:
    """Where a backup took the place of the database, let each trail say that its end was lost, and go on from there."""
    with noted.alone():
        known, found = noted.read(), register.school_trails()
        lost = [one for one in known.values() if found.get(one.school, (0, ""))[0] < one.number]
        for one in lost:
            register.note_restored(one.school, one.number, actor=actor, at=at)
        after = register.school_trails()
        mended = {one.school: SchoolHead(one.school, *after[one.school]) for one in lost}
        if mended:
            noted.write((known | mended).values())


def _goes_on(register: Register, noted: SchoolHead | None, number: int) -> bool:
    if noted is None:
        return True
    there = register.trail_entry(noted.school, noted.number)
    return there is not None and there.school_head == noted.head and number >= noted.number

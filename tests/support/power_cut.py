"""What a power cut takes from the files of a folder: whatever was not synced before it.

A killed process leaves everything that it wrote, since the kernel still has it; a machine without power leaves what was
synced. A `Disk` stands between a program and its folder: it tells each step that matters before it is done, and notes
what is not durable yet. The notes outlive the process, as the kernel does, and `cut_power` undoes what they name: the
worst that the disk may do.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

_NOTES = "pending.json"


class StepKind(StrEnum):
    """What a step does."""

    FSYNC = "fsync"
    RENAME = "rename"
    UNLINK = "unlink"
    MKDIR = "mkdir"
    WRITE = "write"
    COMMIT = "commit"
    SIGN = "sign"
    ACKNOWLEDGE = "acknowledge"


@dataclass(frozen=True, slots=True)
class _Pending:
    """Something done that a power cut undoes, until `folder` is synced (for a write: the file at `path`)."""

    kind: StepKind
    path: str
    folder: str
    source: str = ""
    kept: str = ""
    """A link to what a rename or an unlink took away."""


class Disk:
    """Tells of each step that a process does to the files below `folder`, and keeps what is not durable."""

    def __init__(
        self,
        folder: Path,
        notes: Path,
        *,
        before: Callable[[StepKind, str], None],
        renamed: Callable[[Path], None],
    ) -> None:
        """Read the notes that an earlier process left in the folder `notes`.

        Args:
            folder: the files that are looked at.
            notes: a folder on the same disk, outside the other.
            before: called before each step, with what it is done to; it may raise, or end the process.
            renamed: called with each name that came to be.
        """
        self._folder, self._notes = os.path.realpath(folder), notes
        self._before, self._renamed = before, renamed
        self._pending = _read(notes)
        self._real = {name: getattr(os, name) for name in ("open", "fsync", "rename", "unlink", "mkdir")}

    def install(self) -> None:
        """Stand between this process and its files from here on; for a child that ends soon."""
        for name in self._real:
            setattr(os, name, getattr(self, f"_{name}"))

    def save(self) -> None:
        """Write down what is not durable, for the next process and for `cut_power`."""
        notes = json.dumps([asdict(one) for one in self._pending])
        (self._notes / _NOTES).write_text(notes)

    def _open(self, path: Any, flags: int, *arguments: Any, **named: Any) -> int:
        descriptor: int = self._real["open"](path, flags, *arguments, **named)
        where = os.path.realpath(path)
        if flags & os.O_TRUNC and self._holds(where):
            self._note(StepKind.WRITE, where, where)
        return descriptor

    def _fsync(self, descriptor: int) -> None:
        where = str(Path(f"/proc/self/fd/{descriptor}").readlink())
        if self._holds(where):
            # No need to wait for the real disk: here the notes decide what is durable.
            self._before(StepKind.FSYNC, self._short(where))
        else:
            self._real["fsync"](descriptor)
        is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        self._pending = [
            one for one in self._pending if one.folder != where or (one.kind is StepKind.WRITE) == is_folder
        ]

    def _rename(self, source: Any, target: Any) -> None:
        where, old = os.path.realpath(target), os.path.realpath(source)
        if not self._holds(where):
            self._real["rename"](source, target)
            return
        self._before(StepKind.RENAME, self._short(where))
        kept = self._keep(where)
        self._real["rename"](source, target)
        self._pending = [
            _Pending(one.kind, where, where) if (one.kind, one.path) == (StepKind.WRITE, old) else one
            for one in self._pending
        ]
        self._note(StepKind.RENAME, where, str(Path(where).parent), source=old, kept=kept)
        self._renamed(Path(where))

    def _unlink(self, path: Any, **named: Any) -> None:
        where = os.path.realpath(path)
        if self._holds(where) and Path(where).exists():
            self._before(StepKind.UNLINK, self._short(where))
            kept = self._keep(where)
            self._real["unlink"](path, **named)
            self._note(StepKind.UNLINK, where, str(Path(where).parent), kept=kept)
        else:
            self._real["unlink"](path, **named)

    def _mkdir(self, path: Any, *arguments: Any, **named: Any) -> None:
        where = os.path.realpath(path)
        if self._holds(where):
            self._before(StepKind.MKDIR, self._short(where))
        self._real["mkdir"](path, *arguments, **named)
        if self._holds(where):
            self._note(StepKind.MKDIR, where, str(Path(where).parent))

    def _holds(self, path: str) -> bool:
        return path.startswith(f"{self._folder}/")

    def _short(self, path: str) -> str:
        return os.path.relpath(path, self._folder)

    def _note(self, kind: StepKind, path: str, folder: str, *, source: str = "", kept: str = "") -> None:
        self._pending.append(_Pending(kind, path, folder, source, kept))

    def _keep(self, path: str) -> str:
        """Link to a file that is about to go; returns nothing where there is none."""
        if not Path(path).exists():
            return ""
        number = len(list(self._notes.glob("kept-*")))
        kept = self._notes / f"kept-{number}"
        os.link(path, kept)
        return str(kept)


def cut_power(notes: Path) -> None:
    """Undo, last first, whatever the notes say is not durable; afterwards nothing is pending."""
    pending = _read(notes)
    for one in pending:
        if one.kind is StepKind.WRITE and Path(one.path).is_file():
            # Only a part of it reached the disk.
            os.truncate(one.path, Path(one.path).stat().st_size // 2)
    for one in reversed(pending):
        path = Path(one.path)
        match one.kind:
            case StepKind.RENAME if path.exists():
                path.rename(one.source)
                if one.kept:
                    os.link(one.kept, path)
            case StepKind.UNLINK if one.kept and path.parent.is_dir() and not path.exists():
                os.link(one.kept, path)
            case StepKind.MKDIR:
                shutil.rmtree(path, ignore_errors=True)
            case _:
                pass
    (notes / _NOTES).unlink(missing_ok=True)


def _read(notes: Path) -> list[_Pending]:
    file = notes / _NOTES
    if not file.exists():
        return []
    return [_Pending(**one | {"kind": StepKind(one["kind"])}) for one in json.loads(file.read_text())]

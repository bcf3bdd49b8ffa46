"""The sandbox: hostile bytes are parsed only in a child process that can be killed.

The child has all it needs in memory before the first file: from then on it can open no file and no connection
(RLIMIT_NOFILE 0), write nothing, and has limits on memory, processor and wall time. A child that breaks any of them is
killed, and the file it was given is unreadable. Children are kept between files, a few at most.

Nothing is imported late either: parsers catch what goes wrong with a file, a module that cannot be opened any more too,
and read on, another document than the same parser reads without limits.
"""

from __future__ import annotations

import base64
import codecs
import contextlib
import datetime as dt
import io
import json
import os
import resource
import selectors
import struct
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import BinaryIO, NoReturn

from verify.extraction import extract
from verify.photo import FORMATS, read_codes

MEMORY_BYTES = 512 * 1024 * 1024
CPU_SECONDS = 4
WALL_SECONDS = 6.0
_FILES_PER_CHILD = 500
_NICENESS = 5
"""Whoever answers look-ups goes before those who read files."""
_START_SECONDS = 30.0
_LENGTH = struct.Struct(">I")
_QUESTION = struct.Struct(">cI")
_PDF, _PHOTO = b"D", b"Q"
_MAX_ANSWER = 2 * 1024 * 1024
_READY = b"ready"
_CODECS = ("ascii", "latin-1", "utf-8", "utf-16", "utf-16be", "utf-16le", "gbk", "charmap")
"""What strings and names of a PDF are decoded by; Python loads each when it is first named."""


class SandboxError(Exception):
    """The file was not parsed: it is no PDF, or it made the parser fail, spin or swell."""


class SandboxBusyError(Exception):
    """No child was free for the file: nothing is known of it, and nothing is wrong with it."""


@dataclass(frozen=True, slots=True)
class Extraction:
    """What was read out of a PDF."""

    fields: tuple[str, ...]
    """Names of the signature fields that are ours."""
    data: bytes | None
    """The attached transcript.json."""
    claimed_time: dt.datetime | None
    """What the last of our signatures claims as its time."""


class LateImportError(BaseException):
    """Something was to be imported after the first file; no `except Exception` of a parser catches this."""


class Sandbox:
    """Hands files to children. Safe to share between threads.

    Unknown bytes have so many children at a time. One more is left to bytes that the record knows, whatever strangers
    send; whatever becomes of a child, the next one is started beside, so that no file waits for its own parser.
    """

    def __init__(self, children: int = 2, *, patience: float | None = None) -> None:
        """Start no child yet.

        Args:
            children: how many read unknown bytes at a time.
            patience: for how many seconds a file waits for a child, as many files at a time as there are children;
                None: for as long as it takes.
        """
        self._children, self._patience = children, patience
        self._changed = threading.Condition()
        self._idle: list[_Child] = []
        self._alive = 0
        """Children that are idle, at work or being started."""
        self._unknown = self._waiting = 0
        """Unknown files in a child, and those that wait for one."""
        self._cannot_start = False
        # Whoever forgets to close a sandbox still leaves no child behind.
        weakref.finalize(self, _end_children, self._idle)

    def extract(self, pdf: bytes, *, known: bool = False) -> Extraction:
        """Parse one file; `known` are bytes that the record knows.

        Raises:
            SandboxError: it was not parsed.
            SandboxBusyError: no child was free.
        """
        return _parse_answer(self._ask(_PDF, pdf, known=known))

    def read_codes(self, photo: bytes) -> tuple[str, ...]:
        """Return the texts of the QR codes in a photo.

        Raises:
            SandboxError: it was not decoded.
            SandboxBusyError: no child was free.
        """
        try:
            return tuple(str(text) for text in json.loads(self._ask(_PHOTO, photo, known=False)))
        except (ValueError, TypeError) as error:
            raise SandboxError from error

    def prepare(self) -> None:
        """Have every child ready before the first file.

        Raises:
            SandboxBusyError: none can be started.
        """
        with self._changed:
            for _ in range(self._most - self._alive):
                self._start()
            self._wait(lambda: len(self._idle) == self._most, _START_SECONDS)

    def close(self) -> None:
        """End the idle children."""
        with self._changed:
            self._alive -= _end_children(self._idle)

    @property
    def _most(self) -> int:
        return self._children + 1

    def _ask(self, kind: bytes, data: bytes, *, known: bool) -> bytes:
        child = self._take(known=known)
        try:
            answer = child.ask(kind, data)
        except BaseException:
            self._give_back(child, known=known, is_spent=True)
            raise
        self._give_back(child, known=known, is_spent=child.files >= _FILES_PER_CHILD)
        if not answer:
            raise SandboxError
        return answer

    def _take(self, *, known: bool) -> _Child:
        with self._changed:
            if not known and self._patience is not None and self._waiting >= self._children:
                raise SandboxBusyError
            if not self._idle and self._alive < self._most:
                self._start()
            self._waiting += not known
            try:
                self._wait(
                    lambda: bool(self._idle) and (known or self._unknown < self._children), self._patience
                )
            finally:
                self._waiting -= not known
            self._unknown += not known
            return self._idle.pop()

    def _wait(self, is_met: Callable[[], bool], seconds: float | None) -> None:
        self._cannot_start = False
        self._changed.wait_for(lambda: is_met() or self._cannot_start, seconds)
        if not is_met():
            raise SandboxBusyError

    def _give_back(self, child: _Child, *, known: bool, is_spent: bool) -> None:
        if is_spent:
            child.kill()
        with self._changed:
            self._unknown -= not known
            if is_spent:
                self._alive -= 1
                self._start()
            else:
                self._idle.append(child)
            self._changed.notify_all()

    def _start(self) -> None:
        self._alive += 1
        threading.Thread(target=self._bring_child, daemon=True).start()

    def _bring_child(self) -> None:
        try:
            child = _Child()
        except (SandboxError, OSError):
            child = None
        with self._changed:
            if child is None:
                self._alive -= 1
                self._cannot_start = True
            else:
                self._idle.append(child)
            self._changed.notify_all()


def _end_children(idle: list[_Child]) -> int:
    ended = 0
    while idle:
        idle.pop().kill()
        ended += 1
    return ended


class _Child:
    def __init__(self) -> None:
        self.files = 0
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-m", "verify.sandbox"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            bufsize=0,
        )
        try:
            is_ready = self._exchange(b"", monotonic() + _START_SECONDS) == _READY
        except SandboxError:
            is_ready = False
        if not is_ready:
            self.kill()
            raise SandboxError

    def ask(self, kind: bytes, data: bytes) -> bytes:
        self.files += 1
        return self._exchange(_QUESTION.pack(kind, len(data)) + data, monotonic() + WALL_SECONDS)

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()

    def _exchange(self, question: bytes, deadline: float) -> bytes:
        """Write the question and read one answer, both before the deadline; a child may stall at either."""
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise SandboxError
        os.set_blocking(stdin.fileno(), False)
        os.set_blocking(stdout.fileno(), False)
        left, answer = memoryview(question), b""
        with selectors.DefaultSelector() as selector:
            selector.register(stdout, selectors.EVENT_READ)
            if left:
                selector.register(stdin, selectors.EVENT_WRITE)
            while len(answer) < _LENGTH.size or len(answer) < _LENGTH.size + _LENGTH.unpack_from(answer)[0]:
                ready = selector.select(max(0.0, deadline - monotonic()))
                if not ready or len(answer) > _MAX_ANSWER:
                    raise SandboxError
                for key, events in ready:
                    if events & selectors.EVENT_WRITE:
                        left = left[_write_some(stdin.fileno(), left) :]
                        if not left:
                            selector.unregister(stdin)
                    elif not (read := os.read(stdout.fileno(), 65536)):
                        raise SandboxError
                    else:
                        answer += read
                    del key
        return answer[_LENGTH.size :]


def _write_some(descriptor: int, data: memoryview) -> int:
    try:
        return os.write(descriptor, data[:65536])
    except BrokenPipeError:
        raise SandboxError from None


def _parse_answer(answer: bytes) -> Extraction:
    # The child read a hostile file; its answer is believed no more than the file itself.
    try:
        value = json.loads(answer)
        claimed = value["claimed"]
        return Extraction(
            fields=tuple(str(name) for name in value["fields"]),
            data=None if value["data"] is None else base64.b64decode(value["data"], validate=True),
            claimed_time=None
            if claimed is None
            else dt.datetime.strptime(claimed, "%Y%m%d%H%M%S").replace(tzinfo=dt.UTC),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise SandboxError from error


def _serve(stdin: BinaryIO, stdout: BinaryIO) -> None:
    """Answer files until the parent goes away."""
    _warm_up()
    refuse_imports()
    os.nice(_NICENESS)
    for limit, value in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 0),
    ):
        resource.setrlimit(limit, (value, value))
    _answer(stdout, _READY)
    while len(header := stdin.read(_QUESTION.size)) == _QUESTION.size:
        kind, length = _QUESTION.unpack(header)
        data = stdin.read(length)
        used = resource.getrusage(resource.RUSAGE_SELF)
        limit_cpu = int(used.ru_utime + used.ru_stime) + CPU_SECONDS
        resource.setrlimit(resource.RLIMIT_CPU, (limit_cpu, resource.RLIM_INFINITY))
        try:
            answer = (read_codes(data) if kind == _PHOTO else extract(data)).encode()
        except (Exception, LateImportError):  # noqa: BLE001 - whatever a parser raises, the file is unreadable
            answer = b""
        _answer(stdout, answer)


def refuse_imports() -> None:
    """Have every import of a module that is not loaded yet raise `LateImportError`, in the whole process."""
    sys.meta_path.insert(0, _NothingMore())


class _NothingMore:
    """A finder of modules that finds none, and lets nobody look further."""

    def find_spec(self, name: str, _path: object = None, _target: object = None) -> NoReturn:
        raise LateImportError(name)


def _warm_up() -> None:
    # Parsers import parts of themselves late, and later nothing can be opened any more.
    for name in _CODECS:
        codecs.lookup(name)
    import pypdf.filters  # noqa: PLC0415
    import pypdf.generic  # noqa: PLC0415
    from PIL import Image  # noqa: PLC0415

    with contextlib.suppress(Exception):
        extract(b"%PDF-1.4\n")
    for kind in FORMATS:
        picture = io.BytesIO()
        Image.new("L", (32, 32)).save(picture, kind)
        read_codes(picture.getvalue())
    del pypdf


def _answer(stdout: BinaryIO, answer: bytes) -> None:
    stdout.write(_LENGTH.pack(len(answer)) + answer)
    stdout.flush()


if __name__ == "__main__":
    import logging

    logging.disable()
    _serve(sys.stdin.buffer, sys.stdout.buffer)

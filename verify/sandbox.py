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
import queue
import resource
import selectors
import struct
import subprocess
import sys
import threading
import weakref
from dataclasses import dataclass
from time import monotonic
from typing import BinaryIO, NoReturn

from verify.extraction import extract
from verify.photo import FORMATS, read_codes

MEMORY_BYTES = 512 * 1024 * 1024
CPU_SECONDS = 4
WALL_SECONDS = 6.0
_FILES_PER_CHILD = 500
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
    """Hands files to children. Safe to share between threads."""

    def __init__(self, children: int = 2) -> None:
        self._slots = threading.BoundedSemaphore(children)
        self._idle: queue.LifoQueue[_Child] = queue.LifoQueue()
        # Whoever forgets to close a sandbox still leaves no child behind.
        weakref.finalize(self, _end_children, self._idle)

    def extract(self, pdf: bytes) -> Extraction:
        """Parse one file.

        Raises:
            SandboxError: it was not parsed.
        """
        return _parse_answer(self._ask(_PDF, pdf))

    def read_codes(self, photo: bytes) -> tuple[str, ...]:
        """Return the texts of the QR codes in a photo.

        Raises:
            SandboxError: it was not decoded.
        """
        try:
            return tuple(str(text) for text in json.loads(self._ask(_PHOTO, photo)))
        except (ValueError, TypeError) as error:
            raise SandboxError from error

    def close(self) -> None:
        """End the idle children."""
        _end_children(self._idle)

    def _ask(self, kind: bytes, data: bytes) -> bytes:
        with self._slots:
            child = self._take()
            try:
                answer = child.ask(kind, data)
            except BaseException:
                child.kill()
                raise
            if child.files < _FILES_PER_CHILD:
                self._idle.put(child)
            else:
                child.kill()
        if not answer:
            raise SandboxError
        return answer

    def _take(self) -> _Child:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            return _Child()


def _end_children(idle: queue.LifoQueue[_Child]) -> None:
    with contextlib.suppress(queue.Empty):
        while True:
            idle.get_nowait().kill()


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
        if self._exchange(b"", monotonic() + _START_SECONDS) != _READY:
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

"""Hostile files end in the sandbox: it spins, swells or dies, and the next file is read as if nothing had been."""

from __future__ import annotations

import io
import os
import signal
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pytest

from tests.support.demonstration import Demonstration
from verify.sandbox import WALL_SECONDS, Sandbox, SandboxError


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A sandbox of one child."""
    made = Sandbox(children=1)
    yield made
    made.close()


def pdf_with_attachment(raw: bytes) -> bytes:
    """Return a PDF whose transcript.json is this deflated stream."""
    pdf = pikepdf.new()
    pdf.add_blank_page()
    stream = pikepdf.Stream(pdf, raw, Filter=pikepdf.Name.FlateDecode)
    specification = pdf.make_indirect(
        pikepdf.Dictionary(Type=pikepdf.Name.Filespec, EF=pikepdf.Dictionary(F=stream))
    )
    pdf.Root.Names = pikepdf.Dictionary(
        EmbeddedFiles=pikepdf.Dictionary(Names=pikepdf.Array(["transcript.json", specification]))
    )
    target = io.BytesIO()
    pdf.save(target, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)
    return target.getvalue()


def looping_tree() -> bytes:
    """Return a PDF whose name tree is its own child."""
    pdf = pikepdf.new()
    pdf.add_blank_page()
    node = pdf.make_indirect(pikepdf.Dictionary())
    node.Kids = pikepdf.Array([node, node])
    pdf.Root.Names = pikepdf.Dictionary(EmbeddedFiles=node)
    target = io.BytesIO()
    pdf.save(target)
    return target.getvalue()


HOSTILE = {
    "bomb": pdf_with_attachment(zlib.compress(bytes(1_500_000_000), level=9)),
    "loop": looping_tree(),
    "rubbish": b"%PDF-1.7\n" + bytes(range(256)) * 2000,
    "deep": b"%PDF-1.4\n1 0 obj\n"
    + b"[" * 200_000
    + b"]" * 200_000
    + b"\nendobj\ntrailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_file_is_refused_in_bounded_time(
    sandbox: Sandbox, released: Demonstration, name: str
) -> None:
    """A bomb, a loop, rubbish and depth are each unreadable within the wall time, and the next file is read."""
    started = time.monotonic()
    with pytest.raises(SandboxError):
        sandbox.extract(HOSTILE[name])
    assert time.monotonic() - started < WALL_SECONDS + 2
    assert sandbox.extract(released.pdf()).fields == ("HieuTruong", "NhaTruong")


def test_child_opens_nothing(sandbox: Sandbox, released: Demonstration) -> None:
    """Once it reads files, a child cannot open a file or a connection any more, and it may be killed."""
    assert sandbox.extract(released.pdf()).data is not None
    child = sandbox._idle.queue[0]  # noqa: SLF001 - the limits are the promise under test
    pid = child._process.pid  # noqa: SLF001
    limits = Path(f"/proc/{pid}/limits").read_text()
    assert "Max open files            0                    0" in limits
    assert "Max file size             0                    0" in limits
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(SandboxError):
        sandbox.extract(released.pdf())
    assert sandbox.extract(released.pdf()).data is not None

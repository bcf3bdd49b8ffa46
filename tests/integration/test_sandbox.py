"""Hostile files end in the sandbox: it spins, swells or dies, and the next file is read as if nothing had been."""

from __future__ import annotations

import base64
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import partial
from pathlib import Path
from typing import NoReturn

import pikepdf
import pytest

from tests.support.attacks.material import Material
from tests.support.attacks.mixed_tables import MIXED
from tests.support.demonstration import Demonstration
from tests.support.processes import has_unread_input
from verify.extraction import extract
from verify.sandbox import CPU_SECONDS, WALL_SECONDS, Sandbox, SandboxBusyError, SandboxError


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A sandbox of one child."""
    made = Sandbox(children=1)
    yield made
    made.close()


@pytest.fixture(scope="module")
def hybrid(_demonstration: Demonstration, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A signed file that is another to a reader of tables, and to one that searches for objects by itself."""
    material = Material.make(_demonstration.copy(tmp_path_factory.mktemp("sandbox") / "data"))
    return MIXED["stolen-keys-hybrid-each-reader-its-own-data"](material)


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


@pytest.mark.parametrize(
    "entry",
    [b"/ID [<fffe41004200> <fffe41004200>]", b"/ID [<feff00410042> <00410042>]", b"/ID [<41004200> <efbbbf41>]",
     b"/#e4#b8#ad#ff 1", b"/#d6#d0 1", b"/A (\\377\\376A\\000)"],
)  # fmt: skip
def test_child_reads_as_without_limits(sandbox: Sandbox, hybrid: bytes, entry: bytes) -> None:
    """Whatever its trailer is written in, a file is the same in the child as to the parser alone.

    A parser that stumbles over the trailer looks for objects by itself, and takes another attachment.
    """
    before, mark, trailer = hybrid.rpartition(b"trailer\n")
    pdf = before + mark + re.sub(rb"/ID *\[.*?\]", lambda _: entry, trailer)
    assert sandbox.extract(pdf).data == base64.b64decode(json.loads(extract(pdf))["data"]) == b'{"a":1}'


def test_late_import_ends_the_reading() -> None:
    """No parser can pass over a module that cannot be loaded any more."""
    program = (
        "from verify import sandbox\nsandbox.refuse_imports()\n"
        "try:\n  import this\nexcept Exception:\n  print('read on')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "LateImportError: this" in done.stderr


def test_child_opens_nothing(sandbox: Sandbox, released: Demonstration) -> None:
    """Once it reads files, a child cannot open a file or a connection any more, and it may be killed."""
    assert sandbox.extract(released.pdf()).data is not None
    child = sandbox._idle[-1]  # noqa: SLF001 - the limits are the promise under test
    pid = child._process.pid  # noqa: SLF001
    limits = Path(f"/proc/{pid}/limits").read_text()
    assert "Max open files            0                    0" in limits
    assert "Max file size             0                    0" in limits
    assert f"Max address space         {512 << 20}            {512 << 20}            bytes" in limits
    soft = int(next(line for line in limits.splitlines() if line.startswith("Max cpu time")).split()[3])
    used = sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]))
    assert soft <= used / os.sysconf("SC_CLK_TCK") + CPU_SECONDS
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(SandboxError):
        sandbox.extract(released.pdf())
    assert sandbox.extract(released.pdf()).data is not None


def test_unknown_file_that_finds_no_child_is_told_so(released: Demonstration) -> None:
    """While a stranger's file holds the one child that it may have, another is busy's, and a known one is read."""
    sandbox = Sandbox(children=1, patience=0.01)
    sandbox.prepare()
    held = sandbox._idle[-1]._process.pid  # noqa: SLF001 - the one that is taken next
    os.kill(held, signal.SIGSTOP)
    with ThreadPoolExecutor() as pool:
        try:
            first = pool.submit(sandbox.extract, released.pdf())
            while not has_unread_input(held):
                pass
            with pytest.raises(SandboxBusyError):
                sandbox.extract(released.pdf())
            assert sandbox.extract(released.pdf(), known=True).data is not None
            assert not first.done()
        finally:
            os.kill(held, signal.SIGCONT)
        assert first.result().data is not None
    sandbox.close()


def test_few_files_wait_for_a_child(released: Demonstration) -> None:
    """However patient, no more files wait than there are children for them: the next is told at once."""
    sandbox = Sandbox(children=1, patience=3600)
    sandbox.prepare()
    held = sandbox._idle[-1]._process.pid  # noqa: SLF001
    os.kill(held, signal.SIGSTOP)
    with ThreadPoolExecutor() as pool:
        try:
            files = [pool.submit(sandbox.extract, released.pdf()) for _ in range(3)]
            refused = next(as_completed(files))
            assert isinstance(refused.exception(), SandboxBusyError)
        finally:
            os.kill(held, signal.SIGCONT)
        assert [one.result().data is not None for one in files if one is not refused] == [True, True]
    sandbox.close()


def test_sandbox_without_children_says_so(released: Demonstration, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no child can be started, a file is neither waited for without end nor called unreadable."""

    def cannot() -> NoReturn:
        raise OSError

    monkeypatch.setattr("verify.sandbox._Child", cannot)
    for ask in (Sandbox().prepare, partial(Sandbox().extract, released.pdf())):
        with pytest.raises(SandboxBusyError):
            ask()

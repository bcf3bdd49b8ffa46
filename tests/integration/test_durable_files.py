"""Files on their way to the disk, as the kernel sees them: the order of the calls, and what a failing one leaves."""

from __future__ import annotations

import re
import secrets
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from service.demo import SCHOOL_YEAR, set_up
from service.sample import DEMO_SCHOOL, sample_class

ROOT = Path(__file__).parents[2]
MAKE_FOLDER = """
import sys
from pathlib import Path
from service.files import make_folder
make_folder(Path(sys.argv[1]) / "a" / "b")
print("acknowledged", flush=True)
"""
REPLACE = """
import sys
from pathlib import Path
from service.files import PUBLIC, replace_file
replace_file(Path(sys.argv[1]) / "file", b"content", mode=PUBLIC)
print("acknowledged", flush=True)
"""
PUBLISH_TWICE = """
import sys
from pathlib import Path
from schemas.record.merkle import Tile
from service.record.publisher import Publisher
publisher, tiles = Publisher(Path(sys.argv[1])), [Tile(0, 0, 256, bytes(256 * 32))]
try:
    publisher.write_tiles(tiles)
except OSError:
    print("failed", flush=True)
publisher.write_tiles(tiles)
print("acknowledged", flush=True)
"""


def _trace(program: str, folder: Path, *options: str) -> list[str]:
    """Run a program under strace and return, in order, what it did to the folder, and what it said."""
    calls = "trace=fsync,rename,renameat,renameat2,write"
    log = folder.with_suffix(".trace")
    command = [
        "strace",
        "-y",
        "-o",
        str(log),
        "-e",
        calls,
        *options,
        sys.executable,
        "-c",
        program,
        str(folder),
    ]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=60)
    return [said for line in log.read_text().splitlines() if (said := _said(line, folder))]


def _said(line: str, folder: Path) -> str | None:
    call = line.split("(", maxsplit=1)[0]
    for word in ("acknowledged", "failed"):
        if call == "write" and f'"{word}' in line:
            return word
    if call.startswith("rename"):
        return "rename" if str(folder) in line else None
    if call == "fsync" and str(folder) in line:
        is_file = ".tmp>" in line or ".unfinished>" in line
        return f"fsync {'file' if is_file else 'folder'}{' EIO' if 'EIO' in line else ''}"
    return None


def test_a_file_is_acknowledged_when_it_is_on_disk(tmp_path: Path) -> None:
    """The file is fsynced, then renamed, the folder fsynced, and only then it is called done."""
    folder = tmp_path / "files"
    folder.mkdir()
    assert _trace(REPLACE, folder) == ["fsync file", "rename", "fsync folder", "acknowledged"]


def test_a_public_file_whose_folder_failed_is_made_durable_by_redoing(tmp_path: Path) -> None:
    """The fsync after the rename gives EIO: doing it again takes no file for durable that is only there."""
    folder = tmp_path / "record"
    (folder / "tile" / "0").mkdir(parents=True)
    assert _trace(PUBLISH_TWICE, folder, "-e", "inject=fsync:error=EIO:when=3") == [
        "fsync folder",
        "fsync file",
        "rename",
        "fsync folder EIO",
        "failed",
        "fsync folder",
        "acknowledged",
    ]


def test_a_folder_that_is_there_may_not_be_durable(tmp_path: Path) -> None:
    """Whoever made it may have died before its name was on disk: its parent is fsynced all the same."""
    folder = tmp_path / "files"
    (folder / "a" / "b").mkdir(parents=True)
    assert _trace(MAKE_FOLDER, folder) == ["fsync folder", "acknowledged"]


def test_a_document_is_acknowledged_when_it_is_on_disk(tmp_path: Path) -> None:
    """In a real batch: proven file, its folder, the release, its folder, the database's commit, and then the word."""
    data = tmp_path / "data"
    installation = set_up(
        data,
        students=1,
        now=lambda: datetime.now(UTC).replace(microsecond=0),
        token_bytes=secrets.token_bytes,
        say=lambda _: None,
    )
    assert installation.import_workbook(sample_class(1), SCHOOL_YEAR, dry_run=False).ok
    installation.approve_as_demonstration(DEMO_SCHOOL[0].code, SCHOOL_YEAR)
    installation.database.dispose()
    log = tmp_path / "trace"
    calls = "trace=fsync,fdatasync,rename,write"
    program: list[str | Path] = [sys.executable, "-m", "tests.support.issuing_process", data, "key"]
    subprocess.run(["strace", "-f", "-y", "-o", log, "-e", calls, *program], cwd=ROOT, check=True, timeout=60)
    order = re.compile(
        r"fsync\(\d+<[^>]*/work/\.\w+\.proven\.tmp>"
        r".* rename\([^)]*\.proven\".* fsync\(\d+<[^>]*/work>"
        r".* rename\([^)]*/issued/[^)]*\).* fsync\(\d+<[^>]*/issued>"
        r".* f(?:data)?sync\(\d+<[^>]*hocba\.sqlite3-wal>"
        r".* write\(1<[^\n]*, \"acknowledged 1/1",
        re.DOTALL,
    )
    assert order.search(log.read_text())

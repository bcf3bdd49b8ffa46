"""Several processes at one index, killed, locked out, without room or without rights."""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import pytest

from schemas.verdict import VerdictCode
from tests.support.indexed_record import AT, DOCUMENT, TRUST, Place, indexed_record
from tests.support.record_server import put
from tests.support.whole_record import (
    LATER,
    filler,
    trust_root_text,
)
from verify.index_database import IndexDatabase
from verify.index_rows import IndexBrokenError
from verify.record_index import INDEX_FILE, RecordIndex
from verify.record_reader import RecordReader, read_in_parts


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A record with two documents, and its index."""
    return indexed_record(tmp_path / "record")


def test_an_index_that_another_process_has_brought_further_is_waited_for(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between reading the checkpoint and opening the index, mirror and another worker go on: it is read again."""
    reader = RecordReader(place.folder, TRUST, place.index)
    ledger = RecordIndex.ledger
    overtaken: list[bool] = []

    def overtake(self: RecordIndex, *args: object, **options: object) -> object:
        if not overtaken:
            overtaken.append(True)
            place.revoke()
            RecordReader(place.folder, TRUST, place.index).view()
        return ledger(self, *args, **options)  # type: ignore[arg-type] # as they came

    monkeypatch.setattr(RecordIndex, "ledger", overtake)
    view = reader.view()
    assert view.size == len(place.record.entries) == place.index_size()
    assert view.ledger.revocation(AT) is not None


@contextmanager
def _as_somebody(place: Place) -> Iterator[None]:
    """Be an account without rights over everything; root may else write whatever is forbidden."""
    if os.geteuid() != 0:
        yield
        return
    somebody = 65534
    for path in (place.index, *place.index.iterdir()):
        os.chown(path, somebody, somebody)
    os.seteuid(somebody)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def open_place(place: Place) -> Iterator[Place]:
    """The same where any account may come."""
    for parent in [place.folder, *place.folder.parents]:
        if parent.stat().st_uid == os.geteuid() and parent != Path("/"):
            parent.chmod(parent.stat().st_mode | 0o055)
    yield place
    place.index.chmod(0o700)


def test_a_folder_for_reading_only_serves(open_place: Place) -> None:
    """An index that cannot be written is read, and what is new is kept with the process alone."""
    place = open_place
    with _as_somebody(place):
        place.file.chmod(0o400)
        place.index.chmod(0o500)
        assert place.verdict() is VerdictCode.VALID
    place.revoke()
    with _as_somebody(place):
        assert place.verdict() is VerdictCode.REVOKED
    assert place.index_size() == 7


def test_no_folder_can_be_made(open_place: Place) -> None:
    """Where not even the folder can be made, a private index serves."""
    place = open_place
    shutil.rmtree(place.index)
    place.revoke()
    place.index.mkdir(0o500)
    with _as_somebody(place):
        assert place.verdict() is VerdictCode.REVOKED
        assert list(place.index.iterdir()) == []


@pytest.mark.parametrize("lock", ["BEGIN EXCLUSIVE", "BEGIN IMMEDIATE"])
def test_a_locked_index_does_not_hold_verification_up_for_ever(
    place: Place, lock: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another program that keeps the database locked is waited for a little; then a private index serves."""
    monkeypatch.setattr("verify.index_database._BUSY_SECONDS", 0.1)
    place.revoke()
    with closing(sqlite3.connect(place.file, isolation_level=None)) as other:
        other.execute(lock)
        assert place.verdict() is VerdictCode.REVOKED
    assert place.verdict() is VerdictCode.REVOKED


def test_a_process_that_writes_for_too_long_is_not_waited_for(place: Place) -> None:
    """Past its patience a verifier makes an index of its own."""
    place.revoke()
    with (place.index / "index.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        index = RecordIndex(place.index, TRUST, "so.example.vn/record", patience=0.1)
        reader = RecordReader(place.folder, TRUST)
        ledger = index.ledger(reader.view().checkpoint.checkpoint, partial(read_in_parts, place.folder))
    assert ledger.revocation(AT) is not None
    assert place.index_size() == 7


_LOOK = """
import datetime as dt, resource, signal, sys
from pathlib import Path
from verify.trust import load_trust_root
from verify.verifier import Verifier
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
limit = int(sys.argv[4])
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
now = dt.datetime.fromtimestamp(int(sys.argv[5]), dt.UTC)
verifier = Verifier(load_trust_root(Path(sys.argv[1])), Path(sys.argv[2]), index=Path(sys.argv[3]), now=lambda: now)
print(verifier.serial(sys.argv[6]).verdict)
"""


def _look(place: Place, *, limit: int = 0) -> subprocess.Popen[str]:
    trust = place.folder.parent / "trust-root.json"
    trust.write_text(trust_root_text())
    command = [sys.executable, "-c", _LOOK, str(trust), str(place.folder), str(place.index), str(limit)]
    return subprocess.Popen(
        [*command, str(LATER), DOCUMENT.serial], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_a_full_disk_leaves_the_old_index_and_the_right_answer(place: Place) -> None:
    """Where no more can be written, what is new is kept with the process alone."""
    place.record.add(*filler(3000))
    place.revoke()
    with _look(place, limit=100_000) as process:
        out, err = process.communicate(timeout=60)
    assert (out, process.returncode) == ("revoked\n", 0), err
    assert "A private one is" in err
    assert place.index_size() == 7
    assert sorted(path.name for path in place.index.iterdir()) == ["index.lock", INDEX_FILE]
    assert place.verdict() is VerdictCode.REVOKED
    assert place.index_size() == len(place.record.entries)


def test_without_any_disk_memory_serves(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where neither the folder nor a temporary file can be had, the index lies in memory."""
    opened: list[str] = []
    database = IndexDatabase.open

    def open_in_memory_alone(target: str) -> IndexDatabase:
        opened.append(target)
        if target != ":memory:":
            raise IndexBrokenError("unable to open database file")
        return database(target)

    monkeypatch.setattr(IndexDatabase, "open", open_in_memory_alone)
    place.revoke()
    assert place.verdict() is VerdictCode.REVOKED
    assert opened[-2:] == ["", ":memory:"]


def test_many_processes_share_one_index(place: Place) -> None:
    """Started at once over an index that is missing, or behind, all say the same, and one file is left."""
    place.record.add(*filler(3000))
    place.revoke()
    for missing in (False, True):
        if missing:
            place.file.unlink()
        processes = [_look(place) for _ in range(3)]
        answers = [process.communicate(timeout=120) for process in processes]
        assert answers == [("revoked\n", "")] * 3
        assert place.index_size() == len(place.record.entries)
    assert sorted(path.name for path in place.index.iterdir()) == ["index.lock", INDEX_FILE]


def test_killed_at_any_moment_it_leaves_an_old_or_a_new_index(place: Place) -> None:
    """A process that is killed while it makes or grows the index leaves one that the next look uses or makes anew."""
    place.record.add(*filler(2000))
    place.revoke()
    for number in range(9):
        process = _look(place)
        time.sleep(0.35 + 0.06 * number)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        if number % 3 == 0:
            assert place.verdict() is VerdictCode.REVOKED
            place.record.add(*filler(2000 + number)[1990:])
            place.record.publish_list()
            put(place.folder, place.record.files())
        elif number % 3 == 1:
            place.file.unlink(missing_ok=True)
    assert place.verdict() is VerdictCode.REVOKED
    assert place.index_size() == len(place.record.entries)


def _ask_in_a_child(reader: RecordReader, answers: multiprocessing.Queue[tuple[int, int]]) -> None:
    view = reader.view()
    answers.put((view.size, view.ledger.index_of_sid(DOCUMENT.entry.sid) or 0))


def test_a_forked_worker_opens_the_index_itself(place: Place) -> None:
    """A server that looked before it forked does not share its connection with its workers."""
    reader = RecordReader(place.folder, TRUST, place.index)
    assert reader.view().size == 7
    context = multiprocessing.get_context("fork")
    answers: multiprocessing.Queue[tuple[int, int]] = context.Queue()
    place.revoke()
    child = context.Process(target=_ask_in_a_child, args=(reader, answers))
    child.start()
    assert answers.get(timeout=30) == (9, AT)
    child.join()
    assert reader.view().size == 9
    assert reader.view().ledger.index_of_sid(DOCUMENT.entry.sid) == AT

"""Batches disturbed at random: processes killed, system calls that fail, a database server that dies.

Whatever moment it happens at, asking again ends with exactly the documents asked for, and nothing that was acknowledged
is lost on the way.
"""

from __future__ import annotations

import secrets
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.batch_under_fire import BatchUnderFire
from tests.support.postgresql import PostgreSQL

STUDENTS = 1000
FAULTS = 24
SERVER_KILLS = 6
_CALLS = {
    "fsync": 400,
    "fdatasync": 20,
    "rename": 200,
    "unlink": 150,
    "write": 200,
    "pwrite64": 900,
    "pread64": 150,
    "ftruncate": 2,
    "sendto": 900,
    "recvfrom": 900,
}
"""System calls that issuing makes, and about how often it makes them for forty documents."""
_ON_SERVER = frozenset({"sendto", "recvfrom"})
_SERVER_FAULTS = {"sendto": ("signal=KILL",), "recvfrom": ("error=ECONNRESET", "signal=KILL")}
"""What becomes of a connection: it is reset, which its reader sees. A writer that fails on a socket in order does not
exist: libpq then waits for the reason, and nobody sends one."""
_IN_FILE = frozenset({"fdatasync", "pwrite64", "pread64", "ftruncate"})
_REFUSALS = frozenset(
    {"disk-full", "disk-failing", "database-unavailable", "file-error", "self-check-failed"}
)

Record = Callable[[str, object], None]


@pytest.fixture
def batch(tmp_path: Path, database_url: str) -> BatchUnderFire:
    """A batch of 1,000 documents."""
    return BatchUnderFire.make(tmp_path / "data", students=STUDENTS, database_url=database_url)


def test_killed_at_random_times(batch: BatchUnderFire, database: str, record_property: Record) -> None:
    """Killed again and again until it is through: 1,000 documents, each once."""
    broken: list[str] = []
    outcome = ""
    while outcome != "done" and not broken:
        outcome = batch.run(disturb=_kill_soon)
        batch.counts["kills"] += outcome == "killed"
        broken = [] if outcome in {"done", "killed"} else [outcome]
        broken += batch.look()
    record_property(database, dict(batch.counts))
    assert broken == []
    assert batch.counts["kills"] >= 10
    assert batch.finish() == []


def test_system_calls_fail_at_random(
    tmp_path: Path, database: str, database_url: str, record_property: Record
) -> None:
    """EIO, ENOSPC or the end, once or from then on, at any call: a sentence, or nothing at all, and asked again."""
    batch = BatchUnderFire.make(tmp_path / "data", students=STUDENTS, database_url=database_url)
    calls = sorted(set(_CALLS) - (_IN_FILE if database_url else _ON_SERVER))
    broken: list[str] = []
    for number in range(FAULTS):
        call = calls[number % len(calls)]
        fault = secrets.choice(_SERVER_FAULTS.get(call, ("error=EIO", "error=ENOSPC", "signal=KILL")))
        lasting = "" if call in _SERVER_FAULTS else secrets.choice(("", "+"))
        when = f"{1 + secrets.randbelow(_CALLS[call])}{lasting}"
        outcome = batch.run(
            *("strace", "-f", "-qqq", "-o", "/dev/null"),
            # Only calls of this name need to be stopped at; but a signal would not come then.
            *(() if fault.startswith("signal") else ("--seccomp-bpf",)),
            *("-e", f"trace={call}", "-e", f"inject={call}:{fault}:when={when}"),
        )
        batch.counts["kills" if fault.startswith("signal") else "faults"] += 1
        batch.counts["ended early"] += outcome != "done"
        found = batch.look()
        # Where no write succeeds any more, the sentence cannot be written either.
        said = set(outcome.split(", ")) - ({""} if call == "write" else set())
        if outcome not in {"done", "killed"} and not said <= _REFUSALS:
            found.append(outcome)
        broken += [f"{call} {fault} when={when}: {one}" for one in found]
        if outcome == "done" and len(batch.files) == STUDENTS:
            break
    record_property(database, dict(batch.counts))
    assert broken == []
    assert batch.finish() == []


def test_server_killed_at_random(tmp_path: Path, server: PostgreSQL, record_property: Record) -> None:
    """PostgreSQL dies and comes back while a batch runs: the process waits for it and ends by itself."""
    batch = BatchUnderFire.make(tmp_path / "data", students=STUDENTS // 2, database_url=server.new_database())
    ended = threading.Event()

    def kill_server() -> None:
        for _ in range(SERVER_KILLS):
            if ended.wait(3 + secrets.randbelow(3000) / 1000):
                return
            server.kill_and_restart()
            batch.counts["server kills"] += 1

    killer = threading.Thread(target=kill_server)
    killer.start()
    outcome = batch.run()
    ended.set()
    killer.join()
    broken = batch.look()
    record_property("PostgreSQL", dict(batch.counts))
    assert (outcome, broken) == ("done", [])
    assert batch.counts["server kills"] >= 2
    assert batch.finish() == []


def _kill_soon(process: subprocess.Popen[bytes]) -> None:
    time.sleep(0.8 + secrets.randbelow(6000) / 1000)
    process.kill()

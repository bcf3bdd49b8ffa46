"""Workers killed at random, one after the other, on both databases: whoever is left issues each document once."""

from __future__ import annotations

import secrets
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from service.installation import Installation
from service.storage.batch_records import ActKind, BatchJob, JobState
from tests.support.batch_under_fire import BatchUnderFire, present_time
from tests.support.batches import ask, job_of, worker_process
from tests.support.crash_checks import check_finished
from tests.support.demonstration import SCHOOL, Clock, Demonstration
from tests.support.postgresql import running_server

STUDENTS = 160
KILLS = 8
_SECONDS = 600


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of an empty database; of SQLite's file none."""
    if request.param == "sqlite":
        yield ""
        return
    with running_server() as server:
        yield server.new_database()


def test_killed_workers_issue_everyone_once(tmp_path: Path, database_url: str) -> None:
    """Two workers run at any time, the one at work is killed eight times: one document, entry and file a student."""
    batch = BatchUnderFire.make(tmp_path / "data", students=STUDENTS, database_url=database_url)
    installation = Demonstration(batch.data, Clock(present_time())).installation
    job = ask(installation)
    with ExitStack() as workers:
        running = [workers.enter_context(worker_process(batch.data)) for _ in range(2)]
        for _ in range(KILLS):
            _wait_for_a_turn(installation, job)
            time.sleep(secrets.randbelow(2000) / 1000)
            # The older one is at work, the other stands by, or is about to.
            killed = running.pop(0)
            killed.send_signal(signal.SIGKILL)
            killed.wait()
            running.append(workers.enter_context(worker_process(batch.data)))
        deadline = time.monotonic() + _SECONDS
        while job_of(installation, job).is_active and time.monotonic() < deadline:
            time.sleep(0.2)
    assert job_of(installation, job).state is JobState.DONE
    acts = [one.kind for one in installation.register.batch_acts(SCHOOL, job.batch.id)]
    assert ActKind.INTERRUPTED in acts
    installation = Demonstration(batch.data, Clock(present_time())).installation
    checkpoints = [(batch.data / "record" / "checkpoint").read_text()]
    assert check_finished(installation, students=batch.students, checkpoints=checkpoints) == []
    assert batch.look() == []


def _wait_for_a_turn(installation: Installation, job: BatchJob) -> None:
    """Wait until a worker has begun a turn since it was looked at, or nothing is left to do."""
    last, deadline = job_of(installation, job).turn_at, time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        now = job_of(installation, job)
        if not now.is_active or (now.turn_open is not None and now.turn_at > last):
            return
        time.sleep(0.05)

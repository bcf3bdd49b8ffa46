"""`hocba worker` and `hocba batches` as an operator uses them; a worker that is killed, and one that goes on."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path
from typing import Any

from schemas.verdict import VerdictCode
from service.demo import SCHOOL_YEAR
from service.issuing import released_path
from service.storage.batch_records import ActKind, JobState
from tests.support.batches import ask, job_of, wait_until_issued, with_classes, worker_process
from tests.support.commands import run
from tests.support.crash_checks import check_finished
from tests.support.demonstration import SCHOOL, Demonstration


def test_another_worker_goes_on_where_one_was_killed(demonstration: Demonstration) -> None:
    """A worker dies by kill -9 in the middle of a class; the one that stood by issues the rest, each document once."""
    with_classes(demonstration, class_7A=32, class_9B=4)
    installation = demonstration.installation
    job = ask(installation, "7A", "9B")
    with worker_process(demonstration.data) as first:
        wait_until_issued(installation, 3 + 25)
        with worker_process(demonstration.data):
            first.send_signal(signal.SIGKILL)
            first.wait()
            wait_until_issued(installation, 3 + 36)
            deadline = time.monotonic() + 60
            while job_of(installation, job).state is not JobState.DONE and time.monotonic() < deadline:
                time.sleep(0.1)
    assert job_of(installation, job).state is JobState.DONE
    acts = [one.kind for one in installation.register.batch_acts(SCHOOL, job.batch.id)]
    assert acts == [ActKind.ASK, ActKind.INTERRUPTED]
    students = {one.learner.student_code for one in installation.register.student_years(SCHOOL, SCHOOL_YEAR)}
    demonstration.clock.catch_up()
    checkpoint = (demonstration.record / "checkpoint").read_text()
    assert check_finished(installation, students=students, checkpoints=[checkpoint]) == []
    for issuance in demonstration.issuances():
        pdf = released_path(demonstration.data / "issued", issuance).read_bytes()
        assert installation.verifier.known_file(pdf).verdict is VerdictCode.VALID


def test_a_worker_that_is_told_to_end_loses_nothing(demonstration: Demonstration) -> None:
    """After SIGTERM the worker ends by itself, between chunks, and notes no interruption; --once does the rest."""
    with_classes(demonstration, class_7A=32)
    installation = demonstration.installation
    job = ask(installation, "7A")
    with worker_process(demonstration.data) as first:
        wait_until_issued(installation, 3 + 25)
        first.terminate()
        assert first.wait(timeout=120) == 0
    left = job_of(installation, job)
    assert (left.turn_open, left.state is JobState.PAUSED) == (None, False)
    run("hocba", "worker", "--once", "--data", demonstration.data, check=True)
    assert job_of(installation, job).state is JobState.DONE
    acts = [one.kind for one in installation.register.batch_acts(SCHOOL, job.batch.id)]
    assert acts == [ActKind.ASK]


def test_a_batch_by_command(demonstration: Demonstration) -> None:
    """Stored, listed, paused, resumed, done and shown: each command says how the batch stands."""
    with_classes(demonstration, class_9B=2)
    data = demonstration.data
    stored = _hocba(data, "issue", "--class", "9B", "--year", SCHOOL_YEAR, "--later", "--json")
    batch_id = stored["batch"]
    assert _hocba(data, "batches", "pause", batch_id, "--json")["state"] == "paused"
    run("hocba", "worker", "--once", "--data", data, check=True)
    (listed,) = _hocba(data, "batches", "list", "--json")["batches"]
    assert (listed["batch"], listed["state"], listed["counts"]["issued"]) == (batch_id, "paused", 0)
    assert _hocba(data, "batches", "resume", batch_id, "--json")["state"] == "queued"
    waiting = run("hocba", "batches", "show", batch_id, "--data", data)
    assert "hocba worker" in waiting.stdout
    run("hocba", "worker", "--once", "--data", data, check=True)
    assert _hocba(data, "batches", "retry", batch_id, "--json")["counts"]["issued"] == 2
    shown = run("hocba", "batches", "show", batch_id, "--follow", "--data", data)
    assert shown.returncode == 0
    assert "đã ký / signed 2/2" in shown.stdout
    assert "\x1b" not in shown.stderr
    unknown = run("hocba", "batches", "show", "0" * 32, "--data", data)
    assert (unknown.returncode, "[batch-unknown]" in unknown.stderr) == (1, True)


def _hocba(data: Path, *arguments: str) -> Any:
    ran = run("hocba", *arguments, "--data", data, check=True)
    return json.loads(ran.stdout.splitlines()[-1])

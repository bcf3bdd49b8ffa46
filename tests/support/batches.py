"""Batches as a worker carries them out, in this process and in processes of their own."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from schemas.change_trail import Actor, ActorKind
from service.batches.worker import Worker
from service.demo import SCHOOL_YEAR
from service.installation import Installation
from service.sample import sample_class
from service.storage.batch_records import BatchJob
from tests.support.commands import BIN
from tests.support.demonstration import SCHOOL, Demonstration

OPERATOR = Actor(ActorKind.ACCOUNT, "0", "root")


def with_classes(demonstration: Demonstration, **students: int) -> None:
    """Import approved classes of so many new students each, named as 6X."""
    installation = demonstration.installation
    first = 1001
    for name, count in students.items():
        workbook = sample_class(count, class_name=name.removeprefix("class_"), first_student=first)
        result = installation.import_workbook(workbook, SCHOOL_YEAR, dry_run=False)
        if not result.ok:
            raise ValueError(result.complaints)
        first += count
    installation.approve(SCHOOL, SCHOOL_YEAR)


def ask(installation: Installation, *classes: str, key: str | None = None) -> BatchJob:
    """Ask for a batch at the server: for classes, or with none for the whole school year."""
    return installation.batches.ask(
        SCHOOL,
        SCHOOL_YEAR,
        by=OPERATOR,
        via="shell root",
        classes=classes or None,
        idempotency_key=key,
    )


def work_off(installation: Installation) -> None:
    """Have a worker do whatever is to be done."""
    if not Worker(installation).finish():
        raise RuntimeError("another worker is at work")


def job_of(installation: Installation, job: BatchJob) -> BatchJob:
    """Return a batch as it stands now."""
    found = installation.register.job(SCHOOL, job.batch.id)
    if found is None:
        raise LookupError(job.batch.id)
    return found


@contextmanager
def worker_process(data: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run `hocba worker` in a process of its own; it is killed at the end, if it still runs."""
    process = subprocess.Popen([BIN / "hocba", "worker", "--data", data], stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_until_issued(installation: Installation, number: int, *, seconds: float = 240) -> None:
    """Wait until so many documents of the school year are released.

    Raises:
        TimeoutError: they are not.
    """
    deadline = time.monotonic() + seconds
    while sum(one.is_current for one in installation.register.issuances(SCHOOL, SCHOOL_YEAR)) < number:
        if time.monotonic() > deadline:
            raise TimeoutError(f"not {number} documents in {seconds} s")
        time.sleep(0.05)

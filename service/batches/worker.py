"""The worker: takes batches in turns, a class at a time, until it is stopped. One works at an installation at a time.

Which one is decided by a lock on a file, which the kernel takes away from a process that dies: the next goes on at
once, without a clock and without a lease that could run out under one that is only slow. It finds each class either
done or still to do; issuing is idempotent, so that a class that was broken off is simply done again.
"""

from __future__ import annotations

import fcntl
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Final, TextIO

from schemas.errors import HocbaError, Text
from service.approvals.approved import Approval
from service.batches.desk import NOTHING_TO_DO
from service.issuing import BatchReport, issue_transcripts
from service.issuing_tools import IssuingTools
from service.signers.school_signers import NOBODY
from service.storage.database import DatabaseAwayError
from service.storage.records import Issuance

if TYPE_CHECKING:
    from service.installation import Installation
    from service.storage.batch_records import BatchAct, BatchJob

IDLE_SECONDS: Final = 1.0
"""How soon a batch that was asked for is begun with."""
AFTER_FAULT_SECONDS: Final = 10.0
_LOCK_FILE: Final = "worker.lock"
_AGAIN: Final = frozenset({"reservation-abandoned"})
"""Refusals that are over when they are said: the class is done again in the next turn."""
_FAULT: Final = Text(
    "Đợt cấp dừng vì một lỗi của phần mềm; những học bạ đã cấp vẫn nguyên vẹn. Hãy báo người vận hành (xem nhật ký máy "
    "chủ), rồi bấm Làm tiếp.",
    "The batch stopped by a fault of the software; what was issued is whole. Tell the operator (see the server's log), "
    "then resume it.",
)
_LOG = logging.getLogger(__name__)


class Worker:
    """Carries out the batches of an installation, in this process; beside another worker it stands by."""

    def __init__(self, installation: Installation, *, clock: Callable[[], float] = monotonic) -> None:
        self._installation, self._clock = installation, clock
        self._stopped = threading.Event()

    def start(self) -> None:
        """Begin in a thread of its own, which ends with the process."""
        threading.Thread(target=self.run, daemon=True, name="worker").start()

    def stop(self) -> None:
        """End after the chunk that is being signed; what is left stays to be done."""
        self._stopped.set()

    def run(self) -> None:
        """Work until stopped; while another process does, stand by."""
        with self._alone(wait=True) as works:
            while works and not self._stopped.is_set():
                pause = self._attempt()
                if pause:
                    self._stopped.wait(pause)

    def finish(self) -> bool:
        """Work until nothing is to be done; False where another process is at it."""
        with self._alone(wait=False) as works:
            while works and not self._stopped.is_set() and self.turn():
                pass
        return works

    def turn(self) -> bool:
        """Do one class of the batch that has waited longest; False where nothing is to be done.

        Raises:
            DatabaseAwayError: the server is away; the turn is found open by whoever goes on.
        """
        taken = self._installation.register.begin_turn(at=self._at())
        if taken is None:
            return False
        job, setter = taken
        turn = _Turn(self._installation, job, self._clock, self._stopped)
        class_name = job.todo[0]
        handled: str | None = class_name
        try:
            self._do(job, setter, turn, class_name)
        except DatabaseAwayError:
            raise
        except HocbaError as refusal:
            if refusal.code in _AGAIN:
                handled = None
            elif refusal.code not in NOTHING_TO_DO:
                self._stop(job, refusal.code, refusal.text)
                return True
        except Exception as error:  # noqa: BLE001 - whatever it is, others' batches go on, and this one says that it stopped
            _LOG.error("batch %s failed: %s", job.batch.id, type(error).__name__)
            self._stop(job, "batch-fault", _FAULT)
            return True
        ended = None if turn.was_cut else handled
        self._installation.register.end_turn(job, ended, at=self._at())
        return True

    def _do(self, job: BatchJob, setter: BatchAct, turn: _Turn, class_name: str) -> None:
        installation = self._installation
        installation.batches.check_turn(job, setter, class_name)

        def a_class(tools: IssuingTools, approval: Approval, _total: int) -> BatchReport:
            return issue_transcripts(replace(tools, go_on=turn.go_on), part, approval, turn.count)

        part = job.part(class_name)
        report = installation.issue_by(part, a_class, NOBODY)
        stood_still = (*report.failed, *report.waiting)
        turn.note(len(stood_still))

    def _stop(self, job: BatchJob, code: str, text: Text) -> None:
        _LOG.warning("batch %s stopped: %s", job.batch.id, code)
        self._installation.register.stop_job(job, code, text)

    def _attempt(self) -> float:
        """Take a turn; return how long to wait before the next."""
        try:
            return 0.0 if self.turn() else IDLE_SECONDS
        except Exception as error:  # noqa: BLE001 - the thread goes on, and what broke off is heard, whatever broke it
            reason = error.code if isinstance(error, HocbaError) else type(error).__name__
            _LOG.error("no turn could be taken: %s", reason)
            return AFTER_FAULT_SECONDS

    @contextmanager
    def _alone(self, *, wait: bool) -> Iterator[bool]:
        with (self._installation.folder("state") / _LOCK_FILE).open("w") as lock:
            works = _taken(lock, fcntl.LOCK_EX)
            while not works and wait and not self._stopped.wait(IDLE_SECONDS):
                works = _taken(lock, fcntl.LOCK_EX)
            yield works

    def _at(self) -> int:
        return int(self._installation.now().timestamp())


class _Turn:
    """One turn at one class: counts and measures, and asks between chunks whether to go on."""

    def __init__(
        self,
        installation: Installation,
        job: BatchJob,
        clock: Callable[[], float],
        stopped: threading.Event,
    ) -> None:
        self._register, self._job = installation.register, job
        self._clock, self._stopped = clock, stopped
        self._since, self._documents = clock(), 0
        self.was_cut = False

    def count(self, _done: Issuance) -> None:
        """Count a document that was released, or that is signed and stands."""
        self._documents += 1

    def go_on(self) -> bool:
        """Note what was done, and return whether nobody paused the batch or stops the worker."""
        is_wanted = self.note(0)
        self.was_cut = self.was_cut or not is_wanted or self._stopped.is_set()
        return not self.was_cut

    def note(self, others: int) -> bool:
        """Commit how long the documents since the last note took; returns whether the batch is still wanted."""
        now = self._clock()
        milliseconds = round((now - self._since) * 1000)
        documents = self._documents + others
        self._since, self._documents = now, 0
        return self._register.note_turn(self._job, documents=documents, milliseconds=milliseconds)


def is_anybody_at_work(state: Path) -> bool:
    """Return whether a worker runs at an installation, in whichever process: else what is to be done waits for one."""
    try:
        with (state / _LOCK_FILE).open() as lock:
            return not _taken(lock, fcntl.LOCK_SH)
    except FileNotFoundError:
        return False


def _taken(lock: TextIO, how: int) -> bool:
    try:
        fcntl.flock(lock, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

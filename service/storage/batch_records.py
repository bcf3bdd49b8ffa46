"""Batches as a worker carries them out: how each stands, who set it going, what became of each document."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from schemas.change_trail import Actor
from schemas.errors import Text
from service.storage.records import WAITING, Batch, Standing, State

PROOF_AWAITED: Final = frozenset({"awaiting-time-stamp", "awaiting-revocation-evidence"})
"""Codes of a document that goes on by itself as soon as a service outside answers."""


class JobState(StrEnum):
    """How the work of a batch stands."""

    QUEUED = "queued"
    """To be done, or being done: by whichever worker runs."""
    PAUSED = "paused"
    """Somebody paused it: nothing more is signed until somebody resumes it."""
    STOPPED = "stopped"
    """Something refused the batch as a whole; `stop` says what, and somebody resumes it once that is mended."""
    DONE = "done"
    """Each of its documents was tried; what failed can be tried again."""


class ActKind(StrEnum):
    """What was done about a batch."""

    ASK = "ask"
    PAUSE = "pause"
    RESUME = "resume"
    RETRY = "retry"
    INTERRUPTED = "interrupted"
    """A worker found that another had died in it, and went on."""

    @property
    def sets_going(self) -> bool:
        """Whether whoever does it answers for what is then signed."""
        return self in {ActKind.ASK, ActKind.RESUME, ActKind.RETRY}


@dataclass(frozen=True, slots=True)
class BatchAct:
    """What somebody did about a batch, from where (`console`, `command`, `token/ID`), and when (seconds)."""

    kind: ActKind
    actor: Actor
    via: str
    at: int


@dataclass(frozen=True, slots=True)
class BatchJob:
    """The work of a batch, and how far it is."""

    batch: Batch
    classes: tuple[str, ...]
    """The classes that were asked for."""
    todo: tuple[str, ...]
    """Those of them that are still to do in this run, in their order."""
    state: JobState
    stop: Text | None = None
    stop_code: str | None = None
    revision: int = 0
    """Counts the acts: a turn that began before one does not end what it began."""
    turn_at: int = 0
    """When a worker last began a turn at it; 0 for never."""
    turn_open: int | None = None
    documents: int = 0
    """How many documents workers have dealt with, in `milliseconds`."""
    milliseconds: int = 0
    ended_at: int | None = None

    @property
    def is_active(self) -> bool:
        """Whether a worker is at it, or will be."""
        return self.state is JobState.QUEUED

    def part(self, class_name: str) -> Batch:
        """Return the batch narrowed to one of its classes."""
        return replace(self.batch, class_name=class_name)


@dataclass(frozen=True, slots=True)
class BatchItem:
    """A student of a batch, and how far the document is, if there is one. It holds no marks."""

    student_code: str
    full_name: str
    class_name: str
    issuance_id: str | None = None
    serial: str | None = None
    state: State | None = None
    standing: Standing = Standing.CURRENT
    failure: Text | None = None
    failure_code: str | None = None
    releases_at: int | None = None

    @property
    def is_in_window(self) -> bool:
        """Whether it is signed, and nothing but its grace window, or whoever ends it, is waited for."""
        return self.state is State.SIGNED and self.releases_at is not None and self.failure is None

    @property
    def is_waiting(self) -> bool:
        """Whether it waits for a signature from elsewhere."""
        return self.failure_code in WAITING

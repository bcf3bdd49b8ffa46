"""How far a batch is: what became of each document, counts by class, and how long the rest will take."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from schemas.errors import Text
from service.storage.batch_records import PROOF_AWAITED, BatchItem, BatchJob
from service.storage.records import Standing, State

_DIGITS = re.compile(r"(\d+)")
_MINUTE, _HOUR = 60, 3600


class Outcome(StrEnum):
    """What became of a document, the first to be looked at first."""

    FAILED = "failed"
    """It stands still for a reason that somebody has to mend; trying again goes on with it."""
    WAITS_SIGNATURE = "waits-signature"
    """It waits for a signature from the office's computer, or from a remote service."""
    WAITS_PROOF = "waits-proof"
    """It waits for a time stamp or for revocation evidence, and goes on by itself."""
    SIGNED = "signed"
    """It is signed, and is recorded and released when its grace window is over."""
    BEGUN = "begun"
    NOT_BEGUN = "not-begun"
    """There is no document: its turn has not come, or the year is not approved."""
    ENDED = "ended"
    """It was issued, and revoked or corrected since."""
    ISSUED = "issued"


@dataclass(frozen=True, slots=True)
class Counts:
    """How many documents there are of each outcome."""

    by_outcome: Mapping[Outcome, int]

    @property
    def total(self) -> int:
        """How many students the batch is about."""
        return sum(self.by_outcome.values())

    @property
    def issued(self) -> int:
        """How many were given out, those that ended since among them."""
        return self[Outcome.ISSUED] + self[Outcome.ENDED]

    @property
    def signed(self) -> int:
        """How many are signed: given out, or to be when their grace window is over."""
        return self.issued + self[Outcome.SIGNED]

    @property
    def waiting(self) -> int:
        """How many wait for something from outside."""
        return self[Outcome.WAITS_SIGNATURE] + self[Outcome.WAITS_PROOF]

    @property
    def failed(self) -> int:
        """How many stand still for a reason that somebody has to mend."""
        return self[Outcome.FAILED]

    def __getitem__(self, outcome: Outcome) -> int:
        """Return how many have an outcome."""
        return self.by_outcome.get(outcome, 0)


@dataclass(frozen=True, slots=True)
class Progress:
    """A batch as it stands."""

    job: BatchJob
    items: tuple[BatchItem, ...]
    counts: Counts
    by_class: Mapping[str, Counts]
    """In the order in which the classes are done."""
    seconds_left: int | None
    """As long as it went so far; None where nothing was measured yet, or nothing is being done."""

    @property
    def shares(self) -> tuple[int, int]:
        """How many documents are dealt with, of how many: what the bar shows. What waits is not."""
        left = left_of(self.job, self.items) + self.counts.waiting
        return self.counts.total - left, self.counts.total


def progress_of(job: BatchJob, items: Sequence[BatchItem], *, active_jobs: int = 1) -> Progress:
    """Return how far a batch is; several batches that are done in turns take so many times as long."""
    by_class = {name: _counts(one for one in items if one.class_name == name) for name in job.classes}
    seconds = None
    if job.is_active and job.documents:
        each = job.milliseconds / job.documents / 1000
        seconds = round(each * left_of(job, items) * max(1, active_jobs))
    return Progress(job, tuple(items), _counts(items), by_class, seconds)


def outcome_of(item: BatchItem) -> Outcome:
    """Return what became of a document."""
    if item.standing is not Standing.CURRENT:
        return Outcome.ENDED
    if item.state is None:
        return Outcome.NOT_BEGUN
    if item.state is State.RELEASED:
        return Outcome.ISSUED
    if item.is_in_window:
        return Outcome.SIGNED
    if item.is_waiting:
        return Outcome.WAITS_SIGNATURE
    if item.failure_code in PROOF_AWAITED:
        return Outcome.WAITS_PROOF
    return Outcome.FAILED if item.failure_code is not None else Outcome.BEGUN


def left_of(job: BatchJob, items: Iterable[BatchItem]) -> int:
    """Return how many documents are still to be dealt with in this run."""
    left = {Outcome.BEGUN, Outcome.NOT_BEGUN, Outcome.FAILED}
    return sum(one.class_name in job.todo and outcome_of(one) in left for one in items)


def failed_classes(items: Iterable[BatchItem]) -> tuple[str, ...]:
    """Return the classes in which a document failed, or waits for a proof."""
    again = {Outcome.FAILED, Outcome.WAITS_PROOF}
    return tuple({one.class_name for one in items if outcome_of(one) in again})


def time_left(seconds: int) -> Text:
    """Return in words how long something will take, about."""
    if seconds < _MINUTE:
        return Text("còn chưa đến 1 phút", "less than a minute left")
    if seconds < _HOUR:
        minutes = -(-seconds // _MINUTE)
        return Text(f"còn khoảng {minutes} phút", f"about {minutes} minute{'s' if minutes > 1 else ''} left")
    hours, minutes = divmod(-(-seconds // _MINUTE), 60)
    return Text(f"còn khoảng {hours} giờ {minutes} phút", f"about {hours} h {minutes} min left")


def spelled_number(number: int, *, english: bool) -> str:
    """Return a number with its thousands marked as the language does."""
    grouped = f"{number:,}"
    return grouped if english else grouped.replace(",", ".")


def class_key(name: str) -> list[tuple[int, str]]:
    """Return what sorts the name of a class among others: 9A before 10A."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in _DIGITS.split(name) if part]


def _counts(items: Iterable[BatchItem]) -> Counts:
    return Counts(Counter(map(outcome_of, items)))

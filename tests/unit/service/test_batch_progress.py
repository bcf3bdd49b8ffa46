"""How far a batch is, as counts, a share of the bar and a time that is measured."""

from __future__ import annotations

import pytest

from schemas.errors import Text
from service.batches.progress import Outcome, class_key, failed_classes, outcome_of, progress_of
from service.storage.batch_records import BatchItem, BatchJob, JobState
from service.storage.records import Batch, Standing, State

BATCH = Batch("0" * 32, "THCS", "k", "2025-2026", None, None, 0)
WHY = Text("vì", "why")


def item(class_name: str, state: State | None = None, code: str | None = None) -> BatchItem:
    """Return a student of a class."""
    return BatchItem(
        "HS1", "Nguyễn Văn An", class_name, state=state, failure=WHY if code else None, failure_code=code
    )


@pytest.mark.parametrize(
    ("state", "code", "outcome"),
    [
        (None, None, Outcome.NOT_BEGUN),
        (State.RESERVED, None, Outcome.BEGUN),
        (State.RECORDED, None, Outcome.BEGUN),
        (State.RESERVED, "signature-awaited", Outcome.WAITS_SIGNATURE),
        (State.SIGNED, "awaiting-time-stamp", Outcome.WAITS_PROOF),
        (State.RESERVED, "awaiting-revocation-evidence", Outcome.WAITS_PROOF),
        (State.RESERVED, "page-character-missing", Outcome.FAILED),
        (State.RELEASED, None, Outcome.ISSUED),
    ],
)
def test_what_became_of_a_document(state: State | None, code: str | None, outcome: Outcome) -> None:
    """What waits for somebody else is not failed, and what failed is not waiting."""
    assert outcome_of(item("6A", state, code)) is outcome


def test_what_stands_signed_is_dealt_with() -> None:
    """In its grace window a document is neither issued nor still to be done; held after it, it has failed."""
    standing = BatchItem("HS1", "Nguyễn Văn An", "6A", state=State.SIGNED, releases_at=7)
    assert outcome_of(standing) is Outcome.SIGNED
    held = BatchItem(
        "HS1", "Nguyễn Văn An", "6A", None, None, State.SIGNED, failure=WHY, failure_code="release-held"
    )
    assert outcome_of(held) is Outcome.FAILED
    progress = progress_of(BatchJob(BATCH, ("6A",), ("6A",), JobState.QUEUED), [standing])
    assert (progress.shares, progress.counts.issued) == ((1, 1), 0)


def test_what_was_revoked_since_is_not_issued() -> None:
    """A document that ended counts as given out, and is no current one."""
    ended = BatchItem("HS1", "Nguyễn Văn An", "6A", state=State.RELEASED, standing=Standing.REVOKED)
    progress = progress_of(BatchJob(BATCH, ("6A",), (), JobState.DONE), [ended])
    assert outcome_of(ended) is Outcome.ENDED
    assert progress.counts.issued == 1


def test_the_time_left_is_measured() -> None:
    """Forty documents in twenty seconds: ten that are left take five, and ten where two batches take turns."""
    items = [item("6A", State.RELEASED)] * 40 + [item("6B")] * 10
    job = BatchJob(BATCH, ("6A", "6B"), ("6B",), JobState.QUEUED, documents=40, milliseconds=20_000)
    assert progress_of(job, items).seconds_left == 5
    assert progress_of(job, items, active_jobs=2).seconds_left == 10
    assert progress_of(job, items).shares == (40, 50)


def test_nothing_measured_is_no_time() -> None:
    """Before the first document, and once nobody works any more, no time is promised."""
    items = [item("6A")]
    begun = BatchJob(BATCH, ("6A",), ("6A",), JobState.QUEUED)
    paused = BatchJob(BATCH, ("6A",), ("6A",), JobState.PAUSED, documents=9, milliseconds=9)
    assert progress_of(begun, items).seconds_left is None
    assert progress_of(paused, items).seconds_left is None


def test_what_waits_leaves_the_bar_open() -> None:
    """What failed, or is not approved, was dealt with; what waits for a signature was not, though nobody works."""
    items = [item("6A"), item("6A", State.RESERVED, "page-character-missing")]
    done = BatchJob(BATCH, ("6A",), (), JobState.DONE)
    assert progress_of(done, items).shares == (2, 2)
    assert progress_of(done, [*items, item("6A", State.RESERVED, "signature-awaited")]).shares == (2, 3)


def test_classes_to_be_tried_again() -> None:
    """Those with something failed or waiting for a proof, and no others."""
    items = [item("6A", State.RESERVED, "signature-awaited"), item("6B", State.RESERVED, "disk-failing")]
    assert failed_classes(items) == ("6B",)


def test_classes_sort_by_number() -> None:
    """9A comes before 10A, and 10A2 before 10A10."""
    assert sorted(["10A10", "10A2", "9A", "10B"], key=class_key) == ["9A", "10A2", "10A10", "10B"]

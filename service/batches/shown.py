"""A batch as the API and `--json` tell it."""

from __future__ import annotations

from typing import Any

from service.batches.progress import Counts, Outcome, Progress


def batch_facts(progress: Progress) -> dict[str, Any]:
    """Return how far a batch is, without a name and without a student."""
    job = progress.job
    return {
        "batch": job.batch.id,
        "school_year": job.batch.school_year,
        "classes": list(job.classes),
        "state": job.state.value,
        "stopped": None
        if job.stop is None
        else {"code": job.stop_code, "vi": job.stop.vi, "en": job.stop.en},
        "counts": _counts(progress.counts),
        "by_class": {name: _counts(counts) for name, counts in progress.by_class.items()},
        "seconds_left": progress.seconds_left,
        "asked_at": job.batch.created_at,
        "ended_at": job.ended_at,
    }


def _counts(counts: Counts) -> dict[str, int]:
    return {"students": counts.total} | {
        outcome.value.replace("-", "_"): counts[outcome] for outcome in Outcome
    }

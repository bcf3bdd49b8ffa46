"""The API of batches that a worker carries out: asked for without waiting, listed, paused, resumed, tried again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, g, jsonify, request
from pydantic import BaseModel, Field

from service.batches.progress import progress_of
from service.batches.shown import batch_facts
from service.installation import Installation
from service.scopes import Scope
from service.storage.batch_records import BatchJob
from service.storage.records import token_actor
from service.web.api.answers import JobAnswer, JobsAnswer
from service.web.api.operations import IssuingAPI

_LISTED = 30
_PREFERENCE = "respond-async"


class BatchPath(BaseModel):
    """A batch by its id."""

    id: str = Field(pattern=r"^[0-9a-f]{32}$", description="As an earlier answer named it.")


def add_batch_api(api: IssuingAPI, installation: Installation) -> None:
    """Add the routes."""
    register, desk = installation.register, installation.batches

    def done(act: Callable[..., BatchJob], batch_id: str) -> dict[str, Any]:
        job = act(g.school, batch_id, by=token_actor(g.token), via=_via())
        return job_answer(installation, job)

    @api.looks("/batches", Scope.READ, answers={200: JobsAnswer})
    def list_batches() -> dict[str, Any]:
        """List the last batches that were asked for without waiting, the newest first."""
        jobs = register.jobs(g.school, limit=_LISTED)
        return {"batches": [job_answer(installation, job) for job in jobs]}

    @api.acts(
        "/batches/<id>/pause",
        Scope.ISSUE,
        answers={200: JobAnswer},
        refusals=("batch-unknown",),
    )
    def pause_batch(path: BatchPath) -> dict[str, Any]:
        """Have nothing more signed after the documents that are being signed."""
        return done(desk.pause, path.id)

    @api.acts(
        "/batches/<id>/resume",
        Scope.ISSUE,
        answers={200: JobAnswer},
        refusals=("batch-unknown", "release-four-eyes", "batch-too-large", "issuing-too-fast"),
    )
    def resume_batch(path: BatchPath) -> dict[str, Any]:
        """Go on with a batch that was paused, or that stopped."""
        return done(desk.resume, path.id)

    @api.acts(
        "/batches/<id>/retry",
        Scope.ISSUE,
        answers={200: JobAnswer},
        refusals=("batch-unknown", "release-four-eyes", "batch-too-large", "issuing-too-fast"),
    )
    def retry_batch(path: BatchPath) -> dict[str, Any]:
        """Try the documents again that failed."""
        return done(desk.retry, path.id)


def wants_no_waiting() -> bool:
    """Return whether the request prefers to be answered before the work is done (RFC 7240)."""
    preferences = request.headers.get("Prefer", "").split(",")
    return any(one.partition(";")[0].strip().lower() == _PREFERENCE for one in preferences)


def asked_for(
    installation: Installation, school_year: str, class_name: str | None, student_code: str | None, key: str
) -> Response:
    """Store a batch as work to do and answer 202 with its address.

    Raises:
        ServiceError: as `BatchDesk.ask`.
    """
    job = installation.batches.ask(
        g.school,
        school_year,
        by=token_actor(g.token),
        via=_via(),
        classes=None if class_name is None else [class_name],
        student_code=student_code,
        idempotency_key=key,
    )
    answer = jsonify(job_answer(installation, job))
    answer.status_code = 202
    answer.headers["Location"] = f"{request.path}/{job.batch.id}"
    answer.headers["Preference-Applied"] = _PREFERENCE
    return answer


def job_answer(installation: Installation, job: BatchJob) -> dict[str, Any]:
    """Return how far a batch is that a worker carries out."""
    register = installation.register
    progress = progress_of(job, register.batch_items(job), active_jobs=register.active_jobs())
    return batch_facts(progress)


def _via() -> str:
    return f"api {g.token.id}"

"""Batches in the console: asking for classes or the whole school, and a page of each batch that anybody may leave.

Without JavaScript: while a batch is being done, the page asks for itself again every few seconds.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Redirect

from schemas.vietnam_time import VIETNAM
from service.batches.desk import CONSOLE, batch_unknown
from service.batches.progress import (
    Outcome,
    Progress,
    class_key,
    outcome_of,
    progress_of,
    time_left,
)
from service.batches.worker import is_anybody_at_work
from service.errors import ServiceError
from service.installation import Installation
from service.people.roles import Role
from service.storage.batch_records import ActKind, BatchAct, BatchItem, BatchJob, JobState
from service.storage.records import StudentYear
from service.web.console.approving import check_release, ready_and_waiting
from service.web.console.certificates import signers_today
from service.web.console.names import name_key
from service.web.language import said, spelled, texts
from service.web.policy import WHOLE_SCHOOL, allow, change_actor

REFRESH_SECONDS: Final = 3
WAITING_REFRESH_SECONDS: Final = 15
"""Where the worker is done, and signatures come from elsewhere, or the end of a grace window is waited for."""
SHOWN_BATCHES: Final = 30
SHOWN_ITEMS: Final = 200
"""The most students on a page; a class has fewer."""
FEW: Final = 60
"""A batch of no more students shows each of them at once."""
_BETWEEN: Final = (Outcome.SIGNED, Outcome.WAITS_SIGNATURE, Outcome.WAITS_PROOF)
"""What a document may wait for between reserved and issued."""
_ORDER: Final = {outcome: place for place, outcome in enumerate(Outcome)}


@dataclass(frozen=True, slots=True)
class ClassToIssue:
    """A class that may be chosen, or why not."""

    name: str
    ready: tuple[StudentYear, ...]
    unapproved: int
    barred: bool


def add_batches(console: Blueprint, installation: Installation) -> None:
    """Add the pages."""
    _add_asking(console, installation)
    _add_pages(console, installation)


def ask_for(installation: Installation, school: str, school_year: str, classes: Sequence[str]) -> Redirect:
    """Store a batch for some classes, once for each form that was shown, and lead to its page.

    Raises:
        ServiceError: as `BatchDesk.ask`.
    """
    # The form's own: sent twice by a double click, it is one batch.
    once = request.form.get("once", "")[:64]
    key = f"form/{request.form['form']}/{once}" if once else None
    job = installation.batches.ask(
        school,
        school_year,
        by=change_actor(installation),
        via=CONSOLE,
        classes=classes,
        idempotency_key=key,
    )
    return redirect(url_for("console.show_batch", batch_id=job.batch.id), 303)


def _add_asking(console: Blueprint, installation: Installation) -> None:
    @console.get("/years/<school_year>/issue")
    @allow(Role.CLERK, fresh=True)
    def ask_issue_year(school: str, school_year: str) -> str:
        """Ask for which classes, and once more before signing."""
        names = [
            one.class_name
            for one in installation.register.class_counts(school)
            if one.school_year == school_year
        ]
        if not names:
            raise ServiceError("class-unknown", "Không có năm học này.", "There is no such school year.")
        classes = [
            _to_issue(installation, school, school_year, name) for name in sorted(names, key=class_key)
        ]
        ready = [year for one in classes if not one.barred for year in one.ready]
        return render_template(
            "issue_year.html",
            classes=classes,
            samples=[ready[at] for at in sorted({0, len(ready) // 2, len(ready) - 1})] if ready else [],
            today=signers_today(installation, school),
            school_year=school_year,
            once=installation.token_bytes(8).hex(),
        )

    @console.post("/years/<school_year>/issue")
    @allow(Role.CLERK, fresh=True)
    def issue_year(school: str, school_year: str) -> Redirect:
        """Store the classes that were chosen as one batch."""
        classes = request.form.getlist("class")
        if not classes and any(
            one.school_year == school_year for one in installation.register.class_counts(school)
        ):
            raise ServiceError(
                "class-not-chosen",
                "Hãy chọn ít nhất một lớp rồi bấm Ký và cấp.",
                "Choose one class at least, then sign and issue.",
            )
        return ask_for(installation, school, school_year, classes)


def _add_pages(console: Blueprint, installation: Installation) -> None:
    register, desk = installation.register, installation.batches

    def shown(job: BatchJob) -> Progress:
        return progress_of(job, register.batch_items(job), active_jobs=register.active_jobs())

    @console.get("/batches")
    @allow(*WHOLE_SCHOOL)
    def show_batches(school: str) -> str:
        """List the school's batches, the newest first."""
        return render_template(
            "batches.html",
            batches=[
                (shown(job), _moment(job.batch.created_at))
                for job in register.jobs(school, limit=SHOWN_BATCHES)
            ],
            title_of=_title,
            sentence=_sentence,
        )

    @console.get("/batches/<batch_id>")
    @allow(*WHOLE_SCHOOL)
    def show_batch(school: str, batch_id: str) -> str:
        """Show how far a batch is, what is to be looked at first, and each document of a class."""
        job = desk.known(school, batch_id)
        progress = shown(job)
        chosen = request.args.get("class")
        if chosen is not None and chosen not in job.classes:
            raise batch_unknown()
        if chosen is None and (progress.counts.total <= FEW or len(job.classes) == 1):
            # Those that failed stand above.
            listed = tuple(one for one in progress.items if outcome_of(one) is not Outcome.FAILED)
        else:
            listed = tuple(one for one in progress.items if one.class_name == chosen)
        is_still = "still" in request.args
        return render_template(
            "batch.html",
            progress=progress,
            job=job,
            title=_title(job),
            sentence=_sentence(progress),
            state=_state(installation, progress),
            is_idle=job.is_active and not is_anybody_at_work(installation.folder("state")),
            interrupted=_interrupted(register.batch_acts(school, batch_id)),
            failed=_of(progress.items, Outcome.FAILED),
            waiting=[
                (one, _reasons(progress.items, one)) for one in (Outcome.WAITS_SIGNATURE, Outcome.WAITS_PROOF)
            ],
            unapproved=0 if job.todo else progress.counts[Outcome.NOT_BEGUN],
            listed=sorted(listed, key=_order),
            limit=SHOWN_ITEMS,
            chosen=chosen,
            outcome_of=outcome_of,
            Outcome=Outcome,
            # A column for what nobody waits for would push the others off a narrow screen.
            between=[one for one in _BETWEEN if progress.counts[one]],
            acts=[(one, _moment(one.at)) for one in register.batch_acts(school, batch_id)],
            refresh=None if is_still else _refresh(progress),
            is_still=is_still,
            may_resume=job.state in {JobState.PAUSED, JobState.STOPPED},
            may_retry=not job.is_active
            and bool(progress.counts.failed or progress.counts[Outcome.WAITS_PROOF]),
            spelled=spelled,
            moment=_moment,
        )

    @console.post("/batches/<batch_id>")
    @allow(Role.CLERK, fresh=True)
    def set_going(school: str, batch_id: str) -> Redirect:
        """Resume a batch, or have the failed ones tried again: what is signed then is for whoever does it."""
        act = desk.retry if request.form.get("act") == ActKind.RETRY else desk.resume
        act(school, batch_id, by=change_actor(installation), via=CONSOLE)
        return _to(batch_id)

    @console.post("/batches/<batch_id>/pause")
    @allow(Role.CLERK, Role.PRINCIPAL, Role.DEPUTY_PRINCIPAL)
    def pause_batch(school: str, batch_id: str) -> Redirect:
        """Pause a batch."""
        desk.pause(school, batch_id, by=change_actor(installation), via=CONSOLE)
        return _to(batch_id)


def _to_issue(installation: Installation, school: str, school_year: str, name: str) -> ClassToIssue:
    ready, unapproved = ready_and_waiting(installation, school, school_year, name)
    try:
        check_release(installation, school, school_year, name)
    except ServiceError:
        return ClassToIssue(name, tuple(ready), unapproved, barred=True)
    return ClassToIssue(name, tuple(ready), unapproved, barred=False)


def _to(batch_id: str) -> Redirect:
    return redirect(url_for("console.show_batch", batch_id=batch_id), 303)


def _title(job: BatchJob) -> str:
    words, batch = texts(), job.batch
    if batch.student_code is not None:
        what = f"{words['batch_student']} {job.classes[0]}"
    elif len(job.classes) == 1:
        what = f"{words['class'].lower()} {job.classes[0]}"
    else:
        what = f"{len(job.classes)} {words['batch_classes']}"
    return f"{words['batch_of']}: {what}, {batch.school_year}"


def _sentence(progress: Progress) -> str:
    """Return the one sentence of a batch: so many of so many, failed, waiting, how long it will take."""
    words, counts = texts(), progress.counts
    said_so_far = words["batch_said"].format(
        done=spelled(counts.signed), total=spelled(counts.total), failed=spelled(counts.failed)
    )
    parts = [said_so_far]
    if counts.waiting:
        parts.append(words["batch_waiting"].format(count=spelled(counts.waiting)))
    if progress.seconds_left is not None:
        parts.append(said(time_left(progress.seconds_left)))
    return " · ".join(parts)


def _state(installation: Installation, progress: Progress) -> str:
    words, job = texts(), progress.job
    if job.state is JobState.DONE and progress.counts.waiting:
        return words["batch_is_waiting"]
    if not job.is_active:
        return words[f"batch_is_{job.state}"]
    if not is_anybody_at_work(installation.folder("state")):
        return words["batch_is_idle"]
    if job.turn_open is None:
        return words["batch_is_queued"]
    return words["batch_is_running"].format(name=job.todo[0])


def _interrupted(acts: Sequence[BatchAct]) -> str | None:
    """Return what is said of the last time that a worker died in a batch; nothing once somebody looked after it."""
    last = acts[-1]
    if last.kind is not ActKind.INTERRUPTED:
        return None
    return texts()["batch_interrupted"].format(at=_moment(last.at))


def _refresh(progress: Progress) -> int | None:
    if progress.job.is_active:
        return REFRESH_SECONDS
    goes_on = progress.counts.waiting or progress.counts[Outcome.SIGNED]
    return WAITING_REFRESH_SECONDS if goes_on and progress.job.state is JobState.DONE else None


def _of(items: Sequence[BatchItem], outcome: Outcome) -> list[BatchItem]:
    return sorted((one for one in items if outcome_of(one) is outcome), key=_order)


def _reasons(items: Sequence[BatchItem], outcome: Outcome) -> list[str]:
    """Return each reason once: a thousand documents may wait for the same."""
    found = (one.failure for one in items if outcome_of(one) is outcome)
    return [said(text) for text in dict.fromkeys(found) if text is not None]


def _order(item: BatchItem) -> tuple[object, ...]:
    return _ORDER[outcome_of(item)], class_key(item.class_name), name_key(item.full_name)


def _moment(at: int) -> str:
    return f"{dt.datetime.fromtimestamp(at, VIETNAM):%H:%M %d/%m/%Y}"

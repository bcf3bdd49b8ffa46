"""`hocba batches …`, `hocba worker`: what is still to be issued, how far it is, and the process that does it."""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import click

from schemas.change_trail import Actor
from service.acting import account_here
from service.batches.progress import Outcome, Progress, outcome_of, progress_of, spelled_number, time_left
from service.batches.shown import batch_facts
from service.batches.worker import Worker, is_anybody_at_work
from service.cli.command import (
    chosen_school,
    data_option,
    json_option,
    listed,
    open_installation,
    refusals,
    school_option,
    shown_progress,
)
from service.installation import Installation
from service.storage.batch_records import BatchJob, JobState

_EPILOG = """\b
Examples:
  hocba batches list --data demo-data
  hocba batches show 0123456789abcdef0123456789abcdef --data demo-data --follow
  hocba batches pause 0123456789abcdef0123456789abcdef --data demo-data
  hocba worker --data demo-data
"""
_LISTED: Final = 30
_FOLLOW_SECONDS: Final = 1.0
_STATES: Final = {
    JobState.QUEUED: "đang làm / in progress",
    JobState.PAUSED: "tạm dừng / paused",
    JobState.STOPPED: "dừng, cần xem / stopped",
    JobState.DONE: "xong / done",
}

Act = Callable[..., BatchJob]


@click.group("batches", short_help="See, pause, resume and retry batches.", epilog=_EPILOG)
def batches_group() -> None:
    """See how far batches are, pause and resume them, try again what failed."""


@batches_group.command("list", epilog=_EPILOG)
@data_option
@school_option
@json_option
@refusals
def list_batches(*, data: Path, school: str | None, as_json: bool) -> None:
    """List the last batches, the newest first."""
    installation = open_installation(data)
    jobs = installation.register.jobs(chosen_school(installation, school), limit=_LISTED)
    shown = [_progress(installation, job) for job in jobs]
    if as_json:
        click.echo(json.dumps({"batches": [batch_facts(one) for one in shown]}, ensure_ascii=False))
        return
    for one in listed(shown):
        click.echo(f"{one.job.batch.id}  {_scope(one.job)}: {_STATES[one.job.state]} – {_sentence(one)}")


@batches_group.command("show", epilog=_EPILOG)
@click.argument("batch_id")
@data_option
@school_option
@click.option("--follow", is_flag=True, help="Stay until it is done, paused or stopped; a bar on a terminal.")
@json_option
@refusals
def show_batch(*, batch_id: str, data: Path, school: str | None, follow: bool, as_json: bool) -> None:
    """Show how far a batch is.

    The exit code is 1 where documents failed, or the batch stopped.
    """
    installation = open_installation(data)
    code = chosen_school(installation, school)
    progress = _progress(installation, installation.batches.known(code, batch_id))
    if follow:
        progress = _followed(installation, progress)
    _echo(installation, progress, as_json=as_json)
    if progress.counts.failed or progress.job.state is JobState.STOPPED:
        sys.exit(1)


@batches_group.command("pause", epilog=_EPILOG)
@click.argument("batch_id")
@data_option
@school_option
@json_option
@refusals
def pause_batch(*, batch_id: str, data: Path, school: str | None, as_json: bool) -> None:
    """Have nothing more signed for now.

    It takes effect after the documents that are being signed, 25 at most.
    """
    _act(data, school, batch_id, lambda installation: installation.batches.pause, as_json=as_json)


@batches_group.command("resume", epilog=_EPILOG)
@click.argument("batch_id")
@data_option
@school_option
@json_option
@refusals
def resume_batch(*, batch_id: str, data: Path, school: str | None, as_json: bool) -> None:
    """Go on with a batch that was paused or has stopped."""
    _act(data, school, batch_id, lambda installation: installation.batches.resume, as_json=as_json)


@batches_group.command("retry", epilog=_EPILOG)
@click.argument("batch_id")
@data_option
@school_option
@json_option
@refusals
def retry_batch(*, batch_id: str, data: Path, school: str | None, as_json: bool) -> None:
    """Try the documents again that failed."""
    _act(data, school, batch_id, lambda installation: installation.batches.retry, as_json=as_json)


@click.command("worker", short_help="Carry out the batches that were asked for.", epilog=_EPILOG)
@data_option
@click.option("--once", is_flag=True, help="End when nothing is left to do.")
@refusals
def worker(*, data: Path, once: bool) -> None:
    """Carry out batches until stopped; beside another worker of the same data folder it stands by.

    `hocba serve` has one in itself; this is for a console that several processes serve.
    """
    installation = open_installation(data)
    made = Worker(installation)
    # What is being signed is finished first; what is left is done by whoever runs next.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: made.stop())
    if not once:
        click.echo("Đang chờ các đợt cấp; dừng bằng Ctrl-C / waiting for batches; stop with Ctrl-C", err=True)
        made.run()
    elif not made.finish():
        click.echo("Đã có tiến trình khác đang cấp / another process is at work", err=True)


def _act(
    data: Path, school: str | None, batch_id: str, act: Callable[[Installation], Act], *, as_json: bool
) -> None:
    installation = open_installation(data)
    code, by = chosen_school(installation, school), account_here()
    job = act(installation)(code, batch_id, by=by, via=shell(by))
    _echo(installation, _progress(installation, job), as_json=as_json)


def shell(by: Actor) -> str:
    """Return the way by which somebody at the server acts."""
    return f"shell {by.name}"


def _progress(installation: Installation, job: BatchJob) -> Progress:
    register = installation.register
    return progress_of(job, register.batch_items(job), active_jobs=register.active_jobs())


def _followed(installation: Installation, progress: Progress) -> Progress:
    school, batch_id = progress.job.batch.school_code, progress.job.batch.id
    with shown_progress("Đang cấp / issuing") as show:
        while True:
            done, total = progress.shares
            if total:
                show(done, total)
            if not progress.job.is_active:
                return progress
            time.sleep(_FOLLOW_SECONDS)
            progress = _progress(installation, installation.batches.known(school, batch_id))


def _echo(installation: Installation, progress: Progress, *, as_json: bool) -> None:
    job = progress.job
    if as_json:
        click.echo(json.dumps(batch_facts(progress), ensure_ascii=False))
        return
    click.echo(f"{_scope(job)}: {_STATES[job.state]} – {_sentence(progress)}")
    if job.stop is not None:
        click.echo(f"{job.stop.vi} / {job.stop.en} [{job.stop_code}]")
    if job.is_active and not is_anybody_at_work(installation.folder("state")):
        click.echo(
            "Chưa có tiến trình nào đang cấp: hãy chạy hocba serve hoặc hocba worker / "
            "nobody is at work: run hocba serve or hocba worker"
        )
    for name, counts in progress.by_class.items():
        click.echo(f"  {name}: {counts.issued}/{counts.total}, lỗi / failed {counts.failed}")
    for item in progress.items:
        if outcome_of(item) is Outcome.FAILED and item.failure is not None:
            text = item.failure
            click.echo(f"  {item.student_code}: {text.vi} / {text.en} [{item.failure_code}]")
    for reason in dict.fromkeys(
        one.failure
        for one in progress.items
        if outcome_of(one) in {Outcome.WAITS_SIGNATURE, Outcome.WAITS_PROOF}
    ):
        if reason is not None:
            click.echo(f"  {reason.vi} / {reason.en}")


def _scope(job: BatchJob) -> str:
    return f"{', '.join(job.classes)} ({job.batch.school_year})"


def _sentence(progress: Progress) -> str:
    counts = progress.counts
    done, total = spelled_number(counts.signed, english=False), spelled_number(counts.total, english=False)
    parts = [f"đã ký / signed {done}/{total}", f"lỗi / failed {counts.failed}"]
    if counts.waiting:
        parts.append(f"chờ / waiting {counts.waiting}")
    if progress.seconds_left is not None:
        left = time_left(progress.seconds_left)
        parts.append(f"{left.vi} / {left.en}")
    return " · ".join(parts)

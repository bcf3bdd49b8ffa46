"""`hocba issue`: approved drafts become released transcripts; what was left is finished."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from schemas.serial import display_serial
from service.acting import account_here
from service.cli.batches import shell
from service.cli.command import (
    data_option,
    json_option,
    open_installation,
    operator_here,
    refusals,
    school_option,
    shown_progress,
    year_option,
)
from service.deciding import differences
from service.grace import when_released
from service.issuing import BatchReport
from service.storage.batch_records import BatchJob
from service.storage.records import Issuance


@click.command()
@data_option
@year_option
@school_option
@click.option("--class", "class_name", help="Issue for a class.")
@click.option("--student", "student_code", help="Issue for one student, by code.")
@click.option("--all", "everyone", is_flag=True, help="Issue for the whole school year.")
@click.option("--later", is_flag=True, help="Store it for the worker instead: see hocba batches show.")
@json_option
@refusals
def issue(
    *,
    data: Path,
    school_year: str,
    school: str | None,
    class_name: str | None,
    student_code: str | None,
    everyone: bool,
    later: bool,
    as_json: bool,
) -> None:
    """Issue transcripts; what an earlier run left unfinished is finished, and nothing is issued twice."""
    if [class_name is not None, student_code is not None, everyone].count(True) != 1:
        raise click.UsageError("Choose exactly one of --class, --student, --all.")
    installation = open_installation(data)
    code = installation.register.only_school() if school is None else school
    found = differences(
        installation.register, code, school_year, class_name=class_name, student_code=student_code
    )
    _warn_of_undecided(sum(one.decision is None for one in found))
    if later:
        by = account_here()
        classes = None if class_name is None else [class_name]
        job = installation.batches.ask(
            code, school_year, by=by, via=shell(by), classes=classes, student_code=student_code
        )
        _echo_later(job, as_json=as_json)
        return
    with shown_progress("Đang cấp / issuing") as progress:
        report = installation.issue(
            code,
            school_year,
            class_name=class_name,
            student_code=student_code,
            progress=progress,
            operator=operator_here(),
        )
    _echo_report(report, as_json=as_json)
    if report.failed:
        sys.exit(1)


def _warn_of_undecided(count: int) -> None:
    if count:
        click.echo(
            f"Còn {count} khác biệt với quy tắc chưa ai quyết định; xem: hocba differences list / "
            f"nobody has decided about {count} differences from the rules; see: hocba differences list",
            err=True,
        )


def _echo_later(job: BatchJob, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"batch": job.batch.id}))
    else:
        click.echo(f"Đã ghi đợt cấp / stored as batch {job.batch.id}")


def _echo_report(report: BatchReport, *, as_json: bool) -> None:
    for issuance in report.failed:
        click.echo(_failure(issuance), err=True)
    for waiting in report.unapproved:
        click.echo(
            f"{waiting.student_code}: {waiting.text.vi} / {waiting.text.en} [{waiting.code}]", err=True
        )
    if as_json:
        click.echo(
            json.dumps(
                {
                    "batch": report.batch.id,
                    "issued": len(report.released),
                    "waiting": len(report.waiting),
                    "signed": len(report.in_window),
                    "failed": len(report.failed),
                    "unapproved": {one.student_code: one.code for one in report.unapproved},
                    "serials": _serials(report.released),
                }
            )
        )
    else:
        click.echo(
            f"Đã cấp {len(report.released)}, chưa cấp được {len(report.failed)} / "
            f"issued {len(report.released)}, failed {len(report.failed)}"
        )
        if report.in_window:
            last = max(filter(None, map(when_released, report.in_window)), default=None)
            until = f" {last:%H:%M %d/%m/%Y}" if last else ""
            click.echo(
                f"Đã ký, chờ phát hành đến{until} {len(report.in_window)} / "
                f"signed, to be released by{until} {len(report.in_window)}"
            )
        if report.unapproved:
            click.echo(f"Chưa duyệt {len(report.unapproved)} / not approved {len(report.unapproved)}")
        if report.waiting:
            click.echo(f"Chờ ký {len(report.waiting)} / awaiting signature {len(report.waiting)}")
            for text in dict.fromkeys(one.failure for one in report.waiting if one.failure):
                click.echo(f"  {text.vi} / {text.en}")


def _failure(issuance: Issuance) -> str:
    text = issuance.failure
    return (
        f"{issuance.student_code}: {text.vi} / {text.en} [{issuance.failure_code}]"
        if text
        else issuance.student_code
    )


def _serials(issuances: Sequence[Issuance]) -> dict[str, str]:
    return {issuance.student_code: display_serial(issuance.serial) for issuance in issuances}

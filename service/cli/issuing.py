"""`hocba issue`: approved drafts become released transcripts; what was left is finished."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from schemas.serial import display_serial
from service.cli.command import data_option, json_option, open_installation, refusals, year_option
from service.issuing import BatchReport
from service.storage.records import Issuance


@click.command(short_help="Issue transcripts; finish what was left.")
@data_option
@year_option
@click.option("--school", help="The school's code, where the installation has several.")
@click.option("--class", "class_name", help="Issue for a class.")
@click.option("--student", "student_code", help="Issue for one student, by code.")
@click.option("--all", "everyone", is_flag=True, help="Issue for the whole school year.")
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
    as_json: bool,
) -> None:
    """Issue transcripts; what an earlier run left unfinished is finished, and nothing is issued twice."""
    if [class_name is not None, student_code is not None, everyone].count(True) != 1:
        raise click.UsageError("Choose exactly one of --class, --student, --all.")
    installation = open_installation(data)
    with click.progressbar(length=0, label="Đang cấp / issuing", file=sys.stderr) as bar:

        def progress(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        report = installation.issue(
            installation.only_school() if school is None else school,
            school_year,
            class_name=class_name,
            student_code=student_code,
            progress=progress,
        )
    _echo_report(report, as_json=as_json)
    if report.failed:
        sys.exit(1)


def _echo_report(report: BatchReport, *, as_json: bool) -> None:
    for issuance in report.failed:
        click.echo(_failure(issuance), err=True)
    if as_json:
        click.echo(
            json.dumps(
                {
                    "batch": report.batch.id,
                    "issued": len(report.released),
                    "failed": len(report.failed),
                    "serials": _serials(report.released),
                }
            )
        )
    else:
        click.echo(
            f"Đã cấp {len(report.released)}, chưa cấp được {len(report.failed)} / "
            f"issued {len(report.released)}, failed {len(report.failed)}"
        )


def _failure(issuance: Issuance) -> str:
    text = issuance.failure
    return (
        f"{issuance.student_code}: {text.vi} / {text.en} [{issuance.failure_code}]"
        if text
        else issuance.student_code
    )


def _serials(issuances: Sequence[Issuance]) -> dict[str, str]:
    return {issuance.student_code: display_serial(issuance.serial) for issuance in issuances}

"""`hocba takeover`: the years of a transcript that a learner brings from another school."""

from __future__ import annotations

import json
from pathlib import Path

import click

from schemas.serial import display_serial
from service.cli.command import (
    chosen_school,
    data_option,
    json_option,
    open_installation,
    refusals,
    school_option,
)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@data_option
@school_option
@click.option("--dry-run", is_flag=True, help="Only verify the file and say what would be taken over.")
@json_option
@refusals
def takeover(file: Path, *, data: Path, school: str | None, dry_run: bool, as_json: bool) -> None:
    """Verify FILE, a transcript of another school, and take over its years for the learner who brings it."""
    installation = open_installation(data)
    code = chosen_school(installation, school)
    done = installation.take_over(code, file.read_bytes(), file.name, dry_run=dry_run)
    transcript, serial = done.transcript, display_serial(done.transcript.serial)
    years = [year.school_year for year in done.taken]
    if done.is_continued:
        click.echo(
            "Học bạ này đã có bản mới hơn, thêm năm học; nên xin bản mới nhất / "
            "a later document adds a further year; better ask for the newest",
            err=True,
        )
    if as_json:
        members = {
            "serial": serial,
            "school_code": transcript.issuer.code,
            "student_code": transcript.learner.student_code,
            "taken": years,
            "left": [year.school_year for year in done.left],
            "dry_run": dry_run,
        }
        click.echo(json.dumps(members, ensure_ascii=False))
        return
    learner = transcript.learner
    vi, en = ("Sẽ tiếp nhận", "would take over") if dry_run else ("Đã tiếp nhận", "took over")
    click.echo(
        f"{vi} / {en}: {learner.full_name} ({learner.student_code}), {', '.join(years) or '–'}, "
        f"{transcript.issuer.name}, {serial}"
    )

"""`hocba extract`: one school year of an issued transcript (trích lục), or the summary for a transfer."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from schemas.serial import display_serial
from service.cli.command import (
    chosen_school,
    data_option,
    json_option,
    open_installation,
    operator_here,
    refusals,
    school_option,
    school_year_typed,
)
from service.extracting import ExtractRequest
from service.issuing import released_path


@click.command()
@data_option
@school_option
@click.option("--student", "student_code", required=True, help="The student's code.")
@click.option(
    "--year",
    "school_year",
    callback=school_year_typed,
    help="The school year of the extract (trích lục), as 2025-2026.",
)
@click.option("--transfer", is_flag=True, help="The summary of all years, for a transfer to another school.")
@json_option
@refusals
def extract(
    *,
    data: Path,
    school: str | None,
    student_code: str,
    school_year: str | None,
    transfer: bool,
    as_json: bool,
) -> None:
    """Issue an extract or a summary of a student's transcript, which must be issued and in force."""
    if transfer == (school_year is not None):
        raise click.UsageError("Choose exactly one of --year, --transfer.")
    installation = open_installation(data)
    code = chosen_school(installation, school)
    issuance = installation.extract(ExtractRequest(code, student_code, school_year), operator_here())
    serial, path = display_serial(issuance.serial), released_path(installation.folder("issued"), issuance)
    if not issuance.is_current:
        why = issuance.failure
        sentence = f"{why.vi} / {why.en} [{issuance.failure_code}]" if why else issuance.standing
        click.echo(f"{student_code}: {sentence}", err=True)
        if not issuance.is_waiting:
            sys.exit(1)
    file = str(path) if issuance.is_current else None
    if as_json:
        click.echo(json.dumps({"serial": serial, "file": file}))
    elif file is not None:
        click.echo(f"Đã cấp {serial} / issued {serial}: {file}")

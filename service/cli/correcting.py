"""`hocba correct …`: one person asks for a transcript to be corrected by mended data, another confirms."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from service.cli.changing import echo_changes, key_option, reason_option, token_from, token_option
from service.cli.command import (
    chosen_school,
    data_option,
    json_option,
    open_installation,
    operator_here,
    refusals,
    school_option,
    year_option,
)
from service.cli.importing import echo_complaints
from service.correcting import request_correction, row_of, withdraw_correction
from service.importing.reader import MAX_WORKBOOK_BYTES
from service.scopes import Scope
from service.storage.records import ChangeKind, ChangeState
from verify.files import read_regular_file


@click.group("correct")
def correct_group() -> None:
    """Correct an issued transcript: one token asks with the mended data, another confirms."""


@correct_group.command(short_help="Ask for a transcript to be corrected.")
@click.argument("workbook", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@data_option
@token_option
@year_option
@click.option("--student", "student_code", required=True, help="The student's code; other rows are not read.")
@reason_option
@key_option
@json_option
@refusals
def request(
    *,
    workbook: Path,
    data: Path,
    token_file: Path,
    school_year: str,
    student_code: str,
    reason: str,
    idempotency_key: str | None,
    as_json: bool,
) -> None:
    """Ask for a student's transcript to be corrected by a class workbook with the mended data."""
    installation = open_installation(data)
    token = token_from(installation, token_file, Scope.CORRECT)
    result = installation.import_workbook(
        read_regular_file(workbook, MAX_WORKBOOK_BYTES), school_year, dry_run=True, school=token.school_code
    )
    echo_complaints(result)
    if not result.ok:
        sys.exit(1)
    with installation.correcting() as tools:
        change = request_correction(
            tools,
            token,
            row_of(result.rows, student_code),
            reason=reason,
            idempotency_key=idempotency_key or installation.token_bytes(16).hex(),
        )
    echo_changes(installation, [change], as_json=as_json)


@correct_group.command(short_help="Confirm a request and issue; again, to finish.")
@click.argument("request_id")
@data_option
@token_option
@json_option
@refusals
def confirm(*, request_id: str, data: Path, token_file: Path, as_json: bool) -> None:
    """Confirm a request and issue the corrected transcript; again, to finish what was left."""
    installation = open_installation(data)
    token = token_from(installation, token_file, Scope.CORRECT)
    change, document = installation.confirm_correction(token, request_id, operator_here())
    echo_changes(installation, [change], as_json=as_json)
    if document.failure is not None:
        text = document.failure
        click.echo(f"{document.student_code}: {text.vi} / {text.en} [{document.failure_code}]", err=True)
    if change.state is not ChangeState.DONE or document.failure is not None:
        sys.exit(1)


@correct_group.command()
@click.argument("request_id")
@data_option
@token_option
@json_option
@refusals
def withdraw(*, request_id: str, data: Path, token_file: Path, as_json: bool) -> None:
    """Take a request back whose transcript has not been signed."""
    installation = open_installation(data)
    with installation.correcting() as tools:
        change = withdraw_correction(tools, token_from(installation, token_file, Scope.CORRECT), request_id)
    echo_changes(installation, [change], as_json=as_json)


@correct_group.command("list")
@data_option
@school_option
@json_option
@refusals
def list_requests(*, data: Path, school: str | None, as_json: bool) -> None:
    """List the requests of a school, the newest first."""
    installation = open_installation(data)
    changes = installation.register.changes(chosen_school(installation, school))
    corrections = [change for change in changes if change.kind is ChangeKind.CORRECTION]
    echo_changes(installation, corrections, as_json=as_json)

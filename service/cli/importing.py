"""`hocba import`: a school's workbook becomes drafts, or a list of what to mend."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from service.cli.command import data_option, json_option, open_installation, refusals, year_option
from service.importing.complaints import Complaint
from service.importing.reader import MAX_WORKBOOK_BYTES, ImportResult
from verify.files import read_regular_file


@click.command("import", short_help="Import a class workbook, or say what to mend.")
@click.argument("workbook", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@data_option
@year_option
@click.option("--dry-run", is_flag=True, help="Check everything, write nothing.")
@json_option
@refusals
def import_workbook(*, workbook: Path, data: Path, school_year: str, dry_run: bool, as_json: bool) -> None:
    """Import a class workbook: everything, or nothing with a list of what to mend."""
    installation = open_installation(data)
    result = installation.import_workbook(
        read_regular_file(workbook, MAX_WORKBOOK_BYTES), school_year, dry_run=dry_run
    )
    echo_complaints(result)
    accepted = len(result.rows) if result.ok else 0
    if as_json:
        click.echo(
            json.dumps(
                {
                    "imported": 0 if dry_run else accepted,
                    "accepted": accepted,
                    "complaints": len(result.complaints),
                }
            )
        )
    elif result.ok:
        click.echo(
            f"{'Sẽ nhập' if dry_run else 'Đã nhập'} {accepted} học sinh / "
            f"{'would import' if dry_run else 'imported'} {accepted} students"
        )
    if not result.ok:
        click.echo(
            "Chưa nhập gì; hãy sửa các lỗi trên rồi nhập lại / Nothing was imported; mend the above.",
            err=True,
        )
        sys.exit(1)


def echo_complaints(result: ImportResult) -> None:
    """Say what is wrong with a workbook, a line for each complaint."""
    for complaint in result.complaints:
        click.echo(_complaint(complaint), err=True)


def _complaint(complaint: Complaint) -> str:
    place = " ".join(
        str(part) for part in (complaint.sheet, f"{complaint.column or ''}{complaint.row or ''}") if part
    )
    return f"[{complaint.severity}] {place}: {complaint.vi} / {complaint.en} [{complaint.code}]"

"""`hocba …`: set up a demonstration, import, issue, serve, keep database and record.

Refusals are one sentence in Vietnamese and one in English and the exit code 1; a wrong command line has the
exit code 2.
"""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

import click

from keys.cli import keys_group
from schemas.errors import HocbaError
from schemas.serial import display_serial
from service.demo import (
    ISSUING_PORT,
    VERIFYING_PORT,
    check_port_is_free,
    is_as_promised,
    run_once,
    serve,
    set_up,
)
from service.importing.complaints import Complaint
from service.importing.reader import MAX_WORKBOOK_BYTES
from service.installation import Installation
from service.issuing import BatchReport
from service.settings import Settings
from service.storage.records import Issuance
from verify.files import read_regular_file

_P = ParamSpec("_P")
_T = TypeVar("_T")

EPILOG = """\b
Examples:
  hocba demo --once --data demo-data
  hocba import class-6A.xlsx --data demo-data --year 2025-2026 --dry-run
  hocba issue --data demo-data --class 6A --year 2025-2026
"""


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _refusals(command: Callable[_P, _T]) -> Callable[_P, _T]:
    """Turn a refusal, a full disk and an unwritable folder into one sentence; never show a trace."""

    @wraps(command)
    def wrapped(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        try:
            return command(*args, **kwargs)
        except HocbaError as error:
            raise click.ClickException(f"{error.text.vi}\n{error.text.en} [{error.code}]") from error
        except OSError as error:
            name = error.filename or ""
            raise click.ClickException(
                f"Không đọc hoặc ghi được {name}: {error.strerror}. Hãy xem quyền và chỗ trống trên đĩa.\n"
                f"Cannot read or write {name}: {error.strerror}. Check permissions and free space. [file-error]"
            ) from error

    return wrapped


data_option = click.option(
    "--data", required=True, type=click.Path(file_okay=False, path_type=Path), help="The data folder."
)
year_option = click.option("--year", "school_year", required=True, help="The school year, as 2025-2026.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line.")


def _open(data: Path) -> Installation:
    return Installation.open(Settings.load(data), now=_now, token_bytes=secrets.token_bytes)


@click.group(epilog=EPILOG)
def main() -> None:
    """Issue digital transcripts (học bạ số) that anyone can check."""


main.add_command(keys_group)


@main.command(short_help="Make a demonstration school, issue, verify, serve.")
@click.option("--once", is_flag=True, help="Import, issue, verify, show a refusal, and end.")
@click.option(
    "--data",
    default="demo-data",
    type=click.Path(file_okay=False, path_type=Path),
    help="The data folder [demo-data].",
)
@click.option(
    "--students", default=40, type=click.IntRange(1, 5000), help="How many students to invent [40]."
)
@json_option
@_refusals
def demo(*, once: bool, data: Path, students: int, as_json: bool) -> None:
    """Make a demonstration school, issue its transcripts, verify them, and serve both sides."""
    installation = set_up(data, students=students, now=_now, token_bytes=secrets.token_bytes, say=click.echo)
    report = run_once(installation, students=students, say=click.echo)
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False))
    if not is_as_promised(report):
        sys.exit(1)
    if not once:
        serve(installation, issuing_port=ISSUING_PORT, verifying_port=VERIFYING_PORT, say=click.echo)


@main.command("import", short_help="Import a class workbook, or say what to mend.")
@click.argument("workbook", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@data_option
@year_option
@click.option("--dry-run", is_flag=True, help="Check everything, write nothing.")
@json_option
@_refusals
def import_workbook(*, workbook: Path, data: Path, school_year: str, dry_run: bool, as_json: bool) -> None:
    """Import a class workbook: everything, or nothing with a list of what to mend."""
    installation = _open(data)
    result = installation.import_workbook(
        read_regular_file(workbook, MAX_WORKBOOK_BYTES), school_year, dry_run=dry_run
    )
    for complaint in result.complaints:
        click.echo(_complaint(complaint), err=True)
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


@main.command(short_help="Issue transcripts; finish what was left.")
@data_option
@year_option
@click.option("--school", help="The school's code, where the installation has several.")
@click.option("--class", "class_name", help="Issue for a class.")
@click.option("--student", "student_code", help="Issue for one student, by code.")
@click.option("--all", "everyone", is_flag=True, help="Issue for the whole school year.")
@json_option
@_refusals
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
    installation = _open(data)
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


@main.command("serve", short_help="Serve console, API and the public record.")
@data_option
@click.option("--host", default="127.0.0.1", help="Address to listen on [127.0.0.1].")
@click.option("--port", default=ISSUING_PORT, help=f"Port to listen on [{ISSUING_PORT}].")
@_refusals
def serve_issuing(*, data: Path, host: str, port: int) -> None:
    """Serve the issuing side: console, API and the public record."""
    from service.app import create_app  # noqa: PLC0415 - Flask is loaded only where pages are served
    from verify.web.serve import serve as serve_wsgi  # noqa: PLC0415

    check_port_is_free(port)
    installation = _open(data)
    installation.publish()
    serve_wsgi(create_app(installation), host=host, port=port)


@main.group()
def record() -> None:
    """Tend the public record (sổ cấp)."""


@record.command()
@data_option
@_refusals
def publish(*, data: Path) -> None:
    """Publish again: a checkpoint with the present time and, where it is due, a status list. Run it hourly."""
    checkpoint = _open(data).publish()
    click.echo(f"size {checkpoint.size}, root {checkpoint.root.hex()}")


@main.group()
def db() -> None:
    """Tend the database."""


@db.command()
@data_option
@_refusals
def upgrade(*, data: Path) -> None:
    """Bring the database to this version of the software."""
    Installation(Settings.load(data), _now, secrets.token_bytes).upgrade_database()
    click.echo("Cơ sở dữ liệu đã ở phiên bản mới nhất / The database is up to date")


def _complaint(complaint: Complaint) -> str:
    place = " ".join(
        str(part) for part in (complaint.sheet, f"{complaint.column or ''}{complaint.row or ''}") if part
    )
    return f"[{complaint.severity}] {place}: {complaint.vi} / {complaint.en} [{complaint.code}]"


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

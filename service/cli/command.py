"""What the commands of `hocba` share: the data folder, refusals as sentences, the clock and randomness."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import wraps
from getpass import getpass
from pathlib import Path
from typing import ParamSpec, TypeVar

import click

from keys.pkcs11_token import PINRequest
from schemas.errors import HocbaError, Text
from service.acting import account_here
from service.errors import ServiceError
from service.installation import Installation
from service.school_years import parse_school_year
from service.settings import Settings
from service.signers.school_signers import Operator
from service.storage.school_records import ChangedBy

_P = ParamSpec("_P")
_T = TypeVar("_T")

data_option = click.option(
    "--data", required=True, type=click.Path(file_okay=False, path_type=Path), help="The data folder."
)


def school_year_typed(
    _context: click.Context, _parameter: click.Parameter, written: str | None
) -> str | None:
    """Return the school year of an option, or None where none was given; a wrong one is a wrong command line."""
    try:
        return None if written is None else parse_school_year(written)
    except ServiceError as error:
        raise click.BadParameter(f"{error.text.vi}\n{error.text.en} [{error.code}]") from error


year_option = click.option(
    "--year",
    "school_year",
    required=True,
    callback=school_year_typed,
    help="The school year, as 2025-2026.",
)
school_option = click.option("--school", help="The school's code, where the installation has several.")
since_option = click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"]),
    help="Only what is of this day or minute, in Vietnam, or later: 2026-06-01, 2026-06-01T07:30.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line.")


def present_time() -> datetime:
    """Return the present time in whole seconds, UTC."""
    return datetime.now(UTC).replace(microsecond=0)


def open_installation(data: Path) -> Installation:
    """Open the installation in a data folder, with the real clock and randomness.

    Raises:
        ServiceError: it is not set up, or of another version.
    """
    return Installation.open(Settings.load(data), now=present_time, token_bytes=secrets.token_bytes)


def chosen_school(installation: Installation, school: str | None) -> str:
    """Return the code of the school that is meant: the one given, else the installation's only one.

    Raises:
        ServiceError: `school-unknown`; none is given, and there are several.
    """
    if school is None:
        return installation.register.only_school()
    installation.register.school(school)
    return school


def changed_here(installation: Installation) -> ChangedBy:
    """Return who changes something of a school by this command, now."""
    return ChangedBy(account_here(), int(installation.now().timestamp()))


@contextmanager
def shown_progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """Give what shows on stderr how many of how many steps are done: a bar on a terminal, else a line each quarter."""
    if sys.stderr.isatty():
        with click.progressbar(length=0, label=label, file=sys.stderr) as bar:

            def move(done: int, total: int) -> None:
                bar.length = total
                bar.update(done - bar.pos)

            yield move
        return
    said = 0

    def say(done: int, total: int) -> None:
        nonlocal said
        if 4 * done // total > said:
            said = 4 * done // total
            click.echo(f"{label} {25 * said} %", err=True)

    yield say


def listed(items: Iterable[_T]) -> Iterator[_T]:
    """Give what a command lists; where that is nothing, say so on standard error: silence would be no answer."""
    found = False
    for item in items:
        found = True
        yield item
    if not found:
        click.echo("Chưa có gì / nothing yet", err=True)


def operator_here() -> Operator:
    """Return the person at the terminal; a PIN is read without echo, and only from one."""
    is_there = sys.stdin.isatty()
    return Operator(
        ask_pin=_ask_pin if is_there else None, ask_secret=_ask_secret if is_there else None, warn=_warn
    )


def _ask_pin(request: PINRequest) -> str:
    if request.warning is not None:
        _warn(request.warning)
    return getpass(f"\nMã PIN của / PIN of {request.token}: ", stream=sys.stderr)


def _ask_secret(what: Text) -> str:
    return getpass(f"\n{what.vi} / {what.en}: ", stream=sys.stderr)


def _warn(text: Text) -> None:
    click.echo(f"{text.vi}\n{text.en}", err=True)


def refusals(command: Callable[_P, _T]) -> Callable[_P, _T]:
    """Turn a refusal, a full disk and an unwritable folder into one sentence; never show a trace."""

    @wraps(command)
    def wrapped(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        try:
            return command(*args, **kwargs)
        except HocbaError as error:
            raise click.ClickException(f"{error.text.vi}\n{error.text.en} [{error.code}]") from error
        except BrokenPipeError:
            # Whoever reads has heard enough: click ends the command without a word.
            raise
        except OSError as error:
            name = error.filename or ""
            raise click.ClickException(
                f"Không đọc hoặc ghi được {name}: {error.strerror}. Hãy xem quyền và chỗ trống trên đĩa.\n"
                f"Cannot read or write {name}: {error.strerror}. Check permissions and free space. [file-error]"
            ) from error

    return wrapped

"""What the commands of `hocba` share: the data folder, refusals as sentences, the clock and randomness."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

import click

from schemas.errors import HocbaError
from service.installation import Installation
from service.settings import Settings

_P = ParamSpec("_P")
_T = TypeVar("_T")

data_option = click.option(
    "--data", required=True, type=click.Path(file_okay=False, path_type=Path), help="The data folder."
)
year_option = click.option("--year", "school_year", required=True, help="The school year, as 2025-2026.")
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


def refusals(command: Callable[_P, _T]) -> Callable[_P, _T]:
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

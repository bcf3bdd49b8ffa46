"""`hocba-verify api-token`: give an institution a token for the API of a verifying service (docs/portal.md)."""

from __future__ import annotations

import secrets
import sys
from pathlib import Path

import click

from schemas.errors import HocbaError
from verify.command import echo_error
from verify.files import read_regular_file, replace_file
from verify.web.tokens import MAX_BYTES, format_tokens, new_token, parse_tokens


@click.command("api-token", short_help="Give an institution a token for the API.")
@click.argument("name")
@click.option(
    "--file",
    "path",
    required=True,
    envvar="HOCBA_VERIFY_TOKENS",
    show_envvar=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file of tokens; made where it is missing.",
)
@click.option("--per-minute", default=600, show_default=True, type=click.IntRange(1, 1_000_000))
@click.option("--per-day", default=100_000, show_default=True, type=click.IntRange(1, 1_000_000_000))
def api_token_command(*, name: str, path: Path, per_minute: int, per_day: int) -> None:
    """Add an institution called NAME to the file of tokens, and print its token, once.

    The file holds the digest alone. To end a token, delete its line: the running service notices.
    """
    try:
        known = list(parse_tokens(read_regular_file(path, MAX_BYTES)).values()) if path.exists() else []
        made = new_token(name, per_minute=per_minute, per_day=per_day, token_bytes=secrets.token_bytes(32))
        replace_file(path, format_tokens([*known, made.institution]))
    except (HocbaError, OSError) as error:
        echo_error(error)
        sys.exit(1)
    click.echo(made.token)

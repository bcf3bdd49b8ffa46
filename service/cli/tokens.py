"""`hocba token …`: who may speak for a school. Revoking and correcting need two of them, held by two people."""

from __future__ import annotations

import secrets
from pathlib import Path

import click

from service.cli.command import data_option, open_installation, present_time, refusals
from service.files import PRIVATE, replace_file
from service.storage.records import Token

_school = click.option("--school", help="The school's code, where the installation has several.")


@click.group("token")
def token_group() -> None:
    """Give out and take back access tokens; only their digests are kept."""


@token_group.command()
@data_option
@_school
@click.option("--holder", required=True, help="Who will hold it, by name or office.")
@click.option(
    "--out",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The new file to write the token to; hand it over and delete it.",
)
@refusals
def add(*, data: Path, school: str | None, holder: str, out: Path) -> None:
    """Make a token for a person, and write it to a file that only its owner can read."""
    if out.exists():
        raise click.UsageError(f"{out} exists; choose a new file.")
    if not holder.strip():
        raise click.UsageError("--holder says who will hold the token: two people are told apart by it.")
    installation = open_installation(data)
    code = installation.only_school() if school is None else school
    installation.register.school(code)
    secret = secrets.token_hex(24)
    # The file first: a token that nobody has read speaks for nobody.
    replace_file(out, secret.encode() + b"\n", mode=PRIVATE)
    token = Token(secrets.token_hex(8), code, holder.strip(), int(present_time().timestamp()))
    installation.register.put_token(token, secret)
    click.echo(f"{token.id}  {token.holder}  → {out}")


@token_group.command("list")
@data_option
@_school
@refusals
def list_tokens(*, data: Path, school: str | None) -> None:
    """List the tokens of a school: id and holder, never the token."""
    installation = open_installation(data)
    for token in installation.register.tokens(installation.only_school() if school is None else school):
        click.echo(f"{token.id}  {token.holder}")


@token_group.command()
@click.argument("token_id")
@data_option
@_school
@refusals
def retire(*, token_id: str, data: Path, school: str | None) -> None:
    """Take a token back: it opens nothing from now on."""
    installation = open_installation(data)
    code = installation.only_school() if school is None else school
    if installation.register.retire_token(code, token_id):
        click.echo(
            f"{token_id}: đã thu lại; tên người giữ còn lưu vì có trong đề nghị / "
            "taken back; the holder's name stays with the requests that name it"
        )
    else:
        click.echo(f"{token_id}: đã thu lại và xoá / taken back and erased")

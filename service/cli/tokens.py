"""`hocba token …`: who may speak for a school. Revoking and correcting need two of them, held by two people."""

from __future__ import annotations

import secrets
from pathlib import Path

import click

from service.cli.command import (
    chosen_school,
    data_option,
    open_installation,
    present_time,
    refusals,
    school_option,
)
from service.files import PRIVATE, replace_file
from service.storage.records import Token


@click.group("token")
def token_group() -> None:
    """Give out and take back access tokens; only their digests are kept."""


@token_group.command(short_help="Make a token, and write it to a file.")
@data_option
@school_option
@click.option("--holder", help="Who will hold it, by name or office, where it is nobody who signs in.")
@click.option("--person", help="Whose it is, by the name that they sign in with: four eyes count people.")
@click.option(
    "--out",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The new file to write the token to; hand it over and delete it.",
)
@refusals
def add(*, data: Path, school: str | None, holder: str | None, person: str | None, out: Path) -> None:
    """Make a token for a person, and write it to a file that only its owner can read."""
    if out.exists():
        raise click.UsageError(f"{out} exists; choose a new file.")
    if (holder is None) == (person is None) or (holder is not None and not holder.strip()):
        raise click.UsageError(
            "--holder or --person says who will hold the token: two people are told apart by it."
        )
    installation = open_installation(data)
    code = chosen_school(installation, school)
    owner = installation.administration.find(code, person).person if person is not None else None
    name = owner.name if owner else (holder or "").strip()
    secret = secrets.token_hex(24)
    # The file first: a token that nobody has read speaks for nobody.
    replace_file(out, secret.encode() + b"\n", mode=PRIVATE)
    at = int(present_time().timestamp())
    token = Token(secrets.token_hex(8), code, name, at, owner.id if owner else None)
    installation.register.put_token(token, secret)
    click.echo(f"{token.id}  {token.holder}  → {out}")


@token_group.command("list")
@data_option
@school_option
@refusals
def list_tokens(*, data: Path, school: str | None) -> None:
    """List the tokens of a school: id and holder, never the token."""
    installation = open_installation(data)
    for token in installation.register.tokens(chosen_school(installation, school)):
        click.echo(f"{token.id}  {token.holder}")


@token_group.command()
@click.argument("token_id")
@data_option
@school_option
@refusals
def retire(*, token_id: str, data: Path, school: str | None) -> None:
    """Take a token back: it opens nothing from now on."""
    installation = open_installation(data)
    code = chosen_school(installation, school)
    if installation.register.retire_token(code, token_id):
        click.echo(
            f"{token_id}: đã thu lại; tên người giữ còn lưu vì có trong đề nghị / "
            "taken back; the holder's name stays with the requests that name it"
        )
    else:
        click.echo(f"{token_id}: đã thu lại và xoá / taken back and erased")

"""`hocba token …`: who may speak for a school. Revoking and correcting need two of them, held by two people."""

from __future__ import annotations

import json
import secrets
from datetime import datetime
from pathlib import Path

import click

from schemas.vietnam_time import VIETNAM
from service.cli.command import (
    chosen_school,
    data_option,
    json_option,
    listed,
    open_installation,
    present_time,
    refusals,
    school_option,
)
from service.files import PRIVATE, replace_file
from service.scopes import Scope
from service.speaking import MAX_DAYS
from service.storage.records import Token

_DAY = 24 * 3600


_EXAMPLES = """\b
Examples:
  hocba token add --data DIR --person a@truong.edu.vn --scope revoke --scope correct --days 90 --out a-token
  hocba token add --data DIR --holder "Phần mềm quản lý trường" --scope import --scope read --out script-token
  hocba token list --data DIR --json
  hocba token retire ID --data DIR
"""


@click.group("token")
def token_group() -> None:
    """Give out and take back access tokens; only their digests are kept."""


@token_group.command(short_help="Make a token, and write it to a file.", epilog=_EXAMPLES)
@data_option
@school_option
@click.option("--holder", help="Who will hold it, by name or office, where it is nobody who signs in.")
@click.option("--person", help="Whose it is, by the name that they sign in with: four eyes count people.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    type=click.Choice([scope.value for scope in Scope]),
    help="What it may do; may be given several times (docs/acts.md).",
)
@click.option(
    "--days",
    type=click.IntRange(1, MAX_DAYS),
    default=90,
    show_default=True,
    help="For how many days.",
)
@click.option(
    "--out",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The new file to write the token to; hand it over and delete it.",
)
@refusals
def add(
    *,
    data: Path,
    school: str | None,
    holder: str | None,
    person: str | None,
    scopes: tuple[str, ...],
    days: int,
    out: Path,
) -> None:
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
    token = Token(
        secrets.token_hex(8),
        code,
        name,
        at,
        owner.id if owner else None,
        frozenset(map(Scope, scopes)),
        at + days * _DAY,
    )
    installation.register.put_token(token, secret)
    click.echo(f"{token.id}  {token.holder}  → {out}")


@token_group.command("list", short_help="List tokens: whose, for what, until when, last used.")
@data_option
@school_option
@json_option
@refusals
def list_tokens(*, data: Path, school: str | None, as_json: bool) -> None:
    """List the tokens of a school: id, holder, scopes, end and last use, never the token."""
    installation = open_installation(data)
    for token in listed(installation.register.tokens(chosen_school(installation, school))):
        members = {
            "id": token.id,
            "holder": token.holder,
            "person": token.person_id,
            "scopes": [scope.value for scope in Scope if scope in token.scopes],
            "created_at": _time(token.created_at),
            "expires_at": _time(token.expires_at),
            "last_used_at": _time(token.last_used_at),
        }
        if as_json:
            click.echo(json.dumps(members, ensure_ascii=False))
            continue
        scopes = ",".join(scope for scope in Scope if scope in token.scopes)
        end = members["expires_at"] or "không thời hạn / without end"
        used = members["last_used_at"] or "chưa dùng / never"
        click.echo(
            f"{token.id}  {token.holder}  [{scopes}]  đến / until {end}  dùng lần cuối / last used {used}"
        )


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


def _time(at: int | None) -> str | None:
    return None if at is None else datetime.fromtimestamp(at, VIETNAM).isoformat(timespec="minutes")

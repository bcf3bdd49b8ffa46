"""`hocba release`, `hocba take-back`: what is signed and stands in its grace window.

Whoever has a shell at the server is trusted to say for whom they act; the trail names that person.
"""

from __future__ import annotations

import json
from pathlib import Path

import click

from schemas.change_trail import Actor, ActorKind
from schemas.serial import display_serial
from service.cli.command import (
    chosen_school,
    data_option,
    json_option,
    open_installation,
    refusals,
    school_option,
    year_option,
)
from service.grace import Released, Which, check_may_release, when_released
from service.installation import Installation
from service.storage.records import Issuance

_as_option = click.option(
    "--as", "sign_in_name", required=True, help="Who acts, by the name that they sign in with."
)
_EXAMPLES = """\b
Examples:
  hocba release --data DIR --year 2025-2026 --all --dry-run --as van-thu
  hocba release --data DIR --year 2025-2026 --class 6A --as van-thu
  hocba take-back --data DIR --year 2025-2026 --student CODE --reason "Sai ngày sinh" --as hieu-truong
"""


@click.command(short_help="Release signed transcripts before their time.", epilog=_EXAMPLES)
@data_option
@year_option
@school_option
@click.option("--class", "class_name", help="Of a class.")
@click.option("--student", "student_code", help="Of one student, by code.")
@click.option("--all", "everyone", is_flag=True, help="Of the whole school year.")
@_as_option
@click.option("--dry-run", is_flag=True, help="Show what stands signed, and until when; release nothing.")
@json_option
@refusals
def release(  # noqa: PLR0913 - each is an option of the command
    *,
    data: Path,
    school_year: str,
    school: str | None,
    class_name: str | None,
    student_code: str | None,
    everyone: bool,
    sign_in_name: str,
    dry_run: bool,
    as_json: bool,
) -> None:
    """End the grace window of signed transcripts now: they are recorded and released, held ones after another look."""
    if [class_name is not None, student_code is not None, everyone].count(True) != 1:
        raise click.UsageError("Choose exactly one of --class, --student, --all.")
    installation = open_installation(data)
    code = chosen_school(installation, school)
    actor = _actor(installation, code, sign_in_name)
    if dry_run:
        standing = installation.register.standing(
            code, school_year, class_name=class_name, student_code=student_code
        )
        for one in standing:
            _echo(one, as_json=as_json)
        return
    done = installation.grace.release(Which(code, school_year, class_name, student_code), actor)
    _echo_released(done, as_json=as_json)


@click.command("take-back", short_help="Take back a signed transcript before its release.", epilog=_EXAMPLES)
@data_option
@year_option
@school_option
@click.option("--student", "student_code", required=True, help="Whose, by code.")
@click.option("--reason", required=True, help="Why, in words; stays in the service.")
@_as_option
@json_option
@refusals
def take_back(
    *,
    data: Path,
    school_year: str,
    school: str | None,
    student_code: str,
    reason: str,
    sign_in_name: str,
    as_json: bool,
) -> None:
    """Take back a transcript that is signed and not recorded: it never is, and the year is to be approved again."""
    installation = open_installation(data)
    code = chosen_school(installation, school)
    actor = _actor(installation, code, sign_in_name)
    issuance = installation.grace.document_of(code, school_year, student_code)
    taken = installation.grace.take_back(code, issuance.id, actor, reason)
    _echo(taken, as_json=as_json)


def _actor(installation: Installation, school: str, sign_in_name: str) -> Actor:
    person = installation.administration.find(school, sign_in_name).person
    check_may_release(person, school)
    return Actor(ActorKind.PERSON, person.id, person.name)


def _echo(issuance: Issuance, *, as_json: bool) -> None:
    until = when_released(issuance)
    if as_json:
        members = {
            "student_code": issuance.student_code,
            "serial": display_serial(issuance.serial),
            "state": issuance.state.value,
            "releases_at": until.isoformat() if until else None,
            "failure": issuance.failure_code,
        }
        click.echo(json.dumps(members))
        return
    said = f"{until:%H:%M %d/%m/%Y}" if until else "–"
    why = f"  {issuance.failure.vi} / {issuance.failure.en}" if issuance.failure else ""
    click.echo(
        f"{issuance.student_code}  {display_serial(issuance.serial)}  {issuance.state.value}  {said}{why}"
    )


def _echo_released(done: Released, *, as_json: bool) -> None:
    if as_json:
        members = {
            "ended": done.ended,
            "released": done.released,
            "held": len(done.held),
            "later": done.later,
        }
        click.echo(json.dumps(members))
        return
    for one in done.held:
        _echo(one, as_json=False)
    click.echo(
        f"Đã phát hành {done.released}, giữ lại {len(done.held)} / released {done.released}, held {len(done.held)}"
    )

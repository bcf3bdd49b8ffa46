"""`hocba users …`: who signs in to the console, with which roles and classes (docs/people.md)."""

from __future__ import annotations

import json
from collections.abc import Callable
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
    refusals,
    school_option,
)
from service.installation import Installation
from service.people.accounts import OPERATOR, Account
from service.people.administering import INVITATION_TIME, Administration, parse_assignment
from service.people.invitation_mail import check_reaches
from service.people.roles import ROLE_WORDS, Role
from service.web_addresses import invitation_link

_EXAMPLES = """\b
Examples:
  hocba users invite --data data --school THCS-01 --name "Trần Thị Lan" --role clerk lan@truong.edu.vn
  hocba users assign --data data --school THCS-01 hoa --class 2025-2026/6A/toan --class 2025-2026/6A
  hocba users roles --data data --school THCS-01 hoa --role subject-teacher --role homeroom-teacher
  hocba users disable --data data --school THCS-01 hoa
"""
_ROLES = click.Choice([str(role) for role in Role])

_office_option = click.option("--office", is_flag=True, help="People of the Sở, who belong to no school.")
_roles_option = click.option(
    "--role", "roles", type=_ROLES, multiple=True, required=True, help="May be repeated."
)
_classes_option = click.option(
    "--class",
    "classes",
    multiple=True,
    metavar="YEAR/CLASS[/SUBJECT]",
    help="A subject of a class, or without a subject the class of the homeroom teacher; may be repeated.",
)


@click.group("users", epilog=_EXAMPLES)
def users_group() -> None:
    """Say who signs in to the console, with which roles; people are named by what they sign in with."""


@users_group.command("list", short_help="List the people of a school, or of the Sở.")
@data_option
@school_option
@_office_option
@json_option
@refusals
def list_people(*, data: Path, school: str | None, office: bool, as_json: bool) -> None:
    """List the people of a school, or of the Sở; those who may no longer sign in too."""
    installation = open_installation(data)
    for account in listed(installation.people.accounts(_where(installation, school, office=office))):
        _echo(account, installation, as_json=as_json)


@users_group.command(short_help="Invite somebody, or once more.")
@click.argument("sign_in_name")
@data_option
@school_option
@_office_option
@click.option("--name", help="The full name; not for somebody who is there.")
@click.option(
    "--role", "roles", type=_ROLES, multiple=True, help="May be repeated; not for somebody who is there."
)
@_classes_option
@json_option
@refusals
def invite(
    *,
    sign_in_name: str,
    data: Path,
    school: str | None,
    office: bool,
    name: str | None,
    roles: tuple[str, ...],
    classes: tuple[str, ...],
    as_json: bool,
) -> None:
    """Print a link by which somebody sets a password, once; without --name, another one for somebody who is there."""
    installation = open_installation(data)
    where, administration = _where(installation, school, office=office), installation.administration
    if name is None:
        if roles or classes:
            raise click.UsageError(
                "--role and --class go with --name; change them with `roles` and `assign`."
            )
        account = administration.find(where, sign_in_name)
        code = administration.invite_again(account, by=OPERATOR)
    else:
        account, code = administration.invite(
            where,
            name,
            sign_in_name,
            map(Role, roles),
            tuple(map(parse_assignment, classes)),
            by=OPERATOR,
        )
    link = invitation_link(installation.settings.console_url, code)
    if as_json:
        click.echo(json.dumps(_members(account, installation) | {"link": link}, ensure_ascii=False))
        return
    click.echo(link)
    days = INVITATION_TIME.days
    click.echo(
        f"{account.person.name}: liên kết dùng một lần, trong {days} ngày; đưa tận tay hoặc qua kênh riêng / "
        f"one use, within {days} days; hand it over in person",
        err=True,
    )


@users_group.command(short_help="Send somebody another link by mail.")
@click.argument("sign_in_name")
@data_option
@school_option
@_office_option
@refusals
def mail(*, sign_in_name: str, data: Path, school: str | None, office: bool) -> None:
    """Have a mail bring another link to somebody who signs in with an address; it ends the one before."""
    installation = open_installation(data)
    administration = installation.administration
    account = administration.find(_where(installation, school, office=office), sign_in_name)
    check_reaches(installation.inviting, account.sign_in_name)
    administration.mail_again(account, by=OPERATOR)
    click.echo(
        f"{account.person.name}: thư mời sẽ được gửi trong vài phút / the invitation is mailed within minutes "
        "(hocba notices send)"
    )


@users_group.command(short_help="Give somebody these roles instead.")
@click.argument("sign_in_name")
@data_option
@school_option
@_office_option
@_roles_option
@json_option
@refusals
def roles(
    *, sign_in_name: str, data: Path, school: str | None, office: bool, roles: tuple[str, ...], as_json: bool
) -> None:
    """Give somebody these roles instead of theirs; their sessions end at once."""
    installation = open_installation(data)
    account = _find(installation, school, sign_in_name, office=office)
    installation.administration.set_roles(account, map(Role, roles), by=OPERATOR)
    _echo_again(installation, account, as_json=as_json)


@users_group.command(short_help="Give somebody these classes instead.")
@click.argument("sign_in_name")
@data_option
@school_option
@_classes_option
@json_option
@refusals
def assign(
    *, sign_in_name: str, data: Path, school: str | None, classes: tuple[str, ...], as_json: bool
) -> None:
    """Give somebody these classes instead of theirs, none without --class; their sessions end at once."""
    installation = open_installation(data)
    account = _find(installation, school, sign_in_name, office=False)
    installation.administration.assign(account, tuple(map(parse_assignment, classes)), by=OPERATOR)
    _echo_again(installation, account, as_json=as_json)


def _add_act(name: str, summary: str, told: str, act: Callable[[Administration, Account], object]) -> None:
    """Add a command that only names somebody: what it does is the whole of it."""

    @users_group.command(name, short_help=summary, help=told)
    @click.argument("sign_in_name")
    @data_option
    @school_option
    @_office_option
    @json_option
    @refusals
    def command(*, sign_in_name: str, data: Path, school: str | None, office: bool, as_json: bool) -> None:
        installation = open_installation(data)
        account = _find(installation, school, sign_in_name, office=office)
        act(installation.administration, account)
        _echo_again(installation, account, as_json=as_json)


_add_act(
    "disable",
    "Let somebody sign in no longer.",
    "Let somebody sign in no longer: sessions, invitations and tokens of theirs end at once.",
    lambda administration, account: administration.set_active(account, active=False, by=OPERATOR),
)
_add_act(
    "enable",
    "Let somebody sign in again.",
    "Let somebody who was disabled sign in again, with the password and the authenticator of before.",
    lambda administration, account: administration.set_active(account, active=True, by=OPERATOR),
)
_add_act(
    "unlock",
    "Let somebody try again after failed tries.",
    "Let somebody whose tries failed too often try again now.",
    lambda administration, account: administration.unlock(account, by=OPERATOR),
)
_add_act(
    "reset-second-factor",
    "Forget somebody's authenticator.",
    "Forget somebody's authenticator and recovery codes: the next sign-in sets them up anew. Sessions end.",
    lambda administration, account: administration.reset_second_factor(account, by=OPERATOR),
)


def _where(installation: Installation, school: str | None, *, office: bool) -> str | None:
    if office and school:
        raise click.UsageError("--office and --school exclude each other.")
    return None if office else chosen_school(installation, school)


def _find(installation: Installation, school: str | None, sign_in_name: str, *, office: bool) -> Account:
    return installation.administration.find(_where(installation, school, office=office), sign_in_name)


def _echo_again(installation: Installation, account: Account, *, as_json: bool) -> None:
    _echo(
        installation.administration.find_id(account.person.school_code, account.person.id),
        installation,
        as_json=as_json,
    )


def _echo(account: Account, installation: Installation, *, as_json: bool) -> None:
    members = _members(account, installation)
    if as_json:
        click.echo(json.dumps(members, ensure_ascii=False))
        return
    words = ", ".join(ROLE_WORDS[role].vi for role in sorted(account.person.roles))
    classes = " ".join(map(str, members["classes"]))  # type: ignore[call-overload]
    click.echo(
        "  ".join(part for part in (account.sign_in_name, account.person.name, words, classes) if part)
    )
    click.echo(f"    {_state(account, installation)}")


def _state(account: Account, installation: Installation) -> str:
    at = int(installation.now().timestamp())
    if not account.active:
        return "đã ngừng dùng / disabled"
    if account.is_locked(at) and account.locked_until is not None:
        until = datetime.fromtimestamp(account.locked_until, VIETNAM)
        return f"tạm khoá đến {until:%H:%M} / locked until {until:%H:%M}"
    if account.password is None:
        is_open = account.invitation_until is not None and account.invitation_until >= at
        return "đã mời / invited" if is_open else "lời mời đã hết hạn / the invitation is too old"
    if account.second_factor is None:
        return "chưa có ứng dụng xác thực / no authenticator yet"
    return "đang dùng / in use"


def _members(account: Account, installation: Installation) -> dict[str, object]:
    person, at = account.person, int(installation.now().timestamp())
    return {
        "id": person.id,
        "school": person.school_code,
        "sign_in_name": account.sign_in_name,
        "name": person.name,
        "roles": sorted(person.roles),
        "classes": [
            "/".join(part for part in (one.school_year, one.class_name, one.subject) if part)
            for one in person.assignments
        ],
        "active": account.active,
        "locked": account.is_locked(at),
        "joined": account.password is not None,
        "second_factor": account.second_factor is not None,
    }

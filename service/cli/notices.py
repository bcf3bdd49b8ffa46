"""`hocba contact …`, `hocba notices …`: where families are told of what happens, and the outbox (docs/families.md)."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from service.cli.command import (
    chosen_school,
    data_option,
    json_option,
    open_installation,
    refusals,
    school_option,
)
from service.families.notices import contact_of, notice_facts, server_of
from service.installation import Installation

_CONTACT_EPILOG = """\b
Examples:
  hocba contact set --data demo-data --student HS0001 --email parent@example.vn
  hocba contact show --data demo-data --student HS0001
  hocba contact remove --data demo-data --student HS0001
"""
_NOTICE_EPILOG = """\b
Examples:
  hocba notices list --data demo-data --json
  hocba notices send --data demo-data
  hocba notices retry 0123456789abcdef0123456789abcdef --data demo-data
"""
_student_option = click.option("--student", "student_code", required=True, help="The student's code.")


@click.group("contact", epilog=_CONTACT_EPILOG)
def contact_group() -> None:
    """Keep the address at which a student's family is told of what happens to its documents."""


@contact_group.command("set", short_help="Set a family's address from now on.", epilog=_CONTACT_EPILOG)
@data_option
@school_option
@_student_option
@click.option("--email", required=True, help="The family's address.")
@refusals
def set_contact(*, data: Path, school: str | None, student_code: str, email: str) -> None:
    """Set a family's address from now on; an address that it replaces is told so."""
    installation = open_installation(data)
    code = chosen_school(installation, school)
    contact = contact_of(code, student_code, email, at=_at(installation), by=None)
    installation.register.set_contact(contact)
    click.echo(f"{student_code}  {contact.email}")


@contact_group.command(epilog=_CONTACT_EPILOG)
@data_option
@school_option
@_student_option
@json_option
@refusals
def show(*, data: Path, school: str | None, student_code: str, as_json: bool) -> None:
    """Show a family's address, where there is one."""
    installation = open_installation(data)
    contact = installation.register.contact(chosen_school(installation, school), student_code)
    email = None if contact is None else contact.email
    if as_json:
        click.echo(json.dumps({"student_code": student_code, "email": email}))
    else:
        click.echo(email or "chưa có / none")


@contact_group.command(epilog=_CONTACT_EPILOG)
@data_option
@school_option
@_student_option
@refusals
def remove(*, data: Path, school: str | None, student_code: str) -> None:
    """Tell a family no more; the address is told so."""
    installation = open_installation(data)
    code = chosen_school(installation, school)
    installation.register.remove_contact(code, student_code, at=_at(installation))


@click.group("notices", epilog=_NOTICE_EPILOG)
def notice_group() -> None:
    """Send notices to families, and see what is waiting, sent and given up."""


@notice_group.command("list", short_help="List the last 500 notices of a school.", epilog=_NOTICE_EPILOG)
@data_option
@school_option
@json_option
@refusals
def list_notices(*, data: Path, school: str | None, as_json: bool) -> None:
    """List the last 500 notices of a school, the newest first, and how many there are in each state."""
    installation = open_installation(data)
    register, code = installation.register, chosen_school(installation, school)
    found = [notice_facts(register, one) for one in register.notices(code)]
    counts = {str(state): number for state, number in register.notice_counts(code).items()}
    if as_json:
        click.echo(json.dumps({"counts": counts, "notices": found}))
        return
    for one in found:
        click.echo("  ".join(str(one[name] or "") for name in ("id", "state", "kind", "serial", "address")))
    click.echo("  ".join(f"{state}: {number}" for state, number in counts.items()), err=True)


@notice_group.command(epilog=_NOTICE_EPILOG)
@data_option
@json_option
@refusals
def send(*, data: Path, as_json: bool) -> None:
    """Send what is due, of every school. The service does it by itself every five minutes.

    The exit code is 1 where a notice was given up.
    """
    installation = open_installation(data)
    server_of(installation.noticing)
    outbox = installation.tend_outbox()
    facts = {name: getattr(outbox.done, name) for name in type(outbox.done).__slots__}
    facts |= {"waiting": outbox.waiting}
    if as_json:
        click.echo(json.dumps(facts))
    else:
        click.echo(
            f"đã gửi / sent {outbox.done.sent}, hoãn / postponed {outbox.done.postponed}, "
            f"bỏ / given up {outbox.done.given_up}, còn chờ / waiting {outbox.waiting}"
        )
    if outbox.done.given_up:
        sys.exit(1)


@notice_group.command(short_help="Try a notice again that was given up.", epilog=_NOTICE_EPILOG)
@click.argument("notice_id")
@data_option
@school_option
@refusals
def retry(*, notice_id: str, data: Path, school: str | None) -> None:
    """Try a notice again that was given up, at the family's present address."""
    installation = open_installation(data)
    code = chosen_school(installation, school)
    installation.register.retry_notice(code, notice_id, at=_at(installation))


def _at(installation: Installation) -> int:
    return int(installation.now().timestamp())

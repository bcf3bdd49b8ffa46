"""`hocba contact …`, `hocba notices …`: where families are told of what happens, the outbox (docs/families.md)."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click

from schemas.vietnam_time import VIETNAM
from service.acting import account_here
from service.cli.command import (
    chosen_school,
    data_option,
    json_option,
    open_installation,
    refusals,
    school_option,
)
from service.families.contact_file import ContactPlan
from service.families.notices import contact_of, notice_facts, server_of
from service.importing.formats import SourceFile
from service.installation import Installation
from service.storage.contact_imports import ContactImport

_CONTACT_EPILOG = """\b
Examples:
  hocba contact set --data demo-data --student HS0001 --email parent@example.vn
  hocba contact show --data demo-data --student HS0001
  hocba contact remove --data demo-data --student HS0001
  hocba contact import dia-chi.xlsx --data demo-data --dry-run
  hocba contact undo 0123456789abcdef0123456789abcdef --data demo-data
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


@contact_group.command(
    "import", short_help="Set the addresses of a school's own file.", epilog=_CONTACT_EPILOG
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@data_option
@school_option
@click.option("--dry-run", is_flag=True, help="Check the file, say what it would change, and set nothing.")
@json_option
@refusals
def import_contacts(*, file: Path, data: Path, school: str | None, dry_run: bool, as_json: bool) -> None:
    """Set families' addresses from a file with student codes and addresses: all of them, or none.

    The exit code is 1 where something is to be mended. The same file again changes nothing.
    """
    installation = open_installation(data)
    code, tools, source = chosen_school(installation, school), installation.contacts, _source(file)
    plan = tools.plan(code, source)
    made = None
    if plan.ok and not dry_run:
        made = tools.take(code, source, plan, actor=account_here(), set_by=None)
    if as_json:
        click.echo(json.dumps(_plan_members(plan, made), ensure_ascii=False))
    else:
        _echo_plan(plan, made)
    if not plan.ok:
        sys.exit(1)


@contact_group.command("imports", short_help="List the imports of addresses.", epilog=_CONTACT_EPILOG)
@data_option
@school_option
@json_option
@refusals
def list_imports(*, data: Path, school: str | None, as_json: bool) -> None:
    """List a school's imports of addresses, the newest first."""
    installation = open_installation(data)
    for one in installation.register.contact_imports(chosen_school(installation, school)):
        if as_json:
            members = {name: getattr(one, name) for name in type(one).__slots__}
            click.echo(json.dumps(members, ensure_ascii=False))
            continue
        at = datetime.fromtimestamp(one.at, VIETNAM)
        undone = "  đã hoàn tác / undone" if one.undone_at is not None else ""
        click.echo(f"{one.id}  {at:%d/%m/%Y %H:%M}  {one.by}  {one.file_name}  {one.changed}{undone}")


@contact_group.command("undo", short_help="Undo an import of addresses.", epilog=_CONTACT_EPILOG)
@click.argument("import_id")
@data_option
@school_option
@refusals
def undo_import(*, import_id: str, data: Path, school: str | None) -> None:
    """Give each family the address before an import; one that was changed since stays as it is."""
    installation = open_installation(data)
    code = chosen_school(installation, school)
    undone, left = installation.register.undo_contacts(code, import_id, at=_at(installation), set_by=None)
    click.echo(f"đã trả lại / given back {undone}, giữ nguyên / left {left}")


def _source(file: Path) -> SourceFile:
    return SourceFile(file.name, file.read_bytes())


def _plan_members(plan: ContactPlan, made: ContactImport | None) -> dict[str, object]:
    return {
        "ok": plan.ok,
        "added": len(plan.added),
        "changed": len(plan.changed),
        "same": plan.same,
        "import": made.id if made is not None and made.changed else None,
        "complaints": [asdict(one) for one in plan.complaints],
    }


def _echo_plan(plan: ContactPlan, made: ContactImport | None) -> None:
    for one in plan.complaints:
        where = " ".join(str(part) for part in (one.sheet, f"{one.column or ''}{one.row or ''}") if part)
        click.echo(f"{where}: {one.vi}\n    {one.en} [{one.code}]", err=True)
    if plan.ok:
        done = "đã nhập / imported" if made is not None else "sẽ nhập / would import"
        click.echo(
            f"{done}: thêm / added {len(plan.added)}, thay / changed {len(plan.changed)}, như cũ / same {plan.same}"
        )


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
    facts |= {"waiting": outbox.waiting, "invitations": outbox.invitations}
    if as_json:
        click.echo(json.dumps(facts))
    else:
        click.echo(
            f"đã gửi / sent {outbox.done.sent}, hoãn / postponed {outbox.done.postponed}, "
            f"bỏ / given up {outbox.done.given_up}, còn chờ / waiting {outbox.waiting}, "
            f"thư mời / invitations {outbox.invitations}"
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

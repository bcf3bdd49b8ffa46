"""`hocba link …`: links by which families fetch released documents (docs/families.md)."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import click

from schemas.serial import display_serial
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
from service.families.links import (
    DEFAULT_DAYS,
    MAX_DAYS,
    document_of_serial,
    link_facts,
    make_link,
    open_facts,
)
from service.installation import Installation
from service.storage.family_records import Link, LinkPurpose
from service.storage.records import Issuance

_EPILOG = """\b
Examples:
  hocba link make --data demo-data --serial 0A1B-… --purpose family --days 30
  hocba link list --data demo-data --json
  hocba link opens 0123456789abcdef0123456789abcdef --data demo-data
  hocba link revoke 0123456789abcdef0123456789abcdef --data demo-data
"""


@click.group("link", epilog=_EPILOG)
def link_group() -> None:
    """Make, list and revoke links by which a family fetches a document with a PIN, and see how they were opened."""


@link_group.command(short_help="Make a link; address and PIN are told once.", epilog=_EPILOG)
@data_option
@school_option
@click.option("--serial", required=True, help="The serial of the released document.")
@click.option(
    "--purpose",
    type=click.Choice([str(one) for one in LinkPurpose]),
    default=str(LinkPurpose.FAMILY),
    help="What for: the family's copy, a transfer, or an application elsewhere [family].",
)
@click.option(
    "--days", default=DEFAULT_DAYS, help=f"How many days it is open, 1 to {MAX_DAYS} [{DEFAULT_DAYS}]."
)
@json_option
@refusals
def make(*, data: Path, school: str | None, serial: str, purpose: str, days: int, as_json: bool) -> None:
    """Make a link. Hand address and PIN over in two different ways: neither can be had again."""
    installation = open_installation(data)
    code = chosen_school(installation, school)
    issuance = document_of_serial(installation.register, code, serial)
    made = make_link(installation.linking, issuance, LinkPurpose(purpose), days=days, made_by=None)
    if as_json:
        facts = _facts(installation, made.link, issuance)
        click.echo(json.dumps(facts | {"address": made.address, "pin": made.pin}))
        return
    click.echo(f"{_shown(installation, made.link, issuance)}\n{made.address}\nPIN  {made.pin}")
    click.echo(
        "Đưa địa chỉ và mã PIN bằng hai cách khác nhau / hand address and PIN over in two different ways.",
        err=True,
    )


@link_group.command("list", epilog=_EPILOG)
@data_option
@school_option
@click.option("--serial", help="Only the links to this document.")
@json_option
@refusals
def list_links(*, data: Path, school: str | None, serial: str | None, as_json: bool) -> None:
    """List a school's links, the newest first: never address or PIN."""
    installation = open_installation(data)
    register, code = installation.register, chosen_school(installation, school)
    document = None if serial is None else document_of_serial(register, code, serial).id
    found = [(link, _issuance(installation, link)) for link in register.links(code, document)]
    if as_json:
        click.echo(json.dumps({"links": [_facts(installation, *one) for one in found]}))
        return
    for one in listed(found):
        click.echo(_shown(installation, *one))


@link_group.command(epilog=_EPILOG)
@click.argument("link_id")
@data_option
@school_option
@json_option
@refusals
def revoke(*, link_id: str, data: Path, school: str | None, as_json: bool) -> None:
    """Revoke a link: it opens nothing from now on."""
    installation = open_installation(data)
    code = chosen_school(installation, school)
    link = installation.register.revoke_link(code, link_id, at=int(installation.now().timestamp()))
    issuance = _issuance(installation, link)
    click.echo(
        json.dumps(_facts(installation, link, issuance)) if as_json else _shown(installation, link, issuance)
    )


@link_group.command(short_help="List how a link was opened.", epilog=_EPILOG)
@click.argument("link_id")
@data_option
@school_option
@json_option
@refusals
def opens(*, link_id: str, data: Path, school: str | None, as_json: bool) -> None:
    """List how a link was opened, the oldest first: when and with what result, never by whom."""
    installation = open_installation(data)
    facts = open_facts(installation.register, chosen_school(installation, school), link_id)
    if as_json:
        click.echo(json.dumps({"opens": facts}))
        return
    for one in facts:
        click.echo(f"{_day(one['at'])}  {one['result']}  {one['serial'] or ''}".rstrip())


def _issuance(installation: Installation, link: Link) -> Issuance:
    issuance = installation.register.issuance(link.school_code, link.issuance_id)
    if issuance is None:
        raise RuntimeError("a link leads to no document")
    return issuance


def _facts(installation: Installation, link: Link, issuance: Issuance) -> dict[str, object]:
    return link_facts(link, issuance, at=int(installation.now().timestamp()))


def _shown(installation: Installation, link: Link, issuance: Issuance) -> str:
    state = link.state(int(installation.now().timestamp()))
    serial = display_serial(issuance.serial)
    return f"{link.id}  {serial}  {link.purpose}  {state}  → {_day(link.expires_at)}"


def _day(seconds: object) -> str:
    return f"{dt.datetime.fromtimestamp(int(str(seconds)), dt.UTC).astimezone(VIETNAM):%d/%m/%Y %H:%M}"

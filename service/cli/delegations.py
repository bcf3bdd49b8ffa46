"""`hocba delegation …`: a deputy signs on the principal's behalf for some days (docs/signers.md)."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from schemas.vietnam_time import day_in_vietnam
from service.cli.command import (
    changed_here,
    chosen_school,
    data_option,
    listed,
    open_installation,
    refusals,
    school_option,
)
from service.school_settings import parse_signatory
from service.storage.delegations import ON_BEHALF
from service.storage.records import Delegation

_DAY = click.DateTime(["%Y-%m-%d"])


@click.group("delegation")
def delegation_group() -> None:
    """Have a deputy sign for the principal (KT. HIỆU TRƯỞNG) while a decision says so."""


@delegation_group.command("add", short_help="Keep a decision by which a deputy signs.")
@data_option
@school_option
@click.option("--name", required=True, help="The deputy's name, as in the certificate.")
@click.option("--title", default="Phó Hiệu trưởng", help="The deputy's title [Phó Hiệu trưởng].")
@click.option("--decision", required=True, help="The decision that delegates, by number and day.")
@click.option("--from", "first_day", required=True, type=_DAY, help="The first day, YYYY-MM-DD.")
@click.option("--until", "last_day", required=True, type=_DAY, help="The last day.")
@refusals
def add(
    *,
    data: Path,
    school: str | None,
    name: str,
    title: str,
    decision: str,
    first_day: dt.datetime,
    last_day: dt.datetime,
) -> None:
    """Keep a decision by which a deputy signs on the principal's behalf from one day to another."""
    installation = open_installation(data)
    deputy = parse_signatory(name, title, ON_BEHALF)
    delegation = Delegation(
        id=installation.token_bytes(8).hex(),
        school_code=chosen_school(installation, school),
        deputy=deputy,
        decision=decision,
        first_day=first_day.date(),
        last_day=last_day.date(),
    )
    installation.register.put_delegation(delegation, by=changed_here(installation))
    click.echo(_shown(delegation))


@delegation_group.command("list")
@data_option
@school_option
@refusals
def list_delegations(*, data: Path, school: str | None) -> None:
    """List a school's delegations, the oldest first."""
    installation = open_installation(data)
    for delegation in listed(installation.register.delegations(chosen_school(installation, school))):
        click.echo(_shown(delegation))


@delegation_group.command("end")
@click.argument("delegation_id")
@data_option
@school_option
@refusals
def end(*, delegation_id: str, data: Path, school: str | None) -> None:
    """End a delegation: from today on the principal signs again."""
    installation = open_installation(data)
    today, by = day_in_vietnam(installation.now()), changed_here(installation)
    installation.register.end_delegation(chosen_school(installation, school), delegation_id, day=today, by=by)


def _shown(delegation: Delegation) -> str:
    end = f"  kết thúc / ended {delegation.ended_on}" if delegation.ended_on else ""
    days = f"{delegation.first_day} … {delegation.last_day}{end}"
    return (
        f"{delegation.id}  {delegation.deputy.name}, {delegation.deputy.title}  {days}  {delegation.decision}"
    )

"""`hocba agent …`: which computers may bring a school's signatures (docs/agent.md)."""

from __future__ import annotations

import secrets
from pathlib import Path

import click

from service.cli.command import (
    chosen_school,
    data_option,
    listed,
    open_installation,
    present_time,
    refusals,
    school_option,
)
from service.signers.pairing import CODE_TIME, offer_pairing


@click.group("agent")
def agent_group() -> None:
    """Say which computers at a school's office bring its signatures: hocba-agent runs there, with the token."""


@agent_group.command(short_help="Make a code to pair one computer with.")
@data_option
@school_option
@click.option("--holder", required=True, help="Who answers for that computer, by name or office.")
@refusals
def pair(*, data: Path, school: str | None, holder: str) -> None:
    """Make a code to pair one computer with; it can be used once, for a quarter of an hour."""
    installation = open_installation(data)
    code = chosen_school(installation, school)
    agent, pairing = offer_pairing(
        installation.register, code, holder, now=present_time(), token_bytes=secrets.token_bytes
    )
    minutes = int(CODE_TIME.total_seconds() // 60)
    click.echo(pairing)
    click.echo(
        f"{agent.id}  {agent.holder}: mã dùng một lần, trong {minutes} phút / one use, within {minutes} minutes",
        err=True,
    )


@agent_group.command("list")
@data_option
@school_option
@refusals
def list_agents(*, data: Path, school: str | None) -> None:
    """List the computers of a school, retired ones too."""
    installation = open_installation(data)
    now = present_time().timestamp()
    for agent in listed(installation.register.agents(chosen_school(installation, school))):
        if agent.retired_at is not None:
            state = "đã thu lại / taken back"
        elif agent.paired_at is not None:
            state = "đã ghép nối / paired"
        else:
            state = "chờ ghép nối / to be paired" if agent.code_until > now else "mã hết hạn / code too old"
        click.echo(f"{agent.id}  {agent.holder}  {state}")


@agent_group.command(short_help="Take a computer's right back.")
@click.argument("agent_id")
@data_option
@school_option
@refusals
def retire(*, agent_id: str, data: Path, school: str | None) -> None:
    """Take a computer's right back: it neither sees nor brings anything from now on."""
    installation = open_installation(data)
    code = chosen_school(installation, school)
    installation.register.retire_agent(code, agent_id, at=int(present_time().timestamp()))
    click.echo(f"{agent_id}: đã thu lại / taken back")

"""`hocba request …`: requests of families, with the law's clock (docs/families.md)."""

from __future__ import annotations

import datetime as dt
import json
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
from service.families.requests import (
    Received,
    acknowledge,
    close,
    count_requests,
    event_facts,
    receive,
    request_facts,
)
from service.families.working_days import ANNOUNCED
from service.installation import Installation
from service.storage.family_records import FamilyRequest, RequestChannel, RequestKind, Timeliness

_EPILOG = """\b
Examples:
  hocba request receive --data demo-data --student HS0001 --kind correct --note "Sai ngày sinh"
  hocba request list --data demo-data --overdue
  hocba request acknowledge 0123456789abcdef0123456789abcdef --data demo-data
  hocba request close 0123456789abcdef0123456789abcdef --data demo-data --refused "…"
"""


@click.group("request", epilog=_EPILOG)
def request_group() -> None:
    """Receive requests of families about their child's data, and answer them in time."""


@request_group.command("receive", short_help="Take a request in, with its receipt.", epilog=_EPILOG)
@data_option
@school_option
@click.option("--student", "student_code", required=True, help="The student's code.")
@click.option(
    "--kind", required=True, type=click.Choice([str(one) for one in RequestKind]), help="What is asked for."
)
@click.option(
    "--channel",
    type=click.Choice([str(one) for one in RequestChannel]),
    default=str(RequestChannel.OFFICE),
    help="How it came in [office].",
)
@click.option("--note", default="", help="What is asked for, in words.")
@click.option(
    "--on", "received_on", type=click.DateTime(["%Y-%m-%d"]), help="The day it came in, YYYY-MM-DD [today]."
)
@json_option
@refusals
def receive_request(
    *,
    data: Path,
    school: str | None,
    student_code: str,
    kind: str,
    channel: str,
    note: str,
    received_on: dt.datetime | None,
    as_json: bool,
) -> None:
    """Take a request in: it has a receipt number, and the days by which it is to be answered."""
    installation = open_installation(data)
    what = Received(
        school_code=chosen_school(installation, school),
        student_code=student_code,
        kind=RequestKind(kind),
        channel=RequestChannel(channel),
        note=note,
        received_on=None if received_on is None else received_on.date(),
    )
    request = receive(installation.requesting, what, by=None)
    _show(installation, request, as_json=as_json)
    if request.due_on.year not in ANNOUNCED:
        click.echo(
            f"Lịch nghỉ {request.due_on.year} chưa chắc chắn, hãy xem lại hạn / "
            f"the holidays of {request.due_on.year} are not certain, check the days",
            err=True,
        )


@request_group.command("acknowledge", epilog=_EPILOG)
@click.argument("request_id")
@data_option
@school_option
@json_option
@refusals
def acknowledge_request(*, request_id: str, data: Path, school: str | None, as_json: bool) -> None:
    """Note that the family was told that its request came in."""
    installation = open_installation(data)
    code = chosen_school(installation, school)
    _show(installation, acknowledge(installation.requesting, code, request_id, by=None), as_json=as_json)


@request_group.command("close", epilog=_EPILOG)
@click.argument("request_id")
@data_option
@school_option
@click.option("--refused", metavar="REASON", help="That it was refused, and why; without it, it was done.")
@json_option
@refusals
def close_request(
    *, request_id: str, data: Path, school: str | None, refused: str | None, as_json: bool
) -> None:
    """Note that a request was done, or refused and why."""
    installation = open_installation(data)
    code = chosen_school(installation, school)
    closed = close(installation.requesting, code, request_id, refused=refused, by=None)
    _show(installation, closed, as_json=as_json)


@request_group.command("list", short_help="List a school's requests, the next due first.", epilog=_EPILOG)
@data_option
@school_option
@click.option("--overdue", is_flag=True, help="Only open requests whose day has passed.")
@json_option
@refusals
def list_requests(*, data: Path, school: str | None, overdue: bool, as_json: bool) -> None:
    """List a school's requests, the next due first, and how many were answered before, on and past their day."""
    installation = open_installation(data)
    today = installation.requesting.today()
    found = installation.register.family_requests(chosen_school(installation, school))
    counts = count_requests(found, today)
    if overdue:
        found = tuple(one for one in found if one.state.is_open and one.timeliness(today) is Timeliness.PAST)
    numbers = {name: getattr(counts, name) for name in type(counts).__slots__}
    if as_json:
        click.echo(
            json.dumps(
                {"counts": numbers, "requests": [request_facts(one, today) for one in found]},
                ensure_ascii=False,
            )
        )
        return
    for one in found:
        click.echo(_line(one, today))
    click.echo("  ".join(f"{name}: {number}" for name, number in numbers.items()), err=True)


@request_group.command("history", epilog=_EPILOG)
@click.argument("request_id")
@data_option
@school_option
@json_option
@refusals
def show_history(*, request_id: str, data: Path, school: str | None, as_json: bool) -> None:
    """Show a request with every step of it."""
    installation = open_installation(data)
    code = chosen_school(installation, school)
    request = installation.register.family_request(code, request_id)
    events = event_facts(installation.register.request_events(code, request_id))
    today = installation.requesting.today()
    if as_json:
        click.echo(json.dumps(request_facts(request, today) | {"events": events}, ensure_ascii=False))
        return
    click.echo(_line(request, today))
    for one in events:
        when = dt.datetime.fromtimestamp(int(str(one["at"])), dt.UTC).isoformat()
        click.echo(f"  {when}  {one['state']}  {one['detail']}".rstrip())


def _show(installation: Installation, request: FamilyRequest, *, as_json: bool) -> None:
    today = installation.requesting.today()
    click.echo(
        json.dumps(request_facts(request, today), ensure_ascii=False) if as_json else _line(request, today)
    )


def _line(request: FamilyRequest, today: dt.date) -> str:
    timeliness = request.timeliness(today)
    facts = (
        request.id,
        request.number,
        request.kind,
        request.student_code,
        request.state,
        f"→ {request.acknowledge_by:%d/%m/%Y}, {request.due_on:%d/%m/%Y}",
        timeliness or "",
    )
    return "  ".join(facts).rstrip()

"""`hocba classes …`: each class of a school year, and how far it is: imported, confirmed, approved, issued."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import click

from schemas.serial import display_serial
from schemas.transcript.subjects import SUBJECTS
from service.approvals.board import ClassBoard
from service.approvals.chains import Step
from service.approvals.states import STATE_WORDS, ApprovalState
from service.cli.command import (
    chosen_school,
    data_option,
    json_option,
    listed,
    open_installation,
    refusals,
    school_option,
    year_option,
)

_EXAMPLES = """\b
Examples:
  hocba classes list --data DIR --year 2025-2026
  hocba classes list --data DIR --year 2025-2026 --json
  hocba classes show 6A --data DIR --year 2025-2026
"""


@click.group("classes", short_help="See how far each class is.", epilog=_EXAMPLES)
def classes_group() -> None:
    """See the classes of a school year, and how far each is."""


@classes_group.command("list", short_help="List the classes of a school year, and how far each is.")
@data_option
@year_option
@school_option
@json_option
@refusals
def list_classes(*, data: Path, school_year: str, school: str | None, as_json: bool) -> None:
    """List the classes of a school year with how many students are imported, confirmed, approved and issued."""
    installation = open_installation(data)
    for board in listed(installation.approvals.boards(chosen_school(installation, school), school_year)):
        counts = _counts(board)
        if as_json:
            click.echo(json.dumps({"class": board.class_name, **counts}, ensure_ascii=False))
        else:
            click.echo(f"{board.class_name}: {_line(counts)}")


@classes_group.command("show", short_help="Show one class: what is missing, and what was issued.")
@click.argument("class_name", metavar="CLASS")
@data_option
@year_option
@school_option
@json_option
@refusals
def show(*, class_name: str, data: Path, school_year: str, school: str | None, as_json: bool) -> None:
    """Show a CLASS: counts, what nobody has confirmed, how many to look at, and the serials of what is issued.

    Student by student: `hocba approve status --class CLASS`.
    """
    installation = open_installation(data)
    code = chosen_school(installation, school)
    board = installation.approvals.board(code, school_year, class_name)
    issuances = installation.register.issuances(code, school_year, class_name=class_name)
    missing = Counter(subject for state in board.states.values() for subject in state.missing)
    exceptions = sum(bool(board.open_exceptions(one, Step.APPROVAL, None)) for one in board.drafts)
    members: dict[str, Any] = {
        "class": class_name,
        **_counts(board),
        "missing": dict(missing),
        "exceptions": exceptions,
        "serials": [display_serial(one.serial) for one in issuances if one.is_current],
    }
    if as_json:
        click.echo(json.dumps(members, ensure_ascii=False))
        return
    click.echo(f"{class_name}: {_line(_counts(board))}")
    for state, count in Counter(one.state for one in board.states.values()).items():
        click.echo(f"  {count} {STATE_WORDS[state].vi} / {STATE_WORDS[state].en}")
    for subject, count in missing.items():
        click.echo(f"  {SUBJECTS[subject].name}: {count} chưa xác nhận / not confirmed")
    click.echo(f"  {exceptions} học sinh cần xem / students to look at")
    for serial in members["serials"]:
        click.echo(f"  {serial}")


def _counts(board: ClassBoard) -> dict[str, int]:
    """Return how many students have come at least so far."""
    states = [one.state for one in board.states.values()]
    issued = states.count(ApprovalState.ISSUED)
    approved = issued + states.count(ApprovalState.APPROVED)
    return {
        "imported": len(states),
        "confirmed": approved + states.count(ApprovalState.WAITING_PRINCIPAL),
        "approved": approved,
        "issued": issued,
    }


def _line(counts: dict[str, int]) -> str:
    return (
        f"{counts['imported']} đã nhập / imported, {counts['confirmed']} đủ xác nhận / confirmed, "
        f"{counts['approved']} đã duyệt / approved, {counts['issued']} đã cấp / issued"
    )

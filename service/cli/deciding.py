"""`hocba differences …`: where imported years differ from the rules; keep what is recorded, for a reason."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click

from service.cli.changing import reason_option, token_from, token_option
from service.cli.command import (
    chosen_school,
    data_option,
    json_option,
    open_installation,
    refusals,
    school_option,
    year_option,
)
from service.comparing.findings import with_comma
from service.deciding import Difference, differences, keep
from service.scopes import Scope

student_option = click.option("--student", "student_code", help="Only this student.")


@click.group("differences")
def differences_group() -> None:
    """See where imported years differ from the rules, and keep what is recorded, for a reason."""


@differences_group.command("list")
@data_option
@year_option
@school_option
@click.option("--class", "class_name", help="Only this class.")
@student_option
@click.option("--all", "everything", is_flag=True, help="Those that were decided too.")
@json_option
@refusals
def list_differences(
    *,
    data: Path,
    school_year: str,
    school: str | None,
    class_name: str | None,
    student_code: str | None,
    everything: bool,
    as_json: bool,
) -> None:
    """List what differs from the rules, and what they leave to a person."""
    installation = open_installation(data)
    code = chosen_school(installation, school)
    found = differences(
        installation.register, code, school_year, class_name=class_name, student_code=student_code
    )
    shown = [one for one in found if everything or one.decision is None]
    _echo(shown, installation.register.holders(code), as_json=as_json)
    if not as_json:
        undecided = sum(one.decision is None for one in found)
        click.echo(
            f"{undecided} chưa quyết định, {len(found) - undecided} đã giữ / "
            f"{undecided} undecided, {len(found) - undecided} kept"
        )


@differences_group.command("keep")
@data_option
@token_option
@year_option
@click.option("--student", "student_code", required=True, help="The student's code.")
@click.option("--at", "place", required=True, help="The place, as the list names it.")
@reason_option
@refusals
def keep_recorded(
    *, data: Path, token_file: Path, school_year: str, student_code: str, place: str, reason: str
) -> None:
    """Keep what is recorded at a place; the reason stays with the draft."""
    installation = open_installation(data)
    token = token_from(installation, token_file, Scope.MARKS)
    at = int(installation.now().timestamp())
    made = keep(installation.register, token, school_year, student_code, place, reason=reason, at=at)
    for decision in made:
        click.echo(f"{student_code} {place}: giữ / kept “{with_comma(decision.recorded) or '–'}”")


def _echo(shown: Sequence[Difference], holders: dict[str, str], *, as_json: bool) -> None:
    for one in shown:
        finding, decision, learner = one.finding, one.decision, one.draft.learner
        who = holders.get(decision.decided_by) if decision else None
        if as_json:
            members = {
                "student_code": learner.student_code,
                "class": one.draft.class_name,
                "at": finding.place,
                "code": finding.fault.code,
                "recorded": finding.recorded,
                "computed": finding.computed,
                "vi": finding.fault.text.vi,
                "en": finding.fault.text.en,
                "reasons": [
                    {"code": each.code, "clause": each.clause, "vi": each.text.vi, "en": each.text.en}
                    | {"figures": dict(each.figures)}
                    for each in finding.reasons
                ],
                "kept": {"reason": decision.reason, "by": who, "at": decision.decided_at}
                if decision
                else None,
            }
            click.echo(json.dumps(members, ensure_ascii=False))
            continue
        text = finding.fault.text
        kept = f"  [đã giữ / kept: {decision.reason}; {who or '–'}]" if decision else ""
        click.echo(
            f"{one.draft.class_name} {learner.student_code} {learner.full_name}  {finding.place}: "
            f"{text.vi} / {text.en} [{finding.fault.code}]{kept}"
        )

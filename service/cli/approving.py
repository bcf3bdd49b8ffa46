"""`hocba approve …`: who has confirmed and approved what, and acting as a person of the installation.

Whoever has a shell at the server is trusted to say for whom they act; each act names them too (`via`).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import click

from schemas.errors import Text
from schemas.transcript.subjects import SUBJECTS
from service.acting import account_here
from service.approvals.acts import Act
from service.approvals.board import ClassBoard
from service.approvals.chains import STEP_WORDS, Step
from service.approvals.confirming import Actor, Wish
from service.approvals.desk import ApprovalDesk, Task
from service.approvals.states import STATE_WORDS, ApprovalState, StudentState
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
from service.installation import Installation
from service.people.administering import person_unknown
from service.people.roles import Person
from service.storage.readings import Shown

EPILOG = """\b
Examples:
  hocba approve status --data DIR --year 2025-2026 --class 6A
  hocba approve confirm --data DIR --year 2025-2026 --class 6A --subject toan --as giao-vien-toan
  hocba approve approve --data DIR --year 2025-2026 --class 6A --as hieu-truong --dry-run
"""
_as_option = click.option(
    "--as", "sign_in_name", required=True, help="Who acts, by the name that they sign in with."
)
_class_option = click.option("--class", "class_name", required=True, help="The class.")
_students_option = click.option(
    "--student", "students", multiple=True, help="Only this student, by code; may be given several times."
)
_dry_run_option = click.option(
    "--dry-run", is_flag=True, help="Say what would be done, or why it is refused; store nothing."
)
_reason_option = click.option("--reason", help="Why the exceptions that are shown may stand.")


@dataclass(frozen=True, slots=True)
class _Here:
    """Where somebody acts, and who."""

    desk: ApprovalDesk
    board: ClassBoard
    actor: Actor
    dry_run: bool
    as_json: bool

    @classmethod
    def opened(
        cls,
        data: Path,
        school_year: str,
        school: str | None,
        class_name: str,
        sign_in_name: str,
        *,
        dry_run: bool,
        as_json: bool,
    ) -> _Here:
        installation = open_installation(data)
        code, desk = chosen_school(installation, school), installation.approvals
        person = _person(installation, code, sign_in_name)
        board = desk.board(code, school_year, class_name)
        actor = desk.actor(person, f"shell {account_here().name}")
        return cls(desk, board, actor, dry_run, as_json)

    def act(self, wish: Wish) -> None:
        """Confirm or approve, and say so."""
        self.say(self.desk.act(self.board, self.actor, wish, dry_run=self.dry_run))

    def say(self, act: Act | None) -> None:
        """Print what was done, or what would be."""
        if self.as_json:
            members = {
                "act": None if act is None or self.dry_run else act.id,
                "kind": None if act is None else act.kind.value,
                "students": [] if act is None else [row.student_code for row in act.rows],
            }
            click.echo(json.dumps(members, ensure_ascii=False))
        else:
            _echo_act(act, dry_run=self.dry_run)


def _acting(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the class that its options name, and who acts there."""

    @refusals
    @wraps(command)
    def wrapped(
        *,
        data: Path,
        school_year: str,
        school: str | None,
        class_name: str,
        sign_in_name: str,
        dry_run: bool,
        as_json: bool,
        **rest: Any,
    ) -> None:
        here = _Here.opened(
            data, school_year, school, class_name, sign_in_name, dry_run=dry_run, as_json=as_json
        )
        command(here, **rest)

    options: Sequence[Callable[[Callable[..., None]], Callable[..., None]]]
    options = (
        json_option,
        _dry_run_option,
        _as_option,
        _class_option,
        school_option,
        year_option,
        data_option,
    )
    for option in options:
        wrapped = option(wrapped)
    return wrapped


@click.group("approve", epilog=EPILOG)
def approve_group() -> None:
    """See who has confirmed and approved what, and confirm, approve or return as a person of the school."""


@approve_group.command("status", short_help="Show how far classes and students are.")
@data_option
@year_option
@school_option
@click.option("--class", "class_name", help="Only this class, student by student, with what to look at.")
@click.option("--as", "sign_in_name", help="Only what waits for this person.")
@json_option
@refusals
def status(
    *,
    data: Path,
    school_year: str,
    school: str | None,
    class_name: str | None,
    sign_in_name: str | None,
    as_json: bool,
) -> None:
    """Show how far classes are, or one class student by student, or what waits for a person."""
    installation = open_installation(data)
    code, desk = chosen_school(installation, school), installation.approvals
    if sign_in_name is not None:
        person = _person(installation, code, sign_in_name)
        for task in desk.tasks(person, school_year):
            click.echo(json.dumps(_task_members(task)) if as_json else _task_line(task))
    elif class_name is not None:
        board = desk.board(code, school_year, class_name)
        at, shown = int(installation.now().timestamp()), board.sensitive_students(Step.APPROVAL, None)
        installation.register.note_reading(code, account_here(), shown, Shown.APPROVALS, at=at)
        for student, state in board.states.items():
            _echo_student(board, student, state, as_json=as_json)
    else:
        for board in listed(desk.boards(code, school_year)):
            counts = Counter(state.state for state in board.states.values())
            if as_json:
                members = {"class": board.class_name, "states": {str(one): n for one, n in counts.items()}}
                click.echo(json.dumps(members, ensure_ascii=False))
            else:
                parts = (f"{counts[one]} {_both(STATE_WORDS[one])}" for one in ApprovalState if counts[one])
                click.echo(f"{board.class_name}: {'; '.join(parts)}")


@approve_group.command("confirm", short_help="Confirm the rows of a subject, or a class as homeroom teacher.")
@click.option("--subject", help="The subject's code; without it the class as its homeroom teacher.")
@_students_option
@_reason_option
@click.option("--on-behalf", help="Why principal or deputy confirms for a teacher who is absent.")
@_acting
def confirm(
    here: _Here,
    *,
    subject: str | None,
    students: tuple[str, ...],
    reason: str | None,
    on_behalf: str | None,
) -> None:
    """Confirm the rows of a subject of a class, or with no subject the class as its homeroom teacher."""
    wish = Wish(
        Step.HOMEROOM if subject is None else Step.SUBJECTS,
        subject,
        students or None,
        reason_for_all=reason,
        on_behalf=on_behalf,
    )
    here.act(wish)


@approve_group.command("approve", short_help="Approve a class as principal or deputy.")
@_students_option
@_reason_option
@click.option("--alone", help="Why somebody approves who has marks of the class, where nobody else could.")
@_acting
def approve(
    here: _Here,
    *,
    students: tuple[str, ...],
    reason: str | None,
    alone: str | None,
) -> None:
    """Approve a class, or some of its students, as principal or deputy."""
    wish = Wish(Step.APPROVAL, None, students or None, reason_for_all=reason, four_eyes=alone)
    here.act(wish)


@approve_group.command("return", short_help="Have teachers look again, for a reason.")
@click.option("--subject", help="To the teacher of this subject; without it to the homeroom teacher.")
@_students_option
@click.option("--reason", required=True, help="What is to be looked at.")
@_acting
def give_back(
    here: _Here,
    *,
    subject: str | None,
    students: tuple[str, ...],
    reason: str,
) -> None:
    """Return students to a teacher: what was confirmed after that step falls with it."""
    if not students:
        raise click.UsageError("--student says whose rows are returned; it may be given several times.")
    step = Step.HOMEROOM if subject is None else Step.SUBJECTS
    here.say(
        here.desk.give_back(here.board, here.actor, step, subject, students, reason, dry_run=here.dry_run)
    )


@approve_group.command("demonstrate", short_help="Have a demonstration's invented people approve.")
@data_option
@year_option
@school_option
@refusals
def demonstrate(*, data: Path, school_year: str, school: str | None) -> None:
    """Have the invented people of a demonstration confirm and approve everything of a school year."""
    installation = open_installation(data)
    acts = installation.approve_as_demonstration(chosen_school(installation, school), school_year)
    click.echo(f"Đã xác nhận và duyệt {acts} lần / confirmed and approved in {acts} acts")


def _person(installation: Installation, school: str, sign_in_name: str) -> Person:
    account = installation.administration.find(school, sign_in_name)
    if not account.active:
        raise person_unknown()
    return account.person


def _echo_act(act: Act | None, *, dry_run: bool) -> None:
    if act is None:
        click.echo("Không có gì phải làm: đã xong từ trước / nothing to do: it was done already")
        return
    what = SUBJECTS[act.subject].name if act.subject else _both(STEP_WORDS[act.step])
    done = f"{act.kind} chưa ghi / not stored" if dry_run else f"{act.kind} {act.id}"
    click.echo(f"{act.class_name} {what}: {len(act.rows)} học sinh / students  [{done}]")


def _echo_student(board: ClassBoard, student: str, state: StudentState, *, as_json: bool) -> None:
    name = board.drafts[student].learner.full_name
    found = board.open_exceptions(student, Step.APPROVAL, None)
    if as_json:
        members = {
            "student_code": student,
            "state": str(state.state),
            "missing": list(state.missing),
            "returned": state.why_returned,
            "exceptions": [
                {"kind": str(one.key.kind), "at": one.key.place, "vi": one.text.vi, "en": one.text.en}
                for one in found
            ],
        }
        click.echo(json.dumps(members, ensure_ascii=False))
        return
    missing = ", ".join(SUBJECTS[one].name for one in state.missing)
    why = f" ({missing})" if missing else ""
    click.echo(f"{student}  {name}  {_both(STATE_WORDS[state.state])}{why}")
    if state.why_returned:
        click.echo(f"    trả lại / returned: {state.why_returned}")
    for one in found:
        click.echo(f"    {_both(one.text)} [{one.key.kind}]")


def _task_line(task: Task) -> str:
    what = SUBJECTS[task.subject].name if task.subject else ""
    parts = [f"{task.class_name} {what}".strip(), _both(STEP_WORDS[task.step])]
    return (
        f"{'  '.join(parts)}: {task.students} học sinh / students, {task.exceptions} cần xem / to look at, "
        f"{task.returned} trả lại / returned"
    )


def _task_members(task: Task) -> dict[str, object]:
    return {
        "class": task.class_name,
        "step": str(task.step),
        "subject": task.subject,
        "students": task.students,
        "exceptions": task.exceptions,
        "returned": task.returned,
    }


def _both(text: Text) -> str:
    return f"{text.vi} / {text.en}"

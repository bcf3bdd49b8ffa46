"""`hocba marks …`: change marks of a subject by hand, with a reason that stays in the trail."""

from __future__ import annotations

from pathlib import Path

import click

from schemas.transcript.subjects import SUBJECTS
from service.cli.changing import token_from, token_option
from service.cli.command import data_option, open_installation, refusals
from service.installation import Installation
from service.scopes import Scope
from service.storage.drafts import draft_unknown
from service.storage.records import StudentYear, Token, token_actor
from service.trail.marking import change_marks, mark_not_yours, may_change_marks, places_of


@click.group("marks")
def marks_group() -> None:
    """Change marks of imported years by hand."""


@marks_group.command(short_help="Change marks of a subject; the trail says who and why.")
@click.argument("student")
@click.argument("school_year", metavar="YEAR")
@click.argument("subject")
@click.argument("marks", metavar="PERIOD VALUE…", nargs=-1, required=True)
@data_option
@token_option
@click.option("--why", required=True, help="Why, in words; stays in the trail.")
@refusals
def change(
    *,
    student: str,
    school_year: str,
    subject: str,
    marks: tuple[str, ...],
    data: Path,
    token_file: Path,
    why: str,
) -> None:
    """Change a student's marks of a SUBJECT in a YEAR: to each PERIOD its VALUE; an empty VALUE takes a mark away.

    SUBJECT is a code such as toan, or conduct, learning. PERIOD is semester1, semester2, year, reassessed or remark; of
    conduct and learning after instead of reassessed; in primary school level, test or remark. What changes together is
    given together: toan semester1 8,5 year 8,2. A year that is issued takes a correction instead.
    """
    if len(marks) % 2:
        raise click.UsageError("Each PERIOD has its VALUE.")
    installation = open_installation(data)
    token = token_from(installation, token_file, Scope.MARKS)
    draft = _draft(installation, token, student, school_year)
    _check_may(installation, token, draft, subject)
    changed = change_marks(
        installation.register,
        draft,
        subject,
        dict(zip(marks[::2], marks[1::2], strict=True)),
        actor=token_actor(token),
        why=why,
        at=int(installation.now().timestamp()),
    )
    name = SUBJECTS[subject].name if subject in SUBJECTS else subject
    click.echo(f"Đã sửa / changed: {draft.class_name} {student} {name}: {' '.join(marks)}")
    for finding in changed.findings:
        click.echo(
            f"  {finding.place}: {finding.fault.text.vi} / {finding.fault.text.en} [{finding.fault.code}]"
        )


@marks_group.command(short_help="List the places of a student's year that can be changed.")
@click.argument("student")
@click.argument("school_year", metavar="YEAR")
@data_option
@token_option
@refusals
def places(*, student: str, school_year: str, data: Path, token_file: Path) -> None:
    """List the subjects and periods of a student's YEAR, as `hocba marks change` takes them."""
    installation = open_installation(data)
    draft = _draft(installation, token_from(installation, token_file, Scope.MARKS), student, school_year)
    for subject, periods in places_of(draft.year).items():
        name = SUBJECTS[subject].name if subject in SUBJECTS else subject
        click.echo(f"{subject}  {name}: {', '.join(periods)}")


def _draft(installation: Installation, token: Token, student: str, school_year: str) -> StudentYear:
    found = installation.register.student_years(token.school_code, school_year, student_code=student)
    if not found:
        raise draft_unknown(student, school_year)
    return found[0]


def _check_may(installation: Installation, token: Token, draft: StudentYear, subject: str) -> None:
    """Refuse somebody whose mark it is not. A token of no person speaks for the school, as with an import."""
    person = installation.people.person(token.person_id) if token.person_id is not None else None
    if person is not None and not may_change_marks(person, draft, subject):
        raise mark_not_yours()

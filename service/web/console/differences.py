"""Differences in the console: what a class's files state against what the rules give, and what somebody decided.

The functions are those of `hocba differences`. Whoever keeps a value is the person who signed in; each form
carries the head of the draft's changes, so that what was looked at is what is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Redirect

from schemas.transcript.subjects import SUBJECTS
from schemas.vietnam_time import VIETNAM
from service.comparing.findings import with_comma
from service.deciding import Difference, differences, keep
from service.importing.column_labels import label_of
from service.installation import Installation
from service.people.roles import Role
from service.storage.readings import Shown
from service.storage.records import StudentYear
from service.web.console.names import name_key
from service.web.language import language
from service.web.policy import TEACHERS, WHOLE_SCHOOL, actor, allow, change_actor


@dataclass(frozen=True, slots=True)
class Line:
    """One difference as it is shown."""

    place: str
    label: str
    recorded: str | None
    computed: str | None
    difference: Difference
    may_be_kept: bool
    holder: str | None
    decided_at: datetime | None


def add_differences(console: Blueprint, installation: Installation) -> None:
    """Add the pages."""
    register = installation.register

    @console.get("/classes/<school_year>/<class_name>/differences")
    @allow(*WHOLE_SCHOOL, *TEACHERS)
    def show_differences(school: str, school_year: str, class_name: str) -> str:
        """List what differs from the rules in a class, by student; what nobody has decided about comes first."""
        found = differences(register, school, school_year, class_name=class_name)
        sensitive = [
            one.draft.learner.student_code for one in found if one.finding.column == "policy_category"
        ]
        at = int(installation.now().timestamp())
        register.note_reading(school, change_actor(installation), sensitive, Shown.DIFFERENCES, at=at)
        holders = register.holders(school)
        students = [(draft, [_line(one, holders) for one in each]) for draft, each in by_student(found)]
        return render_template(
            "differences.html",
            school_year=school_year,
            class_name=class_name,
            students=students,
            undecided=undecided(found),
            kept=len(found) - undecided(found),
        )

    @console.post("/classes/<school_year>/<class_name>/differences")
    @allow(Role.CLERK, Role.HOMEROOM_TEACHER)
    def keep_recorded(_school: str, school_year: str, class_name: str) -> Redirect:
        """Keep what is recorded at one place, for a reason."""
        student = request.form.get("student", "")
        keep(
            register,
            actor(installation),
            school_year,
            student,
            request.form.get("place", ""),
            reason=request.form.get("reason", ""),
            at=int(installation.now().timestamp()),
            trail=request.form.get("trail", ""),
        )
        page = url_for("console.show_differences", school_year=school_year, class_name=class_name)
        return redirect(f"{page}#{student}", 303)


def undecided(found: Sequence[Difference]) -> int:
    """Return how many nobody has decided about."""
    return sum(one.decision is None for one in found)


def by_student(found: Sequence[Difference]) -> list[tuple[StudentYear, list[Difference]]]:
    """Return the differences of each student, by name; of a student, those first that are open."""
    ordered = sorted(
        found,
        key=lambda one: (
            name_key(one.draft.learner.full_name),
            one.draft.learner.student_code,
            one.decision is not None,
        ),
    )
    grouped = groupby(ordered, key=lambda one: one.draft.learner.student_code)
    return [(each[0].draft, each) for each in (list(group) for _, group in grouped)]


def _shown(value: str | None) -> str | None:
    """Return a value as people read it: a mark has a decimal comma, but in English."""
    return with_comma(value) if language() == "vi" else value


def _line(one: Difference, holders: dict[str, str]) -> Line:
    finding, decision = one.finding, one.decision
    what = label_of(finding.column)
    return Line(
        place=finding.place,
        label=f"{SUBJECTS[finding.subject].name}: {what}" if finding.subject else what,
        recorded=_shown(finding.recorded),
        computed=_shown(finding.computed),
        difference=one,
        may_be_kept=finding.severity == "warning",
        holder=holders.get(decision.decided_by) if decision else None,
        decided_at=datetime.fromtimestamp(decision.decided_at, VIETNAM) if decision else None,
    )

"""A student's page in the console: the marks of a year, a form for those that are one's own to change, the trail.

The functions are those of `hocba marks` and `hocba trail`. The form carries the head of the trail, so that what was
looked at is what is changed. Sensitive values of the trail are not shown here.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from itsdangerous import Signer
from werkzeug.wrappers import Response as Redirect

from schemas.canonical import canonical_bytes
from schemas.change_trail import FieldChange
from schemas.transcript.model import RecordedYear, Year
from schemas.transcript.subjects import SUBJECTS
from schemas.vietnam_time import VIETNAM
from service.errors import ServiceError
from service.importing.column_labels import label_of as column_label
from service.importing.preview import label_of, written
from service.installation import Installation
from service.people.roles import Role
from service.storage.drafts import draft_changed
from service.storage.records import StudentYear
from service.storage.trail import StoredEntry
from service.storage.trail_writing import Whose
from service.trail.marking import WHOLE_YEAR, change_marks, mark_not_yours, may_change_marks, places_of
from service.trail.words import ACT_WORDS, label_of_field
from service.web.language import said, texts
from service.web.policy import TEACHERS, WHOLE_SCHOOL, allow, change_actor, signed_in

_VALUE = "mark-"
"""Begins the name of the field of a period."""


@dataclass(frozen=True, slots=True)
class Row:
    """The marks of a subject as they are shown: the label and the value of each period."""

    subject: str
    name: str
    marks: tuple[tuple[str, str, str], ...]
    is_mine: bool


@dataclass(frozen=True, slots=True)
class Change:
    """An entry of the trail as it is shown."""

    at: datetime | None
    act: str
    who: str
    second: str | None
    why: str | None
    values: tuple[tuple[str, str, str], ...]
    is_whole: bool


def add_marks(console: Blueprint, installation: Installation) -> None:
    """Add the pages."""
    register = installation.register

    def found(school: str, school_year: str, class_name: str, student: str) -> StudentYear:
        for draft in register.student_years(school, school_year, class_name=class_name):
            if hmac.compare_digest(student_address(draft).encode(), student.encode()):
                return draft
        raise ServiceError(
            "student-not-in-class",
            "Không có học sinh này trong lớp; hãy mở lại từ trang của lớp.",
            "There is no such student in the class; open it from the page of the class again.",
        )

    @console.get("/classes/<school_year>/<class_name>/students/<student>")
    @allow(*WHOLE_SCHOOL, *TEACHERS)
    def show_student(school: str, school_year: str, class_name: str, student: str) -> str:
        """Show a student's marks of a year and their trail; with `subject`, the form that changes its marks."""
        draft = found(school, school_year, class_name, student)
        student_code = draft.learner.student_code
        rows = _rows(draft)
        issued = student_code in register.issued_students(school, school_year)
        wanted = request.args.get("subject", "")
        return render_template(
            "student.html",
            draft=draft,
            rows=rows,
            issued=issued,
            issuance=next(
                (
                    one
                    for one in register.issuances(school, school_year, class_name=class_name)
                    if one.student_code == student_code
                ),
                None,
            ),
            changing=next(
                (one for one in rows if one.subject == wanted and one.is_mine and not issued), None
            ),
            trail=[
                _change(one) for one in reversed(register.trail_of(Whose(school, student_code, school_year)))
            ],
            school_year=school_year,
            class_name=class_name,
        )

    @console.post("/classes/<school_year>/<class_name>/students/<student>")
    @allow(Role.CLERK, *TEACHERS)
    def change_student(school: str, school_year: str, class_name: str, student: str) -> Redirect:
        """Change marks of one subject, for a reason."""
        draft = found(school, school_year, class_name, student)
        subject = request.form.get("subject", "")
        # A subject that the year does not have is nobody's: `change_marks` finds nothing to change.
        if subject in places_of(draft.year) and not may_change_marks(signed_in(), draft, subject):
            raise mark_not_yours()
        if request.form.get("trail", "") != draft.trail:
            raise draft_changed(draft.learner.student_code)
        change_marks(
            register,
            draft,
            subject,
            _changed(draft.year, subject),
            actor=change_actor(installation),
            why=request.form.get("reason", ""),
            at=int(installation.now().timestamp()),
        )
        page = url_for(
            "console.show_student", school_year=school_year, class_name=class_name, student=student
        )
        return redirect(page, 303)


def student_address(draft: StudentYear) -> str:
    """Return what stands for a student in an address: their code is personal, and addresses are logged."""
    signer = Signer(current_app.config["SECRET_KEY"], salt="student-address", digest_method=sha256)
    return signer.get_signature(canonical_bytes([draft.school_code, draft.learner.student_code])).decode()


def _rows(draft: StudentYear) -> list[Row]:
    # As it is printed: in an old year subjects were called otherwise.
    called = {row.subject: row.title or SUBJECTS[row.subject].name for row in draft.year.subjects}
    return [
        Row(
            subject,
            called[subject] if subject in called else label_of(f"{subject}.year").rpartition(" cả")[0],
            tuple(
                (period, _label(subject, period), written(value))
                for period, value in _values(draft.year, subject).items()
            ),
            not isinstance(draft.year, RecordedYear) and may_change_marks(signed_in(), draft, subject),
        )
        for subject in places_of(draft.year)
    ]


def _values(year: Year, subject: str) -> dict[str, str]:
    """Return what is recorded of a subject, by period, as `change_marks` takes it; empty where there is nothing."""
    members = year.model_dump(mode="json", exclude_none=True)
    rows = {each["subject"]: each for each in members["subjects"]}
    row: Mapping[str, object] = members[subject] if subject in WHOLE_YEAR else rows[subject]
    return {
        period: "M" if period == "level" and row.get("exempt") else str(row.get(period, ""))
        for period in places_of(year)[subject]
    }


def _changed(year: Year, subject: str) -> dict[str, str]:
    """Return what the form has otherwise than what is recorded."""
    known = _values(year, subject) if subject in places_of(year) else {}
    sent = {period: request.form.get(f"{_VALUE}{period}", "").strip() for period in known}
    return {
        period: value
        for period, value in sent.items()
        if value not in {known[period], written(known[period])}
    }


def _label(subject: str, period: str) -> str:
    if subject in WHOLE_YEAR:
        return label_of(f"{subject}.{period}")
    return column_label(period)


def _change(stored: StoredEntry) -> Change:
    entry = stored.parsed
    if entry is None:
        return Change(None, texts()["erased_words"], "–", None, None, (), is_whole=False)
    return Change(
        datetime.fromtimestamp(entry.at, VIETNAM),
        said(ACT_WORDS[entry.act]),
        entry.actor.name,
        entry.second.name if entry.second else None,
        entry.why,
        tuple(_shown(one) for one in entry.changes),
        is_whole=not entry.changes and entry.record is not None,
    )


def _shown(change: FieldChange) -> tuple[str, str, str]:
    label = label_of_field(change.field)
    if change.is_sensitive:
        return label, texts()["hidden_value"], texts()["hidden_value"]
    old, new = ("–" if value is None else written(str(value)) for value in (change.old, change.new))
    return label, old, new

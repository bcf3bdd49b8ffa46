"""Confirming and approving in the console: what waits for somebody, a class with its marks, exceptions first.

The functions are those of `hocba approve`. Each form carries what the person was shown, so that nothing is confirmed
that nobody has seen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Redirect

from schemas.transcript.model import PrimaryYear
from schemas.transcript.subjects import SUBJECTS
from service.approvals.board import ClassBoard
from service.approvals.chains import STEP_WORDS, Step
from service.approvals.confirming import Actor, Wish, seen, step_unknown
from service.approvals.desk import places_of
from service.approvals.exceptions import ClassException
from service.approvals.preview import previewed
from service.approvals.states import STATE_WORDS, StudentState
from service.errors import ServiceError
from service.installation import Installation
from service.pdf.draft import draft_page
from service.people.roles import Person, Role
from service.storage.readings import Shown
from service.storage.records import StudentYear
from service.web.console.names import name_key
from service.web.language import language, said, texts
from service.web.policy import TEACHERS, WHOLE_SCHOOL, allow, change_actor, signed_in

_LEADERS = (Role.PRINCIPAL, Role.DEPUTY_PRINCIPAL)


@dataclass(frozen=True, slots=True)
class StepCard:
    """A step that is somebody's own: who waits for it, what to look at first, what is in the way."""

    step: Step
    subject: str | None
    title: str
    waiting: int
    unready: int
    exceptions: tuple[tuple[StudentYear, tuple[ClassException, ...]], ...]
    looked_at: str
    barred: bool = False
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GridRow:
    """A student with the marks of the year, by subject: the mark, and whether its row is confirmed."""

    draft: StudentYear
    state: StudentState
    marks: tuple[tuple[str, bool], ...]
    missing: str


def add_approving(console: Blueprint, installation: Installation) -> None:
    """Add the pages."""
    desk = installation.approvals

    @console.get("/tasks")
    @allow(*_LEADERS, *TEACHERS)
    def tasks(_school: str) -> str:
        """List what waits for whoever signed in."""
        return render_template("tasks.html", tasks=desk.tasks(signed_in()), step_words=_step_words)

    @console.get("/classes/<school_year>/<class_name>/approvals")
    @allow(*WHOLE_SCHOOL, *TEACHERS)
    def show_approvals(school: str, school_year: str, class_name: str) -> str:
        """Show a class with its marks, how far each student is, and what the person may do."""
        board, person = desk.board(school, school_year, class_name), signed_in()
        subjects = _shown_subjects(board, person)
        ordered = sorted(board.drafts, key=lambda code: name_key(board.drafts[code].learner.full_name))
        cards = [_card(board, person, *place) for place in places_of(board, person)]
        _note(school, _sensitive(cards), Shown.APPROVALS)
        return render_template(
            "approvals.html",
            board=board,
            cards=cards,
            subjects=[(subject, SUBJECTS[subject].name) for subject in subjects],
            all_subjects=[(subject, SUBJECTS[subject].name) for subject in board.subjects],
            rows=[_row(board, code, subjects) for code in ordered],
            state_words=lambda state: said(STATE_WORDS[state]),
            said=said,
            may_stand_in=board.may_stand_in(person) is not None,
            looked_at=lambda subject: seen(board, Step.SUBJECTS if subject else Step.HOMEROOM, subject),
            decisions={one.id: one.decision for one in board.delegations},
            may_return=board.may_stand_in(person) is not None
            or board.role_at(person, Step.HOMEROOM, None) is not None,
            school_year=school_year,
            class_name=class_name,
        )

    @console.post("/classes/<school_year>/<class_name>/approvals/confirm")
    @allow(*_LEADERS, *TEACHERS)
    def confirm_rows(school: str, school_year: str, class_name: str) -> Redirect:
        """Confirm the rows of a subject, or the class as its homeroom teacher."""
        board = desk.board(school, school_year, class_name)
        return _act(board, *_place(board))

    @console.post("/classes/<school_year>/<class_name>/approvals")
    @allow(*_LEADERS, fresh=True)
    def approve_class(school: str, school_year: str, class_name: str) -> Redirect:
        """Approve the class, or those of it who are ready."""
        return _act(desk.board(school, school_year, class_name), Step.APPROVAL, None)

    @console.post("/classes/<school_year>/<class_name>/approvals/return")
    @allow(*_LEADERS, Role.HOMEROOM_TEACHER)
    def return_rows(school: str, school_year: str, class_name: str) -> Redirect:
        """Have teachers look again, for a reason."""
        board = desk.board(school, school_year, class_name)
        step, subject = _place(board)
        students, reason = request.form.getlist("student"), request.form.get("reason", "")
        act = desk.give_back(board, _actor(), step, subject, students, reason)
        flash(texts()["done_return"].format(count=len(act.rows)))
        return _back(board)

    @console.post("/classes/<school_year>/<class_name>/approvals/preview")
    @allow(*_LEADERS, Role.CLERK, Role.HOMEROOM_TEACHER)
    def preview(school: str, school_year: str, class_name: str) -> Response:
        """Return the page that would be issued, marked as a draft; a student's code stands in no address."""
        board = desk.board(school, school_year, class_name)
        student = board.draft(request.form.get("student", "")).learner.student_code
        _note(school, [student], Shown.DRAFT)
        transcript = previewed(installation.register, board, student, now=installation.now())
        pdf = draft_page(installation.renderer, transcript, installation.settings.qr_host)
        return Response(
            pdf,
            mimetype="application/pdf",
            headers={"Content-Disposition": 'inline; filename="ban-nhap.pdf"'},
        )

    def _note(school: str, students: Iterable[str], what: Shown) -> None:
        at = int(installation.now().timestamp())
        installation.register.note_reading(school, change_actor(installation), students, what, at=at)

    def _actor() -> Actor:
        return desk.actor(signed_in(), "console")

    def _act(board: ClassBoard, step: Step, subject: str | None) -> Redirect:
        students = board.waiting(step, subject) if request.form.get("ready") else None
        wish = Wish(
            step,
            subject,
            students,
            looked_at=_looked_at(subject),
            reasons=_reasons(board),
            reason_for_all=request.form.get("reason") or None,
            on_behalf=request.form.get("on_behalf") or None,
            four_eyes=request.form.get("four_eyes") or None,
        )
        act = desk.act(board, _actor(), wish)
        words = texts()
        flash(words["done_confirm"].format(count=len(act.rows)) if act else words["done_already"])
        return _back(board)


def _sensitive(cards: Iterable[StepCard]) -> list[str]:
    """Return the students of whom something sensitive is among what is to be looked at."""
    return [
        draft.learner.student_code
        for card in cards
        for draft, found in card.exceptions
        if any(one.is_sensitive for one in found)
    ]


def _looked_at(subject: str | None) -> str | None:
    """Return what the form says that the person was shown; that of standing in has it for each step of its choice."""
    return request.form.get("looked_at") or request.form.get(f"looked_at/{subject or ''}") or None


def _place(board: ClassBoard) -> tuple[Step, str | None]:
    """Return which step a form is about: a subject's, or with an empty subject the homeroom teacher's."""
    if "subject" not in request.form:
        raise step_unknown(board.class_name, board.school_year)
    subject = request.form["subject"] or None
    return (Step.SUBJECTS if subject else Step.HOMEROOM), subject


def _back(board: ClassBoard) -> Redirect:
    page = url_for("console.show_approvals", school_year=board.school_year, class_name=board.class_name)
    return redirect(page, 303)


def _reasons(board: ClassBoard) -> dict[tuple[str, str], str]:
    """Return the reasons of a form by student and place: `keep/CODE/PLACE`."""
    found: dict[tuple[str, str], str] = {}
    for name, reason in request.form.items():
        kind, _, rest = name.partition("/")
        student, _, place = rest.partition("/")
        if kind == "keep" and student in board.drafts and reason.strip():
            found[student, place] = reason
    return found


def _step_words(step: Step, subject: str | None) -> str:
    return f"{SUBJECTS[subject].name}: {said(STEP_WORDS[step])}" if subject else said(STEP_WORDS[step])


def _card(board: ClassBoard, person: Person, step: Step, subject: str | None) -> StepCard:
    waiting = board.waiting(step, subject)
    found = tuple(
        (board.drafts[student], exceptions)
        for student in waiting
        if (exceptions := board.exceptions_for(student, step, subject, person.name))
    )
    barred = step is Step.APPROVAL and board.is_barred(person)
    return StepCard(
        step,
        subject,
        _step_words(step, subject),
        len(waiting),
        len(board.unready(step)),
        found,
        seen(board, step, subject),
        barred,
        tuple(one.name for one in board.others(person)) if barred else (),
    )


def _shown_subjects(board: ClassBoard, person: Person) -> tuple[str, ...]:
    """Return the subjects whose marks somebody is shown: a subject teacher sees the own ones alone."""
    taught = tuple(dict.fromkeys(row.subject for each in board.drafts.values() for row in each.year.subjects))
    if person.has(*WHOLE_SCHOOL) or board.role_at(person, Step.HOMEROOM, None):
        return taught
    return tuple(one for one in taught if person.teaches(board.school_year, board.class_name, one))


def _row(board: ClassBoard, student: str, subjects: tuple[str, ...]) -> GridRow:
    draft, state = board.drafts[student], board.states[student]
    marks = _marks(draft)
    return GridRow(
        draft,
        state,
        tuple((marks.get(subject, ""), subject not in state.missing) for subject in subjects),
        ", ".join(SUBJECTS[subject].name for subject in state.missing),
    )


def _marks(draft: StudentYear) -> dict[str, str]:
    if isinstance(draft.year, PrimaryYear):
        return {
            row.subject: " ".join(str(part) for part in (row.level, row.test) if part is not None) or "–"
            for row in draft.year.subjects
        }
    marks = {row.subject: row.reassessed or row.year or "–" for row in draft.year.subjects}
    return marks if language() == "en" else {key: mark.replace(".", ",") for key, mark in marks.items()}


def check_release(installation: Installation, school: str, school_year: str, class_name: str) -> None:
    """Refuse to have whoever signed in issue for a class whose marks they confirmed or entered.

    Raises:
        ServiceError: `release-four-eyes`.
    """
    person = signed_in()
    installation.approvals.check_release(school, school_year, class_name, None, person.id, person.name)


def ready_and_waiting(
    installation: Installation, school: str, school_year: str, class_name: str
) -> tuple[list[StudentYear], int]:
    """Return the students of a class that would be issued now, by name, and how many wait to be approved."""
    try:
        board = installation.approvals.board(school, school_year, class_name)
    except ServiceError:
        return [], 0
    open_states = {one: state for one, state in board.states.items() if one not in board.issued}
    ready = [board.drafts[one] for one, state in open_states.items() if state.is_approved]
    ready.sort(key=lambda one: name_key(one.learner.full_name))
    return ready, len(open_states) - len(ready)

"""The API of confirming and approving: a token to read sees how far a class is; only a person's own token acts."""

from __future__ import annotations

from typing import Any, Final

from flask import g
from pydantic import BaseModel, ConfigDict, Field

from service.approvals.acts import Act
from service.approvals.board import ClassBoard
from service.approvals.chains import Step
from service.approvals.confirming import Actor, Wish
from service.approvals.states import StudentState
from service.errors import ServiceError
from service.installation import Installation
from service.people.roles import Person
from service.scopes import Scope
from service.storage.readings import Shown
from service.storage.records import Token, token_actor
from service.web.api.answers import ActAnswer, ApprovalsAnswer
from service.web.api.operations import IssuingAPI, idempotency_key
from service.web.api.transcripts import SchoolYear

Answer = dict[str, Any]
_MAX_STUDENTS = 2000
_REFUSALS: Final = (
    "person-needed",
    "class-unknown",
    "step-not-of-class",
    "student-not-in-class",
    "rows-not-yours",
    "reason-invalid",
)
_CONFIRMING: Final = ("rows-changed", "class-not-ready", "exceptions-open", "exception-impossible")


class ClassQuery(BaseModel):
    """A class of a school year."""

    year: SchoolYear
    class_name: str = Field(alias="class", max_length=200, description="The class.", examples=["6A"])


class OfClass(BaseModel):
    """A class of a school year, all of it or some students."""

    model_config = ConfigDict(extra="forbid")

    year: SchoolYear
    class_name: str = Field(alias="class", max_length=200, description="The class.", examples=["6A"])
    students: list[str] | None = Field(default=None, max_length=_MAX_STUDENTS)


class ConfirmBody(OfClass):
    """What is confirmed: a subject's rows, or with no subject the class as its homeroom teacher."""

    subject: str | None = Field(default=None, max_length=40)
    reason: str | None = Field(default=None, max_length=1000, description="why the exceptions stand")
    on_behalf: str | None = Field(default=None, max_length=1000)


class ApproveBody(OfClass):
    """What is approved."""

    reason: str | None = Field(default=None, max_length=1000, description="why the exceptions stand")
    four_eyes: str | None = Field(default=None, max_length=1000, description="why nobody else could approve")


class ReturnBody(BaseModel):
    """What is returned: to the teacher of a subject, or with no subject to the homeroom teacher."""

    model_config = ConfigDict(extra="forbid")

    year: SchoolYear
    class_name: str = Field(alias="class", max_length=200, description="The class.", examples=["6A"])
    students: list[str] = Field(min_length=1, max_length=_MAX_STUDENTS)
    subject: str | None = Field(default=None, max_length=40)
    reason: str = Field(max_length=1000)


def add_approvals(api: IssuingAPI, installation: Installation) -> None:
    """Add the routes."""
    desk = installation.approvals

    def here(year: str, class_name: str) -> tuple[ClassBoard, Actor]:
        person = _person(installation, g.token)
        actor = desk.actor(person, f"api {g.token.id}", idempotency_key())
        return desk.board(g.school, year, class_name), actor

    @api.looks("/approvals", Scope.READ, answers={200: ApprovalsAnswer}, refusals=("class-unknown",))
    def list_approvals(query: ClassQuery) -> Answer:
        """Return how far each student of a class is, and what has to be looked at."""
        board = desk.board(g.school, query.year, query.class_name)
        sensitive = board.sensitive_students(Step.APPROVAL, None)
        at = int(installation.now().timestamp())
        installation.register.note_reading(g.school, token_actor(g.token), sensitive, Shown.APPROVALS, at=at)
        return {"students": [_student(board, code, state) for code, state in board.states.items()]}

    @api.acts(
        "/approvals/confirm",
        Scope.CONFIRM,
        answers={200: ActAnswer},
        refusals=(*_REFUSALS, *_CONFIRMING, "on-behalf-needed"),
        example={"year": "2025-2026", "class": "6A", "subject": "toan"},
    )
    def confirm_rows(body: ConfirmBody) -> Answer:
        """Confirm the rows of a subject as its teacher, or a class as its homeroom teacher."""
        board, actor = here(body.year, body.class_name)
        step = Step.HOMEROOM if body.subject is None else Step.SUBJECTS
        wish = Wish(
            step,
            body.subject,
            body.students,
            reason_for_all=body.reason,
            on_behalf=body.on_behalf,
        )
        return _act(desk.act(board, actor, wish))

    @api.acts(
        "/approvals/approve",
        Scope.APPROVE,
        answers={200: ActAnswer},
        refusals=(*_REFUSALS, *_CONFIRMING, "four-eyes", "four-eyes-alone"),
        example={"year": "2025-2026", "class": "6A"},
    )
    def approve_class(body: ApproveBody) -> Answer:
        """Approve a class, or some of its students, as principal or deputy."""
        board, actor = here(body.year, body.class_name)
        wish = Wish(Step.APPROVAL, None, body.students, reason_for_all=body.reason, four_eyes=body.four_eyes)
        return _act(desk.act(board, actor, wish))

    @api.acts(
        "/approvals/return",
        Scope.CONFIRM,
        Scope.APPROVE,
        answers={200: ActAnswer},
        refusals=(*_REFUSALS, "already-approved-and-issued"),
        example={
            "year": "2025-2026",
            "class": "6A",
            "students": ["0123456789"],
            "subject": "toan",
            "reason": "Xem lại điểm thi",
        },
    )
    def return_rows(body: ReturnBody) -> Answer:
        """Have teachers look again, for a reason: what was confirmed after that step falls with it."""
        board, actor = here(body.year, body.class_name)
        step = Step.HOMEROOM if body.subject is None else Step.SUBJECTS
        return _act(desk.give_back(board, actor, step, body.subject, body.students, body.reason))


def _person(installation: Installation, token: Token) -> Person:
    account = installation.people.account(token.person_id) if token.person_id else None
    if account is None or not account.active:
        raise ServiceError(
            "person-needed",
            "Xác nhận và duyệt cần mã truy cập của chính người đó (hocba token add --person), không phải của trường.",
            "Confirming and approving need a token of the person's own (hocba token add --person), not the school's.",
        )
    return account.person


def _student(board: ClassBoard, code: str, state: StudentState) -> Answer:
    return {
        "student_code": code,
        "state": state.state.value,
        "missing": list(state.missing),
        "returned": state.why_returned,
        "confirmed": [
            {"step": step.value, "subject": subject, "by": act.person_name, "at": act.at}
            for (step, subject), act in state.confirmed.items()
        ],
        "approved": None
        if state.approved is None
        else {
            "by": state.approved.person_name,
            "at": state.approved.at,
            "delegation": state.approved.delegation,
        },
        "exceptions": [
            {"kind": one.key.kind.value, "at": one.key.place, "vi": one.text.vi, "en": one.text.en}
            for one in board.open_exceptions(code, Step.APPROVAL, None)
        ],
    }


def _act(act: Act | None) -> Answer:
    """Return what was done; nothing where it had been done already."""
    return {"act": None if act is None else act.id, "students": 0 if act is None else len(act.rows)}

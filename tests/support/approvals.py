"""A class in memory, the people of its school, and their acts: for tests of confirming and approving."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from typing import Any

from schemas.transcript.model import Levels, SubjectResult, YearTT22
from schemas.transcript.rulesets.tt22_2021 import Level
from service.approvals.acts import Act
from service.approvals.approved import Approval
from service.approvals.board import BoardTools, ClassBoard
from service.approvals.chains import Step
from service.approvals.confirming import Actor, Wish, approve, confirm, give_back
from service.approvals.demonstration import approve_as_demonstration
from service.approvals.desk import ApprovalDesk
from service.people.roles import Assignment, Person, Role
from service.storage.records import StudentYear
from service.storage.register import Register
from tests.support.levels import primary_learner, primary_year
from tests.support.transcripts import SCHOOL, sample_learner, sample_year

YEAR, CLASS = "2025-2026", "8A3"
REASON = "Đã đối chiếu với sổ điểm giấy."
_NUMBERS = count(1)


def person(name: str, *roles: Role, teaches: Sequence[str] = (), leads: bool = False) -> Person:
    """Return somebody of the school, with their assignments to the class."""
    own = [Assignment(YEAR, CLASS, subject) for subject in teaches]
    return Person(
        name.casefold().replace(" ", "-")[:16],
        SCHOOL.code,
        name,
        frozenset(roles),
        (*own, Assignment(YEAR, CLASS, None)) if leads else tuple(own),
    )


def teachers_of(year: YearTT22) -> dict[str, Person]:
    """Return who teaches each subject, by the names on the page."""
    subjects: dict[str, list[str]] = {}
    for row in year.subjects:
        subjects.setdefault(row.teacher, []).append(row.subject)
    return {
        subject: person(name, Role.SUBJECT_TEACHER, teaches=mine)
        for name, mine in subjects.items()
        for subject in mine
    }


TEACHERS = teachers_of(sample_year())
HOMEROOM = person("Trần Thị Bích Ngọc", Role.HOMEROOM_TEACHER, Role.SUBJECT_TEACHER, leads=True)
PRINCIPAL = person("Nguyễn Thị Hồng Hạnh", Role.PRINCIPAL)
DEPUTY = person("Lý Văn Phó", Role.DEPUTY_PRINCIPAL)
CLERK = person("Mai Văn Thư", Role.CLERK)


def draft(number: int = 1, **changes: Any) -> StudentYear:
    """Return a student's year of the class; keywords change the year."""
    learner = sample_learner(student_code=f"S{number:03}", full_name="Nguyễn Hoàng Khánh Quỳnh")
    learning = Levels(semester1=Level.GOOD, semester2=Level.GOOD, year=Level.GOOD)
    year = sample_year(**{"confirmations": (), "learning": learning} | changes)
    return StudentYear(SCHOOL.code, CLASS, learner, year, "")


def primary_draft() -> StudentYear:
    """Return a year of primary school, in the class of the same name."""
    return StudentYear(SCHOOL.code, CLASS, primary_learner(), primary_year(confirmations=()), "")


def with_row(of: StudentYear, subject: str, **changes: Any) -> StudentYear:
    """Return a year with a change in the row of one subject."""
    rows = tuple(
        row.model_copy(update=changes) if row.subject == subject else row for row in of.year.subjects
    )
    assert all(isinstance(row, SubjectResult) for row in rows)
    return replace(of, year=of.year.model_copy(update={"subjects": rows}))


def board_of(*drafts: StudentYear, **changes: Any) -> ClassBoard:
    """Return a class of these students."""
    by_code = {one.learner.student_code: one for one in drafts}
    board = ClassBoard(SCHOOL.code, YEAR, CLASS, by_code, staff=(PRINCIPAL, DEPUTY))
    return replace(board, **changes)


def changed_to(board: ClassBoard, *drafts: StudentYear) -> ClassBoard:
    """Return the class with other data and the same acts."""
    by_code = {one.learner.student_code: one for one in drafts}
    return replace(board, drafts=dict(board.drafts) | by_code, _found={}, _digests={})


def actor(who: Person, at: int = 1_780_000_000) -> Actor:
    """Return somebody at the console."""
    return Actor(who, "console", at, lambda: f"{next(_NUMBERS):032x}")


def after(board: ClassBoard, *acts: Act | None) -> ClassBoard:
    """Return the class after these acts, numbered as the database would."""
    numbered = [
        replace(act, number=len(board.acts) + place)
        for place, act in enumerate((one for one in acts if one is not None), start=1)
    ]
    return board.with_acts(numbered)


def confirm_subject(board: ClassBoard, subject: str, **wish: Any) -> ClassBoard:
    """Return the class after the teacher of a subject confirmed it."""
    act = confirm(board, actor(TEACHERS[subject]), Wish(Step.SUBJECTS, subject, **wish))
    return after(board, act)


def confirm_subjects(board: ClassBoard) -> ClassBoard:
    """Return the class after every subject teacher confirmed."""
    for subject in board.subjects:
        board = confirm_subject(board, subject)
    return board


def confirm_whole(board: ClassBoard) -> ClassBoard:
    """Return the class after its homeroom teacher confirmed."""
    return after(board, confirm(board, actor(HOMEROOM), Wish(Step.HOMEROOM)))


def approve_whole(board: ClassBoard, who: Person = PRINCIPAL, **wish: Any) -> ClassBoard:
    """Return the class after somebody approved it."""
    return after(board, approve(board, actor(who), Wish(Step.APPROVAL, **wish)))


def approved(*drafts: StudentYear) -> ClassBoard:
    """Return a class that went through the whole chain."""
    return approve_whole(confirm_whole(confirm_subjects(board_of(*drafts))))


def returned(board: ClassBoard, who: Person, step: Step, subject: str | None, *students: str) -> ClassBoard:
    """Return the class after somebody returned it."""
    return after(board, give_back(board, actor(who), step, subject, students, "Xem lại điểm thi."))


def approval_as_demonstration(register: Register, now: dt.datetime, *drafts: StudentYear) -> Approval:
    """Have invented people confirm and approve the years of drafts, and return what is approved of them."""
    tools = BoardTools(register, staff=lambda _: (), authors=lambda *_: ())
    desk = ApprovalDesk(tools, lambda: now, secrets.token_bytes)
    for one in drafts:
        approve_as_demonstration(desk, one.school_code, one.year.school_year, is_test=True)
    return desk.approval(drafts[0].school_code, drafts)

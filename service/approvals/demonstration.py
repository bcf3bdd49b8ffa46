"""A demonstration's own people confirm and approve, by the very functions that everybody uses.

Nobody of them exists: for each class they are the teachers whom its pages name, and the principal. Only where the trust
root is one of tests.
"""

from __future__ import annotations

from collections.abc import Iterator

from schemas.transcript.model import SubjectResult
from service.approvals.acts import Act
from service.approvals.board import ClassBoard
from service.approvals.chains import Step
from service.approvals.confirming import Wish, approve, confirm
from service.approvals.desk import ApprovalDesk
from service.approvals.four_eyes import spelled
from service.errors import ServiceError
from service.people.roles import Assignment, Person, Role

VIA = "demonstration"
_REASON = "Bản thử: đã xem / demonstration: looked at"


def approve_as_demonstration(desk: ApprovalDesk, school: str, school_year: str, *, is_test: bool) -> int:
    """Confirm and approve whatever of a school year is not; return how many acts that took.

    Raises:
        ServiceError: `demonstration-only` where the trust root is not one of tests.
    """
    if not is_test:
        raise ServiceError(
            "demonstration-only",
            "Chỉ bản thử mới có người duyệt giả định; ở đây giáo viên và hiệu trưởng phải tự xác nhận và duyệt.",
            "Only a demonstration has invented people to approve; here teachers and principal must act themselves.",
        )
    done = 0
    for board in desk.boards(school, school_year):
        acts = tuple(_acts(desk, board))
        desk.tools.register.put_acts(acts)
        done += len(acts)
    return done


def _acts(desk: ApprovalDesk, board: ClassBoard) -> Iterator[Act]:
    for step, subject in _places(board):
        for person, students in _people(board, step, subject):
            wish = Wish(step, subject, students, reason_for_all=_REASON, four_eyes=_REASON)
            actor = desk.actor(person, VIA)
            act = (approve if step is Step.APPROVAL else confirm)(board, actor, wish)
            if act is not None:
                board = board.with_acts([act])
                yield act


def _places(board: ClassBoard) -> Iterator[tuple[Step, str | None]]:
    for subject in board.subjects:
        yield Step.SUBJECTS, subject
    yield Step.HOMEROOM, None
    yield Step.APPROVAL, None


def _people(board: ClassBoard, step: Step, subject: str | None) -> Iterator[tuple[Person, list[str]]]:
    """Yield who answers for a step, each with the students whose pages name them."""
    students: dict[str, list[str]] = {}
    for student in board.waiting(step, subject):
        students.setdefault(_named(board, student, step, subject), []).append(student)
    for name, named in students.items():
        yield _person(board, step, subject, name), named


def _named(board: ClassBoard, student: str, step: Step, subject: str | None) -> str:
    year = board.drafts[student].year
    if step is Step.APPROVAL:
        return year.principal.name
    row = next((one for one in year.subjects if one.subject == subject), None)
    return row.teacher if isinstance(row, SubjectResult) else year.homeroom_teacher


def _person(board: ClassBoard, step: Step, subject: str | None, name: str) -> Person:
    known = next((one for one in board.staff if spelled(one.name) == spelled(name)), None)
    of_class = Assignment(board.school_year, board.class_name, subject)
    roles = {
        Step.SUBJECTS: Role.SUBJECT_TEACHER,
        Step.HOMEROOM: Role.HOMEROOM_TEACHER,
        Step.APPROVAL: Role.PRINCIPAL,
    }
    return Person(
        known.id if known else f"demo/{spelled(name)}"[:32],
        board.school_code,
        name,
        frozenset({roles[step]}),
        () if step is Step.APPROVAL else (of_class,),
    )

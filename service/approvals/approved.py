"""What issuing may take: students whose year is approved as it stands, and who confirmed which rows of it.

Issuing reads the drafts again when it freezes them: what changed in between is not what was approved, and waits.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from schemas.errors import Text
from schemas.transcript.model import Confirmation, Year
from service.approvals.acts import Act
from service.approvals.board import ClassBoard
from service.approvals.chains import Step
from service.approvals.digests import Digests, year_digest
from service.approvals.states import ApprovalState, StudentState
from service.errors import ServiceError
from service.storage.records import ELSEWHERE, StudentYear

NOT_APPROVED = frozenset({"not-approved", "changed-after-approval", "approval-returned"})
"""Why one student waits while others are issued."""


@dataclass(frozen=True, slots=True)
class ApprovedYear:
    """One student's year as it was approved."""

    digest: str
    """Of learner and year: what was approved."""
    year: str
    """Of the year alone, see `digests.year_digest`."""
    confirmations: tuple[Confirmation, ...]


@dataclass(frozen=True, slots=True)
class Unapproved:
    """A student who waits for people to confirm and approve, and why."""

    student_code: str
    code: str
    text: Text


@dataclass(frozen=True, slots=True)
class Approval:
    """What is approved of the students of a batch, and of their years before."""

    years: Mapping[tuple[str, str], ApprovedYear] = field(default_factory=dict)
    """By student code and school year."""
    states: Mapping[str, StudentState] = field(default_factory=dict)
    """How far each student of the batch is."""

    def confirmations(self, student_code: str, year: Year) -> tuple[Confirmation, ...] | None:
        """Return who confirmed a year as it stands; None where it is not approved so."""
        known = self.years.get((student_code, year.school_year))
        return known.confirmations if known and known.year == year_digest(year) else None

    @property
    def returned(self) -> frozenset[str]:
        """The students of the batch whose year was returned, and whom nobody has approved since."""
        return frozenset(
            student for student, state in self.states.items() if state.state is ApprovalState.RETURNED
        )

    def why_waiting(self, drafts: Iterable[StudentYear], students: Collection[str]) -> Iterator[Unapproved]:
        """Yield why some of the students of a batch wait."""
        for draft in drafts:
            refusal = refusal_of(draft, self) if draft.learner.student_code in students else None
            if refusal is not None:
                yield Unapproved(draft.learner.student_code, refusal.code, refusal.text)


def approval_of(
    drafts: Iterable[StudentYear], board: Callable[[str, str], ClassBoard], *, with_earlier: bool = True
) -> Approval:
    """Return what is approved of these drafts; `board` gives a class by school year and name."""
    boards: dict[tuple[str, str], ClassBoard] = {}

    def known(school_year: str, class_name: str) -> ClassBoard:
        key = school_year, class_name
        if key not in boards:
            boards[key] = board(*key)
        return boards[key]

    years: dict[tuple[str, str], ApprovedYear] = {}
    states: dict[str, StudentState] = {}
    for draft in drafts:
        student = draft.learner.student_code
        of_class = known(draft.year.school_year, draft.class_name)
        states[student] = of_class.states.get(student, StudentState(ApprovalState.DRAFT))
        earlier = of_class.earlier.get(student, ()) if with_earlier else ()
        for one in (*earlier, draft):
            if one.class_name == ELSEWHERE:
                continue
            approved = _approved(known(one.year.school_year, one.class_name), student)
            if approved is not None:
                years[student, one.year.school_year] = approved
    return Approval(years, states)


def check_approval(draft: StudentYear, approval: Approval) -> None:
    """Refuse a draft that is not, byte for byte, what was approved.

    Raises:
        ServiceError: `not-approved`, `changed-after-approval`, `approval-returned`.
    """
    refusal = refusal_of(draft, approval)
    if refusal is not None:
        raise refusal


def refusal_of(draft: StudentYear, approval: Approval) -> ServiceError | None:
    """Return why a draft is not issued; None where it is approved as it stands."""
    code, school_year = draft.learner.student_code, draft.year.school_year
    approved = approval.years.get((code, school_year))
    state = approval.states.get(code)
    if approved is not None and approved.digest == draft.digest:
        return None
    if state is not None and state.state is ApprovalState.RETURNED:
        why = state.why_returned
        return ServiceError(
            "approval-returned",
            f"Học bạ {school_year} của học sinh mã {code} đang bị trả lại: {why or '–'} Hãy sửa rồi xác nhận lại.",
            f"The year {school_year} of student {code} was returned: {why or '–'} Mend it, then confirm it again.",
        )
    if approved is not None or (state is not None and state.was_approved):
        return ServiceError(
            "changed-after-approval",
            f"Dữ liệu của học sinh mã {code} đã đổi sau khi duyệt; hãy xác nhận và duyệt lại.",
            f"The data of student {code} changed after approval; confirm and approve them again.",
        )
    return not_approved(code, school_year)


def confirmations_of(
    student_code: str, year: Year, approval: Approval, said: Year | None
) -> tuple[Confirmation, ...]:
    """Return who confirmed a year of a document, with the times.

    Args:
        student_code: whose year it is.
        year: a year of this school.
        approval: what is approved.
        said: the same year in the document before, whose confirmations stay while its rows do.

    Raises:
        ServiceError: `not-approved`.
    """
    known = approval.confirmations(student_code, year)
    if known is not None:
        return known
    if said is not None and year_digest(said) == year_digest(year):
        return said.confirmations
    raise not_approved(student_code, year.school_year)


def not_approved(student_code: str, school_year: str) -> ServiceError:
    """Return the refusal of a year that nobody has approved."""
    return ServiceError(
        "not-approved",
        f"Học bạ {school_year} của học sinh mã {student_code} chưa được duyệt; xem ai cần làm gì: hocba approve status",
        f"The year {school_year} of student {student_code} is not approved; see who must act: hocba approve status",
    )


def nothing_approved(count: int) -> ServiceError:
    """Return the refusal of a batch in which everybody waits."""
    return ServiceError(
        "nothing-approved",
        f"Chưa học sinh nào trong {count} em được duyệt nên chưa cấp gì; xem ai cần làm gì: hocba approve status",
        f"None of {count} students is approved, so nothing is issued; see who must act: hocba approve status",
    )


def _approved(board: ClassBoard, student: str) -> ApprovedYear | None:
    state = board.states.get(student)
    if state is None or state.approved is None:
        return None
    digests = board.digests[student]
    return ApprovedYear(digests.whole, digests.year, confirmations_so_far(board, student))


def confirmations_so_far(board: ClassBoard, student: str) -> tuple[Confirmation, ...]:
    """Return the confirmations of a student's year that hold, as a document says them."""
    state, digests = board.states[student], board.digests[student]
    return tuple(
        _confirmation(act, place, digests)
        for place in digests.places
        if (act := state.confirmed.get(place)) is not None
    )


def _confirmation(act: Act, place: tuple[Step, str | None], digests: Digests) -> Confirmation:
    step, subject = place
    return Confirmation(
        role="subject-teacher" if step is Step.SUBJECTS else "homeroom-teacher",
        name=act.person_name,
        subject=subject,
        at=dt.datetime.fromtimestamp(act.at, dt.UTC),
        rows=digests.subjects[subject] if subject is not None else digests.year,
    )

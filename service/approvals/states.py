"""What of the acts still holds: the state of each student, from the data as they are now.

A confirmation holds while the rows that are its teacher's have the digest that it names, and nothing was returned after
it. Nothing is ever voided by anybody: what no longer fits the data, or stands on what no longer does, does not count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from schemas.errors import Text
from service.approvals.acts import Act, ActKind, ActRow, ExceptionKey
from service.approvals.chains import Step
from service.approvals.digests import Digests
from service.approvals.four_eyes import NOBODY, Involved


class ApprovalState(StrEnum):
    """How far a student's year is."""

    DRAFT = "draft"
    """Nobody has confirmed anything of it."""
    WAITING_SUBJECTS = "waiting-subjects"
    WAITING_HOMEROOM = "waiting-homeroom"
    WAITING_PRINCIPAL = "waiting-principal"
    RETURNED = "returned"
    APPROVED = "approved"
    ISSUED = "issued"


STATE_WORDS: Final = {
    ApprovalState.DRAFT: Text("chưa ai xác nhận", "nobody has confirmed it"),
    ApprovalState.WAITING_SUBJECTS: Text("chờ giáo viên bộ môn", "waiting for subject teachers"),
    ApprovalState.WAITING_HOMEROOM: Text("chờ giáo viên chủ nhiệm", "waiting for the homeroom teacher"),
    ApprovalState.WAITING_PRINCIPAL: Text("chờ hiệu trưởng duyệt", "waiting for the principal"),
    ApprovalState.RETURNED: Text("bị trả lại", "returned"),
    ApprovalState.APPROVED: Text("đã duyệt, chờ cấp", "approved, waiting to be issued"),
    ApprovalState.ISSUED: Text("đã cấp", "issued"),
}


@dataclass(frozen=True, slots=True)
class StudentState:
    """How far one student's year is, and by whose acts."""

    state: ApprovalState
    missing: tuple[str, ...] = ()
    """Subjects whose rows nobody has confirmed as they are."""
    confirmed: Mapping[tuple[Step, str | None], Act] = field(default_factory=dict)
    """The confirmations that hold, by step and subject."""
    approved: Act | None = None
    was_approved: bool = False
    """Whether somebody has ever approved it, as it is or as it was."""
    returned: tuple[Act, ...] = ()
    """Returns that nobody has answered yet, the oldest first."""
    why_returned: str | None = None
    acknowledged: Mapping[ExceptionKey, str] = field(default_factory=dict)
    """What was acknowledged in the acts that hold, with the reasons."""

    @property
    def is_approved(self) -> bool:
        """Whether every step has been done with the data as they are."""
        return self.approved is not None


@dataclass
class _Known:
    """What the acts so far say of one student."""

    confirmed: dict[tuple[Step, str | None, str], tuple[Act, ActRow]] = field(default_factory=dict)
    returned: dict[tuple[Step, str | None], tuple[Act, ActRow]] = field(default_factory=dict)

    def take(self, act: Act, row: ActRow) -> None:
        place = act.step, act.subject
        if act.kind is ActKind.RETURN:
            # What came after the step that is to be done again falls with it.
            later = (Step.HOMEROOM, Step.APPROVAL) if act.step is Step.SUBJECTS else (act.step, Step.APPROVAL)
            self.confirmed = {
                known: value
                for known, value in self.confirmed.items()
                if known[:2] != place and known[0] not in later
            }
            self.returned[place] = act, row
        else:
            self.confirmed[(*place, row.digest)] = act, row
            self.returned.pop(place, None)


def states_of(
    digests: Mapping[str, Digests],
    acts: Iterable[Act],
    *,
    issued: frozenset[str] = frozenset(),
    revoked_at: Mapping[str, int] | None = None,
    involved: Involved = NOBODY,
) -> dict[str, StudentState]:
    """Return the state of each student of a class.

    Args:
        digests: what stands now, by student code.
        acts: all acts of the class, in their order.
        issued: students whose year is issued as it stands.
        revoked_at: when a student's last document was revoked, in seconds: an earlier approval does not count.
        involved: whose approval of the class does not count, unless it names an exception (four eyes).
    """
    known: dict[str, _Known] = {student: _Known() for student in digests}
    for act in acts:
        for row in act.rows:
            if row.student_code in known:
                known[row.student_code].take(act, row)
    return {
        student: _state(
            each,
            known[student],
            is_issued=student in issued,
            not_before=(revoked_at or {}).get(student, 0),
            involved=involved,
        )
        for student, each in digests.items()
    }


def _state(
    digests: Digests, known: _Known, *, is_issued: bool, not_before: int, involved: Involved
) -> StudentState:
    holding = {
        place: found
        for place in (*digests.places, (Step.APPROVAL, None))
        if (digest := digests.at(*place)) and (found := known.confirmed.get((*place, digest)))
    }
    missing = tuple(subject for subject in digests.subjects if (Step.SUBJECTS, subject) not in holding)
    open_places = [place for place in digests.places if place not in holding]
    # A step that stands on one that is open counts for nothing, although its own digest may fit again.
    if missing:
        holding.pop((Step.HOMEROOM, None), None)
    approval = holding.pop((Step.APPROVAL, None), None)
    if approval and (open_places or not _counts(approval[0], not_before, involved)):
        approval = None
    returned = sorted(known.returned.values(), key=lambda found: found[0].number)
    return StudentState(
        state=_word(digests, holding, missing, approval, returned, is_issued=is_issued),
        missing=missing,
        confirmed={place: act for place, (act, _) in holding.items()},
        approved=approval[0] if approval else None,
        was_approved=any(step is Step.APPROVAL for step, _, _ in known.confirmed),
        returned=tuple(act for act, _ in returned),
        why_returned=returned[-1][1].words if returned else None,
        acknowledged=_acknowledged([*holding.values(), *([approval] if approval else [])]),
    )


def _counts(approval: Act, not_before: int, involved: Involved) -> bool:
    return approval.at >= not_before and (approval.four_eyes is not None or not involved.did(approval))


def _word(
    digests: Digests,
    holding: Mapping[tuple[Step, str | None], object],
    missing: Sequence[str],
    approval: object,
    returned: Sequence[object],
    *,
    is_issued: bool,
) -> ApprovalState:
    if is_issued:
        return ApprovalState.ISSUED
    if approval:
        return ApprovalState.APPROVED
    if returned:
        return ApprovalState.RETURNED
    if missing:
        return ApprovalState.WAITING_SUBJECTS if holding else ApprovalState.DRAFT
    if any(place not in holding for place in digests.places):
        return ApprovalState.WAITING_HOMEROOM if holding else ApprovalState.DRAFT
    return ApprovalState.WAITING_PRINCIPAL


def _acknowledged(found: Iterable[tuple[Act, ActRow]]) -> dict[ExceptionKey, str]:
    return {key: reason for _, row in found for key, reason in row.acknowledged.items()}

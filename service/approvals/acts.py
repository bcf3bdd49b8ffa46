"""What somebody did with a class: confirmed, approved, returned. Acts are only ever added.

Nothing here reads or writes. What an act is worth is not stored: it follows from the digests that it names, from the
acts after it and from the data as they are (`service.approvals.states`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from service.approvals.chains import Step
from service.people.roles import Role


class ActKind(StrEnum):
    """What was done."""

    CONFIRM = "confirm"
    APPROVE = "approve"
    RETURN = "return"


class ExceptionKind(StrEnum):
    """What somebody has to look at before a class is confirmed as a whole."""

    MARK_MISSING = "mark-missing"
    JUMP = "jump"
    NAME_DIFFERS = "name-differs"
    TEACHER_DIFFERS = "teacher-differs"
    RULE_UNDECIDED = "rule-undecided"


@dataclass(frozen=True, slots=True)
class ExceptionKey:
    """What an exception is about: acknowledged for exactly this, and for nothing else."""

    kind: ExceptionKind
    place: str
    """As in `Finding.place`: `toan.semester2`, `learning_year`, `full_name`."""
    value: str
    """What stands there, and what it was compared with."""


@dataclass(frozen=True, slots=True)
class ActRow:
    """What an act says of one student."""

    student_code: str
    digest: str
    """SHA-256 of exactly the rows that the step is about, as they were when the person acted."""
    words: str | None = None
    """Why it was returned."""
    acknowledged: Mapping[ExceptionKey, str] = field(default_factory=dict)
    """Exceptions that stand, each with the reason."""


@dataclass(frozen=True, slots=True)
class Act:
    """One act of one person on students of one class.

    `subject` is set where the step, or what is returned, is of one subject. `number` orders the acts; 0 before they
    are stored.
    """

    id: str
    school_code: str
    school_year: str
    class_name: str
    kind: ActKind
    chain: str
    step: Step
    """Of a return: the step that has to be done again."""
    subject: str | None
    person_id: str
    person_name: str
    role: Role
    """In which role the person acted."""
    via: str
    """By what way: `console`, `api TOKEN`, `shell ACCOUNT`."""
    at: int
    idempotency_key: str
    request_digest: str
    rows: tuple[ActRow, ...]
    on_behalf: str | None = None
    """Why a principal or deputy confirmed for a teacher."""
    four_eyes: str | None = None
    """Why somebody approved who entered or confirmed marks of the class: a named exception."""
    delegation: str | None = None
    """The delegation by which a deputy signed for the principal on that day."""
    number: int = 0

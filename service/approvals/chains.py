"""The chains of confirmation as versioned data: who answers for what, in which order (domain, section 6).

A chain is never changed: where an instrument orders another one, it is added with the school year from which it holds,
and what was confirmed under an older chain goes on being explained by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from schemas.errors import Text
from schemas.transcript.model import Kind, Year, kind_of
from service.people.roles import Role


class Step(StrEnum):
    """What is done with a class before anything is issued."""

    SUBJECTS = "subjects"
    """Each subject teacher confirms the rows of the subject."""
    HOMEROOM = "homeroom"
    """The homeroom teacher confirms learner and year as a whole."""
    APPROVAL = "approval"
    """Principal or deputy approves learner and year as a whole."""


STEP_WORDS: Final = {
    Step.SUBJECTS: Text("Giáo viên bộ môn xác nhận", "Subject teachers confirm"),
    Step.HOMEROOM: Text("Giáo viên chủ nhiệm xác nhận", "Homeroom teacher confirms"),
    Step.APPROVAL: Text("Hiệu trưởng duyệt", "Principal approves"),
}
LEADERS: Final = frozenset({Role.PRINCIPAL, Role.DEPUTY_PRINCIPAL})
"""Who approves; and who confirms for a teacher who is absent."""
OWN_ROLE: Final = {Step.SUBJECTS: Role.SUBJECT_TEACHER, Step.HOMEROOM: Role.HOMEROOM_TEACHER}
"""Who confirms by themselves."""


@dataclass(frozen=True, slots=True)
class Chain:
    """An order of steps for some levels of school, from a school year on."""

    id: str
    """Stands with each act; never reused."""
    levels: frozenset[Kind]
    first_year: str
    steps: tuple[Step, ...]

    def before(self, step: Step) -> tuple[Step, ...]:
        """Return the steps that must be done before one."""
        return self.steps[: self.steps.index(step)]


CHAINS: Final = (
    # TT 27/2020: the homeroom teacher assesses, and answers for every row.
    Chain("primary/1", frozenset({Kind.PRIMARY}), "2000-2001", (Step.HOMEROOM, Step.APPROVAL)),
    # TT 22/2021, and TT 58/2011 before it: each subject teacher answers for the rows of the subject.
    Chain(
        "secondary/1",
        frozenset({Kind.LOWER_SECONDARY, Kind.UPPER_SECONDARY}),
        "2000-2001",
        (Step.SUBJECTS, Step.HOMEROOM, Step.APPROVAL),
    ),
)


def chain_of(year: Year) -> Chain:
    """Return the chain that a year goes through: the newest of its level that holds in its school year."""
    level = kind_of(year.grade)
    fitting = [one for one in CHAINS if level in one.levels and one.first_year <= year.school_year]
    return max(fitting, key=lambda one: one.first_year)

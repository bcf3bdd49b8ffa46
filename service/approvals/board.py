"""A class as it stands for confirming and approving: data, acts, states, exceptions, and who may do what now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from service.approvals.acts import Act
from service.approvals.chains import LEADERS, OWN_ROLE, Step
from service.approvals.digests import Digests
from service.approvals.exceptions import ClassException, exceptions_of, teacher_differs
from service.approvals.four_eyes import Author, Involved, involved_in, is_barred, others_who_may, spelled
from service.approvals.states import ApprovalState, StudentState, states_of
from service.errors import ServiceError
from service.people.roles import Person, Role
from service.storage.records import Decision, Delegation, StudentYear
from service.storage.register import Register


@dataclass(frozen=True, slots=True)
class BoardTools:
    """Where a class is read from."""

    register: Register
    staff: Callable[[str], Sequence[Person]]
    """The people of a school who may sign in."""
    authors: Callable[[str, str, str], Iterable[Author]]
    """Who entered the marks of a class of a school year, by the trail."""


@dataclass(frozen=True)
class ClassBoard:
    """One class of a school year at one moment."""

    school_code: str
    school_year: str
    class_name: str
    drafts: Mapping[str, StudentYear]
    """By student code: what is to be issued; of an issued one that is being corrected, the mended data."""
    acts: tuple[Act, ...] = ()
    authors: tuple[Author, ...] = ()
    staff: tuple[Person, ...] = ()
    issued: frozenset[str] = frozenset()
    revoked_at: Mapping[str, int] = field(default_factory=dict)
    earlier: Mapping[str, Sequence[StudentYear]] = field(default_factory=dict)
    decisions: Mapping[str, Sequence[Decision]] = field(default_factory=dict)
    delegations: tuple[Delegation, ...] = ()
    """By which deputies have signed for the principal, and sign."""
    _found: dict[str, tuple[ClassException, ...]] = field(default_factory=dict)
    _digests: dict[str, Digests] = field(default_factory=dict)

    @property
    def digests(self) -> Mapping[str, Digests]:
        """What each step binds, by student code."""
        if len(self._digests) < len(self.drafts):
            self._digests.update((student, Digests.of(draft)) for student, draft in self.drafts.items())
        return self._digests

    @cached_property
    def states(self) -> Mapping[str, StudentState]:
        """How far each student is."""
        return states_of(
            self.digests,
            self.acts,
            issued=self.issued,
            revoked_at=self.revoked_at,
            involved=self.involved,
        )

    @cached_property
    def involved(self) -> Involved:
        """Who entered or confirmed marks of the class."""
        return involved_in(self.acts, self.authors)

    @cached_property
    def subjects(self) -> tuple[str, ...]:
        """The subjects that somebody has to confirm, in the order of the first student's page."""
        return tuple(dict.fromkeys(one for each in self.digests.values() for one in each.subjects))

    def draft(self, student: str) -> StudentYear:
        """Return a student's year.

        Raises:
            ServiceError: `student-not-in-class`.
        """
        if student not in self.drafts:
            raise not_in_class(student)
        return self.drafts[student]

    def exceptions(self, student: str) -> tuple[ClassException, ...]:
        """Return the exceptions of a student; they are looked for once."""
        if student not in self._found:
            self._found[student] = exceptions_of(
                self.drafts[student], self.earlier.get(student, ()), self.decisions.get(student, ())
            )
        return self._found[student]

    def open_exceptions(self, student: str, step: Step, subject: str | None) -> tuple[ClassException, ...]:
        """Return what nobody has acknowledged of what is shown at a step: at a subject's, that of its rows alone."""
        known = self.states[student].acknowledged
        return tuple(
            one
            for one in self.exceptions(student)
            if one.key not in known and (step is not Step.SUBJECTS or one.subject == subject)
        )

    def exceptions_for(
        self, student: str, step: Step, subject: str | None, person: str
    ) -> tuple[ClassException, ...]:
        """Return what somebody of a name has to acknowledge to do a step: the open ones, and another teacher's name."""
        found = self.open_exceptions(student, step, subject)
        other = None if step is Step.APPROVAL else teacher_differs(self.drafts[student], subject, person)
        return (*found, other) if other else found

    def sensitive_students(self, step: Step, subject: str | None) -> tuple[str, ...]:
        """Return the students of whom something sensitive is among what nobody has acknowledged at a step."""
        return tuple(
            student
            for student in self.drafts
            if any(one.is_sensitive for one in self.open_exceptions(student, step, subject))
        )

    def waiting(self, step: Step, subject: str | None) -> tuple[str, ...]:
        """Return the students for whom a step is what comes next."""
        return tuple(student for student in self.drafts if self.is_next(student, step, subject))

    def is_next(self, student: str, step: Step, subject: str | None) -> bool:
        """Return whether a step can be done for a student now: what comes before is done, and it is not."""
        state, digests = self.states[student], self.digests[student]
        if state.state is ApprovalState.ISSUED or step not in digests.chain.steps:
            return False
        if step is Step.SUBJECTS:
            return subject in state.missing
        open_places = [place for place in digests.places if place not in state.confirmed]
        if step is Step.HOMEROOM:
            return open_places == [(Step.HOMEROOM, None)]
        return not open_places and not state.is_approved

    def unready(self, step: Step) -> tuple[str, ...]:
        """Return the students for whom something else has to be done before a step."""
        return tuple(
            student
            for student, state in self.states.items()
            if state.state is not ApprovalState.ISSUED
            and any(
                place not in state.confirmed
                for place in self.digests[student].places
                if place[0] in self.digests[student].chain.before(step)
            )
        )

    def role_at(self, person: Person, step: Step, subject: str | None) -> Role | None:
        """Return the role in which somebody may do a step of this class by themselves, or None."""
        if person.school_code != self.school_code:
            return None
        if step is Step.APPROVAL:
            return leading_role(person)
        mine = (
            person.leads(self.school_year, self.class_name)
            if step is Step.HOMEROOM
            else subject is not None and person.teaches(self.school_year, self.class_name, subject)
        )
        return OWN_ROLE[step] if mine and person.has(OWN_ROLE[step]) else None

    def may_stand_in(self, person: Person) -> Role | None:
        """Return the role in which somebody may confirm for a teacher who is absent, or None."""
        return leading_role(person) if person.school_code == self.school_code else None

    def delegation_of(self, person: Person, day: dt.date) -> Delegation | None:
        """Return the delegation by which somebody signs for the principal on a day, or None."""
        return next(
            (
                one
                for one in self.delegations
                if one.covers(day) and spelled(one.deputy.name) == spelled(person.name)
            ),
            None,
        )

    def is_barred(self, person: Person) -> bool:
        """Return whether four eyes forbid somebody to approve this class."""
        return is_barred(person, self.school_year, self.class_name, self.involved)

    def others(self, person: Person) -> tuple[Person, ...]:
        """Return the other leaders who may approve this class."""
        return others_who_may(person, self.staff, self.school_year, self.class_name, self.involved)

    def with_acts(self, acts: Sequence[Act]) -> ClassBoard:
        """Return the class after more acts; nothing is looked for again."""
        return replace(self, acts=(*self.acts, *acts))


def not_in_class(student: str) -> ServiceError:
    """Return the refusal of a student who is not in a class, or not with a subject."""
    return ServiceError(
        "student-not-in-class",
        f"Trong lớp không có học sinh mã {student}, hoặc em không học môn này; hãy xem lại mã học sinh.",
        f"The class has no student {student}, or not with this subject; check the code.",
    )


def leading_role(person: Person) -> Role | None:
    """Return whether somebody is principal or deputy, and which."""
    return next(
        (role for role in (Role.PRINCIPAL, Role.DEPUTY_PRINCIPAL) if role in person.roles & LEADERS), None
    )


def load_board(tools: BoardTools, school: str, school_year: str, class_name: str) -> ClassBoard:
    """Read a class."""
    register = tools.register
    corrections = [
        (asked, one)
        for asked, one in register.open_corrections(school)
        if (one.year.school_year, one.class_name) == (school_year, class_name)
    ]
    mended = {one.learner.student_code: one for _, one in corrections}
    # Whoever asked for a correction enters its marks, though the trail has them only when they are in force.
    holders = register.holders(school) if corrections else {}
    asking = [Author(asked, holders[asked]) for asked, _ in corrections]
    drafts = {
        one.learner.student_code: one
        for one in register.student_years(school, school_year, class_name=class_name)
    }
    return ClassBoard(
        school,
        school_year,
        class_name,
        drafts | mended,
        acts=register.acts(school, school_year, class_name),
        authors=(*tools.authors(school, school_year, class_name), *asking),
        staff=tuple(tools.staff(school)),
        issued=register.issued_students(school, school_year) - mended.keys(),
        revoked_at=register.revoked_at(school, school_year),
        earlier=register.years_before(school, school_year, class_name),
        decisions=register.decisions(school, school_year),
        delegations=register.delegations(school),
    )

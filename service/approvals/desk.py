"""Confirming, approving and returning at one installation: read the class, judge, store the act."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from service.approvals.acts import Act, ActKind
from service.approvals.approved import Approval, approval_of, check_approval, nothing_approved, refusal_of
from service.approvals.board import BoardTools, ClassBoard, load_board
from service.approvals.chains import LEADERS, Step
from service.approvals.confirming import Actor, Wish, approve, confirm, give_back, request_digest
from service.approvals.four_eyes import involved_in
from service.errors import ServiceError
from service.people.roles import Person
from service.reserving import missing_documents
from service.storage.records import Batch, StudentYear


@dataclass(frozen=True, slots=True)
class Task:
    """Something that waits for somebody: a step of a class, and for how many students."""

    school_year: str
    class_name: str
    step: Step
    subject: str | None
    students: int
    exceptions: int
    returned: int


@dataclass(frozen=True, slots=True)
class ApprovalDesk:
    """What people do with the classes of a school."""

    tools: BoardTools
    now: Callable[[], dt.datetime]
    token_bytes: Callable[[int], bytes]

    def board(self, school: str, school_year: str, class_name: str) -> ClassBoard:
        """Return a class as it stands.

        Raises:
            ServiceError: `class-unknown` where it has no students.
        """
        board = load_board(self.tools, school, school_year, class_name)
        if not board.drafts:
            raise ServiceError(
                "class-unknown",
                f"Không có lớp {class_name} năm học {school_year}; hãy xem lại tên lớp, hoặc nhập dữ liệu.",
                f"There is no class {class_name} of {school_year}; check the name, or import its data.",
            )
        return board

    def boards(self, school: str, school_year: str) -> Iterator[ClassBoard]:
        """Yield every class of a school year."""
        for class_name in self.tools.register.classes_of(school, school_year):
            yield load_board(self.tools, school, school_year, class_name)

    def actor(self, person: Person, via: str, idempotency_key: str | None = None) -> Actor:
        """Return somebody who acts now."""
        at = int(self.now().timestamp())
        return Actor(person, via, at, lambda: self.token_bytes(16).hex(), idempotency_key)

    def act(self, board: ClassBoard, actor: Actor, wish: Wish, *, dry_run: bool = False) -> Act | None:
        """Confirm, or at the last step approve; None where it is done already. A dry run judges, and stores nothing.

        Raises:
            ServiceError: as `confirming.confirm` and `confirming.approve`; `idempotency-key-reused`.
        """
        is_approval = wish.step is Step.APPROVAL
        known = self._known(board, actor, wish, ActKind.APPROVE if is_approval else ActKind.CONFIRM)
        if known is not None:
            return known
        act = (approve if is_approval else confirm)(board, actor, wish)
        return act if act is None or dry_run else self.tools.register.put_acts([act])[0]

    def give_back(
        self,
        board: ClassBoard,
        actor: Actor,
        step: Step,
        subject: str | None,
        students: Sequence[str],
        reason: str,
        *,
        dry_run: bool = False,
    ) -> Act:
        """Return students to a step; a dry run stores nothing.

        Raises:
            ServiceError: as `confirming.give_back`; `idempotency-key-reused`.
        """
        known = self._known(board, actor, Wish(step, subject, students), ActKind.RETURN)
        if known is not None:
            return known
        act = give_back(board, actor, step, subject, students, reason)
        return act if dry_run else self.tools.register.put_acts([act])[0]

    def _known(self, board: ClassBoard, actor: Actor, wish: Wish, kind: ActKind) -> Act | None:
        """Return the act that this request made before, by its idempotency key."""
        if actor.idempotency_key is None:
            return None
        digest = request_digest(board, actor, wish, kind)
        return self.tools.register.act_of_key(board.school_code, actor.idempotency_key, digest)

    def tasks(self, person: Person, school_year: str | None = None) -> tuple[Task, ...]:
        """Return what waits for somebody, in a school year or in any."""
        return tuple(
            task for board in self._classes_of(person, school_year) for task in _tasks(board, person)
        )

    def _classes_of(self, person: Person, school_year: str | None) -> Iterator[ClassBoard]:
        """Yield the classes in which something may wait for somebody; those that are issued have nothing."""
        school, register = person.school_code, self.tools.register
        if school is None:
            return
        waiting = {
            (one.school_year, one.class_name)
            for one in register.class_counts(school)
            if one.released < one.students
        }
        waiting |= {(one.year.school_year, one.class_name) for _, one in register.open_corrections(school)}
        if not person.has(*LEADERS):
            waiting &= {(one.school_year, one.class_name) for one in person.assignments}
        for year, name in sorted(waiting, key=lambda each: (each[0], each[1])):
            if school_year in {None, year}:
                yield load_board(self.tools, school, year, name)

    def approval(self, school: str, drafts: Iterable[StudentYear]) -> Approval:
        """Return what is approved of these drafts of a school."""
        return approval_of(drafts, lambda year, name: load_board(self.tools, school, year, name))

    def check_any(self, batch: Batch) -> None:
        """Refuse a batch that has nothing to finish, and in which nobody is approved.

        Raises:
            ServiceError: `nothing-approved`; of a single student why (`check_approval`).
        """
        drafts = self.tools.register.drafts_of(batch)
        missing = missing_documents(self.tools.register, batch, drafts)
        if not missing or len(missing) < len(drafts):
            return
        classes: dict[str, list[StudentYear]] = {}
        for draft in missing:
            classes.setdefault(draft.class_name, []).append(draft)
        # Class by class, until somebody is: what each is worth is judged again under the lock of issuing.
        for of_class in classes.values():
            approval = self.approval(batch.school_code, of_class)
            if len(missing) == 1:
                check_approval(missing[0], approval)
            if not all(refusal_of(one, approval) for one in of_class):
                return
        raise nothing_approved(len(drafts))

    def check_release(
        self, school: str, school_year: str, class_name: str | None, student_code: str | None, *who: str
    ) -> None:
        """Refuse to have somebody, by ids and names, release what they confirmed or entered otherwise than by a file.

        Raises:
            ServiceError: `release-four-eyes`.
        """
        register = self.tools.register
        if student_code is not None:
            drafts = register.student_years(school, school_year, student_code=student_code)
            classes = tuple({draft.class_name for draft in drafts})
        else:
            classes = (class_name,) if class_name is not None else register.classes_of(school, school_year)
        for name in classes:
            authors = self.tools.authors(school, school_year, name)
            involved = involved_in(register.acts(school, school_year, name), authors, releasing=True)
            if involved.names(*who):
                raise ServiceError(
                    "release-four-eyes",
                    f"Người đã nhập hoặc xác nhận điểm của lớp {name} không được cấp học bạ lớp đó; hãy để người khác "
                    "cấp.",
                    f"Whoever entered or confirmed marks of class {name} may not issue for it; somebody else must.",
                )


def places_of(board: ClassBoard, person: Person) -> tuple[tuple[Step, str | None], ...]:
    """Return the steps of a class that are somebody's own."""
    steps = {step for each in board.digests.values() for step in each.chain.steps}
    places: list[tuple[Step, str | None]] = [(Step.SUBJECTS, subject) for subject in board.subjects]
    places += [(step, None) for step in (Step.HOMEROOM, Step.APPROVAL) if step in steps]
    return tuple(place for place in places if board.role_at(person, *place) is not None)


def _tasks(board: ClassBoard, person: Person) -> Iterator[Task]:
    for step, subject in places_of(board, person):
        if step is Step.APPROVAL and board.is_barred(person) and board.others(person):
            continue
        waiting = board.waiting(step, subject)
        if waiting:
            yield Task(
                board.school_year,
                board.class_name,
                step,
                subject,
                len(waiting),
                sum(bool(board.exceptions_for(one, step, subject, person.name)) for one in waiting),
                sum(bool(board.states[one].returned) for one in waiting),
            )

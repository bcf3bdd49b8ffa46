"""Confirming, approving and returning: what somebody may do with a class, and the act that comes of it.

Nothing here writes: each function refuses, or returns the act for the caller to store. Asking for what is done already
gives no act.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from schemas.canonical import JSONValue, canonical_bytes
from schemas.transcript.subjects import SUBJECTS
from schemas.vietnam_time import day_in_vietnam
from service.approvals.acts import Act, ActKind, ActRow
from service.approvals.board import ClassBoard, not_in_class
from service.approvals.chains import STEP_WORDS, Step
from service.approvals.exceptions import ClassException
from service.approvals.states import ApprovalState
from service.changing import check_reason
from service.errors import ServiceError
from service.people.roles import Person, Role


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts now, by what way, when (seconds), under which idempotency key; `new_id` makes the act's id."""

    person: Person
    via: str
    at: int
    new_id: Callable[[], str]
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for: a step of a class, of all of it or of some students.

    Attributes:
        step: what is done; of a return, what has to be done again.
        subject: of which subject, where the step is of one.
        students: only these; None for the class as a whole, which then has to be ready as a whole.
        looked_at: what `seen` gave when the person looked, so that nothing is confirmed that nobody has seen.
        reasons: why an exception stands, by student and place.
        reason_for_all: why every exception stands that has no reason of its own.
        on_behalf: why a principal or deputy confirms for a teacher.
        four_eyes: why somebody approves who entered or confirmed marks of the class.
    """

    step: Step
    subject: str | None = None
    students: Collection[str] | None = None
    looked_at: str | None = None
    reasons: Mapping[tuple[str, str], str] = field(default_factory=dict)
    reason_for_all: str | None = None
    on_behalf: str | None = None
    four_eyes: str | None = None


def seen(board: ClassBoard, step: Step, subject: str | None) -> str:
    """Return what stands for the data of a class as a page shows them."""
    shown: dict[str, JSONValue] = {
        student: each.at(step, subject) or "" for student, each in sorted(board.digests.items())
    }
    return sha256(canonical_bytes(shown)).hexdigest()


def confirm(board: ClassBoard, actor: Actor, wish: Wish) -> Act | None:
    """Return the act by which somebody confirms the rows of a subject, or the class as its homeroom teacher.

    Raises:
        ServiceError: `step-not-of-class`, `rows-not-yours`, `on-behalf-needed`, `rows-changed`, `student-not-in-class`,
            `class-not-ready`, `exceptions-open`, `exception-impossible`, `reason-invalid`.
    """
    _check_step(board, wish)
    role = board.role_at(actor.person, wish.step, wish.subject)
    on_behalf = None
    if role is None:
        role = board.may_stand_in(actor.person)
        if role is None:
            raise _not_yours(board, wish)
        if not wish.on_behalf:
            raise ServiceError(
                "on-behalf-needed",
                "Các dòng này không phải của thầy/cô; muốn xác nhận thay giáo viên vắng mặt, hãy ghi lý do.",
                "These rows are not yours; to confirm for a teacher who is absent, say why.",
            )
        on_behalf = check_reason(wish.on_behalf)
    return _act(board, actor, wish, ActKind.CONFIRM, role, on_behalf=on_behalf)


def approve(board: ClassBoard, actor: Actor, wish: Wish) -> Act | None:
    """Return the act by which principal or deputy approves a class, or some students of it.

    Raises:
        ServiceError: `rows-not-yours`, `four-eyes` where somebody else of the school has to approve, `four-eyes-alone`
            where nobody else could and no reason is given, and as `confirm`.
    """
    _check_step(board, wish)
    role = board.role_at(actor.person, Step.APPROVAL, None)
    if role is None:
        raise _not_yours(board, wish)
    return _act(
        board, actor, wish, ActKind.APPROVE, role, four_eyes=_exception_of_four_eyes(board, actor, wish)
    )


def give_back(
    board: ClassBoard, actor: Actor, step: Step, subject: str | None, students: Sequence[str], reason: str
) -> Act:
    """Return the act by which a step is to be done again for some students: what came after it falls with it.

    Homeroom teacher, principal and deputy return rows to their subject teacher; principal and deputy also the whole to
    the homeroom teacher.

    Raises:
        ServiceError: `step-not-of-class`, `rows-not-yours`, `student-not-in-class`, `already-approved-and-issued`,
            `reason-invalid`.
    """
    wish = Wish(step, subject, students)
    _check_step(board, wish)
    by_homeroom = board.role_at(actor.person, Step.HOMEROOM, None) if step is Step.SUBJECTS else None
    role = by_homeroom or board.may_stand_in(actor.person)
    if role is None or step is Step.APPROVAL:
        raise _not_yours(board, wish)
    words = check_reason(reason)
    chosen = [student for student in _chosen(board, wish) if board.digests[student].at(step, subject)]
    if not chosen:
        raise not_in_class(", ".join(students))
    issued = [one for one in chosen if board.states[one].state is ApprovalState.ISSUED]
    if issued:
        raise ServiceError(
            "already-approved-and-issued",
            f"Học bạ của học sinh mã {issued[0]} đã ký hoặc đã cấp nên không trả lại được: nếu chưa phát hành, hãy lấy "
            "lại trước (hocba take-back); đã phát hành thì đính chính (hocba correct).",
            f"The transcript of student {issued[0]} was signed or issued and cannot be returned: where it is not "
            "released, take it back first (hocba take-back); once released, correct it (hocba correct).",
        )
    rows = tuple(ActRow(one, board.digests[one].at(step, subject) or "", words) for one in chosen)
    return _made(board, actor, wish, ActKind.RETURN, role, rows)


def request_digest(board: ClassBoard, actor: Actor, wish: Wish, kind: ActKind) -> str:
    """Return what tells whether a repeated idempotency key came with the same request."""
    asked: list[JSONValue] = [
        str(kind),
        board.school_year,
        board.class_name,
        str(wish.step),
        wish.subject,
        None if wish.students is None else list[JSONValue](sorted(wish.students)),
        actor.person.id,
    ]
    return sha256(canonical_bytes(asked)).hexdigest()


def _act(
    board: ClassBoard,
    actor: Actor,
    wish: Wish,
    kind: ActKind,
    role: Role,
    *,
    on_behalf: str | None = None,
    four_eyes: str | None = None,
) -> Act | None:
    if wish.looked_at is not None and wish.looked_at != seen(board, wish.step, wish.subject):
        raise ServiceError(
            "rows-changed",
            "Dữ liệu của lớp vừa thay đổi; hãy xem lại rồi xác nhận.",
            "The data of the class have just changed; look again, then confirm.",
        )
    students = _ready(board, wish)
    rows = tuple(_row(board, actor, wish, student) for student in students)
    if not rows:
        return None
    return _made(board, actor, wish, kind, role, rows, on_behalf=on_behalf, four_eyes=four_eyes)


def _made(
    board: ClassBoard,
    actor: Actor,
    wish: Wish,
    kind: ActKind,
    role: Role,
    rows: tuple[ActRow, ...],
    *,
    on_behalf: str | None = None,
    four_eyes: str | None = None,
) -> Act:
    made = actor.new_id()
    delegation = None
    if role is Role.DEPUTY_PRINCIPAL:
        day = day_in_vietnam(dt.datetime.fromtimestamp(actor.at, dt.UTC))
        delegation = board.delegation_of(actor.person, day)
    return Act(
        id=made,
        school_code=board.school_code,
        school_year=board.school_year,
        class_name=board.class_name,
        kind=kind,
        chain=board.digests[rows[0].student_code].chain.id,
        step=wish.step,
        subject=wish.subject,
        person_id=actor.person.id,
        person_name=actor.person.name,
        role=role,
        via=actor.via,
        at=actor.at,
        idempotency_key=actor.idempotency_key or made,
        request_digest=request_digest(board, actor, wish, kind),
        rows=rows,
        on_behalf=on_behalf,
        four_eyes=four_eyes,
        delegation=None if delegation is None else delegation.id,
    )


def _check_step(board: ClassBoard, wish: Wish) -> None:
    steps = {step for each in board.digests.values() for step in each.chain.steps}
    is_known = wish.subject in board.subjects if wish.step is Step.SUBJECTS else wish.subject is None
    if wish.step not in steps or not is_known:
        raise step_unknown(board.class_name, board.school_year)


def step_unknown(class_name: str, school_year: str) -> ServiceError:
    """Return the refusal of a step or a subject that a class does not have."""
    return ServiceError(
        "step-not-of-class",
        f"Lớp {class_name} năm học {school_year} không có bước hoặc môn này; hãy xem lại lớp và môn.",
        f"Class {class_name} of {school_year} has no such step or subject; check class and subject.",
    )


def _chosen(board: ClassBoard, wish: Wish) -> tuple[str, ...]:
    if wish.students is None:
        return tuple(board.drafts)
    unknown = [student for student in wish.students if student not in board.drafts]
    if unknown:
        raise not_in_class(unknown[0])
    return tuple(student for student in board.drafts if student in set(wish.students))


def _ready(board: ClassBoard, wish: Wish) -> tuple[str, ...]:
    """Return the students for whom the step comes next; refuse where one that is meant is not ready."""
    chosen = _chosen(board, wish)
    unready = set(board.unready(wish.step)) & set(chosen)
    if unready:
        missing = dict.fromkeys(one for student in chosen for one in board.states[student].missing)
        subjects = ", ".join(SUBJECTS[one].name for one in missing)
        vi = f" Môn chưa xác nhận: {subjects}." if subjects else ""
        en = f" Subjects not confirmed: {subjects}." if subjects else ""
        raise ServiceError(
            "class-not-ready",
            f"Còn {len(unready)} học sinh chưa xong bước trước.{vi} Hãy chờ, hoặc chỉ chọn những em đã xong.",
            f"For {len(unready)} students the step before is not done.{en} Wait, or choose those who are ready.",
        )
    return tuple(student for student in chosen if board.is_next(student, wish.step, wish.subject))


def _row(board: ClassBoard, actor: Actor, wish: Wish, student: str) -> ActRow:
    found = board.exceptions_for(student, wish.step, wish.subject, actor.person.name)
    acknowledged = {one.key: _reason(wish, student, one, len(found)) for one in found}
    digest = board.digests[student].at(wish.step, wish.subject)
    if digest is None:
        raise RuntimeError("a step is next that a student does not have")
    return ActRow(student, digest, acknowledged=acknowledged)


def _reason(wish: Wish, student: str, found: ClassException, count: int) -> str:
    if not found.may_stand:
        raise ServiceError(
            "exception-impossible",
            f"Học sinh mã {student}: {found.brief.vi} Không xác nhận được; hãy sửa dữ liệu.",
            f"Student {student}: {found.brief.en} This cannot be confirmed; mend the data.",
        )
    reason = wish.reasons.get((student, found.key.place)) or wish.reason_for_all
    if not reason:
        raise ServiceError(
            "exceptions-open",
            f"Học sinh mã {student} còn {count} điểm cần xem: {found.brief.vi} Hãy sửa, hoặc ghi lý do giữ nguyên.",
            f"Student {student} has {count} things to look at: {found.brief.en} Mend them, or say why they stand.",
        )
    return check_reason(reason)


def _exception_of_four_eyes(board: ClassBoard, actor: Actor, wish: Wish) -> str | None:
    if not board.is_barred(actor.person):
        return None
    others = board.others(actor.person)
    if others:
        names = ", ".join(one.name for one in others)
        raise ServiceError(
            "four-eyes",
            f"Người đã dạy, nhập hoặc xác nhận điểm của lớp không được duyệt lớp đó; hãy để {names} duyệt.",
            f"Whoever taught, entered or confirmed marks of the class may not approve it; {names} must.",
        )
    if not wish.four_eyes:
        raise ServiceError(
            "four-eyes-alone",
            "Người đã dạy, nhập hoặc xác nhận điểm của lớp không được duyệt lớp đó. Nếu trường không còn ai khác, hãy "
            "ghi lý do; ngoại lệ này được lưu lại cùng tên người duyệt.",
            "Whoever taught, entered or confirmed marks of the class may not approve it. If there is nobody else, say "
            "so; the exception is kept with the name.",
        )
    return check_reason(wish.four_eyes)


def _not_yours(board: ClassBoard, wish: Wish) -> ServiceError:
    words = STEP_WORDS[wish.step]
    return ServiceError(
        "rows-not-yours",
        f"Tài khoản này không được làm bước “{words.vi}” của lớp {board.class_name}; hãy hỏi quản trị về phân công.",
        f"This account may not do the step “{words.en}” for class {board.class_name}; ask the administrator.",
    )

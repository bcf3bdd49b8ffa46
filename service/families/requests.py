"""Requests of families about their child's data: received with a receipt, acknowledged, answered, by the law's clock.

The clock is that of Nghị định 356/2025 as far as it was at hand (docs/families.md): 2 working days to acknowledge, then
10, 10, 15 or 20 days. All of it is counted from the day of receipt, which is the stricter reading (?).
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from schemas.vietnam_time import day_in_vietnam
from service.changing import check_reason
from service.errors import ServiceError
from service.families.working_days import VERSION, after_days, after_working_days
from service.storage.family_records import (
    FamilyRequest,
    RequestChannel,
    RequestEvent,
    RequestKind,
    RequestState,
    Timeliness,
)
from service.storage.register import Register

ACKNOWLEDGE_DAYS: Final = 2
DAYS: Final = {
    RequestKind.VIEW: 10,
    RequestKind.CORRECT: 10,
    RequestKind.RESTRICT: 15,
    RequestKind.DELETE: 20,
}
MAX_NOTE: Final = 1000


@dataclass(frozen=True, slots=True)
class RequestTools:
    """What requests need from elsewhere."""

    register: Register
    now: Callable[[], dt.datetime]
    token_bytes: Callable[[int], bytes]

    def at(self) -> int:
        """Return the present time in seconds."""
        return int(self.now().timestamp())

    def today(self) -> dt.date:
        """Return the day that it is in Vietnam."""
        return day_in_vietnam(self.now())


@dataclass(frozen=True, slots=True)
class Received:
    """What somebody at the school takes down of a request."""

    school_code: str
    student_code: str
    kind: RequestKind
    channel: RequestChannel = RequestChannel.OFFICE
    note: str = ""
    received_on: dt.date | None = None
    """The day it came in; None for today."""
    idempotency_key: str | None = None


def receive(tools: RequestTools, what: Received, *, by: str | None) -> FamilyRequest:
    """Take a request in: it has a number and its days from here on.

    Raises:
        ServiceError: `student-unknown`, `request-day-invalid`, `request-note-invalid`, `idempotency-key-reused`.
    """
    _check_student(tools.register, what)
    today = tools.today()
    day = what.received_on or today
    if not today - dt.timedelta(days=365) <= day <= today:
        raise ServiceError(
            "request-day-invalid",
            "Ngày tiếp nhận phải trong một năm qua và không sau hôm nay; hãy xem lại.",
            "The day of receipt lies within the last year and not after today; check it.",
        )
    note = what.note.strip()
    if len(note) > MAX_NOTE or not "".join(note.split("\n")).replace("\r", "").isprintable():
        raise ServiceError(
            "request-note-invalid",
            f"Nội dung yêu cầu là chữ, không quá {MAX_NOTE} ký tự.",
            f"What is asked for is text of {MAX_NOTE} characters at most.",
        )
    return tools.register.put_family_request(
        FamilyRequest(
            id=tools.token_bytes(16).hex(),
            school_code=what.school_code,
            number="",
            idempotency_key=what.idempotency_key,
            student_code=what.student_code,
            kind=what.kind,
            channel=what.channel,
            note=note,
            received_on=day,
            acknowledge_by=after_working_days(day, ACKNOWLEDGE_DAYS),
            due_on=after_days(day, DAYS[what.kind]),
            calendar=VERSION,
        ),
        at=tools.at(),
        by=by,
    )


def acknowledge(tools: RequestTools, school: str, request_id: str, *, by: str | None) -> FamilyRequest:
    """Note that the family was told that its request came in; again, it stays as it was.

    Raises:
        ServiceError: `request-unknown`, `request-closed`.
    """
    steps = (RequestState.ACKNOWLEDGED,)
    return tools.register.advance_request(
        school, request_id, steps, "", at=tools.at(), by=by, day=tools.today()
    )


def close(
    tools: RequestTools, school: str, request_id: str, *, refused: str | None, by: str | None
) -> FamilyRequest:
    """Note that a request was done, or refused and why. Who was answered at once was told that it came in, too.

    Raises:
        ServiceError: `reason-invalid`, `request-unknown`, `request-closed`.
    """
    detail = "" if refused is None else check_reason(refused)
    last = RequestState.DONE if refused is None else RequestState.REFUSED
    steps = (RequestState.ACKNOWLEDGED, last)
    return tools.register.advance_request(
        school, request_id, steps, detail, at=tools.at(), by=by, day=tools.today()
    )


@dataclass(frozen=True, slots=True)
class RequestCounts:
    """How a school stands: what is open and overdue, and what was answered before, on and past its day."""

    open: int
    overdue: int
    unacknowledged: int
    """Open ones whose receipt should have been confirmed by now."""
    before: int
    on: int
    past: int
    online: int
    """Of all, those that came in online."""
    total: int


def count_requests(requests: Iterable[FamilyRequest], today: dt.date) -> RequestCounts:
    """Return the counts by which offices are scored."""
    found = list(requests)
    waiting = [one for one in found if one.state.is_open]
    closed = Counter(one.timeliness(today) for one in found if not one.state.is_open)
    return RequestCounts(
        open=len(waiting),
        overdue=sum(one.timeliness(today) is Timeliness.PAST for one in waiting),
        unacknowledged=sum(one.acknowledged_on is None and one.acknowledged_late(today) for one in waiting),
        before=closed[Timeliness.BEFORE],
        on=closed[Timeliness.ON],
        past=closed[Timeliness.PAST],
        online=sum(one.channel is RequestChannel.ONLINE for one in found),
        total=len(found),
    )


def request_facts(request: FamilyRequest, today: dt.date) -> dict[str, object]:
    """Return what programs are told of a request; days as YYYY-MM-DD."""
    timeliness = request.timeliness(today)
    days = ("received_on", "acknowledge_by", "due_on", "acknowledged_on", "closed_on")
    return {
        "id": request.id,
        "number": request.number,
        "student_code": request.student_code,
        "kind": request.kind.value,
        "channel": request.channel.value,
        "note": request.note,
        "state": request.state.value,
        **{name: day and day.isoformat() for name in days for day in [getattr(request, name)]},
        "timeliness": timeliness and timeliness.value,
        "calendar": request.calendar,
    }


def event_facts(events: Iterable[RequestEvent]) -> list[dict[str, object]]:
    """Return what programs are told of the steps of a request; times are seconds since 1970, UTC."""
    return [{"at": one.at, "by": one.by, "state": one.state.value, "detail": one.detail} for one in events]


def _check_student(register: Register, what: Received) -> None:
    """Refuse a student of whom the school has nothing: a mistyped code would let the clock of another run out."""
    if not register.knows_student(what.school_code, what.student_code):
        raise ServiceError(
            "student-unknown",
            f"Trường không có học sinh mã {what.student_code}; hãy xem lại mã học sinh.",
            f"The school has no student {what.student_code}; check the code.",
        )

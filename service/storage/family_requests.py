"""Requests of families: numbered by school and year, each step of them kept, none ever changed."""

from __future__ import annotations

import datetime as dt
from dataclasses import fields, replace
from typing import Any

from sqlalchemy import Connection, Engine, Row, func, insert, select, update

from service.errors import ServiceError
from service.storage.changes import key_reused
from service.storage.database import reading, writing
from service.storage.family_records import (
    FamilyRequest,
    RequestChannel,
    RequestEvent,
    RequestKind,
    RequestState,
)
from service.storage.family_tables import FamilyRequestRow, RequestEventRow
from service.storage.tables import IssuanceRow, StudentYearRow
from service.storage.trail_erasing import ERASED

_DAYS = ("received_on", "acknowledge_by", "due_on", "acknowledged_on", "closed_on")
_SAME = ("student_code", "kind", "channel", "note", "received_on")
_OPEN = [str(state) for state in RequestState if state.is_open]


class FamilyRequests:
    """The part of the register that keeps requests of families."""

    _engine: Engine

    def put_family_request(self, request: FamilyRequest, *, at: int, by: str | None) -> FamilyRequest:
        """Commit a request under the next number of its school and year; a repeated key returns the first one.

        Raises:
            ServiceError: `idempotency-key-reused` where the key came with another request before.
        """
        with writing(self._engine) as connection:
            known = _of_key(connection, request)
            if known is not None:
                if any(getattr(known, name) != getattr(request, name) for name in _SAME):
                    raise key_reused()
                return known
            year = f"{request.received_on.year}-"
            of_year = (
                FamilyRequestRow.school_code == request.school_code,
                FamilyRequestRow.number.startswith(year),
            )
            last = connection.execute(select(func.max(FamilyRequestRow.number)).where(*of_year)).scalar()
            number = int(last.removeprefix(year)) + 1 if last else 1
            numbered = replace(request, number=f"{year}{number:05d}")
            connection.execute(insert(FamilyRequestRow).values(_values(numbered)))
            _append(connection, numbered, "", at=at, by=by)
        return numbered

    def knows_student(self, school: str, student_code: str) -> bool:
        """Return whether the school has a draft or a document of a student."""
        of_drafts = (StudentYearRow.school_code == school, StudentYearRow.student_code == student_code)
        of_documents = (IssuanceRow.school_code == school, IssuanceRow.student_code == student_code)
        with reading(self._engine) as connection:
            draft = connection.execute(select(StudentYearRow.id).where(*of_drafts)).first()
            return bool(draft or connection.execute(select(IssuanceRow.id).where(*of_documents)).first())

    def family_request(self, school: str, request_id: str) -> FamilyRequest:
        """Return a request of this school.

        Raises:
            ServiceError: `request-unknown`.
        """
        with reading(self._engine) as connection:
            return _request(connection, school, request_id)

    def family_requests(self, school: str) -> tuple[FamilyRequest, ...]:
        """Return the requests of a school: open ones, the next due first; then answered ones, the newest first."""
        query = select(FamilyRequestRow).where(FamilyRequestRow.school_code == school)
        with reading(self._engine) as connection:
            found = [_request_of(row) for row in connection.execute(query.order_by(FamilyRequestRow.number))]
        waiting = sorted((one for one in found if one.state.is_open), key=lambda one: one.due_on)
        return (*waiting, *(one for one in reversed(found) if not one.state.is_open))

    def advance_request(
        self,
        school: str,
        request_id: str,
        steps: tuple[RequestState, ...],
        detail: str,
        *,
        at: int,
        by: str | None,
        day: dt.date,
    ) -> FamilyRequest:
        """Commit that a request has made these steps, the last with its words; a step that was made is left out.

        Raises:
            ServiceError: `request-unknown`; `request-closed`: it was answered before.
        """
        with writing(self._engine) as connection:
            known = _request(connection, school, request_id)
            if not known.state.is_open:
                raise ServiceError(
                    "request-closed",
                    f"Yêu cầu {known.number} đã được trả lời; nếu gia đình yêu cầu tiếp, hãy tiếp nhận yêu cầu mới.",
                    f"Request {known.number} was answered; if the family asks again, receive a new request.",
                )
            for step in steps:
                if step is RequestState.ACKNOWLEDGED and known.acknowledged_on is not None:
                    continue
                if step is RequestState.ACKNOWLEDGED:
                    known = replace(known, state=step, acknowledged_on=day)
                else:
                    known = replace(known, state=step, closed_on=day)
                _append(connection, known, detail if step is steps[-1] else "", at=at, by=by)
            changed = update(FamilyRequestRow).where(FamilyRequestRow.id == known.id)
            connection.execute(changed.values(_values(known)))
        return known

    def request_events(self, school: str, request_id: str) -> tuple[RequestEvent, ...]:
        """Return the steps of a request of this school, the oldest first.

        Raises:
            ServiceError: `request-unknown`.
        """
        query = select(RequestEventRow).where(RequestEventRow.request_id == request_id)
        with reading(self._engine) as connection:
            _request(connection, school, request_id)
            rows = connection.execute(query.order_by(RequestEventRow.id)).all()
        return tuple(RequestEvent(row.at, row.by, RequestState(row.state), row.detail) for row in rows)


def answered_requests(connection: Connection, school: str, student_code: str) -> list[str]:
    """Return the ids of a student's requests that are answered; open ones are still needed."""
    query = select(FamilyRequestRow.id).where(
        FamilyRequestRow.school_code == school,
        FamilyRequestRow.student_code == student_code,
        FamilyRequestRow.state.not_in(_OPEN),
    )
    return list(connection.scalars(query))


def erase_requests(connection: Connection, requests: list[str]) -> None:
    """Take away whose requests were and what was said; that they were answered, and when, stays."""
    for request_id in requests:
        blank = {"student_code": f"{ERASED}{request_id[:13]}", "note": ""}
        connection.execute(update(FamilyRequestRow).where(FamilyRequestRow.id == request_id).values(blank))
        words = update(RequestEventRow).where(RequestEventRow.request_id == request_id)
        connection.execute(words.values(detail=""))


def _of_key(connection: Connection, request: FamilyRequest) -> FamilyRequest | None:
    if request.idempotency_key is None:
        return None
    query = select(FamilyRequestRow).where(
        FamilyRequestRow.school_code == request.school_code,
        FamilyRequestRow.idempotency_key == request.idempotency_key,
    )
    row = connection.execute(query).first()
    return None if row is None else _request_of(row)


def _request(connection: Connection, school: str, request_id: str) -> FamilyRequest:
    mine = (FamilyRequestRow.school_code == school, FamilyRequestRow.id == request_id)
    row = connection.execute(select(FamilyRequestRow).where(*mine)).first()
    if row is None:
        raise ServiceError(
            "request-unknown",
            "Trường không có yêu cầu này; xem danh sách bằng: hocba request list.",
            "The school has no such request; list them with: hocba request list.",
        )
    return _request_of(row)


def _append(connection: Connection, request: FamilyRequest, detail: str, *, at: int, by: str | None) -> None:
    values = {"request_id": request.id, "at": at, "by": by, "state": request.state, "detail": detail}
    connection.execute(insert(RequestEventRow).values(values))


def _values(request: FamilyRequest) -> dict[str, object]:
    values = {one.name: getattr(request, one.name) for one in fields(request)}
    return values | {name: None if values[name] is None else values[name].isoformat() for name in _DAYS}


def _request_of(row: Row[Any]) -> FamilyRequest:
    values = {one.name: getattr(row, one.name) for one in fields(FamilyRequest)}
    for name in _DAYS:
        values[name] = None if values[name] is None else dt.date.fromisoformat(values[name])
    values |= {
        "kind": RequestKind(row.kind),
        "channel": RequestChannel(row.channel),
        "state": RequestState(row.state),
    }
    return FamilyRequest(**values)

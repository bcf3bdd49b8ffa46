"""Grace windows: documents that are signed and stand before they are recorded; taken back, or released early.

Taking back and appending to the log are settled by the database: each looks for the other in its own transaction, and
writers come one after another. So a document that was taken back is never recorded, and one that is on record is never
taken back, whatever runs where. Each act is an entry of the student's trail, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Engine, Row, Select, and_, func, select, update

from service.errors import ServiceError
from service.storage.database import reading, writing
from service.storage.issuances import abandoned
from service.storage.log_tables import LogEntryRow
from service.storage.records import Issuance, State
from service.storage.rows import issuance_of
from service.storage.tables import IssuanceRow, StudentYearRow
from service.storage.trail_writing import Cause, TrailWriter, Whose

HELD_FOR_SOMEBODY: Final = 2**53 - 1
"""The end of a window that only somebody ends: nothing tells any more whether the document was taken back."""
_IDS_AT_ONCE = 500
_NO_FAILURE: Final = {"failure_code": None, "failure_vi": None, "failure_en": None}
_FOR_SOMEBODY: Final = IssuanceRow.releases_at == HELD_FOR_SOMEBODY
_STANDS: Final = (IssuanceRow.state == State.SIGNED, IssuanceRow.releases_at.is_not(None))


@dataclass(frozen=True, slots=True)
class WindowCounts:
    """How many documents are signed and not on record."""

    standing: int
    """In their grace window."""
    held: int
    """Held after it, or until somebody ends it."""


class GraceWindows:
    """The part of the register that knows what stands signed."""

    _engine: Engine
    _token_bytes: Callable[[int], bytes]

    def begin_window(self, issuance: Issuance, releases_at: int) -> None:
        """Commit that a document is signed, and stands until then; an earlier failure is forgotten.

        Raises:
            ServiceError: `reservation-abandoned` where its data were changed meanwhile.
        """
        values = {"state": State.SIGNED, "releases_at": releases_at} | _NO_FAILURE
        mine = (IssuanceRow.id == issuance.id, IssuanceRow.state != State.ABANDONED)
        with writing(self._engine) as connection:
            if connection.execute(update(IssuanceRow).where(*mine).values(values)).rowcount != 1:
                raise abandoned(issuance)

    def note_window_ended(self, issuance: Issuance, at: int) -> None:
        """Commit that the window of a document was over by then: its entry says so, though the database forgot it."""
        later = (IssuanceRow.id == issuance.id, IssuanceRow.releases_at > at)
        with writing(self._engine) as connection:
            connection.execute(update(IssuanceRow).where(*later).values(releases_at=at))

    def standing(
        self,
        school: str,
        school_year: str | None = None,
        *,
        class_name: str | None = None,
        student_code: str | None = None,
    ) -> tuple[Issuance, ...]:
        """Return what is signed and not released of a school, those first whose window ends first; held ones too."""
        asked = {
            IssuanceRow.school_year: school_year,
            IssuanceRow.class_name: class_name,
            IssuanceRow.student_code: student_code,
        }
        query = select(IssuanceRow).where(
            IssuanceRow.school_code == school,
            *_STANDS,
            *(column == value for column, value in asked.items() if value is not None),
        )
        return self._read(query.order_by(IssuanceRow.releases_at, IssuanceRow.student_code))

    def due(self, at: int, *, limit: int) -> tuple[Issuance, ...]:
        """Return documents of any school whose window is over and that nothing holds, the first of them.

        Those too that a crash left between their entry and their release.
        """
        over = (
            IssuanceRow.state.in_((State.SIGNED, State.RECORDED)),
            IssuanceRow.releases_at <= at,
            IssuanceRow.failure_code.is_(None),
        )
        query = select(IssuanceRow).where(*over).order_by(IssuanceRow.releases_at, IssuanceRow.id)
        return self._read(query.limit(limit))

    def window_counts(self, at: int) -> WindowCounts:
        """Return how many documents of all schools stand signed."""
        stands = and_(IssuanceRow.releases_at > at, IssuanceRow.releases_at < HELD_FOR_SOMEBODY)
        query = (
            select(stands, func.count())
            .where(*_STANDS, stands | IssuanceRow.failure_code.is_not(None) | _FOR_SOMEBODY)
            .group_by(stands)
        )
        with reading(self._engine) as connection:
            found = {bool(row[0]): row[1] for row in connection.execute(query)}
        return WindowCounts(standing=found.get(True, 0), held=found.get(False, 0))

    def take_back(self, school: str, issuance_id: str, cause: Cause) -> Issuance:
        """Commit that a signed document is let go of: never recorded, its serial never used. Again changes nothing.

        What was approved of it before counts no more (`Approvals.revoked_at`).

        Raises:
            ServiceError: `transcript-unknown`; `already-recorded`: it may be public by now; `not-in-window`.
        """
        with writing(self._engine) as connection:
            row = _row(connection, school, issuance_id)
            if row.state == State.ABANDONED and row.ended_at is not None:
                return issuance_of(row)
            _check_stands(connection, row)
            values = {"state": State.ABANDONED, "ended_at": cause.at} | _NO_FAILURE
            connection.execute(update(IssuanceRow).where(IssuanceRow.id == row.id).values(values))
            self._note(connection, [row], cause)
            return issuance_of(_row(connection, school, issuance_id))

    def end_windows(self, school: str, issuance_ids: Sequence[str], cause: Cause) -> int:
        """Commit that the windows of these documents end now; returns how many stood. What is over is left alone.

        What holds one is forgotten, and looked at again when it is about to be recorded.
        """
        ended = []
        with writing(self._engine) as connection:
            for issuance_id in issuance_ids:
                row = _row(connection, school, issuance_id)
                is_over = row.releases_at is None or (
                    row.releases_at <= cause.at and row.failure_code is None
                )
                if row.state != State.SIGNED or is_over:
                    continue
                values = {"releases_at": min(row.releases_at, cause.at)} | _NO_FAILURE
                connection.execute(update(IssuanceRow).where(IssuanceRow.id == row.id).values(values))
                ended.append(row)
            self._note(connection, ended, cause)
        return len(ended)

    def hold_standing(self) -> int:
        """Commit that what stands signed waits for somebody; returns how many documents that are.

        For a database that came out of a backup: it may have forgotten that one was taken back.
        """
        with writing(self._engine) as connection:
            hold = update(IssuanceRow).where(*_STANDS).values(releases_at=HELD_FOR_SOMEBODY)
            return connection.execute(hold).rowcount

    def ended_of(self, issuance_ids: Collection[str]) -> tuple[str, ...]:
        """Return which of these documents are released or let go of."""
        ids, found = sorted(issuance_ids), list[str]()
        with reading(self._engine) as connection:
            for start in range(0, len(ids), _IDS_AT_ONCE):
                query = select(IssuanceRow.id).where(
                    IssuanceRow.id.in_(ids[start : start + _IDS_AT_ONCE]),
                    IssuanceRow.state.in_((State.RELEASED, State.ABANDONED)),
                )
                found += connection.scalars(query)
        return tuple(found)

    def _note(self, connection: Connection, rows: Sequence[Row[Any]], cause: Cause) -> None:
        """Add an entry to the trail of each student's year, which stays as it is."""
        trails = TrailWriter(connection, self._token_bytes)
        for row in rows:
            mine: tuple[ColumnElement[bool], ...] = (
                StudentYearRow.school_code == row.school_code,
                StudentYearRow.student_code == row.student_code,
                StudentYearRow.school_year == row.school_year,
            )
            whose = Whose(row.school_code, row.student_code, row.school_year)
            head = trails.add_act(whose, cause, reference=row.id)
            connection.execute(update(StudentYearRow).where(*mine).values(trail=head))
        trails.flush()

    def _read(self, query: Select[Any]) -> tuple[Issuance, ...]:
        with reading(self._engine) as connection:
            return tuple(issuance_of(row) for row in connection.execute(query))


def _row(connection: Connection, school: str, issuance_id: str) -> Row[Any]:
    query = select(IssuanceRow).where(IssuanceRow.school_code == school, IssuanceRow.id == issuance_id)
    row = connection.execute(query).first()
    if row is None:
        raise ServiceError("transcript-unknown", "Không có học bạ này.", "There is no such transcript.")
    return row


def _check_stands(connection: Connection, row: Row[Any]) -> None:
    entry = select(LogEntryRow.index).where(LogEntryRow.key == row.id)
    if row.log_index is not None or connection.execute(entry).first() is not None:
        raise ServiceError(
            "already-recorded",
            "Học bạ này đã ghi sổ nên không lấy lại được nữa; nếu sai, hãy thu hồi hoặc đính chính (hocba revoke, "
            "hocba correct).",
            "This transcript is on record and cannot be taken back; where it is wrong, revoke or correct it (hocba "
            "revoke, hocba correct).",
        )
    if row.state != State.SIGNED or row.releases_at is None:
        raise ServiceError(
            "not-in-window",
            "Học bạ này không ở trong thời gian chờ phát hành nên không có gì để lấy lại; hãy xem tình trạng ở trang "
            "của lớp. Chưa ký thì trả lại ở trang duyệt; bản trích lục và bản đính chính không có thời gian chờ.",
            "This transcript does not stand in a grace window, so there is nothing to take back; see its state on the "
            "page of the class. What is not signed is returned on the page of approvals; extracts and corrections have "
            "no window.",
        )

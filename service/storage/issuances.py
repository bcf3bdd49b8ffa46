"""Batches and issuances: what was asked for, and how far each document is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Engine, Select, and_, func, insert, select, update

from schemas.errors import Text
from schemas.profiles import EXTRACT_PROFILES
from service.errors import ServiceError
from service.storage.changes import key_reused, settle_corrections
from service.storage.database import reading, writing
from service.storage.extracts import IS_TRANSCRIPT, settle_extracts
from service.storage.family_records import NoticeKind
from service.storage.log_store import forgotten_status_indexes
from service.storage.notices import note_ended, note_released
from service.storage.records import (
    ELSEWHERE,
    LIST_ID,
    WAITING,
    Batch,
    Change,
    ClassCount,
    Issuance,
    Standing,
    State,
)
from service.storage.row_security import all_schools
from service.storage.rows import batch_of, fields, issuance_of
from service.storage.tables import BatchRow, IssuanceRow, StudentYearRow


class Issuances:
    """The part of the register that follows documents from their reservation to their end."""

    _engine: Engine
    _token_bytes: Callable[[int], bytes]

    def open_batch(self, batch: Batch) -> Batch:
        """Commit a request; a repeated idempotency key returns the batch of the first time.

        Raises:
            ServiceError: `idempotency-key-reused` where the key came with another request before.
        """
        with writing(self._engine) as connection:
            query = select(BatchRow).where(
                BatchRow.school_code == batch.school_code, BatchRow.idempotency_key == batch.idempotency_key
            )
            row = connection.execute(query).first()
            if row is None:
                connection.execute(insert(BatchRow).values(**fields(batch)))
                return batch
        known = batch_of(row)
        if _request(known) != _request(batch):
            raise key_reused()
        return known

    def batch(self, school: str, batch_id: str) -> Batch | None:
        """Return a batch of this school."""
        with reading(self._engine) as connection:
            query = select(BatchRow).where(BatchRow.school_code == school, BatchRow.id == batch_id)
            row = connection.execute(query).first()
        return batch_of(row) if row else None

    def batch_of_key(self, school: str, key: str) -> Batch | None:
        """Return the batch that this school asked for with an idempotency key."""
        with reading(self._engine) as connection:
            query = select(BatchRow).where(BatchRow.school_code == school, BatchRow.idempotency_key == key)
            row = connection.execute(query).first()
        return batch_of(row) if row else None

    def reserve(self, issuances: Sequence[Issuance]) -> None:
        """Commit rows of intent: serials and status indexes are taken from here on, whatever happens."""
        with writing(self._engine) as connection:
            for issuance in issuances:
                connection.execute(insert(IssuanceRow).values(**fields(issuance, "failure")))

    def issuances(
        self, school: str, school_year: str, *, class_name: str | None = None
    ) -> tuple[Issuance, ...]:
        """Return each student's newest transcript of a school year or of a class, in the order of reservation."""
        query = select(IssuanceRow).where(
            IssuanceRow.school_code == school,
            IssuanceRow.school_year == school_year,
            IssuanceRow.state != State.ABANDONED,
            IS_TRANSCRIPT,
        )
        newest = {one.student_code: one for one in self._issuances(query.order_by(IssuanceRow.version))}
        found = [one for one in newest.values() if class_name in {None, one.class_name}]
        return tuple(sorted(found, key=lambda one: (one.issued_at, one.student_code)))

    def all_issuances(self) -> tuple[Issuance, ...]:
        """Return every document of every school, abandoned ones too, in the order of reservation: for the audit."""
        return self._issuances(select(IssuanceRow).order_by(IssuanceRow.issued_at, IssuanceRow.id))

    def documents(
        self, school: str, student_code: str, school_year: str | None = None
    ) -> tuple[Issuance, ...]:
        """Return every document of a student, extracts and abandoned reservations too, by school year and version."""
        query = select(IssuanceRow).where(
            IssuanceRow.school_code == school, IssuanceRow.student_code == student_code
        )
        if school_year is not None:
            query = query.where(IssuanceRow.school_year == school_year)
        return self._issuances(query.order_by(IssuanceRow.school_year, IssuanceRow.version))

    def unfinished(self, school: str) -> tuple[Issuance, ...]:
        """Return what a crash or a failure left between reservation and release."""
        query = select(IssuanceRow).where(
            IssuanceRow.school_code == school,
            IssuanceRow.state.not_in((State.RELEASED, State.ABANDONED)),
            IssuanceRow.standing == Standing.CURRENT,
        )
        return self._issuances(query.order_by(IssuanceRow.issued_at, IssuanceRow.student_code))

    def standing_still(self, codes: Sequence[str]) -> dict[str, int]:
        """Return how many documents of each school stand still for one of these reasons; no school that has none."""
        query = (
            select(IssuanceRow.school_code, func.count().label("documents"))
            .where(*_stand_still(codes))
            .group_by(IssuanceRow.school_code)
            .order_by(IssuanceRow.school_code)
        )
        with reading(self._engine) as connection:
            return {row.school_code: row.documents for row in connection.execute(query)}

    def standing_still_at(self, school: str, codes: Sequence[str], *, limit: int) -> tuple[Issuance, ...]:
        """Return the first documents of a school that stand still for one of these reasons."""
        query = select(IssuanceRow).where(IssuanceRow.school_code == school, *_stand_still(codes))
        return self._issuances(query.order_by(IssuanceRow.issued_at, IssuanceRow.id).limit(limit))

    def late_counts(self, *, since: int) -> dict[str, int]:
        """Return how many documents of each school were begun before a time, in seconds, and are not given out."""
        query = select(IssuanceRow.school_code, func.count().label("documents")).where(
            IssuanceRow.state.not_in((State.RELEASED, State.ABANDONED)),
            IssuanceRow.standing == Standing.CURRENT,
            IssuanceRow.issued_at < since,
        )
        with reading(self._engine) as connection:
            rows = connection.execute(query.group_by(IssuanceRow.school_code))
            return {row.school_code: row.documents for row in rows}

    def issuance(self, school: str, issuance_id: str) -> Issuance | None:
        """Return one issuance of this school."""
        query = select(IssuanceRow).where(IssuanceRow.school_code == school, IssuanceRow.id == issuance_id)
        return next(iter(self._issuances(query)), None)

    def issuance_of_serial(self, school: str, serial: str) -> Issuance | None:
        """Return the issuance of this school that has a serial."""
        query = select(IssuanceRow).where(IssuanceRow.school_code == school, IssuanceRow.serial == serial)
        return next(iter(self._issuances(query)), None)

    @all_schools()
    def issuance_of_source(self, serial: str) -> Issuance | None:
        """Return the issuance that has a serial, of whatever school: years may have been taken over from it."""
        return next(iter(self._issuances(select(IssuanceRow).where(IssuanceRow.serial == serial))), None)

    def recorded(
        self, school: str, since: int, until: int, *, start: int = 0, count: int | None = None
    ) -> tuple[Issuance, ...]:
        """Return what a school issued from `since` to before `until` (POSIX seconds), in the order of the record."""
        query = select(IssuanceRow).where(*_recorded(school, since, until)).order_by(IssuanceRow.log_index)
        return self._issuances(query.offset(start).limit(count))

    def count_recorded(self, school: str, since: int, until: int) -> int:
        """Return how many documents `recorded` has in all."""
        query = select(func.count()).select_from(IssuanceRow).where(*_recorded(school, since, until))
        with reading(self._engine) as connection:
            return connection.execute(query).scalar_one()

    @all_schools()
    def issuance_of_change(self, change: Change) -> Issuance:
        """Return the document that a request is about; it may be of a school that the request's own succeeded."""
        (issuance,) = self._issuances(select(IssuanceRow).where(IssuanceRow.id == change.issuance_id))
        return issuance

    def issuing_times(self, school: str, *, since: int) -> list[int]:
        """Return when documents of a school were reserved after `since` (seconds), abandoned ones too, by time."""
        query = select(IssuanceRow.issued_at).where(
            IssuanceRow.school_code == school, IssuanceRow.issued_at > since
        )
        with reading(self._engine) as connection:
            return list(connection.scalars(query.order_by(IssuanceRow.issued_at)))

    def versions(self, school: str, student_code: str, school_year: str) -> int:
        """Return the last version that was reserved for a student's school year, abandoned or not; 0 for none."""
        documents = self.documents(school, student_code, school_year)
        return max((one.version for one in documents), default=0)

    def latest(self, school: str, student_code: str, *, before: str) -> Issuance | None:
        """Return the student's last transcript of a school year before `before` that stands."""
        found = [
            one
            for one in self.documents(school, student_code)
            if one.profile not in EXTRACT_PROFILES and one.school_year < before and one.is_current
        ]
        return found[-1] if found else None

    def advance(
        self, issuances: Sequence[Issuance], state: State, log_indexes: Sequence[int] | None = None
    ) -> None:
        """Commit that these documents have reached `state`; an earlier failure is forgotten.

        Where one that is recorded corrects another, that one is superseded by the same commit: its entry lies
        under a checkpoint by now.

        Raises:
            ServiceError: `reservation-abandoned` where the data of one were changed meanwhile, or it was taken back;
                nothing is committed.
        """
        with writing(self._engine) as connection:
            for position, issuance in enumerate(issuances):
                values: dict[str, object] = {
                    "state": state,
                    "failure_code": None,
                    "failure_vi": None,
                    "failure_en": None,
                }
                if log_indexes is not None:
                    values["log_index"] = log_indexes[position]
                mine = (IssuanceRow.id == issuance.id, IssuanceRow.state != State.ABANDONED)
                if connection.execute(update(IssuanceRow).where(*mine).values(values)).rowcount != 1:
                    raise abandoned(issuance)
            if state is State.RELEASED:
                note_released(connection, [issuance.id for issuance in issuances])
            if state is State.RECORDED:
                recorded = [issuance.id for issuance in issuances]
                settle_extracts(
                    connection, [*recorded, *settle_corrections(connection, recorded, self._token_bytes)]
                )

    def note_revoked(self, issuance: Issuance, *, at: int) -> None:
        """Commit that a document is revoked, as the record says, and with it what was taken from it."""
        with writing(self._engine) as connection:
            connection.execute(
                update(IssuanceRow)
                .where(IssuanceRow.id == issuance.id)
                .values(standing=Standing.REVOKED, ended_at=at)
            )
            settle_extracts(connection, [issuance.id])
            note_ended(connection, issuance.id, NoticeKind.REVOKED, at)

    def fail(self, issuance: Issuance, code: str, text: Text) -> None:
        """Commit why a document stands where it stands; it keeps its state and is tried again with the next request."""
        with writing(self._engine) as connection:
            connection.execute(
                update(IssuanceRow)
                .where(IssuanceRow.id == issuance.id, IssuanceRow.state != State.ABANDONED)
                .values(failure_code=code, failure_vi=text.vi, failure_en=text.en)
            )

    @all_schools()
    def status_index_is_free(self, index: int) -> bool:
        """Whether no document has this index in the current status list, nor had before a database was restored."""
        with reading(self._engine) as connection:
            query = select(IssuanceRow.id).where(
                IssuanceRow.list_id == LIST_ID, IssuanceRow.status_index == index
            )
            taken = connection.execute(query).first() is not None
            return not taken and index not in forgotten_status_indexes(connection)

    def class_counts(self, school: str) -> tuple[ClassCount, ...]:
        """Return the classes of a school, newest school year first."""
        with reading(self._engine) as connection:
            students = connection.execute(
                select(StudentYearRow.school_year, StudentYearRow.class_name, func.count().label("students"))
                .where(StudentYearRow.school_code == school, StudentYearRow.class_name != ELSEWHERE)
                .group_by(StudentYearRow.school_year, StudentYearRow.class_name)
                .order_by(StudentYearRow.school_year.desc(), StudentYearRow.class_name)
            ).all()
            released = IssuanceRow.state == State.RELEASED
            failed = and_(IssuanceRow.failure_code.is_not(None), IssuanceRow.failure_code.not_in(WAITING))
            stands = and_(
                IssuanceRow.state != State.ABANDONED, IssuanceRow.standing == Standing.CURRENT, IS_TRANSCRIPT
            )
            issued = connection.execute(
                select(IssuanceRow.school_year, IssuanceRow.class_name, released, failed, func.count())
                .where(IssuanceRow.school_code == school, stands)
                .group_by(IssuanceRow.school_year, IssuanceRow.class_name, released, failed)
            ).all()
        counts: dict[tuple[str, str], list[int]] = {}
        for school_year, class_name, is_released, has_failed, number in issued:
            sums = counts.setdefault((school_year, class_name), [0, 0, 0])
            sums[0 if is_released else 2 if has_failed else 1] += number
        return tuple(
            ClassCount(
                row.school_year,
                row.class_name,
                row.students,
                *counts.get((row.school_year, row.class_name), (0, 0, 0)),
            )
            for row in students
        )

    def _issuances(self, query: Select[Any]) -> tuple[Issuance, ...]:
        with reading(self._engine) as connection:
            return tuple(issuance_of(row) for row in connection.execute(query))


def _recorded(school: str, since: int, until: int) -> tuple[ColumnElement[bool], ...]:
    return (
        IssuanceRow.school_code == school,
        IssuanceRow.issued_at >= since,
        IssuanceRow.issued_at < until,
        IssuanceRow.log_index.is_not(None),
    )


def _request(batch: Batch) -> tuple[str, str | None, str | None]:
    return batch.school_year, batch.class_name, batch.student_code


def abandoned(issuance: Issuance) -> ServiceError:
    """Return the refusal of what was let go of meanwhile."""
    code = issuance.student_code
    return ServiceError(
        "reservation-abandoned",
        f"Dữ liệu của học sinh mã {code} vừa được nhập lại, hoặc học bạ vừa được lấy lại; hãy chạy cấp học bạ lần nữa.",
        f"The data of student {code} were imported again meanwhile, or the transcript was taken back; issue again.",
    )


def _stand_still(codes: Sequence[str]) -> tuple[ColumnElement[bool], ...]:
    return (
        IssuanceRow.state.not_in((State.RELEASED, State.ABANDONED)),
        IssuanceRow.standing == Standing.CURRENT,
        IssuanceRow.failure_code.in_(codes),
    )

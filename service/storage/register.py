"""The register: what was imported, what was asked for, and how far each document is.

Every method that writes is one transaction that is durable when it returns. Tenancy is enforced here: each
method takes the school, and no row of another school is read or written.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, func, insert, select, update

from schemas.errors import Text
from schemas.transcript.model import Learner, School, Signatory, YearTT22
from service.errors import ServiceError
from service.storage.database import reading, writing
from service.storage.records import (
    LIST_ID,
    Batch,
    ClassCount,
    Issuance,
    State,
    StudentYear,
    canonical_record,
)
from service.storage.tables import BatchRow, IssuanceRow, SchoolRow, StudentYearRow


class Register:
    """The database behind the use cases."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    # Schools.

    def put_school(self, school: School, signatory: Signatory, token: str) -> None:
        """Add a school, or replace its description and token."""
        values = {
            "school": canonical_record(school),
            "signatory": canonical_record(signatory),
            "token_digest": _token_digest(token),
        }
        with writing(self._engine) as connection:
            known = connection.execute(select(SchoolRow.code).where(SchoolRow.code == school.code)).first()
            if known:
                connection.execute(update(SchoolRow).where(SchoolRow.code == school.code).values(values))
            else:
                connection.execute(insert(SchoolRow).values(code=school.code, **values))

    def school(self, code: str) -> tuple[School, Signatory]:
        """Return a school and who signs for it.

        Raises:
            ServiceError: `school-unknown`.
        """
        with reading(self._engine) as connection:
            query = select(SchoolRow.school, SchoolRow.signatory).where(SchoolRow.code == code)
            row = connection.execute(query).first()
        if row is None:
            raise ServiceError(
                "school-unknown",
                f"Hệ thống chưa có trường mã {code}; hãy xem lại mã trường trong tệp.",
                f"No school {code} here; check the school code in the workbook.",
            )
        return School.model_validate_json(row.school), Signatory.model_validate_json(row.signatory)

    def schools(self) -> tuple[School, ...]:
        """Return all schools, by code."""
        with reading(self._engine) as connection:
            rows = connection.execute(select(SchoolRow.school).order_by(SchoolRow.code)).all()
        return tuple(School.model_validate_json(row.school) for row in rows)

    def school_of_token(self, token: str) -> str | None:
        """Return the code of the school that a token speaks for; compared by digest, so that timing tells nothing."""
        with reading(self._engine) as connection:
            query = select(SchoolRow.code).where(SchoolRow.token_digest == _token_digest(token))
            return connection.execute(query).scalar()

    # Imported years.

    def put_student_years(self, rows: Sequence[StudentYear]) -> int:
        """Write imported years as a whole; a year that is unchanged is left alone. Returns how many were written.

        Raises:
            ServiceError: `already-issued` where a year that changed has been signed or issued: that needs a correction.
        """
        written = 0
        with writing(self._engine) as connection:
            for row in rows:
                key = (
                    StudentYearRow.school_code == row.school_code,
                    StudentYearRow.student_code == row.learner.student_code,
                    StudentYearRow.school_year == row.year.school_year,
                )
                known = connection.execute(select(StudentYearRow).where(*key)).first()
                learner, year = canonical_record(row.learner), canonical_record(row.year)
                if known and (known.learner, known.year, known.class_name) == (learner, year, row.class_name):
                    continue
                if known:
                    self._abandon_reservation(connection, row)
                trail = sha256(
                    bytes.fromhex(known.trail if known else "00" * 32) + learner + year
                ).hexdigest()
                values = {
                    "class_name": row.class_name,
                    "full_name": row.learner.full_name,
                    "learner": learner,
                    "year": year,
                    "trail": trail,
                }
                if known:
                    connection.execute(update(StudentYearRow).where(*key).values(values))
                else:
                    connection.execute(
                        insert(StudentYearRow).values(
                            school_code=row.school_code,
                            student_code=row.learner.student_code,
                            school_year=row.year.school_year,
                            **values,
                        )
                    )
                written += 1
        return written

    def _abandon_reservation(self, connection: Connection, row: StudentYear) -> None:
        """Let go of a reservation whose data change. Only `RESERVED` ones: any later state may be on record."""
        mine = (
            IssuanceRow.school_code == row.school_code,
            IssuanceRow.student_code == row.learner.student_code,
            IssuanceRow.school_year == row.year.school_year,
        )
        changeable = (State.RESERVED, State.ABANDONED)
        query = select(IssuanceRow.id).where(*mine, IssuanceRow.state.not_in(changeable))
        if connection.execute(query).first():
            raise _already_issued(row)
        connection.execute(update(IssuanceRow).where(*mine).values(state=State.ABANDONED))

    def student_years(
        self, school: str, school_year: str, *, class_name: str | None = None, student_code: str | None = None
    ) -> tuple[StudentYear, ...]:
        """Return the imported years of a class, of one student, or of the whole school year."""
        query = select(StudentYearRow).where(
            StudentYearRow.school_code == school, StudentYearRow.school_year == school_year
        )
        if class_name is not None:
            query = query.where(StudentYearRow.class_name == class_name)
        if student_code is not None:
            query = query.where(StudentYearRow.student_code == student_code)
        return self._student_years(query.order_by(StudentYearRow.class_name, StudentYearRow.id))

    def years_until(self, school: str, student_code: str, school_year: str) -> tuple[StudentYear, ...]:
        """Return a student's imported years up to `school_year`, oldest first."""
        query = select(StudentYearRow).where(
            StudentYearRow.school_code == school,
            StudentYearRow.student_code == student_code,
            StudentYearRow.school_year <= school_year,
        )
        return self._student_years(query.order_by(StudentYearRow.school_year))

    def _student_years(self, query: Select[Any]) -> tuple[StudentYear, ...]:
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
        return tuple(
            StudentYear(
                row.school_code,
                row.class_name,
                Learner.model_validate_json(row.learner),
                YearTT22.model_validate_json(row.year),
                row.trail,
            )
            for row in rows
        )

    # Batches and issuances.

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
                connection.execute(insert(BatchRow).values(**_fields(batch)))
                return batch
        known = _batch(row)
        if _request(known) != _request(batch):
            raise ServiceError(
                "idempotency-key-reused",
                "Khoá Idempotency-Key này đã dùng cho yêu cầu khác; hãy tạo khoá mới.",
                "This Idempotency-Key came with another request before; make a new one.",
            )
        return known

    def batch(self, school: str, batch_id: str) -> Batch | None:
        """Return a batch of this school."""
        with reading(self._engine) as connection:
            query = select(BatchRow).where(BatchRow.school_code == school, BatchRow.id == batch_id)
            row = connection.execute(query).first()
        return _batch(row) if row else None

    def reserve(self, issuances: Sequence[Issuance]) -> None:
        """Commit rows of intent: serials and status indexes are taken from here on, whatever happens."""
        with writing(self._engine) as connection:
            for issuance in issuances:
                connection.execute(insert(IssuanceRow).values(**_fields(issuance, "failure")))

    def issuances(
        self, school: str, school_year: str, *, class_name: str | None = None
    ) -> tuple[Issuance, ...]:
        """Return the issuances of a school year or of a class, in the order of reservation."""
        query = select(IssuanceRow).where(
            IssuanceRow.school_code == school,
            IssuanceRow.school_year == school_year,
            IssuanceRow.state != State.ABANDONED,
        )
        if class_name is not None:
            query = query.where(IssuanceRow.class_name == class_name)
        return self._issuances(query)

    def unfinished(self, school: str) -> tuple[Issuance, ...]:
        """Return what a crash or a failure left between reservation and release."""
        query = select(IssuanceRow).where(
            IssuanceRow.school_code == school,
            IssuanceRow.state.not_in((State.RELEASED, State.ABANDONED)),
        )
        return self._issuances(query)

    def issuance(self, school: str, issuance_id: str) -> Issuance | None:
        """Return one issuance of this school."""
        query = select(IssuanceRow).where(IssuanceRow.school_code == school, IssuanceRow.id == issuance_id)
        return next(iter(self._issuances(query)), None)

    def versions(self, school: str, student_code: str, school_year: str) -> int:
        """Return how many documents were reserved for a student's school year, abandoned ones too."""
        with reading(self._engine) as connection:
            query = (
                select(func.count())
                .select_from(IssuanceRow)
                .where(
                    IssuanceRow.school_code == school,
                    IssuanceRow.student_code == student_code,
                    IssuanceRow.school_year == school_year,
                )
            )
            return connection.execute(query).scalar_one()

    def latest(self, school: str, student_code: str, *, before: str) -> Issuance | None:
        """Return the student's last released document of a school year before `before`."""
        query = select(IssuanceRow).where(
            IssuanceRow.school_code == school,
            IssuanceRow.student_code == student_code,
            IssuanceRow.school_year < before,
            IssuanceRow.state == State.RELEASED,
        )
        found = self._issuances(query)
        return max(found, key=lambda issuance: (issuance.school_year, issuance.version), default=None)

    def advance(
        self, issuances: Sequence[Issuance], state: State, log_indexes: Sequence[int] | None = None
    ) -> None:
        """Commit that these documents have reached `state`; an earlier failure is forgotten.

        Raises:
            ServiceError: `reservation-abandoned` where the data of one were changed meanwhile; nothing is committed.
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
                    raise _abandoned(issuance)

    def fail(self, issuance: Issuance, code: str, text: Text) -> None:
        """Commit why a document stands where it stands; it keeps its state and is tried again with the next request."""
        with writing(self._engine) as connection:
            connection.execute(
                update(IssuanceRow)
                .where(IssuanceRow.id == issuance.id)
                .values(failure_code=code, failure_vi=text.vi, failure_en=text.en)
            )

    def status_index_is_free(self, index: int) -> bool:
        """Whether no document has this index in the current status list."""
        with reading(self._engine) as connection:
            query = select(IssuanceRow.id).where(
                IssuanceRow.list_id == LIST_ID, IssuanceRow.status_index == index
            )
            return connection.execute(query).first() is None

    def class_counts(self, school: str) -> tuple[ClassCount, ...]:
        """Return the classes of a school, newest school year first."""
        with reading(self._engine) as connection:
            students = connection.execute(
                select(StudentYearRow.school_year, StudentYearRow.class_name, func.count().label("students"))
                .where(StudentYearRow.school_code == school)
                .group_by(StudentYearRow.school_year, StudentYearRow.class_name)
                .order_by(StudentYearRow.school_year.desc(), StudentYearRow.class_name)
            ).all()
            issued = connection.execute(
                select(
                    IssuanceRow.school_year,
                    IssuanceRow.class_name,
                    IssuanceRow.state == State.RELEASED,
                    IssuanceRow.failure_code.is_not(None),
                    func.count(),
                )
                .where(IssuanceRow.school_code == school, IssuanceRow.state != State.ABANDONED)
                .group_by(
                    IssuanceRow.school_year,
                    IssuanceRow.class_name,
                    IssuanceRow.state == State.RELEASED,
                    IssuanceRow.failure_code.is_not(None),
                )
            ).all()
        counts: dict[tuple[str, str], list[int]] = {}
        for school_year, class_name, released, failed, number in issued:
            sums = counts.setdefault((school_year, class_name), [0, 0, 0])
            sums[0 if released else 2 if failed else 1] += number
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
            rows = connection.execute(query.order_by(IssuanceRow.issued_at, IssuanceRow.student_code)).all()
        return tuple(_issuance(row) for row in rows)


def _token_digest(token: str) -> bytes:
    return sha256(b"hocba/token/v1" + token.encode()).digest()


def _fields(record: Batch | Issuance, *left_out: str) -> dict[str, object]:
    return {name: getattr(record, name) for name in type(record).__slots__ if name not in left_out}


def _request(batch: Batch) -> tuple[str, str | None, str | None]:
    return batch.school_year, batch.class_name, batch.student_code


def _batch(row: Row[Any]) -> Batch:
    return Batch(*(getattr(row, name) for name in Batch.__slots__))


def _issuance(row: Row[Any]) -> Issuance:
    failure = Text(row.failure_vi, row.failure_en) if row.failure_code else None
    values = {name: getattr(row, name) for name in Issuance.__slots__ if name != "failure"}
    return Issuance(**values | {"state": State(row.state), "failure": failure})


def _abandoned(issuance: Issuance) -> ServiceError:
    code = issuance.student_code
    return ServiceError(
        "reservation-abandoned",
        f"Dữ liệu của học sinh mã {code} vừa được nhập lại; hãy chạy cấp học bạ lần nữa.",
        f"The data of student {code} were imported again meanwhile; issue again.",
    )


def _already_issued(row: StudentYear) -> ServiceError:
    code, year = row.learner.student_code, row.year.school_year
    return ServiceError(
        "already-issued",
        f"Học bạ {year} của học sinh mã {code} đã cấp hoặc đang cấp; thay đổi phải làm bằng bản đính chính.",
        f"The transcript {year} of student {code} has been issued; a change needs a correction.",
    )

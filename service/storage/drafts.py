"""Imported years: the drafts that approval looks at, each with the head of the chain of its changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any, TypeAlias

from sqlalchemy import Connection, Engine, Row, Select, insert, select, update

from service.errors import ServiceError
from service.storage.database import reading, writing
from service.storage.records import Standing, State, StudentYear, canonical_record
from service.storage.rows import student_year_of
from service.storage.tables import IssuanceRow, StudentYearRow

NoteChange: TypeAlias = Callable[[Connection, StudentYear, Row[Any] | None, str], None]
"""Notes a change of a student's year while it is written; only `service.storage` can."""


class Drafts:
    """The part of the register that holds what was imported."""

    _engine: Engine

    def put_student_years(self, rows: Sequence[StudentYear], *, note: NoteChange | None = None) -> int:
        """Write imported years as a whole; a year that is unchanged is left alone. Returns how many were written.

        `note` is told of each change in the same transaction: the row as it was before, and the new head of its trail.

        Raises:
            ServiceError: `already-issued` where a year that changed has been signed or issued: that needs a correction.
        """
        written = 0
        with writing(self._engine) as connection:
            for row in rows:
                known = connection.execute(select(StudentYearRow).where(*_key(row))).first()
                changed = known and (known.learner, known.year, known.class_name) != (
                    canonical_record(row.learner),
                    canonical_record(row.year),
                    row.class_name,
                )
                if known and not changed:
                    continue
                if known:
                    _abandon_reservation(connection, row)
                trail = next_trail(known.trail if known else None, row)
                write_student_year(connection, row, trail=trail)
                if note is not None:
                    note(connection, row, known, trail)
                written += 1
        return written

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
            return tuple(student_year_of(row) for row in connection.execute(query))


def next_trail(head: str | None, row: StudentYear) -> str:
    """Return the new head of a year's chain of changes."""
    learner, year = canonical_record(row.learner), canonical_record(row.year)
    return sha256(bytes.fromhex(head or "00" * 32) + learner + year).hexdigest()


def write_student_year(connection: Connection, row: StudentYear, *, trail: str) -> None:
    """Put an imported year in the place of the one that is there."""
    values = {
        "class_name": row.class_name,
        "full_name": row.learner.full_name,
        "learner": canonical_record(row.learner),
        "year": canonical_record(row.year),
        "trail": trail,
    }
    if connection.execute(update(StudentYearRow).where(*_key(row)).values(values)).rowcount == 0:
        connection.execute(
            insert(StudentYearRow).values(
                school_code=row.school_code,
                student_code=row.learner.student_code,
                school_year=row.year.school_year,
                **values,
            )
        )


def _key(row: StudentYear) -> tuple[Any, ...]:
    return (
        StudentYearRow.school_code == row.school_code,
        StudentYearRow.student_code == row.learner.student_code,
        StudentYearRow.school_year == row.year.school_year,
    )


def _abandon_reservation(connection: Connection, row: StudentYear) -> None:
    """Let go of a reservation whose data change. Only `RESERVED` ones: any later state may be on record.

    A document that was revoked does not stand in the way: mended data may be issued anew.
    """
    mine = (
        IssuanceRow.school_code == row.school_code,
        IssuanceRow.student_code == row.learner.student_code,
        IssuanceRow.school_year == row.year.school_year,
        IssuanceRow.standing == Standing.CURRENT,
    )
    started = select(IssuanceRow.id).where(*mine, IssuanceRow.state.not_in((State.RESERVED, State.ABANDONED)))
    if connection.execute(started).first():
        raise _already_issued(row)
    connection.execute(update(IssuanceRow).where(*mine).values(state=State.ABANDONED))


def _already_issued(row: StudentYear) -> ServiceError:
    code, year = row.learner.student_code, row.year.school_year
    return ServiceError(
        "already-issued",
        f"Học bạ {year} của học sinh mã {code} đã cấp hoặc đang cấp; thay đổi phải làm bằng bản đính chính "
        "(hocba correct).",
        f"The transcript {year} of student {code} has been issued; a change needs a correction (hocba correct).",
    )

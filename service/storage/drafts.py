"""Imported years: the drafts that approval looks at, each with the head of the chain of its changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, TypeAlias

from sqlalchemy import Connection, Engine, Row, Select, bindparam, insert, select, update

from schemas.change_trail import Act
from service.errors import ServiceError
from service.storage.database import reading, writing
from service.storage.extracts import IS_TRANSCRIPT
from service.storage.records import ELSEWHERE, Batch, Standing, State, StudentYear, canonical_record
from service.storage.rows import student_year_of
from service.storage.tables import IssuanceRow, StudentYearRow
from service.storage.trail_writing import Cause, Record, TrailWriter, Whose

NoteChange: TypeAlias = Callable[[Connection, StudentYear, Row[Any] | None, str], None]
"""Notes a change of a student's year while it is written; only `service.storage` can."""


class Drafts:
    """The part of the register that holds what was imported."""

    _engine: Engine
    _token_bytes: Callable[[int], bytes]

    def put_student_years(
        self, rows: Sequence[StudentYear], *, cause: Cause, note: NoteChange | None = None
    ) -> int:
        """Write imported years as a whole; a year that is unchanged is left alone. Returns how many were written.

        Each change is an entry of the trail, in the same transaction. `note` is told of each in it: the row as it was
        before, and the new head of its trail.

        Raises:
            ServiceError: `already-issued` where a year that changed has been signed or issued: that needs a correction;
                `draft-changed` where the row of a change by hand is not the one that the person looked at;
                `year-taken-over` where an import would replace a year of another school's document.
        """
        written = 0
        with writing(self._engine) as connection:
            trails = TrailWriter(connection, self._token_bytes)
            for row, known in _beside_stored(connection, rows):
                learner, year = canonical_record(row.learner), canonical_record(row.year)
                if known and (known.learner, known.year, known.class_name) == (learner, year, row.class_name):
                    continue
                if known and cause.act is Act.MANUAL and row.trail != known.trail:
                    raise draft_changed(row.learner.student_code)
                if known and known.class_name == ELSEWHERE != row.class_name:
                    raise year_taken_over(row.learner.student_code, row.year.school_year)
                if known or row.class_name == ELSEWHERE:
                    _abandon_reservation(connection, row)
                trail = trails.add(
                    whose(row),
                    cause,
                    record_of(known) if known else None,
                    Record(row.class_name, learner, year),
                    head=known.trail if known else None,
                )
                values = _values(row, learner, year, trail)
                connection.execute(_REPLACE if known else _ADD, values)
                if note is not None:
                    note(connection, row, known, trail)
                written += 1
            trails.flush()
        return written

    def issued_students(self, school: str, school_year: str) -> frozenset[str]:
        """Return the codes of students whose year is signed or issued: an import cannot change it."""
        query = select(IssuanceRow.student_code).where(
            IssuanceRow.school_code == school,
            IssuanceRow.school_year == school_year,
            IS_TRANSCRIPT,
            *_STARTED,
        )
        with reading(self._engine) as connection:
            return frozenset(connection.execute(query).scalars())

    def student_years(
        self, school: str, school_year: str, *, class_name: str | None = None, student_code: str | None = None
    ) -> tuple[StudentYear, ...]:
        """Return the imported years of a class, of one student, or of the whole school year; none taken over."""
        query = select(StudentYearRow).where(
            StudentYearRow.school_code == school,
            StudentYearRow.school_year == school_year,
            StudentYearRow.class_name != ELSEWHERE,
        )
        if class_name is not None:
            query = query.where(StudentYearRow.class_name == class_name)
        if student_code is not None:
            query = query.where(StudentYearRow.student_code == student_code)
        return self._student_years(query.order_by(StudentYearRow.class_name, StudentYearRow.id))

    def drafts_of(self, batch: Batch) -> tuple[StudentYear, ...]:
        """Return the imported years that a batch is about."""
        return self.student_years(
            batch.school_code, batch.school_year, class_name=batch.class_name, student_code=batch.student_code
        )

    def taken_over(self, school: str, school_year: str) -> frozenset[str]:
        """Return the codes of students whose year was taken over from another school's document."""
        query = select(StudentYearRow.student_code).where(
            StudentYearRow.school_code == school,
            StudentYearRow.school_year == school_year,
            StudentYearRow.class_name == ELSEWHERE,
        )
        with reading(self._engine) as connection:
            return frozenset(connection.execute(query).scalars())

    def years_until(self, school: str, student_code: str, school_year: str) -> tuple[StudentYear, ...]:
        """Return a student's years up to `school_year`, imported or taken over, oldest first."""
        query = select(StudentYearRow).where(
            StudentYearRow.school_code == school,
            StudentYearRow.student_code == student_code,
            StudentYearRow.school_year <= school_year,
        )
        return self._student_years(query.order_by(StudentYearRow.school_year))

    def _student_years(self, query: Select[Any]) -> tuple[StudentYear, ...]:
        with reading(self._engine) as connection:
            return tuple(student_year_of(row) for row in connection.execute(query))


def whose(row: StudentYear) -> Whose:
    """Return whose year it is."""
    return Whose(row.school_code, row.learner.student_code, row.year.school_year)


def record_of_draft(row: StudentYear) -> Record:
    """Return what a draft holds."""
    return Record(row.class_name, canonical_record(row.learner), canonical_record(row.year))


def record_of(row: Row[Any]) -> Record:
    """Return what a row of a draft, or of what was one, holds."""
    return Record(row.class_name, row.learner, row.year)


def write_student_year(connection: Connection, row: StudentYear, *, trail: str) -> None:
    """Put an imported year in the place of the one that is there."""
    values = _values(row, canonical_record(row.learner), canonical_record(row.year), trail)
    if connection.execute(_REPLACE, values).rowcount == 0:
        connection.execute(_ADD, values)


def _beside_stored(
    connection: Connection, rows: Sequence[StudentYear]
) -> Iterator[tuple[StudentYear, Row[Any] | None]]:
    """Give each year with the row that is stored of it, as it is once the years before it are written."""
    for (school, school_year), group in groupby(
        rows, key=lambda row: (row.school_code, row.year.school_year)
    ):
        portion: dict[str, StudentYear] = {}
        for row in group:
            # Who stands twice is looked up again, for the first has been written by then.
            if row.learner.student_code in portion or len(portion) == _AT_ONCE:
                yield from _stored(connection, school, school_year, portion)
                portion = {}
            portion[row.learner.student_code] = row
        yield from _stored(connection, school, school_year, portion)


def _stored(
    connection: Connection, school: str, school_year: str, portion: Mapping[str, StudentYear]
) -> Iterator[tuple[StudentYear, Row[Any] | None]]:
    names = {"school": school, "of_year": school_year, "students": list(portion)}
    known = {found.student_code: found for found in connection.execute(_KNOWN, names)}
    return ((row, known.get(code)) for code, row in portion.items())


def _names_of(row: StudentYear) -> dict[str, str]:
    return {
        "school": row.school_code,
        "student": row.learner.student_code,
        "of_year": row.year.school_year,
    }


def _values(row: StudentYear, learner: bytes, year: bytes, trail: str) -> dict[str, object]:
    return _names_of(row) | {
        "class_name": row.class_name,
        "full_name": row.learner.full_name,
        "learner": learner,
        "year": year,
        "trail": trail,
    }


# Built once: building a statement takes longer than a database takes to do it, and a school has thousands of rows.
_MINE = (
    StudentYearRow.school_code == bindparam("school"),
    StudentYearRow.student_code == bindparam("student"),
    StudentYearRow.school_year == bindparam("of_year"),
)
_WRITTEN: dict[str, Any] = {
    name: bindparam(name) for name in ("class_name", "full_name", "learner", "year", "trail")
}
_KNOWN = select(StudentYearRow).where(
    StudentYearRow.school_code == bindparam("school"),
    StudentYearRow.school_year == bindparam("of_year"),
    StudentYearRow.student_code.in_(bindparam("students", expanding=True)),
)
_AT_ONCE = 100
"""Years that are looked up by one statement."""
_REPLACE = update(StudentYearRow).where(*_MINE).values(_WRITTEN)
_ADD = insert(StudentYearRow).values(
    school_code=bindparam("school"),
    student_code=bindparam("student"),
    school_year=bindparam("of_year"),
    **_WRITTEN,
)


def _abandon_reservation(connection: Connection, row: StudentYear) -> None:
    """Let go of a reservation whose data change. Only `RESERVED` ones: any later state may be on record.

    A document that was revoked does not stand in the way: mended data may be issued anew.
    """
    student = (
        IssuanceRow.school_code == row.school_code,
        IssuanceRow.student_code == row.learner.student_code,
        IS_TRANSCRIPT,
    )
    if row.class_name == ELSEWHERE:
        # It is part of whatever comes after it: what is only reserved is reserved anew, with it.
        later = (IssuanceRow.school_year >= row.year.school_year, IssuanceRow.state == State.RESERVED)
        connection.execute(update(IssuanceRow).where(*student, *later).values(state=State.ABANDONED))
        return
    mine = (*student, IssuanceRow.school_year == row.year.school_year)
    if connection.execute(select(IssuanceRow.id).where(*mine, *_STARTED)).first():
        raise already_issued(row.learner.student_code, row.year.school_year)
    current = IssuanceRow.standing == Standing.CURRENT
    connection.execute(update(IssuanceRow).where(*mine, current).values(state=State.ABANDONED))


_STARTED = (
    IssuanceRow.standing == Standing.CURRENT,
    IssuanceRow.state.not_in((State.RESERVED, State.ABANDONED)),
)


def year_taken_over(code: str, year: str) -> ServiceError:
    """Say that a year is that of another school's document, and what to do."""
    return ServiceError(
        "year-taken-over",
        f"Năm học {year} của học sinh mã {code} đã được tiếp nhận từ học bạ của trường khác; nếu tiếp nhận nhầm, hãy "
        "hoàn tác (hocba imports undo) rồi nhập lại.",
        f"The year {year} of student {code} was taken over from another school's transcript; where that was a mistake, "
        "undo it (hocba imports undo), then import again.",
    )


def draft_changed(code: str) -> ServiceError:
    """Say that a draft is not what the person looked at."""
    return ServiceError(
        "draft-changed",
        f"Dữ liệu của học sinh mã {code} vừa thay đổi; hãy xem lại rồi làm tiếp.",
        f"The data of student {code} have just changed; look at them again, then go on.",
    )


def draft_unknown(code: str, year: str) -> ServiceError:
    """Say that a year was not imported."""
    return ServiceError(
        "draft-unknown",
        f"Chưa nhập năm học {year} của học sinh mã {code}; hãy xem lại mã và năm học.",
        f"The year {year} of student {code} was not imported; check the code and the year.",
    )


def already_issued(code: str, year: str) -> ServiceError:
    """Say that a year is signed or issued, and what to do."""
    return ServiceError(
        "already-issued",
        f"Học bạ {year} của học sinh mã {code} đã cấp hoặc đang cấp; thay đổi phải làm bằng bản đính chính "
        "(hocba correct). Nếu đã ký mà chưa phát hành, hãy lấy lại trước (hocba take-back).",
        f"The transcript {year} of student {code} has been issued; a change needs a correction (hocba correct). Where "
        "it is signed and not released, take it back first (hocba take-back).",
    )

"""Imports as they were made, so that one can be undone, and the columns that a school has confirmed.

Every method that writes is one transaction; each takes the school, and nothing of another school is touched.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from schemas.canonical import canonical_bytes
from schemas.change_trail import Act, Actor
from schemas.transcript.model import Learner
from service.errors import ServiceError
from service.storage.approvals import stands_confirmed
from service.storage.database import Database, reading, writing
from service.storage.drafts import record_of
from service.storage.extracts import IS_TRANSCRIPT
from service.storage.records import State, StudentYear
from service.storage.register import Register
from service.storage.tables import (
    ColumnMappingRow,
    ImportChangeRow,
    ImportRow,
    IssuanceRow,
    StudentYearRow,
)
from service.storage.trail_writing import Cause, Record, TrailWriter, Whose


@dataclass(frozen=True, slots=True)
class StoredImport:
    """An import on record; `files` are names and SHA-256 digests, `students` counts the years that it changed.

    `confirmed` is whether somebody has confirmed rows of it since, which is not returned: then it is not undone.
    """

    id: str
    school_year: str
    imported_at: int
    files: tuple[tuple[str, str], ...]
    students: int
    undone_at: int | None = None
    confirmed: bool = False


class Imports:
    """The imports of an installation."""

    def __init__(self, database: Database, register: Register) -> None:
        self._database, self._register = database, register

    def put(
        self,
        school: str,
        school_year: str,
        rows: Sequence[StudentYear],
        files: Sequence[tuple[str, bytes]],
        *,
        cause: Cause,
    ) -> StoredImport:
        """Write imported years as a whole, and what they were before; where nothing changes, nothing is noted.

        The cause's reference is the id of the import.

        Raises:
            ServiceError: as `Register.put_student_years`.
        """
        import_id, at = cause.reference or "", cause.at
        digests = tuple((name, sha256(data).hexdigest()) for name, data in files)
        noted: list[str] = []

        def note(connection: Connection, row: StudentYear, known: Row[Any] | None, trail: str) -> None:
            if not noted:
                connection.execute(
                    insert(ImportRow).values(
                        id=import_id,
                        school_code=school,
                        school_year=school_year,
                        imported_at=at,
                        files=canonical_bytes([list(each) for each in digests]),
                    )
                )
            noted.append(row.learner.student_code)
            change = {
                "import_id": import_id,
                "student_code": row.learner.student_code,
                "class_before": known.class_name if known else None,
                "learner_before": known.learner if known else None,
                "year_before": known.year if known else None,
                "trail_after": trail,
            }
            connection.execute(_ADD_CHANGE, change)

        self._register.put_student_years(rows, cause=cause, note=note)
        return StoredImport(import_id, school_year, at, digests, len(noted))

    def all(self, school: str) -> tuple[StoredImport, ...]:
        """Return the imports of a school, newest first."""
        with reading(self._database) as connection:
            rows = connection.execute(
                select(ImportRow)
                .where(ImportRow.school_code == school)
                .order_by(ImportRow.imported_at.desc(), ImportRow.id)
            ).all()
            counts = {row.id: len(_changes(connection, row.id)) for row in rows}
            confirmed = {row.id for row in rows if row.undone_at is None and _is_confirmed(connection, row)}
        return tuple(
            StoredImport(
                row.id,
                row.school_year,
                row.imported_at,
                tuple((name, digest) for name, digest in json.loads(row.files)),
                counts[row.id],
                row.undone_at,
                row.id in confirmed,
            )
            for row in rows
        )

    def undo(self, school: str, import_id: str, *, actor: Actor, at: int) -> int:
        """Give every year that the import changed its state before it; returns how many.

        The chain of changes goes on: a restored year is one more entry in it, and so is one that goes away again.

        Raises:
            ServiceError: `import-unknown`, `import-undone`, `import-superseded` where a later import changed the same
            year, `import-issued` where a document of it is reserved or issued, `import-confirmed` where rows of it
            stand confirmed. Then nothing is undone.
        """
        with writing(self._database) as connection:
            query = select(ImportRow).where(ImportRow.school_code == school, ImportRow.id == import_id)
            row = connection.execute(query).first()
            if row is None:
                raise _unknown(import_id)
            if row.undone_at is not None:
                raise _undone()
            changes = _changes(connection, import_id)
            cause = Cause(Act.UNDO, actor, at, reference=import_id)
            trails = TrailWriter(connection, self._register.token_bytes)
            for change in changes:
                _undo_one(
                    connection, trails, cause, Whose(school, change.student_code, row.school_year), change
                )
            trails.flush()
            # After the students one by one: that something is issued says more than that it was confirmed.
            if _is_confirmed(connection, row):
                raise import_confirmed()
            connection.execute(update(ImportRow).where(ImportRow.id == import_id).values(undone_at=at))
        return len(changes)

    def confirmed(self, school: str) -> dict[tuple[str, str], str]:
        """Return what the columns of a school's workbooks are: role and folded title → key."""
        with reading(self._database) as connection:
            query = select(ColumnMappingRow).where(ColumnMappingRow.school_code == school)
            return {(row.role, row.title): row.key for row in connection.execute(query)}

    def confirm(self, school: str, columns: Mapping[tuple[str, str], str]) -> None:
        """Remember what columns are; a later word takes the place of an earlier one."""
        with writing(self._database) as connection:
            for (role, title), key in columns.items():
                mine = (
                    ColumnMappingRow.school_code == school,
                    ColumnMappingRow.role == role,
                    ColumnMappingRow.title == title,
                )
                connection.execute(delete(ColumnMappingRow).where(*mine))
                connection.execute(
                    insert(ColumnMappingRow).values(school_code=school, role=role, title=title, key=key)
                )


_ADD_CHANGE = insert(ImportChangeRow)


def _changes(connection: Connection, import_id: str) -> Sequence[Row[Any]]:
    query = select(ImportChangeRow).where(ImportChangeRow.import_id == import_id)
    return connection.execute(query.order_by(ImportChangeRow.id)).all()


def _is_confirmed(connection: Connection, one: Row[Any]) -> bool:
    students = select(ImportChangeRow.student_code).where(ImportChangeRow.import_id == one.id)
    standing = stands_confirmed(one.school_code, one.school_year, students, since=one.imported_at)
    return connection.execute(standing).first() is not None


def _undo_one(
    connection: Connection, trails: TrailWriter, cause: Cause, whose: Whose, change: Row[Any]
) -> None:
    issued = select(IssuanceRow.id).where(
        IssuanceRow.school_code == whose.school,
        IssuanceRow.student_code == whose.student,
        IssuanceRow.school_year == whose.school_year,
        IssuanceRow.state != State.ABANDONED,
        IS_TRANSCRIPT,
    )
    if connection.execute(issued).first():
        raise _issued(change.student_code)
    mine = (
        StudentYearRow.school_code == whose.school,
        StudentYearRow.student_code == whose.student,
        StudentYearRow.school_year == whose.school_year,
    )
    now = connection.execute(select(StudentYearRow).where(*mine)).first()
    # Whatever touched the year after this import, an undo included, has moved the head of its chain.
    if now is None or now.trail != change.trail_after:
        raise _superseded(change.student_code)
    if change.learner_before is None:
        trails.add(whose, cause, record_of(now), None, head=now.trail)
        connection.execute(delete(StudentYearRow).where(*mine))
        return
    before = Record(change.class_before, change.learner_before, change.year_before)
    connection.execute(
        update(StudentYearRow)
        .where(*mine)
        .values(
            class_name=before.class_name,
            full_name=Learner.model_validate_json(before.learner).full_name,
            learner=before.learner,
            year=before.year,
            trail=trails.add(whose, cause, record_of(now), before, head=now.trail),
        )
    )


def _unknown(import_id: str) -> ServiceError:
    return ServiceError(
        "import-unknown",
        f"Không có lần nhập {import_id}; hãy xem danh sách các lần nhập (hocba imports list).",
        f"There is no import {import_id}; look at the list of imports (hocba imports list).",
    )


def _undone() -> ServiceError:
    return ServiceError(
        "import-undone", "Lần nhập này đã được hoàn tác.", "This import has been undone already."
    )


def import_confirmed() -> ServiceError:
    """Return the refusal to undo what somebody has confirmed."""
    return ServiceError(
        "import-confirmed",
        "Đã có người xác nhận hoặc duyệt dữ liệu của lần nhập này nên không hoàn tác được; hãy trả lại các xác nhận đó "
        "trước, hoặc nhập tệp đã sửa.",
        "Somebody has confirmed or approved data of this import, so it is not undone; return these confirmations "
        "first, or import the mended file.",
    )


def _superseded(student_code: str) -> ServiceError:
    return ServiceError(
        "import-superseded",
        f"Dữ liệu của học sinh mã {student_code} đã đổi sau lần nhập này; hãy hoàn tác những lần nhập sau trước.",
        f"The data of student {student_code} changed after this import; undo the later imports first.",
    )


def _issued(student_code: str) -> ServiceError:
    return ServiceError(
        "import-issued",
        f"Học bạ của học sinh mã {student_code} đã cấp hoặc đang cấp nên không thể hoàn tác; hãy làm bản đính chính.",
        f"The transcript of student {student_code} is issued or reserved, so nothing is undone; correct it instead.",
    )

"""Who read sensitive data: noted before they are shown, so that nobody is shown what could not be noted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Engine, insert, select

from schemas.change_trail import Actor, ActorKind
from service.storage.database import reading, writing
from service.storage.reading_tables import ReadingRow


class Shown(StrEnum):
    """On which page, or by which command, sensitive data were shown."""

    TRANSCRIPT = "transcript"
    """The file of a document, which has all of it."""
    IMPORT_PREVIEW = "import-preview"
    DIFFERENCES = "differences"
    APPROVALS = "approvals"
    DRAFT = "draft"
    """The page that would be issued, which has all of it."""
    TRAIL = "trail"


@dataclass(frozen=True, slots=True)
class Reading:
    """That somebody was shown sensitive data of a student, at a time in seconds."""

    at: int
    actor: Actor
    student_code: str
    what: Shown


class Readings:
    """The part of the register that notes who read what."""

    _engine: Engine

    def note_reading(
        self, school: str, actor: Actor, students: Iterable[str], what: Shown, *, at: int
    ) -> None:
        """Note that somebody is about to be shown sensitive data of students; durable when this returns."""
        rows = [
            {
                "school_code": school,
                "at": at,
                "actor_kind": actor.kind.value,
                "actor_id": actor.id,
                "actor_name": actor.name,
                "student_code": student,
                "what": what.value,
            }
            for student in dict.fromkeys(students)
        ]
        if rows:
            with writing(self._engine) as connection:
                connection.execute(insert(ReadingRow), rows)

    def readings(
        self, school: str, *, student_code: str | None = None, actor_id: str | None = None, since: int = 0
    ) -> tuple[Reading, ...]:
        """Return who read what at a school, of one student or by one actor, from a time on, the oldest first."""
        query = select(ReadingRow).where(ReadingRow.school_code == school, ReadingRow.at >= since)
        if student_code is not None:
            query = query.where(ReadingRow.student_code == student_code)
        if actor_id is not None:
            query = query.where(ReadingRow.actor_id == actor_id)
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(ReadingRow.id)).all()
        return tuple(
            Reading(
                row.at,
                Actor(ActorKind(row.actor_kind), row.actor_id, row.actor_name),
                row.student_code,
                Shown(row.what),
            )
            for row in rows
        )

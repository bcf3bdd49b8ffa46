"""Reading the trail: a student's year, who entered what, and everything at once for the audit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Row, and_, func, select

from schemas.change_trail import NONCE_BYTES, START, Act, Actor, TrailEntry, format_entry, parse_entry
from service.storage.database import reading, writing
from service.storage.drafts import record_of
from service.storage.extracts import IS_TRANSCRIPT
from service.storage.records import ELSEWHERE, Issuance, State
from service.storage.rows import issuance_of
from service.storage.sealing import unreadable_rows
from service.storage.tables import IssuanceRow, StudentYearRow
from service.storage.trail_tables import MarkChangeRow
from service.storage.trail_writing import TrailWriter, Whose


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry as it is stored, with the heads after it; `entry` is None where its words were erased."""

    school: str
    number: int
    student: str
    school_year: str
    entry: bytes | None
    entry_digest: str
    head: str
    school_head: str

    @property
    def parsed(self) -> TrailEntry | None:
        """What it says.

        Raises:
            SchemaError: it is malformed.
        """
        return None if self.entry is None else parse_entry(self.entry)


@dataclass(frozen=True, slots=True)
class StoredDraft:
    """A draft as the audit sees it: whose, the head that it carries, the digest of its learner and year."""

    id: int
    student: str
    school_year: str
    trail: str
    digest: str


@dataclass(frozen=True, slots=True)
class MarkAuthor:
    """Somebody who entered marks of a class: of one subject, or (None) whole years with all their marks."""

    actor: Actor
    subject: str | None
    act: Act
    """By what: a file, by hand, a correction."""


class TrailSnapshot:
    """Trail, drafts and documents of one moment."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def unreadable(self) -> Iterator[str]:
        """Yield each row that the data key does not open, `table #key`."""
        yield from unreadable_rows(self._connection)

    def entries(self, school: str) -> Iterator[StoredEntry]:
        """Yield the entries of a school by number."""
        query = select(MarkChangeRow).where(MarkChangeRow.school_code == school)
        for row in self._connection.execute(query.order_by(MarkChangeRow.number)):
            yield _stored(row)

    def drafts(self, school: str) -> Iterator[StoredDraft]:
        """Yield the drafts of a school, those that were taken over too."""
        query = select(StudentYearRow).where(StudentYearRow.school_code == school)
        for row in self._connection.execute(query.order_by(StudentYearRow.id)):
            digest = record_of(row).digest
            yield StoredDraft(row.id, row.student_code, row.school_year, row.trail, digest)

    def documents(self, school: str) -> Iterator[Issuance]:
        """Yield the transcripts that are signed or on record."""
        query = select(IssuanceRow).where(
            IssuanceRow.school_code == school,
            IssuanceRow.state.not_in((State.RESERVED, State.ABANDONED)),
            IS_TRANSCRIPT,
        )
        for row in self._connection.execute(query.order_by(IssuanceRow.issued_at, IssuanceRow.id)):
            yield issuance_of(row)


class Trail:
    """The part of the register that shows the trail."""

    _engine: Engine
    _token_bytes: Callable[[int], bytes]

    def trail_head(self, whose: Whose) -> str:
        """Return the head of a year's chain, whether or not there is a draft of it now."""
        with reading(self._engine) as connection:
            return TrailWriter(connection, self._token_bytes).head(whose)

    def trail_of(self, whose: Whose) -> tuple[StoredEntry, ...]:
        """Return the entries of a student's year, the oldest first."""
        query = select(MarkChangeRow).where(
            MarkChangeRow.school_code == whose.school,
            MarkChangeRow.school_year == whose.school_year,
            MarkChangeRow.student_code == whose.student,
        )
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(MarkChangeRow.number)).all()
        return tuple(_stored(row) for row in rows)

    def school_trails(self) -> dict[str, tuple[int, str]]:
        """Return number and head of the last entry of each school that has one."""
        last = select(MarkChangeRow.school_code, func.max(MarkChangeRow.number).label("number"))
        newest = last.group_by(MarkChangeRow.school_code).subquery()
        query = select(MarkChangeRow.school_code, MarkChangeRow.number, MarkChangeRow.school_head).join(
            newest,
            and_(MarkChangeRow.school_code == newest.c.school_code, MarkChangeRow.number == newest.c.number),
        )
        with reading(self._engine) as connection:
            return {row.school_code: (row.number, row.school_head) for row in connection.execute(query)}

    def trail_entry(self, school: str, number: int) -> StoredEntry | None:
        """Return an entry of a school by its number."""
        query = select(MarkChangeRow).where(
            MarkChangeRow.school_code == school, MarkChangeRow.number == number
        )
        with reading(self._engine) as connection:
            row = connection.execute(query).first()
        return _stored(row) if row else None

    def entries_by(self, school: str, actor_id: str, *, since: int) -> tuple[StoredEntry, ...]:
        """Return the entries of a school that somebody made or confirmed from a time on (seconds), the oldest first."""
        with self.trail_snapshot() as snapshot:
            return tuple(stored for stored in snapshot.entries(school) if _is_by(stored, actor_id, since))

    def note_restored(self, school: str, lost: int, *, actor: Actor, at: int) -> None:
        """Append that entries up to the number `lost` went with a database that a backup took the place of."""
        with writing(self._engine) as connection:
            trails = TrailWriter(connection, self._token_bytes)
            entry = TrailEntry(
                school=school,
                act=Act.RESTORED,
                actor=actor,
                at=at,
                nonce=self._token_bytes(NONCE_BYTES).hex(),
                numbers=(lost,),
            )
            trails.append_with_head(Whose(school, "", ""), format_entry(entry), START)
            trails.flush()

    def mark_authors(
        self, school: str, school_year: str, class_name: str, *, student_code: str | None = None
    ) -> frozenset[MarkAuthor]:
        """Return who entered the marks of a class, or of one student in it, each with the subject.

        Whoever imported a year entered all of it; a decision to keep a mark enters none. What was entered before there
        was a trail has no author here.
        """
        students = select(StudentYearRow.student_code).where(
            StudentYearRow.school_code == school,
            StudentYearRow.school_year == school_year,
            StudentYearRow.class_name == class_name,
            StudentYearRow.class_name != ELSEWHERE,
        )
        if student_code is not None:
            students = students.where(StudentYearRow.student_code == student_code)
        query = select(MarkChangeRow.entry).where(
            MarkChangeRow.school_code == school,
            MarkChangeRow.school_year == school_year,
            MarkChangeRow.student_code.in_(students),
            MarkChangeRow.entry.is_not(None),
        )
        with reading(self._engine) as connection:
            entries = [parse_entry(entry) for entry in connection.scalars(query) if entry is not None]
        return frozenset(author for entry in entries if entry.enters_marks for author in _authors(entry))

    @contextmanager
    def trail_snapshot(self) -> Iterator[TrailSnapshot]:
        """Give everything of one moment, so that a change that is being made is no difference."""
        with reading(self._engine) as connection:
            yield TrailSnapshot(connection)


def _is_by(stored: StoredEntry, actor_id: str, since: int) -> bool:
    entry = stored.parsed
    if entry is None or entry.at < since:
        return False
    return actor_id in {entry.actor.id, entry.second.id if entry.second else entry.actor.id}


def _stored(row: Row[Any]) -> StoredEntry:
    return StoredEntry(*tuple(row))


def _authors(entry: TrailEntry) -> Iterator[MarkAuthor]:
    if not entry.changes:
        yield MarkAuthor(entry.actor, None, entry.act)
    for change in entry.changes:
        if change.is_mark:
            yield MarkAuthor(entry.actor, change.subject, entry.act)

"""Appends to the trail, within the transaction that makes the change: neither is ever there without the other."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256

from sqlalchemy import Connection, func, insert, select

from schemas.canonical import JSONValue
from schemas.change_trail import (
    NONCE_BYTES,
    START,
    Act,
    Actor,
    FieldChange,
    TrailEntry,
    entry_digest,
    field_changes,
    flat_fields,
    format_entry,
    next_head,
    next_school_head,
)
from service.storage.trail_tables import MarkChangeRow


@dataclass(frozen=True, slots=True)
class Cause:
    """Who changes something, when (seconds), how and why.

    `reference` names the import or the request, `second` is who confirmed it where it takes two.
    """

    act: Act
    actor: Actor
    at: int
    why: str | None = None
    reference: str | None = None
    second: Actor | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """A student's year as it is stored: class, and the canonical JSON of learner and year."""

    class_name: str
    learner: bytes
    year: bytes

    @property
    def digest(self) -> str:
        """SHA-256 of learner and year: what a confirmation confirms."""
        return sha256(self.learner + self.year).hexdigest()


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose year it is."""

    school: str
    student: str
    school_year: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """An entry that is written later, and what the head of its year will be then."""

    entry: bytes
    head: str


class TrailWriter:
    """Appends entries in one transaction. What was added is in the database once `flush` has been called."""

    def __init__(self, connection: Connection, token_bytes: Callable[[int], bytes]) -> None:
        self._connection, self._token_bytes = connection, token_bytes
        self._last: dict[str, tuple[int, bytes]] = {}
        self._heads: dict[tuple[str, str], dict[str, str]] = {}
        self._rows: list[dict[str, object]] = []

    def add(
        self,
        whose: Whose,
        cause: Cause,
        before: Record | None,
        after: Record | None,
        *,
        head: str | None = None,
    ) -> str:
        """Add the entry of a change and return the year's new head; `head` is the one that its draft carries."""
        entry = format_entry(entry_of(whose, cause, before, after, self._token_bytes))
        return self.append(whose, entry, head if head is not None else self.head(whose))

    def add_decisions(self, whose: Whose, cause: Cause, changes: tuple[FieldChange, ...], head: str) -> str:
        """Add what was decided about a year that stays as it is; return the year's new head."""
        return self.append(
            whose, format_entry(_entry(whose, cause, self._token_bytes, changes=changes)), head
        )

    def add_act(self, whose: Whose, cause: Cause, *, reference: str) -> str:
        """Add what was done with the document of a year that stays as it is; return the year's new head."""
        entry = _entry(whose, replace(cause, reference=reference), self._token_bytes, changes=())
        return self.append(whose, format_entry(entry), self.head(whose))

    def append(self, whose: Whose, entry: bytes, previous: str) -> str:
        """Append an entry as it is, to the head that it follows; return the year's new head."""
        digest = entry_digest(entry)
        head = next_head(bytes.fromhex(previous), digest)
        self.append_with_head(whose, entry, head)
        return head.hex()

    def append_with_head(self, whose: Whose, entry: bytes, head: bytes) -> None:
        """Append an entry whose head is not of its own making: one that is carried, or of no student."""
        number, school_head = self._last_of(whose.school)
        digest = entry_digest(entry)
        number += 1
        school_head = next_school_head(school_head, number, head, digest)
        self._last[whose.school] = number, school_head
        known = self._heads.get((whose.school, whose.school_year))
        if known is not None:
            known[whose.student] = head.hex()
        self._rows.append(
            {
                "school_code": whose.school,
                "number": number,
                "student_code": whose.student,
                "school_year": whose.school_year,
                "entry": entry,
                "entry_digest": digest.hex(),
                "head": head.hex(),
                "school_head": school_head.hex(),
            }
        )

    def head(self, whose: Whose) -> str:
        """Return the head of a year's chain, which goes on where the year was taken away and comes back."""
        key = whose.school, whose.school_year
        if key not in self._heads:
            self._heads[key] = self._heads_of(*key)
        return self._heads[key].get(whose.student, START.hex())

    def flush(self) -> None:
        """Write what was added."""
        if self._rows:
            self._connection.execute(insert(MarkChangeRow), self._rows)
            self._rows = []

    def _last_of(self, school: str) -> tuple[int, bytes]:
        if school not in self._last:
            query = select(MarkChangeRow.number, MarkChangeRow.school_head).where(
                MarkChangeRow.school_code == school
            )
            row = self._connection.execute(query.order_by(MarkChangeRow.number.desc()).limit(1)).first()
            self._last[school] = (row.number, bytes.fromhex(row.school_head)) if row else (0, START)
        return self._last[school]

    def _heads_of(self, school: str, school_year: str) -> dict[str, str]:
        mine = (MarkChangeRow.school_code == school, MarkChangeRow.school_year == school_year)
        last = select(func.max(MarkChangeRow.number)).where(*mine).group_by(MarkChangeRow.student_code)
        query = select(MarkChangeRow.student_code, MarkChangeRow.head)
        rows = self._connection.execute(query.where(*mine, MarkChangeRow.number.in_(last)))
        return {row.student_code: row.head for row in rows}


def entry_of(
    whose: Whose,
    cause: Cause,
    before: Record | None,
    after: Record | None,
    token_bytes: Callable[[int], bytes],
) -> TrailEntry:
    """Return the entry of a change; of a year that is new or goes away as a whole, no value by itself."""
    changes = field_changes(_flat(before), _flat(after)) if before and after else ()
    return _entry(
        whose,
        cause,
        token_bytes,
        changes=changes,
        before=before.digest if before else None,
        record=after.digest if after else None,
    )


def prepared(entry: TrailEntry, previous: str) -> Prepared:
    """Return an entry that follows the head `previous`, to be appended when the change is made."""
    data = format_entry(entry)
    return Prepared(data, next_head(bytes.fromhex(previous), entry_digest(data)).hex())


def _entry(
    whose: Whose,
    cause: Cause,
    token_bytes: Callable[[int], bytes],
    *,
    changes: tuple[FieldChange, ...],
    before: str | None = None,
    record: str | None = None,
) -> TrailEntry:
    return TrailEntry(
        school=whose.school,
        act=cause.act,
        actor=cause.actor,
        at=cause.at,
        nonce=token_bytes(NONCE_BYTES).hex(),
        student=whose.student,
        school_year=whose.school_year,
        why=cause.why,
        reference=cause.reference,
        second=cause.second,
        before=before,
        record=record,
        changes=changes,
    )


def _flat(record: Record) -> dict[str, JSONValue]:
    return flat_fields(json.loads(record.learner), json.loads(record.year), record.class_name)

"""What leaves the database: frozen records of imports, batches and issuances.

Rows never do. Nothing here reads or writes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from schemas.canonical import canonical_bytes
from schemas.errors import Text
from schemas.transcript.model import Learner, School, Signatory, YearTT22

LIST_ID = 1


class State(StrEnum):
    """How far an issuance is; the numbers are the steps of docs/issuance-cycle.md that are done."""

    RESERVED = "reserved"  # 3
    SIGNED = "signed"  # 6
    RECORDED = "recorded"  # 7
    RELEASED = "released"  # 9
    ABANDONED = "abandoned"
    """Never signed by both and never recorded; its data were changed, and another reservation takes its place."""


@dataclass(frozen=True, slots=True)
class StudentYear:
    """A learner's imported year, and the head of the chain of its changes."""

    school_code: str
    class_name: str
    learner: Learner
    year: YearTT22
    trail: str

    @property
    def digest(self) -> str:
        """SHA-256 of learner and year in canonical JSON: what an approval approves."""
        return sha256(canonical_record(self.learner) + canonical_record(self.year)).hexdigest()


@dataclass(frozen=True, slots=True)
class Batch:
    """A request to issue."""

    id: str
    school_code: str
    idempotency_key: str
    school_year: str
    class_name: str | None
    student_code: str | None
    created_at: int


@dataclass(frozen=True, slots=True)
class Issuance:
    """One document and how far it is; `data` and `claims` never change after reservation."""

    id: str
    batch_id: str
    school_code: str
    student_code: str
    school_year: str
    class_name: str
    version: int
    serial: str
    list_id: int
    status_index: int
    issued_at: int
    data: bytes
    claims: bytes
    reference: int | None
    state: State = State.RESERVED
    log_index: int | None = None
    failure: Text | None = None
    failure_code: str | None = None


@dataclass(frozen=True, slots=True)
class ClassCount:
    """A class with its counts, for the console."""

    school_year: str
    class_name: str
    students: int
    released: int
    started: int
    failed: int


def canonical_record(part: Learner | YearTT22 | School | Signatory) -> bytes:
    """Return the canonical JSON in which a part is stored and approved."""
    return canonical_bytes(json.loads(part.model_dump_json(exclude_none=True)))

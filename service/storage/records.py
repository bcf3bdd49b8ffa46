"""What leaves the database: frozen records of tokens, imports, batches, issuances and requests to change them.

Rows never do. Nothing here reads or writes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from schemas.canonical import canonical_bytes
from schemas.errors import Text
from schemas.record.entry import RevocationClass
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


class Standing(StrEnum):
    """What an issued document is worth by what the record says after it."""

    CURRENT = "current"
    SUPERSEDED = "superseded"
    REVOKED = "revoked"


class ChangeKind(StrEnum):
    """What somebody asks to do with an issued document."""

    REVOCATION = "revocation"
    CORRECTION = "correction"


class ChangeState(StrEnum):
    """How far such a request is."""

    REQUESTED = "requested"
    CONFIRMED = "confirmed"
    """Confirmed by another token; from here on it is finished, whatever stops in between."""
    DONE = "done"
    """Its entry is under a checkpoint."""
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Token:
    """A person's right to speak for a school; the token itself is known by its digest alone."""

    id: str
    school_code: str
    holder: str
    created_at: int


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
    standing: Standing = Standing.CURRENT
    ended_at: int | None = None
    """When it was superseded or revoked."""

    @property
    def is_current(self) -> bool:
        """Whether it was given out and stands."""
        return self.state is State.RELEASED and self.standing is Standing.CURRENT


@dataclass(frozen=True, slots=True)
class Change:
    """A request to revoke or to correct one document, and how far it is.

    `reason` is in words and never leaves the service; `mended` are the data of a correction, frozen with the request.
    """

    id: str
    school_code: str
    kind: ChangeKind
    issuance_id: str
    idempotency_key: str
    request_digest: str
    reason: str
    requested_by: str
    requested_at: int
    revocation_class: RevocationClass | None = None
    mended: StudentYear | None = None
    state: ChangeState = ChangeState.REQUESTED
    confirmed_by: str | None = None
    confirmed_at: int | None = None
    withdrawn_by: str | None = None
    withdrawn_at: int | None = None
    replacement_id: str | None = None
    log_index: int | None = None


@dataclass(frozen=True, slots=True)
class Erasure:
    """What an erasure took away, or would, by number; nothing in it tells whose data they were."""

    drafts: int
    reservations: int
    requests: int
    batches: int

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to erase."""
        return not (self.drafts or self.reservations or self.requests or self.batches)


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

"""What leaves the database: frozen records of tokens, imports, batches, issuances and requests to change them.

Rows never do. Nothing here reads or writes.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Final

from schemas.canonical import canonical_bytes
from schemas.change_trail import Actor, ActorKind
from schemas.errors import Text
from schemas.record.entry import RevocationClass
from schemas.transcript.model import Learner, School, Signatory, Year
from service.scopes import Scope

LIST_ID = 1
ELSEWHERE: Final = ""
"""The class of a year that was taken over from another school's document: none here."""
WAITING: Final = frozenset({"signature-awaited"})
"""Codes of a document that nothing went wrong with: it waits for what comes from outside."""


class State(StrEnum):
    """How far an issuance is; the numbers are the steps of docs/issuance-cycle.md that are done."""

    RESERVED = "reserved"  # 3
    SIGNED = "signed"  # 6
    RECORDED = "recorded"  # 7
    RELEASED = "released"  # 9
    ABANDONED = "abandoned"
    """Never recorded: its data were changed before it was signed by both, or it was taken back in its grace window
    (then `ended_at` says when). Its serial is never used; another reservation takes its place."""


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
    """A right to speak for a school: of a token, known by its digest alone, or of a person who signed in."""

    id: str
    school_code: str
    holder: str
    created_at: int
    person_id: str | None = None
    """Whose it is, where it is somebody's who may sign in: what four eyes are counted by."""
    scopes: frozenset[Scope] = frozenset()
    """What it was given out for; the row of a person needs none, whose roles decide."""
    expires_at: int | None = None
    """From when on it opens nothing, in seconds; None for tokens of before there were ends."""
    last_used_at: int | None = None
    """When it was used last, to the minute."""


def token_actor(token: Token) -> Actor:
    """Return who acts, for the trail: the person who signed in or whose token it is, else the token's holder."""
    if token.person_id is not None:
        return Actor(ActorKind.PERSON, token.person_id, token.holder)
    return Actor(ActorKind.TOKEN, token.id, token.holder)


@dataclass(frozen=True, slots=True)
class Agent:
    """A program at a school's office that brings signatures, and who answers for it."""

    id: str
    school_code: str
    holder: str
    created_at: int
    code_until: int
    """Until when its pairing code can be used; once."""
    paired_at: int | None = None
    retired_at: int | None = None


@dataclass(frozen=True, slots=True)
class StudentYear:
    """A learner's year: imported, or taken over (`ELSEWHERE`).

    `trail` is the head of the chain of its changes, empty until it is stored.
    """

    school_code: str
    class_name: str
    learner: Learner
    year: Year
    trail: str

    @property
    def digest(self) -> str:
        """SHA-256 of learner and year in canonical JSON: what an approval approves."""
        return sha256(canonical_record(self.learner) + canonical_record(self.year)).hexdigest()


@dataclass(frozen=True, slots=True)
class Decision:
    """That what is recorded at a place of a draft stands although the rules give something else, and why."""

    place: str
    code: str
    recorded: str | None
    computed: str | None
    reason: str
    decided_by: str
    """The id of the token of who decided."""
    decided_at: int

    @property
    def subject(self) -> tuple[str, str, str | None, str | None]:
        """What it is about: it holds for nothing else."""
        return self.place, self.code, self.recorded, self.computed


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
    """When it was superseded, revoked or taken back."""
    profile: int = 1
    """What its data state, see `schemas.profiles`."""
    releases_at: int | None = None
    """When its grace window ends, in seconds: nothing of it is recorded before; None where it has none."""

    @property
    def is_current(self) -> bool:
        """Whether it was given out and stands."""
        return self.state is State.RELEASED and self.standing is Standing.CURRENT

    @property
    def is_waiting(self) -> bool:
        """Whether it waits for something from outside; `failure` says for what."""
        return self.failure_code in WAITING

    @property
    def stands_signed(self) -> bool:
        """Whether it is signed and not recorded, in its grace window or held after it: it can be taken back."""
        return self.state is State.SIGNED and self.releases_at is not None

    @property
    def is_in_window(self) -> bool:
        """Whether it is signed, and nothing but its grace window, or whoever ends it, is waited for."""
        return self.stands_signed and self.failure is None

    def stands_at(self, now: dt.datetime) -> bool:
        """Whether it is signed and its grace window has not ended."""
        return (
            self.state is State.SIGNED and self.releases_at is not None and now.timestamp() < self.releases_at
        )

    @property
    def has_failed(self) -> bool:
        """Whether it stands still for a reason that somebody has to mend."""
        return self.failure is not None and not self.is_waiting


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
    trail_entry: bytes | None = None
    """Of a confirmed correction: the entry that goes into the trail with its data."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """What an erasure took away, or would, by number; nothing in it tells whose data they were."""

    drafts: int
    reservations: int
    requests: int
    batches: int
    links: int = 0
    notices: int = 0
    answered: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to erase."""
        return not any(getattr(self, name) for name in type(self).__slots__)


@dataclass(frozen=True, slots=True)
class ClassCount:
    """A class with its counts, for the console."""

    school_year: str
    class_name: str
    students: int
    released: int
    started: int
    failed: int


def canonical_record(part: Learner | Year | School | Signatory) -> bytes:
    """Return the canonical JSON in which a part is stored and approved."""
    return canonical_bytes(json.loads(part.model_dump_json(exclude_none=True)))


@dataclass(frozen=True, slots=True)
class Delegation:
    """A decision by which a deputy signs on the principal's behalf, from one day in Vietnam to another."""

    id: str
    school_code: str
    deputy: Signatory
    decision: str
    first_day: dt.date
    last_day: dt.date
    ended_on: dt.date | None = None
    """The day from which it counts no more, where it was ended early."""

    @property
    def last_in_force(self) -> dt.date:
        """The last day on which the deputy signs."""
        if self.ended_on is None:
            return self.last_day
        return min(self.last_day, self.ended_on - dt.timedelta(days=1))

    def covers(self, day: dt.date) -> bool:
        """Return whether the deputy signs on a day."""
        return self.first_day <= day <= self.last_in_force

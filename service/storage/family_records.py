"""What leaves the database about families: frozen records. Nothing here reads or writes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MAX_WRONG_PINS: Final = 10
"""Wrong PINs in the whole life of a link; then it is locked for good. A right one gives none back."""


class LinkPurpose(StrEnum):
    """What a link was made for; whoever holds it gets no more than that."""

    FAMILY = "family"
    """The family's own copy."""
    TRANSFER = "transfer"
    """The school that the learner moves to."""
    APPLICATION = "application"
    """Somebody else whom the family shows this one document."""

    @property
    def follows_corrections(self) -> bool:
        """Whether the corrected version is offered too: nobody chose to show that to a third party."""
        return self is not LinkPurpose.APPLICATION


class LinkState(StrEnum):
    """Whether a link opens anything, and why not."""

    OPEN = "open"
    REVOKED = "revoked"
    EXPIRED = "expired"
    LOCKED = "locked"


class OpenResult(StrEnum):
    """What became of an attempt to open a link."""

    OPENED = "opened"
    FETCHED = "fetched"
    WRONG_PIN = "wrong-pin"
    REVOKED = "revoked"
    EXPIRED = "expired"
    LOCKED = "locked"


@dataclass(frozen=True, slots=True)
class Link:
    """A link to one released document; its token and its PIN are known by digests alone."""

    id: str
    school_code: str
    issuance_id: str
    purpose: LinkPurpose
    made_by: str | None
    """The id of who made it in the console or by the API; None for the command line."""
    made_at: int
    expires_at: int
    revoked_at: int | None = None
    wrong_pins: int = 0

    def state(self, at: int) -> LinkState:
        """Return whether it opens anything at a time."""
        if self.revoked_at is not None:
            return LinkState.REVOKED
        if at >= self.expires_at:
            return LinkState.EXPIRED
        return LinkState.LOCKED if self.wrong_pins >= MAX_WRONG_PINS else LinkState.OPEN


@dataclass(frozen=True, slots=True)
class LinkOpen:
    """One attempt to open a link: when, and what became of it. Nothing tells who or from where."""

    opened_at: int
    result: OpenResult
    issuance_id: str | None
    """The document that was fetched."""


@dataclass(frozen=True, slots=True)
class PINDigest:
    """A PIN as it is kept: salted, slow, and worth nothing without the token of its link."""

    salt: bytes
    digest: bytes


class NoticeKind(StrEnum):
    """What a family is told of."""

    RELEASED = "released"
    EXTRACT = "extract"
    CORRECTED = "corrected"
    """Another document has taken the place of one; that it was given out is not told besides."""
    REVOKED = "revoked"
    CONTACT = "contact"
    """The address for notices was changed or taken away: told to the old one."""


class NoticeState(StrEnum):
    """How far a notice is."""

    WAITING = "waiting"
    SENT = "sent"
    """A mail server has taken it over."""
    GIVEN_UP = "given-up"


@dataclass(frozen=True, slots=True)
class Contact:
    """Where a student's family is told of what happens to its documents."""

    school_code: str
    student_code: str
    email: str
    set_at: int
    set_by: str | None
    """The id of who set it in the console or by the API; None for the command line."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A message to a family: committed with what it tells of, sent later, and sent again until it is taken over."""

    id: str
    school_code: str
    student_code: str
    kind: NoticeKind
    address: str
    happened_at: int
    issuance_id: str | None = None
    """The document that it is about; None for the address itself."""
    state: NoticeState = NoticeState.WAITING
    tries: int = 0
    next_try_at: int = 0
    answer: str | None = None
    """The status by which a mail server refused the last try, as `550`; `line` where it broke off."""
    settled_at: int | None = None


class RequestKind(StrEnum):
    """What a family asks for, of its child's data."""

    VIEW = "view"
    CORRECT = "correct"
    RESTRICT = "restrict"
    DELETE = "delete"


class RequestChannel(StrEnum):
    """How a request came in."""

    OFFICE = "office"
    POST = "post"
    ONLINE = "online"


class RequestState(StrEnum):
    """How far a request is."""

    RECEIVED = "received"
    ACKNOWLEDGED = "acknowledged"
    DONE = "done"
    REFUSED = "refused"

    @property
    def is_open(self) -> bool:
        """Whether it is still to be answered."""
        return self in {RequestState.RECEIVED, RequestState.ACKNOWLEDGED}


class Timeliness(StrEnum):
    """When a request was answered, as offices count it: trước hạn, đúng hạn, quá hạn."""

    BEFORE = "before"
    ON = "on"
    PAST = "past"


@dataclass(frozen=True, slots=True)
class FamilyRequest:
    """What a family asked for, by when the law wants it answered, and how far it is. Days are those of Vietnam."""

    id: str
    school_code: str
    number: str
    """The number of the receipt, as 2026-00012."""
    idempotency_key: str | None
    student_code: str
    kind: RequestKind
    channel: RequestChannel
    note: str
    received_on: dt.date
    acknowledge_by: dt.date
    due_on: dt.date
    calendar: str
    """The version of the working days that it was counted by."""
    state: RequestState = RequestState.RECEIVED
    acknowledged_on: dt.date | None = None
    closed_on: dt.date | None = None

    def timeliness(self, today: dt.date) -> Timeliness | None:
        """Return when it was answered, or that its day has passed; None while it still runs."""
        day = self.closed_on or today
        if day > self.due_on:
            return Timeliness.PAST
        if self.closed_on is None:
            return None
        return Timeliness.ON if day == self.due_on else Timeliness.BEFORE

    def acknowledged_late(self, today: dt.date) -> bool:
        """Return whether its receipt was confirmed too late, or is yet to be and too late already."""
        return (self.acknowledged_on or today) > self.acknowledge_by


@dataclass(frozen=True, slots=True)
class RequestEvent:
    """One step of a request: never changed, and its words erased at most."""

    at: int
    by: str | None
    """The id of who did it in the console or by the API; None for the command line."""
    state: RequestState
    detail: str

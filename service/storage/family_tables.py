"""The tables about families: links to documents, their addresses, the outbox of notices, their requests."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.database import Base
from service.storage.sealed import Sealed


class LinkRow(Base):
    """A link to a document, by the digest of its token; whoever made it may be somebody who has left."""

    __tablename__ = "links"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    school_code: Mapped[str] = mapped_column(ForeignKey("schools.code"), index=True)
    issuance_id: Mapped[str] = mapped_column(ForeignKey("issuances.id"), index=True)
    token_digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    pin_salt: Mapped[bytes] = mapped_column(LargeBinary)
    pin_digest: Mapped[bytes] = mapped_column(LargeBinary)
    purpose: Mapped[str] = mapped_column(String(16))
    made_by: Mapped[str | None] = mapped_column(String(32))
    made_at: Mapped[int]
    expires_at: Mapped[int]
    revoked_at: Mapped[int | None]
    wrong_pins: Mapped[int]


class LinkOpenRow(Base):
    """An attempt to open a link: when and with what result; no address, no browser."""

    __tablename__ = "link_opens"

    id: Mapped[int] = mapped_column(primary_key=True)
    link_id: Mapped[str] = mapped_column(ForeignKey("links.id"), index=True)
    opened_at: Mapped[int]
    result: Mapped[str] = mapped_column(String(16))
    issuance_id: Mapped[str | None] = mapped_column(ForeignKey("issuances.id"))


class ContactRow(Base):
    """The address at which a student's family wants to be told."""

    __tablename__ = "contacts"

    school_code: Mapped[str] = mapped_column(ForeignKey("schools.code"), primary_key=True)
    student_code: Mapped[str] = mapped_column(String(20), primary_key=True)
    email: Mapped[bytes] = mapped_column(Sealed("contacts.email"))
    set_at: Mapped[int]
    set_by: Mapped[str | None] = mapped_column(String(32))


class NoticeRow(Base):
    """The outbox. The id is a digest of what the notice tells of, so that nothing is told twice by two rows."""

    __tablename__ = "notices"
    __table_args__ = (Index("ix_notices_due", "state", "next_try_at"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    school_code: Mapped[str] = mapped_column(ForeignKey("schools.code"), index=True)
    student_code: Mapped[str] = mapped_column(String(20))
    issuance_id: Mapped[str | None] = mapped_column(ForeignKey("issuances.id"))
    kind: Mapped[str] = mapped_column(String(16))
    address: Mapped[bytes] = mapped_column(Sealed("notices.address"))
    happened_at: Mapped[int]
    state: Mapped[str] = mapped_column(String(10))
    tries: Mapped[int]
    next_try_at: Mapped[int]
    answer: Mapped[str | None] = mapped_column(String(10))
    settled_at: Mapped[int | None]


class FamilyRequestRow(Base):
    """A request of a family; days as YYYY-MM-DD."""

    __tablename__ = "family_requests"
    __table_args__ = (
        UniqueConstraint("school_code", "number"),
        UniqueConstraint("school_code", "idempotency_key"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    school_code: Mapped[str] = mapped_column(ForeignKey("schools.code"), index=True)
    number: Mapped[str] = mapped_column(String(16))
    idempotency_key: Mapped[str | None] = mapped_column(String(200))
    student_code: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(10))
    channel: Mapped[str] = mapped_column(String(10))
    note: Mapped[str]
    received_on: Mapped[str] = mapped_column(String(10))
    acknowledge_by: Mapped[str] = mapped_column(String(10))
    due_on: Mapped[str] = mapped_column(String(10))
    calendar: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(12))
    acknowledged_on: Mapped[str | None] = mapped_column(String(10))
    closed_on: Mapped[str | None] = mapped_column(String(10))


class RequestEventRow(Base):
    """A step of a request: triggers keep it from being changed or deleted, its words excepted, which can be erased."""

    __tablename__ = "request_events"

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[str] = mapped_column(ForeignKey("family_requests.id"), index=True)
    at: Mapped[int]
    by: Mapped[str | None] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(12))
    detail: Mapped[str]

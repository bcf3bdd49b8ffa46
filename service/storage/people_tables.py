"""The tables of people: who may sign in, their roles, their classes, and every change of them."""

from __future__ import annotations

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.database import Base


class PersonRow(Base):
    """Somebody who may sign in; people of the Sở have no school.

    `password` is an Argon2 hash, `second_factor` and `recovery_codes` are encrypted with a key outside the database,
    `invitation` is a digest. `session_id` stands in the person's sessions: a new one ends them all.
    """

    __tablename__ = "people"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    school_code: Mapped[str | None] = mapped_column(ForeignKey("schools.code"), index=True)
    name: Mapped[str]
    sign_in_name: Mapped[str] = mapped_column(String(100), unique=True)
    active: Mapped[bool]
    created_at: Mapped[int]
    session_id: Mapped[str] = mapped_column(String(64), unique=True)
    password: Mapped[str | None]
    second_factor: Mapped[str | None]
    second_factor_counter: Mapped[int | None]
    recovery_codes: Mapped[str | None]
    invitation: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    invitation_until: Mapped[int | None]
    failed_tries: Mapped[int]
    locked_until: Mapped[int | None]


class PersonRoleRow(Base):
    """A role that somebody has."""

    __tablename__ = "person_roles"

    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(20), primary_key=True)


class AssignmentRow(Base):
    """A subject of a class, or as homeroom teacher (no subject) a class, that somebody answers for."""

    __tablename__ = "assignments"
    __table_args__ = (UniqueConstraint("person_id", "school_year", "class_name", "subject"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    school_year: Mapped[str] = mapped_column(String(9))
    class_name: Mapped[str]
    subject: Mapped[str | None] = mapped_column(String(40))


class PersonEventRow(Base):
    """What was done about somebody's account: when, by whom (a person, or the operator at the server), what."""

    __tablename__ = "person_events"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    school_code: Mapped[str | None] = mapped_column(ForeignKey("schools.code"), index=True)
    at: Mapped[int]
    by: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(20))
    detail: Mapped[str]


class InvitationMailRow(Base):
    """That somebody is to be invited by mail, in the order of asking; the digest is of the link of the last try."""

    __tablename__ = "invitation_mails"

    number: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(String(16), unique=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    school_code: Mapped[str | None] = mapped_column(ForeignKey("schools.code"), index=True)
    by: Mapped[str] = mapped_column(String(16))
    asked_at: Mapped[int]
    state: Mapped[str] = mapped_column(String(10))
    tries: Mapped[int]
    next_try_at: Mapped[int]
    answer: Mapped[str | None] = mapped_column(String(10))
    settled_at: Mapped[int | None]
    invitation: Mapped[bytes | None] = mapped_column(LargeBinary)

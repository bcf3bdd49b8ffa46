"""The tables of a school's history: who led it from when on, and every change of what is printed of it."""

from __future__ import annotations

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.database import Base


class PrincipalRow(Base):
    """Who leads a school from a day on (YYYY-MM-DD). Of two of one day the later row counts; none is ever changed."""

    __tablename__ = "principals"

    id: Mapped[int] = mapped_column(primary_key=True)
    school_code: Mapped[str] = mapped_column(ForeignKey("schools.code"), index=True)
    signatory: Mapped[bytes] = mapped_column(LargeBinary)
    first_day: Mapped[str] = mapped_column(String(10))


class SchoolEventRow(Base):
    """One change of a school, never changed itself: when, by whom, what, the value before and after."""

    __tablename__ = "school_events"

    id: Mapped[int] = mapped_column(primary_key=True)
    school_code: Mapped[str] = mapped_column(ForeignKey("schools.code"), index=True)
    at: Mapped[int]
    actor_kind: Mapped[str] = mapped_column(String(10))
    actor_id: Mapped[str]
    actor_name: Mapped[str]
    fact: Mapped[str] = mapped_column(String(20))
    before: Mapped[str | None]
    after: Mapped[str | None]

"""The table of who read sensitive data of whom, when and on which page."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.database import Base


class ReadingRow(Base):
    """That somebody was shown sensitive data of a student."""

    __tablename__ = "readings"
    __table_args__ = (Index("ix_readings_student", "school_code", "student_code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_code: Mapped[str] = mapped_column(ForeignKey("schools.code"))
    at: Mapped[int]
    actor_kind: Mapped[str] = mapped_column(String(10))
    actor_id: Mapped[str]
    actor_name: Mapped[str]
    student_code: Mapped[str] = mapped_column(String(20))
    what: Mapped[str] = mapped_column(String(40))

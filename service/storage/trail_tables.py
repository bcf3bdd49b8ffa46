"""The trail's table: every change of a student's year, in the order of its school."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.database import Base
from service.storage.sealed import Sealed


class MarkChangeRow(Base):
    """An entry of the trail, and the heads of both chains after it (docs/formats/change-trail.md).

    Rows are only ever added: triggers refuse everything else, but for the erasure of an entry's words, which leaves
    its digest. `student_code` is then a pseudonym.
    """

    __tablename__ = "mark_changes"
    __table_args__ = (Index("ix_mark_changes_year", "school_code", "school_year", "student_code"),)

    school_code: Mapped[str] = mapped_column(ForeignKey("schools.code"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    student_code: Mapped[str] = mapped_column(String(20))
    school_year: Mapped[str] = mapped_column(String(9))
    entry: Mapped[bytes | None] = mapped_column(Sealed("mark_changes.entry"))
    entry_digest: Mapped[str] = mapped_column(String(64))
    head: Mapped[str] = mapped_column(String(64))
    school_head: Mapped[str] = mapped_column(String(64))

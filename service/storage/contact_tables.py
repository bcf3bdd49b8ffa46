"""The tables of imported addresses: each import, and what it changed, so that it can be undone."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.database import Base
from service.storage.sealed import Sealed


class ContactImportRow(Base):
    """An import of families' addresses: when, by whom, from which file, whether undone."""

    __tablename__ = "contact_imports"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    school_code: Mapped[str] = mapped_column(ForeignKey("schools.code"), index=True)
    at: Mapped[int]
    by: Mapped[str]
    file_name: Mapped[str]
    file_digest: Mapped[str] = mapped_column(String(64))
    undone_at: Mapped[int | None]


class ContactImportChangeRow(Base):
    """What an import changed of a student: the address before it, where there was one, and after it."""

    __tablename__ = "contact_import_changes"

    import_id: Mapped[str] = mapped_column(ForeignKey("contact_imports.id"), primary_key=True)
    student_code: Mapped[str] = mapped_column(String(20), primary_key=True)
    before: Mapped[bytes | None] = mapped_column(Sealed("contact_import_changes.before"))
    after: Mapped[bytes] = mapped_column(Sealed("contact_import_changes.after"))

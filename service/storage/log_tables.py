"""The log's tables: its entries in order, the roots signed over them, the published status lists."""

from __future__ import annotations

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.database import Base


class LogEntryRow(Base):
    """One entry; `key` makes appending idempotent, `changes_status` marks what a status list must take up."""

    __tablename__ = "log_entries"

    index: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(unique=True)
    entry: Mapped[bytes] = mapped_column(LargeBinary)
    changes_status: Mapped[bool] = mapped_column(index=True)


class SignedRootRow(Base):
    """The root of a tree for which a checkpoint was, or was about to be, signed: never two for one size."""

    __tablename__ = "signed_roots"

    size: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    root: Mapped[bytes] = mapped_column(LargeBinary, unique=True)


class StatusListRow(Base):
    """A published version of a status list: the index of its entry, and when it was signed."""

    __tablename__ = "status_lists"

    list_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entry_index: Mapped[int]
    issued_at: Mapped[int]

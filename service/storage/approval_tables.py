"""The tables of acts: who confirmed, approved or returned what. Rows are only ever added."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.database import Base


class ApprovalActRow(Base):
    """One act of one person on a class; `number` is the order of all acts. It says nothing of any student."""

    __tablename__ = "approval_acts"
    __table_args__ = (
        UniqueConstraint("school_code", "idempotency_key"),
        Index("ix_approval_acts_class", "school_code", "school_year", "class_name"),
    )

    number: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(String(32), unique=True)
    school_code: Mapped[str] = mapped_column(ForeignKey("schools.code"))
    school_year: Mapped[str] = mapped_column(String(9))
    class_name: Mapped[str]
    kind: Mapped[str] = mapped_column(String(10))
    chain: Mapped[str] = mapped_column(String(20))
    step: Mapped[str] = mapped_column(String(10))
    subject: Mapped[str | None] = mapped_column(String(40))
    person_id: Mapped[str] = mapped_column(String(32))
    person_name: Mapped[str]
    role: Mapped[str] = mapped_column(String(20))
    via: Mapped[str]
    at: Mapped[int]
    idempotency_key: Mapped[str] = mapped_column(String(200))
    request_digest: Mapped[str] = mapped_column(String(64))
    on_behalf: Mapped[str | None]
    four_eyes: Mapped[str | None]
    delegation: Mapped[str | None] = mapped_column(String(16))


class ApprovalRowRow(Base):
    """What an act says of one student: the digest that it binds; why it was returned, and what was acknowledged (JSON).

    An erasure leaves a pseudonym, and no digest and no words.
    """

    __tablename__ = "approval_rows"

    act_number: Mapped[int] = mapped_column(ForeignKey("approval_acts.number"), primary_key=True)
    student_code: Mapped[str] = mapped_column(String(20), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    words: Mapped[str | None]
    acknowledged: Mapped[bytes | None] = mapped_column(LargeBinary)


_REFUSAL: Final = "acts of approval are append-only"
_ERASURE: Final = (
    "NEW.act_number = OLD.act_number AND NEW.student_code LIKE 'erased/%' AND NEW.digest = '' "
    "AND NEW.words IS NULL AND NEW.acknowledged IS NULL"
)
_TABLES: Final = {"approval_acts": "1 = 0", "approval_rows": _ERASURE}


def keep_acts_append_only(connection: Connection) -> None:
    """Make the triggers by which the database refuses to change or delete acts; an erasure alone is let through."""
    if connection.dialect.name == "sqlite":
        for table, allowed in _TABLES.items():
            abort = f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
            connection.exec_driver_sql(
                f"CREATE TRIGGER {table}_update BEFORE UPDATE ON {table} WHEN NOT ({allowed}) {abort}"
            )
            connection.exec_driver_sql(f"CREATE TRIGGER {table}_delete BEFORE DELETE ON {table} {abort}")
        return
    connection.exec_driver_sql(
        "CREATE FUNCTION approvals_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"RAISE EXCEPTION '{_REFUSAL}' USING ERRCODE = 'restrict_violation'; END $$"
    )
    refuse = "EXECUTE FUNCTION approvals_kept()"
    for table, allowed in _TABLES.items():
        condition = allowed.replace("%", "%%")
        connection.exec_driver_sql(
            f"CREATE TRIGGER {table}_update BEFORE UPDATE ON {table} FOR EACH ROW WHEN (NOT ({condition})) {refuse}"
        )
        connection.exec_driver_sql(
            f"CREATE TRIGGER {table}_delete BEFORE DELETE ON {table} FOR EACH ROW {refuse}"
        )
        connection.exec_driver_sql(f"CREATE TRIGGER {table}_truncate BEFORE TRUNCATE ON {table} {refuse}")


def let_acts_go(connection: Connection) -> None:
    """Take the triggers away."""
    on_sqlite = connection.dialect.name == "sqlite"
    for table in _TABLES:
        for name in ("update", "delete", *(() if on_sqlite else ("truncate",))):
            where = "" if on_sqlite else f" ON {table}"
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {table}_{name}{where}")
    if not on_sqlite:
        connection.exec_driver_sql("DROP FUNCTION IF EXISTS approvals_kept()")

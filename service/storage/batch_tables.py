"""The tables of batches that a worker carries out: what is still to do of each, and who set it going or paused it."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.database import Base


class BatchJobRow(Base):
    """The work of a batch: its classes and those still to do (JSON), how it stands, how fast it went.

    `turn_open` is when the turn that a worker is at began; where a worker finds one, another died in it.
    """

    __tablename__ = "batch_jobs"

    batch_id: Mapped[str] = mapped_column(ForeignKey("batches.id"), primary_key=True)
    school_code: Mapped[str] = mapped_column(ForeignKey("schools.code"), index=True)
    classes: Mapped[str]
    todo: Mapped[str]
    state: Mapped[str] = mapped_column(String(10), index=True)
    stop_code: Mapped[str | None] = mapped_column(String(60))
    stop_vi: Mapped[str | None]
    stop_en: Mapped[str | None]
    revision: Mapped[int]
    turn_at: Mapped[int]
    turn_open: Mapped[int | None]
    documents: Mapped[int]
    milliseconds: Mapped[int]
    ended_at: Mapped[int | None]


class BatchActRow(Base):
    """What somebody did about a batch, in the order of `number`. Rows are only ever added."""

    __tablename__ = "batch_acts"

    number: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[str] = mapped_column(ForeignKey("batches.id"), index=True)
    school_code: Mapped[str] = mapped_column(ForeignKey("schools.code"))
    kind: Mapped[str] = mapped_column(String(12))
    actor_kind: Mapped[str] = mapped_column(String(10))
    actor_id: Mapped[str] = mapped_column(String(32))
    actor_name: Mapped[str]
    via: Mapped[str] = mapped_column(String(40))
    at: Mapped[int]


_REFUSAL: Final = "acts about batches are append-only"
_KINDS: Final = ("update", "delete")


def keep_batch_acts_append_only(connection: Connection) -> None:
    """Make the triggers by which the database refuses to change or delete acts."""
    if connection.dialect.name == "sqlite":
        for kind in _KINDS:
            connection.exec_driver_sql(
                f"CREATE TRIGGER batch_acts_{kind} BEFORE {kind.upper()} ON batch_acts "
                f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
            )
        return
    connection.exec_driver_sql(
        "CREATE FUNCTION batch_acts_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"RAISE EXCEPTION '{_REFUSAL}' USING ERRCODE = 'restrict_violation'; END $$"
    )
    for kind in _KINDS:
        connection.exec_driver_sql(
            f"CREATE TRIGGER batch_acts_{kind} BEFORE {kind.upper()} ON batch_acts FOR EACH ROW "
            "EXECUTE FUNCTION batch_acts_kept()"
        )
    connection.exec_driver_sql(
        "CREATE TRIGGER batch_acts_truncate BEFORE TRUNCATE ON batch_acts EXECUTE FUNCTION batch_acts_kept()"
    )


def let_batch_acts_go(connection: Connection) -> None:
    """Take the triggers away."""
    on_sqlite = connection.dialect.name == "sqlite"
    for kind in (*_KINDS, *(() if on_sqlite else ("truncate",))):
        where = "" if on_sqlite else " ON batch_acts"
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS batch_acts_{kind}{where}")
    if not on_sqlite:
        connection.exec_driver_sql("DROP FUNCTION IF EXISTS batch_acts_kept()")

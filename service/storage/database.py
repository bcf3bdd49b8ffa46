"""The engine, the sessions and the metadata that every table shares.

SQLite runs in WAL mode with `synchronous=FULL`, and every unit of work that writes begins with `BEGIN
IMMEDIATE`: a commit that returned survives a power cut, and two writers wait for each other instead of failing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection as SQLiteConnection
from typing import TypeAlias

from sqlalchemy import Connection, Engine, MetaData, create_engine, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase

from service.errors import ServiceError

BUSY_TIMEOUT_MS = 30_000

Database: TypeAlias = Engine
"""What the composition root hands around; only `service.storage` looks inside."""


class Base(DeclarativeBase):
    """Base of all tables; the naming convention lets Alembic alter constraints on SQLite."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def open_database(path: Path) -> Database:
    """Open the SQLite database at `path`.

    Its durability settings are asked for on every connection, and the answer is checked.

    Raises:
        RuntimeError: the file system does not give WAL mode.
    """
    if not path.exists():
        path.touch(mode=0o600)  # the database holds personal data; its side files take over this mode
    engine = create_engine(f"sqlite:///{path}")

    @event.listens_for(engine, "connect")
    def _configure(connection: SQLiteConnection, _record: object) -> None:
        connection.isolation_level = None
        if connection.execute("PRAGMA journal_mode=WAL").fetchone() != ("wal",):
            raise RuntimeError("SQLite did not enter WAL mode")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        mode = connection.get_execution_options().get("hocba_begin", "DEFERRED")
        connection.exec_driver_sql(f"BEGIN {mode}")

    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One unit of work that writes: locked from its first statement, committed as a whole when the block ends."""
    with _refusals(), engine.connect() as connection:
        immediate = connection.execution_options(hocba_begin="IMMEDIATE")
        with immediate.begin():
            yield immediate


@contextmanager
def migrating(engine: Engine) -> Iterator[Connection]:
    """One unit of work that alters tables.

    SQLite alters a table by making it anew under its name, which foreign keys to it would forbid: they are checked as
    a whole at the end instead.
    """
    with _refusals(), engine.connect() as connection:
        on_sqlite = connection.dialect.name == "sqlite"
        raw = connection.connection.driver_connection
        if on_sqlite and raw is not None:
            raw.execute("PRAGMA foreign_keys=OFF")
        try:
            immediate = connection.execution_options(hocba_begin="IMMEDIATE")
            with immediate.begin():
                yield immediate
                if on_sqlite and immediate.exec_driver_sql("PRAGMA foreign_key_check").first():
                    raise RuntimeError("a migration left rows that refer to nothing")
        finally:
            if on_sqlite and raw is not None:
                raw.execute("PRAGMA foreign_keys=ON")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A consistent view for reading."""
    with _refusals(), engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def _refusals() -> Iterator[None]:
    """Say in one sentence that the database cannot be used: a full disk, a folder without rights, a lock that stays."""
    try:
        yield
    except OperationalError as error:
        raise ServiceError(
            "database-unavailable",
            f"Cơ sở dữ liệu không dùng được ({error.orig}). Hãy xem quyền và chỗ trống trên đĩa, rồi chạy lại.",
            f"The database cannot be used ({error.orig}). Check rights and free space, then run this again.",
        ) from error

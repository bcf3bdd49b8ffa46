"""The engine, the units of work and the metadata that every table shares: SQLite in a file, or a PostgreSQL server.

A commit that returned survives a power cut, and two writers wait for each other instead of failing. SQLite runs in WAL
mode with `synchronous=FULL`, and what writes begins with `BEGIN IMMEDIATE`; on PostgreSQL it begins by taking the
installation's one advisory lock, and a server that does not write through is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection as SQLiteConnection
from time import monotonic, sleep
from typing import Any, ClassVar, TypeAlias

from sqlalchemy import (
    BigInteger,
    Connection,
    Engine,
    Integer,
    MetaData,
    create_engine,
    event,
    func,
    inspect,
    make_url,
    select,
)
from sqlalchemy.exc import ArgumentError, DatabaseError, DBAPIError, OperationalError
from sqlalchemy.orm import DeclarativeBase

from service.errors import DiskFullError, ServiceError
from service.storage.row_security import take_limit

BUSY_TIMEOUT_MS = 30_000
CONNECT_SECONDS = 30
"""How long a server that is being restarted is waited for."""
_KEEPALIVE = {
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "60000",
}
"""Asked of both ends, in seconds, the last in milliseconds: a line that is cut without a word is noticed in a minute.

Otherwise the client waits for two hours, and the server keeps the writers' lock as long for a client that is gone.
"""
_DURABLE = ("fsync", "synchronous_commit", "full_page_writes")
_WRITER_LOCK = 0x686F636261  # "hocba"
INTEGER = BigInteger().with_variant(Integer(), "sqlite")
"""Every number of ours: times outlive 2038. SQLite's integers have 64 bits by nature."""

Database: TypeAlias = Engine
"""What the composition root hands around; only `service.storage` looks inside."""


class DatabaseAwayError(ServiceError):
    """`database-unavailable`, of a server: nothing was committed, and it may come back by itself."""


class Base(DeclarativeBase):
    """Base of all tables; the naming convention lets Alembic alter constraints on SQLite."""

    type_annotation_map: ClassVar = {int: INTEGER}
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
    engine = create_engine(f"sqlite:///{path}", hide_parameters=True)  # no row stands in an error

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


def open_server(url: str) -> Database:
    """Open the PostgreSQL database at `url`, `postgresql://…`; its password belongs in a password file (PGPASSFILE).

    Raises:
        ServiceError: `database-url-invalid`; when it is first used, `database-not-durable` where the server may lose
            what it has committed.
    """
    if not url.startswith("postgresql://"):
        raise _url_invalid()
    try:
        address = make_url(url).set(drivername="postgresql+psycopg")
        patience = {"connect_timeout": "10"} | _KEEPALIVE
        engine = create_engine(
            address.set(query=patience | dict(address.query)), pool_pre_ping=True, hide_parameters=True
        )
    except (ArgumentError, ValueError, ModuleNotFoundError) as error:
        raise _url_invalid() from error

    @event.listens_for(engine, "connect")
    def _check(connection: Any, _record: object) -> None:
        for name, value in _KEEPALIVE.items():
            connection.execute(
                "SELECT set_config(%s, %s, false)", (f"tcp_{name.removeprefix('tcp_')}", value)
            )
        connection.commit()
        lost = [name for name in _DURABLE if connection.execute(f"SHOW {name}").fetchone() == ("off",)]
        connection.rollback()
        if lost:
            connection.close()
            raise ServiceError(
                "database-not-durable",
                f"PostgreSQL đang tắt {lost[0]} nên có thể mất dữ liệu đã ghi; hãy bật lại.",
                f"PostgreSQL runs with {lost[0]} off and may lose what it has committed; switch it on.",
            )

    return engine


def is_set_up(engine: Engine) -> bool:
    """Whether the database has tables at all."""
    with _refusals(engine), _connected(engine) as connection:
        return bool(inspect(connection).get_table_names())


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One unit of work that writes: locked from its first statement, committed as a whole when the block ends."""
    with _refusals(engine), _connected(engine) as connection:
        writer = _writer(connection)
        with writer.begin():
            _lock(writer)
            take_limit(writer)
            yield writer


@contextmanager
def migrating(engine: Engine) -> Iterator[Connection]:
    """One unit of work that alters tables.

    SQLite alters a table by making it anew under its name, which foreign keys to it would forbid: they are checked as
    a whole at the end instead.
    """
    with _refusals(engine), _connected(engine) as connection:
        on_sqlite = connection.dialect.name == "sqlite"
        raw = connection.connection.driver_connection
        if on_sqlite and raw is not None:
            raw.execute("PRAGMA foreign_keys=OFF")
        try:
            writer = _writer(connection)
            with writer.begin():
                _lock(writer)
                yield writer
                if on_sqlite and writer.exec_driver_sql("PRAGMA foreign_key_check").first():
                    raise RuntimeError("a migration left rows that refer to nothing")
        finally:
            if on_sqlite and raw is not None:
                raw.execute("PRAGMA foreign_keys=ON")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A consistent view for reading."""
    with _refusals(engine), _connected(engine) as connection:
        reader = connection
        if connection.dialect.name == "postgresql":
            reader = connection.execution_options(isolation_level="REPEATABLE READ")
        with reader.begin():
            take_limit(reader)
            yield reader


def _writer(connection: Connection) -> Connection:
    if connection.dialect.name == "postgresql":
        # Each statement sees what the writer before committed; a snapshot taken while waiting for the lock would not.
        return connection.execution_options(isolation_level="READ COMMITTED")
    return connection.execution_options(hocba_begin="IMMEDIATE")


def _lock(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_WRITER_LOCK)))


@contextmanager
def _connected(engine: Engine) -> Iterator[Connection]:
    """A connection; a server that is just being restarted is waited for."""
    deadline, pause = monotonic() + CONNECT_SECONDS, 0.1
    connection = None
    while connection is None:
        try:
            connection = engine.connect()
        except OperationalError:
            if engine.dialect.name == "sqlite" or monotonic() > deadline:
                raise
            sleep(pause)
            pause = min(2 * pause, 2.0)
    with connection:
        yield connection


@contextmanager
def _refusals(engine: Engine) -> Iterator[None]:
    """Say in one sentence why the database cannot be used: a full disk, a folder without rights, no server."""
    try:
        yield
    except DBAPIError as error:
        if _has_no_space(error.orig):
            raise DiskFullError from error
        # A lost connection comes as an error of the interface with some drivers, a file that SQLite cannot read as an
        # error of no class of its own; other errors are faults of ours.
        is_unreadable = type(error) is DatabaseError
        if not (isinstance(error, OperationalError) or error.connection_invalidated or is_unreadable):
            raise
        refusal = ServiceError if engine.dialect.name == "sqlite" else DatabaseAwayError
        raise refusal(
            "database-unavailable",
            f"Cơ sở dữ liệu không dùng được ({error.orig}). Hãy xem quyền và chỗ trống trên đĩa, rồi chạy lại.",
            f"The database cannot be used ({error.orig}). Check rights and free space, then run this again.",
        ) from error


def _has_no_space(error: BaseException | None) -> bool:
    # SQLite calls it an I/O error where the file that readers share cannot grow; the last is PostgreSQL's disk_full.
    full = ("SQLITE_FULL", "SQLITE_IOERR_SHMSIZE", "53100")
    return getattr(error, "sqlite_errorname", None) in full or getattr(error, "sqlstate", None) in full


def _url_invalid() -> ServiceError:
    return ServiceError(
        "database-url-invalid",
        "HOCBA_DATABASE_URL phải có dạng postgresql://MÁY/CSDL và cần gói hocba[postgresql]; xem docs/settings.md.",
        "HOCBA_DATABASE_URL must be of the form postgresql://HOST/DATABASE and needs hocba[postgresql]; see "
        "docs/settings.md.",
    )

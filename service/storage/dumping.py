"""All rows of the database as text, and back: the same for SQLite and PostgreSQL, so that either can be restored.

A table is a file of JSON lines: the names of its columns, then a row each; bytes are `{"base64": "…"}`. All tables are
of one moment. Restoring makes the schema of that moment by its migrations, puts the rows in, and then brings the schema
up to date.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Final

from alembic.runtime.migration import MigrationContext
from alembic.util.exc import CommandError
from sqlalchemy import Connection, Engine, MetaData, Table, func, insert, select, text

from service.errors import ServiceError
from service.storage.database import migrating, reading
from service.storage.migration import upgrade, upgrade_on

_VERSION_TABLE: Final = "alembic_version"
_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The database as it was at one moment, while the snapshot is open."""

    revision: str
    """Of its schema."""
    _tables: dict[str, Table]
    _connection: Connection

    @property
    def tables(self) -> tuple[str, ...]:
        """The names of the tables."""
        return tuple(self._tables)

    def write(self, name: str, file: BinaryIO) -> None:
        """Write a table."""
        table = self._tables[name]
        file.write(_line([column.name for column in table.columns]))
        rows = self._connection.execution_options(yield_per=_AT_ONCE).execute(select(table))
        file.writelines(_line([_told(value) for value in row]) for row in rows)


@contextmanager
def snapshot(engine: Engine) -> Iterator[Snapshot]:
    """Give the database as it is now, whatever is written meanwhile."""
    with reading(engine) as connection:
        revision = MigrationContext.configure(connection).get_current_revision()
        yield Snapshot(revision or "", _tables(connection), connection)


def load(engine: Engine, revision: str, files: Mapping[str, Path]) -> None:
    """Fill an empty database from the files of a snapshot, all or nothing, and bring its schema up to date.

    Raises:
        ServiceError: `backup-newer`, `backup-tables-other`.
        ValueError: a file is not what `Snapshot.write` wrote.
    """
    with migrating(engine) as connection:
        try:
            upgrade_on(connection, revision)
        except CommandError as error:
            raise ServiceError(
                "backup-newer",
                f"Bản sao lưu của phiên bản phần mềm mới hơn (lược đồ {revision}). Hãy cài phiên bản đó rồi khôi phục.",
                f"The backup is of a newer version of the software (schema {revision}). Install that one first.",
            ) from error
        tables = _tables(connection)
        if set(tables) != set(files):
            raise ServiceError(
                "backup-tables-other",
                "Các bảng trong bản sao lưu không khớp với lược đồ mà nó nêu; không khôi phục gì. Hãy dùng bản khác.",
                "The backup's tables are not those of the schema that it names; nothing was restored. Use another one.",
            )
        for name, table in tables.items():
            _fill(connection, table, files[name])
    upgrade(engine)


def _fill(connection: Connection, table: Table, path: Path) -> None:
    with path.open("rb") as file:
        names = json.loads(file.readline())
        if set(names) != {column.name for column in table.columns}:
            raise ValueError(f"columns of {table.name}")
        rows = (dict(zip(names, map(_value, json.loads(line)), strict=True)) for line in file)
        while chunk := list(islice(rows, _AT_ONCE)):
            connection.execute(insert(table), chunk)
    if connection.dialect.name == "postgresql":
        _move_sequences(connection, table)


def _move_sequences(connection: Connection, table: Table) -> None:
    """Let the server number new rows after those that came with numbers."""
    for column in table.primary_key.columns:
        query = text("SELECT pg_get_serial_sequence(quote_ident(:table), :column)")
        sequence = connection.execute(query, {"table": table.name, "column": column.name}).scalar()
        last = connection.execute(select(func.max(column))).scalar() if sequence else None
        if last is not None:
            connection.execute(text("SELECT setval(:name, :last)"), {"name": sequence, "last": last})


def _tables(connection: Connection) -> dict[str, Table]:
    """Return the tables, each after those that it refers to."""
    metadata = MetaData()
    metadata.reflect(connection)
    return {table.name: table for table in metadata.sorted_tables if table.name != _VERSION_TABLE}


def _line(values: list[Any]) -> bytes:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode("utf-8") + b"\n"


def _told(value: Any) -> Any:
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode("ascii")}
    if value is None or isinstance(value, str | int | bool):
        return value
    raise TypeError(f"a column of {type(value).__name__} cannot be told")


def _value(told: Any) -> Any:
    return base64.b64decode(told["base64"], validate=True) if isinstance(told, dict) else told

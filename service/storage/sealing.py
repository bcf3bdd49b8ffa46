"""Sealing what lies in the database, all at once: when sealing is new, and when the key was replaced."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy import Column, Connection, Engine, LargeBinary, MetaData, Table, select, type_coerce, update

from keys.signer import KeysError
from service.storage.append_only import keep_append_only, let_go
from service.storage.database import writing
from service.storage.sealed import Sealed, keys_of, sealed_columns


def reseal(engine: Engine) -> int:
    """Seal everything with the key in use; return how many values were sealed anew.

    One transaction: stopped anywhere, every value is as it was, and opens with the keys that are in the file.
    """
    with writing(engine) as connection:
        keys = keys_of(connection.dialect)
        let_go(connection)

        def anew(value: bytes, column: str) -> bytes:
            return value if keys.is_current(value) else keys.seal(keys.open(value, column), column)

        changed = rewrite(connection, sealed_columns(), anew)
        keep_append_only(connection)
    forget_clear_pages(engine)
    return changed


def rewrite(
    connection: Connection, columns: Sequence[Column[Any]], change: Callable[[bytes, str], bytes]
) -> int:
    """Put something else in the place of each value of columns, as it is stored; return how many are other now."""
    changed = 0
    tables = dict.fromkeys(column.table.name for column in columns)
    for name in tables:
        names = [column.name for column in columns if column.table.name == name]
        changed += _rewrite_table(
            connection, Table(name, MetaData(), autoload_with=connection), names, change
        )
    return changed


def unreadable_rows(connection: Connection) -> Iterator[str]:
    """Yield table and key of each row with a value that the keys do not open: edited, or of another database."""
    keys = keys_of(connection.dialect)
    for table in dict.fromkeys(column.table for column in sealed_columns()):
        own = list(table.primary_key.columns)
        sealed = [column for column in table.columns if isinstance(column.type, Sealed)]
        raw = [type_coerce(column, LargeBinary).label(column.name) for column in sealed]
        for row in connection.execution_options(yield_per=500).execute(select(*own, *raw)):
            try:
                for column in sealed:
                    stored = getattr(row, column.name)
                    if stored is not None:
                        keys.open(bytes(stored), f"{table.name}.{column.name}")
            except KeysError:
                yield f"{table.name} #{' '.join(str(getattr(row, key.name)) for key in own)}"


def _rewrite_table(
    connection: Connection, table: Table, names: Sequence[str], change: Callable[[bytes, str], bytes]
) -> int:
    keys = list(table.primary_key.columns)
    raw = [type_coerce(table.c[name], LargeBinary).label(name) for name in names]
    changed = 0
    # Row by row: a province has more of them than fit into memory.
    for found in connection.execute(select(*keys)).all():
        mine = [key == value for key, value in zip(keys, found, strict=True)]
        row = connection.execute(select(*raw).where(*mine)).one()
        values = {}
        for name, stored in zip(names, row, strict=True):
            other = None if stored is None else change(bytes(stored), f"{table.name}.{name}")
            if other != stored:
                values[name] = other
        if values:
            connection.execute(update(table).where(*mine).values(values))
            changed += len(values)
    return changed


def forget_clear_pages(engine: Engine) -> None:
    """Write the database anew, so that no old page of it holds what was changed."""
    with engine.connect() as connection:
        raw = connection.connection.driver_connection
        if raw is None:
            return
        if engine.dialect.name == "sqlite":
            raw.execute("VACUUM")
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return
        raw.autocommit = True
        for name in dict.fromkeys(column.table.name for column in sealed_columns()):
            raw.execute(f"VACUUM FULL {name}")
        raw.autocommit = False

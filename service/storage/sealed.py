"""Columns whose values lie encrypted in the database: written and read as they are, by a key that is elsewhere."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Engine, LargeBinary
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from keys.data_key import DataKeys
from service.errors import ServiceError
from service.storage.database import Base

_KEYS = "hocba_data_keys"
"""An engine has a dialect of its own, which is all that a column sees of it."""


class Sealed(TypeDecorator[bytes]):
    """Bytes that are encrypted in the database; bound to their column, `table.column`."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, column: str) -> None:
        super().__init__()
        self.column = column

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        """Seal what is written."""
        return None if value is None else keys_of(dialect).seal(value, self.column)

    def process_result_value(self, value: Any, dialect: Dialect) -> bytes | None:
        """Open what is read."""
        return None if value is None else keys_of(dialect).open(bytes(value), self.column)


def use_data_keys(engine: Engine, keys: DataKeys) -> Engine:
    """Let an engine read and write sealed columns."""
    setattr(engine.dialect, _KEYS, keys)
    return engine


def keys_of(dialect: Dialect) -> DataKeys:
    """Return the keys of an engine.

    Raises:
        ServiceError: `data-key-missing`.
    """
    keys = getattr(dialect, _KEYS, None)
    if not isinstance(keys, DataKeys):
        raise ServiceError(
            "data-key-missing",
            "Chưa có khoá dữ liệu để đọc cơ sở dữ liệu; hãy xem HOCBA_DATA_KEY_FILE trong docs/settings.md.",
            "There is no data key to read the database with; see HOCBA_DATA_KEY_FILE in docs/settings.md.",
        )
    return keys


def sealed_columns() -> list[Column[Any]]:
    """Return every sealed column, by table."""
    return [
        column
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, Sealed)
    ]

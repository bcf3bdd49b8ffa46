"""The log's entries in the database: appended once, in order, never changed.

One transaction appends a batch and is durable when it returns. What is signed over the entries is
`service.record.sequencer`'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, func, insert, select

from schemas.record.entry import Issued, IssuerEntry, Relation, Revoked, StatusListPublished, parse_entry
from service.storage.database import reading, writing
from service.storage.log_tables import LogEntryRow, SignedRootRow, StatusListRow
from service.storage.records import State
from service.storage.tables import IssuanceRow

_KEYS_AT_ONCE = 500
"""Fewer than the parameters that a statement may have on either database."""
FORGOTTEN = "reconciled/"
"""Begins the key of an entry that came back from the public record without a row that explains it."""


class IssuersChangedError(Exception):
    """A registrar's statement came into the log after entries had been checked, and before they were appended."""


class TakenBackError(Exception):
    """Documents were taken back before their entries were appended; `ids` are theirs."""

    def __init__(self, ids: frozenset[str]) -> None:
        super().__init__("taken back")
        self.ids = ids


@dataclass(frozen=True, slots=True)
class ListVersion:
    """The last published version of a status list."""

    version: int
    index: int
    issued_at: int


class LogStore:
    """The entries of the one log of this installation."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @property
    def size(self) -> int:
        """How many entries there are."""
        with reading(self._engine) as connection:
            return _size(connection)

    def append(self, entries: Sequence[tuple[str, bytes]], *, checked_at: int | None = None) -> list[int]:
        """Append entries, each under a key of its own, and return their indexes; a known key gives its old index.

        Args:
            entries: keys and entries.
            checked_at: for entries that depend on who may sign: how many entries they were checked against.

        Raises:
            SchemaError: an entry is malformed; nothing is appended.
            IssuersChangedError: a registrar's statement stands after the first `checked_at` entries; nothing is
                appended.
            TakenBackError: a key is that of a document that was let go of; nothing is appended.
        """
        with writing(self._engine) as connection:
            # In this very transaction: taking back looks for the entry in its own, so that one of them comes first.
            _refuse_taken_back(connection, [key for key, _ in entries])
            size = _size(connection)
            indexes = _append(connection, entries)
            if checked_at is not None and max(indexes, default=0) >= size:
                _refuse_statements(connection, checked_at, size)
            return indexes

    def append_at(self, key: str, entry: bytes, *, at: int) -> bool:
        """Append one entry at index `at`; False where another entry came there first.

        Raises:
            SchemaError: the entry is malformed; nothing is appended.
        """
        with writing(self._engine) as connection:
            return _size(connection) == at and _append(connection, [(key, entry)]) == [at]

    def append_list(self, list_id: int, version: int, issued_at: int, entry: bytes, *, at: int) -> bool:
        """Append a `status-list` entry at index `at`; False where another entry came there first.

        The list must equal the fold of the entries before its own, so that it may stand nowhere else.
        """
        with writing(self._engine) as connection:
            if _size(connection) != at:
                return False
            (index,) = _append(connection, [(f"status-list/{list_id}/{version}", entry)])
            connection.execute(
                insert(StatusListRow).values(
                    list_id=list_id, version=version, entry_index=index, issued_at=issued_at
                )
            )
            return True

    def restore(self, entries: Sequence[tuple[str, bytes]], *, at: int) -> None:
        """Append entries that were published before, beginning at index `at`; their status lists are noted too.

        Raises:
            RuntimeError: the log has grown meanwhile; nothing is appended.
        """
        with writing(self._engine) as connection:
            if _size(connection) != at:
                raise RuntimeError("the log grew while it was reconciled")
            indexes = _append(connection, entries)
            for index, (_, data) in zip(indexes, entries, strict=True):
                entry = parse_entry(data)
                if isinstance(entry, StatusListPublished):
                    connection.execute(
                        insert(StatusListRow).values(
                            list_id=entry.list_id,
                            version=entry.version,
                            entry_index=index,
                            issued_at=entry.time,
                        )
                    )

    def note_root(self, size: int, root: bytes) -> bool:
        """Note the root that is about to be signed for a size; False where the size has another, and nothing is noted.

        Held by the database, so that two processes with folders of their own cannot sign two pasts.
        """
        query = select(SignedRootRow.root).where(SignedRootRow.size == size)
        with reading(self._engine) as connection:
            noted = connection.execute(query).scalar()
        if noted is None:
            with writing(self._engine) as connection:
                noted = connection.execute(query).scalar()
                if noted is None:
                    connection.execute(insert(SignedRootRow).values(size=size, root=root))
                    return True
        return noted == root

    @property
    def signed_size(self) -> int:
        """The largest size for which a root was noted."""
        with reading(self._engine) as connection:
            return connection.execute(select(func.max(SignedRootRow.size))).scalar() or 0

    def find(self, key: str) -> int | None:
        """Return the index of the entry that was appended under a key."""
        with reading(self._engine) as connection:
            return connection.execute(select(LogEntryRow.index).where(LogEntryRow.key == key)).scalar()

    def entries(self, start: int, end: int) -> list[bytes]:
        """Return the entries from `start` up to `end`."""
        with reading(self._engine) as connection:
            query = select(LogEntryRow.entry).where(LogEntryRow.index >= start, LogEntryRow.index < end)
            return list(connection.execute(query.order_by(LogEntryRow.index)).scalars())

    def last_list(self, list_id: int) -> ListVersion | None:
        """Return the last published version of a status list."""
        with reading(self._engine) as connection:
            query = select(StatusListRow).where(StatusListRow.list_id == list_id)
            row = connection.execute(query.order_by(StatusListRow.version.desc()).limit(1)).first()
        return ListVersion(row.version, row.entry_index, row.issued_at) if row else None

    def status_changed_since(self, index: int) -> bool:
        """Whether an entry after `index` revokes or corrects a document."""
        with reading(self._engine) as connection:
            query = select(LogEntryRow.index).where(LogEntryRow.changes_status, LogEntryRow.index > index)
            return connection.execute(query.limit(1)).first() is not None


def _append(connection: Connection, entries: Sequence[tuple[str, bytes]]) -> list[int]:
    """Append what is not known yet, in three statements whatever the number."""
    indexes = _known(connection, [key for key, _ in entries])
    size, rows = _size(connection), list[dict[str, object]]()
    for key, entry in entries:
        if key not in indexes:
            indexes[key] = size + len(rows)
            rows.append(
                {
                    "index": indexes[key],
                    "key": key,
                    "entry": entry,
                    "changes_status": _changes_status(entry),
                }
            )
    if rows:
        connection.execute(insert(LogEntryRow), rows)
    return [indexes[key] for key, _ in entries]


def _refuse_statements(connection: Connection, start: int, end: int) -> None:
    query = select(LogEntryRow.entry).where(LogEntryRow.index >= start, LogEntryRow.index < end)
    if any(isinstance(parse_entry(entry), IssuerEntry) for entry in connection.execute(query).scalars()):
        raise IssuersChangedError


def _refuse_taken_back(connection: Connection, keys: Sequence[str]) -> None:
    found: set[str] = set()
    for start in range(0, len(keys), _KEYS_AT_ONCE):
        query = select(IssuanceRow.id).where(
            IssuanceRow.id.in_(keys[start : start + _KEYS_AT_ONCE]), IssuanceRow.state == State.ABANDONED
        )
        found.update(connection.scalars(query))
    if found:
        raise TakenBackError(frozenset(found))


def _known(connection: Connection, keys: Sequence[str]) -> dict[str, int]:
    """Return the indexes of the keys that are there."""
    known: dict[str, int] = {}
    for start in range(0, len(keys), _KEYS_AT_ONCE):
        query = select(LogEntryRow.key, LogEntryRow.index).where(
            LogEntryRow.key.in_(keys[start : start + _KEYS_AT_ONCE])
        )
        known |= {row.key: row.index for row in connection.execute(query)}
    return known


def forgotten_status_indexes(connection: Connection) -> set[int]:
    """Return the status indexes of documents that are on record and in no row: they stay taken."""
    # A range, for which the index on keys serves; "0" is the character after "/".
    query = select(LogEntryRow.entry).where(
        LogEntryRow.key >= FORGOTTEN, LogEntryRow.key < f"{FORGOTTEN[:-1]}0"
    )
    entries = map(parse_entry, connection.execute(query).scalars())
    return {entry.status_index for entry in entries if isinstance(entry, Issued)}


def _size(connection: Connection) -> int:
    last = connection.execute(select(func.max(LogEntryRow.index))).scalar()
    return 0 if last is None else last + 1


def _changes_status(entry: bytes) -> bool:
    match parse_entry(entry):
        case Revoked():
            return True
        case Issued(relation=relation):
            return relation is Relation.CORRECTS
        case _:
            return False

"""The database of an index: what a record amounted to up to a size, in SQLite (docs/verification.md, "The index").

One database holds one prefix of one log, folded by one version of the fold, and only ever grows, each step in one
transaction. Everything else about the file, where it lies and whether it may be believed, is `verify.record_index`'s.
"""

from __future__ import annotations

import contextlib
import sqlite3
import struct
import threading
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from schemas.record.documents import Kind, MemoryDocuments, Noted
from schemas.record.entry import Issued
from schemas.record.merkle import HASH_BYTES, TILE_HEIGHT, Frontier
from verify.index_rows import (
    DOCUMENT_COLUMNS,
    DOCUMENT_TABLE,
    NEW_DOCUMENT,
    IndexBrokenError,
    document_of,
    document_row,
)

_SCHEMA: Final = (
    "CREATE TABLE tip (id INTEGER PRIMARY KEY CHECK (id = 1), fold TEXT, size INTEGER, edge BLOB, chain BLOB)",
    DOCUMENT_TABLE,
    "CREATE TABLE sid (beginning INTEGER, n INTEGER, PRIMARY KEY (beginning, n)) WITHOUT ROWID",
    "CREATE TABLE pdf (beginning INTEGER, n INTEGER, PRIMARY KEY (beginning, n)) WITHOUT ROWID",
    "CREATE TABLE continued (target INTEGER, n INTEGER, PRIMARY KEY (target, n)) WITHOUT ROWID",
    "CREATE TABLE noted (n INTEGER PRIMARY KEY, kind INTEGER, data BLOB, target INTEGER, list INTEGER, status INTEGER)",
)
_EMPTY_CHAIN: Final = bytes(32)
_NOTED: Final = struct.Struct(">QBQQQ")
_BUSY_SECONDS: Final = 5.0
"""How long another process may hold the database for one step."""
_AT_ONCE: Final = 8000
"""Values in one question; SQLite allows 32,766."""
_FEW: Final = 4
"""Fewer are asked for one by one."""
_OF_BEGINNING: Final = {
    table: f"SELECT n, (SELECT max(n) FROM continued WHERE target = {table}.n AND n < ?), {DOCUMENT_COLUMNS} "  # noqa: S608 - ours
    f"FROM {table} LEFT JOIN document USING (n) WHERE beginning = ? AND n < ? ORDER BY n"
    for table in ("sid", "pdf")
}
"""What a look-up asks of a document, in one question."""
_ONE: Final = f"SELECT {DOCUMENT_COLUMNS} FROM document WHERE n = ?"  # noqa: S608 - ours
_REMEMBERED: Final = 16
"""Documents that stay parsed: one question of a person is several of ours about one document."""


class IndexUnwritableError(IndexBrokenError):
    """The index cannot be written: another process is at it, the disk is full, it is for reading only."""


@dataclass(frozen=True, slots=True)
class Tip:
    """How far an index reaches: the right edge of the tree, and the hash of all that was noted on the way."""

    frontier: Frontier
    chain: bytes


class IndexDatabase:
    """An open database. Closed when nobody holds it any more."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._lock = threading.RLock()
        weakref.finalize(self, connection.close)
        # Whatever the file says of itself, its schema makes nothing run.
        self._connection.execute("PRAGMA trusted_schema = OFF")
        self._connection.execute("PRAGMA cell_size_check = ON")
        # What a step changes waits in memory for its end, so that readers are kept waiting once, and briefly.
        self._connection.execute("PRAGMA cache_spill = OFF")

    @classmethod
    def open(cls, target: str) -> IndexDatabase:
        """Open a database by its URI, or one of this process alone: "" lies in a temporary file, ":memory:" nowhere.

        Raises:
            IndexBrokenError: it cannot be opened.
        """
        with _broken():
            return cls(
                sqlite3.connect(
                    target, uri=True, isolation_level=None, check_same_thread=False, timeout=_BUSY_SECONDS
                )
            )

    def create(self, fold: str) -> None:
        """Make the tables of an empty index. Nothing is durable before the caller makes it so."""
        with self._locked() as connection:
            self._keep_alone()
            connection.execute("BEGIN")
            for statement in _SCHEMA:
                connection.execute(statement)
            connection.execute("INSERT INTO tip VALUES (1, ?, 0, ?, ?)", (fold, b"", _EMPTY_CHAIN))
            connection.execute("COMMIT")

    def load(self, fold: str) -> tuple[Tip, list[Noted]] | None:
        """Return how far the index reaches and all that was noted; None where it is of another log, trust or version.

        Raises:
            IndexBrokenError: it is no database, or damaged.
        """
        with self._locked() as connection, _transaction(connection, "BEGIN"):
            found = connection.execute("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid")
            if tuple(sql for (sql,) in found) != _SCHEMA:
                return None
            row = connection.execute("SELECT fold, size, edge, chain FROM tip").fetchone()
            if row is None or row[0] != fold:
                return None
            _, size, edge, chain = row
            rows = connection.execute(
                "SELECT n, kind, data, target, list, status FROM noted ORDER BY n"
            ).fetchall()
        try:
            noted = [Noted(n, Kind(kind), data, *rest) for n, kind, data, *rest in rows]
            tip = Tip(Frontier(size, _parse_edge(edge)), chain)
            widths = [len(hashes) // HASH_BYTES for hashes in tip.frontier.edge]
            sound = (
                sum(width << TILE_HEIGHT * level for level, width in enumerate(widths)) == size
                and _chained(_EMPTY_CHAIN, noted) == chain
                and (not noted or noted[-1].index < size)
            )
        except (ValueError, TypeError, struct.error, IndexError) as error:
            raise IndexBrokenError("the index is malformed") from error
        if not sound:
            raise IndexBrokenError("the index lacks something that was noted in it")
        return tip, noted

    def read(self, query: str, parameters: Sequence[object] = ()) -> list[tuple[object, ...]]:
        """Return the rows of a question.

        Raises:
            IndexBrokenError: the database does not answer.
        """
        # Asked for at every look-up: no context managers of our own here.
        try:
            with self._lock:
                return self._connection.execute(query, parameters).fetchall()
        except (sqlite3.Error, OverflowError) as error:
            raise IndexBrokenError(str(error)) from error

    def step(self, old: Tip, frontier: Frontier, written: Written) -> Tip:
        """Write what the entries from the old tip up to `frontier` amounted to, in one transaction.

        Raises:
            IndexUnwritableError: nothing of it was written.
        """
        new = Tip(frontier, _chained(old.chain, written.noted))
        try:
            self._write(old, new, written)
        except IndexBrokenError as error:
            raise IndexUnwritableError(str(error)) from error
        return new

    def _write(self, old: Tip, new: Tip, written: Written) -> None:
        with self._locked() as connection, _transaction(connection, "BEGIN IMMEDIATE"):
            (size,) = connection.execute("SELECT size FROM tip").fetchone()
            if size != old.frontier.size:
                raise IndexBrokenError("another process has written into the index")
            rows = written.documents
            connection.executemany(NEW_DOCUMENT, [document_row(n, issued) for n, issued in rows])
            indexes = [n for n, _ in rows]
            for table, digests in (
                ("sid", [one.sid for _, one in rows]),
                ("pdf", [one.pdf for _, one in rows]),
            ):
                # In their order, each page of the tree is written once.
                pairs = sorted(zip(_beginnings(digests), indexes, strict=True))
                connection.executemany(f"INSERT INTO {table} VALUES (?, ?)", pairs)  # noqa: S608 - ours
            connection.executemany("INSERT INTO continued VALUES (?, ?)", written.continued)
            connection.executemany(
                "INSERT INTO noted VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (one.index, one.kind, one.data, one.target, one.list_id, one.status_index)
                    for one in written.noted
                ],
            )
            connection.execute(
                "UPDATE tip SET size = ?, edge = ?, chain = ?",
                (new.frontier.size, _format_edge(new.frontier.edge), new.chain),
            )

    def copy_to(self, other: IndexDatabase) -> None:
        """Copy the whole database into an empty one of this process alone."""
        with self._locked() as connection, other._locked() as target:
            other._keep_alone()
            connection.backup(target)

    def _keep_alone(self) -> None:
        # Nobody else sees this database before it is whole; a crash leaves a file that nobody opens.
        for setting in ("journal_mode = OFF", "synchronous = OFF", "cache_spill = ON", "cache_size = -65536"):
            self._connection.execute(f"PRAGMA {setting}")

    @contextlib.contextmanager
    def _locked(self) -> Iterator[sqlite3.Connection]:
        with self._lock, _broken():
            yield self._connection


class Written:
    """What waits to be written in one step."""

    def __init__(self) -> None:
        self.documents: list[tuple[int, Issued]] = []
        self.continued: list[tuple[int, int]] = []
        self.noted: list[Noted] = []


class IndexedDocuments:
    """Keeps documents in a database, and in memory those that are not written yet.

    Answers for the entries below its own size alone: the database may know later ones, from another process.
    Every method but `add` and `note` may raise `IndexBrokenError`.
    """

    def __init__(self, database: IndexDatabase, tip: Tip) -> None:
        self.database = database
        self.tip = tip
        self._recent = MemoryDocuments()
        self._written = Written()
        self._absent_sids: set[bytes] = set()
        self._absent_pdfs: set[bytes] = set()
        # What an entry below the tip says never changes, nor which of those below it was the last to continue it.
        self._met: dict[int, tuple[Issued, int | None]] = {}

    def expect(self, coming: Sequence[Issued]) -> None:
        """Ask for the beginnings of all digests at once: nearly none of them will be there."""
        if len(coming) < _FEW:
            return
        self._absent_sids = self._absent("sid", [one.sid for one in coming])
        self._absent_pdfs = self._absent("pdf", [one.pdf for one in coming])

    def _absent(self, table: str, digests: Sequence[bytes]) -> set[bytes]:
        """Return the digests of which not even the beginning is there."""
        met: set[object] = set()
        beginnings = _beginnings(digests)
        for start in range(0, len(beginnings), _AT_ONCE):
            some = beginnings[start : start + _AT_ONCE]
            marks = ",".join("?" * len(some))
            query = f"SELECT beginning FROM {table} WHERE beginning IN ({marks})"  # noqa: S608 - marks alone
            met.update(beginning for (beginning,) in self.database.read(query, some))
        return {digest for beginning, digest in zip(beginnings, digests, strict=True) if beginning not in met}

    def add(self, index: int, issued: Issued, continues: int | None) -> None:
        """Keep a document until it is written."""
        self._recent.add(index, issued, continues)
        self._written.documents.append((index, issued))
        if continues is not None:
            self._written.continued.append((continues, index))

    def note(self, noted: Noted) -> None:
        """Keep what is to be told again until it is written."""
        self._written.noted.append(noted)

    def write(self, frontier: Frontier) -> None:
        """Write what was added up to the size of `frontier`.

        Raises:
            IndexBrokenError: it was not written.
        """
        self.tip = self.database.step(self.tip, frontier, self._written)
        self._recent, self._written = MemoryDocuments(), Written()
        self._absent_sids, self._absent_pdfs = set(), set()

    def issued(self, index: int) -> Issued | None:
        """Return the document at `index`."""
        recent = self._recent.issued(index)
        if recent is not None or index >= self.tip.frontier.size:
            return recent
        met = self._met.get(index)
        if met is not None:
            return met[0]
        rows = self.database.read(_ONE, (index,))
        return document_of(index, rows[0]) if rows else None

    def holds(self, index: int) -> bool:
        """Whether there is a document at `index`."""
        if index >= self.tip.frontier.size:
            return self._recent.holds(index)
        return bool(self.database.read("SELECT 1 FROM document WHERE n = ?", (index,)))

    def index_of_sid(self, sid: bytes) -> int | None:
        """Return the index of the document with this serial digest."""
        recent = self._recent.index_of_sid(sid)
        if recent is not None or sid in self._absent_sids:
            return recent
        for index, issued in self._of_beginning("sid", sid):
            if issued.sid == sid:
                return index
        return None

    def index_of_pdf(self, pdf: bytes) -> int | None:
        """Return the index of the document whose seal covers bytes with this digest."""
        recent = self._recent.index_of_pdf(pdf)
        if recent is not None or pdf in self._absent_pdfs:
            return recent
        for index, issued in self._of_beginning("pdf", pdf):
            if issued.pdf == pdf:
                return index
        return None

    def continued_by(self, index: int) -> int | None:
        """Return the index of the last document that continues the one at `index`."""
        recent = self._recent.continued_by(index)
        if recent is not None:
            return recent
        met = self._met.get(index)
        if met is not None:
            return met[1]
        ((last,),) = self.database.read(
            "SELECT max(n) FROM continued WHERE target = ? AND n < ?", (index, self.tip.frontier.size)
        )
        return None if last is None else _integer(last)

    def _of_beginning(self, table: str, digest: bytes) -> Iterator[tuple[int, Issued]]:
        # Digests can be made to begin alike, not to be alike: each is compared as a whole.
        size = self.tip.frontier.size
        rows = self.database.read(_OF_BEGINNING[table], (size, *_beginnings([digest]), size))
        for n, continued, *fields in rows:
            index = _integer(n)
            issued = document_of(index, fields)
            if len(self._met) >= _REMEMBERED:
                self._met = {}
            self._met[index] = issued, None if continued is None else _integer(continued)
            yield index, issued


def _integer(value: object) -> int:
    if not isinstance(value, int):
        raise IndexBrokenError("an index in the index is none")
    return value


def _beginnings(digests: Sequence[bytes]) -> tuple[int, ...]:
    """Return the first 8 bytes of each digest as the integers that SQLite compares fastest."""
    return struct.unpack(f">{len(digests)}q", b"".join(digest[:8] for digest in digests))


def _chained(chain: bytes, noted: Sequence[Noted]) -> bytes:
    """Return the hash over all that was noted: a row that is lost or changed does not go unseen."""
    for one in noted:
        numbers = _NOTED.pack(one.index, one.kind, one.target, one.list_id, one.status_index)
        chain = sha256(chain + numbers + one.data).digest()
    return chain


def _format_edge(edge: Sequence[bytes]) -> bytes:
    return b"".join(len(hashes).to_bytes(2) + hashes for hashes in edge)


def _parse_edge(data: bytes) -> tuple[bytes, ...]:
    edge = []
    while data:
        end = 2 + int.from_bytes(data[:2])
        edge.append(data[2:end])
        data = data[end:]
    return tuple(edge)


@contextlib.contextmanager
def _broken() -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OverflowError) as error:
        raise IndexBrokenError(str(error)) from error


@contextlib.contextmanager
def _transaction(connection: sqlite3.Connection, begin: str) -> Iterator[None]:
    connection.execute(begin)
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # Some errors, a full disk among them, have rolled back already.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise

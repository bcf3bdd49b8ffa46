"""The index of a record: what its entries amount to, kept so that nobody folds a million entries twice.

It is a cache beside the record, never a source: it is made from the record, each entry proven under the signed root
before it counts, by the very fold that memory uses; where it is missing, damaged, of another log, trust root or
version, or not a prefix of the record at hand, it is made anew. What it says is believed like the trust root, so it is
used only where nobody else can write. Where it cannot be used, a private one in a temporary file, or in memory, serves.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import logging
import os
import stat
from collections.abc import Callable, Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path
from time import monotonic, sleep
from types import ModuleType
from typing import TYPE_CHECKING, Final, TypeAlias, cast
from urllib.parse import quote

import schemas.canonical
import schemas.cbor
import schemas.cose
import schemas.record.documents
import schemas.record.entry
import schemas.record.fields
import schemas.record.issuers
import schemas.record.ledger
import schemas.record.merkle
import schemas.record.statement
import schemas.signatures
import verify.index_database
import verify.index_rows
from schemas.errors import SchemaError
from schemas.record.checkpoint import Checkpoint
from schemas.record.entry import leaf_hash
from schemas.record.ledger import Ledger
from schemas.record.merkle import Frontier
from schemas.record.tiles import format_bundle
from schemas.record.trust_root import TrustRoot
from verify.ed25519 import verify_ed25519
from verify.files import sync_file, sync_folder
from verify.findings import VerifyError
from verify.index_database import IndexDatabase, IndexedDocuments, IndexUnwritableError
from verify.index_rows import IndexBrokenError

if TYPE_CHECKING:
    from importlib.abc import FileLoader

ReadEntries: TypeAlias = Callable[[int, int], Iterator[list[bytes]]]
"""`read(start, end)` gives the entries of a log from `start` up to `end`, some at a time, the same at every call."""

INDEX_FILE: Final = "index.sqlite3"
_LOCK_FILE: Final = "index.lock"
_PATIENCE: Final = 120.0
"""Seconds to wait for another process that is making the index."""
_FOR_OTHERS_TO_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH
_LOG = logging.getLogger(__name__)

_FOLD: Final[tuple[ModuleType, ...]] = (
    schemas.canonical,
    schemas.cbor,
    schemas.cose,
    schemas.profiles,
    schemas.record.documents,
    schemas.record.entry,
    schemas.record.fields,
    schemas.record.issuers,
    schemas.record.ledger,
    schemas.record.merkle,
    schemas.record.statement,
    schemas.signatures,
    verify.index_database,
    verify.index_rows,
)
"""The code that decides what an entry counts for, and how that is kept."""


class IndexAheadError(Exception):
    """The index knows a later record than the one at hand."""


def index_beside(record: Path) -> Path:
    """Return the folder of the index of a record's folder: beside it, since the record itself is given out."""
    folder = record.absolute()
    return folder.with_name(f"{folder.name}.index")


class RecordIndex:
    """Gives the ledger of a record at a checkpoint, from an index that it keeps up to date.

    Not safe to share between threads; the ledgers are.
    """

    def __init__(
        self, folder: Path | None, trust: TrustRoot, origin: str, *, patience: float = _PATIENCE
    ) -> None:
        """Keep where the index lies; None: with this process alone."""
        self._folder = folder
        self._trust = trust
        self.origin = origin
        self._fold = fold_of(origin, trust)
        self._patience = patience
        self.frontier = Frontier()
        """The right edge of the tree at the checkpoint that a ledger was given for last."""
        self._private: IndexDatabase | None = None

    def ledger(self, checkpoint: Checkpoint, read: ReadEntries, *, anew: bool = False) -> Ledger:
        """Return the fold of all entries under a checkpoint whose signature was checked.

        Args:
            checkpoint: how far to go, and the root that the entries must give.
            read: gives the entries; what it raises is passed on.
            anew: make the index anew even where it knows a later record.

        Raises:
            VerifyError: `record-root`: the entries do not give the signed root.
            IndexAheadError: the index knows a later record.
            IndexBrokenError: there is room for an index neither on disk nor in memory.
        """
        if self._folder is not None:
            try:
                return self._shared(self._folder, checkpoint, read, anew=anew)
            except (IndexBrokenError, _UnusableError) as reason:
                _LOG.warning("The index %s is not used: %s. A private one is.", self._folder, reason)
                self._private, self._folder = _copy_of(self._folder, self._fold), None
        if self._private is not None and not anew:
            try:
                return self._brought(self._private, checkpoint, read)
            except (IndexBrokenError, _OtherPastError) as reason:
                _LOG.warning("The private index is made anew: %s.", reason)
        try:
            return self._made_privately("", checkpoint, read)
        except IndexBrokenError as reason:
            _LOG.warning("No room for a temporary file: %s. The index lies in memory.", reason)
            return self._made_privately(":memory:", checkpoint, read)

    def distrust(self) -> None:
        """Use a private index from now on, made from the record."""
        self._folder = self._private = None

    def _made_privately(self, target: str, checkpoint: Checkpoint, read: ReadEntries) -> Ledger:
        self._private = None
        database = IndexDatabase.open(target)
        database.create(self._fold)
        ledger = self._brought(database, checkpoint, read)
        self._private = database
        return ledger

    def _brought(self, database: IndexDatabase, checkpoint: Checkpoint, read: ReadEntries) -> Ledger:
        """Bring a database to the checkpoint, where it is a prefix of what was signed."""
        found = self._load(database)
        if found is None:
            raise _OtherPastError("it is of another log, trust root or version")
        ledger, documents = found
        start = documents.tip.frontier
        if start.size > checkpoint.size:
            raise IndexAheadError
        if start.size == checkpoint.size:
            if start.root() != checkpoint.root:
                raise _OtherPastError("it is not a prefix of the record")
            self.frontier = start
            return ledger
        # First everything is hashed up to the signed root; only then does anything count.
        proven = _proven(start, checkpoint, read)
        if proven is None and start.size == 0:
            raise _unproven("the entries do not give the signed root")
        if proven is None:
            raise _OtherPastError("it is not a prefix of the record")
        for entries in read(start.size, checkpoint.size):
            frontier, digest = next(proven, (start, b""))
            if digest != _digest(entries):
                raise _unproven("the entries changed while they were read")
            ledger.add_all(entries)
            documents.write(frontier)
        if documents.tip.frontier.size != checkpoint.size:
            raise _unproven("the entries changed while they were read")
        self.frontier = documents.tip.frontier
        return ledger

    def _load(self, database: IndexDatabase) -> tuple[Ledger, IndexedDocuments] | None:
        loaded = database.load(self._fold)
        if loaded is None:
            return None
        tip, noted = loaded
        documents = IndexedDocuments(database, tip)
        ledger = Ledger(self.origin, self._trust, verify_ed25519, documents)
        try:
            ledger.restore(tip.frontier.size, noted)
        except (SchemaError, UnicodeDecodeError) as error:
            raise IndexBrokenError("something noted in the index is malformed") from error
        return ledger, documents

    def _shared(self, folder: Path, checkpoint: Checkpoint, read: ReadEntries, *, anew: bool) -> Ledger:
        """Use the index in the folder; one process at a time brings it up to date, and others wait for it."""
        _check_folder(folder)
        path = folder / INDEX_FILE
        ledger = None if anew else self._current(path, checkpoint)
        if ledger is not None:
            return ledger
        with _alone(folder / _LOCK_FILE, self._patience):
            try:
                return self._brought(_open(path), checkpoint, read)
            except IndexAheadError:
                if not anew:
                    raise
                reason = "it knows a later record than the one at hand"
            except IndexUnwritableError:
                raise
            except _MissingError:
                reason = "there is none yet"
            except (_OtherPastError, IndexBrokenError) as error:
                reason = str(error)
            _LOG.info("The index %s is made anew: %s.", path, reason)
            return self._rebuilt(path, checkpoint, read)

    def _current(self, path: Path, checkpoint: Checkpoint) -> Ledger | None:
        """Return the ledger where the index is just what is asked for: then no lock is needed."""
        try:
            found = self._load(_open(path))
        except (_MissingError, IndexBrokenError):
            return None
        if found is None:
            return None
        ledger, documents = found
        frontier = documents.tip.frontier
        if (frontier.size, frontier.root()) != (checkpoint.size, checkpoint.root):
            return None
        self.frontier = frontier
        return ledger

    def _rebuilt(self, path: Path, checkpoint: Checkpoint, read: ReadEntries) -> Ledger:
        unfinished = path.with_name(f".{path.name}.new")
        with _filesystem():
            unfinished.unlink(missing_ok=True)
            os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        try:
            database = IndexDatabase.open(_uri(unfinished))
            database.create(self._fold)
            self._brought(database, checkpoint, read)
            del database
            with _filesystem():
                sync_file(unfinished)
                # A journal that a crash left belongs to the old database: the new one must never meet it. And the old
                # database must not outlive its journal.
                path.unlink(missing_ok=True)
                path.with_name(f"{path.name}-journal").unlink(missing_ok=True)
                sync_folder(path.parent)
                unfinished.rename(path)
                sync_folder(path.parent)
        finally:
            with contextlib.suppress(OSError):
                unfinished.unlink(missing_ok=True)
        return self._brought(_open(path), checkpoint, read)


def fold_of(origin: str, trust: TrustRoot) -> str:
    """Return what an index depends on beside the entries: the log, the registrars, and the code that folds.

    Whoever changes the fold cannot forget to change this.
    """
    code = sha256(b"".join(map(_source, _FOLD))).hexdigest()
    registrars = [(one.key_id, one.key, *one.school_prefixes) for one in trust.registrars]
    return sha256(json.dumps([code, origin, registrars]).encode()).hexdigest()


@cache
def _source(module: ModuleType) -> bytes:
    spec = module.__spec__
    if spec is None or spec.origin is None:
        raise RuntimeError(f"{module} has no source")
    # What is installed may be a folder or an archive; its loader reads either.
    return cast("FileLoader", spec.loader).get_data(spec.origin)


class _UnusableError(Exception):
    """The index may not or cannot be used here."""


class _MissingError(Exception):
    """There is no index yet."""


class _OtherPastError(Exception):
    """The index is not a prefix of the record."""


def _proven(
    start: Frontier, checkpoint: Checkpoint, read: ReadEntries
) -> Iterator[tuple[Frontier, bytes]] | None:
    """Return the tree after each part that `read` gives, and the part's digest; None without the signed root."""
    frontier, parts = start, []
    for entries in read(start.size, checkpoint.size):
        frontier = frontier.append([leaf_hash(entry) for entry in entries]).frontier
        parts.append((frontier, _digest(entries)))
    same = (frontier.size, frontier.root()) == (checkpoint.size, checkpoint.root)
    return iter(parts) if same else None


def _digest(entries: list[bytes]) -> bytes:
    return sha256(format_bundle(entries)).digest()


def _copy_of(folder: Path, fold: str) -> IndexDatabase | None:
    """Return a private copy of an index that can be read and not be written; None where it cannot be read either."""
    try:
        _check_folder(folder)
        database = _open(folder / INDEX_FILE)
        if database.load(fold) is None:
            return None
        copy = IndexDatabase.open("")
        database.copy_to(copy)
    except (IndexBrokenError, _UnusableError, _MissingError):
        return None
    return copy


def _unproven(reason: str) -> VerifyError:
    return VerifyError(
        "record-root",
        "Chưa dùng được sổ cấp: các mục không cho ra gốc đã ký. Hãy tải lại sổ cấp.",
        f"The record cannot be used: {reason}. Fetch it again.",
    )


def _check_folder(folder: Path) -> None:
    """Make the folder where there is none, and check that nobody else can write in it.

    Raises:
        _UnusableError: it cannot be made, or somebody else can.
    """
    with _filesystem():
        folder.mkdir(mode=0o700, exist_ok=True)
        _check_ours(folder, stat.S_ISDIR)


def _check_ours(path: Path, is_kind: Callable[[int], bool]) -> None:
    """Check that a path is of this account, or of root, and that nobody else may write it."""
    found = path.lstat()
    if not is_kind(found.st_mode):
        raise _UnusableError(f"{path} is not what it should be")
    if found.st_uid not in {os.geteuid(), 0} or found.st_mode & _FOR_OTHERS_TO_WRITE:
        raise _UnusableError(f"others may write {path}; give it to the account that verifies, mode 0700")


def _open(path: Path) -> IndexDatabase:
    with _filesystem():
        try:
            _check_ours(path, stat.S_ISREG)
        except FileNotFoundError:
            raise _MissingError from None
        journal = path.with_name(f"{path.name}-journal")
        with contextlib.suppress(FileNotFoundError):
            _check_ours(journal, stat.S_ISREG)
    return IndexDatabase.open(_uri(path))


def _uri(path: Path) -> str:
    return f"file:{quote(str(path))}?mode=rw"


@contextlib.contextmanager
def _filesystem() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _UnusableError(f"{error.filename}: {error.strerror}") from error


@contextlib.contextmanager
def _alone(path: Path, patience: float) -> Iterator[None]:
    """Be the only process that writes the index.

    Raises:
        _UnusableError: another one goes on for longer than `patience`, or the lock cannot be made.
    """
    with _filesystem():
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        deadline = monotonic() + patience
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if monotonic() >= deadline:
                    raise _UnusableError("another process has been writing it for too long") from None
                sleep(0.02)
        yield
    finally:
        os.close(descriptor)

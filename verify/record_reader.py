"""The public record in a folder: read, checked as a whole, and folded into what verifiers ask.

Nothing in the folder is believed: the checkpoint must be signed by the log of the trust root, every entry is hashed
again, and the root must come out. What was folded before is kept in an index (`verify.record_index`), so that only the
checkpoint and what is new are read. A record that shrank or was rewritten is refused; the last good view stays, growing
older.
"""

from __future__ import annotations

import datetime as dt
import math
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from itertools import islice
from pathlib import Path
from time import monotonic

from schemas.errors import HocbaError, SchemaError, Text
from schemas.record.checkpoint import Checkpoint, CosignedCheckpoint, claimed_origin, parse_checkpoint_note
from schemas.record.entry import MAX_ENTRY_BYTES, leaf_hash
from schemas.record.issuers import Standing
from schemas.record.ledger import Ledger
from schemas.record.merkle import TILE_WIDTH, Frontier, ReadTile, TiledTree
from schemas.record.signed_note import MAX_NOTE_BYTES
from schemas.record.statement import Role
from schemas.record.status_list import MAX_STATUS_LIST_BYTES, StatusList, pack_statuses, parse_status_list
from schemas.record.tiles import (
    CHECKPOINT_PATH,
    bundle_path,
    bundles_between,
    parse_bundle,
    status_list_path,
    tile_path,
)
from schemas.record.trust_root import Log, TrustRoot
from verify.ed25519 import verify_ed25519
from verify.files import read_regular_file
from verify.findings import CheckUnknownError, VerifyError
from verify.index_rows import IndexBrokenError
from verify.record_index import IndexAheadError, RecordIndex

CLOCK_TOLERANCE = 600
"""Seconds by which clocks may differ."""
MAX_BUNDLE_BYTES = TILE_WIDTH * (MAX_ENTRY_BYTES + 2)
_TILE_BYTES = TILE_WIDTH * 32
_BELIEVED_SECONDS = 1.0
"""How long a checkpoint's file counts as unchanged by its date, size and number alone."""
_BUNDLES_AT_ONCE = 64


@dataclass(frozen=True)
class RecordView:
    """The record as of one checkpoint; it never changes."""

    folder: Path
    log: Log
    checkpoint: CosignedCheckpoint
    ledger: Ledger
    alarms: tuple[Text, ...] = ()
    _lists: dict[tuple[int, str], StatusList] = field(default_factory=dict, repr=False)
    _roots: dict[int, bytes] = field(default_factory=dict, repr=False)

    @property
    def size(self) -> int:
        """Number of entries under the checkpoint."""
        return self.checkpoint.checkpoint.size

    def is_fresh(self, now: dt.datetime) -> bool:
        """Whether the clock signed the checkpoint within the log's `max_age`, and not in the future."""
        clock = self.checkpoint.clock_time
        age = None if clock is None else now.timestamp() - clock
        return age is not None and -CLOCK_TOLERANCE <= age <= self.log.max_age

    def is_ahead(self, now: dt.datetime) -> bool:
        """Whether the clock signed the checkpoint in the future: then it is the verifier's own clock that is wrong."""
        clock = self.checkpoint.clock_time
        return clock is not None and clock > now.timestamp() + CLOCK_TOLERANCE

    def root_at(self, size: int) -> bytes:
        """Return the root that the record had at `size`, from its tiles.

        Raises:
            SchemaError: the tiles do not hold that many entries.
            OSError: a tile is missing.
        """
        return TiledTree(size, tile_reader(self.folder)).root()

    def has_root(self, size: int, root: bytes) -> bool:
        """Whether the record had this root when it had `size` entries.

        Tiles answer quickly; where they are missing or say no, the entries decide, which were hashed up to the signed
        root.

        Raises:
            SchemaError: the entries cannot be read any more.
            OSError: they are missing.
        """
        if size not in self._roots:
            try:
                self._roots[size] = self.root_at(size)
            except (SchemaError, OSError):
                self._roots.pop(size, None)
        if self._roots.get(size) != root:
            frontier = Frontier()
            for entries in read_in_parts(self.folder, 0, size):
                frontier = frontier.append([leaf_hash(entry) for entry in entries]).frontier
            self._roots[size] = frontier.root()
        return self._roots[size] == root

    def check_status_list(self, list_id: int, school: str, now: dt.datetime) -> None:
        """Check the published status list of a school's documents against the log.

        Raises:
            CheckUnknownError: it is missing, expired, wrongly signed, or says something else than the log.
        """
        published = self.ledger.published_list(list_id)
        if published is None:
            raise _list_unknown("chưa được công bố", "has not been published")
        try:
            key = (published.index, school)
            if key not in self._lists:
                self._lists[key] = self._read_list(list_id, school)
            status_list = self._lists[key]
        except (HocbaError, OSError) as error:
            raise _list_unknown(
                "thiếu hoặc không khớp với sổ cấp", "is missing or does not agree with the log"
            ) from error
        if not status_list.issued_at - CLOCK_TOLERANCE <= now.timestamp() < status_list.expires_at:
            raise _list_unknown("đã hết hạn", "has expired")

    def _read_list(self, list_id: int, school: str) -> StatusList:
        published = self.ledger.published_list(list_id)
        if published is None:
            raise KeyError(list_id)
        issuers = self.ledger.issuers

        def find_key(key_id: bytes) -> bytes:
            key = issuers.public_key(key_id)
            roles = {Role.STATUS}
            if (
                key is None
                or issuers.standing(key, roles=roles, school=school, index=published.index)
                is not Standing.IN_FORCE
            ):
                raise _unusable("status-list-key", "the status key is not in force")
            return key

        data = _read(self.folder / status_list_path(list_id, published.version), MAX_STATUS_LIST_BYTES)
        if sha256(data).digest() != published.digest:
            raise _unusable("status-list-digest", "the status list is not the one in the log")
        status_list = parse_status_list(data, find_key=find_key, verify=verify_ed25519)
        named = (status_list.origin, status_list.list_id, status_list.version)
        folded = pack_statuses(self.ledger.statuses(list_id, before=published.index))
        if named != (self.log.origin, list_id, published.version) or status_list.packed != folded:
            raise _unusable("status-list-differs", "the status list does not equal the fold of the log")
        return status_list


class RecordReader:
    """Keeps the newest good view of a record's folder. Safe to share between threads."""

    def __init__(self, folder: Path, trust: TrustRoot, index: Path | None = None) -> None:
        """Keep where the record lies, and its index; None keeps the index with this process alone."""
        self._folder = folder
        self._checkpoint = folder / CHECKPOINT_PATH
        self._trust = trust
        self._index_folder = index
        self._lock = threading.Lock()
        self._forget()

    def _forget(self) -> None:
        self._view: RecordView | None = None
        self._index: RecordIndex | None = None
        self._seen = Frontier()
        self._note = b""
        self._stamp: tuple[int, ...] = ()
        self._read_at = -math.inf
        self._process = os.getpid()

    def view(self) -> RecordView:
        """Return the record as it stands now.

        Raises:
            VerifyError: `record-unusable`: there is no good view, and there never was one in this process.
        """
        with self._lock:
            if self._process != os.getpid():
                # SQLite's connections do not live through a fork.
                self._forget()
            try:
                return self._refresh()
            except (SchemaError, OSError, VerifyError, IndexBrokenError) as error:
                if self._view is None:
                    reason = (
                        error.text.en.rstrip(".")
                        if isinstance(error, HocbaError)
                        else "a file cannot be read"
                    )
                    raise _unusable("record-unusable", reason) from error
                alarm = Text(
                    "Sổ cấp vừa đọc thiếu, hỏng hoặc không nối tiếp bản đã thấy trước đó; đang dùng bản cũ.",
                    "The record as read now is missing, damaged or does not continue the one seen before; the older "
                    "one is used.",
                )
                return RecordView(
                    self._folder, self._view.log, self._view.checkpoint, self._view.ledger, (alarm,)
                )

    def _refresh(self) -> RecordView:
        # The stamp is taken before the bytes: what is put in their place meanwhile has another one. Two changes within
        # a tick of the file system's clock may have the same: the bytes are read again soon, whatever it says.
        stamp, at = self._checkpoint_stamp(), monotonic()
        if self._view is not None and stamp == self._stamp and at - self._read_at < _BELIEVED_SECONDS:
            return self._view
        note = _read(self._checkpoint, MAX_NOTE_BYTES)
        if self._view is None or note != self._note:
            self._view = self._taken(note)
        self._stamp, self._read_at = stamp, at
        return self._view

    def _checkpoint_stamp(self) -> tuple[int, ...]:
        found = self._checkpoint.stat()
        return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns

    def _taken(self, note: bytes) -> RecordView:
        log = self._trust.log_for(claimed_origin(note))
        if log is None:
            raise _unusable("record-log-unknown", "the trust root does not know this log")
        cosigned = parse_checkpoint_note(
            note, log_key=log.log_verifier, clock_key=log.clock_verifier, verify=verify_ed25519
        )
        old = self._view
        if old is not None and (old.log.origin != log.origin or cosigned.checkpoint.size < old.size):
            raise _unusable("record-rolled-back", "the record is smaller than it was")
        if old is not None:
            self._check_continues(cosigned.checkpoint)
        if self._index is None or self._index.origin != log.origin:
            self._index = RecordIndex(self._index_folder, self._trust, log.origin)
        read = partial(read_in_parts, self._folder)
        try:
            ledger = self._index.ledger(cosigned.checkpoint, read)
        except IndexAheadError:
            # Another process has seen a later checkpoint: by now it is here. Where it is not, the index is of a record
            # that was since replaced by an older one.
            newer = _read(self._checkpoint, MAX_NOTE_BYTES)
            if newer != note:
                return self._taken(newer)
            ledger = self._index.ledger(cosigned.checkpoint, read, anew=True)
        self._note, self._seen = note, self._index.frontier
        return RecordView(self._folder, log, cosigned, ledger)

    def _check_continues(self, checkpoint: Checkpoint) -> None:
        """Refuse a record that the log signed too and that has another past than the one seen before."""
        frontier = self._seen
        for entries in read_in_parts(self._folder, frontier.size, checkpoint.size):
            frontier = frontier.append([leaf_hash(entry) for entry in entries]).frontier
        if frontier.root() != checkpoint.root:
            raise _unusable("record-inconsistent", "it does not continue the one seen before")

    def distrust_index(self) -> None:
        """Make a private index at the next look: the one in use did not answer."""
        with self._lock:
            if self._index is not None:
                self._index.distrust()
            self._index_folder, self._note, self._stamp = None, b"", ()


def tile_reader(folder: Path) -> ReadTile:
    """Return what reads the tiles of a record's folder; a missing one is empty."""

    def read_tile(level: int, n: int, width: int) -> bytes:
        # A partial tile may since have been completed; the full one serves as well.
        for wide in (width, TILE_WIDTH):
            path = folder / tile_path(level, n, wide)
            if path.exists():
                return _read(path, _TILE_BYTES)
        # Between the two lie other partial tiles of the same place, and any that is wide enough will do.
        partial = (folder / tile_path(level, n, 1)).parent
        widths = sorted(
            int(path.name) for path in partial.glob("*") if path.name.isdecimal() and int(path.name) > width
        )
        return _read(partial / str(widths[0]), _TILE_BYTES) if widths else b""

    return read_tile


def read_entries(folder: Path, old_size: int, size: int) -> list[bytes]:
    """Return the entries from `old_size` to `size`, as the bundles have them; nothing is checked but their form.

    Raises:
        SchemaError: a bundle is malformed.
        OSError: one is missing.
    """
    return [entry for entries in read_in_parts(folder, old_size, size) for entry in entries]


def read_in_parts(folder: Path, old_size: int, size: int) -> Iterator[list[bytes]]:
    """Give the entries from `old_size` to `size`, some thousands at a time.

    Raises:
        SchemaError, OSError: as `read_entries`.
    """
    bundles = iter(bundles_between(old_size, size))
    skipped = old_size % TILE_WIDTH
    while some := list(islice(bundles, _BUNDLES_AT_ONCE)):
        entries: list[bytes] = []
        for n, width in some:
            path = folder / bundle_path(n, width)
            if not path.exists():
                path = folder / bundle_path(n)
            entries += parse_bundle(_read(path, MAX_BUNDLE_BYTES), width)
        yield entries[skipped:]
        skipped = 0


def _read(path: Path, limit: int) -> bytes:
    data = read_regular_file(path, limit)
    if len(data) > limit:
        raise _unusable("record-file-too-large", f"{path.name} is larger than it can be")
    return data


def _unusable(code: str, reason: str) -> VerifyError:
    return VerifyError(
        code,
        "Chưa dùng được sổ cấp: tệp thiếu, hỏng hoặc không được ký đúng. Hãy tải lại sổ cấp.",
        f"The record cannot be used: {reason}. Fetch it again.",
    )


def _list_unknown(vi: str, en: str) -> CheckUnknownError:
    return CheckUnknownError(
        Text(
            f"Chưa biết tình trạng hiện nay: danh sách trạng thái {vi}.",
            f"Current status unknown: the status list {en}.",
        )
    )

"""Step 7: the one writer of the log. It signs a checkpoint only over a tree that continues the last one it signed.

The last signed checkpoint is kept in a file outside the database (`state/checkpoint`), replaced before the new
one is published: a database restored from a backup cannot make it forget. Where that file was restored too, the
published checkpoint still tells. A process killed anywhere leaves files that the next `publish` completes.
"""

from __future__ import annotations

import datetime as dt
import fcntl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from keys.secret_files import sync_folder
from keys.signer import RecordSigner
from schemas.errors import HocbaError, SchemaError
from schemas.record.checkpoint import (
    Checkpoint,
    bare_checkpoint_note,
    parse_checkpoint_note,
    sign_checkpoint,
)
from schemas.record.entry import IssuerEntry, format_entry, leaf_hash
from schemas.record.ledger import Ledger
from schemas.record.merkle import EMPTY_ROOT, TILE_WIDTH, Frontier, TiledTree
from schemas.record.proof import InclusionProof
from schemas.record.trust_root import Log, TrustRoot
from service.errors import ServiceError
from service.files import PUBLIC, disk_refusals, make_folder, replace_file
from service.record.packs import PackMaker
from service.record.publisher import Publisher
from service.record.status import is_due, make_status_list
from service.storage.log_store import LogStore
from service.storage.records import LIST_ID
from verify.ed25519 import verify_ed25519
from verify.findings import VerifyError
from verify.record_index import IndexAheadError, RecordIndex

STATE_FILE = "checkpoint"
RESTORED_FILE = "restored"
"""Lies beside it where the folder came out of a backup: its database, state and record agree with each other, and yet
the world may have seen more."""
INDEX_FOLDER = "index"
_LOCK_FILE = "sequencer.lock"
_ENTRIES_AT_ONCE = 16384


@dataclass(frozen=True, slots=True)
class SequencerKeys:
    """The keys that speak for the record, one purpose each."""

    log: RecordSigner
    clock: RecordSigner
    status: RecordSigner


class Sequencer:
    """Appends entries and publishes checkpoints. One process at a time publishes; others wait."""

    def __init__(
        self,
        *,
        store: LogStore,
        publisher: Publisher,
        state: Path,
        keys: SequencerKeys,
        trust: Callable[[], TrustRoot],
        log: Log,
        now: Callable[[], dt.datetime],
    ) -> None:
        self._store = store
        self._publisher = publisher
        self._state = state
        self._keys = keys
        self._trust = trust
        self._packs = PackMaker(store.entries, keys.status)
        self._indexed: tuple[TrustRoot, RecordIndex] | None = None
        self._log = log
        self._now = now

    @property
    def exists(self) -> bool:
        """Whether the log was begun."""
        return (self._state / STATE_FILE).exists()

    @property
    def is_restored(self) -> bool:
        """Whether the folder came out of a backup, and was not reconciled since."""
        return (self._state / RESTORED_FILE).exists()

    def check_reconciled(self) -> None:
        """Refuse in a copy that came out of a backup, until it is reconciled with the record as others have it.

        Raises:
            ServiceError: `restored-unreconciled`.
        """
        if self.is_restored:
            raise ServiceError(
                "restored-unreconciled",
                "Hệ thống này được khôi phục từ bản sao lưu: kiểm tra được mọi học bạ, nhưng không ký gì cho đến khi "
                "đối chiếu với một bản sao của sổ cấp ở nơi khác. Hãy chạy: hocba record reconcile --from …",
                "This installation was restored from a backup: it verifies everything, and signs nothing until it is "
                "reconciled with the record as somebody else has it. Run: hocba record reconcile --from …",
            )

    def go_on_from(self, note: bytes) -> None:
        """Take a newer note of this log as the last one signed; a restored copy is none any more.

        Raises:
            ServiceError: `log-rewritten`: the database does not hold it; nothing has changed.
            SchemaError: it is no note of this log.
        """
        with self._locked():
            checkpoint = self._signed_in(note)
            leaves = [leaf_hash(entry) for entry in self._store.entries(0, checkpoint.size)]
            root = Frontier().append(leaves).frontier.root()
            if root != checkpoint.root or not self._store.note_root(checkpoint.size, root):
                raise _rewritten()
            replace_file(self._state / STATE_FILE, note, mode=PUBLIC)
            self._publisher.write_checkpoint(note)
            (self._state / RESTORED_FILE).unlink(missing_ok=True)
            sync_folder(self._state)

    def check_may_sign(self) -> None:
        """Refuse where nothing would be signed; signs nothing.

        Raises:
            ServiceError: `log-missing`, `log-shrunk`, `log-rewritten`, `restored-unreconciled`.
        """
        self._last_checkpoint()

    def create(self) -> None:
        """Begin the log with the signed checkpoint of the empty tree. Happens once in an installation's life.

        Raises:
            ServiceError: `log-exists`.
        """
        if self.exists or self._store.size or self._publisher.read_checkpoint() is not None:
            raise ServiceError(
                "log-exists", "Sổ cấp đã có; không tạo lại.", "The log exists; it is not made again."
            )
        make_folder(self._state)
        self._sign_and_publish(Checkpoint(self._log.origin, 0, EMPTY_ROOT))

    def append(self, entries: Sequence[tuple[str, bytes]], *, checked_at: int | None = None) -> list[int]:
        """Commit entries, each under a key of its own, and return their indexes; a known key gives its old index.

        Raises:
            ServiceError: `log-missing`, `log-shrunk`.
            IssuersChangedError: as `LogStore.append`.
        """
        self._last_checkpoint()
        return self._store.append(entries, checked_at=checked_at)

    def append_checked(self, entry_after: Callable[[Sequence[bytes]], tuple[str, bytes]]) -> int:
        """Commit one entry that holds only where it stands, and return its index.

        Args:
            entry_after: gives key and entry where they may follow the entries so far, of which it is handed the new
                ones; asked again where another entry came first.

        Raises:
            ServiceError: `log-missing`, `log-shrunk`, and whatever `entry_after` refuses: nothing is appended.
        """
        self._last_checkpoint()
        size, appended = 0, False
        while not appended:
            start, size = size, self._store.size
            key, entry = entry_after(self._store.entries(start, size))
            appended = self._store.append_at(key, entry, at=size)
        return size

    def find(self, key: str) -> int | None:
        """Return the index of the entry that was appended under a key."""
        return self._store.find(key)

    def append_statements(self, statements: Sequence[tuple[str, bytes]]) -> list[int]:
        """Append registrars' signed statements, each under a key of its own."""
        return self.append([(key, format_entry(IssuerEntry(statement))) for key, statement in statements])

    def publish(self) -> Checkpoint:
        """Publish a checkpoint over every entry, with the present time and, where one is due, a new status list.

        Raises:
            ServiceError: `log-missing`, `log-shrunk`, `log-rewritten`: nothing is signed. What `disk_refusals` raises.
        """
        with self._locked():
            last = self._last_checkpoint()
            frontier = self._frontier(last)
            self._publish_status_list(last)
            size = self._store.size
            first = last.size // TILE_WIDTH * TILE_WIDTH
            entries = self._store.entries(first, size)
            leaves = [leaf_hash(entry) for entry in entries]
            # The open bundle is written anew, so its older entries must still be those that were signed.
            if b"".join(leaves[: last.size - first]) != (frontier.edge[0] if frontier.edge else b""):
                raise _rewritten()
            growth = frontier.append(leaves[last.size - first :])
            checkpoint = Checkpoint(self._log.origin, size, growth.frontier.root())
            if not self._store.note_root(size, checkpoint.root):
                raise _rewritten()
            self._publisher.write_tiles(growth.tiles)
            self._publisher.write_bundles(last.size, size, entries)
            self._sign_and_publish(checkpoint)
            return checkpoint

    def publish_packs(self) -> None:
        """Publish the offline pack of every school, as of the last signed checkpoint.

        A crash leaves some packs older than others, each of them good; the next publishing makes all anew.

        Raises:
            ServiceError: as `publish`.
        """
        with self._locked():
            self.check_reconciled()
            note = self.signed_note()
            ledger = self._signed_ledger(self._signed_in(note))
            for school, data in self._packs.make(note, ledger):
                self._publisher.write_pack(school, data)

    def prove(self, index: int) -> InclusionProof:
        """Return the proof that the entry at `index` lies under the last signed checkpoint, without lines of others.

        Raises:
            SchemaError: `tree-index-outside` where it does not.
        """
        note = bare_checkpoint_note(
            self.signed_note(), log_key=self._log.log_verifier, clock_key=self._log.clock_verifier
        )
        size = self._last_checkpoint().size
        hashes = TiledTree(size, self._publisher.read_tile).inclusion_proof(index)
        return InclusionProof(self._store.entries(index, index + 1)[0], index, hashes, note)

    def signed_note(self) -> bytes:
        """Return the last checkpoint that was ever signed here, as it was published.

        Raises:
            ServiceError: `log-missing`; `log-rewritten`: another root was published for its size.
        """
        try:
            note = (self._state / STATE_FILE).read_bytes()
        except FileNotFoundError as error:
            raise ServiceError(
                "log-missing",
                f"Không thấy {self._state / STATE_FILE}: không biết sổ cấp đã ký đến đâu. Hãy khôi phục tệp này từ "
                "bản sao lưu, hoặc chép record/checkpoint vào đó.",
                f"{self._state / STATE_FILE} is missing: how far the log was signed is unknown. Restore the file "
                "from its backup, or copy record/checkpoint there.",
            ) from error
        published = self._publisher.read_checkpoint()
        return note if published in {None, note} else self._newer(note, published or b"")

    def signed_checkpoint(self) -> Checkpoint:
        """Return the last checkpoint that was ever signed here, whatever the database holds.

        Raises:
            ServiceError: `log-missing`.
        """
        return self._signed_in(self.signed_note())

    def _signed_in(self, note: bytes) -> Checkpoint:
        cosigned = parse_checkpoint_note(
            note, log_key=self._log.log_verifier, clock_key=self._log.clock_verifier, verify=verify_ed25519
        )
        return cosigned.checkpoint

    def _newer(self, note: bytes, published: bytes) -> bytes:
        """Return the one of two notes that says more: a folder restored from a backup is older than the world's."""
        ours = self._signed_in(note)
        try:
            theirs = self._signed_in(published)
        except SchemaError:
            return note  # damaged, or not ours: it tells nothing, and is written anew
        if theirs.size == ours.size and theirs.root != ours.root:
            raise _rewritten()
        return published if theirs.size > ours.size else note

    def _last_checkpoint(self) -> Checkpoint:
        """Return the last signed checkpoint, checked against the database's length."""
        self.check_reconciled()
        checkpoint = self.signed_checkpoint()
        if self._store.size < max(checkpoint.size, self._store.signed_size):
            raise ServiceError(
                "log-shrunk",
                "Cơ sở dữ liệu có ít mục hơn sổ cấp đã ký: có lẽ vừa khôi phục từ bản sao lưu cũ. Không ký tiếp. "
                "Hãy chạy: hocba record reconcile --data …",
                "The database has fewer entries than the signed record: it was probably restored from an old backup. "
                "Nothing is signed. Run: hocba record reconcile --data …",
            )
        return checkpoint

    def _frontier(self, last: Checkpoint) -> Frontier:
        """Return the right edge of the tree of the last checkpoint: from its tiles, else from the entries."""
        try:
            frontier = TiledTree(last.size, self._publisher.read_tile).frontier()
            if frontier.root() == last.root:
                return frontier
        except (OSError, HocbaError):
            pass
        growth = Frontier().append([leaf_hash(entry) for entry in self._store.entries(0, last.size)])
        if growth.frontier.root() != last.root:
            raise _rewritten()
        self._publisher.write_tiles(growth.tiles)
        self._publisher.write_bundles(0, last.size, self._store.entries(0, last.size))
        return growth.frontier

    def _publish_status_list(self, signed: Checkpoint) -> None:
        last = self._store.last_list(LIST_ID)
        changed = last is not None and self._store.status_changed_since(last.index)
        now = self._now()
        if not is_due(last, changed=changed, now=now):
            return
        version = last.version + 1 if last else 1
        ledger = self._signed_ledger(signed)
        appended = False
        while not appended:
            ledger.add_all(self._store.entries(ledger.size, self._store.size))
            data, entry = make_status_list(
                ledger,
                origin=self._log.origin,
                list_id=LIST_ID,
                version=version,
                key=self._keys.status,
                now=now,
            )
            # The file comes first: an entry never names a list that is not there.
            self._publisher.write_status_list(LIST_ID, version, data)
            appended = self._store.append_list(LIST_ID, version, int(now.timestamp()), entry, at=ledger.size)

    def _signed_ledger(self, signed: Checkpoint) -> Ledger:
        """Return what the entries under the last signed checkpoint amount to: from the index, grown by the database."""

        def read(start: int, end: int) -> Iterator[list[bytes]]:
            for first in range(start, end, _ENTRIES_AT_ONCE):
                yield self._store.entries(first, min(first + _ENTRIES_AT_ONCE, end))

        trust = self._trust()
        if self._indexed is None or self._indexed[0] != trust:
            self._indexed = trust, RecordIndex(self._state / INDEX_FOLDER, trust, self._log.origin)
        index = self._indexed[1]
        try:
            return index.ledger(signed, read)
        except IndexAheadError:
            return index.ledger(signed, read, anew=True)
        except VerifyError as error:
            raise _rewritten() from error

    def _sign_and_publish(self, checkpoint: Checkpoint) -> None:
        note = sign_checkpoint(
            checkpoint,
            log_key=self._log.log_verifier,
            log_sign=self._keys.log.sign,
            clock_key=self._log.clock_verifier,
            clock_sign=self._keys.clock.sign,
            clock_time=int(self._now().timestamp()),
        )
        # What was signed is remembered before anybody can see it: never two roots for one size.
        replace_file(self._state / STATE_FILE, note, mode=PUBLIC)
        self._publisher.write_checkpoint(note)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with disk_refusals(), (self._state / _LOCK_FILE).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _rewritten() -> ServiceError:
    return ServiceError(
        "log-rewritten",
        "Các mục trong cơ sở dữ liệu khác với sổ cấp đã ký: có mục bị sửa. Không ký tiếp; hãy báo Sở.",
        "The database's entries are not those of the signed record. Nothing is signed; tell the authority.",
    )

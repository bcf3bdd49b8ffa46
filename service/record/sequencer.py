"""Step 7: the one writer of the log. It signs a checkpoint only over a tree that continues the last one it signed.

The last signed checkpoint is kept in a file outside the database (`state/checkpoint`), replaced before the new
one is published: a database restored from a backup cannot make it forget. A process killed anywhere leaves
files that the next `publish` completes.
"""

from __future__ import annotations

import datetime as dt
import fcntl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from keys.signer import RecordSigner
from schemas.errors import HocbaError
from schemas.record.checkpoint import Checkpoint, parse_checkpoint_note, sign_checkpoint
from schemas.record.entry import IssuerEntry, format_entry, leaf_hash
from schemas.record.merkle import EMPTY_ROOT, TILE_WIDTH, Frontier, TiledTree
from schemas.record.proof import InclusionProof
from schemas.record.trust_root import Log, TrustRoot
from service.errors import ServiceError
from service.files import PUBLIC, make_folder, replace_file
from service.record.publisher import Publisher
from service.record.status import is_due, make_status_list
from service.storage.log_store import LogStore
from service.storage.records import LIST_ID
from verify.ed25519 import verify_ed25519

STATE_FILE = "checkpoint"
_LOCK_FILE = "sequencer.lock"


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
        trust: TrustRoot,
        log: Log,
        now: Callable[[], dt.datetime],
    ) -> None:
        self._store = store
        self._publisher = publisher
        self._state = state
        self._keys = keys
        self._trust = trust
        self._log = log
        self._now = now

    @property
    def exists(self) -> bool:
        """Whether the log was begun."""
        return (self._state / STATE_FILE).exists()

    def create(self) -> None:
        """Begin the log with the signed checkpoint of the empty tree. Happens once in an installation's life.

        Raises:
            ServiceError: `log-exists`.
        """
        if self.exists or self._store.size:
            raise ServiceError(
                "log-exists", "Sổ cấp đã có; không tạo lại.", "The log exists; it is not made again."
            )
        make_folder(self._state)
        self._sign_and_publish(Checkpoint(self._log.origin, 0, EMPTY_ROOT))

    def append(self, entries: Sequence[tuple[str, bytes]]) -> list[int]:
        """Commit entries, each under a key of its own, and return their indexes; a known key gives its old index.

        Raises:
            ServiceError: `log-missing`, `log-shrunk`.
        """
        self._last_checkpoint()
        return self._store.append(entries)

    def find(self, key: str) -> int | None:
        """Return the index of the entry that was appended under a key."""
        return self._store.find(key)

    def append_statements(self, statements: Sequence[tuple[str, bytes]]) -> list[int]:
        """Append registrars' signed statements, each under a key of its own."""
        return self.append([(key, format_entry(IssuerEntry(statement))) for key, statement in statements])

    def publish(self) -> Checkpoint:
        """Publish a checkpoint over every entry, with the present time and, where one is due, a new status list.

        Raises:
            ServiceError: `log-missing`, `log-shrunk`, `log-rewritten`: nothing is signed.
        """
        with self._locked():
            last = self._last_checkpoint()
            frontier = self._frontier(last)
            self._publish_status_list()
            size = self._store.size
            first = last.size // TILE_WIDTH * TILE_WIDTH
            entries = self._store.entries(first, size)
            leaves = [leaf_hash(entry) for entry in entries]
            # The open bundle is written anew, so its older entries must still be those that were signed.
            if b"".join(leaves[: last.size - first]) != (frontier.edge[0] if frontier.edge else b""):
                raise _rewritten()
            growth = frontier.append(leaves[last.size - first :])
            self._publisher.write_tiles(growth.tiles)
            self._publisher.write_bundles(last.size, size, entries)
            checkpoint = Checkpoint(self._log.origin, size, growth.frontier.root())
            self._sign_and_publish(checkpoint)
            return checkpoint

    def prove(self, index: int) -> InclusionProof:
        """Return the proof that the entry at `index` lies under the last signed checkpoint.

        Raises:
            SchemaError: `tree-index-outside` where it does not.
        """
        note = (self._state / STATE_FILE).read_bytes()
        size = self._last_checkpoint().size
        hashes = TiledTree(size, self._publisher.read_tile).inclusion_proof(index)
        return InclusionProof(self._store.entries(index, index + 1)[0], index, hashes, note)

    def signed_checkpoint(self) -> Checkpoint:
        """Return the last checkpoint that was ever signed here, whatever the database holds.

        Raises:
            ServiceError: `log-missing`.
        """
        try:
            note = (self._state / STATE_FILE).read_bytes()
        except FileNotFoundError as error:
            raise ServiceError(
                "log-missing",
                f"Không thấy {self._state / STATE_FILE}: không biết sổ cấp đã ký đến đâu. Hãy khôi phục tệp này.",
                f"{self._state / STATE_FILE} is missing: how far the log was signed is unknown. Restore the file.",
            ) from error
        cosigned = parse_checkpoint_note(
            note, log_key=self._log.log_verifier, clock_key=self._log.clock_verifier, verify=verify_ed25519
        )
        return cosigned.checkpoint

    def _last_checkpoint(self) -> Checkpoint:
        """Return the last signed checkpoint, checked against the database's length."""
        checkpoint = self.signed_checkpoint()
        if self._store.size < checkpoint.size:
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

    def _publish_status_list(self) -> None:
        last = self._store.last_list(LIST_ID)
        changed = last is not None and self._store.status_changed_since(last.index)
        now = self._now()
        if not is_due(last, changed=changed, now=now):
            return
        version = last.version + 1 if last else 1
        appended = False
        while not appended:
            size = self._store.size
            data, entry = make_status_list(
                self._store.entries(0, size),
                origin=self._log.origin,
                trust=self._trust,
                list_id=LIST_ID,
                version=version,
                key=self._keys.status,
                now=now,
            )
            # The file comes first: an entry never names a list that is not there.
            self._publisher.write_status_list(LIST_ID, version, data)
            appended = self._store.append_list(LIST_ID, version, int(now.timestamp()), entry, at=size)

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
        with (self._state / _LOCK_FILE).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _rewritten() -> ServiceError:
    return ServiceError(
        "log-rewritten",
        "Các mục trong cơ sở dữ liệu khác với sổ cấp đã ký: có mục bị sửa. Không ký tiếp; hãy báo Sở.",
        "The database's entries are not those of the signed record. Nothing is signed; tell the authority.",
    )

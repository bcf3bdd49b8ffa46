"""A copy of a public record in a folder of one's own, brought up to date; any static server can give it out.

Nothing counts before it is proven: what is new must continue the last checkpoint that this folder has, entry by entry,
up to a root that the log signed. The checkpoint is written last, when everything below it is durable: a mirror that is
killed anywhere leaves a folder that verifies, and goes on from there. A record that shrank or was rewritten is refused,
its signed note kept as evidence in `refused/`, and the last good state stays.
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Final, NoReturn

from schemas.errors import HocbaError, SchemaError
from schemas.record.checkpoint import Checkpoint, CosignedCheckpoint, claimed_origin, parse_checkpoint_note
from schemas.record.entry import StatusListPublished, leaf_hash, parse_entry
from schemas.record.merkle import TILE_HEIGHT, TILE_WIDTH, Frontier, TiledTree
from schemas.record.signed_note import MAX_NOTE_BYTES
from schemas.record.status_list import MAX_STATUS_LIST_BYTES
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
from verify.files import read_regular_file, replace_file, sync_folder
from verify.findings import VerifyError
from verify.record_fetch import checked_address, fetch
from verify.record_reader import MAX_BUNDLE_BYTES, read_entries, tile_reader
from verify.token_mirror import fetch_tokens

_LOCK: Final = ".mirror.lock"
_LISTS: Final = ".mirror.lists"
"""The newest status lists that the log names: asked for until they are here."""
REFUSED: Final = "refused"
_AT_ONCE: Final = 4
"""Files fetched at the same time: one origin is asked, and it serves schools too."""
_CHUNK: Final = 64
"""Bundles in memory at a time."""


@dataclass(frozen=True, slots=True)
class MirrorReport:
    """What an update did: the size before and after, and the clock's time of the checkpoint."""

    old_size: int
    size: int
    clock_time: int | None
    missing: tuple[str, ...] = ()
    """Status lists that the log names and the origin does not give, and time stamps that it gives damaged."""


def update_mirror(address: str, folder: Path, trust: TrustRoot) -> MirrorReport:
    """Bring the copy in `folder` to the checkpoint at `address`.

    Raises:
        VerifyError: `record-address`, `record-unreachable`, `record-too-large`, `record-log-unknown`;
            `record-rolled-back`, `record-inconsistent` with evidence kept; `record-damaged`; `mirror-busy`,
            `mirror-damaged`.
        SchemaError: the checkpoint is not what it should be.
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        return _Update(checked_address(address), folder, trust).run()


class _Update:
    """One update on its way."""

    def __init__(self, base: str, folder: Path, trust: TrustRoot) -> None:
        self._base, self._folder, self._trust = base, folder, trust
        self._written: list[Path] = []
        self._lists: dict[int, tuple[int, str]] = {}
        self._reused = False

    def run(self) -> MirrorReport:
        """Fetch, prove, write."""
        note = fetch(self._base + CHECKPOINT_PATH, MAX_NOTE_BYTES)
        log, new = self._signed(note)
        old = self._last(log)
        old_size = old.checkpoint.size if old else 0
        if old is not None:
            self._check_not_shorter(note, old.checkpoint, new.checkpoint)
        self._prove(note, self._frontier(old), new.checkpoint)
        missing = self._fetch_lists() + fetch_tokens(self._base, self._folder, self._write)
        self._sync()
        if old is not None and old_size == new.checkpoint.size and _time(new) <= _time(old):
            return MirrorReport(old_size, old_size, old.clock_time, missing)
        # From here on the folder is the new record; before, it was the old one.
        replace_file(self._folder / CHECKPOINT_PATH, note)
        sync_folder(self._folder)
        self._prune(old_size)
        return MirrorReport(old_size, new.checkpoint.size, new.clock_time, missing)

    def _check_not_shorter(self, note: bytes, old: Checkpoint, new: Checkpoint) -> None:
        if new.size > old.size:
            return
        try:
            same = TiledTree(new.size, tile_reader(self._folder)).root() == new.root
        except SchemaError as error:
            raise _damaged() from error
        if not same:
            self._refuse(
                note, "record-inconsistent", "không nối tiếp bản đã sao", "does not continue the copy"
            )
        if new.size < old.size:
            self._refuse(note, "record-rolled-back", "nhỏ hơn bản đã sao", "is smaller than the one mirrored")

    def _prove(self, note: bytes, start: Frontier, new: Checkpoint) -> None:
        """Bring the entries up to `new`, or say what is wrong with them; then nothing of them is left."""
        while True:
            self._lists = _read_lists(self._folder)
            try:
                proven = self._continued(start, new.size).root() == new.root
            except SchemaError:
                proven = False
            if proven:
                return
            self._forget()
            if not self._reused:
                break
            # What an interrupted update left was wrong, and is gone now: once more from the origin alone.
            self._reused = False
        # Only an origin whose own entries give the signed root has shown another past; bytes damaged on the way do not.
        if start.size and self._root_of_origin(new.size) == new.root:
            self._refuse(
                note, "record-inconsistent", "không nối tiếp bản đã sao", "does not continue the copy"
            )
        raise VerifyError(
            "record-damaged",
            "Các mục tải về không cho ra gốc đã ký: hỏng ở nơi công bố hoặc trên đường truyền. Bản đang có được giữ "
            "nguyên; hãy thử lại, và báo nơi công bố nếu vẫn vậy.",
            "The entries fetched do not give the signed root: damaged at their source or on the way. What is here "
            "stays; try again, and tell the source if it goes on.",
        )

    def _root_of_origin(self, size: int) -> bytes | None:
        frontier = Frontier()
        try:
            for n, width in bundles_between(0, size):
                entries = parse_bundle(self._fetch_bundle(n, width), width)
                frontier = frontier.append([leaf_hash(entry) for entry in entries]).frontier
        except HocbaError:
            return None
        return frontier.root()

    def _sync(self) -> None:
        """Make every name written durable, with the folders that were made for it."""
        folders = {
            folder for path in self._written for folder in path.parents if self._folder in folder.parents
        }
        for folder in folders | {self._folder}:
            sync_folder(folder)

    def _prune(self, size: int) -> None:
        """Take away partial files older than those of the checkpoint of `size`, by which somebody may still read."""
        level = 0
        while (count := size >> TILE_HEIGHT * level) > 0:
            n, width = divmod(count, TILE_WIDTH)
            for name in (tile_path(level, n, 1), *([bundle_path(n, 1)] if level == 0 else [])):
                for path in (self._folder / name).parent.glob("*"):
                    if path.name.isdecimal() and int(path.name) < width:
                        path.unlink()
            level += 1

    def _signed(self, note: bytes) -> tuple[Log, CosignedCheckpoint]:
        log = self._trust.log_for(claimed_origin(note))
        if log is None:
            raise _failed(
                "record-log-unknown",
                "thuộc một sổ cấp không có trong gốc tin cậy",
                "is of a log that the trust root does not know",
            )
        # The size decides how much is fetched, so it is believed only once it is signed.
        return log, parse_checkpoint_note(
            note, log_key=log.log_verifier, clock_key=log.clock_verifier, verify=verify_ed25519
        )

    def _last(self, log: Log) -> CosignedCheckpoint | None:
        path = self._folder / CHECKPOINT_PATH
        if not path.exists():
            return None
        known, cosigned = self._signed(read_regular_file(path, MAX_NOTE_BYTES))
        if known.origin != log.origin:
            raise _failed(
                "mirror-other-log",
                "là của sổ cấp khác với thư mục này; hãy dùng thư mục khác",
                "is of another log than this folder; use another folder",
            )
        return cosigned

    def _frontier(self, old: CosignedCheckpoint | None) -> Frontier:
        """Return the right edge of what is here: from its tiles, else from its entries."""
        if old is None or not old.checkpoint.size:
            return Frontier()
        size, root = old.checkpoint.size, old.checkpoint.root
        try:
            frontier = TiledTree(size, tile_reader(self._folder)).frontier()
            if frontier.root() == root:
                return frontier
        except (OSError, HocbaError):
            pass
        try:
            leaves = [leaf_hash(entry) for entry in read_entries(self._folder, 0, size)]
            frontier = Frontier().append(leaves).frontier
        except (OSError, HocbaError) as error:
            raise _damaged() from error
        if frontier.root() != root:
            raise _damaged()
        return frontier

    def _continued(self, frontier: Frontier, size: int) -> Frontier:
        """Fetch the bundles up to `size`, write them and their tiles, and return the edge that they give."""
        wanted = iter(list(bundles_between(frontier.size, size)))
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            while chunk := list(islice(wanted, _CHUNK)):
                leaves: list[bytes] = []
                for (n, width), bundle in zip(chunk, pool.map(self._bundle, chunk), strict=True):
                    entries = parse_bundle(bundle, width)
                    hashes = [leaf_hash(entry) for entry in entries]
                    known = frontier.size + len(leaves) - n * TILE_WIDTH
                    # The open bundle comes whole: its older entries must still be those that are here.
                    if known and b"".join(hashes[:known]) != (frontier.edge[0] if frontier.edge else b""):
                        return Frontier()
                    leaves += hashes[known:]
                    self._note_lists(entries)
                    # A full bundle in place of a partial one holds what is not under this checkpoint.
                    self._write(bundle_path(n, width), bundle[: sum(len(entry) + 2 for entry in entries)])
                growth = frontier.append(leaves)
                for tile in growth.tiles:
                    self._write(tile_path(tile.level, tile.n, tile.width), tile.data)
                frontier = growth.frontier
        return frontier

    def _bundle(self, place: tuple[int, int]) -> bytes:
        n, width = place
        path = self._folder / bundle_path(n, width)
        # A full bundle left by an update that was cut off need not come again; the root will tell whether it is right.
        if width == TILE_WIDTH and path.exists():
            self._written.append(path)
            self._reused = True
            return read_regular_file(path, MAX_BUNDLE_BYTES)
        return self._fetch_bundle(n, width)

    def _fetch_bundle(self, n: int, width: int) -> bytes:
        """Fetch a bundle; where the origin has let go of a partial one, the full one serves."""
        try:
            return fetch(self._base + bundle_path(n, width), MAX_BUNDLE_BYTES)
        except VerifyError as error:
            if error.code != "record-unreachable" or width == TILE_WIDTH:
                raise
            return fetch(self._base + bundle_path(n), MAX_BUNDLE_BYTES)

    def _note_lists(self, entries: list[bytes]) -> None:
        for data in entries:
            try:
                entry = parse_entry(data)
            except SchemaError:
                continue  # counts for nothing, and hinders nothing
            if isinstance(entry, StatusListPublished):
                known = self._lists.get(entry.list_id)
                if known is None or entry.version > known[0]:
                    self._lists[entry.list_id] = (entry.version, entry.digest.hex())

    def _fetch_lists(self) -> tuple[str, ...]:
        """Bring the newest list of each number; return those that the origin lacks, or gives otherwise than logged.

        Without its list a status is unknown; a list that is withheld must not hold back revocations in the log. It is
        asked for again by the next update.
        """
        replace_file(
            self._folder / _LISTS, json.dumps({n: (v, d) for n, (v, d) in self._lists.items()}).encode()
        )
        missing = []
        for list_id, (version, digest) in self._lists.items():
            path = status_list_path(list_id, version)
            if (self._folder / path).exists():
                continue
            try:
                data = fetch(self._base + path, MAX_STATUS_LIST_BYTES)
            except VerifyError:
                data = b""
            if sha256(data).hexdigest() == digest:
                self._write(path, data)
            else:
                missing.append(path)
        return tuple(missing)

    def _write(self, path: str, data: bytes) -> None:
        target = self._folder / path
        replace_file(target, data)
        self._written.append(target)

    def _forget(self) -> None:
        """Take away what was not proven; nothing under the checkpoint that stands is among it."""
        for path in self._written:
            path.unlink(missing_ok=True)
        self._written.clear()

    def _refuse(self, note: bytes, code: str, vi: str, en: str) -> NoReturn:
        evidence = self._folder / REFUSED / f"{sha256(note).hexdigest()}.note"
        replace_file(evidence, note)
        raise VerifyError(
            code,
            f"Sổ cấp {vi}: sổ đã bị sửa hoặc khôi phục từ bản cũ. Bản đang có được giữ nguyên; "
            f"bằng chứng ở {evidence}. Hãy báo cơ quan quản lý.",
            f"The record {en}: it was rewritten, or restored from an old copy. What is here stays as it is; "
            f"the evidence is in {evidence}. Tell the authority.",
        )


def _time(cosigned: CosignedCheckpoint) -> int:
    return cosigned.clock_time or 0


def _read_lists(folder: Path) -> dict[int, tuple[int, str]]:
    try:
        stored = json.loads((folder / _LISTS).read_bytes())
        return {int(list_id): (int(version), str(digest)) for list_id, (version, digest) in stored.items()}
    except (FileNotFoundError, ValueError):
        return {}


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / _LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise VerifyError(
                "mirror-busy",
                "Một tiến trình khác đang cập nhật thư mục này; hãy chờ nó xong.",
                "Another process is updating this folder; wait until it has finished.",
            ) from error
        yield


def _damaged() -> VerifyError:
    return VerifyError(
        "mirror-damaged",
        "Thư mục sao sổ cấp bị hỏng: các mục không khớp điểm chốt. Hãy xoá thư mục rồi sao lại từ đầu.",
        "The mirror's folder is damaged: its entries do not give its checkpoint. Delete it and mirror anew.",
    )


def _failed(code: str, vi: str, en: str) -> VerifyError:
    return VerifyError(code, f"Sổ cấp {vi}.", f"The record {en}.")

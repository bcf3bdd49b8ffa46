"""Reads a whole public record again and computes everything anew: entries, roots, tiles, status lists, clock.

For whoever keeps a copy and trusts nobody, the operator least: each difference is named, with the file it stands in.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from schemas.errors import SchemaError, Text
from schemas.record.checkpoint import claimed_origin, parse_checkpoint_note
from schemas.record.entry import StatusListPublished, leaf_hash, parse_entry
from schemas.record.ledger import Ledger
from schemas.record.merkle import HASH_BYTES, TILE_WIDTH, Frontier, Tile
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
from verify.files import read_regular_file
from verify.findings import CheckUnknownError, VerifyError
from verify.mirror import REFUSED
from verify.record_reader import MAX_BUNDLE_BYTES, RecordView

_PARTIAL = re.compile(r"tile/(entries|[0-9]{1,2})/((?:x[0-9]{3}/)*[0-9]{3})\.p/([1-9][0-9]{0,2})")
_FULL = re.compile(r"tile/(?:entries|[0-9]{1,2})/(?:x[0-9]{3}/)*[0-9]{3}")


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it must be."""

    code: str
    where: str
    text: Text


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What was read, and what is wrong."""

    entries: int
    tiles: int
    lists: int
    differences: tuple[Difference, ...]

    def to_json(self) -> str:
        """Return the report as one JSON object."""
        return json.dumps(
            {
                "entries": self.entries,
                "tiles": self.tiles,
                "lists": self.lists,
                "differences": [
                    {"code": one.code, "where": one.where, "vi": one.text.vi, "en": one.text.en}
                    for one in self.differences
                ],
            },
            ensure_ascii=False,
        )


def audit_record(folder: Path, trust: TrustRoot, *, now: dt.datetime) -> AuditReport:
    """Audit the record in `folder`.

    Raises:
        VerifyError: `record-log-unknown`: the trust root cannot judge it.
        SchemaError, OSError: the checkpoint is missing, malformed or not signed: there is nothing to compare with.
    """
    return _Audit(folder, trust, now).run()


class _Audit:
    def __init__(self, folder: Path, trust: TrustRoot, now: dt.datetime) -> None:
        self._folder, self._trust, self._now = folder, trust, now
        self._found: list[Difference] = []
        self._published: list[StatusListPublished] = []
        self._tiles = 0
        self._hashes: dict[tuple[int, int], bytes] = {}

    def run(self) -> AuditReport:
        note = read_regular_file(self._folder / CHECKPOINT_PATH, MAX_NOTE_BYTES)
        log = self._trust.log_for(claimed_origin(note))
        if log is None:
            raise VerifyError(
                "record-log-unknown",
                "Sổ cấp thuộc một nhật ký không có trong gốc tin cậy.",
                "The record is of a log that the trust root does not know.",
            )
        cosigned = parse_checkpoint_note(
            note, log_key=log.log_verifier, clock_key=log.clock_verifier, verify=verify_ed25519
        )
        size, root = cosigned.checkpoint.size, cosigned.checkpoint.root
        ledger, frontier = Ledger(log.origin, self._trust, verify_ed25519), Frontier()
        for entries in self._bundles(size):
            growth = frontier.append([leaf_hash(entry) for entry in entries])
            frontier = growth.frontier
            for tile in growth.tiles:
                # A partial tile on the way is compared when it is full, or at the end.
                if tile.width == TILE_WIDTH:
                    self._compare(tile)
            for entry in entries:
                self._note(entry)
                ledger.add(entry)
        for tile in _edge(frontier):
            self._compare(tile)
        if (frontier.size, frontier.root()) != (size, root):
            self._differs(
                "audit-root",
                CHECKPOINT_PATH,
                "gốc tính lại khác gốc đã ký",
                "the root computed is not the signed one",
            )
        self._check_files()
        for anomaly in ledger.anomalies:
            self._differs(
                anomaly.code, f"#{anomaly.index}", "mục này không có giá trị", "this entry counts for nothing"
            )
        self._check_lists(RecordView(self._folder, log, cosigned, ledger), log)
        if not RecordView(self._folder, log, cosigned, ledger).is_fresh(self._now):
            self._differs(
                "audit-stale",
                CHECKPOINT_PATH,
                "điểm chốt đã quá cũ hoặc không có giờ",
                "the checkpoint is too old, or has no time",
            )
        return AuditReport(frontier.size, self._tiles, len(self._published), tuple(self._found))

    def _bundles(self, size: int) -> Iterator[list[bytes]]:
        for n, width in bundles_between(0, size):
            path = bundle_path(n, width)
            if not (self._folder / path).exists():
                path = bundle_path(n)
            try:
                yield parse_bundle(read_regular_file(self._folder / path, MAX_BUNDLE_BYTES), width)
            except (SchemaError, OSError):
                self._differs("audit-bundle", path, "thiếu hoặc hỏng", "is missing or malformed")
                return

    def _compare(self, tile: Tile) -> None:
        path = tile_path(tile.level, tile.n, tile.width)
        if tile.width < TILE_WIDTH and not (self._folder / path).exists():
            path = tile_path(tile.level, tile.n)
        self._tiles += 1
        self._hashes[tile.level, tile.n] = tile.data
        try:
            data = read_regular_file(self._folder / path, TILE_WIDTH * 32)
        except OSError:
            data = b""
        if data[: len(tile.data)] != tile.data:
            self._differs("audit-tile", path, "khác với các mục", "is not what the entries give")

    def _check_files(self) -> None:
        """Look at every file that is there: partial ones of earlier sizes too, and what should not be there."""
        lists = {status_list_path(entry.list_id, entry.version) for entry in self._published}
        for path in _files(self._folder):
            name = path.relative_to(self._folder).as_posix()
            partial = _PARTIAL.fullmatch(name)
            if partial is not None:
                self._check_partial(path, name, *partial.groups())
            elif name not in lists | {CHECKPOINT_PATH} and not _FULL.fullmatch(name):
                self._differs("audit-file", name, "không thuộc sổ cấp", "does not belong to the record")

    def _check_partial(self, path: Path, name: str, kind: str, number: str, width: str) -> None:
        level, n = 0 if kind == "entries" else int(kind), int(number.replace("x", "").replace("/", ""))
        expected = self._hashes.get((level, n), b"")[: int(width) * HASH_BYTES]
        if len(expected) < int(width) * HASH_BYTES:
            return  # beyond the checkpoint: nothing vouches for it, and nobody reads it
        data = read_regular_file(path, MAX_BUNDLE_BYTES)
        if kind == "entries":
            try:
                data = b"".join(leaf_hash(entry) for entry in parse_bundle(data, int(width)))
            except SchemaError:
                data = b""
        if data != expected and self._found_nothing_of(name):
            code = "audit-bundle" if kind == "entries" else "audit-tile"
            self._differs(code, name, "khác với các mục", "is not what the entries give")

    def _found_nothing_of(self, name: str) -> bool:
        return all(one.where != name for one in self._found)

    def _note(self, data: bytes) -> None:
        try:
            entry = parse_entry(data)
        except SchemaError:
            return  # the ledger names it
        if isinstance(entry, StatusListPublished):
            self._published.append(entry)

    def _check_lists(self, view: RecordView, log: Log) -> None:
        newest = {entry.list_id: entry for entry in self._published}
        for entry in self._published:
            path = status_list_path(entry.list_id, entry.version)
            try:
                data = read_regular_file(self._folder / path, MAX_STATUS_LIST_BYTES)
            except OSError:
                # A mirror keeps the newest ones only.
                if newest[entry.list_id] is entry:
                    self._differs("audit-list", path, "thiếu", "is missing")
                continue
            if sha256(data).digest() != entry.digest:
                self._differs("audit-list", path, "khác với mục trong sổ", "is not the one in the log")
        for list_id, entry in newest.items():
            for school in log.school_prefixes:
                try:
                    view.check_status_list(list_id, school, self._now)
                except CheckUnknownError as finding:
                    path = status_list_path(list_id, entry.version)
                    self._found.append(Difference("audit-list-unusable", path, finding.text))

    def _differs(self, code: str, where: str, vi: str, en: str) -> None:
        self._found.append(Difference(code, where, Text(vi, en)))


def _files(folder: Path) -> Iterator[Path]:
    """Give the files of a record; a mirror's own, and unfinished ones, are none."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name == REFUSED:
            continue
        if path.is_dir() and not path.is_symlink():
            yield from _files(path)
        else:
            yield path


def _edge(frontier: Frontier) -> Iterator[Tile]:
    """Give the partial tiles of the right edge."""
    for level, data in enumerate(frontier.edge):
        if data:
            width = len(data) // 32
            yield Tile(level, frontier.size >> 8 * (level + 1), width, data)

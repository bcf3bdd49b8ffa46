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

from schemas.errors import HocbaError, SchemaError, Text
from schemas.record.checkpoint import Checkpoint, claimed_origin, parse_checkpoint_note
from schemas.record.entry import StatusListPublished, leaf_hash, parse_entry
from schemas.record.envelope import check_update
from schemas.record.ledger import Ledger
from schemas.record.merkle import HASH_BYTES, TILE_HEIGHT, TILE_WIDTH, Frontier, Tile
from schemas.record.signed_note import MAX_NOTE_BYTES
from schemas.record.status_list import MAX_STATUS_LIST_BYTES
from schemas.record.tiles import (
    CHECKPOINT_PATH,
    PACKS,
    TRUST_ROOTS,
    bundle_path,
    bundles_between,
    parse_bundle,
    stamped_path,
    status_list_path,
    tile_path,
    token_path,
    trust_root_path,
)
from schemas.record.trust_root import TrustRoot
from verify.ed25519 import verify_ed25519
from verify.files import read_regular_file
from verify.findings import CheckUnknownError, VerifyError
from verify.mirror import REFUSED
from verify.pack_audit import wrong_packs
from verify.record_reader import MAX_BUNDLE_BYTES, RecordView
from verify.token_chain import read_tokens
from verify.trust import read_trust_root
from verify.trust_expiry import check_not_expired

_PARTIAL = re.compile(r"tile/(entries|[0-9]{1,2})/((?:x[0-9]{3}/)*[0-9]{3})\.p/([1-9][0-9]{0,2})")
_TRUST_ROOT = re.compile(rf"{TRUST_ROOTS}/([1-9][0-9]{{0,15}})\.json")
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
        VerifyError: `record-log-unknown`, `trust-root-expired`: the trust root cannot judge it.
        SchemaError, OSError: the checkpoint is missing, malformed or not signed: there is nothing to compare with.
    """
    check_not_expired(trust, now)
    return _Audit(folder, trust, now).run()


class _Audit:
    def __init__(self, folder: Path, trust: TrustRoot, now: dt.datetime) -> None:
        self._folder, self._trust, self._now = folder, trust, now
        self._found: list[Difference] = []
        self._published: list[StatusListPublished] = []
        self._tiles = self._tokens = 0
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
        view = RecordView(self._folder, log, cosigned, Ledger(log.origin, self._trust, verify_ed25519))
        frontier = self._read_entries(view)
        if (frontier.size, frontier.root()) != (cosigned.checkpoint.size, cosigned.checkpoint.root):
            self._differs(
                "audit-root",
                CHECKPOINT_PATH,
                "gốc tính lại khác gốc đã ký",
                "the root computed is not the signed one",
            )
        self._check_tokens(view)
        for path, vi, en in wrong_packs(self._folder, view, self._trust):
            self._differs("audit-pack", path, f"gói ngoại tuyến {vi}", f"the offline pack {en}")
        self._check_files()
        for anomaly in view.ledger.anomalies:
            self._differs(
                anomaly.code, f"#{anomaly.index}", "mục này không có giá trị", "this entry counts for nothing"
            )
        self._check_lists(view)
        if not view.is_fresh(self._now):
            self._differs(
                "audit-stale",
                CHECKPOINT_PATH,
                "điểm chốt đã quá cũ hoặc không có giờ",
                "the checkpoint is too old, or has no time",
            )
        return AuditReport(frontier.size, self._tiles, len(self._published), tuple(self._found))

    def _read_entries(self, view: RecordView) -> Frontier:
        """Read every entry into the view's ledger, and compare the tiles that they give; return the right edge."""
        frontier = Frontier()
        for entries in self._bundles(view.size):
            growth = frontier.append([leaf_hash(entry) for entry in entries])
            frontier = growth.frontier
            for tile in growth.tiles:
                # A partial tile on the way is compared when it is full, or at the end.
                if tile.width == TILE_WIDTH:
                    self._compare(tile)
            for entry in entries:
                self._note(entry)
                view.ledger.add(entry)
        for tile in _edge(frontier):
            self._compare(tile)
        return frontier

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
            data = read_regular_file(self._folder / path, TILE_WIDTH * HASH_BYTES)
        except OSError:
            data = b""
        if data[: len(tile.data)] != tile.data:
            self._differs("audit-tile", path, "khác với các mục", "is not what the entries give")

    def _check_files(self) -> None:
        """Look at every file that is there: partial ones of earlier sizes too, and what should not be there."""
        lists = {status_list_path(entry.list_id, entry.version) for entry in self._published}
        tokens = {path for n in range(1, self._tokens + 1) for path in (token_path(n), stamped_path(n))}
        for path in _files(self._folder):
            name = path.relative_to(self._folder).as_posix()
            partial = _PARTIAL.fullmatch(name)
            trust_root = _TRUST_ROOT.fullmatch(name)
            if partial is not None:
                self._check_partial(path, name, *partial.groups())
            elif trust_root is not None:
                self._check_trust_root(name, int(trust_root[1]))
            elif path.parent == self._folder / PACKS:
                pass  # `wrong_packs` looks at them
            elif name not in lists | tokens | {CHECKPOINT_PATH} and not _FULL.fullmatch(name):
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

    def _check_trust_root(self, name: str, version: int) -> None:
        """Check a published version: the one in use here, or an update of the one before it."""
        before = self._folder / trust_root_path(version - 1)
        try:
            envelope = read_trust_root(self._folder / name)
            is_right = envelope.root.version == version
            if version == self._trust.version:
                is_right = is_right and envelope.root == self._trust
            elif version == self._trust.version + 1:
                check_update(self._trust, envelope, verify_ed25519)
            elif before.exists():
                check_update(read_trust_root(before).root, envelope, verify_ed25519)
        except HocbaError:
            is_right = False
        if not is_right:
            self._differs(
                "audit-trust-root",
                name,
                "không phải bản nối tiếp của gốc tin cậy",
                "is no version of the trust root that follows the one before it",
            )

    def _check_tokens(self, view: RecordView) -> None:
        """Check every time stamp as of its own time, and whether the newest holds today."""
        trust, tokens = self._trust.time_stamps, read_tokens(self._folder)
        self._tokens = len(tokens)
        newest = None
        for number, token in enumerate(tokens, start=1):
            newest = None
            if token is None:
                self._token_differs(number, "hỏng", "is damaged")
                continue
            if number > 1 and token.first == number:
                self._token_differs(number, "không nối tiếp dấu trước", "does not follow the one before")
            if not self._was_ours(token.checkpoint, view):
                self._token_differs(
                    number, "là của điểm chốt khác", "is over a checkpoint that is not of this log"
                )
            if trust is not None and (newest := token.checked(trust)) is None:
                self._token_differs(
                    number, "không do tổ chức được tin cậy cấp", "is not by an authority believed here"
                )
        if newest is not None and newest.until < self._now:
            self._token_differs(
                len(tokens), "đã hết giá trị mà chưa có dấu mới", "has ended, and none renews it"
            )

    def _was_ours(self, checkpoint: Checkpoint, view: RecordView) -> bool:
        if checkpoint.size > view.size:
            return True  # made while this audit runs; the next one judges it
        try:
            return checkpoint.origin == view.log.origin and view.has_root(checkpoint.size, checkpoint.root)
        except (HocbaError, OSError):
            return False

    def _token_differs(self, number: int, vi: str, en: str) -> None:
        self._differs("audit-time-stamp", token_path(number), f"dấu thời gian {vi}", f"the time stamp {en}")

    def _found_nothing_of(self, name: str) -> bool:
        return all(one.where != name for one in self._found)

    def _note(self, data: bytes) -> None:
        try:
            entry = parse_entry(data)
        except SchemaError:
            return  # the ledger names it
        if isinstance(entry, StatusListPublished):
            self._published.append(entry)

    def _check_lists(self, view: RecordView) -> None:
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
            for school in view.log.school_prefixes:
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
            yield Tile(level, frontier.size >> TILE_HEIGHT * (level + 1), len(data) // HASH_BYTES, data)

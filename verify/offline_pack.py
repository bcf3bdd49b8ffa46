"""An offline pack put to use: judged by the trust root alone, and compared with the record where there is one."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from pathlib import Path

from schemas.errors import SchemaError
from schemas.record.checkpoint import CosignedCheckpoint, claimed_origin, parse_checkpoint_note
from schemas.record.issuers import IssuerRegistry, Standing
from schemas.record.offline_pack import MAX_PACK_BYTES, OfflinePack, parse_pack
from schemas.record.pack_fold import PackFold
from schemas.record.statement import Role
from schemas.record.tiles import pack_path
from schemas.record.trust_root import Log, TrustRoot
from verify.ed25519 import verify_ed25519
from verify.files import read_regular_file
from verify.findings import VerifyError
from verify.record_reader import CLOCK_TOLERANCE, RecordView, read_in_parts


@dataclass(frozen=True, slots=True)
class PackView:
    """A pack that the trust root vouches for."""

    pack: OfflinePack
    log: Log
    checkpoint: CosignedCheckpoint
    issuers: IssuerRegistry
    data: bytes

    @property
    def size(self) -> int:
        """Number of entries of the log that the pack speaks of: the pack's number."""
        return self.checkpoint.checkpoint.size

    @property
    def time(self) -> int:
        """When the clock signed its checkpoint, in seconds."""
        return self.checkpoint.clock_time or 0

    def is_fresh(self, now: dt.datetime) -> bool:
        """Whether the pack is younger than the log's `max_age`, and not of the future."""
        return -CLOCK_TOLERANCE <= now.timestamp() - self.time <= self.log.max_age

    def follows(self, older: PackView) -> bool:
        """Whether this may take the place of an older one: same log and school, and no step back."""
        same = (self.log.origin, self.pack.school) == (older.log.origin, older.pack.school)
        return same and (self.size, self.time) >= (older.size, older.time)


def open_pack(data: bytes, trust: TrustRoot) -> PackView:
    """Judge a pack by the trust root.

    Raises:
        VerifyError: `pack-unusable`: malformed, of a log or a key that the trust root does not vouch for, or wrongly
            signed.
    """
    try:
        return _opened(data, trust)
    except SchemaError as error:
        raise _unusable(error.code) from error


def read_pack(record: Path, school: str) -> bytes:
    """Return the pack of a school that lies with a record.

    Raises:
        VerifyError: `pack-missing`.
    """
    try:
        return read_regular_file(record / pack_path(school), MAX_PACK_BYTES)
    except OSError as error:
        raise VerifyError(
            "pack-missing",
            f"Sổ cấp không có gói ngoại tuyến của trường {school}. Hãy xem lại mã trường hoặc cập nhật bản sao sổ cấp.",
            f"The record has no offline pack of the school {school}. Check the code, or bring the copy up to date.",
        ) from error


def check_against_record(opened: PackView, view: RecordView) -> None:
    """Compare a pack with the log itself: whoever holds the status key could still sign what is not so.

    Raises:
        VerifyError: `pack-differs`; `pack-ahead` where the record at hand does not reach as far.
    """
    size = opened.size
    if size > view.size or opened.log.origin != view.log.origin:
        raise VerifyError(
            "pack-ahead",
            "Gói ngoại tuyến mới hơn bản sao sổ cấp. Hãy cập nhật bản sao rồi thử lại.",
            "The offline pack is newer than the copy of the record. Bring the copy up to date and try again.",
        )
    fold = PackFold()
    for entries in read_in_parts(view.folder, 0, size):
        fold.add_all(entries, view.ledger)
    if not says_the_same(opened, fold, view):
        raise VerifyError(
            "pack-differs",
            "Gói ngoại tuyến không đúng với sổ cấp. Đừng dùng gói này; hãy báo Sở.",
            "The offline pack does not say what the record says. Do not use it; tell the authority.",
        )


def says_the_same(opened: PackView, fold: PackFold, view: RecordView) -> bool:
    """Whether a pack says what the log amounted to at its size, to which the fold was brought."""
    said = fold.pack(opened.pack.school, opened.pack.checkpoint, view.ledger)
    # The name may have changed since.
    same = replace(said, school_name=opened.pack.school_name) == opened.pack
    return same and view.has_root(opened.size, opened.checkpoint.checkpoint.root)


def _opened(data: bytes, trust: TrustRoot) -> PackView:
    parsed = parse_pack(data)
    pack = parsed.pack
    log = trust.log_for(claimed_origin(pack.checkpoint))
    if log is None or not pack.school.startswith(log.school_prefixes):
        raise _unusable("pack-log-unknown")
    checkpoint = parse_checkpoint_note(
        pack.checkpoint, log_key=log.log_verifier, clock_key=log.clock_verifier, verify=verify_ed25519
    )
    size = checkpoint.checkpoint.size
    indexes = [index for index, _ in pack.statements]
    if checkpoint.clock_time is None or any(index >= size for index in (*indexes, *pack.indexes())):
        raise _unusable("pack-beyond-checkpoint")
    issuers = IssuerRegistry(trust, verify_ed25519)
    for index, statement in pack.statements:
        issuers.add(index, statement)
    key = issuers.public_key(parsed.signed.key_id)
    standing = (
        Standing.UNREGISTERED
        if key is None
        else issuers.standing(key, roles={Role.STATUS}, school=pack.school, index=size)
    )
    if key is None or standing is not Standing.IN_FORCE:
        raise _unusable("pack-key")
    parsed.signed.check(key, verify_ed25519, "pack")
    return PackView(pack, log, checkpoint, issuers, data)


def _unusable(reason: str) -> VerifyError:
    return VerifyError(
        "pack-unusable",
        f"Không dùng được gói ngoại tuyến ({reason}). Hãy tải lại gói.",
        f"The offline pack cannot be used ({reason}). Fetch it again.",
    )

"""The record as somebody else has it: a mirror's folder, or its address. What it says is checked, never believed."""

from __future__ import annotations

from pathlib import Path

from schemas.record.checkpoint import CosignedCheckpoint, parse_checkpoint_note
from schemas.record.signed_note import MAX_NOTE_BYTES
from schemas.record.tiles import CHECKPOINT_PATH
from schemas.record.trust_root import Log, TrustRoot
from verify.ed25519 import verify_ed25519
from verify.files import read_regular_file
from verify.mirror import update_mirror
from verify.record_fetch import checked_address, fetch


def newest_outside(where: str, log: Log) -> CosignedCheckpoint:
    """Return the checkpoint that a mirror has, checked under this log's keys.

    Args:
        where: a folder, or an `https://` address.
        log: whose checkpoint it must be.

    Raises:
        HocbaError: it cannot be reached, or is not of this log.
        OSError: the folder cannot be read.
    """
    if is_address(where):
        note = fetch(checked_address(where) + CHECKPOINT_PATH, MAX_NOTE_BYTES)
    else:
        note = read_regular_file(Path(where) / CHECKPOINT_PATH, MAX_NOTE_BYTES)
    return parse_checkpoint_note(
        note, log_key=log.log_verifier, clock_key=log.clock_verifier, verify=verify_ed25519
    )


def folder_of(where: str, copies: Path, trust: TrustRoot) -> Path:
    """Return a folder with the mirror's record: its own, or a copy in `copies` of what is at its address.

    Raises:
        HocbaError, OSError: as `verify.mirror.update_mirror`.
    """
    if not is_address(where):
        return Path(where)
    update_mirror(where, copies, trust)
    return copies


def is_address(where: str) -> bool:
    """Whether a mirror is named by its address."""
    return where.startswith(("https://", "http://"))

"""Checkpoints of the public record: origin, size and root, signed by the log and dated by the clock.

c2sp.org/tlog-checkpoint and c2sp.org/tlog-cosignature; extension lines are refused. How old a checkpoint may be is for
those to decide who know the time.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass

from schemas.errors import SchemaError
from schemas.record.fields import MAX_TIME, MAX_UNSIGNED
from schemas.record.merkle import EMPTY_ROOT, HASH_BYTES
from schemas.record.signed_note import (
    NoteSignature,
    SignatureType,
    SignedNote,
    VerifierKey,
    decode_base64,
    format_note,
    parse_note,
)
from schemas.signatures import SIGNATURE_BYTES, Sign, Verify, check_signature

_TIME_BYTES = 8
_LINES = 3
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,15}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of a log: `root` is the RFC 6962 hash of its first `size` entries."""

    origin: str
    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class CosignedCheckpoint:
    """A checkpoint whose log signature, and clock cosignature where there is one, have been checked."""

    checkpoint: Checkpoint
    clock_time: int | None
    """Seconds; None when the note bears no line of the clock's key. The record is then of unknown age."""
    note: bytes
    """The note as it was read, lines of unknown keys included."""


def parse_decimal(text: str, path: str) -> int:
    """Parse an unsigned decimal of at most 2^53 - 1 without sign, separator or leading zero.

    Raises:
        SchemaError: `number-invalid`.
    """
    if not _DECIMAL.fullmatch(text) or int(text) > MAX_UNSIGNED:
        raise SchemaError(
            "number-invalid", path, "Số không đúng dạng quy định.", "The number is not in the form laid down."
        )
    return int(text)


def format_checkpoint(checkpoint: Checkpoint) -> bytes:
    """Return the note text: three lines, each ended by a newline."""
    root = base64.b64encode(checkpoint.root).decode()
    return f"{checkpoint.origin}\n{checkpoint.size}\n{root}\n".encode()


def parse_checkpoint(text: bytes, path: str = "checkpoint") -> Checkpoint:
    """Parse a note text.

    Raises:
        SchemaError: `checkpoint-invalid`; an extension line and a wrong root of the empty log are refused too.
    """
    lines = text.decode(errors="replace").split("\n")
    if len(lines) != _LINES + 1 or not lines[0]:
        raise _invalid(path)
    checkpoint = Checkpoint(
        origin=lines[0],
        size=parse_decimal(lines[1], path),
        root=decode_base64(lines[2], path),
    )
    if len(checkpoint.root) != HASH_BYTES or (checkpoint.size == 0 and checkpoint.root != EMPTY_ROOT):
        raise _invalid(path)
    if format_checkpoint(checkpoint) != text:
        raise _invalid(path)
    return checkpoint


def claimed_origin(note: bytes, path: str = "checkpoint") -> str:
    """Return the origin that a note claims, to find the keys to check it with.

    Raises:
        SchemaError: `note-invalid` or `checkpoint-invalid`.
    """
    return parse_checkpoint(parse_note(note, path).text, path).origin


def log_signature_message(checkpoint: Checkpoint) -> bytes:
    """Return what the log key signs: the note text."""
    return format_checkpoint(checkpoint)


def cosignature_message(checkpoint: Checkpoint, time: int) -> bytes:
    """Return what the clock key signs at `time`, in seconds."""
    return f"cosignature/v1\ntime {time}\n".encode() + format_checkpoint(checkpoint)


def sign_checkpoint(
    checkpoint: Checkpoint,
    *,
    log_key: VerifierKey,
    log_sign: Sign,
    clock_key: VerifierKey,
    clock_sign: Sign,
    clock_time: int,
) -> bytes:
    """Return the cosigned note. The caller promises never to sign two roots for one size."""
    log_signature = log_sign(log_signature_message(checkpoint))
    clock_signature = clock_sign(cosignature_message(checkpoint, clock_time))
    return format_note(
        SignedNote(
            format_checkpoint(checkpoint),
            (
                NoteSignature(log_key.name, log_key.key_hash, log_signature),
                NoteSignature(
                    clock_key.name, clock_key.key_hash, clock_time.to_bytes(_TIME_BYTES) + clock_signature
                ),
            ),
        )
    )


def parse_checkpoint_note(
    note: bytes, *, log_key: VerifierKey, clock_key: VerifierKey, verify: Verify, path: str = "checkpoint"
) -> CosignedCheckpoint:
    """Parse a checkpoint and check it under the log's two keys. Lines of other keys are ignored.

    Raises:
        SchemaError: `note-invalid`, `checkpoint-invalid`, `checkpoint-origin-unknown`, `checkpoint-unsigned` (no
            line of the log key), `checkpoint-signature-repeated`, `signature-invalid`.
    """
    signed = parse_note(note, path)
    checkpoint = parse_checkpoint(signed.text, path)
    if checkpoint.origin != log_key.name:
        raise SchemaError(
            "checkpoint-origin-unknown",
            path,
            "Điểm chốt là của một sổ cấp khác.",
            "The checkpoint belongs to another log.",
        )
    log_line = _line_by(log_key, signed, path)
    if log_line is None:
        raise SchemaError(
            "checkpoint-unsigned",
            path,
            "Điểm chốt không có chữ ký của sổ cấp.",
            "The checkpoint has no signature by the log's key.",
        )
    check_signature(verify, log_key.public_key, log_line.signature, log_signature_message(checkpoint), path)
    clock_line = _line_by(clock_key, signed, path)
    clock_time = (
        None if clock_line is None else _check_cosignature(clock_line, clock_key, checkpoint, verify, path)
    )
    return CosignedCheckpoint(checkpoint, clock_time, note)


def bare_checkpoint_note(
    note: bytes, *, log_key: VerifierKey, clock_key: VerifierKey, path: str = "checkpoint"
) -> bytes:
    """Return a checkpoint with the lines of these two keys alone, in this order; nothing is checked.

    Raises:
        SchemaError: `note-invalid`, `checkpoint-signature-repeated`.
    """
    signed = parse_note(note, path)
    lines = (_line_by(key, signed, path) for key in (log_key, clock_key))
    return format_note(SignedNote(signed.text, tuple(line for line in lines if line)))


def check_key_types(log_key: VerifierKey, clock_key: VerifierKey, path: str) -> None:
    """Check that a log's two keys are of the types that their purposes ask for.

    Raises:
        SchemaError: `vkey-type-wrong`.
    """
    if (log_key.type, clock_key.type) != (SignatureType.ED25519, SignatureType.COSIGNATURE):
        raise SchemaError(
            "vkey-type-wrong",
            path,
            "Khóa của sổ cấp phải có loại 0x01 và khóa đồng hồ loại 0x04.",
            "The log key must be of type 0x01 and the clock key of type 0x04.",
        )


def _line_by(key: VerifierKey, note: SignedNote, path: str) -> NoteSignature | None:
    lines = [line for line in note.signatures if line.is_by(key)]
    if len(lines) > 1:
        raise SchemaError(
            "checkpoint-signature-repeated",
            path,
            "Điểm chốt có hai chữ ký của cùng một khóa.",
            "The checkpoint has two signatures by one key.",
        )
    return lines[0] if lines else None


def _check_cosignature(
    line: NoteSignature, clock_key: VerifierKey, checkpoint: Checkpoint, verify: Verify, path: str
) -> int:
    if len(line.signature) != _TIME_BYTES + SIGNATURE_BYTES:
        raise _invalid(path)
    time = int.from_bytes(line.signature[:_TIME_BYTES])
    if time > MAX_TIME:
        raise _invalid(path)
    message = cosignature_message(checkpoint, time)
    check_signature(verify, clock_key.public_key, line.signature[_TIME_BYTES:], message, path)
    return time


def _invalid(path: str) -> SchemaError:
    return SchemaError(
        "checkpoint-invalid",
        path,
        "Điểm chốt không đúng dạng quy định.",
        "The checkpoint is not in the form laid down.",
    )

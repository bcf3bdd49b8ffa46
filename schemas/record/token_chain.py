"""The chain of time-stamp tokens over checkpoints: what each token stamps (docs/formats/record.md).

A token stamps a signed checkpoint together with the token before it, so that each keeps the earlier ones provable
after their authorities' certificates have ended. The tokens themselves are read by `schemas.time_stamp`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256

from schemas.errors import SchemaError
from schemas.record.checkpoint import Checkpoint, parse_checkpoint
from schemas.record.signed_note import MAX_NOTE_BYTES, parse_note

MAX_TOKENS = 1 << 14
"""More than one a day for forty years."""
MAX_STAMPED_BYTES = MAX_NOTE_BYTES + 256
_HEAD = re.compile(
    rb"hocba/stamped-checkpoint/v1\nnumber ([1-9][0-9]{0,4})\nprevious (none|[0-9a-f]{64})\n\n"
)


@dataclass(frozen=True, slots=True)
class StampedCheckpoint:
    """What a token stamps."""

    number: int
    """Its place in the chain, from 1."""
    previous: bytes | None
    """SHA-256 of the token before; None for the first."""
    note: bytes
    """The signed checkpoint, byte for byte as it was published."""

    @property
    def checkpoint(self) -> Checkpoint:
        """The checkpoint that the note claims. Its signatures are not checked.

        Raises:
            SchemaError: `note-invalid`, `checkpoint-invalid`.
        """
        return parse_checkpoint(parse_note(self.note, "tokens").text, "tokens")


def format_stamped(stamped: StampedCheckpoint) -> bytes:
    """Return the bytes that a token's SHA-256 is over."""
    previous = "none" if stamped.previous is None else stamped.previous.hex()
    head = f"hocba/stamped-checkpoint/v1\nnumber {stamped.number}\nprevious {previous}\n\n"
    return head.encode("ascii") + stamped.note


def parse_stamped(data: bytes) -> StampedCheckpoint:
    """Parse what a token stamps.

    Raises:
        SchemaError: `stamped-checkpoint-invalid`, `note-invalid`, `checkpoint-invalid`.
    """
    head = _HEAD.match(data)
    if head is None or len(data) > MAX_STAMPED_BYTES:
        raise _invalid()
    number, previous = int(head[1]), None if head[2] == b"none" else bytes.fromhex(head[2].decode("ascii"))
    if number > MAX_TOKENS or (number == 1) != (previous is None):
        raise _invalid()
    stamped = StampedCheckpoint(number, previous, data[head.end() :])
    if not stamped.checkpoint.size:
        raise _invalid()
    return stamped


def next_stamped(before: tuple[int, bytes] | None, note: bytes) -> StampedCheckpoint:
    """Return what the token after `before`, its number and its bytes, is to stamp.

    Raises:
        SchemaError: `token-chain-full`.
    """
    number = 1 if before is None else before[0] + 1
    if number > MAX_TOKENS:
        raise SchemaError(
            "token-chain-full",
            "tokens",
            "Chuỗi dấu thời gian của sổ cấp đã đầy.",
            "The record's chain of time stamps is full.",
        )
    return StampedCheckpoint(number, None if before is None else sha256(before[1]).digest(), note)


def _invalid() -> SchemaError:
    return SchemaError(
        "stamped-checkpoint-invalid",
        "tokens",
        "Tệp dấu thời gian của sổ cấp bị hỏng; hãy tải lại.",
        "A file of the record's time stamps is damaged; fetch it again.",
    )

"""Makes checkpoint/vectors.json: signed and cosigned checkpoints."""

from __future__ import annotations

from schemas.record.checkpoint import Checkpoint, format_checkpoint
from schemas.record.merkle import EMPTY_ROOT
from schemas.record.signed_note import (
    NoteSignature,
    SignedNote,
    format_note,
    format_verifier_key,
    parse_note,
)
from tests.support.record import CLOCK_KEY, LOG_KEY, NOW, ORIGIN, checkpoint_note, digest, with_larger_s
from tests.support.vectors import Vector, failure, file_text, sound, write

CHECKPOINT = Checkpoint(ORIGIN, 5, digest("root"))
TEXT = format_checkpoint(CHECKPOINT)
NOTE = checkpoint_note(CHECKPOINT)
LOG_LINE, CLOCK_LINE = parse_note(NOTE).signatures
WITNESS = NoteSignature("witness.example.vn", bytes(4), bytes(72))


def _note(*lines: NoteSignature, text: bytes = TEXT) -> str:
    return format_note(SignedNote(text, lines)).decode()


def _sound(name: str, note: str, checkpoint: Checkpoint = CHECKPOINT, time: int | None = NOW) -> Vector:
    return sound(name, note, {"checkpoint": checkpoint, "clock_time": time})


def text() -> str:
    """Return the text of the file."""
    empty = Checkpoint(ORIGIN, 0, EMPTY_ROOT)
    later = NoteSignature(
        CLOCK_LINE.name, CLOCK_LINE.key_hash, (NOW + 1).to_bytes(8) + CLOCK_LINE.signature[8:]
    )
    unsigned = NoteSignature(LOG_LINE.name, LOG_LINE.key_hash, bytes(64))
    larger = NoteSignature(LOG_LINE.name, LOG_LINE.key_hash, with_larger_s(LOG_LINE.signature))
    note = NOTE.decode()
    vectors = [
        _sound("log-and-clock", note),
        _sound("empty-log", checkpoint_note(empty).decode(), empty),
        _sound("unknown-keys-ignored", _note(WITNESS, LOG_LINE, CLOCK_LINE)),
        _sound("without-clock", _note(LOG_LINE), time=None),
        failure("log-signature-missing", _note(CLOCK_LINE), "checkpoint-unsigned"),
        failure("log-signature-fails", _note(unsigned, CLOCK_LINE), "signature-invalid"),
        failure("log-signature-with-s-beyond-the-order", _note(larger, CLOCK_LINE), "signature-invalid"),
        failure("log-signature-twice", _note(LOG_LINE, LOG_LINE), "checkpoint-signature-repeated"),
        failure("clock-time-changed", _note(LOG_LINE, later), "signature-invalid"),
        failure("size-changed", note.replace("\n5\n", "\n6\n"), "signature-invalid"),
        failure("size-with-leading-zero", note.replace("\n5\n", "\n05\n"), "number-invalid"),
        failure(
            "another-origin",
            note.replace(f"{ORIGIN}\n", "other.example.vn/record\n", 1),
            "checkpoint-origin-unknown",
        ),
        failure("extension-line", _note(LOG_LINE, text=TEXT + b"extension\n"), "checkpoint-invalid"),
        failure(
            "empty-log-with-another-root",
            _note(LOG_LINE, text=TEXT.replace(b"\n5\n", b"\n0\n")),
            "checkpoint-invalid",
        ),
        failure("no-blank-line", note.replace("\n\n", "\n"), "note-invalid"),
        failure("no-final-newline", note[:-1], "note-invalid"),
        failure("hyphen-for-dash", note.replace("\u2014", "-"), "note-invalid"),
        failure("carriage-returns", note.replace("\n", "\r\n"), "note-invalid"),
    ]
    keys = {"log_key": format_verifier_key(LOG_KEY), "clock_key": format_verifier_key(CLOCK_KEY)}
    return file_text("docs/formats/record.md#checkpoint", "text", vectors, **keys)


if __name__ == "__main__":
    write("checkpoint", text())

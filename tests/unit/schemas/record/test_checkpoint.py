"""Checkpoints: the note text, the log's signature, the clock's time."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import SchemaError
from schemas.record.checkpoint import (
    Checkpoint,
    check_key_types,
    claimed_origin,
    cosignature_message,
    format_checkpoint,
    parse_checkpoint,
    parse_checkpoint_note,
    parse_decimal,
)
from schemas.record.merkle import EMPTY_ROOT
from schemas.record.signed_note import (
    NoteSignature,
    SignatureType,
    SignedNote,
    VerifierKey,
    format_note,
    parse_note,
)
from tests.support.record import CLOCK_KEY, LOG_KEY, NOW, ORIGIN, checkpoint_note, digest, ed25519_key, verify

CHECKPOINT = Checkpoint(ORIGIN, 5, digest("root"))
NOTE = checkpoint_note(CHECKPOINT)
LOG_LINE, CLOCK_LINE = parse_note(NOTE).signatures
STRANGER = NoteSignature("witness.example", bytes(4), bytes(64))


def _note(*lines: NoteSignature, text: bytes = format_checkpoint(CHECKPOINT)) -> bytes:
    return format_note(SignedNote(text, lines))


def _clock_line(time: bytes) -> NoteSignature:
    message = b"cosignature/v1\ntime %d\n" % int.from_bytes(time) + format_checkpoint(CHECKPOINT)
    return NoteSignature(CLOCK_KEY.name, CLOCK_KEY.key_hash, time + ed25519_key("clock").sign(message))


def _refusal(note: bytes, log_key: VerifierKey = LOG_KEY) -> str:
    with pytest.raises(SchemaError) as caught:
        parse_checkpoint_note(note, log_key=log_key, clock_key=CLOCK_KEY, verify=verify)
    return caught.value.code


@given(
    st.text("abc./đ ", min_size=1, max_size=12),
    st.integers(1, 2**53 - 1),
    st.binary(min_size=32, max_size=32),
)
def test_parse_undoes_format(origin: str, size: int, root: bytes) -> None:
    """Every checkpoint comes back."""
    checkpoint = Checkpoint(origin, size, root)
    assert parse_checkpoint(format_checkpoint(checkpoint)) == checkpoint


def test_bytes_are_as_laid_down() -> None:
    """Three lines, a blank line, the log's signature over them, the clock's over the time and them."""
    root = base64.b64encode(digest("root")).decode()
    text = f"so.example.vn/record\n5\n{root}\n".encode()
    log = ed25519_key("log").sign(text)
    clock = ed25519_key("clock").sign(b"cosignature/v1\ntime 1795500000\n" + text)
    lines = [
        f"— so.example.vn/record {base64.b64encode(LOG_KEY.key_hash + log).decode()}\n",
        f"— clock.so.example.vn {base64.b64encode(CLOCK_KEY.key_hash + NOW.to_bytes(8) + clock).decode()}\n",
    ]
    assert text + b"\n" + "".join(lines).encode() == NOTE
    assert cosignature_message(CHECKPOINT, NOW) == b"cosignature/v1\ntime 1795500000\n" + text


def test_a_sound_note_is_read() -> None:
    """Checkpoint, time and origin come out; lines of unknown keys, whatever they say, are ignored and kept."""
    for note in (NOTE, _note(STRANGER, LOG_LINE, STRANGER, CLOCK_LINE)):
        cosigned = parse_checkpoint_note(note, log_key=LOG_KEY, clock_key=CLOCK_KEY, verify=verify)
        assert (cosigned.checkpoint, cosigned.clock_time, cosigned.note) == (CHECKPOINT, NOW, note)
        assert claimed_origin(note) == ORIGIN


def test_without_a_clock_the_age_is_unknown() -> None:
    """A note without the clock's line is good, but has no time."""
    cosigned = parse_checkpoint_note(_note(LOG_LINE), log_key=LOG_KEY, clock_key=CLOCK_KEY, verify=verify)
    assert cosigned.clock_time is None


def test_every_changed_byte_is_noticed() -> None:
    """With one bit changed, a note is refused, or has lost the line of a key, and never says anything else."""
    for position in range(len(NOTE)):
        changed = NOTE[:position] + bytes([NOTE[position] ^ 1]) + NOTE[position + 1 :]
        try:
            cosigned = parse_checkpoint_note(changed, log_key=LOG_KEY, clock_key=CLOCK_KEY, verify=verify)
        except SchemaError:
            continue
        assert cosigned.checkpoint == CHECKPOINT
        assert cosigned.clock_time is None


@pytest.mark.parametrize(
    ("note", "code"),
    [
        (_note(CLOCK_LINE), "checkpoint-unsigned"),
        (_note(STRANGER), "checkpoint-unsigned"),
        (_note(NoteSignature(LOG_KEY.name, LOG_KEY.key_hash, bytes(64))), "signature-invalid"),
        (_note(NoteSignature(LOG_KEY.name, LOG_KEY.key_hash, b"1")), "signature-invalid"),
        (_note(LOG_LINE, LOG_LINE), "checkpoint-signature-repeated"),
        (_note(LOG_LINE, CLOCK_LINE, CLOCK_LINE), "checkpoint-signature-repeated"),
        (_note(LOG_LINE, _clock_line((2**40).to_bytes(8))), "checkpoint-invalid"),
        (
            _note(LOG_LINE, NoteSignature(CLOCK_LINE.name, CLOCK_LINE.key_hash, CLOCK_LINE.signature[8:])),
            "checkpoint-invalid",
        ),
        (
            _note(
                LOG_LINE,
                NoteSignature(
                    CLOCK_LINE.name, CLOCK_LINE.key_hash, (NOW + 1).to_bytes(8) + CLOCK_LINE.signature[8:]
                ),
            ),
            "signature-invalid",
        ),
        (_note(LOG_LINE, text=format_checkpoint(Checkpoint(ORIGIN, 6, digest("root")))), "signature-invalid"),
        (_note(LOG_LINE, text=format_checkpoint(CHECKPOINT) + b"extension\n"), "checkpoint-invalid"),
        (NOTE[:-1], "note-invalid"),
    ],
)
def test_refuses(note: bytes, code: str) -> None:
    """A known key whose signature fails, a key twice, no log signature, an extension: each has its code."""
    assert _refusal(note) == code


def test_another_log_is_refused() -> None:
    """A checkpoint signed by its own log is none of a log with another origin."""
    assert _refusal(NOTE, VerifierKey("other.example/record", SignatureType.ED25519, LOG_KEY.public_key)) == (
        "checkpoint-origin-unknown"
    )


ROOT = base64.b64encode(digest("root")).decode()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (f"\n5\n{ROOT}\n", "checkpoint-invalid"),
        (f"o\n5\n{ROOT}", "checkpoint-invalid"),
        (f"o\n5\n{ROOT}\n\n", "checkpoint-invalid"),
        ("o\n5\n", "checkpoint-invalid"),
        ("o\n5\nAAAA\n", "checkpoint-invalid"),
        (f"o\n5\n{ROOT[:-1]}\n", "base64-invalid"),
        (f"o\n05\n{ROOT}\n", "number-invalid"),
        (f"o\n-5\n{ROOT}\n", "number-invalid"),
        (f"o\n+5\n{ROOT}\n", "number-invalid"),
        (f"o\n9007199254740992\n{ROOT}\n", "number-invalid"),
        (f"o\n0\n{ROOT}\n", "checkpoint-invalid"),
    ],
)
def test_other_texts_are_refused(text: str, code: str) -> None:
    """Each line has one spelling, and the empty log one root."""
    with pytest.raises(SchemaError) as caught:
        parse_checkpoint(text.encode())
    assert caught.value.code == code


def test_the_empty_log_has_a_checkpoint() -> None:
    """Size 0 stands with the hash of nothing."""
    empty = Checkpoint(ORIGIN, 0, EMPTY_ROOT)
    assert parse_checkpoint(format_checkpoint(empty)) == empty


def test_not_utf8_is_refused() -> None:
    """An origin that is not UTF-8 is refused, not replaced."""
    with pytest.raises(SchemaError, match="checkpoint-invalid"):
        parse_checkpoint(b"\xff\n5\n" + ROOT.encode() + b"\n")


@pytest.mark.parametrize("text", ["", "00", "1_0", " 1", "1\n", "٣", "1" * 17])
def test_decimals_have_one_spelling(text: str) -> None:
    """No sign, separator, space, leading zero or foreign digit."""
    with pytest.raises(SchemaError, match="number-invalid"):
        parse_decimal(text, "test")


def test_keys_are_of_their_types() -> None:
    """The log key is of type 0x01 and the clock key of type 0x04; swapped they are refused."""
    check_key_types(LOG_KEY, CLOCK_KEY, "log")
    with pytest.raises(SchemaError, match="vkey-type-wrong"):
        check_key_types(CLOCK_KEY, LOG_KEY, "log")

"""Signed notes and verifier keys, by the letter of C2SP signed-note."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import SchemaError
from schemas.record.signed_note import (
    NoteSignature,
    SignatureType,
    SignedNote,
    VerifierKey,
    decode_base64,
    format_note,
    format_verifier_key,
    parse_note,
    parse_verifier_key,
)
from tests.support.record import CLOCK_KEY, LOG_KEY

# The key of the example in c2sp.org/signed-note and golang.org/x/mod/sumdb/note.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NAMES = st.text("abc.đ/-0", min_size=1, max_size=8)
LINES = st.builds(NoteSignature, NAMES, st.binary(min_size=4, max_size=4), st.binary(min_size=1, max_size=72))


def test_a_foreign_key_parses() -> None:
    """The verifier key of the specification's example is read, and its hash is the one it states."""
    key = parse_verifier_key(PETER)
    assert (key.name, key.type, key.key_hash.hex()) == ("PeterNeumann", SignatureType.ED25519, "c74f20a3")
    assert format_verifier_key(key) == PETER


@given(NAMES, st.sampled_from(SignatureType), st.binary(min_size=32, max_size=32))
def test_parse_undoes_format_of_keys(name: str, kind: SignatureType, public_key: bytes) -> None:
    """Every verifier key comes back."""
    key = VerifierKey(name, kind, public_key)
    assert parse_verifier_key(format_verifier_key(key)) == key


@pytest.mark.parametrize(
    "text",
    [
        "",
        "PeterNeumann",
        PETER.replace("PeterNeumann", ""),
        PETER.replace("PeterNeumann", "Peter Neumann"),
        PETER.replace("PeterNeumann", "Peter\x00"),
        PETER.replace("c74f20a3", "c74f20a4"),
        PETER.replace("c74f20a3", "C74F20A3"),
        PETER[:-1],
        PETER + "\n",
        f"PeterNeumann+c74f20a3+{base64.b64encode(bytes([2]) + bytes(32)).decode()}",
        f"PeterNeumann+c74f20a3+{base64.b64encode(bytes([1]) + bytes(31)).decode()}",
    ],
)
def test_other_keys_are_refused(text: str) -> None:
    """A wrong name, hash, type, length or spelling makes no key."""
    with pytest.raises(SchemaError) as caught:
        parse_verifier_key(text)
    assert caught.value.code in {"vkey-invalid", "base64-invalid"}


@given(st.text("ab \nđ", max_size=20), st.lists(LINES, min_size=1, max_size=3))
def test_parse_undoes_format_of_notes(text: str, lines: list[NoteSignature]) -> None:
    """Text and lines come back, blank lines of the text included."""
    note = SignedNote(text.encode() + b"\n", tuple(lines))
    assert parse_note(format_note(note)) == note


def test_splits_at_the_last_blank_line() -> None:
    """A text that looks like a signed note is still only text."""
    inner = format_note(SignedNote(b"inner\n", (NoteSignature("a", bytes(4), b"1"),)))
    outer = SignedNote(inner, (NoteSignature("b", bytes(4), b"2"),))
    assert parse_note(format_note(outer)) == outer


LINE = "\u2014 a AAAAAAE="


@pytest.mark.parametrize(
    "data",
    [
        "",
        "text\n",
        "text\n\n",
        f"text\n\n{LINE}",
        f"text\n{LINE}\n",
        f"text\n\n{LINE}\n\n",
        "text\n\n- a AAAAAAE=\n",
        "text\n\n\u2014 a AAAAAAE= \n",
        "text\n\n\u2014  a AAAAAAE=\n",
        "text\n\n\u2014 a+b AAAAAAE=\n",
        "text\n\n\u2014 a AAAAAA==\n",
        "text\n\n\u2014 a AAAAAAF=\n",
        f"text\r\n\n{LINE}\n",
        f"te\x00xt\n\n{LINE}\n",
        f"text\n\n{LINE}\n" + f"{LINE}\n" * 64,
        "a" * 65_536 + f"\n\n{LINE}\n",
    ],
)
def test_malformed_notes_are_refused(data: str) -> None:
    """No text, no line, another dash, spaces, control characters, too many lines, too long: no note."""
    with pytest.raises(SchemaError) as caught:
        parse_note(data.encode())
    assert caught.value.code in {"note-invalid", "base64-invalid"}


@pytest.mark.parametrize(
    "data", [b"te\xffxt\n\n" + LINE.encode() + b"\n", b"text\n\n\xff" + LINE.encode() + b"\n"]
)
def test_notes_are_utf8(data: bytes) -> None:
    """Bytes that are not UTF-8 make no note."""
    with pytest.raises(SchemaError, match="note-invalid"):
        parse_note(data)


def test_a_line_is_by_a_key_of_that_name_and_hash() -> None:
    """Both must agree: a name alone or a hash alone means another key."""
    line = NoteSignature(LOG_KEY.name, LOG_KEY.key_hash, bytes(64))
    assert line.is_by(LOG_KEY)
    assert not line.is_by(CLOCK_KEY)
    assert not NoteSignature(LOG_KEY.name, CLOCK_KEY.key_hash, bytes(64)).is_by(LOG_KEY)
    assert not NoteSignature(CLOCK_KEY.name, LOG_KEY.key_hash, bytes(64)).is_by(LOG_KEY)


@pytest.mark.parametrize("text", ["A", "AA", "AA=", "AB==", "AA==\n", " AA==", "A-__", "AAE", "đ"])
def test_base64_has_one_spelling(text: str) -> None:
    """Missing padding, stray bits, spaces and the URL alphabet are refused."""
    with pytest.raises(SchemaError, match="base64-invalid"):
        decode_base64(text, "test")

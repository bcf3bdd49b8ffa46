"""C2SP signed notes and verifier keys: text, a blank line, signature lines (c2sp.org/signed-note).

Splits and spells; which keys are known and what their signatures mean is the affair of `schemas.record.checkpoint`.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256

from schemas.errors import SchemaError
from schemas.signatures import PUBLIC_KEY_BYTES

MAX_NOTE_BYTES = 1 << 16
MAX_SIGNATURES = 64
_KEY_HASH_BYTES = 4
_NAME = re.compile(r"[^\s+]+")
_DASH = "\u2014"


class SignatureType(IntEnum):
    """The signature type byte of a vkey; the other assigned types are not ours."""

    ED25519 = 0x01
    COSIGNATURE = 0x04


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A key that signs notes: its name, what it signs with, and the 32 bytes of Ed25519."""

    name: str
    type: SignatureType
    public_key: bytes

    @property
    def key_hash(self) -> bytes:
        """The 4 bytes that name the key, beside its name, in a signature line."""
        message = self.name.encode() + b"\n" + bytes([self.type]) + self.public_key
        return sha256(message).digest()[:_KEY_HASH_BYTES]


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line, not checked; `signature` is what follows the key hash."""

    name: str
    key_hash: bytes
    signature: bytes

    def is_by(self, key: VerifierKey) -> bool:
        """Say whether the line claims to be by `key`: both name and hash must agree."""
        return self.name == key.name and self.key_hash == key.key_hash


@dataclass(frozen=True, slots=True)
class SignedNote:
    """The text with its final newline, and the signature lines in their order."""

    text: bytes
    signatures: tuple[NoteSignature, ...]


def parse_verifier_key(text: str, path: str = "vkey") -> VerifierKey:
    """Parse `NAME+HASH+BASE64(type ‖ key)`.

    Raises:
        SchemaError: `vkey-invalid` or `base64-invalid`.
    """
    match text.split("+", 2):
        case [name, _, encoded] if _NAME.fullmatch(name) and name.isprintable():
            raw = decode_base64(encoded, path)
        case _:
            raise _invalid_key(path)
    if len(raw) != 1 + PUBLIC_KEY_BYTES or raw[0] not in tuple(SignatureType):
        raise _invalid_key(path)
    key = VerifierKey(name, SignatureType(raw[0]), raw[1:])
    if format_verifier_key(key) != text:
        raise _invalid_key(path)
    return key


def format_verifier_key(key: VerifierKey) -> str:
    """Return the vkey of `key`."""
    encoded = base64.b64encode(bytes([key.type]) + key.public_key).decode()
    return f"{key.name}+{key.key_hash.hex()}+{encoded}"


def parse_note(data: bytes, path: str = "note") -> SignedNote:
    """Split a signed note at its last blank line and parse the signature lines.

    Raises:
        SchemaError: `note-invalid` or `base64-invalid`.
    """
    text, blank, tail = data.rpartition(b"\n\n")
    if len(data) > MAX_NOTE_BYTES or not blank or not tail.endswith(b"\n"):
        raise _invalid_note(path)
    try:
        lines = tail.decode().removesuffix("\n").split("\n")
        text.decode()
    except UnicodeDecodeError:
        raise _invalid_note(path) from None
    if len(lines) > MAX_SIGNATURES or any(byte < ord(" ") and byte != ord("\n") for byte in data):
        raise _invalid_note(path)
    note = SignedNote(text + b"\n", tuple(_parse_line(line, path) for line in lines))
    if format_note(note) != data:
        raise _invalid_note(path)
    return note


def format_note(note: SignedNote) -> bytes:
    """Return the bytes of `note`."""
    lines = (
        f"{_DASH} {line.name} {base64.b64encode(line.key_hash + line.signature).decode()}\n"
        for line in note.signatures
    )
    return note.text + b"\n" + "".join(lines).encode()


def decode_base64(text: str, path: str) -> bytes:
    """Decode standard, padded, canonical base64.

    Raises:
        SchemaError: `base64-invalid`.
    """
    encoded = text.encode()
    try:
        raw = base64.b64decode(encoded, validate=True)
    except ValueError:
        raw = b""
    if base64.b64encode(raw) != encoded:
        raise SchemaError(
            "base64-invalid", path, "Chuỗi base64 không đúng chuẩn.", "The base64 is not canonical."
        )
    return raw


def _parse_line(line: str, path: str) -> NoteSignature:
    match line.split(" "):
        case [dash, name, encoded] if dash == _DASH and _NAME.fullmatch(name):
            raw = decode_base64(encoded, path)
        case _:
            raise _invalid_note(path)
    if len(raw) <= _KEY_HASH_BYTES:
        raise _invalid_note(path)
    return NoteSignature(name, raw[:_KEY_HASH_BYTES], raw[_KEY_HASH_BYTES:])


def _invalid_key(path: str) -> SchemaError:
    return SchemaError(
        "vkey-invalid",
        path,
        "Khóa kiểm tra không đúng dạng TÊN+MÃ+BASE64.",
        "The verifier key is not of the form NAME+HASH+BASE64.",
    )


def _invalid_note(path: str) -> SchemaError:
    return SchemaError(
        "note-invalid",
        path,
        "Văn bản có chữ ký không đúng dạng (c2sp.org/signed-note).",
        "The signed note is not well formed (c2sp.org/signed-note).",
    )

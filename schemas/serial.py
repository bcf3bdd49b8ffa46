"""The serial of a transcript: 80 random bits in Crockford base-32 with a check symbol (docs/formats/qr.md)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable

from schemas.errors import SchemaError

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SYMBOLS = 16
_DOMAIN = b"hocba/serial/v1"
_SYMBOLS = frozenset(ALPHABET)
_DIGITS = str.maketrans(ALPHABET, "0123456789abcdefghijklmnopqrstuv")
"""To the digits that Python reads in base 32."""
_FOLD = str.maketrans({"O": "0", "I": "1", "L": "1"})
_BETWEEN = re.compile(r"[\s\u2010-\u2015\u2212\u00ad\u200b\ufeff-]+")
"""What stands between symbols: spaces and dashes of every kind, since word processors and chats exchange them."""
_BEHIND = re.compile(r"[.,;:/]*([?#].*)?$", re.DOTALL)
"""What follows a serial in an address or a sentence."""
_MOST_TYPED = 300


def draw_serial(token_bytes: Callable[[int], bytes]) -> str:
    """Draw a new serial of 17 symbols; values whose check symbol is not base 32 are drawn again."""
    while True:
        value = int.from_bytes(token_bytes(10))
        if value % 37 < len(ALPHABET):
            return _format(value)


def parse_serial(text: str) -> str:
    """Accept exactly the 17 symbols of signed data and addresses, and return them.

    Raises:
        SchemaError: `serial-invalid` for anything else, a wrong check symbol included.
    """
    if len(text) == SYMBOLS + 1 and _SYMBOLS.issuperset(text):
        check = serial_value(text) % 37
        if check < len(ALPHABET) and ALPHABET[check] == text[SYMBOLS]:
            return text
    raise SchemaError(
        "serial-invalid",
        "serial",
        "Mã học bạ không đúng: hãy gõ lại 17 ký tự in dưới mã QR.",
        "The serial is wrong: type the 17 symbols printed below the QR code again.",
    )


def parse_typed_serial(text: str) -> str:
    """Accept what people type or paste: any case, spaces and dashes, O for 0, I and L for 1.

    The whole address of a serial's page is accepted, what stands before a colon ("Mã: …"), and a full stop behind it.

    Raises:
        SchemaError: `serial-invalid`.
    """
    if len(text) > _MOST_TYPED:
        return parse_serial("")
    symbols = _BETWEEN.sub("", _BEHIND.sub("", text.strip())).upper()
    return parse_serial(re.split("[/:]", symbols)[-1].translate(_FOLD))


def display_serial(serial: str) -> str:
    """Return the serial as printed: four groups of four and the check symbol."""
    groups = [serial[start : start + 4] for start in range(0, SYMBOLS, 4)]
    return "-".join((*groups, serial[SYMBOLS:]))


def sid(serial: str) -> bytes:
    """Return the digest under which the record knows this serial."""
    return hashlib.sha256(_DOMAIN + serial[:SYMBOLS].encode("ascii")).digest()


def serial_value(serial: str) -> int:
    """Return the 80 bits of a serial as an integer."""
    return int(serial[:SYMBOLS].translate(_DIGITS), 32)


def serial_from_bytes(bits: bytes) -> str:
    """Return the serial of these 10 bytes.

    Raises:
        SchemaError: `serial-invalid` where the length or the check symbol does not fit.
    """
    return parse_serial(_format(int.from_bytes(bits)) if len(bits) == 10 else "")


def _format(value: int) -> str:
    symbols = [ALPHABET[(value >> (5 * position)) & 31] for position in range(SYMBOLS - 1, -1, -1)]
    check = value % 37
    return "".join(symbols) + (ALPHABET[check] if check < len(ALPHABET) else "?")

"""The QR's address: URL in, signed payload out, and back (docs/formats/qr.md).

The host is returned but proves nothing: what is verified is the payload.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from schemas.errors import SchemaError
from schemas.serial import parse_serial

VERSION = 1
MAX_PAYLOAD = 1200
_GROUP_BYTES = 7
_DIGITS_OF_BYTES = {0: 0, 1: 3, 2: 5, 3: 8, 4: 10, 5: 13, 6: 15, 7: 17}
_BYTES_OF_DIGITS = {digits: size for size, digits in _DIGITS_OF_BYTES.items()}
_ADDRESS = re.compile(
    r"(?:https|HTTPS)://([0-9A-Za-z.-]{1,253}(?::[0-9]{1,5})?)/V/([0-9A-Z]{17})#([0-9]{1,3000})", re.ASCII
)


@dataclass(frozen=True, slots=True)
class QRAddress:
    """What a transcript's QR holds: a host to open, the serial, and the COSE_Sign1 of the claims."""

    host: str
    serial: str
    payload: bytes

    @property
    def link(self) -> str:
        """The part of the address before the digits, `#` included: the QR's byte segment."""
        return f"https://{self.host}/V/{self.serial}#"

    @property
    def digits(self) -> str:
        """Version byte and payload as digits: the QR's numeric segment."""
        return encode_digits(bytes([VERSION]) + self.payload)


def format_qr(address: QRAddress) -> str:
    """Return the whole address as one string."""
    return address.link + address.digits


def parse_qr(text: str) -> QRAddress:
    """Parse a scanned address.

    Raises:
        SchemaError: `qr-not-ours` for another address, `qr-digits` for digits that no bytes give, `qr-version`,
        `serial-invalid`.
    """
    match = _ADDRESS.fullmatch(text)
    if match is None:
        raise SchemaError(
            "qr-not-ours",
            "qr",
            "Mã QR này không phải của học bạ số.",
            "This QR code does not belong to a digital transcript.",
        )
    host, serial, digits = match.groups()
    payload = decode_digits(digits)
    if payload[:1] != bytes([VERSION]):
        raise SchemaError(
            "qr-version",
            "qr",
            "Mã QR thuộc phiên bản mà hệ thống này chưa biết.",
            "The QR code has a version that this system does not know.",
        )
    return QRAddress(host.lower(), parse_serial(serial), payload[1:])


def encode_digits(data: bytes) -> str:
    """Return 17 digits for each 7 bytes, big-endian, and a shorter group for the tail."""
    groups = [data[start : start + _GROUP_BYTES] for start in range(0, len(data), _GROUP_BYTES)]
    return "".join(f"{int.from_bytes(group):0{_DIGITS_OF_BYTES[len(group)]}d}" for group in groups)


def decode_digits(digits: str) -> bytes:
    """Return the bytes of `digits`.

    Raises:
        SchemaError: `qr-digits` for a length or a value that `encode_digits` never gives.
    """
    whole, tail = divmod(len(digits), _DIGITS_OF_BYTES[_GROUP_BYTES])
    fits = digits.isascii() and digits.isdigit() and tail in _BYTES_OF_DIGITS
    sizes = [_GROUP_BYTES] * whole + [_BYTES_OF_DIGITS[tail]] * bool(tail) if fits else []
    data, position = b"", 0
    for size in sizes:
        value = int(digits[position : position + _DIGITS_OF_BYTES[size]])
        position += _DIGITS_OF_BYTES[size]
        if value >= 256**size:
            break
        data += value.to_bytes(size)
    if not data or len(data) != sum(sizes) or len(data) > MAX_PAYLOAD:
        raise SchemaError(
            "qr-digits",
            "qr",
            "Mã QR bị đọc thiếu hoặc sai; hãy quét lại.",
            "The QR code was read incompletely or wrongly; scan it again.",
        )
    return data

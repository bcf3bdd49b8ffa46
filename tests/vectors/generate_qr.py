"""Makes qr/vectors.json: the addresses of QR codes."""

from __future__ import annotations

from schemas.claims import format_claims
from schemas.cose import sign1
from schemas.qr import QRAddress, encode_digits, format_qr
from tests.support.record import ed25519_key
from tests.support.transcript_members import SERIAL, sample_claims
from tests.support.vectors import Vector, failure, file_text, sound, write

KEY = ed25519_key("credential")
WHOLE = sign1(format_claims(sample_claims()), KEY.id, KEY.sign)


def _address(payload: bytes) -> QRAddress:
    return QRAddress("hocba.example.vn", SERIAL, payload)


def _sound(name: str, payload: bytes) -> Vector:
    return sound(name, format_qr(_address(payload)), _address(payload))


def text() -> str:
    """Return the text of the file."""
    good = format_qr(_address(b"\x00\xff payload"))
    link = _address(b"").link
    vectors = [
        _sound("signed-claims", WHOLE),
        *(_sound(f"tail-of-{(size + 1) % 7}", bytes(range(size))) for size in range(6, 13)),
        sound("upper-case", good.replace(link, link.upper()), _address(b"\x00\xff payload")),
        failure("another-address", "https://example.vn/", "qr-not-ours"),
        failure("http", good.replace("https", "http"), "qr-not-ours"),
        failure("path-lower-case", good.replace("/V/", "/v/"), "qr-not-ours"),
        failure("user-before-host", good.replace("//", "//user@"), "qr-not-ours"),
        failure("no-digits", link, "qr-not-ours"),
        failure("letter-among-digits", good + "A", "qr-not-ours"),
        failure("newline-after", good + "\n", "qr-not-ours"),
        failure("serial-wrong", good.replace(SERIAL, SERIAL[:16] + "J"), "serial-invalid"),
        failure("digit-missing", good[:-1], "qr-digits"),
        failure("tail-too-large", link + "256", "qr-digits"),
        failure("group-too-large", link + "9" * 17, "qr-digits"),
        failure("too-long", link + encode_digits(b"\x01" + bytes(1200)), "qr-digits"),
        failure("version-unknown", link + encode_digits(b"\x02payload"), "qr-version"),
    ]
    return file_text("docs/formats/qr.md#address", "text", vectors)


if __name__ == "__main__":
    write("qr", text())

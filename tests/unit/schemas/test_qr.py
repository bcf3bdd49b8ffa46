"""The QR's address and its digits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import SchemaError
from schemas.qr import MAX_PAYLOAD, QRAddress, decode_digits, encode_digits, format_qr, parse_qr
from tests.support.transcript_members import SERIAL

ADDRESS = QRAddress("hocba.example.vn", SERIAL, b"payload bytes")
TEXT = format_qr(ADDRESS)


@given(st.binary(min_size=1, max_size=60))
def test_decode_undoes_encode(data: bytes) -> None:
    """Digits give back the bytes, 17 digits for each 7 bytes and fewer for the tail."""
    digits = encode_digits(data)
    assert decode_digits(digits) == data
    assert len(digits) == len(data) // 7 * 17 + (0, 3, 5, 8, 10, 13, 15)[len(data) % 7]


@given(st.text("0123456789", min_size=1, max_size=40))
def test_digits_have_one_spelling(digits: str) -> None:
    """Digits are refused, or they are the digits of the bytes they give."""
    try:
        data = decode_digits(digits)
    except SchemaError:
        return
    assert encode_digits(data) == digits


@pytest.mark.parametrize(
    "digits", ["", "0", "12", "1234", "256", "999", "65536", "99999999999999999", "٣٣٣", "+12", "1_2", " 12"]
)
def test_impossible_digits_are_refused(digits: str) -> None:
    """A length or value that no bytes give, and anything that is not an ASCII digit, is refused."""
    with pytest.raises(SchemaError, match="qr-digits"):
        decode_digits(digits)


def test_length_is_limited() -> None:
    """1,200 bytes are the most that an address carries."""
    assert len(decode_digits(encode_digits(bytes(MAX_PAYLOAD)))) == MAX_PAYLOAD
    with pytest.raises(SchemaError, match="qr-digits"):
        decode_digits(encode_digits(bytes(MAX_PAYLOAD + 1)))


def test_address_comes_back() -> None:
    """What is formatted parses back, and the two segments of the QR are its two halves."""
    assert parse_qr(TEXT) == ADDRESS
    assert ADDRESS.link + ADDRESS.digits == TEXT
    assert ADDRESS.link == f"https://hocba.example.vn/V/{SERIAL}#"


@pytest.mark.parametrize(
    "text", [TEXT.replace("https", "HTTPS"), TEXT.replace("hocba.example.vn", "HOCBA.EXAMPLE.VN")]
)
def test_upper_case_is_accepted(text: str) -> None:
    """Scheme and host may be upper case, as QR encoders like it."""
    assert parse_qr(text) == ADDRESS


def test_host_may_have_a_port() -> None:
    """A demo on localhost has an address too."""
    assert parse_qr(TEXT.replace("hocba.example.vn", "localhost:8001")).host == "localhost:8001"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "qr-not-ours"),
        ("https://example.vn", "qr-not-ours"),
        (TEXT.replace("https", "http"), "qr-not-ours"),
        (TEXT.replace("https", "Https"), "qr-not-ours"),
        (TEXT.replace("/V/", "/v/"), "qr-not-ours"),
        (TEXT.replace("#", "?"), "qr-not-ours"),
        (TEXT.replace("//", "//user@"), "qr-not-ours"),
        (TEXT + "\n", "qr-not-ours"),
        (TEXT + "x", "qr-not-ours"),
        (TEXT.replace(SERIAL, SERIAL[:-1]), "qr-not-ours"),
        (TEXT.replace(SERIAL, SERIAL.lower()), "qr-not-ours"),
        (TEXT.replace(SERIAL, SERIAL[:-1] + "J"), "serial-invalid"),
        (TEXT + "1", "qr-digits"),
        (TEXT[:-1], "qr-digits"),
        (ADDRESS.link + encode_digits(b"\x02payload"), "qr-version"),
        (ADDRESS.link + encode_digits(b"\x00"), "qr-version"),
    ],
)
def test_refuses(text: str, code: str) -> None:
    """Another address, wrong digits, another version and a wrong serial each have their code."""
    with pytest.raises(SchemaError) as caught:
        parse_qr(text)
    assert caught.value.code == code

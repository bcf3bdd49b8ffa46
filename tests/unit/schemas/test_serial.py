"""The serial: drawn, read, typed, shown, hashed."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import SchemaError
from schemas.serial import (
    ALPHABET,
    display_serial,
    draw_serial,
    parse_serial,
    parse_typed_serial,
    serial_from_bytes,
    serial_value,
    sid,
)

SERIAL = "0123456789ABCDEFK"
VALUES = st.integers(0, 2**80 - 1).filter(lambda value: value % 37 < 32)


@given(VALUES)
def test_value_and_serial_are_one_to_one(value: int) -> None:
    """The 80 bits come back from the serial drawn of them, and its check symbol is the value modulo 37."""
    serial = draw_serial(lambda _: value.to_bytes(10))
    assert parse_serial(serial) == serial
    assert serial_value(serial) == value
    assert serial_from_bytes(value.to_bytes(10)) == serial
    assert ALPHABET.index(serial[16]) == value % 37


@given(VALUES, st.integers(0, 16), st.sampled_from(ALPHABET))
def test_one_wrong_symbol_is_noticed(value: int, position: int, symbol: str) -> None:
    """A serial with one symbol changed is refused: 37 is a prime that divides no difference of one symbol."""
    serial = serial_from_bytes(value.to_bytes(10))
    changed = serial[:position] + symbol + serial[position + 1 :]
    if changed != serial:
        with pytest.raises(SchemaError, match="serial-invalid"):
            parse_serial(changed)


@given(VALUES, st.integers(0, 15))
def test_swapped_neighbours_are_noticed(value: int, position: int) -> None:
    """A serial with two different neighbours swapped is refused."""
    serial = serial_from_bytes(value.to_bytes(10))
    left, right = serial[position], serial[position + 1]
    changed = serial[:position] + right + left + serial[position + 2 :]
    if changed != serial:
        with pytest.raises(SchemaError, match="serial-invalid"):
            parse_serial(changed)


def test_draws_again_where_the_check_symbol_is_not_base_32() -> None:
    """Values whose remainder is 32 or more are not used."""
    drawn = iter([(32).to_bytes(10), (36).to_bytes(10), (5).to_bytes(10)])
    assert draw_serial(lambda _: next(drawn)) == "0000000000000005" + "5"


def test_asks_for_eighty_bits() -> None:
    """A draw takes 10 random bytes."""
    asked: list[int] = []

    def token_bytes(size: int) -> bytes:
        asked.append(size)
        return bytes(size)

    draw_serial(token_bytes)
    assert asked == [10]


@pytest.mark.parametrize(
    "text",
    [
        "",
        SERIAL[:16],
        SERIAL + "0",
        SERIAL.lower(),
        display_serial(SERIAL),
        SERIAL[:15] + "U" + SERIAL[16],
        SERIAL[:15] + "٣" + SERIAL[16],
        "0000000000000010*",
        SERIAL + "\n",
    ],
)
def test_signed_data_have_one_spelling(text: str) -> None:
    """Length, case, hyphens, symbols outside the alphabet and the rare check symbols are refused in signed data."""
    with pytest.raises(SchemaError, match="serial-invalid"):
        parse_serial(text)


@pytest.mark.parametrize("size", [0, 9, 11])
def test_bits_are_ten_bytes(size: int) -> None:
    """Fewer or more than 10 bytes are no serial."""
    with pytest.raises(SchemaError, match="serial-invalid"):
        serial_from_bytes(bytes(size))


@pytest.mark.parametrize(
    "typed",
    [
        "0123-4567-89AB-CDEF-K",
        "0123 4567 89ab cdef k",
        "oL23456789abcdefk",
        "OI23-4567-89AB-CDEF-K",
        " 0123456789ABCDEFK ",
        "0123–4567—89AB−CDEF‑K",
        "0123\u00a04567\u200b89AB\tCDEF\nK",
        "Mã học bạ: 0123-4567-89AB-CDEF-K.",
        "https://kiemtra.hocba.example/V/0123456789ABCDEFK",
        "kiemtra.hocba.example/v/0123456789abcdefk/?lang=en",
        "https://kiemtra.hocba.example:8443/V/0123456789ABCDEFK#123",
    ],
)
def test_what_people_type_is_folded(typed: str) -> None:
    """Case, spaces, dashes, O for 0, I and L for 1, and what stands around a serial that is pasted, do not matter."""
    assert parse_typed_serial(typed) == SERIAL


@pytest.mark.parametrize(
    "typed",
    ["", "/", "0123-4567-89AB-CDEF-J", f"{SERIAL} {SERIAL}", f"{SERIAL}:{SERIAL[:4]}", "-" * 300 + SERIAL],
)
def test_typed_nonsense_is_refused(typed: str) -> None:
    """Folding does not mend a wrong symbol, two serials are none, and what is far too long is not looked at."""
    with pytest.raises(SchemaError, match="serial-invalid"):
        parse_typed_serial(typed)


def test_shown_in_groups_of_four() -> None:
    """People see four groups of four and the check symbol."""
    assert display_serial(SERIAL) == "0123-4567-89AB-CDEF-K"


def test_sid_leaves_the_check_symbol_out() -> None:
    """The record's digest is over the domain and the 16 symbols."""
    assert sid(SERIAL) == sha256(b"hocba/serial/v10123456789ABCDEF").digest()

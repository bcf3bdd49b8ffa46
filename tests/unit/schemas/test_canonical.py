"""Canonical JSON: RFC 8785 with integers and NFC text only."""

from __future__ import annotations

from typing import Any, cast

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.canonical import MAX_DEPTH, JSONValue, canonical_bytes, check_text, parse_canonical
from schemas.errors import SchemaError

TEXT = st.text('abzAZ09 ĐđẠằ–"\\/€𝄞', max_size=6)
VALUES: st.SearchStrategy[JSONValue] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


@given(VALUES)
def test_parse_undoes_format(value: JSONValue) -> None:
    """What is formatted parses back to the same value."""
    assert parse_canonical(canonical_bytes(value)) == value


@given(VALUES)
def test_is_what_rfc8785_gives(value: JSONValue) -> None:
    """An independent implementation of RFC 8785 writes the same bytes."""
    assert canonical_bytes(value) == rfc8785.dumps(cast("Any", value))


@settings(max_examples=60)
@given(VALUES, st.data())
def test_one_changed_byte_is_another_value(value: JSONValue, data: st.DataObject) -> None:
    """Canonical bytes with one byte changed are refused or say something else."""
    good = canonical_bytes(value)
    position = data.draw(st.integers(0, len(good) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda byte: byte != good[position]))
    changed = good[:position] + bytes([byte]) + good[position + 1 :]
    try:
        parsed = parse_canonical(changed)
    except SchemaError:
        return
    assert canonical_bytes(parsed) == changed != good


def test_members_are_sorted_by_utf16() -> None:
    """RFC 8785 sorts names by UTF-16 code units, in which 𝄞 comes before U+FB01."""
    assert canonical_bytes({"\ufb01": 1, "𝄞": 2, "€": 3, "1": 4}) == '{"1":4,"€":3,"𝄞":2,"\ufb01":1}'.encode()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'{"a": 1}', "json-not-canonical"),
        (b'{"b":1,"a":2}', "json-not-canonical"),
        (b'{"a":1,"a":1}', "json-not-canonical"),
        (b'"\\u0041"', "json-not-canonical"),
        (b"1\n", "json-not-canonical"),
        (b"-0", "json-not-canonical"),
        (b"1.0", "json-invalid"),
        (b"1e2", "json-invalid"),
        (b"NaN", "json-invalid"),
        (b"-Infinity", "json-invalid"),
        (b"", "json-invalid"),
        (b"{", "json-invalid"),
        (b"01", "json-invalid"),
        (b"\xef\xbb\xbf1", "json-invalid"),
        (b'"\xff"', "json-invalid"),
        (b"9007199254740992", "json-integer-too-large"),
        (b"[" * 100_000, "json-invalid"),
        (b"[" * (MAX_DEPTH + 2) + b"]" * (MAX_DEPTH + 2), "json-too-deep"),
        (b'"\\ud800"', "text-control-character"),
        (b'"\\u0007"', "text-control-character"),
        ('"o\u0302"'.encode(), "text-not-nfc"),
        ('{"o\u0302":1}'.encode(), "text-not-nfc"),
    ],
    ids=lambda value: value[:24] if isinstance(value, bytes) else value,
)
def test_refuses(data: bytes, code: str) -> None:
    """Any other spelling, any float, and text that is not clean are refused with the code that says why."""
    with pytest.raises(SchemaError) as caught:
        parse_canonical(data)
    assert caught.value.code == code


def test_nests_to_the_limit() -> None:
    """Brackets as deep as the limit are good."""
    deepest = b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1)
    assert canonical_bytes(parse_canonical(deepest)) == deepest


def test_integers_to_the_limit_are_good() -> None:
    """2^53 - 1 and its negative are the largest integers."""
    assert parse_canonical(b"[-9007199254740991,9007199254740991]") == [-(2**53) + 1, 2**53 - 1]


def test_floats_are_not_written() -> None:
    """A mark given as a number is refused, with the path to it."""
    with pytest.raises(SchemaError) as caught:
        canonical_bytes({"marks": [1, 8.5]})  # type: ignore[list-item] # what the types forbid
    assert (caught.value.code, caught.value.path) == ("json-type-not-allowed", "$.marks[1]")


@pytest.mark.parametrize(
    "hidden", ["\x00", "\n", "\u200b", "\u202e", "\ufeff", "\u2028", "\ufdd0", "\U000e0001"]
)
def test_hidden_characters_are_refused(hidden: str) -> None:
    """Control, format, separator and unassigned characters never stand in signed text."""
    with pytest.raises(SchemaError, match="text-control-character"):
        check_text(f"Nguyễn{hidden}", "name")


def test_vietnamese_is_clean_text() -> None:
    """Every letter of Vietnamese, composed, passes."""
    check_text("Đặng Thị Quỳnh Ngữ – Ẳ ặ ờ ữ ỹ đ ₫", "name")

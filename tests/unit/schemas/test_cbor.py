"""Deterministic CBOR: one spelling, few types."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import cbor
from schemas.cbor import CBORValue
from schemas.errors import SchemaError

TEXT = st.text("abz09 ĐđẠằ€𝄞", max_size=5)
VALUES: st.SearchStrategy[CBORValue] = st.recursive(
    st.integers(-(2**64), 2**64 - 1) | st.binary(max_size=6) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.integers(0, 2**64 - 1), inner, max_size=3),
    max_leaves=6,
)


@given(VALUES)
def test_decode_undoes_encode(value: CBORValue) -> None:
    """What is encoded decodes to the same value."""
    assert cbor.decode(cbor.encode(value), "test") == value


@settings(max_examples=100)
@given(VALUES, st.data())
def test_one_changed_byte_is_another_value(value: CBORValue, data: st.DataObject) -> None:
    """An encoding with one byte changed is refused or is the one encoding of something else."""
    good = cbor.encode(value)
    position = data.draw(st.integers(0, len(good) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda byte: byte != good[position]))
    changed = good[:position] + bytes([byte]) + good[position + 1 :]
    try:
        decoded = cbor.decode(changed, "test")
    except SchemaError:
        return
    assert cbor.encode(decoded) == changed


@settings(max_examples=200)
@given(st.binary(max_size=24))
def test_any_bytes_are_refused_or_have_one_spelling(data: bytes) -> None:
    """No bytes make the decoder raise anything but SchemaError, and what it takes it gives back."""
    try:
        value = cbor.decode(data, "test")
    except SchemaError:
        return
    assert cbor.encode(value) == data


def test_keys_are_in_bytewise_order() -> None:
    """Map keys come in the order of their encodings."""
    assert cbor.encode({256: 1, 0: 2, 24: 3, 23: 4}).hex() == "a40002170418180319010001"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("", "cbor-invalid"),
        ("1800", "cbor-not-deterministic"),  # 0 in two bytes
        ("1900ff", "cbor-not-deterministic"),
        ("5800", "cbor-not-deterministic"),
        ("7800", "cbor-not-deterministic"),
        ("9800", "cbor-not-deterministic"),
        ("b800", "cbor-not-deterministic"),
        ("a2010000 00", "cbor-not-deterministic"),  # keys out of order
        ("a200000000", "cbor-invalid"),  # one key twice
        ("5f4100ff", "cbor-invalid"),  # indefinite lengths
        ("7f6161ff", "cbor-invalid"),
        ("9f00ff", "cbor-invalid"),
        ("bf0000ff", "cbor-invalid"),
        ("c000", "cbor-invalid"),  # tags: a date, a big number, a COSE_Sign1 inside
        ("c240", "cbor-invalid"),
        ("d280", "cbor-invalid"),
        ("0000", "cbor-not-deterministic"),  # bytes after the end
        ("41", "cbor-invalid"),
        ("62c328", "cbor-invalid"),  # not UTF-8
        ("f4", "cbor-type-not-allowed"),
        ("f6", "cbor-type-not-allowed"),
        ("f7", "cbor-type-not-allowed"),
        ("f93c00", "cbor-type-not-allowed"),
        ("e0", "cbor-type-not-allowed"),
        ("a12000", "cbor-type-not-allowed"),  # a negative key
        ("a14000", "cbor-type-not-allowed"),  # a byte string as key
        ("a200006161 00", "cbor-type-not-allowed"),  # integer and text keys in one map
        ("6106", "text-control-character"),
        ("636fcc82", "text-not-nfc"),
        ("81" * 20 + "00", "cbor-invalid"),  # too deep
    ],
)
def test_refuses(data: str, code: str) -> None:
    """Every other spelling and every other type is refused, with a code that says why."""
    with pytest.raises(SchemaError) as caught:
        cbor.decode(bytes.fromhex(data), "test")
    assert caught.value.path == "test"
    assert caught.value.code == code


def test_length_is_limited() -> None:
    """One byte over the limit is refused unread."""
    assert cbor.decode(cbor.encode(bytes(10)), "test", max_bytes=11) == bytes(10)
    with pytest.raises(SchemaError, match="cbor-too-large"):
        cbor.decode(cbor.encode(bytes(11)), "test", max_bytes=11)


@pytest.mark.parametrize("value", [2**64, -(2**64) - 1])
def test_integers_over_64_bits_are_not_written(value: int) -> None:
    """An integer that would need a tag is refused."""
    with pytest.raises(SchemaError, match="cbor-integer-too-large"):
        cbor.encode(value)


@pytest.mark.parametrize("value", [True, None, 1.5, {True: 1}, {-1: 1}, [{"a": {1: None}}]])
def test_other_types_are_not_written(value: object) -> None:
    """What `decode` refuses is not encoded either."""
    with pytest.raises(SchemaError, match="cbor-type-not-allowed"):
        cbor.encode(value)  # type: ignore[arg-type] # what the types forbid

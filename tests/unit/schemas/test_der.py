"""DER element by element, against known encodings."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.der import (
    CONTEXT_0,
    INTEGER,
    NULL,
    OCTETS,
    SEQUENCE,
    DERError,
    Reader,
    der,
    integer,
    oid,
    set_of,
)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (integer(0), "020100"),
        (integer(127), "02017f"),
        (integer(128), "02020080"),
        (integer(2**63), "0209008000000000000000"),
        (oid("1.2.840.113549.1.7.2"), "06092a864886f70d010702"),
        (oid("2.25.0"), "06026900"),
        (der(OCTETS, bytes(127)), "047f" + "00" * 127),
        (der(OCTETS, bytes(128)), "048180" + "00" * 128),
        (der(OCTETS, bytes(256)), "04820100" + "00" * 256),
        (set_of(b"\x02\x01\x02", b"\x02\x01\x01"), "3106020101020102"),
    ],
)
def test_bytes(data: bytes, expected: str) -> None:
    """The bytes are those of X.690."""
    assert data.hex() == expected


def test_reads_what_was_written() -> None:
    """Elements come one after the other, an optional one only where its tag stands."""
    reader = Reader(der(SEQUENCE, integer(1), der(CONTEXT_0, b"x"), der(OCTETS, b"y"))).inner(SEQUENCE)
    assert reader.element(INTEGER) == integer(1)
    assert reader.optional(OCTETS) is None
    assert reader.optional(CONTEXT_0) == b"x"
    with pytest.raises(DERError):
        reader.end()
    assert reader.elements() == [der(OCTETS, b"y")]
    reader.end()


class _Counted(bytes):
    """Bytes that count how many of them were copied or looked at."""

    copied = 0

    def __getitem__(self, at: Any) -> Any:
        found = super().__getitem__(at)
        _Counted.copied += len(found) if isinstance(found, bytes) else 1
        return _Counted(found) if isinstance(found, bytes) else found


def test_reading_costs_what_the_bytes_are_long() -> None:
    """However many elements lie in one, no byte is copied but those handed out, and few are looked at twice."""
    many = 5_000
    data = _Counted(der(SEQUENCE, der(SEQUENCE, der(NULL) * many), der(CONTEXT_0, der(NULL) * many)))
    _Counted.copied = 0
    reader = Reader(data).inner(SEQUENCE)
    reader.skip()
    inner = reader.inner(CONTEXT_0)
    for _ in range(many):
        inner.skip()
    inner.end()
    assert _Counted.copied < 4 * len(data)
    assert len(Reader(data).inner(SEQUENCE).inner(SEQUENCE).elements()) == many
    assert _Counted.copied < 8 * len(data)


@pytest.mark.parametrize("data", ["", "30", "3001", "3080", "3085010000000000", "308201", "0201"])
def test_pieces_are_refused(data: str) -> None:
    """Nothing, a cut-off tag, length or content, an indefinite or far too long length: refused."""
    with pytest.raises(DERError):
        Reader(bytes.fromhex(data)).element(SEQUENCE)

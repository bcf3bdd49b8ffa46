"""The file that says where a school's key is: one spelling, no secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from keys.signer import KeysError
from keys.signer_address import TokenAddress, format_address, parse_address

PATH = Path("keys/seal/X.json")
ADDRESS = TokenAddress(module=Path("/usr/lib/token.so"), label="Trường", serial="0123", certificate="ab" * 32)
WRITTEN = (
    b'{"certificate":"' + b"ab" * 32 + b'","kind":"token","label":"Tr\xc6\xb0\xe1\xbb\x9dng",'
    b'"module":"/usr/lib/token.so","serial":"0123"}\n'
)


def test_round_trip() -> None:
    """What is written is read back, and always written the same way."""
    assert format_address(ADDRESS) == WRITTEN
    assert parse_address(WRITTEN, PATH) == ADDRESS
    anything = TokenAddress(module=Path("/usr/lib/token.so"))
    assert parse_address(format_address(anything), PATH) == anything


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        WRITTEN[:-1],
        WRITTEN.replace(b'"kind"', b' "kind"'),
        WRITTEN.replace(b'"token"', b'"card"'),
        WRITTEN.replace(b"ab" * 32, b"AB" * 32),
        WRITTEN.replace(b"ab" * 32, b"ab" * 31),
        WRITTEN.replace(b"/usr", b"usr"),
        WRITTEN.replace(b'"label"', b'"pin":"1234","label"'),
        WRITTEN.replace(b'"0123"', b'""'),
        b"\xff",
    ],
)
def test_other_spellings_are_refused(data: bytes) -> None:
    """Anything else is refused with the file's name, a PIN in it too."""
    with pytest.raises(KeysError) as refusal:
        parse_address(data, PATH)
    assert refusal.value.code == "signer-address-invalid"
    assert str(PATH) in refusal.value.text.vi

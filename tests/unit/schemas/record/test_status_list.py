"""Status lists: two bits a document, signed."""

from __future__ import annotations

import zlib
from dataclasses import replace

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.cose import sign1
from schemas.errors import SchemaError
from schemas.record.status_list import (
    LIST_BYTES,
    TYP,
    Status,
    StatusList,
    pack_statuses,
    parse_status_list,
    sign_status_list,
)
from tests.support.record import NOW, ORIGIN, ed25519_key, verify

KEY = ed25519_key("status")
STATUSES = {0: Status.REVOKED, 3: Status.SUPERSEDED, 2**20 - 1: Status.REVOKED}
LIST = StatusList(ORIGIN, 1, 7, NOW, NOW + 86_400, 3600, pack_statuses(STATUSES))
DATA = sign_status_list(LIST, key_id=KEY.id, sign=KEY.sign)
CLAIMS = {
    2: f"{ORIGIN}/status-list/1",
    4: NOW + 86_400,
    6: NOW,
    65533: {"bits": 2, "lst": zlib.compress(LIST.packed, 9)},
    65534: 3600,
    65536: 7,
}


def _parse(data: bytes) -> StatusList:
    return parse_status_list(data, find_key=lambda _: KEY.public_key, verify=verify)


def _signed(claims: object, typ: str | None = TYP) -> bytes:
    return sign1(cbor2.dumps(claims, canonical=True), KEY.id, KEY.sign, typ=typ)


def _lst(lst: bytes, **more: object) -> bytes:
    return _signed(CLAIMS | {65533: {"bits": 2, "lst": lst, **more}})


def test_parse_undoes_sign() -> None:
    """A list comes back, and with it the status of each index."""
    assert _parse(DATA) == LIST
    assert {index: LIST.status_at(index) for index in (0, 1, 3, 4, 2**20 - 1)} == {
        **STATUSES,
        1: Status.VALID,
        4: Status.VALID,
    }


def test_bytes_are_as_laid_down() -> None:
    """A CWT of the Token Status List, least significant bits first, made here without our code."""
    assert _signed(CLAIMS) == DATA
    assert (LIST.packed[0], LIST.packed[-1], len(LIST.packed)) == (0b11000001, 0b01000000, 262_144)


@settings(max_examples=20)
@given(st.dictionaries(st.integers(0, 2**20 - 1), st.sampled_from(Status), max_size=20))
def test_every_status_is_found_again(statuses: dict[int, Status]) -> None:
    """What is packed at an index is read at that index, and its neighbours stay valid."""
    packed = replace(LIST, packed=pack_statuses(statuses))
    for index in {*statuses, *(one + 1 for one in statuses if one + 1 < 2**20)}:
        assert packed.status_at(index) is statuses.get(index, Status.VALID)


def test_a_list_is_small() -> None:
    """With one document in a hundred revoked, a list of 2^20 takes less than 32 KB."""
    packed = pack_statuses(dict.fromkeys(range(0, 2**20, 97), Status.REVOKED))
    assert len(sign_status_list(replace(LIST, packed=packed), key_id=KEY.id, sign=KEY.sign)) < 32_768


def test_a_changed_byte_is_noticed() -> None:
    """With any one byte changed the list is refused."""
    for position in range(0, len(DATA), 7):
        with pytest.raises(SchemaError):
            _parse(DATA[:position] + bytes([DATA[position] ^ 1]) + DATA[position + 1 :])


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (_signed(CLAIMS, typ=None), "cose-invalid"),
        (_signed(CLAIMS, typ="application/cwt"), "cose-invalid"),
        (_signed(CLAIMS | {7: 1}), "status-list-invalid"),
        (_signed({2: "x"}), "status-list-invalid"),
        (_signed([]), "status-list-invalid"),
        (_signed(CLAIMS | {2: f"{ORIGIN}/status-list/01"}), "status-list-invalid"),
        (_signed(CLAIMS | {2: f"{ORIGIN}/status-list/"}), "status-list-invalid"),
        (_signed(CLAIMS | {2: f"{ORIGIN}/lists/1"}), "status-list-invalid"),
        (_signed(CLAIMS | {2: "/status-list/1"}), "status-list-invalid"),
        (_signed(CLAIMS | {2: f"{ORIGIN}/status-list/٣"}), "status-list-invalid"),
        (_signed(CLAIMS | {4: NOW}), "status-list-invalid"),
        (_signed(CLAIMS | {4: 2**40}), "status-list-invalid"),
        (_signed(CLAIMS | {6: -1}), "status-list-invalid"),
        (_signed(CLAIMS | {65534: 0}), "status-list-invalid"),
        (_signed(CLAIMS | {65536: 0}), "status-list-invalid"),
        (_signed(CLAIMS | {65533: {"bits": 1, "lst": zlib.compress(LIST.packed)}}), "status-list-invalid"),
        (_lst(zlib.compress(LIST.packed), aggregation_uri="https://x"), "status-list-invalid"),
        (_lst(b"not zlib"), "status-list-invalid"),
        (_lst(zlib.compress(LIST.packed)[:-1]), "status-list-invalid"),
        (_lst(zlib.compress(LIST.packed) + b"\x00"), "status-list-invalid"),
        (_lst(zlib.compress(bytes(LIST_BYTES - 1))), "status-list-invalid"),
        (_lst(zlib.compress(bytes(LIST_BYTES + 1))), "status-list-invalid"),
        (_lst(zlib.compress(bytes(20_000_000))), "status-list-invalid"),
        (_lst(zlib.compress(b"\x02" + bytes(LIST_BYTES - 1))), "status-list-invalid"),
        (_lst(zlib.compress(b"\x80" + bytes(LIST_BYTES - 1))), "status-list-invalid"),
    ],
)
def test_refuses(data: bytes, code: str) -> None:
    """Another type or subject, bad times, a bomb, a wrong length, the status that is never used: each is refused."""
    with pytest.raises(SchemaError) as caught:
        _parse(data)
    assert caught.value.code == code


def test_another_key_is_refused() -> None:
    """A list checked under a key that did not sign it is refused."""
    with pytest.raises(SchemaError, match="cose-key-mismatch"):
        parse_status_list(DATA, find_key=lambda _: ed25519_key("other").public_key, verify=verify)


def test_length_is_limited() -> None:
    """A list longer than it can be is refused unread."""
    with pytest.raises(SchemaError, match="cbor-too-large"):
        _parse(b"\xd2" + bytes(LIST_BYTES + 4097))

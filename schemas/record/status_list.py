"""Status lists: two bits for each issued transcript, as an IETF Token Status List in a CWT (docs/formats/record.md).

A list says nothing that the log does not say; `schemas.record.ledger` folds the log, and the two must agree.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import cast

from schemas import cbor
from schemas.cbor import CBORValue
from schemas.cose import parse_sign1, sign1
from schemas.errors import SchemaError
from schemas.record.entry import STATUS_LIST_LENGTH
from schemas.record.fields import MAX_TIME, MAX_UNSIGNED
from schemas.signatures import Sign, Verify

TYP = "application/statuslist+cwt"
LIST_BYTES = STATUS_LIST_LENGTH // 4
MAX_STATUS_LIST_BYTES = LIST_BYTES + 4096
_SUB, _EXP, _IAT, _STATUS_LIST, _TTL, _VERSION = 2, 4, 6, 65533, 65534, 65536
_SUB_INFIX = "/status-list/"


class Status(IntEnum):
    """What two bits say; 2 (SUSPENDED) is never used."""

    VALID = 0
    REVOKED = 1
    SUPERSEDED = 3


_ALLOWED_BYTES = bytes(
    byte for byte in range(256) if all((byte >> shift) & 3 in tuple(Status) for shift in (0, 2, 4, 6))
)


@dataclass(frozen=True, slots=True)
class StatusList:
    """One version of one list. Times and `ttl` are in seconds."""

    origin: str
    list_id: int
    version: int
    issued_at: int
    expires_at: int
    ttl: int
    packed: bytes
    """2^20 two-bit values, least significant bits first: 262,144 bytes."""

    def status_at(self, index: int) -> Status:
        """Return the status of a transcript by its status index, 0 to 2^20 - 1."""
        return Status((self.packed[index >> 2] >> (index & 3) * 2) & 3)


def pack_statuses(statuses: Mapping[int, Status]) -> bytes:
    """Return the packed list in which the indices of `statuses` have their status and all others are VALID."""
    packed = bytearray(LIST_BYTES)
    for index, status in statuses.items():
        packed[index >> 2] |= status << (index & 3) * 2
    return bytes(packed)


def sign_status_list(status_list: StatusList, *, key_id: bytes, sign: Sign) -> bytes:
    """Return the COSE_Sign1 to publish."""
    bits = {"bits": 2, "lst": zlib.compress(status_list.packed, level=9)}
    claims: dict[int, CBORValue] = {
        _SUB: f"{status_list.origin}{_SUB_INFIX}{status_list.list_id}",
        _EXP: status_list.expires_at,
        _IAT: status_list.issued_at,
        _STATUS_LIST: cast("CBORValue", bits),
        _TTL: status_list.ttl,
        _VERSION: status_list.version,
    }
    return sign1(cbor.encode(claims), key_id, sign, typ=TYP)


def parse_status_list(data: bytes, *, find_key: Callable[[bytes], bytes], verify: Verify) -> StatusList:
    """Parse a published list and check its signature. `find_key` returns the public key of a key id, or raises.

    Raises:
        SchemaError: `status-list-invalid`, `signature-invalid`, or what `schemas.cose` raises.
    """
    signed = parse_sign1(data, "status-list", typ=TYP, max_bytes=MAX_STATUS_LIST_BYTES)
    signed.check(find_key(signed.key_id), verify, "status-list")
    match cbor.decode(signed.payload, "status-list", max_bytes=MAX_STATUS_LIST_BYTES):
        case {
            2: str(sub),
            4: int(expires_at),
            6: int(issued_at),
            65533: {"bits": 2, "lst": bytes(compressed), **rest_of_list},
            65534: int(ttl),
            65536: int(version),
            **rest,
        } if not rest and not rest_of_list:
            pass
        case _:
            raise _invalid("status-list")
    origin, list_id = _parse_sub(sub)
    in_range = (
        0 <= issued_at < expires_at <= MAX_TIME and 1 <= ttl <= MAX_TIME and 1 <= version <= MAX_UNSIGNED
    )
    if not in_range:
        raise _invalid("status-list")
    return StatusList(
        origin=origin,
        list_id=list_id,
        version=version,
        issued_at=issued_at,
        expires_at=expires_at,
        ttl=ttl,
        packed=_inflate(compressed),
    )


def _parse_sub(sub: str) -> tuple[str, int]:
    origin, infix, digits = sub.rpartition(_SUB_INFIX)
    if not (origin and infix and digits.isascii() and digits.isdecimal() and len(digits) <= 16):
        raise _invalid("status-list.2")
    list_id = int(digits)
    if str(list_id) != digits or list_id > MAX_UNSIGNED:
        raise _invalid("status-list.2")
    return origin, list_id


def _inflate(compressed: bytes) -> bytes:
    inflater = zlib.decompressobj()
    try:
        # One byte more than allowed shows a list that is too long, and nothing inflates further.
        packed = inflater.decompress(compressed, LIST_BYTES + 1)
    except zlib.error as error:
        raise _invalid("status-list.65533.lst") from error
    whole = inflater.eof and not inflater.unused_data
    if not whole or len(packed) != LIST_BYTES or packed.translate(None, _ALLOWED_BYTES):
        raise _invalid("status-list.65533.lst")
    return packed


def _invalid(path: str) -> SchemaError:
    return SchemaError(
        "status-list-invalid",
        path,
        "Danh sách trạng thái không đúng dạng quy định.",
        "The status list is not in the form laid down.",
    )

"""What the signed QR says: enough to compare every mark on a paper with what was issued (docs/formats/qr.md, Claims).

The signature around the claims (COSE_Sign1) is `schemas.cose`; its digits in an address are `schemas.qr`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TypeVar

from schemas import cbor
from schemas.canonical import check_text
from schemas.claimed_years import AnyClaimedYear, claimed_year, format_year, parse_year
from schemas.errors import SchemaError
from schemas.record.fields import is_school_code
from schemas.serial import serial_from_bytes, serial_value
from schemas.transcript.model import Kind, Transcript

_T = TypeVar("_T")

_KINDS = {Kind.PRIMARY: 1, Kind.LOWER_SECONDARY: 2, Kind.UPPER_SECONDARY: 3}


@dataclass(frozen=True, slots=True)
class Claims:
    """The payload of the QR's COSE_Sign1."""

    serial: str
    issued_at: int
    school_code: str
    full_name: str
    birth_date: dt.date
    kind: Kind
    years: tuple[AnyClaimedYear, ...]
    list_id: int
    status_index: int
    nonce: bytes
    profile: int


def claims_of(transcript: Transcript, nonce: bytes) -> Claims:
    """Return the claims of a transcript: what the QR must say when page, data and QR agree."""
    return Claims(
        serial=transcript.serial,
        issued_at=int(transcript.issued_at.timestamp()),
        school_code=transcript.issuer.code,
        full_name=transcript.learner.full_name,
        birth_date=transcript.learner.birth_date,
        kind=transcript.kind,
        years=tuple(claimed_year(year) for year in transcript.years),
        list_id=transcript.status.list_id,
        status_index=transcript.status.index,
        nonce=nonce,
        profile=transcript.profile,
    )


def format_claims(claims: Claims) -> bytes:
    """Return the deterministic CBOR that is signed, and whose SHA-256 the log entry holds."""
    return cbor.encode(
        {
            1: serial_value(claims.serial).to_bytes(10),
            2: claims.issued_at,
            3: claims.school_code,
            4: claims.full_name,
            5: int(claims.birth_date.strftime("%Y%m%d")),
            6: _KINDS[claims.kind],
            7: [format_year(year) for year in claims.years],
            8: claims.list_id,
            9: claims.status_index,
            10: claims.nonce,
            11: claims.profile,
        }
    )


def parse_claims(data: bytes) -> Claims:
    """Parse the claims; they must be exactly what `format_claims` gives back.

    Raises:
        SchemaError: `claims-invalid`, or a code of `schemas.cbor`, `schemas.serial` or `schemas.canonical`.
    """
    value = cbor.decode(data, "claims")
    try:
        claims = _claims(value)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise _invalid() from error
    if format_claims(claims) != data:
        raise _invalid()
    return claims


def _invalid() -> SchemaError:
    return SchemaError(
        "claims-invalid",
        "claims",
        "Nội dung mã QR không đúng dạng.",
        "The content of the QR code is malformed.",
    )


def _claims(value: cbor.CBORValue) -> Claims:
    if not isinstance(value, dict) or set(value) != set(range(1, 12)):
        raise _invalid()
    text = {key: _typed(value[key], str) for key in (3, 4)}
    number = {key: _unsigned(value[key]) for key in (2, 5, 6, 8, 9, 11)}
    check_text(text[4], "claims.4")
    nonce = _typed(value[10], bytes)
    if len(nonce) != 16 or not is_school_code(text[3]):
        raise _invalid()
    return Claims(
        serial=serial_from_bytes(_typed(value[1], bytes)),
        issued_at=number[2],
        school_code=text[3],
        full_name=text[4],
        birth_date=dt.date.fromisoformat(f"{number[5]:08d}"),
        kind={number: kind for kind, number in _KINDS.items()}[number[6]],
        years=tuple(parse_year(year) for year in _typed(value[7], list)),
        list_id=number[8],
        status_index=number[9],
        nonce=nonce,
        profile=number[11],
    )


def _unsigned(value: object) -> int:
    number = _typed(value, int)
    if number < 0:
        raise _invalid()
    return number


def _typed(value: object, kind: type[_T]) -> _T:
    if type(value) is not kind:
        raise _invalid()
    return value

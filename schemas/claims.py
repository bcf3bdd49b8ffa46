"""What the signed QR says: enough to compare every mark on a paper with what was issued (docs/formats/qr.md, Claims).

The signature around the claims (COSE_Sign1) is `schemas.cose`; its digits in an address are `schemas.qr`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TypeVar

from schemas import cbor
from schemas.canonical import check_text
from schemas.errors import SchemaError
from schemas.serial import serial_from_bytes, serial_value
from schemas.transcript.model import Kind, Promotion, Transcript, YearTT22
from schemas.transcript.rulesets import RULESET_NUMBERS, Ruleset
from schemas.transcript.rulesets.tt22_2021 import Level
from schemas.transcript.subjects import SUBJECTS, SUBJECTS_BY_NUMBER

_T = TypeVar("_T")

MARK_WORDS = {"Đ": 110, "CĐ": 111, "M": 112}
_MARK_TEXTS = {0: None, **{value + 1: f"{value // 10}.{value % 10}" for value in range(101)}} | {
    number: word for word, number in MARK_WORDS.items()
}
_KINDS = {Kind.PRIMARY: 1, Kind.LOWER_SECONDARY: 2, Kind.UPPER_SECONDARY: 3}
_LEVELS: tuple[Level | None, ...] = (None, *Level)
_PROMOTIONS: tuple[Promotion | None, ...] = (None, *Promotion)
_ROW = 5
_TT22_RESULTS = 11


@dataclass(frozen=True, slots=True)
class ClaimedSubject:
    """A subject and its marks: semester I, semester II, year, after re-assessment; None where empty."""

    subject: str
    marks: tuple[str | None, str | None, str | None, str | None]


@dataclass(frozen=True, slots=True)
class ClaimedYear:
    """A year under TT 22/2021; levels are semester I, II, year, after re-assessment or summer training."""

    first_year: int
    grade: int
    subjects: tuple[ClaimedSubject, ...]
    conduct: tuple[Level | None, ...]
    learning: tuple[Level | None, ...]
    promotion: Promotion | None
    absences: int


@dataclass(frozen=True, slots=True)
class Claims:
    """The payload of the QR's COSE_Sign1."""

    serial: str
    issued_at: int
    school_code: str
    full_name: str
    birth_date: dt.date
    kind: Kind
    years: tuple[ClaimedYear, ...]
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
        years=tuple(_claimed_year(year) for year in transcript.years),
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
            7: [_format_year(year) for year in claims.years],
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
    if len(nonce) != 16:
        raise _invalid()
    return Claims(
        serial=serial_from_bytes(_typed(value[1], bytes)),
        issued_at=number[2],
        school_code=text[3],
        full_name=text[4],
        birth_date=dt.date.fromisoformat(f"{number[5]:08d}"),
        kind={number: kind for kind, number in _KINDS.items()}[number[6]],
        years=tuple(_parse_year(year) for year in _typed(value[7], list)),
        list_id=number[8],
        status_index=number[9],
        nonce=nonce,
        profile=number[11],
    )


def _claimed_year(year: YearTT22) -> ClaimedYear:
    rows = tuple(
        ClaimedSubject(row.subject, (row.semester1, row.semester2, row.year, row.reassessed))
        for row in year.subjects
    )
    conduct, learning = (
        (levels.semester1, levels.semester2, levels.year, levels.after)
        for levels in (year.conduct, year.learning)
    )
    return ClaimedYear(
        int(year.school_year[:4]), year.grade, rows, conduct, learning, year.promotion, year.absences
    )


def _format_year(year: ClaimedYear) -> list[cbor.CBORValue]:
    marks = b"".join(
        bytes([SUBJECTS[row.subject].number, *(_mark_byte(mark) for mark in row.marks)])
        for row in year.subjects
    )
    levels = bytes(_LEVELS.index(level) for level in (*year.conduct, *year.learning))
    results = levels + bytes([_PROMOTIONS.index(year.promotion)]) + year.absences.to_bytes(2)
    return [year.first_year, year.grade, RULESET_NUMBERS[Ruleset.TT22_2021], marks, results]


def _parse_year(value: cbor.CBORValue) -> ClaimedYear:
    first_year, grade, ruleset, marks, results = _typed(value, list)
    rows, levels = _typed(marks, bytes), _typed(results, bytes)
    if ruleset != RULESET_NUMBERS[Ruleset.TT22_2021] or len(rows) % _ROW or len(levels) != _TT22_RESULTS:
        raise _invalid()
    return ClaimedYear(
        first_year=_unsigned(first_year),
        grade=_unsigned(grade),
        subjects=tuple(_parse_row(rows[start : start + _ROW]) for start in range(0, len(rows), _ROW)),
        conduct=tuple(_LEVELS[byte] for byte in levels[:4]),
        learning=tuple(_LEVELS[byte] for byte in levels[4:8]),
        promotion=_PROMOTIONS[levels[8]],
        absences=int.from_bytes(levels[9:]),
    )


def _parse_row(row: bytes) -> ClaimedSubject:
    first, second, year, after = (_MARK_TEXTS[byte] for byte in row[1:])
    return ClaimedSubject(SUBJECTS_BY_NUMBER[row[0]].code, (first, second, year, after))


def _mark_byte(mark: str | None) -> int:
    if mark is None:
        return 0
    return MARK_WORDS.get(mark) or int(mark.replace(".", "")) + 1


def _unsigned(value: object) -> int:
    number = _typed(value, int)
    if number < 0:
        raise _invalid()
    return number


def _typed(value: object, kind: type[_T]) -> _T:
    if type(value) is not kind:
        raise _invalid()
    return value

"""The claims of the QR."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.claimed_years import (
    ClaimedOldPrimaryYear,
    ClaimedOldYear,
    ClaimedPrimarySubject,
    ClaimedPrimaryYear,
    ClaimedSubject,
    ClaimedYear,
)
from schemas.claims import Claims, format_claims, parse_claims
from schemas.errors import SchemaError
from schemas.serial import serial_from_bytes
from schemas.transcript.model import Kind, Promotion
from schemas.transcript.rulesets import tt58_2011
from schemas.transcript.rulesets.tt22_2021 import Level
from schemas.transcript.rulesets.tt27_2020 import Achievement, Completion, Growth, YearResult
from schemas.transcript.subjects import SUBJECTS
from schemas.transcript.traits import TRAITS, TRAITS_TT22_2016
from tests.support.transcript_members import NONCE, sample_claims, sample_transcript, secondary_claims
from tests.support.transcripts import secondary

CLAIMS = sample_claims()
YEAR = secondary_claims(CLAIMS)
DATA = format_claims(CLAIMS)
MARKS = st.none() | st.sampled_from(["0.0", "0.1", "4.9", "9.9", "10.0", "Đ", "CĐ", "M"])
LEVELS = st.tuples(*[st.none() | st.sampled_from(Level)] * 4)
ROWS = st.lists(
    st.builds(ClaimedSubject, st.sampled_from(sorted(SUBJECTS)), st.tuples(MARKS, MARKS, MARKS, MARKS)),
    max_size=3,
).map(tuple)
ABSENCES = st.integers(0, 2**16 - 1)
SECONDARY_YEARS = st.builds(
    ClaimedYear,
    first_year=st.integers(2020, 2099),
    grade=st.integers(6, 12),
    subjects=ROWS,
    conduct=LEVELS,
    learning=LEVELS,
    promotion=st.none() | st.sampled_from(Promotion),
    absences=ABSENCES,
)
PRIMARY_ROWS = st.builds(
    ClaimedPrimarySubject,
    st.sampled_from(sorted(SUBJECTS)),
    st.none() | st.sampled_from(Achievement),
    st.none() | st.integers(1, 10),
    st.just(value=False),
) | st.builds(
    ClaimedPrimarySubject, st.sampled_from(sorted(SUBJECTS)), st.none(), st.none(), st.just(value=True)
)
PRIMARY_YEARS = st.builds(
    ClaimedPrimaryYear,
    first_year=st.integers(2020, 2099),
    grade=st.integers(1, 5),
    subjects=st.lists(PRIMARY_ROWS, max_size=3).map(tuple),
    result=st.none() | st.sampled_from(YearResult),
    completion=st.none() | st.sampled_from(Completion),
    traits=st.tuples(*[st.none() | st.sampled_from(Growth)] * len(TRAITS)),
    absences_excused=ABSENCES,
    absences_unexcused=ABSENCES,
)
OLD_YEARS = st.builds(
    ClaimedOldYear,
    first_year=st.integers(2000, 2023),
    grade=st.integers(6, 12),
    subjects=ROWS,
    conduct=st.tuples(*[st.none() | st.sampled_from(tt58_2011.Conduct)] * 4),
    learning=st.tuples(*[st.none() | st.sampled_from(tt58_2011.Learning)] * 4),
    averages=st.tuples(MARKS, MARKS, MARKS, MARKS),
    honour=st.none() | st.sampled_from(tt58_2011.Honour),
    promotion=st.none() | st.sampled_from(Promotion),
    absences=ABSENCES,
)
OLD_PRIMARY_YEARS = st.builds(
    ClaimedOldPrimaryYear,
    first_year=st.integers(2016, 2023),
    grade=st.integers(1, 5),
    subjects=st.lists(PRIMARY_ROWS, max_size=3).map(tuple),
    completion=st.none() | st.sampled_from(Completion),
    traits=st.tuples(*[st.none() | st.sampled_from(Growth)] * len(TRAITS_TT22_2016)),
    absences_excused=ABSENCES,
    absences_unexcused=ABSENCES,
)
YEARS = SECONDARY_YEARS | PRIMARY_YEARS | OLD_YEARS | OLD_PRIMARY_YEARS
ANY_CLAIMS = st.builds(
    Claims,
    serial=st.integers(0, 2**80 - 1)
    .filter(lambda value: value % 37 < 32)
    .map(lambda value: serial_from_bytes(value.to_bytes(10))),
    issued_at=st.integers(0, 2**40),
    school_code=st.sampled_from(["HN-0001", "79"]),
    full_name=st.text("abĐđẠằ ", max_size=12),
    birth_date=st.dates(dt.date(1900, 1, 1)),
    kind=st.sampled_from(Kind),
    years=st.lists(YEARS, max_size=2).map(tuple),
    list_id=st.integers(0, 99),
    status_index=st.integers(0, 2**20 - 1),
    nonce=st.binary(min_size=16, max_size=16),
    profile=st.integers(0, 9),
)


def _with(key: int, value: object) -> bytes:
    return cbor2.dumps(cbor2.loads(DATA) | {key: value}, canonical=True)


def _with_year(position: int, value: object) -> bytes:
    year = list(cbor2.loads(DATA)[7][0])
    year[position] = value
    return _with(7, [year])


@given(ANY_CLAIMS)
def test_parse_undoes_format(claims: Claims) -> None:
    """Every claim comes back."""
    assert parse_claims(format_claims(claims)) == claims


@given(st.integers(0, len(DATA) - 1), st.integers(1, 255))
def test_one_changed_byte_is_another_value(position: int, difference: int) -> None:
    """Claims with one byte changed are refused or say something else, in their own one spelling."""
    changed = DATA[:position] + bytes([DATA[position] ^ difference]) + DATA[position + 1 :]
    try:
        parsed = parse_claims(changed)
    except SchemaError:
        return
    assert parsed != CLAIMS
    assert format_claims(parsed) == changed


def test_bytes_are_as_laid_down() -> None:
    """The keys, numbers and bytes of docs/formats/qr.md, spelled here by hand."""
    scored, comment = bytes([80, 82, 81, 0]), bytes([110, 110, 110, 0])
    rows = b"".join(bytes([number]) + (scored if number < 9 else comment) for number in range(1, 13))
    results = bytes([2, 1, 1, 0, 2, 1, 1, 0, 1, 0, 3])
    expected = {
        1: bytes.fromhex("00443214c74254b635cf"),
        2: 1795489200,
        3: "HN-0001",
        4: "Nguyễn Thị Ánh",
        5: 20140228,
        6: 2,
        7: [[2025, 6, 2, rows, results]],
        8: 1,
        9: 4711,
        10: NONCE,
        11: 1,
    }
    assert cbor2.loads(DATA) == expected


def test_claims_fit_a_small_code() -> None:
    """Four years with twelve subjects each stay under 500 bytes."""
    assert len(format_claims(replace(CLAIMS, years=CLAIMS.years * 4))) < 500


def test_claims_say_what_the_transcript_says() -> None:
    """Marks, levels and dates of the claims are those of the transcript."""
    transcript = sample_transcript()
    year = secondary(transcript.years[0])
    assert (CLAIMS.full_name, CLAIMS.birth_date) == (
        transcript.learner.full_name,
        transcript.learner.birth_date,
    )
    assert [(row.subject, row.marks[2]) for row in YEAR.subjects] == [
        (row.subject, row.year) for row in year.subjects
    ]
    assert YEAR.learning[2] is year.learning.year


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (_with(12, 0), "claims-invalid"),
        (cbor2.dumps({1: 1}), "claims-invalid"),
        (cbor2.dumps([]), "claims-invalid"),
        (_with(1, bytes(9)), "serial-invalid"),
        (_with(1, (36).to_bytes(10)), "serial-invalid"),
        (_with(2, -1), "claims-invalid"),
        (_with(2, "1"), "claims-invalid"),
        (_with(4, "e\u0302"), "text-not-nfc"),
        (_with(5, 20140230), "claims-invalid"),
        (_with(5, 0), "claims-invalid"),
        (_with(5, 2014022800), "claims-invalid"),
        (_with(6, 0), "claims-invalid"),
        (_with(6, 4), "claims-invalid"),
        (_with(8, -1), "claims-invalid"),
        (_with(9, -1), "claims-invalid"),
        (_with(10, bytes(15)), "claims-invalid"),
        (_with(11, -1), "claims-invalid"),
        (_with(7, 0), "claims-invalid"),
        (_with(7, [[2025, 6, 2, b""]]), "claims-invalid"),
        (_with_year(0, -1), "claims-invalid"),
        (_with_year(1, -6), "claims-invalid"),
        (_with_year(2, 1), "claims-invalid"),
        (_with_year(3, bytes([1, 80, 82, 81])), "claims-invalid"),
        (_with_year(3, bytes([15, 80, 82, 81, 0])), "claims-invalid"),
        (_with_year(3, bytes([1, 102, 82, 81, 0])), "claims-invalid"),
        (_with_year(3, bytes([1, 113, 82, 81, 0])), "claims-invalid"),
        (_with_year(4, bytes(10)), "claims-invalid"),
        (_with_year(4, bytes([5]) + bytes(10)), "claims-invalid"),
        (_with_year(4, bytes(8) + b"\x05\x00\x00"), "claims-invalid"),
    ],
)
def test_refuses(data: bytes, code: str) -> None:
    """Each field out of its type or range is refused."""
    with pytest.raises(SchemaError) as caught:
        parse_claims(data)
    assert caught.value.code == code

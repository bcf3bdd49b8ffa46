"""Makes claims/vectors.json: the payload of the QR's COSE_Sign1."""

from __future__ import annotations

from dataclasses import replace

import cbor2

from schemas.claimed_years import (
    ClaimedOldPrimaryYear,
    ClaimedOldYear,
    ClaimedPrimarySubject,
    ClaimedPrimaryYear,
    ClaimedSubject,
)
from schemas.claims import Claims, claims_of, format_claims
from schemas.transcript.model import Promotion
from schemas.transcript.rulesets import tt58_2011
from schemas.transcript.rulesets.tt22_2021 import Level
from schemas.transcript.rulesets.tt27_2020 import Achievement, Completion, Growth, YearResult
from schemas.transcript.traits import TRAITS, TRAITS_TT22_2016
from tests.support.transcript_members import (
    NONCE,
    old_primary_year_members,
    old_year_members,
    primary_members,
    sample_claims,
    secondary_claims,
    transcript_members,
    transcript_of,
    upper_members,
)
from tests.support.vectors import Vector, failure, file_text, sound, write

CLAIMS = sample_claims()
DATA = format_claims(CLAIMS)
YEAR = secondary_claims(CLAIMS)
EVERY_MARK = (
    ClaimedSubject("ngu-van", ("0.0", "10.0", "M", None)),
    ClaimedSubject("gdtc", ("Đ", "CĐ", "CĐ", "Đ")),
)


def _of(members: dict[str, object]) -> Claims:
    return claims_of(transcript_of(members), NONCE)


PRIMARY = _of(primary_members())
OLD = _of(transcript_members() | {"years": [old_year_members()]})
OLD_PRIMARY = _of(primary_members() | {"years": [old_primary_year_members()]})
PRIMARY_DATA, OLD_DATA, OLD_PRIMARY_DATA = map(format_claims, (PRIMARY, OLD, OLD_PRIMARY))


def _sound(name: str, claims: Claims) -> Vector:
    return sound(name, format_claims(claims), claims)


def _with(key: int, value: object, data: bytes = DATA) -> bytes:
    return cbor2.dumps(cbor2.loads(data) | {key: value}, canonical=True)


def _with_year(position: int, value: object, data: bytes = DATA) -> bytes:
    year = list(cbor2.loads(data)[7][0])
    year[position] = value
    return _with(7, [year], data)


def text() -> str:
    """Return the text of the file."""
    failed = replace(
        YEAR,
        subjects=EVERY_MARK,
        conduct=tuple(Level),
        learning=(None, None, Level.FAIL, Level.PASS),
        promotion=Promotion.PROMOTED_AFTER,
        absences=366,
    )
    every_level = ClaimedPrimaryYear(
        first_year=2025,
        grade=5,
        subjects=(
            *(ClaimedPrimarySubject("tieng-viet", level, 10, exempt=False) for level in Achievement),
            ClaimedPrimarySubject("gdtc", None, None, exempt=True),
        ),
        result=YearResult.NOT_DONE,
        completion=Completion.MOVED_UP,
        traits=(*Growth, *(None,) * (len(TRAITS) - len(Growth))),
        absences_excused=366,
        absences_unexcused=0,
    )
    every_word = ClaimedOldYear(
        first_year=2023,
        grade=9,
        subjects=EVERY_MARK,
        conduct=tuple(tt58_2011.Conduct),
        learning=(None, None, tt58_2011.Learning.POOR, tt58_2011.Learning.WEAK),
        averages=("4.9", "10.0", None, "0.0"),
        honour=tt58_2011.Honour.ADVANCED,
        promotion=Promotion.NOT_PROMOTED,
        absences=46,
    )
    every_old_level = ClaimedOldPrimaryYear(
        first_year=2023,
        grade=5,
        subjects=every_level.subjects,
        completion=Completion.PRIMARY,
        traits=(*Growth, *(None,) * (len(TRAITS_TT22_2016) - len(Growth))),
        absences_excused=0,
        absences_unexcused=366,
    )
    vectors = [
        _sound("one-year", CLAIMS),
        _sound("extract-of-one-year", replace(CLAIMS, profile=3)),
        _sound(
            "four-years", replace(CLAIMS, years=tuple(replace(YEAR, grade=grade) for grade in range(6, 10)))
        ),
        _sound("every-kind-of-mark", replace(CLAIMS, years=(failed,))),
        failure("empty", b"", "cbor-invalid"),
        failure("byte-after-the-end", DATA + b"\x00", "cbor-not-deterministic"),
        failure("integer-too-long", DATA.replace(b"\x06\x02", b"\x06\x18\x02"), "cbor-not-deterministic"),
        failure("key-missing", cbor2.dumps({1: bytes(10)}), "claims-invalid"),
        failure("key-unknown", _with(12, 0), "claims-invalid"),
        failure("serial-too-short", _with(1, bytes(9)), "serial-invalid"),
        failure("serial-check-symbol-not-base-32", _with(1, (36).to_bytes(10)), "serial-invalid"),
        failure("time-negative", _with(2, -1), "claims-invalid"),
        failure("time-as-text", _with(2, "1795489200"), "claims-invalid"),
        failure("school-code-empty", _with(3, ""), "claims-invalid"),
        failure("school-code-turned-around", _with(3, "\u202eHN-0001"), "text-control-character"),
        failure(
            "school-code-of-a-look-alike", _with(3, "\N{CYRILLIC CAPITAL LETTER EN}N-0001"), "claims-invalid"
        ),
        failure("school-code-with-an-escape", _with(3, "HN\x1b[2J"), "text-control-character"),
        failure("name-not-nfc", _with(4, "Nguye\u0302\u0303n"), "text-not-nfc"),
        failure("name-with-hidden-character", _with(4, "Nguyễn\u200b"), "text-control-character"),
        failure("birth-date-impossible", _with(5, 20140230), "claims-invalid"),
        failure("kind-unknown", _with(6, 4), "claims-invalid"),
        failure("nonce-too-short", _with(10, bytes(15)), "claims-invalid"),
        failure("ruleset-unknown", _with_year(2, 9), "claims-invalid"),
        failure("subject-unknown", _with_year(3, bytes([15, 80, 82, 81, 0])), "claims-invalid"),
        failure("mark-byte-unknown", _with_year(3, bytes([1, 102, 82, 81, 0])), "claims-invalid"),
        failure("marks-cut-short", _with_year(3, bytes([1, 80, 82, 81])), "claims-invalid"),
        failure("level-byte-unknown", _with_year(4, bytes([5]) + bytes(10)), "claims-invalid"),
        failure("promotion-byte-unknown", _with_year(4, bytes(8) + b"\x05\x00\x00"), "claims-invalid"),
        failure("results-too-short", _with_year(4, bytes(10)), "claims-invalid"),
        _sound("upper-secondary", _of(upper_members())),
        _sound("primary", PRIMARY),
        _sound("every-level-of-primary-school", replace(PRIMARY, years=(every_level,))),
        _sound("year-before-tt22", OLD),
        _sound("every-word-before-tt22", replace(OLD, years=(every_word,))),
        failure(
            "primary-level-byte-unknown", _with_year(3, bytes([50, 5, 9]), PRIMARY_DATA), "claims-invalid"
        ),
        failure("primary-test-above-ten", _with_year(3, bytes([50, 1, 11]), PRIMARY_DATA), "claims-invalid"),
        failure(
            "primary-test-of-the-exempt", _with_year(3, bytes([50, 4, 9]), PRIMARY_DATA), "claims-invalid"
        ),
        failure("primary-marks-cut-short", _with_year(3, bytes([50, 1]), PRIMARY_DATA), "claims-invalid"),
        failure(
            "primary-trait-byte-unknown",
            _with_year(4, b"\x01\x01\x04" + bytes(18), PRIMARY_DATA),
            "claims-invalid",
        ),
        failure("primary-results-too-short", _with_year(4, bytes(20), PRIMARY_DATA), "claims-invalid"),
        failure("primary-results-under-tt22", _with_year(2, 2, PRIMARY_DATA), "claims-invalid"),
        failure(
            "learning-of-tt58-unknown",
            _with_year(4, bytes(4) + b"\x06" + bytes(11), OLD_DATA),
            "claims-invalid",
        ),
        failure("conduct-of-tt58-unknown", _with_year(4, b"\x05" + bytes(15), OLD_DATA), "claims-invalid"),
        failure(
            "honour-of-tt58-unknown",
            _with_year(4, bytes(12) + b"\x03" + bytes(3), OLD_DATA),
            "claims-invalid",
        ),
        failure("results-of-tt58-under-tt22-2016", _with_year(2, 4, OLD_DATA), "claims-invalid"),
        _sound("primary-before-tt27", OLD_PRIMARY),
        _sound("every-level-before-tt27", replace(OLD_PRIMARY, years=(every_old_level,))),
        failure(
            "trait-byte-of-tt22-2016-unknown",
            _with_year(4, b"\x01\x04" + bytes(10), OLD_PRIMARY_DATA),
            "claims-invalid",
        ),
        failure(
            "completion-byte-of-tt22-2016-unknown",
            _with_year(4, b"\x05" + bytes(11), OLD_PRIMARY_DATA),
            "claims-invalid",
        ),
        failure(
            "results-of-tt22-2016-too-short", _with_year(4, bytes(11), OLD_PRIMARY_DATA), "claims-invalid"
        ),
        failure(
            "results-of-tt22-2016-too-long", _with_year(4, bytes(13), OLD_PRIMARY_DATA), "claims-invalid"
        ),
        failure("results-of-tt22-2016-under-tt27", _with_year(2, 1, OLD_PRIMARY_DATA), "claims-invalid"),
    ]
    return file_text("docs/formats/qr.md#claims", "hex", vectors)


if __name__ == "__main__":
    write("claims", text())

"""Makes claims/vectors.json: the payload of the QR's COSE_Sign1."""

from __future__ import annotations

from dataclasses import replace

import cbor2

from schemas.claims import ClaimedSubject, Claims, format_claims
from schemas.transcript.model import Promotion
from schemas.transcript.rulesets.tt22_2021 import Level
from tests.support.transcript_members import sample_claims
from tests.support.vectors import Vector, failure, file_text, sound, write

CLAIMS = sample_claims()
DATA = format_claims(CLAIMS)
YEAR = CLAIMS.years[0]
EVERY_MARK = (
    ClaimedSubject("ngu-van", ("0.0", "10.0", "M", None)),
    ClaimedSubject("gdtc", ("Đ", "CĐ", "CĐ", "Đ")),
)


def _sound(name: str, claims: Claims) -> Vector:
    return sound(name, format_claims(claims), claims)


def _with(key: int, value: object) -> bytes:
    return cbor2.dumps(cbor2.loads(DATA) | {key: value}, canonical=True)


def _with_year(position: int, value: object) -> bytes:
    year = list(cbor2.loads(DATA)[7][0])
    year[position] = value
    return _with(7, [year])


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
    vectors = [
        _sound("one-year", CLAIMS),
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
    ]
    return file_text("docs/formats/qr.md#claims", "hex", vectors)


if __name__ == "__main__":
    write("claims", text())

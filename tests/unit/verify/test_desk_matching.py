"""Documents against a list of applicants: who is whose, why, and what is left to a person."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.serial import display_serial, parse_typed_serial, serial_from_bytes
from schemas.transcript.model import Kind
from schemas.verdict import VerdictCode
from tests.support.desk import BORN, outcome
from verify.desk.applicants import Applicant
from verify.desk.matching import Match, MatchCode, match_applicants
from verify.desk.names import bare_name, name_key
from verify.desk.outcome import Outcome
from verify.desk.results import make_results, verdict_words


def applicant(row: int = 2, name: str = "Nguyễn Thị Hòa", **changes: object) -> Applicant:
    """Return a row of the list."""
    members: dict[str, object] = {"full_name": name, "birth_date": BORN}
    return Applicant(row, **(members | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("listed", "code"),
    [
        (applicant(), MatchCode.EXACT),
        (applicant(name="NGUYỄN  THỊ HOÀ"), MatchCode.EXACT),
        (applicant(name="Nguyen Thi Hoa"), MatchCode.NAME_DIFFERS),
        (applicant(name="Nguyễn Thị Hoa"), MatchCode.NAME_DIFFERS),
        (applicant(name="Nguyễn Thị Hương"), MatchCode.NOT_LISTED),
        (applicant(birth_date=dt.date(2010, 5, 9)), MatchCode.DATE_DIFFERS),
        (applicant(birth_date=None), MatchCode.EXACT),
        (applicant(personal_id="001210000001"), MatchCode.EXACT),
        (applicant(personal_id="001210000002"), MatchCode.CODE_DIFFERS),
        (applicant(name="Lê Văn Tám", personal_id="001210000001"), MatchCode.NAME_DIFFERS),
        (
            applicant(name="Lê Văn Tám", birth_date=dt.date(2011, 1, 1), personal_id="001210000001"),
            MatchCode.NAME_AND_DATE_DIFFER,
        ),
        (applicant(name="", birth_date=None, personal_id="001210000001"), MatchCode.EXACT),
        (applicant(name="Nguyễn Thị Hoa", student_code="0100000001"), MatchCode.NAME_DIFFERS),
        (
            applicant(name="Lê Văn Tám", birth_date=dt.date(2011, 1, 1), student_code="0100000001"),
            MatchCode.NOT_LISTED,
        ),
    ],
)
def test_one_document_and_one_applicant(listed: Applicant, code: MatchCode) -> None:
    """Codes come before names; a tone mark on another vowel is the same name, a missing one is not."""
    assert match_applicants([outcome()], [listed]).matches[0].code is code


def test_list_without_dates_finds_by_name() -> None:
    """A name alone, without a date in the list, is found only where one applicant bears it."""
    rows = [applicant(2, birth_date=None), applicant(3, birth_date=None)]
    assert match_applicants([outcome()], rows[:1]).matches[0].code is MatchCode.EXACT
    assert match_applicants([outcome()], rows).matches[0].code is MatchCode.NOT_LISTED


def test_two_applicants_who_fit_are_left_to_a_person() -> None:
    """Namesakes of one day both fit; an ID tells them apart."""
    rows = [applicant(2), applicant(3)]
    match = match_applicants([outcome()], rows).matches[0]
    assert (match.code, [one.row for one in match.applicants]) == (MatchCode.SEVERAL_APPLICANTS, [2, 3])
    rows = [applicant(2, personal_id="001210000009"), applicant(3, personal_id="001210000001")]
    matching = match_applicants([outcome()], rows)
    assert matching.matches[0].applicants == (rows[1],)
    assert matching.missing == (Match(MatchCode.NOT_SUBMITTED, (rows[0],)),)


def test_two_transcripts_of_one_applicant() -> None:
    """Two different transcripts of one level are named; the same bytes twice, another level, a replaced one are not."""
    rows = [applicant()]
    second = {"sha256": "1" * 64}

    def codes(*outcomes: Outcome) -> list[MatchCode]:
        return [match.code for match in match_applicants(outcomes, rows).matches]

    assert codes(outcome(), outcome(**second)) == [MatchCode.SEVERAL_TRANSCRIPTS] * 2
    assert codes(outcome(), outcome()) == [MatchCode.EXACT] * 2
    assert codes(outcome(), outcome(**second, kind=Kind.UPPER_SECONDARY)) == [MatchCode.EXACT] * 2
    assert codes(outcome(), outcome(**second, verdict=VerdictCode.SUPERSEDED)) == [MatchCode.EXACT] * 2


def test_document_without_a_name_is_matched_to_nobody() -> None:
    """An altered file shows no name: it is never laid beside an applicant, who then counts as missing."""
    altered = outcome(None, verdict=VerdictCode.ALTERED, student_code=None, personal_id=None)
    matching = match_applicants([altered], [applicant()])
    assert matching.matches[0].code is MatchCode.NO_NAME
    assert len(matching.missing) == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"unchecked": True, "verdict": VerdictCode.UNREADABLE}, MatchCode.UNCLEAR),
        ({"verdict": VerdictCode.VALID}, MatchCode.UNCLEAR),
        ({"verdict": VerdictCode.RECORDED, "subject": "serial"}, MatchCode.UNCLEAR),
        ({"verdict": VerdictCode.UNCONFIRMED}, MatchCode.UNCLEAR),
        ({"verdict": VerdictCode.UNREADABLE}, MatchCode.NOT_SUBMITTED),
        ({"verdict": VerdictCode.NOT_A_TRANSCRIPT}, MatchCode.NOT_SUBMITTED),
    ],
)
def test_nobody_is_missing_while_a_document_may_be_his(changes: dict[str, Any], code: MatchCode) -> None:
    """Beside what was not checked, or does not say whose it is, an applicant without a document is unclear."""
    nameless = outcome(None, **({"student_code": None, "personal_id": None} | changes))
    (row,) = [one for one in make_results([nameless], [applicant()]).rows if one.outcome is None]
    assert row.match is not None
    assert row.match.code is code
    assert verdict_words(row) == code.sentence


def test_serial_of_the_list_leaves_nobody_in_doubt() -> None:
    """A document that shows no name, but whose serial the list gives to somebody, can be nobody else's."""
    serial = display_serial(serial_from_bytes(bytes(10)))
    nameless = outcome(None, verdict=VerdictCode.RECORDED, serial=serial)
    rows = [applicant(serial=parse_typed_serial(serial)), applicant(3, "Trần Văn An")]
    assert match_applicants([nameless], rows).missing == (Match(MatchCode.NOT_SUBMITTED, (rows[1],)),)


def test_what_needs_attention_comes_first() -> None:
    """Only a valid document that agrees with the list is settled; the missing, the repeated and the rest come first."""
    outcomes = [
        outcome(),
        outcome("Lê Văn Tám", personal_id=None, sha256="2" * 64),
        outcome(duplicate_of="a.pdf"),
    ]
    results = make_results(outcomes, [applicant(), applicant(3, "Trần Văn An")])
    assert [row.needs_attention for row in results.rows] == [True, True, True, False]
    assert results.attention == 3
    assert sum(row.outcome is None for row in results.rows) == 1
    recorded = make_results([outcome(verdict=VerdictCode.RECORDED)])
    assert recorded.attention == 1


@given(st.lists(st.sampled_from(["Hòa", "Hoà", "HOÀ", "thuý", "Thúy", "ĐỨC", "đức", "Quý"]), min_size=1))
def test_spellings_of_one_name_are_one(words: list[str]) -> None:
    """Case, spaces and the place of the tone mark change no key; the bare name has no marks at all."""
    name = " ".join(words)
    assert name_key(name) == name_key(f"  {name.upper()} ") == name_key(name.replace("oà", "òa"))
    assert bare_name(name).isascii()


def test_letters_and_tones_count() -> None:
    """Names that differ in a letter's mark or a tone are two names."""
    names = ["Lan", "Lân", "Lăn", "Lần", "Lẩn", "Đan", "Dan"]
    assert len({name_key(name) for name in names}) == len(names)

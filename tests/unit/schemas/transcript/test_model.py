"""The transcript as data, in and out of its canonical JSON."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import SchemaError
from schemas.transcript.model import MAX_BYTES, format_transcript, parse_transcript
from tests.support.transcript_members import json_text, sample_transcript, transcript_members, year_members
from tests.support.transcripts import secondary

DATA = json_text(transcript_members()).encode()


def _changed(change: Callable[[Any], object]) -> bytes:
    members = copy.deepcopy(transcript_members())
    change(members)
    return json_text(members).encode()


def _set(*path: str | int, value: object) -> Callable[[Any], object]:
    def change(members: Any) -> None:
        for step in path[:-1]:
            members = members[step]
        members[path[-1]] = value

    return change


def test_parse_undoes_format() -> None:
    """The bytes made without our code are those that our code makes, and they come back."""
    assert parse_transcript(DATA) == sample_transcript()
    assert format_transcript(sample_transcript()) == DATA


@settings(max_examples=50)
@given(st.integers(0, len(DATA) - 1), st.integers(1, 255))
def test_one_changed_byte_is_another_value(position: int, difference: int) -> None:
    """A transcript with one byte changed is refused or says something else."""
    changed = DATA[:position] + bytes([DATA[position] ^ difference]) + DATA[position + 1 :]
    try:
        parsed = parse_transcript(changed)
    except SchemaError:
        return
    assert parsed != sample_transcript()
    assert format_transcript(parsed) == changed


def test_optional_members_come_back() -> None:
    """Every optional member that is present survives the round trip."""

    def change(members: Any) -> None:
        members["relation"] = {"kind": "corrects", "serial": members["serial"], "data": "ab" * 32}
        members["learner"] |= {
            "personal_id": "001214000001",
            "father": {"name": "Nguyễn Thử", "occupation": "Thợ"},
        }
        members["issuer"] = members["issuer"] | {"district": "Quận Thử"}
        members["signatory"]["on_behalf"] = "KT. HIỆU TRƯỞNG"
        year = members["years"][0]
        year["corrections"] = {"count": 1, "subjects": ["Toán"]}
        year["source"] = {"serial": members["serial"], "data": "cd" * 32}
        year["subjects"][0] |= {"reassessed": "6.0", "remark": "Tiến bộ.", "title": "Ngữ văn (nâng cao)"}
        year["confirmations"] = [
            {
                "role": "homeroom-teacher",
                "name": "Vũ Thị Thử",
                "at": "2026-05-29T01:02:03Z",
                "rows": "00" * 32,
            }
        ]

    data = _changed(change)
    assert format_transcript(parse_transcript(data)) == data


def test_years_of_other_schools_stand_beside_each_other() -> None:
    """A document may hold several years, in order."""
    years = [year_members("2024-2025", 6), year_members("2025-2026", 7)]
    assert len(parse_transcript(_changed(_set("years", value=years))).years) == 2


def test_exempt_is_a_mark_of_every_subject() -> None:
    """M (miễn) may stand in a scored subject and in one assessed by comment."""

    def change(members: Any) -> None:
        members["years"][0]["subjects"][0]["year"] = "M"
        members["years"][0]["subjects"][8]["year"] = "M"

    assert secondary(parse_transcript(_changed(change)).years[0]).subjects[8].year == "M"


ROW = ("years", 0, "subjects", 0)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (_set("extra", value=1), "extra"),
        (lambda members: members.pop("nonce"), "nonce"),
        (_set("schema", value="hocba/transcript/v2"), "schema"),
        (_set("profile", value=2), "profile"),
        (_set("profile", value="1"), "profile"),
        (_set("kind", value="dh"), "kind"),
        (_set("serial", value="0123456789ABCDEFJ"), "serial"),
        (_set("nonce", value="AB" * 16), "nonce"),
        (_set("nonce", value="ab" * 16 + "\n"), None),
        (_set("issued_at", value="2026-11-24T03:00:00.5Z"), "issued_at"),
        (_set("issued_at", value="2026-11-24T10:00:00+07:00"), "issued_at"),
        (_set("relation", value={"kind": "corrects"}), "relation"),
        (_set("relation", value={"kind": "first", "data": "ab" * 32}), "relation"),
        (_set("status", "index", value=2**20), "status.index"),
        (_set("status", "list_id", value=0), "status.list_id"),
        (_set("issuer", "code", value="hn"), "issuer.code"),
        (_set("learner", "full_name", value=" Nguyễn"), "learner.full_name"),
        (_set("learner", "full_name", value="Nguyễn  Ánh"), "learner.full_name"),
        (_set("learner", "full_name", value=""), "learner.full_name"),
        (_set("learner", "full_name", value="a" * 201), "learner.full_name"),
        (_set("learner", "gender", value="Khác"), "learner.gender"),
        (_set("learner", "birth_date", value="2014-02-30"), "learner.birth_date"),
        (_set("learner", "personal_id", value="00121400000"), "learner.personal_id"),
        (_set("learner", "personal_id", value=None), None),
        (_set("years", value=[]), "years"),
        (_set("years", value=[year_members(), year_members()]), ""),
        (_set("years", value=[year_members("2025-2026", 7), year_members("2024-2025", 6)]), ""),
        (_set("years", 0, "school_year", value="2025-2027"), "years.0"),
        (_set("years", 0, "school_year", value="2020-2021"), "years.0"),
        (_set("years", 0, "ruleset", value="tt32-2009"), "years.0"),
        (_set("years", 0, "ruleset", value="tt22-2016"), "years.0.grade"),
        (_set("years", 0, "ruleset", value="tt27-2020"), "years.0.grade"),
        (_set("kind", value="thpt"), ""),
        (_set("years", 0, "grade", value=13), "years.0.grade"),
        (_set("years", 0, "absences", value=-1), "years.0.absences"),
        (_set("years", 0, "absences", value=367), "years.0.absences"),
        (_set("years", 0, "promotion", value="Lên lớp"), "years.0.promotion"),
        (_set("years", 0, "learning", "year", value="Giỏi"), "years.0.learning.year"),
        (_set("years", 0, "subjects", value=[]), "years.0.subjects"),
        (_set("years", 0, "subjects", 1, "subject", value="ngu-van"), "years.0"),
        (_set(*ROW, "subject", value="vat"), "years.0.subjects.0.subject"),
        (_set(*ROW, "subject", value="vat-li"), "years.0"),
        (_set(*ROW, "subject", value="tieng-viet"), "years.0"),
        (_set(*ROW, "year", value="8"), "years.0.subjects.0.year"),
        (_set(*ROW, "year", value="8.25"), "years.0.subjects.0.year"),
        (_set(*ROW, "year", value="10.1"), "years.0.subjects.0.year"),
        (_set(*ROW, "year", value="08.0"), "years.0.subjects.0.year"),
        (_set(*ROW, "year", value="8,0"), "years.0.subjects.0.year"),
        (_set(*ROW, "year", value="٨.0"), "years.0.subjects.0.year"),
        (_set(*ROW, "year", value="Đ"), "years.0.subjects.0"),
        (_set("years", 0, "subjects", 8, "year", value="8.0"), "years.0.subjects.8"),
    ],
)
def test_refuses(change: Callable[[Any], object], path: str | None) -> None:
    """What the schema or the page forbids is refused, and the error says where."""
    with pytest.raises(SchemaError) as caught:
        parse_transcript(_changed(change))
    if path is not None:
        assert (caught.value.code, caught.value.path) == ("transcript-invalid", path or "$")


@pytest.mark.parametrize(
    "value", ["2026-11-24T03:00:00+00:00", "2026-11-24t03:00:00z", "2026-11-24T03:00Z", "1795489200"]
)
def test_a_time_has_one_spelling(value: str) -> None:
    """The same moment written another way is refused."""
    with pytest.raises(SchemaError, match="transcript-"):
        parse_transcript(_changed(_set("issued_at", value=value)))


def test_null_is_refused() -> None:
    """An optional member that is empty is absent, never null."""
    with pytest.raises(SchemaError, match="transcript-not-canonical"):
        parse_transcript(_changed(_set("learner", "father", value=None)))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (DATA + b"\n", "json-not-canonical"),
        (b"{}", "transcript-invalid"),
        (b"[]", "transcript-invalid"),
        (b"", "json-invalid"),
        (b" " * (MAX_BYTES + 1), "transcript-too-large"),
        (_changed(_set("learner", "full_name", value="Nguyê\u0303n")), "text-not-nfc"),
        (_changed(_set("learner", "full_name", value="Nguyễn\u200b")), "text-control-character"),
    ],
)
def test_other_bytes_are_refused(data: bytes, code: str) -> None:
    """What is not canonical JSON of this shape is refused before anything is read from it."""
    with pytest.raises(SchemaError) as caught:
        parse_transcript(data)
    assert caught.value.code == code

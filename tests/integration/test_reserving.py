"""Which years a new document holds, and what it continues."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from keys.data_key import DataKeys
from schemas.transcript.model import Kind, RelationKind, Transcript, Year, parse_transcript, parse_year
from service.reserving import reserve
from service.storage.database import open_database
from service.storage.migration import upgrade
from service.storage.records import Batch, State, StudentYear
from service.storage.register import Register
from service.storage.sealed import use_data_keys
from tests.support.approvals import approval_as_demonstration
from tests.support.trail import AN_IMPORT
from tests.support.transcript_members import (
    json_text,
    primary_members,
    primary_year_members,
    sample_transcript,
    transcript_of,
    upper_members,
    year_members,
)

NOW = dt.datetime(2026, 11, 26, tzinfo=dt.UTC)
SCHOOL = sample_transcript().issuer


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    """Return a register with one school."""
    engine = use_data_keys(open_database(tmp_path / "hocba.sqlite3"), DataKeys([bytes(32)]))
    upgrade(engine)
    register = Register(engine, secrets.token_bytes)
    register.put_school(SCHOOL, sample_transcript().signatory)
    yield register
    engine.dispose()


def issued(register: Register, year: Year) -> Transcript:
    """Return the transcript that a draft of `year` is frozen as, noted as given out."""
    draft = StudentYear(SCHOOL.code, year.class_name, sample_transcript().learner, year, "00" * 32)
    register.put_student_years([draft], cause=AN_IMPORT)
    (draft,) = register.student_years(SCHOOL.code, year.school_year)
    key = secrets.token_hex(16)
    batch = register.open_batch(Batch(key, SCHOOL.code, key, year.school_year, None, None, 0))
    approval = approval_as_demonstration(register, NOW, draft)
    issuance = reserve(register, batch, draft, approval, now=NOW, token_bytes=secrets.token_bytes)
    register.reserve([issuance])
    register.advance([issuance], State.SIGNED)
    register.advance([issuance], State.RECORDED, [issuance.status_index])
    register.advance([issuance], State.RELEASED)
    return parse_transcript(issuance.data)


def test_each_level_begins_a_document_of_its_own(register: Register) -> None:
    """A school with two levels: grade 10 neither continues the document of grade 9 nor holds its years."""
    first = issued(register, parse_year(json_text(year_members("2024-2025", 9)).encode()))
    upper = transcript_of(upper_members()).years[0]
    second = issued(register, upper)
    third = issued(register, upper.model_copy(update={"school_year": "2026-2027", "grade": 11}))
    assert (first.kind, second.kind) == (Kind.LOWER_SECONDARY, Kind.UPPER_SECONDARY)
    assert (second.relation.kind, len(second.years)) == (RelationKind.FIRST, 1)
    assert (third.relation.kind, third.relation.serial) == (RelationKind.CONTINUES, second.serial)
    assert [year.grade for year in third.years] == [10, 11]


def test_a_year_of_primary_school_is_confirmed_by_its_homeroom_teacher(register: Register) -> None:
    """Years of primary school come back from the database; one teacher answers for every row."""
    issued(register, parse_year(json_text(primary_year_members("2024-2025", 3)).encode()))
    transcript = issued(register, transcript_of(primary_members()).years[0])
    assert (transcript.kind, [year.grade for year in transcript.years]) == (Kind.PRIMARY, [3, 4])
    assert [[each.role for each in year.confirmations] for year in transcript.years] == [
        ["homeroom-teacher"]
    ] * 2

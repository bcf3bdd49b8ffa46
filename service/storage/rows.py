"""Rows ↔ records: the one place where the columns of the register become frozen dataclasses, and back."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from schemas.errors import Text
from schemas.record.entry import RevocationClass
from schemas.transcript.model import Learner, parse_year
from service.storage.records import (
    Batch,
    Change,
    ChangeKind,
    ChangeState,
    Issuance,
    Standing,
    State,
    StudentYear,
    canonical_record,
)


def fields(record: Batch | Issuance, *left_out: str) -> dict[str, object]:
    """Return a record as the values of its row."""
    return {name: getattr(record, name) for name in type(record).__slots__ if name not in left_out}


def batch_of(row: Row[Any]) -> Batch:
    """Return a batch."""
    return Batch(*(getattr(row, name) for name in Batch.__slots__))


def issuance_of(row: Row[Any]) -> Issuance:
    """Return an issuance."""
    values = {name: getattr(row, name) for name in Issuance.__slots__ if name != "failure"}
    values["failure"] = Text(row.failure_vi, row.failure_en) if row.failure_code else None
    values |= {"state": State(row.state), "standing": Standing(row.standing)}
    return Issuance(**values)


def student_year_of(row: Row[Any]) -> StudentYear:
    """Return an imported year."""
    return StudentYear(
        row.school_code,
        row.class_name,
        Learner.model_validate_json(row.learner),
        parse_year(row.year),
        row.trail,
    )


def change_of(row: Row[Any]) -> Change:
    """Return a request to revoke or to correct."""
    values = {name: getattr(row, name) for name in Change.__slots__ if name != "mended"}
    values |= {"kind": ChangeKind(row.kind), "state": ChangeState(row.state)}
    if row.revocation_class is not None:
        values["revocation_class"] = RevocationClass(row.revocation_class)
    return Change(**values, mended=student_year_of(row) if row.learner is not None else None)


def change_fields(change: Change) -> dict[str, object]:
    """Return a request as the values of its row."""
    values = {name: getattr(change, name) for name in Change.__slots__ if name != "mended"}
    if change.mended is not None:
        values |= {
            "class_name": change.mended.class_name,
            "learner": canonical_record(change.mended.learner),
            "year": canonical_record(change.mended.year),
            "trail": change.mended.trail,
        }
    return values

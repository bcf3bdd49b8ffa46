"""The digests that confirmations bind: of a subject's row, and of learner and year as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any, Final

from schemas.canonical import JSONValue, canonical_bytes
from schemas.transcript.model import Year
from service.approvals.chains import Chain, Step, chain_of
from service.storage.records import StudentYear, canonical_record

_BY_ISSUING: Final = frozenset({"confirmations", "corrections"})
"""What a year has only in a document."""


@dataclass(frozen=True)
class Digests:
    """What each step of a student's year binds."""

    chain: Chain
    subjects: Mapping[str, str]
    """By subject code; empty where no subject teacher confirms."""
    year: str
    """As `year_digest`: what a document says that the homeroom teacher confirmed."""
    whole: str
    """As `StudentYear.digest`: what homeroom teacher and principal bind."""

    @classmethod
    def of(cls, draft: StudentYear) -> Digests:
        """Return the digests of a draft as it is."""
        chain = chain_of(draft.year)
        # Made once for all three: a school has thousands of these.
        members = draft.year.model_dump(mode="json", exclude_none=True)
        rows = _rows(members) if Step.SUBJECTS in chain.steps else {}
        year = canonical_bytes(members)
        said = year if _BY_ISSUING.isdisjoint(members) else canonical_bytes(_said(members))
        whole = sha256(canonical_record(draft.learner) + year).hexdigest()
        return cls(chain, rows, sha256(said).hexdigest(), whole)

    @cached_property
    def places(self) -> tuple[tuple[Step, str | None], ...]:
        """What has to be confirmed before the approval: step and subject."""
        of_subjects = [(Step.SUBJECTS, subject) for subject in self.subjects]
        whole = [(step, None) for step in self.chain.before(Step.APPROVAL) if step is not Step.SUBJECTS]
        return (*of_subjects, *whole)

    def at(self, step: Step, subject: str | None) -> str | None:
        """Return the digest that a step binds; None where the student has no such row."""
        return self.whole if step is not Step.SUBJECTS else self.subjects.get(subject or "")


def row_digests(year: Year) -> dict[str, str]:
    """Return SHA-256 of the canonical JSON of each subject's row, by subject code."""
    return _rows(year.model_dump(mode="json", exclude_none=True))


def year_digest(year: Year) -> str:
    """Return what a document says that the homeroom teacher confirmed: the year without what issuing adds to it."""
    return sha256(canonical_bytes(_said(year.model_dump(mode="json", exclude_none=True)))).hexdigest()


def _rows(members: Mapping[str, Any]) -> dict[str, str]:
    return {row["subject"]: sha256(canonical_bytes(row)).hexdigest() for row in members["subjects"]}


def _said(members: Mapping[str, Any]) -> JSONValue:
    return {name: value for name, value in members.items() if name not in _BY_ISSUING}

"""What leaves the database about a school itself: who led it when, what was changed. Nothing here reads or writes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from schemas.change_trail import Actor
from schemas.transcript.model import Signatory


class SchoolFact(StrEnum):
    """What of a school may change."""

    ADDED = "added"
    NAME = "name"
    COMMUNE = "commune"
    DISTRICT = "district"
    PROVINCE = "province"
    LEVELS = "levels"
    PRINCIPAL = "principal"
    DELEGATION = "delegation"
    """That a deputy signs for some days; ended early, what was before it is the delegation."""
    NOTICES = "notices"


@dataclass(frozen=True, slots=True)
class ChangedBy:
    """Who changes something of a school, and when, in seconds."""

    actor: Actor
    at: int


@dataclass(frozen=True, slots=True)
class Principal:
    """Who leads a school, from which day in Vietnam on; None for whoever led it when it was added."""

    school_code: str
    signatory: Signatory
    first_day: dt.date | None


@dataclass(frozen=True, slots=True)
class SchoolEvent:
    """One change of a school: the value before and after, None where there was, or is, nothing."""

    at: int
    actor: Actor
    fact: SchoolFact
    before: str | None
    after: str | None

"""What an examination says: findings, each with a code, a level and a sentence that says what to do."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    """Works today."""
    FAULT = "fault"
    """Something does not work, or is not safe."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of an examination."""

    code: str
    vi: str
    en: str
    level: Level = Level.WARNING

    def as_fault(self) -> Finding:
        """Return the same as a fault."""
        return dataclasses.replace(self, level=Level.FAULT)

    def about(self, vi: str, en: str = "") -> Finding:
        """Return the same with what it is about before its sentences: a school, a check."""
        return dataclasses.replace(self, vi=f"{vi}: {self.vi}", en=f"{en or vi}: {self.en}")


def went_well(title: str, vi: str, en: str) -> Finding:
    """Return what is said where nothing is wrong."""
    return Finding(title, vi, en, Level.OK)

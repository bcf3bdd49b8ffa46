"""What a form of old rules had rows for: data about years that are kept as they were recorded, no rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from schemas.errors import Text


@dataclass(frozen=True, slots=True)
class OldSubject:
    """A subject as it was called: the code of what came after it, and the grades that had it.

    `optional` ones were not in every school; `tested` are the grades with tests at the end of each semester.
    """

    code: str
    name: str
    grades: range
    optional: bool = False
    tested: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """What the form of before had rows for."""

    version: int
    source: str
    notes: tuple[Text, ...]
    subjects: tuple[OldSubject, ...]
    _names: Mapping[tuple[str, int], OldSubject] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Arrange the subjects by code and grade."""
        names = {(one.code, grade): one for one in self.subjects for grade in one.grades}
        object.__setattr__(self, "_names", names)

    def find(self, code: str, grade: int) -> OldSubject | None:
        """Return what a grade had of the subject with this code."""
        return self._names.get((code, grade))

    def taught(self, grade: int) -> tuple[OldSubject, ...]:
        """Return what a grade could have, in the order of the form."""
        return tuple(one for one in self.subjects if grade in one.grades)

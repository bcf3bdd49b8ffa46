"""Which sheets and columns a class's year has under the rules that its school year and grade follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from schemas.transcript.rulesets import Ruleset, tt22_2016, tt58_2011
from schemas.transcript.rulesets.recorded import Record
from schemas.transcript.subjects import CURRICULUM, SUBJECTS
from service.importing.primary_shape import PRIMARY_SUBJECT_COLUMNS, results_columns
from service.importing.shape import (
    RESULTS_COLUMNS,
    RESULTS_COLUMNS_TT58,
    SUBJECT_COLUMNS,
    SUBJECT_COLUMNS_TT58,
    Column,
)
from service.importing.subject_words import CALLED_THEN, IN_PRIMARY

_RECORDS: Final[Mapping[Ruleset, Record]] = {
    Ruleset.TT22_2016: tt22_2016.RECORD,
    Ruleset.TT58_2011: tt58_2011.RECORD,
}
"""Old rules, whose years are imported as they were recorded."""
_OF_LEVEL: Final = (
    frozenset({Ruleset.TT22_2016, Ruleset.TT27_2020}),
    frozenset({Ruleset.TT58_2011, Ruleset.TT22_2021}),
)


@dataclass(frozen=True, slots=True)
class YearShape:
    """The rules of a class's year, and its grade."""

    ruleset: Ruleset
    grade: int

    @property
    def is_primary(self) -> bool:
        """Whether subjects have levels, and no marks of semesters."""
        return self.ruleset in _OF_LEVEL[0]

    @property
    def record(self) -> Record | None:
        """What the year had rows for, where it is kept as an old record has it and not judged."""
        return _RECORDS.get(self.ruleset)

    @property
    def subjects(self) -> dict[str, bool]:
        """The codes of what the grade is taught, in the order of the form, and whether every class has it."""
        if self.record:
            return {one.code: not one.optional for one in self.record.taught(self.grade)}
        return {one.code: one.compulsory for one in CURRICULUM.taught(self.grade)}

    @property
    def results(self) -> tuple[Column, ...]:
        """The columns of the sheet of the year's results."""
        return _results(self.ruleset, self.grade)

    @property
    def other_results(self) -> frozenset[str]:
        """The keys of columns that the results have under other rules of the level alone."""
        (other,) = next(rules for rules in _OF_LEVEL if self.ruleset in rules) - {self.ruleset}
        # Every grade's: a sheet of a whole school may have columns that one grade leaves empty.
        own, others = (frozenset(column.key for column in _results(one, 5)) for one in (self.ruleset, other))
        return others - own

    @property
    def marks(self) -> tuple[Column, ...]:
        """The columns of a subject's sheet."""
        if self.is_primary:
            return PRIMARY_SUBJECT_COLUMNS
        return SUBJECT_COLUMNS_TT58 if self.record else SUBJECT_COLUMNS

    def code_of(self, named: str) -> str:
        """Return the code of the subject that a sheet names, where its short name is another one at this level."""
        if not self.is_primary:
            return named
        then = CALLED_THEN.get(named)
        if then is None or self.record is None:
            return IN_PRIMARY.get(named, named)
        return next((one.code for one in self.record.taught(self.grade) if one.name == then), named)

    def title_of(self, code: str, language: str | None) -> str | None:
        """Return what a subject is printed as, where that is not its name."""
        then = self.record.find(code, self.grade) if self.record else None
        called = then.name if then else SUBJECTS[code].name
        title = f"{called} ({language})" if language else called
        return None if title == SUBJECTS[code].name else title


def _results(ruleset: Ruleset, grade: int) -> tuple[Column, ...]:
    match ruleset:
        case Ruleset.TT22_2021:
            return RESULTS_COLUMNS
        case Ruleset.TT58_2011:
            return RESULTS_COLUMNS_TT58
    return results_columns(grade, ruleset)

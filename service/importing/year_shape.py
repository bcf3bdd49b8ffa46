"""Which sheets and columns a class's year has under the rules that its school year and grade follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from schemas.transcript.rulesets import Ruleset
from schemas.transcript.rulesets.tt22_2016 import RECORD
from schemas.transcript.subjects import CURRICULUM, SUBJECTS
from service.importing.primary_shape import PRIMARY_SUBJECT_COLUMNS, results_columns
from service.importing.shape import RESULTS_COLUMNS, SUBJECT_COLUMNS, Column
from service.importing.vocabulary import CALLED_THEN, IN_PRIMARY

RECORDED: Final = frozenset({Ruleset.TT22_2016})
"""Old rules whose years are imported as recorded."""
_OF_PRIMARY: Final = frozenset({Ruleset.TT22_2016, Ruleset.TT27_2020})


@dataclass(frozen=True, slots=True)
class YearShape:
    """The rules of a class's year, and its grade."""

    ruleset: Ruleset
    grade: int

    @property
    def is_primary(self) -> bool:
        """Whether subjects have levels, and no marks of semesters."""
        return self.ruleset in _OF_PRIMARY

    @property
    def is_recorded(self) -> bool:
        """Whether the year is kept as an old record has it, and not judged."""
        return self.ruleset in RECORDED

    @property
    def subjects(self) -> dict[str, bool]:
        """The codes of what the grade is taught, in the order of the form, and whether every class has it."""
        if self.ruleset is Ruleset.TT22_2016:
            return {one.code: not one.optional for one in RECORD.taught(self.grade)}
        return {one.code: one.compulsory for one in CURRICULUM.taught(self.grade)}

    @property
    def results(self) -> tuple[Column, ...]:
        """The columns of the sheet of the year's results."""
        return results_columns(self.grade, self.ruleset) if self.is_primary else RESULTS_COLUMNS

    @property
    def other_results(self) -> dict[str, Column]:
        """Columns that the results have under other rules of the level alone, by key."""
        if not self.is_primary:
            return {}
        (other,) = _OF_PRIMARY - {self.ruleset}
        own = {column.key for column in results_columns(5, self.ruleset)}
        return {column.key: column for column in results_columns(5, other) if column.key not in own}

    @property
    def marks(self) -> tuple[Column, ...]:
        """The columns of a subject's sheet."""
        return PRIMARY_SUBJECT_COLUMNS if self.is_primary else SUBJECT_COLUMNS

    def code_of(self, named: str) -> str:
        """Return the code of the subject that a sheet names, where its short name is another one at this level."""
        if not self.is_primary:
            return named
        then = CALLED_THEN.get(named)
        if then is None or self.ruleset is not Ruleset.TT22_2016:
            return IN_PRIMARY.get(named, named)
        return next((one.code for one in RECORD.taught(self.grade) if one.name == then), named)

    def title_of(self, code: str, language: str | None) -> str | None:
        """Return what a subject is printed as, where that is not its name."""
        then = RECORD.find(code, self.grade) if self.ruleset is Ruleset.TT22_2016 else None
        called = then.name if then else SUBJECTS[code].name
        title = f"{called} ({language})" if language else called
        return None if title == SUBJECTS[code].name else title

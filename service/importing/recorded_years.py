"""A student's year of secondary school under TT 58/2011 put together from its rows, as it was recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from schemas.transcript.model import AveragesTT58, ConductTT58, LearningTT58, SubjectResult, YearTT58
from schemas.transcript.rulesets import Ruleset
from schemas.transcript.rulesets.tt58_2011 import Conduct, Honour, Learning
from service.errors import ServiceError
from service.importing import values
from service.importing.complaints import Complaints
from service.importing.records import read_ends
from service.importing.tables import Fields, Row
from service.importing.values import CellValue
from service.importing.years import ClassFacts

_TIMES: Final = {"semester1": "1", "semester2": "2", "year": "_year", "after": "_after"}
_LEARNING: Final = {each.casefold(): each for each in Learning} | {
    "g": Learning.EXCELLENT,
    "k": Learning.FAIR,
    "tb": Learning.AVERAGE,
    "y": Learning.WEAK,
}
_CONDUCT: Final = {each.casefold(): each for each in Conduct} | {
    "t": Conduct.GOOD,
    "k": Conduct.FAIR,
    "tb": Conduct.AVERAGE,
    "y": Conduct.WEAK,
}
_HONOURS: Final = {each.casefold(): each for each in Honour}


def read_recorded_year(
    found: ClassFacts, row: Row, subjects: Mapping[str, tuple[SubjectResult, Row]], complaints: Complaints
) -> YearTT58 | None:
    """Return one student's old year, or None after a complaint."""
    fields = Fields(row, found.shape.results, complaints)
    year: dict[str, Any] = read_ends(fields) | {
        "averages": AveragesTT58(**_times(fields, "average", _average)),
        "learning": LearningTT58(**_times(fields, "old_learning", values.one_of(_LEARNING))),
        "conduct": ConductTT58(**_times(fields, "old_conduct", values.one_of(_CONDUCT))),
        "honour": fields.read("honour", values.one_of(_HONOURS)),
    }
    if year["honour"] is None and (year["awards"] or "").casefold() in _HONOURS:
        # Systems call the column of titles as they call that of awards.
        year["honour"] = _HONOURS[year.pop("awards").casefold()]
    if fields.failed or complaints.has_errors:
        return None
    return YearTT58.model_validate(
        found.year
        | year
        | {
            "ruleset": Ruleset.TT58_2011,
            "school": found.school.in_year(found.year["school_year"]),
            "subjects": tuple(result for result, _ in subjects.values()),
        }
    )


def _times(fields: Fields, key: str, parse: Callable[[CellValue], Any]) -> dict[str, Any]:
    return {member: fields.read(f"{key}{when}", parse) for member, when in _TIMES.items()}


def _average(value: CellValue) -> str:
    found = values.mark(value)
    if not found[0].isdigit():
        raise ServiceError(
            "average-needs-number",
            "Điểm trung bình các môn là số từ 0 đến 10; hãy sửa ô này.",
            "The average of all subjects is a number from 0 to 10; correct this cell.",
        )
    return found

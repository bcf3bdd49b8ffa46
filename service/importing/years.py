"""One student's year put together from the rows that speak of it, and compared with the rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from schemas.transcript.model import School, SubjectResult, YearTT22
from schemas.transcript.rulesets import Ruleset
from schemas.transcript.subjects import SUBJECTS
from service.comparing import secondary as rules
from service.errors import ServiceError
from service.importing.complaints import Complaints
from service.importing.records import read_results
from service.importing.shape import RESULTS_COLUMNS
from service.importing.subject_words import CALLED_THEN
from service.importing.tables import Fields, Row
from service.importing.year_shape import YearShape


@dataclass(frozen=True, slots=True)
class ClassFacts:
    """What all years of a class have in common; `year` holds the members of the year by name."""

    school: School
    class_name: str
    shape: YearShape
    year: dict[str, Any]

    @property
    def grade(self) -> int:
        """The grade of the class."""
        return self.shape.grade


def read_year(
    found: ClassFacts,
    row: Row,
    subjects: Mapping[str, tuple[SubjectResult, Row]],
    complaints: Complaints,
    *,
    complete: bool,
) -> YearTT22 | None:
    """Return one student's year, compared with the rules; `complete` where every subject could be read."""
    results = read_results(Fields(row, RESULTS_COLUMNS, complaints))
    if results is None:
        return None
    rows = tuple(result for result, _ in subjects.values())
    findings = [finding for result in rows for finding in rules.check_subject(result)]
    # Levels follow from all subjects together: where one could not be read, there is nothing to compare yet.
    if complete:
        findings += rules.check_learning(rows, results["learning"])
    findings += rules.check_conduct(results["conduct"])
    findings += rules.check_promotion(results, results["absences"], results["promotion"], found.grade)
    if complete:
        findings += rules.check_title(rows, results["conduct"], results["learning"], results["awards"])
    for finding in findings:
        place = (subjects[finding.subject][1] if finding.subject else row).place(finding.column)
        complaints.add(place, finding.fault, finding.severity)
    if complaints.has_errors:
        return None
    return YearTT22.model_validate(
        found.year
        | results
        | {
            "ruleset": Ruleset.TT22_2021,
            "school": found.school.in_year(found.year["school_year"]),
            "subjects": rows,
        }
    )


def subject_of_grade(code: str, grade: int) -> ServiceError:
    """Say that a grade is not taught a subject."""
    name = CALLED_THEN.get(code) or SUBJECTS[code].name
    return ServiceError(
        "subject-of-grade",
        f"Khối {grade} không học môn {name}; hãy xem lại tên môn hoặc tên lớp của trang này.",
        f"Grade {grade} is not taught {name}; check the subject or the class of this sheet.",
    )

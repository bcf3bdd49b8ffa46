"""Reads a class workbook (docs/workbook.md): every student's year, or every complaint with its cell.

Writes nothing: the caller imports the rows only where `ImportResult.ok`. Whatever is wrong with the file comes back as a complaint.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from schemas.canonical import canonical_bytes
from schemas.transcript.model import Learner, School, Signatory, SubjectResult, YearTT22
from schemas.transcript.rulesets import Ruleset, ruleset_for
from schemas.transcript.subjects import LOWER_SECONDARY, SUBJECTS
from service.errors import ServiceError
from service.importing import rules, values
from service.importing.complaints import Complaint, Complaints, Place
from service.importing.records import read_learner, read_results, read_subject
from service.importing.safety import open_workbook
from service.importing.shape import (
    CLASS_KEYS,
    CLASS_SHEET,
    RESULTS_COLUMNS,
    RESULTS_SHEET,
    STUDENTS_COLUMNS,
    STUDENTS_SHEET,
    SUBJECT_COLUMNS,
    SUBJECT_SHEETS,
    Column,
)
from service.importing.tables import Fields, Row, Sheet, find_header, fold, key_values, read_sheets, rows_below
from service.storage.register import StudentYear

__all__ = ["Complaint", "ImportResult", "read_class"]

FindSchool = Callable[[str], tuple[School, Signatory]]
_WITH_LANGUAGE = re.compile(r"(.+?) ?\((.+)\)")


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What a workbook says; school and class are empty where the workbook does not get as far as telling."""

    school_code: str
    class_name: str
    rows: tuple[StudentYear, ...]
    complaints: tuple[Complaint, ...]

    @property
    def ok(self) -> bool:
        """Whether the rows may be imported: warnings do not forbid it, one error forbids all."""
        return all(complaint.severity != "error" for complaint in self.complaints)


@dataclass(frozen=True, slots=True)
class _Class:
    school: School
    class_name: str
    grade: int
    year: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Subject:
    code: str
    title: str | None
    rows: tuple[Row, ...]


def read_class(data: bytes, *, find_school: FindSchool, school_year: str) -> ImportResult:
    """Return every student's year of one class, or what is wrong; never raises, and never a part of the class.

    `find_school` gives the school of a code and who signs for it, or raises ServiceError.
    """
    complaints = Complaints()
    found: _Class | None = None
    rows: tuple[StudentYear, ...] = ()
    try:
        sheets = read_sheets(open_workbook(data))
        found = _read_class_sheet(sheets, find_school, school_year, complaints)
        if found:
            rows = _read_students(sheets, found, complaints)
    except ServiceError as fault:
        complaints.add(Place(), fault)
    except Exception:  # noqa: BLE001 - hostile files make parsers raise anything; nothing has been written
        complaints.add(Place(), _unreadable())
    return ImportResult(
        found.school.code if found else "",
        found.class_name if found else "",
        () if complaints.has_errors else rows,
        complaints.report(),
    )


def _read_class_sheet(
    sheets: Mapping[str, Sheet], find_school: FindSchool, school_year: str, complaints: Complaints
) -> _Class | None:
    sheet = _sheet(sheets, CLASS_SHEET)
    if sheet is None:
        complaints.add(Place(CLASS_SHEET), _sheet_missing(CLASS_SHEET))
        return None
    fields = Fields(key_values(sheet, CLASS_KEYS, complaints), CLASS_KEYS, complaints)
    code = fields.read("school_code", values.text)
    grade = fields.read("grade", values.whole_number)
    year: dict[str, Any] = {key: fields.read(key, values.text) for key in ("school_year", "class_name", "homeroom_teacher", "place")}
    year["approved_on"] = fields.read("approved_on", values.date)
    school = signatory = None
    if code:
        try:
            school, signatory = find_school(code)
        except ServiceError as fault:
            fields.refuse("school_code", fault)
    if year["school_year"] not in (None, school_year):
        fields.refuse("school_year", _school_year_differs(school_year))
    elif grade is not None and not _has_rules(school_year, grade):
        fields.refuse("grade", _grade_unsupported())
    if fields.failed or complaints.has_errors or school is None or grade is None:
        return None
    year |= {"grade": grade, "school": school, "principal": signatory}
    return _Class(school, year["class_name"], grade, year)


def _has_rules(school_year: str, grade: int) -> bool:
    return grade in range(6, 10) and ruleset_for(school_year, grade) is Ruleset.TT22_2021


def _read_students(sheets: Mapping[str, Sheet], found: _Class, complaints: Complaints) -> tuple[StudentYear, ...]:
    """Read all sheets; faults of sheets and columns come first, for they make every row wrong."""
    student_rows = _table(sheets, STUDENTS_SHEET, STUDENTS_COLUMNS, complaints)
    result_rows = _table(sheets, RESULTS_SHEET, RESULTS_COLUMNS, complaints)
    subjects = _subject_sheets(sheets, found.grade, complaints)
    if complaints.has_errors:
        return ()
    names = _names(student_rows, complaints)
    learners = {
        code: read_learner(Fields(row, STUDENTS_COLUMNS, complaints), found.year["school_year"])
        for code, row in _by_code(student_rows, None, complaints).items()
    }
    if not learners:
        complaints.add(Place(STUDENTS_SHEET), _no_students())
    results = _by_code(result_rows, names, complaints)
    marks = {subject: _by_code(subject.rows, names, complaints) for subject in subjects}
    return tuple(
        student
        for code, learner in learners.items()
        if (student := _read_year(code, learner, found, results.get(code), marks, complaints))
    )

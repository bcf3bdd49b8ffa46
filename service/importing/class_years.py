"""The years of a gathered class: its subjects, then each student's results and marks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from schemas.transcript.model import PrimaryResult, SubjectResult, Year
from service.comparing.secondary import SemesterMarks, check_semester
from service.errors import ServiceError
from service.importing import values
from service.importing.class_facts import ABSENCE_PARTS
from service.importing.classes import Roll, SchoolClass, join_rows
from service.importing.complaints import Complaints
from service.importing.primary_years import read_primary_subject, read_primary_year
from service.importing.recorded_years import read_recorded_year
from service.importing.records import read_learner, read_subject
from service.importing.school_tables import Table
from service.importing.shape import (
    PRIMARY_STUDENTS_COLUMNS,
    STUDENTS_COLUMNS,
    Column,
)
from service.importing.tables import Cell, Fields, Row
from service.importing.year_shape import YearShape
from service.importing.years import ClassFacts, read_year
from service.storage.records import StudentYear

_PARTS = {
    which: (
        tuple(f"regular_{which}_{number}" for number in range(1, 10)),
        f"midterm_{which}",
        f"final_{which}",
    )
    for which in (1, 2)
}
"""The marks within a semester, as `vocabulary.part_key` names them."""
_PART_COLUMNS = {
    key: Column(key, key, required=False)
    for regular, *around in _PARTS.values()
    for key in (*regular, *around)
}


def read_class_years(known: SchoolClass, facts: ClassFacts, complaints: Complaints) -> Iterator[StudentYear]:
    """Yield every student's year; whoever cannot be read is a complaint."""
    roll = Roll(known.students, complaints)
    results = join_rows(known.results, roll, complaints)
    marks = {
        subject: join_rows(_with_teachers(known.marks[subject]), roll, complaints)
        for subject in facts.shape.subjects
        if subject in known.marks
    }
    is_primary = facts.shape.is_primary
    columns = PRIMARY_STUDENTS_COLUMNS if is_primary else STUDENTS_COLUMNS
    for code, row in roll.rows.items():
        learner = read_learner(Fields(row, columns, complaints), facts.year["school_year"])
        if is_primary:
            if code not in results:
                complaints.add(known.results[0][0].place, _student_absent(code))
                continue
            rated = dict(_read_levels(known, code, marks, facts.shape, complaints))
            primary = read_primary_year(facts, learner, results[code], rated, complaints)
            if learner and primary:
                yield StudentYear(facts.school.code, known.name, learner, primary, "")
            continue
        own = dict(_read_marks(known, code, marks, facts.shape, complaints))
        if code not in results:
            complaints.add(known.results[0][0].place, _student_absent(code))
            continue
        ends = _with_absences(results[code])
        if facts.shape.record:
            year: Year | None = read_recorded_year(facts, ends, own, complaints)
        else:
            year = read_year(facts, ends, own, complaints, complete=len(own) == len(known.marks))
        if learner and year:
            yield StudentYear(facts.school.code, known.name, learner, year, "")


def _read_marks(
    known: SchoolClass,
    code: str,
    marks: Mapping[str, Mapping[str, Row]],
    shape: YearShape,
    complaints: Complaints,
) -> Iterator[tuple[str, tuple[SubjectResult, Row]]]:
    for subject, title, row in _rows_of(known, code, marks, shape, complaints):
        result = read_subject(Fields(row, shape.marks, complaints), subject, title)
        if result and not shape.record:
            _check_parts(row, result, shape.grade, complaints)
        if result:
            yield subject, (result, row)


def _read_levels(
    known: SchoolClass,
    code: str,
    marks: Mapping[str, Mapping[str, Row]],
    shape: YearShape,
    complaints: Complaints,
) -> Iterator[tuple[str, tuple[PrimaryResult, Row]]]:
    for subject, title, row in _rows_of(known, code, marks, shape, complaints):
        result = read_primary_subject(row, subject, title, complaints)
        if result:
            yield subject, (result, row)


def _rows_of(
    known: SchoolClass,
    code: str,
    marks: Mapping[str, Mapping[str, Row]],
    shape: YearShape,
    complaints: Complaints,
) -> Iterator[tuple[str, str | None, Row]]:
    """Yield a student's row of each subject, with the subject's title where it is printed otherwise."""
    for subject, rows in marks.items():
        row = rows.get(code)
        if row is None:
            complaints.add(known.marks[subject][0][0].place, _student_absent(code))
            continue
        yield subject, shape.title_of(subject, known.languages.get(subject)), row


def _check_parts(row: Row, result: SubjectResult, grade: int, complaints: Complaints) -> None:
    """Compare each semester with the marks within it, where the sheet has them."""
    for which, recorded in ((1, result.semester1), (2, result.semester2)):
        regular, midterm, final = _PARTS[which]
        keys = [key for key in (*regular, midterm, final) if key in row.cells]
        marks = {key: row.read(_PART_COLUMNS[key], values.mark, complaints) for key in keys}
        numbers = {key: Decimal(mark) for key, mark in marks.items() if mark and mark[0].isdigit()}
        within = [numbers[key] for key in regular if key in numbers]
        if not within or midterm not in numbers or final not in numbers:
            continue
        if recorded is None or not recorded[0].isdigit():
            continue
        semester = SemesterMarks(
            result.subject, which, Decimal(recorded), tuple(within), numbers[midterm], numbers[final]
        )
        for finding in check_semester(semester, grade):
            complaints.add(row.place(finding.column), finding.fault, finding.severity)


def _with_teachers(tables: Iterable[tuple[Table, list[Row]]]) -> Iterator[tuple[Table, list[Row]]]:
    """Yield the rows with the teacher who stands above or below their table, and the remark of the second semester."""
    for table, rows in tables:
        told = table.facts.get("teacher")
        yield table, [_completed(row.made(), told) for row in rows]


def _completed(row: Row, teacher: Cell | None) -> Row:
    cells = row.cells
    own: dict[str, Cell] = {}
    if teacher is not None and "teacher" not in cells:
        own["teacher"] = teacher
    if "remark" not in cells and "remark_2" in cells:
        own["remark"] = cells["remark_2"]
    return row.made(own) if own else row


def _with_absences(row: Row) -> Row:
    """Return the row with the sum of absences with and without leave, where it has these instead of their sum."""
    parts = [row.cells[key] for key in ABSENCE_PARTS if key in row.cells]
    if "absences" in row.cells or not parts:
        return row
    try:
        total = sum(values.whole_number(part.value) for part in parts)
        cell = parts[0]._replace(value=total, is_formula=any(part.is_formula for part in parts))
    except ServiceError:
        cell = next(part for part in parts if not _is_whole(part))
    return row.made({"absences": cell})


def _is_whole(cell: Cell) -> bool:
    try:
        values.whole_number(cell.value)
    except ServiceError:
        return False
    return True


def _student_absent(code: str) -> ServiceError:
    return ServiceError(
        "student-absent",
        f"Thiếu học sinh mã {code} (có trong danh sách lớp); hãy thêm dòng cho học sinh này.",
        f"Student {code} of the list of the class has no row here; add one.",
    )

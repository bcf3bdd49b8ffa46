"""The years of a gathered class: its facts, its subjects, then each student's results and marks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from schemas.errors import SchemaError
from schemas.transcript.model import PrimaryResult, School, Signatory, SubjectResult
from schemas.transcript.rulesets import Ruleset, ruleset_for
from schemas.transcript.subjects import SUBJECTS
from service.comparing.secondary import SemesterMarks, check_semester
from service.errors import ServiceError
from service.importing import values
from service.importing.classes import Roll, SchoolClass, join_rows
from service.importing.complaints import Complaints, Place
from service.importing.facts import school_code_above
from service.importing.formats import Book
from service.importing.headers import HEADER_WITHIN
from service.importing.primary_years import read_primary_subject, read_primary_year
from service.importing.records import read_learner, read_subject
from service.importing.school_tables import Table
from service.importing.shape import (
    PRIMARY_STUDENTS_COLUMNS,
    STUDENTS_COLUMNS,
    SUBJECT_COLUMNS,
    Column,
)
from service.importing.tables import Cell, Fields, Row
from service.importing.vocabulary import Role
from service.importing.year_shape import YearShape
from service.importing.years import ClassFacts, read_year, subject_of_grade
from service.storage.records import StudentYear

_GRADE = re.compile(r"[1-9][0-9]?")
_ABSENCES = ("absences_excused", "absences_unexcused")
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


def school_codes(book: Book) -> set[str]:
    """Return the school codes that stand above the tables of a file."""
    named = (school_code_above(sheet, HEADER_WITHIN) for sheet in book.sheets.values() if not sheet.hidden)
    return {code.upper() for code in named if code}


def read_facts_of(
    known: SchoolClass, school: tuple[School, Signatory], school_year: str, complaints: Complaints
) -> ClassFacts | None:
    """Return what the years of the class have in common, or None after complaints about its sheets and columns."""
    before = len(complaints.all)
    for table in known.tables:
        told = table.facts.get("school_year")
        if told and re.sub(r"\s*[-–]\s*", "-", str(told.value)) != school_year:
            complaints.add(told.place, _school_year_differs(school_year))
    shape = _shape_of(known, school_year, complaints)
    if shape is None:
        return None
    known.marks = {shape.code_of(code): tables for code, tables in known.marks.items()}
    _check_sheets(known, shape, complaints)
    year: dict[str, Any] = {"school_year": school_year, "class_name": known.name, "grade": shape.grade}
    for key, parse in (
        ("homeroom_teacher", values.text),
        ("place", values.text),
        ("approved_on", values.date),
    ):
        cell = known.fact(key)
        if cell is None:
            if known.results:
                complaints.add(known.results[0][0].place, _fact_missing(key))
            continue
        try:
            year[key] = parse(cell.value)
        except ServiceError as fault:
            complaints.add(cell.place, fault)
    principal = _principal_then(known, complaints) if shape.is_recorded else school[1]
    if any(complaint.severity == "error" for complaint in complaints.all[before:]):
        return None
    year |= {"school": school[0], "principal": principal}
    return ClassFacts(school[0], known.name, shape, year)


def _principal_then(known: SchoolClass, complaints: Complaints) -> Signatory | None:
    """Return who approved an old year: what the sheet says, since whoever leads the school now did not."""
    for key, titles in _SIGNED_AS.items():
        cell = known.fact(key)
        if cell is not None:
            try:
                return Signatory.model_validate({"name": values.text(cell.value)} | titles)
            except ServiceError as fault:
                complaints.add(cell.place, fault)
                return None
    if known.results:
        complaints.add(known.results[0][0].place, _fact_missing("principal"))
    return None


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
        year = read_year(
            facts, _with_absences(results[code]), own, complaints, complete=len(own) == len(known.marks)
        )
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
        result = read_subject(Fields(row, SUBJECT_COLUMNS, complaints), subject, title)
        if result:
            _check_parts(row, result, shape.grade, complaints)
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
    parts = [row.cells[key] for key in _ABSENCES if key in row.cells]
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


def _check_sheets(known: SchoolClass, shape: YearShape, complaints: Complaints) -> None:
    """Complain about sheets and columns that the class lacks."""
    if not known.students:
        complaints.add(
            Place(value=known.name), _sheet_missing(known.name, "danh sách học sinh", "the list of students")
        )
    if not known.results:
        complaints.add(
            Place(value=known.name), _sheet_missing(known.name, "kết quả năm học", "the results of the year")
        )
    subjects = shape.subjects
    for code, ((first, _), *_) in known.marks.items():
        if code not in subjects:
            complaints.add(first.place, subject_of_grade(code, shape.grade))
    for code, is_compulsory in subjects.items():
        if is_compulsory and code not in known.marks:
            name = shape.title_of(code, None) or SUBJECTS[code].name
            complaints.add(
                Place(value=known.name),
                _sheet_missing(known.name, f"điểm môn {name}", f"the marks of {name}"),
                # An old record may lack what others of its time had.
                "warning" if shape.is_recorded else "error",
            )
    for table, _ in known.results:
        for key in sorted(table.keys & shape.other_results.keys()):
            complaints.add(
                replace(table.place, value=shape.other_results[key].title), _column_of_other_rules(shape)
            )
    lists = [table for table in known.tables if table.role is Role.STUDENTS]
    for tables, columns in (
        (lists, STUDENTS_COLUMNS),
        ([table for table, _ in known.results], shape.results),
        *(([table for table, _ in tables], shape.marks) for tables in known.marks.values()),
    ):
        _check_columns(tables, columns, complaints)


def _check_columns(tables: Iterable[Table], columns: Iterable[Column], complaints: Complaints) -> None:
    """Complain about a column that none of these tables has; who a row is of may be told by name alone."""
    found = list(tables)
    keys = {key for table in found for key in table.keys}
    facts = {key for table in found for key in table.facts}
    if keys.intersection(_ABSENCES):
        keys.add("absences")
    for column in columns if found else ():
        if column.required and column.key not in keys | (facts & {"teacher"}):
            if column.key == "student_code" and found[0].role is not Role.STUDENTS:
                continue
            complaints.add(replace(found[0].place, value=column.title), _column_missing(column))


def _shape_of(known: SchoolClass, school_year: str, complaints: Complaints) -> YearShape | None:
    """Return the rules of the class's year, which are never chosen by a person, or None after a complaint."""
    grade, fault = _grade_of(known), _grade_unsupported(known.name)
    try:
        if grade in range(1, 13) and (ruleset := ruleset_for(school_year, grade)) is not Ruleset.TT58_2011:
            return YearShape(ruleset, grade)
    except SchemaError as error:
        fault = ServiceError(error.code, error.text.vi, error.text.en)
    complaints.add(Place(value=known.name), fault)
    return None


def _grade_of(known: SchoolClass) -> int:
    match = _GRADE.match(known.name)
    return int(match[0]) if match else 0


def _school_year_differs(school_year: str) -> ServiceError:
    return ServiceError(
        "school-year-differs",
        f"Trang không phải của năm học {school_year} đang nhập; hãy chọn đúng tệp hoặc đúng năm học.",
        f"The sheet is not of {school_year}, the year being imported; choose the right file or the right year.",
    )


def _grade_unsupported(name: str) -> ServiceError:
    return ServiceError(
        "grade-unsupported",
        f"Hệ thống chưa nhập được lớp {name} của năm học này; hãy xem lại tên lớp và năm học.",
        f"The class {name} of this school year cannot be imported; check the class and the school year.",
    )


_SIGNED_AS = {
    "principal": {"title": "Hiệu trưởng"},
    "deputy": {"title": "Phó Hiệu trưởng", "on_behalf": "KT. Hiệu trưởng"},
}
_FACTS = {
    "principal": (
        "người đã phê duyệt năm học đó (dòng “HIỆU TRƯỞNG” hoặc “PHÓ HIỆU TRƯỞNG”, họ tên bên dưới)",
        "who approved that year (a line “HIỆU TRƯỞNG” or “PHÓ HIỆU TRƯỞNG”, the name below it)",
    ),
    "homeroom_teacher": (
        "tên giáo viên chủ nhiệm (dòng “GVCN: …”)",
        "the homeroom teacher (a line “GVCN: …”)",
    ),
    "place": (
        "nơi phê duyệt (dòng “Hà Nội, ngày 31 tháng 5 năm 2026”)",
        "the place (“Hà Nội, ngày 31 tháng 5 năm 2026”)",
    ),
    "approved_on": (
        "ngày phê duyệt (dòng “Hà Nội, ngày 31 tháng 5 năm 2026”)",
        "the date of approval (“Hà Nội, ngày 31 tháng 5 năm 2026”)",
    ),
}


def _column_of_other_rules(shape: YearShape) -> ServiceError:
    rules = {Ruleset.TT22_2016: "Thông tư 22/2016", Ruleset.TT27_2020: "Thông tư 27/2020"}[shape.ruleset]
    return ServiceError(
        "column-of-other-rules",
        f"Năm học của lớp này theo {rules}, không có cột này; hãy xem lại năm học, hoặc xoá cột.",
        f"The class's year follows {rules}, which has no such column; check the school year, or delete the column.",
    )


def _fact_missing(key: str) -> ServiceError:
    vi, en = _FACTS[key]
    return ServiceError(
        "fact-missing",
        f"Trang kết quả năm học thiếu {vi}; hãy thêm dòng đó trên hoặc dưới bảng.",
        f"The sheet of the year's results lacks {en}; add that line above or below the table.",
    )


def _sheet_missing(class_name: str, vi: str, en: str) -> ServiceError:
    return ServiceError(
        "sheet-missing",
        f"Lớp {class_name} thiếu {vi}; hãy nhập cùng các tệp khác của lớp.",
        f"Class {class_name} lacks {en}; import it together with the other files of the class.",
    )


def _column_missing(column: Column) -> ServiceError:
    return ServiceError(
        "column-missing",
        f"Thiếu cột “{column.title}”; hãy thêm cột này vào dòng tiêu đề.",
        f"The column “{column.title}” is missing; add it to the header row.",
    )


def _student_absent(code: str) -> ServiceError:
    return ServiceError(
        "student-absent",
        f"Thiếu học sinh mã {code} (có trong danh sách lớp); hãy thêm dòng cho học sinh này.",
        f"Student {code} of the list of the class has no row here; add one.",
    )

"""Reads a class workbook (docs/workbook.md): every student's year, or every complaint with its cell.

Writes nothing: the caller imports the rows only where `ImportResult.ok`. Whatever is wrong comes back as a complaint.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from schemas.errors import SchemaError
from schemas.transcript.model import School, Signatory, SubjectResult
from schemas.transcript.rulesets import Ruleset, ruleset_for
from schemas.transcript.subjects import CURRICULUM, SUBJECTS
from service.errors import ServiceError
from service.importing import values
from service.importing.complaints import Complaint, Complaints, Place
from service.importing.formats import Book, SourceFile, open_book
from service.importing.limits import not_a_workbook
from service.importing.records import read_learner, read_subject
from service.importing.school_tables import sheet_hidden
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
from service.importing.sheets import Sheet
from service.importing.spelling import tones_last
from service.importing.tables import (
    Fields,
    Row,
    find_header,
    fold,
    key_values,
    rows_below,
)
from service.importing.year_shape import YearShape
from service.importing.years import ClassFacts, read_year, subject_of_grade
from service.storage.records import StudentYear

__all__ = ["Complaint", "ImportResult", "read_class"]

FindSchool = Callable[[str], tuple[School, Signatory]]
_TAUGHT = re.compile(r"(.+?) ?\((.+)\)")


MAX_WORKBOOK_BYTES = 20 * 1024 * 1024
"""A class takes a hundredth of it."""


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


@dataclass(frozen=True, slots=True, eq=False)
class _Subject:
    code: str
    title: str | None
    sheet: str
    rows: tuple[Row, ...]


def read_class(data: bytes, *, find_school: FindSchool, school_year: str) -> ImportResult:
    """Return every student's year of one class, or what is wrong; never raises, and never a part of the class.

    `find_school` gives the school of a code and who signs for it, or raises ServiceError.
    """
    complaints = Complaints()
    try:
        book = open_book(SourceFile("", data))
        return read_book(book, find_school, school_year, complaints)
    except ServiceError as fault:
        complaints.add(Place(), fault)
    except Exception:  # noqa: BLE001 - hostile files make parsers raise anything; nothing has been written
        complaints.add(Place(), not_a_workbook())
    return ImportResult("", "", (), complaints.report())


def read_book(book: Book, find_school: FindSchool, school_year: str, complaints: Complaints) -> ImportResult:
    """Return what an opened class workbook says; hidden sheets are left out with a warning.

    Raises:
        ServiceError: a text outside any cell is refused.
    """
    sheets = {}
    for name, sheet in book.sheets.items():
        if sheet.hidden:
            complaints.add(Place(name, file=sheet.file), sheet_hidden(), "warning")
        else:
            sheets[name] = sheet
    rows: tuple[StudentYear, ...] = ()
    found = _read_class_sheet(sheets, find_school, school_year, complaints)
    if found:
        rows = _read_students(sheets, found, complaints)
    return ImportResult(
        found.school.code if found else "",
        found.class_name if found else "",
        () if complaints.has_errors else rows,
        complaints.report(),
    )


def _read_class_sheet(
    sheets: Mapping[str, Sheet], find_school: FindSchool, school_year: str, complaints: Complaints
) -> ClassFacts | None:
    sheet = _sheet(sheets, CLASS_SHEET)
    if sheet is None:
        complaints.add(Place(CLASS_SHEET), _sheet_missing(CLASS_SHEET))
        return None
    fields = Fields(key_values(sheet, CLASS_KEYS, complaints), CLASS_KEYS, complaints)
    code = fields.read("school_code", values.text)
    grade = fields.read("grade", values.whole_number)
    year: dict[str, Any] = {
        key: fields.read(key, values.text)
        for key in ("school_year", "class_name", "homeroom_teacher", "place")
    }
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
    return ClassFacts(school, year["class_name"], YearShape(Ruleset.TT22_2021, grade), year)


def _has_rules(school_year: str, grade: int) -> bool:
    try:
        return grade in range(6, 13) and ruleset_for(school_year, grade) is Ruleset.TT22_2021
    except SchemaError:
        return False


def _read_students(
    sheets: Mapping[str, Sheet], found: ClassFacts, complaints: Complaints
) -> tuple[StudentYear, ...]:
    """Read all sheets; faults of sheets and columns come first, for they make every row wrong."""
    student_rows = _table(sheets, STUDENTS_SHEET, STUDENTS_COLUMNS, complaints)
    result_rows = _table(sheets, RESULTS_SHEET, RESULTS_COLUMNS, complaints)
    subjects = _subject_sheets(sheets, found.grade, complaints)
    if complaints.has_errors:
        return ()
    listed = _by_code(student_rows, None, complaints)
    learners = {
        code: read_learner(Fields(row, STUDENTS_COLUMNS, complaints), found.year["school_year"])
        for code, row in listed.items()
    }
    if not student_rows:
        complaints.add(Place(STUDENTS_SHEET), _no_students())
    results = _by_code(result_rows, listed, complaints)
    marks = {subject: _by_code(subject.rows, listed, complaints) for subject in subjects}
    students = []
    for code, learner in learners.items():
        own = _read_subjects(code, marks, complaints)
        if code not in results:
            complaints.add(Place(RESULTS_SHEET), _student_absent(code))
            continue
        year = read_year(found, results[code], own, complaints, complete=len(own) == len(subjects))
        if learner and year:
            students.append(StudentYear(found.school.code, found.class_name, learner, year, ""))
    return tuple(students)


def _read_subjects(
    code: str, marks: Mapping[_Subject, Mapping[str, Row]], complaints: Complaints
) -> dict[str, tuple[SubjectResult, Row]]:
    found = {}
    for subject, rows in marks.items():
        if code not in rows:
            complaints.add(Place(subject.sheet), _student_absent(code))
            continue
        result = read_subject(Fields(rows[code], SUBJECT_COLUMNS, complaints), subject.code, subject.title)
        if result:
            found[subject.code] = result, rows[code]
    return found


def _sheet(sheets: Mapping[str, Sheet], name: str) -> Sheet | None:
    return next((sheet for title, sheet in sheets.items() if fold(title) == fold(name)), None)


def _table(
    sheets: Mapping[str, Sheet], name: str, columns: Sequence[Column], complaints: Complaints
) -> tuple[Row, ...]:
    sheet = _sheet(sheets, name)
    if sheet is None:
        complaints.add(Place(name), _sheet_missing(name))
        return ()
    header = find_header(sheet, columns, complaints)
    return tuple(rows_below(sheet, header, complaints)) if header else ()


def _subject_sheets(sheets: Mapping[str, Sheet], grade: int, complaints: Complaints) -> tuple[_Subject, ...]:
    """Return the subjects in the order of the form; a sheet that is none of ours is an error, unless it is empty."""
    codes = {fold(name): code for code, name in SUBJECT_SHEETS.items()}
    codes |= {fold(SUBJECTS[code].name): code for code in SUBJECT_SHEETS}
    others = {fold(name) for name in (CLASS_SHEET, STUDENTS_SHEET, RESULTS_SHEET)}
    found: dict[str, _Subject] = {}
    for name, sheet in sheets.items():
        match = _TAUGHT.fullmatch(name)
        code = codes.get(fold(name)) or codes.get(fold(match[1]) if match else "")
        if fold(name) in others or not sheet.rows:
            continue
        if code is None or code in found:
            complaints.add(Place(name), _sheet_unknown() if code is None else _sheet_twice())
            continue
        title = (
            f"{SUBJECTS[code].name} ({values.text(match[2])})" if match and fold(name) not in codes else None
        )
        found[code] = _Subject(code, title, name, _table(sheets, name, SUBJECT_COLUMNS, complaints))
    for code, subject_sheet in found.items():
        if CURRICULUM.find(code, grade) is None:
            complaints.add(Place(subject_sheet.sheet), subject_of_grade(code, grade))
    for subject in CURRICULUM.taught(grade):
        if subject.compulsory and subject.code not in found:
            complaints.add(Place(SUBJECT_SHEETS[subject.code]), _sheet_missing(SUBJECT_SHEETS[subject.code]))
    return tuple(found[subject.code] for subject in CURRICULUM.taught(grade) if subject.code in found)


def _by_code(rows: Sequence[Row], listed: Mapping[str, Row] | None, complaints: Complaints) -> dict[str, Row]:
    """Return rows by student code, each code once and, except in the list itself, as the list has it."""
    found: dict[str, Row] = {}
    for row in rows:
        cell = row.cells["student_code"]
        try:
            code = values.student_code(cell.value)
        except ServiceError as fault:
            complaints.add(cell.place, fault)
            continue
        if code in found:
            complaints.add(cell.place, _student_twice(found[code].number))
        elif listed is not None and code not in listed:
            complaints.add(cell.place, _student_unlisted())
        else:
            found[code] = row
            if listed is not None and tones_last(_name(row)) != tones_last(_name(listed[code])):
                complaints.add(row.place("full_name"), _name_differs(_name(listed[code])))
    return found


def _name(row: Row) -> str:
    try:
        return values.text(row.cells["full_name"].value)
    except (KeyError, ServiceError):
        return ""


def _sheet_missing(name: str) -> ServiceError:
    return ServiceError(
        "sheet-missing",
        f"Thiếu trang “{name}”; hãy thêm trang này theo mẫu.",
        f"The sheet “{name}” is missing; add it as in the template.",
    )


def _sheet_unknown() -> ServiceError:
    return ServiceError(
        "sheet-unknown",
        "Trang này không có trong mẫu; hãy sửa tên trang theo mẫu hoặc xoá đi.",
        "This sheet is not in the template; rename it as in the template or delete it.",
    )


def _sheet_twice() -> ServiceError:
    return ServiceError(
        "sheet-twice",
        "Môn này có hai trang; hãy giữ lại một.",
        "This subject has two sheets; keep one.",
    )


def _school_year_differs(school_year: str) -> ServiceError:
    return ServiceError(
        "school-year-differs",
        f"Tệp không phải của năm học {school_year} đang nhập; hãy chọn đúng tệp hoặc đúng năm học.",
        f"The workbook is not of {school_year}, the year being imported; choose the right file or the right year.",
    )


def _grade_unsupported() -> ServiceError:
    return ServiceError(
        "grade-unsupported",
        "Tệp lớp này dành cho khối 6 đến 12 của những năm học theo Thông tư 22/2021; hãy xem lại khối và năm học.",
        "This workbook is for grades 6 to 12 of school years under TT 22/2021; check grade and school year.",
    )


def _no_students() -> ServiceError:
    return ServiceError(
        "students-missing",
        "Danh sách học sinh trống; hãy điền ít nhất một học sinh dưới dòng tiêu đề.",
        "The student list is empty; fill in at least one student below the header.",
    )


def _student_twice(first: int | None) -> ServiceError:
    return ServiceError(
        "student-twice",
        f"Mã học sinh này đã có ở dòng {first}; hãy sửa mã hoặc xoá dòng thừa.",
        f"This student code is in row {first} already; correct the code or delete the row.",
    )


def _student_unlisted() -> ServiceError:
    return ServiceError(
        "student-unlisted",
        "Mã này không có trong trang “Học sinh”; hãy sửa mã hoặc thêm học sinh.",
        "This code is not on the sheet “Học sinh”; correct the code or add the student.",
    )


def _student_absent(code: str) -> ServiceError:
    return ServiceError(
        "student-absent",
        f"Thiếu học sinh mã {code} (có trong trang “Học sinh”); hãy thêm dòng cho học sinh này.",
        f"Student {code} of the sheet “Học sinh” has no row here; add one.",
    )


def _name_differs(listed: str) -> ServiceError:
    return ServiceError(
        "student-name-differs",
        f"Họ tên khác trang “Học sinh” ({listed or 'trống'}); hãy xem dòng có bị lệch không rồi sửa.",
        f"The name differs from the sheet “Học sinh” ({listed or 'empty'}); see whether rows have shifted and mend it.",
    )

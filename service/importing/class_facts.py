"""What the years of a gathered class have in common, and whether it has the sheets and columns that they need."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from schemas.errors import SchemaError
from schemas.transcript.model import School, Signatory
from schemas.transcript.rulesets import Ruleset, ruleset_for
from schemas.transcript.subjects import SUBJECTS
from service.errors import ServiceError
from service.importing import values
from service.importing.classes import SchoolClass
from service.importing.complaints import Complaints, Place
from service.importing.facts import school_code_above
from service.importing.formats import Book
from service.importing.headers import HEADER_WITHIN
from service.importing.school_names import Named, compare_names
from service.importing.school_tables import Table
from service.importing.shape import STUDENTS_COLUMNS, Column
from service.importing.sheets import letter
from service.importing.vocabulary import Role
from service.importing.year_shape import YearShape
from service.importing.years import ClassFacts, subject_of_grade

_GRADE = re.compile(r"[1-9][0-9]?")
ABSENCE_PARTS = ("absences_excused", "absences_unexcused")
"""Columns that some have in place of their sum."""


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
        _check_school(table, school[0], complaints)
    shape = _shape_of(known, school_year, complaints)
    if shape is None:
        return None
    known.marks = {shape.code_of(code): tables for code, tables in known.marks.items()}
    _check_sheets(known, shape, complaints)
    year: dict[str, Any] = {"school_year": school_year, "class_name": known.name, "grade": shape.grade}
    for key, parse in (
        ("homeroom_teacher", values.person_name),
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
    principal = _principal_then(known, complaints) if shape.record else school[1]
    if any(complaint.severity == "error" for complaint in complaints.all[before:]):
        return None
    year |= {"school": school[0], "principal": principal}
    return ClassFacts(school[0], known.name, shape, year)


def _check_school(table: Table, school: School, complaints: Complaints) -> None:
    """Complain about a sheet whose head names another school: its marks would be signed as this school's."""
    told = table.facts.get("school_name")
    if told is None:
        return
    match compare_names(str(told.value), school):
        case Named.OTHER:
            complaints.add(told.place, _school_name_differs(str(told.value), school))
        case Named.OTHER_LEVEL:
            complaints.add(told.place, _school_level_differs(str(told.value), school), "warning")


def _principal_then(known: SchoolClass, complaints: Complaints) -> Signatory | None:
    """Return who approved an old year: what the sheet says, since whoever leads the school now did not."""
    for key, titles in _SIGNED_AS.items():
        cell = known.fact(key)
        if cell is not None:
            try:
                return Signatory.model_validate({"name": values.person_name(cell.value)} | titles)
            except ServiceError as fault:
                complaints.add(cell.place, fault)
                return None
    if known.results:
        complaints.add(known.results[0][0].place, _fact_missing("principal"))
    return None


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
    _check_subjects(known, shape, complaints)
    other_results = shape.other_results
    for table, _ in known.results:
        for guess in table.columns:
            if guess.key in other_results:
                place = replace(table.place, column=letter(guess.position), value=guess.title)
                complaints.add(place, _column_of_other_rules(shape))
    lists = [table for table in known.tables if table.role is Role.STUDENTS]
    for tables, columns in (
        (lists, STUDENTS_COLUMNS),
        ([table for table, _ in known.results], shape.results),
        *(([table for table, _ in tables], shape.marks) for tables in known.marks.values()),
    ):
        _check_columns(tables, columns, complaints)


def _check_subjects(known: SchoolClass, shape: YearShape, complaints: Complaints) -> None:
    """Complain about subjects that the grade is not taught, and about those that the class lacks."""
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
                # An old record may lack what others of its time had, but not everything.
                "warning" if shape.record and known.marks else "error",
            )


def _check_columns(tables: Iterable[Table], columns: Iterable[Column], complaints: Complaints) -> None:
    """Complain about a column that none of these tables has; who a row is of may be told by name alone."""
    found = list(tables)
    keys = {key for table in found for key in table.keys}
    facts = {key for table in found for key in table.facts}
    if keys.intersection(ABSENCE_PARTS):
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
        if grade in range(1, 13):
            return YearShape(ruleset_for(school_year, grade), grade)
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


_RULES = {
    Ruleset.TT22_2016: "Thông tư 22/2016",
    Ruleset.TT27_2020: "Thông tư 27/2020",
    Ruleset.TT58_2011: "Thông tư 58/2011",
    Ruleset.TT22_2021: "Thông tư 22/2021",
}
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
    rules = _RULES[shape.ruleset]
    return ServiceError(
        "column-of-other-rules",
        f"Năm học của lớp này theo {rules}, không có cột này; hãy xem lại năm học, sửa tên cột hoặc xoá cột.",
        f"The class's year follows {rules}, which has no such column; check the school year, mend the title, or delete "
        "the column.",
    )


def _school_name_differs(written: str, school: School) -> ServiceError:
    return ServiceError(
        "school-name-differs",
        f"Đầu trang ghi “{written}”, nhưng đang nhập cho “{school.name}”; hãy chọn đúng trường hoặc đúng tệp, hay sửa "
        "tên trường ở đầu trang nếu ghi nhầm.",
        f"The sheet is headed “{written}”, but the import is for “{school.name}”; choose the right school or the right "
        "files, or mend the head where it is a mistake.",
    )


def _school_level_differs(written: str, school: School) -> ServiceError:
    return ServiceError(
        "school-level-differs",
        f"Đầu trang ghi “{written}”, cùng tên nhưng khác cấp học với “{school.name}”; hãy xem có đúng tệp không.",
        f"The sheet is headed “{written}”, of the name but not of the level of “{school.name}”; check that these are "
        "the right files.",
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

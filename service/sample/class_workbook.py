"""Invented class workbooks for the demonstration and the tests: the same data for the same arguments.

Nobody in them exists. Marks and levels agree with TT 22/2021; it is not a template generator and reads nothing.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from keys.cli import DEMO_SCHOOLS
from schemas.transcript.model import Promotion, School, Signatory
from schemas.transcript.rulesets.tt22_2021 import (
    Level,
    conduct_of_year,
    is_promoted,
    learning_level,
    semester_average,
    year_average,
)
from schemas.transcript.rulesets.tt22_year import LAST_GRADES
from schemas.transcript.subjects import AssessmentKind, Subject
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
from service.sample.subjects_taught import subjects_taught

_INFO = DEMO_SCHOOLS[0]
DEMO_SCHOOL = (
    School(code=_INFO.code, name=_INFO.name, commune="Phường Ban Mai", province=_INFO.province),
    Signatory(name=_INFO.principal_name, title=_INFO.principal_title),
)
CLASS_SIZE = 45

_FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Phan", "Vũ", "Đặng", "Bùi", "Đỗ", "Ngô", "Dương")
_BOYS = ("Anh", "Bảo", "Dũng", "Đạt", "Huy", "Khang", "Long", "Minh", "Nam", "Phúc", "Sơn", "Việt")
_GIRLS = ("An", "Chi", "Diệp", "Giang", "Hà", "Linh", "Mai", "Ngân", "Nhi", "Thảo", "Trang", "Yến")
_MIDDLE_BOYS = ("Văn", "Đức", "Gia", "Quốc", "Hữu", "Minh", "Thành")
_MIDDLE_GIRLS = ("Thị", "Ngọc", "Khánh", "Thanh", "Bảo", "Phương", "Thuỳ")
_PLACES = ("Hà Nội", "Hải Phòng", "Ninh Bình", "Thái Nguyên", "Nghệ An", "Phú Thọ")
_JOBS = ("Công nhân", "Nông dân", "Giáo viên", "Kĩ sư", "Buôn bán", "Y tá", "Lái xe", "Thợ may")
_ETHNICITIES = ("Kinh", "Kinh", "Kinh", "Kinh", "Kinh", "Kinh", "Tày", "Mường", "Nùng", "Thái")
_REMARKS = {
    Level.GOOD: (
        "Nắm vững kiến thức, vận dụng tốt.",
        "Học tốt, tích cực phát biểu.",
        "Sáng tạo, chủ động trong học tập.",
    ),
    Level.FAIR: (
        "Nắm được kiến thức, chăm chỉ.",
        "Có tiến bộ, cần luyện tập thêm.",
        "Hiểu bài, làm bài cẩn thận.",
    ),
    Level.PASS: ("Cần ôn lại kiến thức cơ bản.", "Cần tập trung hơn trong giờ học."),
    Level.FAIL: ("Cần cố gắng nhiều hơn.",),
}
_FOREIGN_LANGUAGE = "Ngoại ngữ 1 (Tiếng Anh)"


@dataclass(frozen=True, slots=True)
class _Student:
    """An invented student; `number` is what everything about them is derived from."""

    number: int
    code: str
    name: str
    is_girl: bool


@dataclass(frozen=True, slots=True)
class _Marks:
    semester1: str
    semester2: str
    year: str
    reassessed: str | None = None

    @property
    def last(self) -> str:
        return self.reassessed or self.year


def sample_workbooks(students: int, *, school_year: str = "2025-2026", grade: int = 6) -> dict[str, bytes]:
    """Return workbooks by file name for so many students, in classes of at most 45: 6A, 6B, …, 6Z, 6AA."""
    workbooks = {}
    for index, first in enumerate(range(1, students + 1, CLASS_SIZE)):
        class_name = f"{grade}{get_column_letter(index + 1)}"
        workbooks[f"lop-{class_name}-{school_year}.xlsx"] = sample_class(
            min(CLASS_SIZE, students + 1 - first),
            school_year=school_year,
            class_name=class_name,
            grade=grade,
            first_student=first,
        )
    return workbooks


def sample_class(
    students: int,
    *,
    school_year: str = "2025-2026",
    class_name: str = "6A",
    grade: int = 6,
    first_student: int = 1,
) -> bytes:
    """Return an .xlsx of one class, as docs/workbook.md describes it.

    From three students on, the second is exempt from Giáo dục thể chất and the third was re-assessed in Toán.
    """
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    everyone = [_student(number) for number in range(first_student, first_student + students)]
    _class_sheet(workbook.create_sheet(CLASS_SHEET), school_year, grade, class_name)
    _table(
        workbook.create_sheet(STUDENTS_SHEET),
        STUDENTS_COLUMNS,
        [
            _learner(position, student, int(school_year[:4]) - grade - 5)
            for position, student in enumerate(everyone, 1)
        ],
    )
    subjects = subjects_taught(grade)
    marks = [
        {subject.code: _marks(student, subject, school_year, position) for subject in subjects}
        for position, student in enumerate(everyone, 1)
    ]
    for subject in subjects:
        name = _FOREIGN_LANGUAGE if subject.code == "ngoai-ngu-1" else SUBJECT_SHEETS[subject.code]
        teacher = _adult(f"teacher {subject.code} {class_name}")
        rows = [
            _who(position, student) | _subject_row(student, subject, own[subject.code], teacher)
            for position, (student, own) in enumerate(zip(everyone, marks, strict=True), 1)
        ]
        _table(workbook.create_sheet(name), SUBJECT_COLUMNS, rows)
    results = [
        _who(position, student) | _results(student, own, school_year, grade)
        for position, (student, own) in enumerate(zip(everyone, marks, strict=True), 1)
    ]
    _table(workbook.create_sheet(RESULTS_SHEET), RESULTS_COLUMNS, results)
    target = io.BytesIO()
    workbook.save(target)
    return target.getvalue()


# What is invented: everything comes from SHA-256 of what it is for, so that a run can be repeated.


def _draw(purpose: str, below: int) -> int:
    return int.from_bytes(sha256(f"hocba/sample {purpose}".encode()).digest()[:8]) % below


def _choose(purpose: str, choices: Sequence[str]) -> str:
    return choices[_draw(purpose, len(choices))]


def _student(number: int) -> _Student:
    is_girl = _draw(f"girl {number}", 2) == 1
    return _Student(number, f"01{number:08}", _name(f"student {number}", is_girl=is_girl), is_girl)


def _name(purpose: str, *, is_girl: bool) -> str:
    middle, given = (_MIDDLE_GIRLS, _GIRLS) if is_girl else (_MIDDLE_BOYS, _BOYS)
    return " ".join(
        (
            _choose(f"family {purpose}", _FAMILY),
            _choose(f"middle {purpose}", middle),
            _choose(f"given {purpose}", given),
        )
    )


def _adult(purpose: str) -> str:
    return _name(purpose, is_girl=_draw(f"girl {purpose}", 2) == 1)


def _learner(position: int, student: _Student, birth_year: int) -> dict[str, object]:
    number = student.number
    family = student.name.split()[0]
    birth_date = dt.date(birth_year, 1, 1) + dt.timedelta(days=_draw(f"birth {number}", 365))
    century_and_gender = 3 if student.is_girl else 2
    return {
        "number": position,
        "student_code": student.code,
        "personal_id": f"001{century_and_gender}{birth_year % 100:02}{number:06}",
        "register_number": f"{birth_year + 11}/{number:04}",
        "full_name": student.name,
        "gender": "Nữ" if student.is_girl else "Nam",
        "birth_date": birth_date,
        "birth_place": _choose(f"place {number}", _PLACES),
        "ethnicity": _choose(f"ethnicity {number}", _ETHNICITIES),
        "address": f"Số {_draw(f'street {number}', 200) + 1}, phường Ban Mai, {_INFO.province}",
        "father": " ".join((family, *_name(f"father {number}", is_girl=False).split()[1:])),
        "father_occupation": _choose(f"father's job {number}", _JOBS),
        "mother": _name(f"mother {number}", is_girl=True),
        "mother_occupation": _choose(f"mother's job {number}", _JOBS),
    }


def _marks(student: _Student, subject: Subject, school_year: str, position: int) -> _Marks:
    if subject.code == "gdtc" and position == 2:
        return _Marks("M", "M", "M")
    if subject.kind is AssessmentKind.COMMENT:
        return _Marks("Đ", "Đ", "Đ")
    if subject.code == "toan" and position == 3:
        return _Marks("3.3", "3.1", "3.2", "5.0")
    semester1, semester2 = (
        _average(student.number, subject.code, school_year, semester) for semester in (1, 2)
    )
    return _Marks(str(semester1), str(semester2), str(year_average(semester1, semester2)))


def _average(number: int, subject: str, school_year: str, semester: int) -> Decimal:
    """Draw regular, mid-term and final marks around the student's ability; never below what passes."""
    ability = 62 + _draw(f"ability {number}", 30)
    drawn = [
        min(100, max(50, ability + _draw(f"{number} {subject} {school_year} {semester} {index}", 25) - 12))
        for index in range(6)
    ]
    *regular, midterm, final = (Decimal(mark // 5 * 5) / 10 for mark in drawn)
    return semester_average(regular, midterm, final)


def _level(own: dict[str, _Marks], which: str) -> Level:
    marks = [getattr(each, which) for each in own.values()]
    return learning_level([Decimal(mark) for mark in marks if mark[0].isdigit()], marks.count("CĐ"))


def _subject_row(student: _Student, subject: Subject, marks: _Marks, teacher: str) -> dict[str, object]:
    level = Level.GOOD
    if marks.year[0].isdigit():
        level = next(
            (
                level
                for level, least in ((Level.GOOD, 8), (Level.FAIR, 6.5), (Level.PASS, 5))
                if float(marks.year) >= least
            ),
            Level.FAIL,
        )
    return {
        "semester1": _cell(marks.semester1),
        "semester2": _cell(marks.semester2),
        "year": _cell(marks.year),
        "reassessed": _cell(marks.reassessed),
        "remark": "Được miễn học."
        if marks.year == "M"
        else _choose(f"remark {student.number} {subject.code}", _REMARKS[level]),
        "teacher": teacher,
    }


def _results(student: _Student, own: dict[str, _Marks], school_year: str, grade: int) -> dict[str, object]:
    conduct = [
        (Level.GOOD, Level.GOOD, Level.GOOD, Level.FAIR)[
            _draw(f"conduct {student.number} {school_year} {semester}", 4)
        ]
        for semester in (1, 2)
    ]
    conduct_year = conduct_of_year(*conduct)
    learning_year, after = _level(own, "year"), _level(own, "last")
    reassessed = any(marks.reassessed for marks in own.values())
    absences = _draw(f"absences {student.number} {school_year}", 6)
    promotion = Promotion.NOT_PROMOTED
    if is_promoted(conduct_year, after, absences):
        promotion = Promotion.PROMOTED_AFTER if reassessed else Promotion.PROMOTED
    if grade in LAST_GRADES and promotion is not Promotion.NOT_PROMOTED:
        promotion = Promotion.COMPLETED
    return {
        "conduct1": conduct[0],
        "conduct2": conduct[1],
        "conduct_year": conduct_year,
        "learning1": _level(own, "semester1"),
        "learning2": _level(own, "semester2"),
        "learning_year": learning_year,
        "learning_after": after if reassessed else None,
        "absences": absences,
        "promotion": promotion,
        "awards": _award(own) if conduct_year is learning_year is Level.GOOD else None,
        "homeroom_remark": _choose(f"homeroom {student.number}", _REMARKS[learning_year]),
    }


def _award(own: dict[str, _Marks]) -> str:
    excellent = sum(marks.year[0].isdigit() and Decimal(marks.year) >= 9 for marks in own.values())
    return "Học sinh Xuất sắc" if excellent >= 6 else "Học sinh Giỏi"


def _cell(mark: str | None) -> object:
    return float(mark) if mark and mark[0].isdigit() else mark


def _who(position: int, student: _Student) -> dict[str, object]:
    return {"number": position, "student_code": student.code, "full_name": student.name}


# How it is laid out.

_HEADER_FILL = PatternFill("solid", start_color="DDE7F0")
_LINE = Side(style="thin", color="B5BDC5")
_BORDER = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
_WIDE = {
    "full_name": 26,
    "address": 38,
    "remark": 40,
    "homeroom_remark": 40,
    "promotion": 34,
    "teacher": 24,
    "personal_id": 18,
    "awards": 20,
}


def _class_sheet(sheet: Worksheet, school_year: str, grade: int, class_name: str) -> None:
    values: dict[str, str | int | dt.date] = {
        "school_code": _INFO.code,
        "school_year": school_year,
        "grade": grade,
        "class_name": class_name,
        "homeroom_teacher": _adult(f"homeroom {class_name}"),
        "place": _INFO.province,
        "approved_on": dt.date(int(school_year[5:]), 5, 31),
    }
    for row, column in enumerate(CLASS_KEYS, 1):
        sheet.cell(row, 1, column.title).font = Font(bold=True)
        cell = sheet.cell(row, 2, values[column.key])
        cell.alignment = Alignment(horizontal="left")
        if isinstance(cell.value, dt.date):
            cell.number_format = "dd/mm/yyyy"
    sheet.column_dimensions["A"].width = 26
    sheet.column_dimensions["B"].width = 32


def _table(sheet: Worksheet, columns: Sequence[Column], rows: Sequence[dict[str, object]]) -> None:
    sheet.append([column.title for column in columns])
    for row in rows:
        sheet.append([row.get(column.key) for column in columns])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
        cell.fill = _HEADER_FILL
        cell.alignment = Alignment(wrap_text=True, horizontal="center", vertical="center")
    formats = {dt.date: "dd/mm/yyyy", float: "0.0", str: "@"}
    for line in sheet.iter_rows():
        for cell in line:
            cell.border = _BORDER
            cell.number_format = formats.get(type(cell.value), "General")
    for position, column in enumerate(columns, 1):
        sheet.column_dimensions[get_column_letter(position)].width = (
            6 if column.key == "number" else _WIDE.get(column.key, 14)
        )
    sheet.freeze_panes = "D2"

"""A year of secondary school under TT 58/2011 of one student, and the workbooks that a school would have of it."""

from __future__ import annotations

import datetime as dt

from schemas.transcript.model import (
    AveragesTT58,
    ConductTT58,
    Learner,
    LearningTT58,
    Promotion,
    School,
    Signatory,
    SubjectResult,
    YearTT58,
)
from schemas.transcript.rulesets import Ruleset
from schemas.transcript.rulesets.tt58_2011 import RECORD, Conduct, Learning
from schemas.transcript.subjects import SUBJECTS, AssessmentKind
from service.sample.grid import Grid, Value, xlsx


def recorded_year(school: School, *, grade: int, school_year: str) -> YearTT58:
    """Return a year that was not completed: every subject of its grade, music in one semester alone."""
    rows = []
    for one in RECORD.taught(grade):
        if one.optional:
            continue
        is_comment = SUBJECTS[one.code].kind is AssessmentKind.COMMENT
        called = f"{one.name} (Tiếng Anh)" if one.code == "ngoai-ngu-1" else one.name
        first, second, year = ("Đ", "Đ", "Đ") if is_comment else ("4.4", "5.1", "4.9")
        rows.append(
            SubjectResult(
                subject=one.code,
                title=None if called == SUBJECTS[one.code].name else called,
                semester1=None if one.code == "am-nhac" else first,
                semester2=second,
                year=year,
                reassessed="3.5" if one.code == "toan" else None,
                teacher="Đinh Văn Lực",
            )
        )
    return YearTT58(
        ruleset=Ruleset.TT58_2011,
        school_year=school_year,
        grade=grade,
        class_name=f"{grade}B",
        school=school.in_year(school_year),
        subjects=tuple(rows),
        averages=AveragesTT58(semester1="4.4", semester2="5.1", year="4.9"),
        conduct=ConductTT58(semester1=Conduct.GOOD, semester2=Conduct.AVERAGE, year=Conduct.AVERAGE),
        learning=LearningTT58(semester1=Learning.WEAK, year=Learning.WEAK, after=Learning.WEAK),
        absences=31,
        promotion=Promotion.NOT_PROMOTED,
        awards="Giấy khen thể thao cấp trường.",
        homeroom_teacher="Cao Xuân Hạo",
        homeroom_remark="Nghỉ học nhiều, cần cố gắng.",
        principal=Signatory(name="Lâm Thị Én", title="Phó Hiệu trưởng", on_behalf="KT. Hiệu trưởng"),
        place="Hà Nội",
        approved_on=dt.date(int(school_year[5:]), 5, 31),
    )


def old_secondary_files(learner: Learner, year: YearTT58) -> dict[str, bytes]:
    """Return the workbooks of the class: its subjects, and its list with the results."""
    subjects = xlsx([_subject(learner, year, row) for row in year.subjects])
    return {
        f"BangDiem_{year.class_name}.xlsx": subjects,
        f"HoSo_{year.class_name}.xlsx": xlsx([_list(learner, year), _results(learner, year)]),
    }


def _begin(name: str, title: str, year: YearTT58) -> Grid:
    grid = Grid(name)
    grid.add(title)
    grid.add(f"Lớp: {year.class_name}   Năm học: {year.school_year}   GVCN: {year.homeroom_teacher}")
    return grid


def _table(grid: Grid, cells: dict[str, Value]) -> Grid:
    grid.add_header([(title,) for title in cells], 1)
    grid.add(*cells.values())
    return grid


def _subject(learner: Learner, year: YearTT58, row: SubjectResult) -> Grid:
    name = row.title or SUBJECTS[row.subject].name
    grid = _begin(name[:31], f"Môn: {name}", year)
    return _table(
        grid,
        {
            "Mã học sinh": learner.student_code,
            "Họ và tên": learner.full_name,
            "ĐTBmhkI": row.semester1,
            "ĐTBmhkII": row.semester2,
            "ĐTBmcn": row.year,
            "Sau kiểm tra lại": row.reassessed,
            "Giáo viên": row.teacher,
        },
    )


def _list(learner: Learner, year: YearTT58) -> Grid:
    return _table(
        _begin("Danh sách", "DANH SÁCH HỌC SINH", year),
        {
            "Mã học sinh": learner.student_code,
            "Số định danh cá nhân": learner.personal_id,
            "Số đăng bộ": learner.register_number,
            "Họ và tên": learner.full_name,
            "Giới tính": learner.gender,
            "Ngày sinh": learner.birth_date,
            "Nơi sinh": learner.birth_place,
            "Dân tộc": learner.ethnicity,
            "Chỗ ở": learner.address,
        },
    )


def _results(learner: Learner, year: YearTT58) -> Grid:
    cells: dict[str, Value] = {"Mã học sinh": learner.student_code, "Họ và tên": learner.full_name}
    for title, levels in (
        ("ĐTB các môn", year.averages),
        ("Học lực", year.learning),
        ("Hạnh kiểm", year.conduct),
    ):
        cells |= {
            f"{title} HKI": levels.semester1,
            f"{title} HKII": levels.semester2,
            f"{title} cả năm": levels.year,
            f"{title} sau kiểm tra lại": levels.after,
        }
    cells |= {
        "Danh hiệu năm học": year.honour,
        "Số buổi nghỉ": year.absences,
        "Kết quả cuối năm": year.promotion,
        "Khen thưởng": year.awards,
        "Nhận xét của giáo viên chủ nhiệm": year.homeroom_remark,
    }
    grid = _table(_begin("Kết quả", "TỔNG KẾT CẢ NĂM", year), cells)
    day = year.approved_on
    grid.add()
    grid.add(*[None] * 8, f"{year.place}, ngày {day.day:02} tháng {day.month:02} năm {day.year}")
    for line in (year.principal.on_behalf, year.principal.title, year.principal.name):
        grid.add(*[None] * 8, line if line == year.principal.name else (line or "").upper() or None)
    return grid

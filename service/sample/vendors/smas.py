"""SMAS-like: .xlsx; one list of the whole school, a file for each class and semester, one with all results."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from schemas.transcript.subjects import Subject
from service.sample.grid import Grid, Value, xlsx
from service.sample.school import SampleClass, SampleSchool
from service.sample.vendors.cells import comma, gender, signed, subject_name, titled, within


def smas(school: SampleSchool) -> Iterator[tuple[str, bytes]]:
    """Give the files of a school, each with its name."""
    yield "DanhSachHocSinh.xlsx", xlsx([_smas_list(school), _smas_catalogue()])
    for each in school.classes:
        for semester in (1, 2):
            sheets = [_smas_marks(school, each, subject, semester) for subject in each.subjects]
            yield f"BangDiem_HK{semester}_{each.name}.xlsx", xlsx(sheets)
    yield "TongKetCaNam.xlsx", xlsx([_smas_results(school, each) for each in school.classes])


def _smas_list(school: SampleSchool) -> Grid:
    grid = titled(school, "DS học sinh", "DANH SÁCH HỌC SINH TOÀN TRƯỜNG", f"Năm học: {school.school_year}")
    plain = (
        "STT",
        "Lớp",
        "Mã HS",
        "Số ĐDCN",
        "Họ và tên",
        "Ngày sinh",
        "Giới tính",
        "Dân tộc",
        "Nơi sinh",
        "Địa chỉ",
        "Số đăng bộ",
    )
    columns: list[tuple[str, ...]] = [(title,) for title in plain]
    columns += [
        ("Cha", "Họ và tên"),
        ("Cha", "Nghề nghiệp"),
        ("Mẹ", "Họ và tên"),
        ("Mẹ", "Nghề nghiệp"),
        ("Số điện thoại",),
    ]
    grid.add_header(columns, 2)
    position = 0
    for each in school.classes:
        for student in each.students:
            position += 1
            grid.add(
                position,
                each.name,
                student.code,
                student.personal_id,
                unicodedata.normalize("NFD", f" {student.named.full_name} "),
                student.birth_date,
                gender(student),
                unicodedata.normalize("NFD", student.named.ethnicity),
                student.birth_place,
                student.address,
                student.register_number,
                *student.father,
                *student.mother,
                None,
            )
    return grid


def _smas_catalogue() -> Grid:
    grid = Grid("DanhMuc", hidden=True)
    grid.add("Mã", "Tên")
    grid.add("01", "Kinh")
    return grid


def _smas_marks(school: SampleSchool, each: SampleClass, subject: Subject, semester: int) -> Grid:
    grid = titled(
        school,
        subject_name(subject).replace("&", " "),
        f"BẢNG ĐIỂM HỌC KỲ {'I' * semester} - NĂM HỌC {school.school_year}",
        f"Môn học: {subject_name(subject)}  -  Lớp {each.name}",
    )
    grid.add("Giáo viên bộ môn:", None, None, each.teachers[subject.code])
    columns: list[tuple[str, ...]] = [("STT",), ("Mã HS",), ("Họ và tên",)]
    columns += [("ĐĐGtx", str(index)) for index in range(1, 5)]
    columns += [("ĐĐGgk",), ("ĐĐGck",), ("ĐTBmhk",)]
    if semester == 2:
        columns += [("Cả năm",), ("Sau đánh giá lại",), ("Nhận xét",)]
    grid.add_header(columns, 2)
    for position, student in enumerate(each.students, 1):
        own = student.subjects[subject.code]
        which = semester - 1
        row: list[Value] = [position, student.code, unicodedata.normalize("NFD", student.named.full_name)]
        row += [*within(own, which, comma), comma(own.semesters[which])]
        if semester == 2:
            row += [comma(own.year), comma(own.reassessed), own.remark]
        grid.add(*row)
    return grid


def _smas_results(school: SampleSchool, each: SampleClass) -> Grid:
    grid = titled(
        school, f"Lớp {each.name}", f"TỔNG KẾT CẢ NĂM - LỚP {each.name} - NĂM HỌC {school.school_year}"
    )
    grid.add("GVCN:", None, each.homeroom_teacher)
    columns: list[tuple[str, ...]] = [("STT",), ("Mã HS",), ("Họ và tên",)]
    for group in ("Học kỳ I", "Học kỳ II", "Cả năm"):
        columns += [(group, "Rèn luyện"), (group, "Học tập")]
    columns += [("Sau hè", "Rèn luyện"), ("Sau hè", "Học tập"), ("Nghỉ có phép",), ("Nghỉ không phép",)]
    columns += [("Kết quả cuối năm",), ("Danh hiệu",), ("Nhận xét",)]
    grid.add_header(columns, 2)
    for position, student in enumerate(each.students, 1):
        row: list[Value] = [position, student.code, unicodedata.normalize("NFD", student.named.full_name)]
        for which in (0, 1):
            row += [student.conduct.semesters[which], student.learning.semesters[which]]
        row += [student.conduct.year, student.learning.year, student.conduct.after, student.learning.after]
        grid.add(*row, *student.absences, student.promotion, student.award, student.remark)
    return signed(grid, school, each)

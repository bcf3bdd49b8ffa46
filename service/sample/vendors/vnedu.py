"""VnEdu-like: .xls; a class has one file of marks, a sheet for each subject, and one with its list and results."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.transcript.subjects import Subject
from service.sample.grid import Grid, Value
from service.sample.old_excel import xls
from service.sample.school import SampleClass, SampleSchool
from service.sample.vendors.cells import gender, number, signed, subject_name, titled, within


def vnedu(school: SampleSchool) -> Iterator[tuple[str, bytes]]:
    """Give the files of a school, each with its name."""
    for each in school.classes:
        yield (
            f"SoDiem_{each.name}.xls",
            xls([_vnedu_marks(school, each, subject) for subject in each.subjects]),
        )
        yield f"HoSo_{each.name}.xls", xls([class_list(school, each), class_results(school, each)])


def _vnedu_marks(school: SampleSchool, each: SampleClass, subject: Subject) -> Grid:
    grid = titled(
        school,
        subject_name(subject),
        f"BẢNG ĐIỂM MÔN: {subject_name(subject)}",
        f"Lớp: {each.name}   Năm học: {school.school_year}   Giáo viên: {each.teachers[subject.code]}",
    )
    columns: list[tuple[str, ...]] = [
        ("STT",),
        ("Mã học sinh",),
        ("Họ và tên",),
        ("Họ và tên",),
        ("Ngày sinh",),
    ]
    for semester in ("I", "II"):
        group = f"Học kì {semester}"
        columns += [(group, f"TX{index}") for index in range(1, 5)]
        columns += [(group, "ĐĐGgk"), (group, "ĐĐGck"), (group, f"ĐTBmhk{semester}")]
    columns += [("ĐTBmcn",), ("Đánh giá lại",), ("Nhận xét",)]
    grid.add_header(columns, 2)
    for position, student in enumerate(each.students, 1):
        own = student.subjects[subject.code]
        *family, given = student.named.full_name.split()
        row: list[Value] = [
            position,
            student.code,
            " ".join(family),
            given,
            student.birth_date.strftime("%d/%m/%Y"),
        ]
        for which in (0, 1):
            row += within(own, which, number)
            row.append(number(own.semesters[which]))
        grid.add(*row, number(own.year), number(own.reassessed), own.remark)
    grid.add()
    grid.add(None, None, f"Danh sách có {len(each.students)} học sinh.")
    return grid


def class_list(school: SampleSchool, each: SampleClass) -> Grid:
    """Return the list of a class."""
    grid = titled(school, "Hồ sơ", "DANH SÁCH HỌC SINH", f"Lớp: {each.name}   Năm học: {school.school_year}")
    titles = (
        "STT",
        "Mã học sinh",
        "Số định danh cá nhân",
        "Họ và tên",
        "Ngày sinh",
        "Giới tính",
        "Nơi sinh",
        "Dân tộc",
        "Chỗ ở hiện tại",
        "Số đăng bộ",
        "Họ tên cha",
        "Nghề nghiệp cha",
        "Họ tên mẹ",
        "Nghề nghiệp mẹ",
        "Ghi chú",
    )
    grid.add_header([(title,) for title in titles], 1)
    for position, student in enumerate(each.students, 1):
        # The personal ID is a number cell there: its leading zeros are lost.
        grid.add(
            position,
            student.code,
            int(student.personal_id),
            student.named.full_name,
            student.birth_date.strftime("%d/%m/%Y"),
            gender(student),
            student.birth_place,
            student.named.ethnicity,
            student.address,
            student.register_number,
            *student.father,
            *student.mother,
            student.note or None,
        )
    return grid


def class_results(school: SampleSchool, each: SampleClass) -> Grid:
    """Return the results of a class at the end of the year."""
    grid = titled(
        school,
        "Kết quả",
        "BẢNG TỔNG HỢP KẾT QUẢ CUỐI NĂM",
        f"Lớp: {each.name}   Năm học: {school.school_year}   GVCN: {each.homeroom_teacher}",
    )
    columns: list[tuple[str, ...]] = [("STT",), ("Mã học sinh",), ("Họ và tên",)]
    for group in ("Kết quả rèn luyện", "Kết quả học tập"):
        columns += [(group, "HK I"), (group, "HK II"), (group, "Cả năm")]
    columns += [
        ("Sau đánh giá lại, rèn luyện hè", "Học tập"),
        ("Sau đánh giá lại, rèn luyện hè", "Rèn luyện"),
        ("Số buổi nghỉ",),
        ("Lên lớp",),
        ("Khen thưởng",),
        ("Nhận xét của GVCN",),
        ("Ghi chú",),
    ]
    grid.add_header(columns, 2)
    for position, student in enumerate(each.students, 1):
        grid.add(
            position,
            student.code,
            student.named.full_name,
            *student.conduct.semesters,
            student.conduct.year,
            *student.learning.semesters,
            student.learning.year,
            student.learning.after,
            student.conduct.after,
            sum(student.absences),
            student.promotion,
            student.award,
            student.remark,
            student.note or None,
        )
    return signed(grid, school, each)

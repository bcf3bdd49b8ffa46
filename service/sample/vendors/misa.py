"""MISA-like: .xlsx; a file for each class and subject, without codes: name and birth date tell who a row is of."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.transcript.subjects import Subject
from service.sample.grid import Grid, xlsx
from service.sample.school import SampleClass, SampleSchool
from service.sample.vendors.cells import gender, printed_name, signed, titled, words
from service.sample.vendors.vnedu import class_list


def misa(school: SampleSchool) -> Iterator[tuple[str, bytes]]:
    """Give the files of a school, each with its name."""
    for each in school.classes:
        yield f"Danh sach hoc sinh {each.name}.xlsx", xlsx([class_list(school, each)])
        for subject in each.subjects:
            yield f"{each.name}_{subject.code}.xlsx", xlsx([_misa_marks(school, each, subject)])
        yield f"{each.name}_KetQuaCaNam.xlsx", xlsx([_misa_results(school, each)])


def _misa_marks(school: SampleSchool, each: SampleClass, subject: Subject) -> Grid:
    grid = titled(
        school,
        "Sheet1",
        f"SỔ THEO DÕI VÀ ĐÁNH GIÁ HỌC SINH LỚP {each.name}",
        f"Môn: {printed_name(subject)}",
        f"Năm học {school.school_year}",
    )
    columns: list[tuple[str, ...]] = [("STT",), ("Họ và tên",), ("Ngày sinh",), ("Giới tính",)]
    columns += [(f"ĐTBmhk{semester}",) for semester in ("I", "II")]
    columns += [("ĐTBmcn",), ("Điểm/mức sau đánh giá lại",), ("Nhận xét",), ("Giáo viên",)]
    grid.add_header(columns, 1)
    for position, student in enumerate(each.students, 1):
        own = student.subjects[subject.code]
        grid.add(
            position,
            student.named.full_name,
            student.birth_date,
            gender(student),
            *map(words, own.semesters),
            words(own.year),
            words(own.reassessed),
            own.remark,
            each.teachers[subject.code],
        )
    grid.add()
    grid.add(None, "Ghi chú: M là được miễn.")
    return grid


def _misa_results(school: SampleSchool, each: SampleClass) -> Grid:
    grid = titled(
        school,
        "Sheet1",
        f"KẾT QUẢ GIÁO DỤC LỚP {each.name}",
        f"Năm học {school.school_year}",
        f"Giáo viên chủ nhiệm: {each.homeroom_teacher}",
    )
    titles = (
        "STT",
        "Họ và tên",
        "Ngày sinh",
        "RL HKI",
        "RL HKII",
        "RL cả năm",
        "Rèn luyện sau hè",
        "HT HKI",
        "HT HKII",
        "HT cả năm",
        "Học tập sau đánh giá lại",
        "Tổng số buổi nghỉ",
        "Kết quả",
        "Khen thưởng",
        "Nhận xét của giáo viên chủ nhiệm",
    )
    grid.add_header([(title,) for title in titles], 1)
    for position, student in enumerate(each.students, 1):
        grid.add(
            position,
            student.named.full_name,
            student.birth_date,
            *student.conduct.semesters,
            student.conduct.year,
            student.conduct.after,
            *student.learning.semesters,
            student.learning.year,
            student.learning.after,
            sum(student.absences),
            student.promotion,
            student.award,
            student.remark,
        )
    return signed(grid, school, each)

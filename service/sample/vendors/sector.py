"""Like the sector database: a .csv of the whole school, an .ods of each class."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schemas.transcript.subjects import AssessmentKind, Subject
from service.sample.grid import Grid, csv_text, ods
from service.sample.school import SampleClass, SampleSchool
from service.sample.vendors.cells import comma, gender, number, printed_name, subject_name, titled
from service.sample.vendors.vnedu import class_results


def sector(school: SampleSchool) -> Iterator[tuple[str, bytes]]:
    """Give the files of a school, each with its name."""
    yield "hoc-sinh.csv", csv_text(_sector_list(school))
    for each in school.classes:
        sheets: Sequence[Grid] = [_sector_marks(school, each, subject) for subject in each.subjects]
        yield f"ket-qua-{each.name}.ods", ods([*sheets, _results(school, each)])


def _sector_list(school: SampleSchool) -> Grid:
    grid = Grid("hoc-sinh")
    titles = (
        "STT",
        "Mã định danh học sinh",
        "Họ và tên",
        "Lớp",
        "Ngày sinh",
        "Giới tính",
        "Số CCCD/Định danh",
        "Dân tộc",
        "Nơi sinh",
        "Nơi ở hiện tại",
        "Số đăng bộ",
        "Họ tên cha",
        "Nghề nghiệp cha",
        "Họ tên mẹ",
        "Nghề nghiệp mẹ",
    )
    grid.add_header([(title,) for title in titles], 1)
    position = 0
    for each in school.classes:
        for student in each.students:
            position += 1
            grid.add(
                position,
                student.code,
                student.named.full_name,
                each.name,
                student.birth_date,
                gender(student),
                student.personal_id,
                student.named.ethnicity,
                student.birth_place,
                student.address,
                student.register_number,
                *student.father,
                *student.mother,
            )
    return grid


def _sector_marks(school: SampleSchool, each: SampleClass, subject: Subject) -> Grid:
    grid = titled(
        school,
        subject_name(subject),
        f"Lớp: {each.name}",
        f"Môn: {printed_name(subject)}",
        f"GVBM: {each.teachers[subject.code]}",
    )
    scored = subject.kind is AssessmentKind.SCORED
    titles = (
        "STT",
        "Mã định danh học sinh",
        "Họ và tên",
        "Học kì I",
        "Học kì II",
        "Cả năm",
        "Đánh giá lại",
        "Nhận xét",
    )
    grid.add_header([(title,) for title in titles], 1)
    grid.add(*[f"({number})" for number in range(1, len(titles) + 1)])
    for position, student in enumerate(each.students, 1):
        own = student.subjects[subject.code]
        shown = number if scored else comma
        grid.add(
            position,
            student.code,
            student.named.full_name,
            *map(shown, own.semesters),
            shown(own.year),
            shown(own.reassessed),
            own.remark,
        )
    return grid


def _results(school: SampleSchool, each: SampleClass) -> Grid:
    grid = class_results(school, each)
    grid.name = "Kết quả năm học"
    return grid

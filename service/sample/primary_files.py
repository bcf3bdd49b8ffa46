"""Invented years of primary school as workbooks: per class a file of its subjects, and one of its list and results."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from schemas.transcript.model import Learner, PrimaryYear, Traits, YearTT27
from schemas.transcript.subjects import SUBJECTS
from schemas.transcript.traits import TRAITS_BY_CODE, TraitGroup
from service.sample.grid import Grid, Value, xlsx

_Pupil: TypeAlias = tuple[Learner, PrimaryYear]
_NAMES = {
    TraitGroup.QUALITY: "Phẩm chất",
    TraitGroup.GENERAL: "Năng lực chung",
    TraitGroup.SPECIFIC: "Năng lực đặc thù",
    TraitGroup.COMPETENCE: "Năng lực",
}


def primary_files(years: Iterable[_Pupil]) -> dict[str, bytes]:
    """Return the files of a school by name: two for each class."""
    classes: dict[str, list[_Pupil]] = {}
    for learner, year in years:
        classes.setdefault(year.class_name, []).append((learner, year))
    files = {}
    for name, pupils in sorted(classes.items()):
        files[f"MonHoc_{name}.xlsx"] = xlsx(
            [_subject(pupils, number) for number in range(len(pupils[0][1].subjects))]
        )
        files[f"HoSo_{name}.xlsx"] = xlsx([_list(pupils), _results(pupils)])
    return files


def _begin(name: str, title: str, year: PrimaryYear) -> Grid:
    grid = Grid(name)
    grid.add(year.school.name)
    grid.add(title)
    grid.add(f"Lớp: {year.class_name}   Năm học: {year.school_year}   GVCN: {year.homeroom_teacher}")
    return grid


def _subject(pupils: Sequence[_Pupil], number: int) -> Grid:
    first = pupils[0][1].subjects[number]
    name = first.title or SUBJECTS[first.subject].name
    # A sheet's name has at most 31 characters: the line above the table says the subject.
    grid = _begin(name[:31], f"Môn: {name}", pupils[0][1])
    titles = ("STT", "Mã học sinh", "Họ và tên", "Ngày sinh", "Mức đạt được", "Điểm KTĐK", "Nhận xét")
    grid.add_header([(title,) for title in titles], 1)
    for position, (learner, year) in enumerate(pupils, 1):
        row = year.subjects[number]
        level = "M" if row.exempt else row.level
        grid.add(position, *_who(learner), learner.birth_date, level, row.test, row.remark)
    return grid


def _list(pupils: Sequence[_Pupil]) -> Grid:
    grid = _begin("Danh sách", "DANH SÁCH HỌC SINH", pupils[0][1])
    titles = (
        "STT",
        "Mã học sinh",
        "Họ và tên",
        "Số định danh cá nhân",
        "Ngày sinh",
        "Giới tính",
        "Nơi sinh",
        "Quê quán",
        "Dân tộc",
        "Quốc tịch",
        "Chỗ ở",
        "Số đăng bộ",
        "Họ tên mẹ",
        "Nghề nghiệp mẹ",
    )
    grid.add_header([(title,) for title in titles], 1)
    for position, (learner, _) in enumerate(pupils, 1):
        mother = learner.mother
        grid.add(
            position,
            *_who(learner),
            learner.personal_id,
            learner.birth_date.strftime("%d/%m/%Y"),
            learner.gender,
            learner.birth_place,
            learner.home_town,
            learner.ethnicity,
            learner.nationality,
            learner.address,
            learner.register_number,
            mother.name if mother else None,
            mother.occupation if mother else None,
        )
    return grid


def _results(pupils: Sequence[_Pupil]) -> Grid:
    first = pupils[0][1]
    grid = _begin("Kết quả", "TỔNG HỢP KẾT QUẢ ĐÁNH GIÁ GIÁO DỤC CUỐI NĂM", first)
    columns: list[tuple[str, ...]] = [("STT",), ("Mã học sinh",), ("Họ và tên",), ("Ngày nhập học",)]
    columns += [("Chiều cao (cm)",), ("Cân nặng (kg)",), ("Nghỉ có phép",), ("Nghỉ không phép",)]
    for group, traits in first.traits.items():
        columns += [(_NAMES[group], TRAITS_BY_CODE[each.trait].name) for each in traits.results]
        columns.append((_NAMES[group], "Nhận xét"))
    if isinstance(first, YearTT27):
        columns.append(("Đánh giá kết quả giáo dục",))
    columns += [("Hoàn thành chương trình",), ("Khen thưởng",)]
    grid.add_header(columns, 2)
    for position, (learner, year) in enumerate(pupils, 1):
        row: list[Value] = [position, *_who(learner), year.entered_on, year.height_cm]
        row += [year.weight_kg, year.absences_excused, year.absences_unexcused]
        for traits in year.traits.values():
            row += _levels(traits)
        if isinstance(year, YearTT27):
            row.append(year.result)
        grid.add(*row, year.completion, year.awards)
    day = first.approved_on
    grid.add()
    grid.add(*[None] * 8, f"{first.place}, ngày {day.day:02} tháng {day.month:02} năm {day.year}")
    if first.principal.on_behalf:
        grid.add(*[None] * 8, first.principal.on_behalf.upper())
    grid.add(*[None] * 8, first.principal.title.upper())
    grid.add()
    grid.add(*[None] * 8, first.principal.name)
    return grid


def _who(learner: Learner) -> tuple[str, str]:
    return learner.student_code, learner.full_name


def _levels(traits: Traits) -> list[Value]:
    return [*(each.level for each in traits.results), traits.remark]

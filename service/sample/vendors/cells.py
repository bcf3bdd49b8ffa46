"""What the sheets of all systems share: their heads and feet, and how they write names and marks."""

from __future__ import annotations

from collections.abc import Callable

from schemas.transcript.subjects import Subject
from service.sample.grid import Grid, Value
from service.sample.school import SampleClass, SampleSchool, SampleStudent, SubjectYear

_SHORT = {
    "ngoai-ngu-1": "Tiếng Anh",
    "gdcd": "GDCD",
    "lich-su-dia-li": "Lịch sử và Địa lí",
    "khtn": "KHTN",
    "gdtc": "GDTC",
    "gd-dia-phuong": "GDĐP",
    "hdtn-hn": "HĐTN, HN",
    "gdqp-an": "GDQP&AN",
    "gdktpl": "GDKT&PL",
}


def titled(school: SampleSchool, name: str, *lines: str) -> Grid:
    """Begin a sheet with the authority, the school and some lines."""
    grid = Grid(name)
    grid.add(f"SỞ GIÁO DỤC VÀ ĐÀO TẠO {school.place.upper()}")
    grid.add(school.name)
    for line in lines:
        grid.add(line)
    return grid


def subject_name(subject: Subject) -> str:
    """Return what a timetable calls a subject."""
    return _SHORT.get(subject.code, subject.name)


def printed_name(subject: Subject) -> str:
    """Return what the transcript calls it."""
    return f"{subject.name} (Tiếng Anh)" if subject.code == "ngoai-ngu-1" else subject.name


def number(mark: str | None) -> Value:
    """Return a mark as a number, a word as it is."""
    return float(mark) if mark and mark[0].isdigit() else mark


def comma(mark: str | None) -> Value:
    """Return a mark with a comma, as text."""
    return mark.replace(".", ",") if mark else mark


def within(own: SubjectYear, which: int, shown: Callable[[str], Value]) -> list[Value]:
    """Return the marks within a semester."""
    regular = [shown(mark) for mark in own.regular[which]]
    return [*regular, *[None] * (4 - len(regular)), shown(own.midterm[which]), shown(own.final[which])]


def signed(grid: Grid, school: SampleSchool, each: SampleClass, at: int = 8) -> Grid:
    """End a sheet with place, date and the homeroom teacher."""
    day = school.approved_on
    grid.add()
    grid.add(*[None] * at, f"{school.place}, ngày {day.day} tháng {day.month} năm {day.year}")
    grid.add(*[None] * at, "GIÁO VIÊN CHỦ NHIỆM")
    grid.add(*[None] * at, "(Kí, ghi rõ họ tên)")
    grid.add()
    grid.add(*[None] * at, each.homeroom_teacher)
    return grid


def gender(student: SampleStudent) -> str:
    """Return what the form says."""
    return "Nữ" if student.named.is_girl else "Nam"


def words(mark: str | None) -> Value:
    """Return a mark as people write it out: "Đạt", "Miễn", a comma in a number."""
    return {"Đ": "Đạt", "CĐ": "Chưa đạt", "M": "Miễn"}.get(mark or "", comma(mark))

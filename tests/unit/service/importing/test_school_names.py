"""School names in the lines above a table: found, and held against the school that the import is for."""

from __future__ import annotations

import pytest

from schemas.transcript.model import School
from service.importing.school_names import Named, compare_names, school_named

SCHOOL = School(
    code="X-1", name="Trường THCS Hoà Bình (thử)", commune="Phường Ban Mai", province="Thành phố Hà Nội"
)
SAME = (
    "TRƯỜNG THCS HÒA BÌNH",
    "trường thcs hoà bình",
    "Trường Trung học cơ sở Hòa  Bình, phường Ban Mai",
    "THCS Hoà Bình",
    "TRUONG THCS HOA BINH",
    "Trường: Hoà Bình",
    "Tên trường: THCS Hoà Bình",
    "Tr. THCS Hoà Bình",
    "Trường TH - THCS Hoà Bình",
    "Trường THCS và THPT Hoà Bình",
    "Trường THCS Hoà Bình   Lớp: 6A   Năm học: 2025-2026",
    "Trường THCS Hoà Bình - Hà Nội",
    "Trường THCS Hoà Bình Hà Nội",
    "Trường THCS Hoà Bình phường Cửa Nam",
    "PHÒNG GD&ĐT QUẬN 1\nTRƯỜNG THCS HOÀ BÌNH",
    "UBND QUẬN 1 - TRƯỜNG THCS HOÀ BÌNH",
    "TRƯỜNG ĐẠI HỌC SƯ PHẠM\nTRƯỜNG THCS HOÀ BÌNH",
)
OTHER = (
    "Trường THCS Nguyễn Du",
    "Đơn vị: Trường THCS Nguyễn Du",
    "Lớp: 6A   Trường THCS Nguyễn Du",
    "TRUONG THCS NGUYEN DU",
    "Trường THCS Hoá Bình",
    "Trường THCS Hoà Bình A",
    "Trường THCS Hoà Bình 2",
    "Trường THCS Độc Lập",
    "Trường THCS Hóc Môn",
    "Trường PTDTNT huyện Điện Biên",
)
NONE = (
    "SỞ GIÁO DỤC VÀ ĐÀO TẠO HÀ NỘI",
    "PHÒNG GD&ĐT QUẬN 1",
    "Nhà trường kiểm tra và kí",
    "Mã trường: THPT-ABC",
    "Trường học thân thiện",
    "Trường chuyển đến",
    "Hiệu trưởng",
    "SỔ ĐIỂM LỚP 9A",
    "TRUNG HỌC CƠ SỞ LỚP 6A",
    "SỔ THEO DÕI VÀ ĐÁNH GIÁ HỌC SINH TRUNG HỌC CƠ SỞ",
    "TH TRUNG BÌNH",
    "TRƯỜNG ĐẠI HỌC SƯ PHẠM",
)


@pytest.mark.parametrize("line", SAME)
def test_the_same_school_in_other_writing(line: str) -> None:
    """Case, spaces, tone placement, abbreviations and the place that follows make no other school."""
    name = school_named(line)
    assert name is not None
    assert compare_names(name, SCHOOL) is Named.SAME


@pytest.mark.parametrize("line", OTHER)
def test_another_school(line: str) -> None:
    """Another name, another tone, a letter or a number behind the name: another school."""
    name = school_named(line)
    assert name is not None
    assert compare_names(name, SCHOOL) is Named.OTHER


@pytest.mark.parametrize("line", ["Trường THPT Hoà Bình", "Tiểu học Hoà Bình"])
def test_the_same_name_of_another_level(line: str) -> None:
    """Schools of two levels may share a name."""
    assert compare_names(str(school_named(line)), SCHOOL) is Named.OTHER_LEVEL


@pytest.mark.parametrize("line", NONE)
def test_lines_that_name_no_school(line: str) -> None:
    """Departments, codes and titles are no schools."""
    assert school_named(line) is None


def test_boarding_schools_are_told_by_their_place() -> None:
    """Schools that are called after their district only differ by it."""
    school = SCHOOL.model_copy(update={"name": "Trường PTDTNT huyện Mường Chà"})
    assert compare_names("Trường Phổ thông dân tộc nội trú huyện Mường Chà", school) is Named.SAME
    assert compare_names("Trường PTDTNT huyện Điện Biên", school) is Named.OTHER

"""The workbooks of an invented school as other systems export them: four shapes of docs/workbook.md, one folder each.

The names say whose exports they are like; none of them is a copy.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum

from schemas.transcript.subjects import AssessmentKind, Subject
from service.sample.grid import Grid, Value, csv_text, ods, xlsx
from service.sample.old_excel import xls
from service.sample.school import SampleClass, SampleSchool, SampleStudent, SubjectYear

Files = dict[str, bytes]
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


class Vendor(StrEnum):
    """Whose exports a folder is like."""

    VNEDU = "vnedu"
    SMAS = "smas"
    MISA = "misa"
    SECTOR = "csdl-nganh"


def vendor_files(school: SampleSchool, vendor: Vendor) -> Files:
    """Return the files of a school by name, as a system of this kind exports them."""
    return dict(_MAKERS[vendor](school))


def _titled(school: SampleSchool, name: str, *lines: str) -> Grid:
    grid = Grid(name)
    grid.add(f"SỞ GIÁO DỤC VÀ ĐÀO TẠO {school.place.upper()}")
    grid.add(school.name)
    for line in lines:
        grid.add(line)
    return grid


def _subject_name(subject: Subject) -> str:
    return _SHORT.get(subject.code, subject.name)


def _printed_name(subject: Subject) -> str:
    return f"{subject.name} (Tiếng Anh)" if subject.code == "ngoai-ngu-1" else subject.name


def _number(mark: str | None) -> Value:
    return float(mark) if mark and mark[0].isdigit() else mark


def _comma(mark: str | None) -> Value:
    return mark.replace(".", ",") if mark else mark


# VnEdu-like: .xls; a class has one file of marks with a sheet for each subject, one with its list and its results.


def _vnedu(school: SampleSchool) -> Iterator[tuple[str, bytes]]:
    for each in school.classes:
        yield (
            f"SoDiem_{each.name}.xls",
            xls([_vnedu_marks(school, each, subject) for subject in each.subjects]),
        )
        yield f"HoSo_{each.name}.xls", xls([_vnedu_list(school, each), _vnedu_results(school, each)])


def _vnedu_marks(school: SampleSchool, each: SampleClass, subject: Subject) -> Grid:
    grid = _titled(
        school,
        _subject_name(subject),
        f"BẢNG ĐIỂM MÔN: {_subject_name(subject)}",
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
            row += _within(own, which, _number)
            row.append(_number(own.semesters[which]))
        grid.add(*row, _number(own.year), _number(own.reassessed), own.remark)
    grid.add()
    grid.add(None, None, f"Danh sách có {len(each.students)} học sinh.")
    return grid


def _within(own: SubjectYear, which: int, shown: Callable[[str], Value]) -> list[Value]:
    regular = [shown(mark) for mark in own.regular[which]]
    return [*regular, *[None] * (4 - len(regular)), shown(own.midterm[which]), shown(own.final[which])]


def _vnedu_list(school: SampleSchool, each: SampleClass) -> Grid:
    grid = _titled(school, "Hồ sơ", "DANH SÁCH HỌC SINH", f"Lớp: {each.name}   Năm học: {school.school_year}")
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
            _gender(student),
            student.birth_place,
            student.named.ethnicity,
            student.address,
            student.register_number,
            *student.father,
            *student.mother,
            student.note or None,
        )
    return grid


def _vnedu_results(school: SampleSchool, each: SampleClass) -> Grid:
    grid = _titled(
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
    return _signed(grid, school, each)


def _signed(grid: Grid, school: SampleSchool, each: SampleClass, at: int = 8) -> Grid:
    day = school.approved_on
    grid.add()
    grid.add(*[None] * at, f"{school.place}, ngày {day.day} tháng {day.month} năm {day.year}")
    grid.add(*[None] * at, "GIÁO VIÊN CHỦ NHIỆM")
    grid.add(*[None] * at, "(Kí, ghi rõ họ tên)")
    grid.add()
    grid.add(*[None] * at, each.homeroom_teacher)
    return grid


def _gender(student: SampleStudent) -> str:
    return "Nữ" if student.named.is_girl else "Nam"


# SMAS-like: .xlsx; one list of the whole school, a file for each class and semester, one with all results.


def _smas(school: SampleSchool) -> Iterator[tuple[str, bytes]]:
    yield "DanhSachHocSinh.xlsx", xlsx([_smas_list(school), _smas_catalogue()])
    for each in school.classes:
        for semester in (1, 2):
            sheets = [_smas_marks(school, each, subject, semester) for subject in each.subjects]
            yield f"BangDiem_HK{semester}_{each.name}.xlsx", xlsx(sheets)
    yield "TongKetCaNam.xlsx", xlsx([_smas_results(school, each) for each in school.classes])


def _smas_list(school: SampleSchool) -> Grid:
    grid = _titled(school, "DS học sinh", "DANH SÁCH HỌC SINH TOÀN TRƯỜNG", f"Năm học: {school.school_year}")
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
                _gender(student),
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
    grid = _titled(
        school,
        _subject_name(subject).replace("&", " "),
        f"BẢNG ĐIỂM HỌC KỲ {'I' * semester} - NĂM HỌC {school.school_year}",
        f"Môn học: {_subject_name(subject)}  -  Lớp {each.name}",
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
        row += [*_within(own, which, _comma), _comma(own.semesters[which])]
        if semester == 2:
            row += [_comma(own.year), _comma(own.reassessed), own.remark]
        grid.add(*row)
    return grid


def _smas_results(school: SampleSchool, each: SampleClass) -> Grid:
    grid = _titled(
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
    return _signed(grid, school, each)


# MISA-like: .xlsx; one file for each class and subject, without codes: name and birth date tell who a row is of.


def _misa(school: SampleSchool) -> Iterator[tuple[str, bytes]]:
    for each in school.classes:
        yield f"Danh sach hoc sinh {each.name}.xlsx", xlsx([_vnedu_list(school, each)])
        for subject in each.subjects:
            yield f"{each.name}_{subject.code}.xlsx", xlsx([_misa_marks(school, each, subject)])
        yield f"{each.name}_KetQuaCaNam.xlsx", xlsx([_misa_results(school, each)])


def _misa_marks(school: SampleSchool, each: SampleClass, subject: Subject) -> Grid:
    grid = _titled(
        school,
        "Sheet1",
        f"SỔ THEO DÕI VÀ ĐÁNH GIÁ HỌC SINH LỚP {each.name}",
        f"Môn: {_printed_name(subject)}",
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
            _gender(student),
            *map(_words, own.semesters),
            _words(own.year),
            _words(own.reassessed),
            own.remark,
            each.teachers[subject.code],
        )
    grid.add()
    grid.add(None, "Ghi chú: M là được miễn.")
    return grid


def _words(mark: str | None) -> Value:
    """Return a mark as people write it out: "Đạt", "Miễn", a comma in a number."""
    return {"Đ": "Đạt", "CĐ": "Chưa đạt", "M": "Miễn"}.get(mark or "", _comma(mark))


def _misa_results(school: SampleSchool, each: SampleClass) -> Grid:
    grid = _titled(
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
    return _signed(grid, school, each)


# Like the sector database: a .csv of the whole school, an .ods of each class.


def _sector(school: SampleSchool) -> Iterator[tuple[str, bytes]]:
    yield "hoc-sinh.csv", csv_text(_sector_list(school))
    for each in school.classes:
        sheets: Sequence[Grid] = [_sector_marks(school, each, subject) for subject in each.subjects]
        yield f"ket-qua-{each.name}.ods", ods([*sheets, _misa_like_results(school, each)])


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
                _gender(student),
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
    grid = _titled(
        school,
        _subject_name(subject),
        f"Lớp: {each.name}",
        f"Môn: {_printed_name(subject)}",
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
        shown = _number if scored else _comma
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


def _misa_like_results(school: SampleSchool, each: SampleClass) -> Grid:
    grid = _vnedu_results(school, each)
    grid.name = "Kết quả năm học"
    return grid


_MAKERS: dict[Vendor, Callable[[SampleSchool], Iterator[tuple[str, bytes]]]] = {
    Vendor.VNEDU: _vnedu,
    Vendor.SMAS: _smas,
    Vendor.MISA: _misa,
    Vendor.SECTOR: _sector,
}

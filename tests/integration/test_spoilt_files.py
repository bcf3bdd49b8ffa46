"""Whatever an office has done to a file, reading it ends in students or in complaints, never in a fault of ours."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from service.errors import ServiceError
from service.importing.formats import SourceFile
from service.sample import DEMO_SCHOOL
from service.sample.old_primary import OLD_SCHOOL_YEAR, old_primary_years
from service.sample.primary import primary_years
from service.sample.primary_files import primary_files
from service.sample.school import SCHOOL_YEAR
from service.sample.vendors import Vendor, vendor_files
from tests.support.old_secondary_files import old_secondary_files, recorded_year
from tests.support.school_files import STUDENTS, read
from tests.support.transcripts import sample_learner

WORDS = (
    *(
        "STT",
        "Họ và tên",
        "Mã học sinh",
        "Ngày sinh",
        "Học kì I",
        "Cả năm",
        "ĐTBmhkI",
        "Toán",
        "Ghi chú",
        "TỔNG",
    ),
    *(
        "Lớp: 6A",
        "Lớp:",
        "Môn:",
        "Năm học: 2025-2026",
        "Trường:",
        "Trường THCS ",
        "Hiệu trưởng",
        "Giáo viên: ",
    ),
    *("Đ", "CĐ", "M", "T", "10,0", "11", "-1", "7.55", "7\n8", "'7", "=A1", "#N/A", "", "  ", "\u200b"),
    *("01/02/2014", "30/02/2014", "Hà Nội, ngày 31 tháng 5 năm 2026", "Nguyễn" * 50, "é" * 2000),
)


_PUPILS = tuple(primary_years(DEMO_SCHOOL, students=100, seed=3))
_KEPT_BACK = tuple(old_primary_years(_PUPILS, DEMO_SCHOOL, seed=3))
_OLD_YEAR = recorded_year(DEMO_SCHOOL[0], grade=8, school_year="2022-2023")
SCHOOLS: tuple[tuple[str, dict[str, bytes]], ...] = (
    *((SCHOOL_YEAR, vendor_files(STUDENTS, vendor)) for vendor in (Vendor.SMAS, Vendor.MISA)),
    (SCHOOL_YEAR, dict(primary_files(_PUPILS[:20]))),
    (OLD_SCHOOL_YEAR, dict(primary_files(_KEPT_BACK))),
    (_OLD_YEAR.school_year, old_secondary_files(sample_learner(), _OLD_YEAR)),
)
"""The files of every ruleset, by their school year; those of .xls and .ods have the same tables."""


def _a_value(random: Random) -> object:
    made: tuple[Callable[[], object], ...] = (
        lambda: random.choice(WORDS),
        lambda: random.choice(WORDS),
        lambda: random.randint(-5, 20),
        lambda: round(random.uniform(-1, 11), random.randint(0, 4)),
        lambda: dt.date(random.randint(1901, 2100), random.randint(1, 12), random.randint(1, 28)),
        lambda: 10 ** random.randint(1, 30),
        lambda: random.choice([None, True, -1e300]),
    )
    return random.choice(made)()


def _spoil(sheet: Any, random: Random) -> None:
    """Do to a sheet what hands do: type over, insert, delete, merge, rename, hide rows."""
    row, column = random.randint(1, min(sheet.max_row, 40)), random.randint(1, min(sheet.max_column, 30))
    acts: tuple[Callable[[], object], ...] = (
        lambda: sheet.cell(row, column, _a_value(random)),
        lambda: sheet.cell(row, column, _a_value(random)),
        lambda: sheet.insert_rows(row),
        lambda: sheet.delete_rows(row),
        lambda: sheet.insert_cols(column),
        lambda: sheet.delete_cols(column),
        lambda: sheet.merge_cells(start_row=row, start_column=column, end_row=row + 2, end_column=column + 3),
        lambda: setattr(sheet, "title", random.choice(["Toán", "x", "6A", "Ngữ văn"])),
        lambda: setattr(sheet.row_dimensions[row], "hidden", True),
    )
    # openpyxl's: within a merged area only the first cell can be written.
    with suppress(AttributeError):
        random.choice(acts)()


def _spoilt(data: bytes, random: Random) -> bytes:
    book = load_workbook(io.BytesIO(data))
    sheet = random.choice(book.worksheets)
    for _ in range(random.choice([1, 2, 3, 8, 30])):
        _spoil(sheet, random)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


@settings(max_examples=60)
@given(random=st.randoms(use_true_random=False))
def test_spoilt_files_are_read_or_complained_of(random: Random) -> None:
    """One file of a school is spoilt at random: students and no error, or errors and no student; nothing escapes."""
    school_year, written = random.choice(SCHOOLS)
    files = dict(written)
    which = random.choice(sorted(files))
    files[which] = _spoilt(files[which], random)
    with suppress(ServiceError):
        result = read([SourceFile(*file) for file in files.items()], school_year=school_year)
        assert result.ok == all(one.severity == "warning" for one in result.complaints)
        assert result.ok == bool(result.rows)


def test_old_year_without_any_subject_is_refused() -> None:
    """A record may lack subjects, but not all of them: nothing would be left to print."""
    school_year, written = SCHOOLS[3]
    files = [SourceFile(*file) for file in written.items() if file[0].startswith("HoSo")]
    result = read(files, school_year=school_year)
    assert {one.code for one in result.complaints if one.severity == "error"} == {"sheet-missing"}

"""Ten workbooks that are refused, one fault each: for training, for trying out an import, for the tests."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

from openpyxl import Workbook, load_workbook

from service.sample.class_workbook import sample_class
from service.sample.grid import repeatable


@dataclass(frozen=True, slots=True)
class BrokenWorkbook:
    """A file, and the code of the complaint that refuses it."""

    data: bytes
    code: str


def broken_workbooks() -> dict[str, BrokenWorkbook]:
    """Return the files by name."""
    return {
        "thieu-cot.xlsx": BrokenWorkbook(_edited(lambda book: book["Toán"].delete_cols(6)), "column-missing"),
        "thieu-trang.xlsx": BrokenWorkbook(
            _edited(lambda book: book.remove(book["Ngữ văn"])), "sheet-missing"
        ),
        "trung-hoc-sinh.xlsx": BrokenWorkbook(_edited(_repeat_student), "student-twice"),
        "diem-11.xlsx": BrokenWorkbook(_edited(_put("Toán", "D2", 11)), "mark-invalid"),
        "cong-thuc.xlsx": BrokenWorkbook(_edited(_put("Toán", "D3", "=8+0.5")), "formula-refused"),
        "ngay-sinh-mo-ho.xlsx": BrokenWorkbook(_edited(_put("Học sinh", "H2", "9/5/14")), "date-invalid"),
        "ky-tu-an.xlsx": BrokenWorkbook(
            _edited(_put("Học sinh", "F2", "Nguyễn\u200b An")), "text-invisible-character"
        ),
        "co-macro.xlsx": BrokenWorkbook(_with_part("xl/vbaProject.bin", b"macro"), "workbook-has-macros"),
        "phinh-to.xlsx": BrokenWorkbook(
            _with_part("xl/media/bom.xml", bytes(20_000_000)), "workbook-swollen"
        ),
        "khong-phai-bang-tinh.xlsx": BrokenWorkbook(
            "Đây không phải bảng tính.".encode(), "workbook-unreadable"
        ),
    }


def _edited(edit: Callable[[Workbook], None]) -> bytes:
    book = load_workbook(io.BytesIO(sample_class(5)))
    edit(book)
    target = io.BytesIO()
    book.save(target)
    return repeatable(target.getvalue())


def _put(sheet: str, cell: str, value: int | str) -> Callable[[Workbook], None]:
    def put(book: Workbook) -> None:
        book[sheet][cell] = value

    return put


def _repeat_student(book: Workbook) -> None:
    book["Học sinh"]["B4"] = book["Học sinh"]["B2"].value


def _with_part(name: str, content: bytes) -> bytes:
    target = io.BytesIO(sample_class(5))
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(name, (2026, 6, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return target.getvalue()

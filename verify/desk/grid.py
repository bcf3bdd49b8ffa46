"""Reads an untrusted .csv or .xlsx as rows of cells, within limits; the first sheet that is shown, values only."""

from __future__ import annotations

import codecs
import csv
import io
from dataclasses import dataclass
from typing import Final

from verify.findings import VerifyError

MAX_LIST_BYTES: Final = 5 * 2**20
MAX_ROWS: Final = 20_000
MAX_COLUMNS: Final = 100
MAX_CELLS: Final = 400_000
MAX_CELL_TEXT: Final = 1000
_SEPARATORS: Final = (";", "\t", ",")
_SAMPLE_LINES: Final = 20


@dataclass(frozen=True, slots=True)
class Cell:
    """A value as it is stored; of a formula only that it is one."""

    text: str
    is_number: bool = False
    is_formula: bool = False


Rows = list[list[Cell]]
EMPTY: Final = Cell("")


def read_csv(data: bytes) -> Rows:
    """Return the rows of a .csv: UTF-8 or UTF-16, separated by semicolon, tab or comma.

    Raises:
        VerifyError: `list-encoding`, `list-unreadable`, `list-too-large`.
    """
    text = _decoded(data)
    lines = text.splitlines()[:_SAMPLE_LINES]
    separator = max(_SEPARATORS, key=lambda each: sum(line.count(each) for line in lines))
    rows: Rows = []
    cells = 0
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            cells += len(row)
            check_extent(rows=len(rows) + 1, columns=len(row), cells=cells)
            if any(len(value) > MAX_CELL_TEXT for value in row):
                raise too_large()
            rows.append([Cell(value, is_formula=value.startswith("=")) for value in row])
    except csv.Error as error:
        raise unreadable() from error
    return rows


def check_extent(*, rows: int, columns: int, cells: int) -> None:
    """Refuse a list that is larger than any institution's.

    Raises:
        VerifyError: `list-too-large`.
    """
    if rows > MAX_ROWS or columns > MAX_COLUMNS or cells > MAX_CELLS:
        raise too_large()


def unreadable() -> VerifyError:
    """Say that a list is broken, or no list at all."""
    return VerifyError(
        "list-unreadable",
        "Không đọc được danh sách thí sinh: cần tệp .xlsx hoặc .csv nguyên vẹn, không mật khẩu. Hãy mở tệp bằng "
        "Excel, lưu lại dạng .xlsx rồi thử lại.",
        "The list of applicants cannot be read: it must be an intact .xlsx or .csv without a password. Open it in a "
        "spreadsheet program, save it as .xlsx and retry.",
    )


def too_large() -> VerifyError:
    """Say that a list is a bomb, or as good as one."""
    return VerifyError(
        "list-too-large",
        "Danh sách thí sinh quá lớn (tối đa 5 MB, 20.000 dòng, 100 cột, 1.000 chữ một ô); hãy xoá phần thừa hoặc "
        "chia nhỏ.",
        "The list of applicants is too large (at most 5 MB, 20,000 rows, 100 columns, 1,000 characters a cell); delete "
        "what is spare, or split it.",
    )


def _decoded(data: bytes) -> str:
    encoding = "utf-8-sig"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise VerifyError(
            "list-encoding",
            "Danh sách .csv không ở dạng Unicode; hãy lưu lại dạng “CSV UTF-8” hoặc .xlsx.",
            "The .csv list is not Unicode; save it as “CSV UTF-8” or as .xlsx.",
        ) from error
    if "\0" in text:
        raise unreadable()
    return text

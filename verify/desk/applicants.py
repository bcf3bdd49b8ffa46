"""The list of applicants in an institution's own shape: its columns told by their titles, every value read strictly."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Final

from schemas.errors import SchemaError
from schemas.serial import parse_typed_serial
from verify.desk.archive import is_archive
from verify.desk.grid import EMPTY, MAX_LIST_BYTES, Cell, Rows, read_csv, too_large, unreadable
from verify.desk.names import bare_name
from verify.desk.xlsx_reader import read_xlsx
from verify.findings import VerifyError


@dataclass(frozen=True, slots=True)
class Applicant:
    """A row of the list; `row` is the file's own number, `label` the institution's own code for the person."""

    row: int
    label: str = ""
    full_name: str = ""
    birth_date: dt.date | None = None
    student_code: str = ""
    personal_id: str = ""
    serial: str = ""


class Column(StrEnum):
    """What a column holds."""

    LABEL = "label"
    FULL_NAME = "full_name"
    FAMILY_NAME = "family_name"
    GIVEN_NAME = "given_name"
    BIRTH_DATE = "birth_date"
    STUDENT_CODE = "student_code"
    PERSONAL_ID = "personal_id"
    SERIAL = "serial"


_TITLES: Final[Mapping[Column, tuple[str, ...]]] = {
    Column.LABEL: (
        *(
            "so bao danh",
            "sbd",
            "ma ho so",
            "so ho so",
            "ma thi sinh",
            "ma xet tuyen",
            "ma dang ky",
            "so phieu",
        ),
        *("ma dang ky xet tuyen", "applicant id", "applicant code", "application number", "id"),
    ),
    Column.FULL_NAME: (
        *(
            "ho va ten",
            "ho ten",
            "ho va ten thi sinh",
            "ho ten thi sinh",
            "ten thi sinh",
            "ho va ten hoc sinh",
        ),
        *("ho ten hoc sinh", "ho va chu dem va ten", "full name", "name", "applicant", "applicant name"),
    ),
    Column.FAMILY_NAME: (
        *("ho", "ho dem", "ho va dem", "ho va ten dem", "ho va chu dem", "ho lot", "ho va ten lot"),
        "family name",
    ),
    Column.GIVEN_NAME: ("ten", "given name"),
    Column.BIRTH_DATE: (
        *("ngay sinh", "ngay thang nam sinh", "sinh ngay", "ntns", "date of birth", "birth date", "dob"),
    ),
    Column.STUDENT_CODE: (
        *("ma hoc sinh", "ma hs", "ma so hoc sinh", "ma dinh danh hoc sinh", "ma dinh danh bo gd dt"),
        *("student code", "student id"),
    ),
    Column.PERSONAL_ID: (
        *(
            "so dinh danh ca nhan",
            "so dinh danh",
            "ma dinh danh ca nhan",
            "ma dinh danh",
            "dinh danh ca nhan",
        ),
        *("cccd", "so cccd", "so can cuoc", "can cuoc", "can cuoc cong dan", "so can cuoc cong dan"),
        *("cmnd cccd", "so cmnd cccd", "personal id"),
    ),
    Column.SERIAL: ("ma hoc ba", "so hoc ba", "ma hoc ba so", "serial", "transcript serial"),
}
_HEADER_ROWS: Final = 20
_TITLE_NOISE: Final = re.compile(r"\(.*?\)|[^0-9a-z ]")
_DATE: Final = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})")
_ISO_DATE: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:T00:00:00(?:\.0+)?Z?| 00:00:00)?")
_CODE: Final = re.compile(r"[0-9A-Za-z._/-]{1,40}")
_PERSONAL_ID: Final = re.compile(r"[0-9]{12}")
_FIRST_DAY: Final = dt.date(1899, 12, 30)
_DAYS: Final = range(3653, 73051)  # 1910 to 2099
_INVISIBLE: Final = {"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"}


def read_applicants(data: bytes) -> tuple[Applicant, ...]:
    """Return the applicants of a .csv or .xlsx.

    Raises:
        VerifyError: `list-unreadable`, `list-encoding`, `list-too-large`, `list-columns`, `list-column-twice`,
            `list-value`, `list-empty`.
    """
    if len(data) > MAX_LIST_BYTES:
        raise too_large()
    if not data or data.startswith((b"%PDF", b"\xd0\xcf\x11\xe0")):
        raise unreadable()
    rows, shift = read_xlsx(data) if is_archive(data) else (read_csv(data), 0)
    header, columns = _find_header(rows)
    applicants = tuple(
        _applicant(row, number, columns, shift)
        for number, row in enumerate(rows[header + 1 :], start=header + 2)
        if any(_at(row, at).text.strip() or _at(row, at).is_formula for at in columns.values())
    )
    if not applicants:
        raise VerifyError(
            "list-empty",
            "Danh sách thí sinh không có dòng nào dưới dòng tiêu đề.",
            "The list of applicants has no row below its titles.",
        )
    return applicants


def _find_header(rows: Rows) -> tuple[int, dict[Column, int]]:
    for number, row in enumerate(rows[:_HEADER_ROWS]):
        columns: dict[Column, int] = {}
        for at, cell in enumerate(row):
            column = _column(cell.text)
            if column in columns:
                raise VerifyError(
                    "list-column-twice",
                    f"Danh sách có hai cột cùng nghĩa “{cell.text.strip()[:60]}”; hãy xoá bớt hoặc đổi tên một cột.",
                    f'Two columns of the list mean the same, "{cell.text.strip()[:60]}"; delete or rename one.',
                )
            if column is not None:
                columns[column] = at
        if _suffices(columns):
            return number, columns
    raise VerifyError(
        "list-columns",
        "Không thấy dòng tiêu đề của danh sách. Cần “Họ và tên” và “Ngày sinh”, hoặc một trong các cột “Mã học bạ”, "
        "“Số định danh cá nhân”, “Mã học sinh”.",
        'No row of titles was found in the list. It needs "Full name" and "Date of birth", or one of "Serial", '
        '"Personal ID", "Student code".',
    )


def _column(title: str) -> Column | None:
    plain = " ".join(_TITLE_NOISE.sub(" ", bare_name(title[:200])).split())
    return next((column for column, titles in _TITLES.items() if plain in titles), None)


def _suffices(columns: Mapping[Column, int]) -> bool:
    has_name = Column.FULL_NAME in columns or {Column.FAMILY_NAME, Column.GIVEN_NAME} <= columns.keys()
    has_code = bool({Column.SERIAL, Column.PERSONAL_ID, Column.STUDENT_CODE} & columns.keys())
    return has_code or (has_name and Column.BIRTH_DATE in columns)


def _applicant(row: list[Cell], number: int, columns: Mapping[Column, int], shift: int) -> Applicant:
    cells = {column: _at(row, columns[column]) if column in columns else EMPTY for column in Column}
    for column, cell in cells.items():
        if cell.is_formula:
            raise _wrong(
                number,
                columns[column],
                "là công thức; hãy dán lại dạng giá trị",
                "is a formula; paste values",
            )
    try:
        name = _text(cells[Column.FULL_NAME]) or " ".join(
            filter(None, (_text(cells[Column.FAMILY_NAME]), _text(cells[Column.GIVEN_NAME])))
        )
        values = {
            column: _text(cells[column]) for column in (Column.LABEL, Column.STUDENT_CODE, Column.SERIAL)
        }
    except ValueError:
        raise _wrong(
            number, 0, "có ký tự ẩn; hãy gõ lại dòng", "holds an invisible character; retype it"
        ) from None
    return Applicant(
        row=number,
        label=values[Column.LABEL],
        full_name=name,
        birth_date=_birth_date(cells[Column.BIRTH_DATE], number, columns, shift),
        student_code=_student_code(values[Column.STUDENT_CODE], number, columns),
        personal_id=_personal_id(cells[Column.PERSONAL_ID], number, columns),
        serial=_serial(values[Column.SERIAL], number, columns),
    )


def _at(row: list[Cell], at: int) -> Cell:
    return row[at] if at < len(row) else EMPTY


def _text(cell: Cell) -> str:
    """Return the text of a cell in NFC with single spaces; a whole number as its digits."""
    text = cell.text
    if cell.is_number and text:
        try:
            number = Decimal(text)
            if number == number.to_integral_value() and abs(number) < Decimal(10) ** 15:
                text = str(int(number))
        except InvalidOperation:
            raise ValueError(text) from None
    clean = " ".join(unicodedata.normalize("NFC", text).split())
    # An apostrophe before a code is how people keep its zeros, and how our own exports keep a text a text.
    clean = clean.removeprefix("'")
    if any(unicodedata.category(each) in _INVISIBLE for each in clean):
        raise ValueError(text)
    return clean


def _birth_date(cell: Cell, number: int, columns: Mapping[Column, int], shift: int) -> dt.date | None:
    text = cell.text.strip().removeprefix("'")
    if not text:
        return None
    try:
        if cell.is_number:
            days = int(Decimal(text)) + shift
            if days in _DAYS:
                return _FIRST_DAY + dt.timedelta(days=days)
        elif match := _DATE.fullmatch(text):
            return dt.date(int(match[3]), int(match[2]), int(match[1]))
        elif match := _ISO_DATE.fullmatch(text):
            return dt.date(int(match[1]), int(match[2]), int(match[3]))
    except (ValueError, OverflowError, InvalidOperation):
        pass
    raise _wrong(
        number,
        columns[Column.BIRTH_DATE],
        "phải là ngày, ví dụ 05/09/2010",
        "must be a day, such as 05/09/2010",
    )


def _student_code(code: str, number: int, columns: Mapping[Column, int]) -> str:
    if code and not _CODE.fullmatch(code):
        raise _wrong(number, columns[Column.STUDENT_CODE], "không phải mã học sinh", "is no student code")
    return code


def _personal_id(cell: Cell, number: int, columns: Mapping[Column, int]) -> str:
    try:
        digits = _text(cell)
    except ValueError:
        digits = "?"
    # A number cell of 10 or 11 digits lost one or two zeros for certain: province codes are 001 to 096.
    if cell.is_number and len(digits) in {10, 11}:
        digits = digits.rjust(12, "0")
    # Older identity cards (CMND, 9 digits) stand in such columns too; no transcript has them, so they say nothing.
    if len(digits) == 9 and digits.isdecimal():
        return ""
    if digits and not _PERSONAL_ID.fullmatch(digits):
        raise _wrong(number, columns[Column.PERSONAL_ID], "phải đủ 12 chữ số", "must have exactly 12 digits")
    return digits


def _serial(text: str, number: int, columns: Mapping[Column, int]) -> str:
    try:
        return parse_typed_serial(text) if text else ""
    except SchemaError:
        raise _wrong(number, columns[Column.SERIAL], "không phải mã học bạ", "is no serial") from None


def _wrong(number: int, at: int, vi: str, en: str) -> VerifyError:
    letter = chr(65 + at) if at < 26 else f"{chr(64 + at // 26)}{chr(65 + at % 26)}"
    return VerifyError(
        "list-value",
        f"Danh sách thí sinh, ô {letter}{number}: giá trị {vi}.",
        f"The list of applicants, cell {letter}{number}: the value {en}.",
    )

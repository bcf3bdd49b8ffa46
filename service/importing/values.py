"""Cell values as people type them → values as the transcript writes them, or a refusal that says what to type.

Only what is certain is mended: decimal commas, spaces, decomposed Unicode, two lost zeros of a personal ID.
Knows neither sheets nor rows.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import TypeAlias, TypeVar

from schemas.letters import strange_letter
from schemas.transcript.model import Promotion
from schemas.transcript.rulesets.tt22_2021 import Level
from service.errors import ServiceError
from service.importing.legacy_fonts import is_of_legacy_font

CellValue: TypeAlias = int | float | str | bool | dt.time | dt.date | dt.datetime | dt.timedelta

_Word = TypeVar("_Word", bound=StrEnum)
_DATE = re.compile(r"([0-9]{1,2})([/.-])([0-9]{1,2})\2([0-9]{4})")
_MARK = re.compile(r"(10|[0-9])(?:[.,]([0-9]))?")
_STUDENT_CODE = re.compile(r"[0-9A-Za-z._-]{1,20}")
_PERSONAL_ID = re.compile(r"[0-9]{12}")
_COMMENTS = {"Đ": "Đ", "ĐẠT": "Đ", "CĐ": "CĐ", "CHƯA ĐẠT": "CĐ", "M": "M", "MIỄN": "M"}
_LEVELS = {level.casefold(): level for level in Level} | {
    "t": Level.GOOD,
    "k": Level.FAIR,
    "đ": Level.PASS,
    "cđ": Level.FAIL,
}
_PROMOTIONS = {promotion.casefold(): promotion for promotion in Promotion} | {
    "lên lớp": Promotion.PROMOTED,
    "không lên lớp": Promotion.NOT_PROMOTED,
    "lưu ban": Promotion.NOT_PROMOTED,
    "ở lại": Promotion.NOT_PROMOTED,
    "ở lại lớp": Promotion.NOT_PROMOTED,
}
"""The words of the form, and those of the systems' sheets."""
_GENDERS = {"nam": "Nam", "nữ": "Nữ"}
_ERRORS = frozenset(("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!"))
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def shown(value: CellValue) -> str:
    """Return a cell value as a complaint shows it."""
    if isinstance(value, dt.datetime | dt.date):
        return value.strftime("%d/%m/%Y")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)[:100]


def text(value: CellValue) -> str:
    """Return text in NFC with single spaces, of Latin letters; a whole number counts as its digits.

    Raises:
        ServiceError: `text-strange-letter`, or what `prose` raises.
    """
    clean = prose(value)
    strange = strange_letter(clean)
    if strange is not None:
        raise ServiceError("text-strange-letter", strange.vi, strange.en)
    return clean


def name_as_written(value: CellValue) -> str:
    """Return a name as text; what a family's name holds beside it ("mất 2015") is theirs.

    Raises:
        ServiceError: `name-legacy-font`, or what `text` raises.
    """
    if isinstance(value, str) and is_of_legacy_font(value):
        raise ServiceError(
            "name-legacy-font",
            "Họ tên gõ bằng bảng mã cũ (TCVN3/ABC hoặc VNI), không phải Unicode; hãy chuyển cả tệp sang Unicode (ví dụ "
            "bằng UniKey Toolkit) rồi nhập lại.",
            "The name is in an encoding of before Unicode (TCVN3/ABC or VNI); convert the whole file to Unicode (with "
            "UniKey Toolkit, for example) and import it again.",
        )
    return text(value)


def person_name(value: CellValue) -> str:
    """Return the name of a learner or of who signs.

    Raises:
        ServiceError: `name-digit`, or what `name_as_written` raises.
    """
    name = name_as_written(value)
    if any(character.isdecimal() for character in name):
        raise ServiceError(
            "name-digit",
            "Họ tên có chữ số; hãy xoá chữ số. Hai người trùng họ tên được phân biệt bằng mã và ngày sinh.",
            "The name holds a digit; delete it. Two people of one name are told apart by code and birth date.",
        )
    return name


def remark(value: CellValue) -> str:
    """Return a remark of up to 1,000 characters; raises as `prose`."""
    return prose(value, longest=1000)


def prose(value: CellValue, *, longest: int = 200) -> str:
    """Return text in NFC with single spaces, in whatever script; a whole number counts as its digits.

    Raises:
        ServiceError: `cell-error`, `text-invisible-character`, `text-too-long`, `text-expected`.
    """
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    if not isinstance(value, int | str) or isinstance(value, bool):
        raise ServiceError(
            "text-expected",
            "Ô này phải là chữ; hãy định dạng ô là Văn bản (Text) rồi gõ lại.",
            "This cell must hold text; format it as Text and type it again.",
        )
    clean = " ".join(unicodedata.normalize("NFC", str(value)).split())
    if clean in _ERRORS:
        raise ServiceError(
            "cell-error",
            f"Ô đang báo lỗi {clean} của bảng tính; hãy xoá ô rồi gõ giá trị đúng.",
            f"The cell shows the spreadsheet's error {clean}; clear it and type the right value.",
        )
    # Whatever is invisible is not printable either, and nearly every text is.
    for character in "" if clean.isprintable() else clean:
        if unicodedata.category(character) in _INVISIBLE:
            name = unicodedata.name(character, "?")
            raise ServiceError(
                "text-invisible-character",
                f"Ô có ký tự ẩn U+{ord(character):04X} ({name}); hãy xoá ô rồi gõ lại bằng tay.",
                f"The cell holds the invisible character U+{ord(character):04X} ({name}); clear and retype it.",
            )
    if len(clean) > longest:
        raise ServiceError(
            "text-too-long",
            f"Nội dung dài {len(clean)} chữ, tối đa {longest}; hãy viết ngắn lại.",
            f"The text has {len(clean)} characters, at most {longest} fit; shorten it.",
        )
    return clean


def identifier(value: CellValue) -> str:
    """Return a code as text; a number cell may have lost zeros or digits.

    Raises:
        ServiceError: `identifier-number`, or what `text` raises.
    """
    if isinstance(value, int | float):
        raise ServiceError(
            "identifier-number",
            "Mã nằm trong ô kiểu số, có thể đã mất số 0 ở đầu; hãy định dạng cột là Văn bản (Text) rồi gõ lại.",
            "The code is in a number cell and may have lost leading zeros; format the column as Text and retype it.",
        )
    return text(value)


def student_code(value: CellValue) -> str:
    """Return a student code.

    Raises:
        ServiceError: `student-code-invalid`, or what `identifier` raises.
    """
    code = identifier(value)
    if not _STUDENT_CODE.fullmatch(code):
        raise ServiceError(
            "student-code-invalid",
            "Mã học sinh chỉ gồm chữ không dấu, số và . _ -, tối đa 20 ký tự, ví dụ 0100000001.",
            "A student code has unaccented letters, digits and . _ - only, at most 20, such as 0100000001.",
        )
    return code


def personal_id(value: CellValue) -> tuple[str, bool]:
    """Return a 12-digit personal ID, and whether lost zeros were put back.

    A number of 10 or 11 digits in a number cell lost one or two zeros for certain: the first three digits are the
    province, 001 to 096.

    Raises:
        ServiceError: `personal-id-invalid`, or what `text` raises.
    """
    digits = text(value)
    is_number = isinstance(value, int | float)
    restored = is_number and len(digits) in (10, 11)
    digits = digits.rjust(12, "0") if restored else digits
    if not _PERSONAL_ID.fullmatch(digits):
        raise ServiceError(
            "personal-id-invalid",
            "Số định danh cá nhân phải đủ 12 chữ số, ví dụ 001214000123.",
            "A personal ID has exactly 12 digits, such as 001214000123.",
        )
    return digits, restored


# A school has a million marks, and a few hundred spellings of them; a refusal is not remembered.
@lru_cache(maxsize=1024, typed=True)
def mark(value: CellValue) -> str:
    """Return a mark as the transcript writes it: "8.0", "Đ", "CĐ" or "M".

    Raises:
        ServiceError: `mark-invalid`, `mark-is-date`, or what `prose` raises.
    """
    if isinstance(value, dt.date | dt.time | dt.timedelta):
        raise ServiceError(
            "mark-is-date",
            "Excel đã đổi ô này thành ngày giờ; hãy định dạng ô là Số (Number) rồi gõ lại điểm, ví dụ 8,5.",
            "The spreadsheet turned this cell into a date; format it as Number and type the mark again, such as 8,5.",
        )
    written = str(Decimal(repr(value))) if isinstance(value, float) else prose(value)
    known = _COMMENTS.get(written.replace("\u00d0", "Đ").upper())
    if known:
        return known
    match = _MARK.fullmatch(written)
    if not match or (match[1] == "10" and match[2] not in (None, "0")):
        raise ServiceError(
            "mark-invalid",
            "Điểm phải từ 0 đến 10, nhiều nhất một chữ số thập phân (8 hoặc 8,5); hoặc Đ, CĐ, M (miễn).",
            "A mark lies between 0 and 10 with at most one decimal (8 or 8,5); or it is Đ, CĐ, M (exempt).",
        )
    return f"{match[1]}.{match[2] or 0}"


def date(value: CellValue) -> dt.date:
    """Return a date from a date cell or from dd/mm/yyyy; nothing else is read, for it could mean two days.

    Raises:
        ServiceError: `date-invalid`, or what `text` raises.
    """
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    match = _DATE.fullmatch(text(value)) if isinstance(value, str) else None
    try:
        if match:
            return dt.date(int(match[4]), int(match[3]), int(match[1]))
    except ValueError:
        pass
    raise ServiceError(
        "date-invalid",
        "Ngày phải viết dd/mm/yyyy với năm đủ bốn chữ số, ví dụ 05/09/2014.",
        "A date is written dd/mm/yyyy with a four-digit year, such as 05/09/2014.",
    )


def whole_number(value: CellValue) -> int:
    """Return a whole number from 0 to 366.

    Raises:
        ServiceError: `number-invalid`, or what `text` raises.
    """
    written = text(value)
    if not re.fullmatch(r"[0-9]{1,3}", written) or int(written) > 366:
        raise ServiceError(
            "number-invalid",
            "Ô này phải là số nguyên từ 0 đến 366, ví dụ 3.",
            "This cell must hold a whole number from 0 to 366, such as 3.",
        )
    return int(written)


def level(value: CellValue) -> Level:
    """Return a level of learning or conduct.

    Raises:
        ServiceError: `level-invalid`, or what `text` raises.
    """
    found = _LEVELS.get(text(value).casefold())
    if found is None:
        raise ServiceError(
            "level-invalid",
            "Mức phải là Tốt, Khá, Đạt hoặc Chưa đạt.",
            "The level must be Tốt, Khá, Đạt or Chưa đạt.",
        )
    return found


def promotion(value: CellValue) -> Promotion:
    """Return the result at the end of the year.

    Raises:
        ServiceError: `promotion-invalid`, or what `text` raises.
    """
    found = _PROMOTIONS.get(text(value).casefold())
    if found is None:
        raise ServiceError(
            "promotion-invalid",
            f"Kết quả cuối năm phải là một trong: {'; '.join(Promotion)}.",
            f"The result of the year must be one of: {'; '.join(Promotion)}.",
        )
    return found


def gender(value: CellValue) -> str:
    """Return "Nam" or "Nữ".

    Raises:
        ServiceError: `gender-invalid`, or what `text` raises.
    """
    found = _GENDERS.get(text(value).casefold())
    if found is None:
        raise ServiceError("gender-invalid", "Giới tính phải là Nam hoặc Nữ.", "Gender must be Nam or Nữ.")
    return found


def one_of(words: Mapping[str, _Word]) -> Callable[[CellValue], _Word]:
    """Return what reads one of some words, whatever its case.

    What it returns raises ServiceError: `word-unknown`, or what `text` raises.
    """

    def parse(value: CellValue) -> _Word:
        found = words.get(text(value).casefold())
        if found is None:
            raise _word_unknown(dict.fromkeys(words.values()))
        return found

    return parse


def _word_unknown(words: Mapping[StrEnum, None]) -> ServiceError:
    shown = ", ".join(words)
    return ServiceError(
        "word-unknown", f"Ô này phải là một trong: {shown}.", f"This cell must be one of: {shown}."
    )

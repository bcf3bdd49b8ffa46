"""The issuance register (sổ theo dõi cấp học bạ): what a school gave out in a calendar year, numbered and in order.

It is derived from what was recorded, so nothing can be left out of it, moved or numbered anew: a number is the place
among the entries of the public record, which only grows. Offices of the Sở keep such a book by NĐ 30/2020 (số, ký
hiệu, ngày, người ký, nơi nhận); the abbreviations of ký hiệu are the project's own (?).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from schemas.errors import Text
from schemas.profiles import FORMS, DocumentForm
from schemas.serial import display_serial
from schemas.transcript.model import parse_transcript
from schemas.vietnam_time import VIETNAM, day_in_vietnam
from service.errors import ServiceError
from service.storage.records import Issuance, Standing
from service.storage.register import Register
from verify import spreadsheet
from verify.spreadsheet import Sheet

FIRST_YEAR: Final = 2020
_FORMS: Final = {
    DocumentForm.TRANSCRIPT: ("HB", Text("Học bạ", "Transcript")),
    DocumentForm.EXTRACT: ("TL", Text("Trích lục học bạ", "Extract")),
    DocumentForm.TRANSFER_SUMMARY: ("TT", Text("Bản tóm tắt để chuyển trường", "Summary for a transfer")),
}
_STANDINGS: Final = {
    Standing.CURRENT: Text("Đang có hiệu lực", "In force"),
    Standing.SUPERSEDED: Text("Đã có bản đính chính", "Replaced by a corrected version"),
    Standing.REVOKED: Text("Đã thu hồi", "Revoked"),
}
_NAME: Final = Text("Sổ cấp học bạ", "Issuance register")
_RECIPIENT: Final = Text("Học sinh và gia đình; lưu văn thư", "Student and family; school office")
_TITLES: Final = (
    Text("Số", "No."),
    Text("Ký hiệu", "Symbol"),
    Text("Ngày cấp", "Issued on"),
    Text("Loại", "Document"),
    Text("Lần cấp", "Issue"),
    Text("Họ và tên học sinh", "Student"),
    Text("Mã học sinh", "Student code"),
    Text("Lớp", "Class"),
    Text("Năm học", "School year"),
    Text("Người ký", "Signed by"),
    Text("Nơi nhận", "Recipients"),
    Text("Số hiệu", "Serial"),
    Text("Tình trạng", "State"),
)


@dataclass(frozen=True, slots=True)
class RegisterEntry:
    """One line of the book."""

    number: int
    """From 1 in each calendar year of Vietnam, in the order of the public record."""
    issued_on: dt.date
    form: DocumentForm
    student_name: str
    signed_by: str
    """As on the document: on whose behalf, the title, the name."""
    issuance: Issuance

    @property
    def symbol(self) -> str:
        """Return ký hiệu: the number, the kind of document and the school."""
        return f"{self.number}/{_FORMS[self.form][0]}-{self.issuance.school_code}"

    @property
    def form_words(self) -> Text:
        """Return what kind of document it is."""
        return _FORMS[self.form][1]

    @property
    def standing_words(self) -> Text:
        """Return what it is worth today."""
        return _STANDINGS[self.issuance.standing]


def entries_of_year(
    register: Register, school: str, year: int, *, start: int = 0, count: int | None = None
) -> tuple[RegisterEntry, ...]:
    """Return lines of a school's book of a calendar year: `count` of them after the first `start`, or all others.

    Raises:
        ServiceError: `register-year` where the year cannot be one.
    """
    issued = register.recorded(school, *_seconds_of(year), start=start, count=count)
    return tuple(_entry(number, issuance) for number, issuance in enumerate(issued, start + 1))


def count_of_year(register: Register, school: str, year: int) -> int:
    """Return how many lines a school's book of a calendar year has.

    Raises:
        ServiceError: `register-year`.
    """
    return register.count_recorded(school, *_seconds_of(year))


def table_of(entries: Sequence[RegisterEntry], *, english: bool = False) -> list[list[str]]:
    """Return titles and rows, every value a text; dates as they are written in Vietnam."""

    def said(text: Text) -> str:
        return text.en if english else text.vi

    return [
        [said(title) for title in _TITLES],
        *(
            [
                str(one.number),
                one.symbol,
                f"{one.issued_on:%d/%m/%Y}",
                said(one.form_words),
                str(one.issuance.version),
                one.student_name,
                one.issuance.student_code,
                one.issuance.class_name,
                one.issuance.school_year,
                one.signed_by,
                said(_RECIPIENT),
                display_serial(one.issuance.serial),
                said(one.standing_words),
            ]
            for one in entries
        ),
    ]


def format_register(entries: Sequence[RegisterEntry], suffix: str, *, english: bool = False) -> bytes:
    """Return the book as a file of this kind: `.xlsx` or `.csv`. A spreadsheet program computes nothing in it.

    Raises:
        ServiceError: `register-file-kind`.
    """
    rows = table_of(entries, english=english)
    if suffix == ".xlsx":
        return spreadsheet.format_xlsx(Sheet(_NAME.en if english else _NAME.vi, rows))
    if suffix == ".csv":
        return spreadsheet.format_csv(rows)
    raise ServiceError(
        "register-file-kind",
        "Sổ cấp học bạ chỉ xuất ra tệp .xlsx hoặc .csv; hãy đặt tên tệp như vậy.",
        "The register is written as .xlsx or .csv; name the file so.",
    )


def _seconds_of(year: int) -> tuple[int, int]:
    if not FIRST_YEAR <= year <= dt.MAXYEAR - 1:
        raise ServiceError(
            "register-year",
            f"Năm của sổ phải là năm dương lịch từ {FIRST_YEAR}, viết bằng bốn chữ số.",
            f"The year of a register is a calendar year from {FIRST_YEAR}, in four digits.",
        )
    first, after = (dt.datetime(one, 1, 1, tzinfo=VIETNAM) for one in (year, year + 1))
    return int(first.timestamp()), int(after.timestamp())


def _entry(number: int, issuance: Issuance) -> RegisterEntry:
    said = parse_transcript(issuance.data)
    who = said.signatory
    return RegisterEntry(
        number=number,
        issued_on=day_in_vietnam(dt.datetime.fromtimestamp(issuance.issued_at, dt.UTC)),
        form=FORMS[issuance.profile],
        student_name=said.learner.full_name,
        signed_by=", ".join(part for part in (who.name, who.title, who.on_behalf) if part),
        issuance=issuance,
    )

"""The words of a year of lower and upper secondary school: page A and page B, under TT 22/2021 and TT 58/2011."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

from schemas.transcript.model import Promotion, SubjectResult, YearTT22, YearTT58, kind_of
from service.pdf.fields import FULL_WIDTH, MM, Even, Field, Room
from service.pdf.glyphs import Face
from service.pdf.words import (
    NOTHING,
    STAGES,
    confirmed_on,
    day,
    place_and_day,
    school_line,
    subject_titles,
    titles,
)

SecondaryYear: TypeAlias = YearTT22 | YearTT58

COLUMNS: Final = ("semester1", "semester2", "year", "reassessed")
TIMES: Final = ("semester1", "semester2", "year", "after")

# The columns of the templates, less the insets of their cells.
_CLASS: Final = Room(Face.BOLD, 11.5, 28 * MM, "Lớp")
_CLASS_OF_PROCESS: Final = Room(Face.REGULAR, 11.5, 18 * MM - 10)
_NAME: Final = Room(Face.BOLD, 11.5, 94 * MM, "Họ và tên")
_TEACHER: Final = Room(Face.ITALIC, 9.5, 70 * MM - 8)
_REMARK: Final = Room(Face.REGULAR, 10.5, 70 * MM - 8)
_HOMEROOM: Final = Room(Face.BOLD, 11.5, 70 * MM)
_RESULT: Final = Room(Face.BOLD, 11.5, FULL_WIDTH, "Kết quả cuối năm học")
_BOX: Final = Room(Face.REGULAR, 11.5, 164 * MM)

NAME_ROOMS: Final = (_NAME,)
"""Where a year says the learner's name."""

_WORDS_TT22: Final = {
    "rules": None,
    "results": "KẾT QUẢ RÈN LUYỆN VÀ ĐÁNH GIÁ",
    "marks": "Điểm trung bình môn học hoặc mức đánh giá",
    "again": "Điểm hoặc mức sau đánh giá lại (nếu có)",
    "remarks": "Nhận xét sự tiến bộ, ưu điểm nổi bật, hạn chế chủ yếu (nếu có); giáo viên môn học",
    "conduct": "Kết quả rèn luyện",
    "learning": "Kết quả học tập",
    "after": "Sau đánh giá lại hoặc rèn luyện trong kì nghỉ hè",
}
_WORDS_TT58: Final = {
    "rules": (
        "Năm học được đánh giá theo Thông tư 58/2011/TT-BGDĐT; kết quả được giữ nguyên như đã ghi trong học bạ của "
        "năm đó."
    ),
    "results": "KẾT QUẢ XẾP LOẠI HẠNH KIỂM, HỌC LỰC",
    "marks": "Điểm trung bình hoặc xếp loại",
    "again": "Điểm hoặc xếp loại sau kiểm tra lại (nếu có)",
    "remarks": "Nhận xét (nếu có); giáo viên bộ môn",
    "conduct": "Hạnh kiểm",
    "learning": "Học lực",
    "after": "Sau kiểm tra lại hoặc rèn luyện thêm trong kì nghỉ hè",
}


def words_of(year: SecondaryYear) -> Mapping[str, str | None]:
    """Return the headings that differ from one ruleset to the other."""
    return _WORDS_TT58 if isinstance(year, YearTT58) else _WORDS_TT22


def promotion_of(year: SecondaryYear) -> str:
    """Return the result at the end of the year; the last grade names the level that was completed."""
    if year.promotion is Promotion.COMPLETED:
        return f"Hoàn thành chương trình {STAGES[kind_of(year.grade)].lower()}"
    return year.promotion or ""


def year_form(year: SecondaryYear) -> dict[str, object]:
    """Return what is the same for every student of the year's form."""
    corrections = year.corrections
    return {
        "school_year": year.school_year,
        "school": school_line(year.school, year.school_year),
        "subjects": subject_titles(year),
        "words": words_of(year),
        "remarks": _has_remarks(year),
        "averages": isinstance(year, YearTT58),
        "honour": isinstance(year, YearTT58),
        "corrections": None
        if corrections is None
        else {"count": str(corrections.count), "subjects": "; ".join(corrections.subjects)},
        "principal": titles(year.principal),
        # A line that is missing moves those below it, so it belongs to the form.
        "confirmed": confirmed_on(year) is not None,
        "remark": year.homeroom_remark is not None,
        "from_another": year.source is not None,
        "approved": day(year.approved_on),
        "approved_at": place_and_day(year.place, year.approved_on),
    }


def year_fields(at: str, year: SecondaryYear) -> Iterator[Field]:
    """Yield the fields of a year, their names beginning with `at`."""
    yield Field(f"{at}class", year.class_name, (_CLASS, _CLASS_OF_PROCESS))
    yield Field(f"{at}homeroom", year.homeroom_teacher, (_HOMEROOM,))
    yield Field(f"{at}absences", str(year.absences))
    yield Field(f"{at}promotion", promotion_of(year), (_RESULT,))
    yield Field(f"{at}certificates", year.certificates or NOTHING, (_BOX,), wraps=True)
    yield Field(f"{at}awards", year.awards or NOTHING, (_BOX,), wraps=True)
    if year.homeroom_remark is not None:
        yield Field(f"{at}remark", year.homeroom_remark, (_BOX,), wraps=True)
    for time in TIMES:
        yield Field(f"{at}conduct.{time}", getattr(year.conduct, time) or "")
        yield Field(f"{at}learning.{time}", getattr(year.learning, time) or "")
    if isinstance(year, YearTT58):
        yield Field(f"{at}honour", year.honour or "")
        for time in TIMES:
            yield Field(f"{at}averages.{time}", mark_text(getattr(year.averages, time)))
    confirmed = confirmed_on(year)
    if confirmed is not None:
        yield Field(f"{at}confirmed", confirmed)
    for number, row in enumerate(year.subjects):
        yield from _row_fields(f"{at}{number}.", row)
    if _has_remarks(year):
        even = Even(f"{at}remarks", 1, 2)
        for number, row in enumerate(year.subjects):
            yield Field(f"{at}{number}.remark", row.remark or "", (_REMARK,), wraps=True, even=even)


def _has_remarks(year: SecondaryYear) -> bool:
    """Whether a subject of the year has a remark: where none has, rows keep no line for one."""
    return any(row.remark for row in year.subjects)


def _row_fields(at: str, row: SubjectResult) -> Iterator[Field]:
    for column in COLUMNS:
        yield Field(f"{at}{column}", mark_text(getattr(row, column)))
    yield Field(f"{at}teacher", row.teacher, (_TEACHER,))


def mark_text(mark: str | None) -> str:
    """Return a mark with its decimal comma; nothing where there is none."""
    return (mark or "").replace(".", ",")

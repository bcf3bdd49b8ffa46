"""Subjects and educational activities: code, number in the QR, printed name, kind of assessment.

Versioned data, after Chương trình GDPT 2018 and TT 22/2021/TT-BGDĐT, Điều 5–6. Numbers are fixed in
docs/formats/qr.md and never reused.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class AssessmentKind(StrEnum):
    """How a subject is assessed (TT 22/2021, Điều 5): by marks and remarks, or by remarks alone."""

    SCORED = "diem-so"
    COMMENT = "nhan-xet"


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject or activity; `number` is its byte in the QR, `periods` the periods a year by grade."""

    code: str
    number: int
    name: str
    kind: AssessmentKind
    compulsory: bool
    periods: dict[int, int]


def _lower_secondary(
    code: str,
    number: int,
    name: str,
    periods: int | tuple[int, int, int, int],
    *,
    comment: bool = False,
    chosen: bool = False,
) -> Subject:
    by_grade = periods if isinstance(periods, tuple) else (periods,) * 4
    kind = AssessmentKind.COMMENT if comment else AssessmentKind.SCORED
    return Subject(code, number, name, kind, not chosen, dict(zip(range(6, 10), by_grade, strict=True)))


LOWER_SECONDARY = (
    _lower_secondary("ngu-van", 1, "Ngữ văn", 140),
    _lower_secondary("toan", 2, "Toán", 140),
    _lower_secondary("ngoai-ngu-1", 3, "Ngoại ngữ 1", 105),
    _lower_secondary("gdcd", 4, "Giáo dục công dân", 35),
    _lower_secondary("lich-su-dia-li", 5, "Lịch sử và Địa lí", 105),
    _lower_secondary("khtn", 6, "Khoa học tự nhiên", 140),
    _lower_secondary("cong-nghe", 7, "Công nghệ", (35, 35, 52, 52)),
    _lower_secondary("tin-hoc", 8, "Tin học", 35),
    _lower_secondary("gdtc", 9, "Giáo dục thể chất", 70, comment=True),
    _lower_secondary("nghe-thuat", 10, "Nghệ thuật", 70, comment=True),
    _lower_secondary("gd-dia-phuong", 11, "Nội dung giáo dục của địa phương", 35, comment=True),
    _lower_secondary("hdtn-hn", 12, "Hoạt động trải nghiệm, hướng nghiệp", 105, comment=True),
    _lower_secondary("ngoai-ngu-2", 13, "Ngoại ngữ 2", 105, chosen=True),
    _lower_secondary("tieng-dtts", 14, "Tiếng dân tộc thiểu số", 105, chosen=True),
)

SUBJECTS: dict[str, Subject] = {subject.code: subject for subject in LOWER_SECONDARY}
SUBJECTS_BY_NUMBER: dict[int, Subject] = {subject.number: subject for subject in LOWER_SECONDARY}

"""What the years and the transcript are made of: text, marks, schools, people, confirmations.

Everything here is a member of some document of docs/formats/transcript.md; nothing knows a year or a ruleset.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from schemas.canonical import check_text
from schemas.errors import SchemaError
from schemas.serial import parse_serial
from schemas.transcript.rulesets import Ruleset, ruleset_for
from schemas.transcript.subjects import CURRICULUM, SUBJECTS


def _clean(value: str) -> str:
    try:
        check_text(value, "$")
    except SchemaError as error:
        raise ValueError(error.code) from error
    if value != value.strip() or "  " in value:
        raise ValueError("text-spaces")
    return value


def _known_subject(code: str) -> str:
    if code not in SUBJECTS:
        raise ValueError("subject-unknown")
    return code


def _serial(value: str) -> str:
    try:
        return parse_serial(value)
    except SchemaError as error:
        raise ValueError(error.code) from error


def _whole_seconds(value: dt.datetime) -> dt.datetime:
    if value.utcoffset() != dt.timedelta(0) or value.microsecond:
        raise ValueError("time-not-whole-utc-seconds")
    return value.replace(tzinfo=dt.UTC)


Line = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_clean)]
Remark = Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(_clean)]
SchoolCode = Annotated[str, Field(pattern=r"^[0-9A-Z][0-9A-Z-]{0,19}$")]
Serial = Annotated[str, AfterValidator(_serial)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Mark = Annotated[
    str, Field(pattern=r"^(?:10\.0|[0-9]\.[0-9]|Đ|CĐ|M)$", description='"8.0", "Đ", "CĐ", or "M" (miễn)')
]
SubjectCode = Annotated[str, AfterValidator(_known_subject)]
SCHOOL_YEAR: Final = r"^20[0-9]{2}-20[0-9]{2}$"
SchoolYear = Annotated[str, Field(pattern=SCHOOL_YEAR)]
Time = Annotated[dt.datetime, AfterValidator(_whole_seconds)]


class Part(BaseModel):
    """A part of a document: frozen, nothing unknown in it, no type but the one named."""

    # What does not fit is personal data: an error says where it is, never what.
    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, populate_by_name=True, hide_input_in_errors=True
    )


class Promotion(StrEnum):
    """Kết quả cuối năm học (TT 22/2021, Điều 12–14)."""

    PROMOTED = "Được lên lớp"
    PROMOTED_AFTER = "Được lên lớp sau đánh giá lại"
    NOT_PROMOTED = "Không được lên lớp"
    COMPLETED = "Hoàn thành chương trình cấp học"


class School(Part):
    """A school as printed; `district` only in documents of years before 1 July 2025."""

    code: SchoolCode
    name: Line
    commune: Line
    district: Line | None = None
    province: Line

    def in_year(self, school_year: str) -> School:
        """Return the school as a year prints it: districts ended on 1 July 2025, with the year 2024-2025."""
        return self if school_year < "2025" else self.model_copy(update={"district": None})


class Person(Part):
    """A parent or guardian, as on the information page."""

    name: Line
    occupation: Line | None = None


class Signatory(Part):
    """Who signs for the school; `on_behalf` is set where a deputy signs for the principal (KT. HIỆU TRƯỞNG)."""

    name: Line
    title: Line
    on_behalf: Line | None = None


class Learner(Part):
    """The information page. `personal_id` is the 12-digit số định danh cá nhân."""

    student_code: Annotated[str, Field(pattern=r"^[0-9A-Za-z._-]{1,20}$")]
    personal_id: Annotated[str, Field(pattern=r"^[0-9]{12}$")] | None = None
    record_code: Line | None = None
    nationality: Line | None = Field(default=None, description="quốc tịch, on the form of primary school")
    home_town: Line | None = Field(default=None, description="quê quán, on the form of primary school")
    register_number: Line
    full_name: Line
    gender: Literal["Nam", "Nữ"]
    birth_date: dt.date
    birth_place: Line
    ethnicity: Line
    policy_category: Line | None = None
    address: Line
    father: Person | None = None
    mother: Person | None = None
    guardian: Person | None = None


class Confirmation(Part):
    """A teacher's confirmation of the rows with this digest (SHA-256 of their canonical JSON)."""

    role: Literal["subject-teacher", "homeroom-teacher"]
    name: Line
    subject: str | None = None
    at: Time
    rows: Digest


class SourceDocument(Part):
    """The document of another school that a year was taken from."""

    serial: Serial
    data: Digest


class YearPart(Part):
    """What every year has, whatever its ruleset: when, which class, where, who answers for it."""

    school_year: SchoolYear
    grade: int
    class_name: Line
    school: School
    awards: Remark | None = None
    homeroom_teacher: Line
    principal: Signatory
    place: Line
    approved_on: dt.date
    confirmations: tuple[Confirmation, ...] = ()
    source: SourceDocument | None = None


def is_school_year(written: str) -> bool:
    """Whether this is a school year in its one spelling: two years, the second the one after the first."""
    return bool(re.fullmatch(SCHOOL_YEAR[1:-1], written)) and int(written[5:]) == int(written[:4]) + 1


def check_school_year(school_year: str, grade: int, ruleset: Ruleset) -> None:
    """Check that a school year is one, and that the ruleset is the one in force for its grade.

    Raises:
        ValueError: `school-year`, `ruleset-for-year`, or a code of `ruleset_for`.
    """
    if not is_school_year(school_year):
        raise ValueError("school-year")
    try:
        in_force = ruleset_for(school_year, grade)
    except SchemaError as error:
        raise ValueError(error.code) from error
    if in_force is not ruleset:
        raise ValueError("ruleset-for-year")


def check_subjects(codes: Sequence[str], grade: int | None = None) -> None:
    """Check that no subject stands twice, and where a grade is given that it can be taught each.

    Raises:
        ValueError: `subject-twice`, `subject-of-grade`.
    """
    if len(set(codes)) != len(codes):
        raise ValueError("subject-twice")
    if grade is not None and any(CURRICULUM.find(code, grade) is None for code in codes):
        raise ValueError("subject-of-grade")

"""The transcript (học bạ) as data: one document per learner and level, attached to the PDF as canonical JSON.

A year is a member of a union chosen by `ruleset`, so that another level or ruleset only adds. Optional fields
are absent when empty, never null. `parse_transcript` and `format_transcript` are the only ways in and out of
bytes.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from schemas.canonical import canonical_bytes, check_text, parse_canonical
from schemas.errors import SchemaError
from schemas.serial import parse_serial
from schemas.transcript.rulesets import Ruleset, ruleset_for
from schemas.transcript.rulesets.tt22_2021 import Level
from schemas.transcript.subjects import SUBJECTS, AssessmentKind

SCHEMA: Final = "hocba/transcript/v1"
MAX_BYTES = 256 * 1024


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
SchoolYear = Annotated[str, Field(pattern=r"^20[0-9]{2}-20[0-9]{2}$")]
Time = Annotated[dt.datetime, AfterValidator(_whole_seconds)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True)


class Kind(StrEnum):
    """Cấp học: tiểu học, trung học cơ sở, trung học phổ thông."""

    PRIMARY = "th"
    LOWER_SECONDARY = "thcs"
    UPPER_SECONDARY = "thpt"


class RelationKind(StrEnum):
    """How a document relates to an earlier one."""

    FIRST = "first"
    CONTINUES = "continues"
    CORRECTS = "corrects"


class Promotion(StrEnum):
    """Kết quả cuối năm học (TT 22/2021, Điều 12–14)."""

    PROMOTED = "Được lên lớp"
    PROMOTED_AFTER = "Được lên lớp sau đánh giá lại"
    NOT_PROMOTED = "Không được lên lớp"
    COMPLETED = "Hoàn thành chương trình cấp học"


class School(_Part):
    """A school as printed; `district` only in documents of years before 1 July 2025."""

    code: SchoolCode
    name: Line
    commune: Line
    district: Line | None = None
    province: Line


class Person(_Part):
    """A parent or guardian, as on the information page."""

    name: Line
    occupation: Line | None = None


class Signatory(_Part):
    """Who signs for the school; `on_behalf` is set where a deputy signs for the principal (KT. HIỆU TRƯỞNG)."""

    name: Line
    title: Line
    on_behalf: Line | None = None


class Learner(_Part):
    """The information page. `personal_id` is the 12-digit số định danh cá nhân."""

    student_code: Annotated[str, Field(pattern=r"^[0-9A-Za-z._-]{1,20}$")]
    personal_id: Annotated[str, Field(pattern=r"^[0-9]{12}$")] | None = None
    record_code: Line | None = None
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


class SubjectResult(_Part):
    """One row of page A: marks of both semesters and the year, remark, and the teacher who answers for them."""

    subject: Annotated[str, AfterValidator(_known_subject)]
    title: Line | None = Field(
        default=None, description="the subject as taught, where it differs: Ngoại ngữ 1 (Tiếng Anh)"
    )
    semester1: Mark | None = None
    semester2: Mark | None = None
    year: Mark | None = None
    reassessed: Mark | None = None
    remark: Remark | None = None
    teacher: Line

    @model_validator(mode="after")
    def _marks_fit_the_kind(self) -> Self:
        comment = SUBJECTS[self.subject].kind is AssessmentKind.COMMENT
        for mark in (self.semester1, self.semester2, self.year, self.reassessed):
            if mark not in (None, "M") and comment != (mark in ("Đ", "CĐ")):
                raise ValueError("mark-kind")
        return self


class Levels(_Part):
    """Levels of both semesters and the year, and the level after re-assessment or summer training."""

    semester1: Level | None = None
    semester2: Level | None = None
    year: Level | None = None
    after: Level | None = None


class Corrections(_Part):
    """Trong trang này có sửa chữa ở … chỗ, thuộc môn học … (how many cells, which subjects)."""

    count: Annotated[int, Field(ge=1, le=99)]
    subjects: tuple[Line, ...]


class Confirmation(_Part):
    """A teacher's confirmation of the rows with this digest (SHA-256 of their canonical JSON)."""

    role: Literal["subject-teacher", "homeroom-teacher"]
    name: Line
    subject: str | None = None
    at: Time
    rows: Digest


class SourceDocument(_Part):
    """The document of another school that a year was taken from."""

    serial: Serial
    data: Digest


class YearTT22(_Part):
    """A year of lower or upper secondary under TT 22/2021: page A and page B of the form."""

    ruleset: Literal[Ruleset.TT22_2021]
    school_year: SchoolYear
    grade: Annotated[int, Field(ge=6, le=12)]
    class_name: Line
    school: School
    subjects: Annotated[tuple[SubjectResult, ...], Field(min_length=1, max_length=20)]
    corrections: Corrections | None = None
    conduct: Levels
    learning: Levels
    absences: Annotated[int, Field(ge=0, le=366)]
    promotion: Promotion | None = None
    certificates: Remark | None = None
    awards: Remark | None = None
    homeroom_teacher: Line
    homeroom_remark: Remark | None = None
    principal: Signatory
    place: Line
    approved_on: dt.date
    confirmations: tuple[Confirmation, ...] = ()
    source: SourceDocument | None = None

    @model_validator(mode="after")
    def _year_is_consistent(self) -> Self:
        if int(self.school_year[5:]) != int(self.school_year[:4]) + 1:
            raise ValueError("school-year")
        if ruleset_for(self.school_year, self.grade) is not Ruleset.TT22_2021:
            raise ValueError("ruleset-for-year")
        codes = [row.subject for row in self.subjects]
        if len(set(codes)) != len(codes):
            raise ValueError("subject-twice")
        return self


# A union of one for now: other rulesets join it, and `ruleset` chooses.
Year = YearTT22


class Relation(_Part):
    """What this document continues or corrects; serial and data digest are absent for a first document."""

    kind: RelationKind
    serial: Serial | None = None
    data: Digest | None = None

    @model_validator(mode="after")
    def _reference_fits_the_kind(self) -> Self:
        first = self.kind is RelationKind.FIRST
        if first != (self.serial is None) or first != (self.data is None):
            raise ValueError("relation-reference")
        return self


class StatusReference(_Part):
    """Where the status list speaks of this document."""

    list_id: Annotated[int, Field(ge=1)]
    index: Annotated[int, Field(ge=0, lt=2**20)]


class Transcript(_Part):
    """Học bạ: everything that is printed and signed, and nothing else."""

    schema_id: Literal["hocba/transcript/v1"] = Field(alias="schema")
    kind: Kind
    profile: Literal[1]
    serial: Serial
    nonce: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    issued_at: Time
    relation: Relation
    status: StatusReference
    issuer: School
    signatory: Signatory
    learner: Learner
    years: Annotated[tuple[Year, ...], Field(min_length=1, max_length=8)]
    change_trail: Digest

    @model_validator(mode="after")
    def _years_ascend(self) -> Self:
        years = [year.school_year for year in self.years]
        if years != sorted(set(years)):
            raise ValueError("years-order")
        return self


def format_transcript(transcript: Transcript) -> bytes:
    """Return the canonical JSON of a transcript: the bytes that are attached and hashed."""
    return canonical_bytes(transcript.model_dump(mode="json", by_alias=True, exclude_none=True))


def parse_transcript(data: bytes) -> Transcript:
    """Parse the attached JSON; it must be exactly what `format_transcript` gives back.

    Raises:
        SchemaError: `transcript-too-large`, `transcript-invalid` with the path of the first fault, or a code of
        `schemas.canonical`.
    """
    if len(data) > MAX_BYTES:
        raise SchemaError(
            "transcript-too-large", "$", "Dữ liệu học bạ vượt 256 KB.", "The transcript data exceed 256 KB."
        )
    parse_canonical(data)
    try:
        transcript = Transcript.model_validate_json(data, by_alias=True, by_name=False)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        path = ".".join(str(part) for part in fault["loc"]) or "$"
        raise SchemaError(
            "transcript-invalid",
            path,
            f"Dữ liệu học bạ sai ở {path}.",
            f"The transcript data are wrong at {path}: {fault['msg']}",
        ) from error
    if format_transcript(transcript) != data:
        raise SchemaError(
            "transcript-not-canonical",
            "$",
            "Dữ liệu học bạ không ở dạng chuẩn tắc.",
            "The transcript data are not in their one spelling.",
        )
    return transcript

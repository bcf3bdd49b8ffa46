"""The transcript (học bạ) as data: one document per learner and level, attached to the PDF as canonical JSON.

A year is a member of a union chosen by `ruleset`, so that another level or ruleset only adds. Optional fields
are absent when empty, never null. `parse_transcript` and `format_transcript` are the only ways in and out of
bytes.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final, Literal, Self, TypeAlias

from pydantic import Field, TypeAdapter, ValidationError, model_validator

from schemas.canonical import canonical_bytes, parse_canonical
from schemas.errors import SchemaError
from schemas.profiles import EXTRACT_PROFILE, EXTRACT_PROFILES, FORMS, DocumentForm
from schemas.transcript.parts import (
    Confirmation,
    Digest,
    Learner,
    Part,
    Person,
    Promotion,
    School,
    Serial,
    Signatory,
    SourceDocument,
    Time,
)
from schemas.transcript.primary import (
    PrimaryResult,
    PrimaryYear,
    TraitResult,
    Traits,
    YearTT22Of2016,
    YearTT27,
)
from schemas.transcript.rulesets import Ruleset
from schemas.transcript.secondary import (
    AveragesTT58,
    ConductTT58,
    Corrections,
    LearningTT58,
    Levels,
    SubjectResult,
    YearTT22,
    YearTT58,
)

__all__ = [
    "MAX_BYTES",
    "SCHEMA",
    "AveragesTT58",
    "ConductTT58",
    "Confirmation",
    "Corrections",
    "Digest",
    "Kind",
    "Learner",
    "LearningTT58",
    "Levels",
    "Person",
    "PrimaryResult",
    "PrimaryYear",
    "Promotion",
    "RecordedYear",
    "Relation",
    "RelationKind",
    "School",
    "Signatory",
    "SourceDocument",
    "StatusReference",
    "SubjectResult",
    "Time",
    "TraitResult",
    "Traits",
    "Transcript",
    "Year",
    "YearTT22",
    "YearTT22Of2016",
    "YearTT27",
    "YearTT58",
    "format_transcript",
    "kind_of",
    "parse_transcript",
    "parse_year",
]

SCHEMA: Final = "hocba/transcript/v1"
MAX_BYTES: Final = 256 * 1024

Year: TypeAlias = Annotated[YearTT22 | YearTT22Of2016 | YearTT27 | YearTT58, Field(discriminator="ruleset")]
"""A year under any ruleset: `ruleset` chooses."""
RecordedYear: TypeAlias = YearTT22Of2016 | YearTT58
"""A year of old rules, which is kept as it was recorded."""
_RULESETS: Final = frozenset(Ruleset)
_YEAR: Final[TypeAdapter[Year]] = TypeAdapter(Year)


class Kind(StrEnum):
    """Cấp học: tiểu học, trung học cơ sở, trung học phổ thông."""

    PRIMARY = "th"
    LOWER_SECONDARY = "thcs"
    UPPER_SECONDARY = "thpt"

    @property
    def grades(self) -> range:
        """The grades of the level."""
        return {
            Kind.PRIMARY: range(1, 6),
            Kind.LOWER_SECONDARY: range(6, 10),
            Kind.UPPER_SECONDARY: range(10, 13),
        }[self]


def kind_of(grade: int) -> Kind:
    """Return the level of a grade from 1 to 12."""
    return next(kind for kind in Kind if grade in kind.grades)


class RelationKind(StrEnum):
    """How a document relates to an earlier one."""

    FIRST = "first"
    CONTINUES = "continues"
    CORRECTS = "corrects"
    EXTRACTS = "extracts"


class Relation(Part):
    """What this document continues, corrects or is taken from; serial and data digest are absent for a first one."""

    kind: RelationKind
    serial: Serial | None = None
    data: Digest | None = None

    @model_validator(mode="after")
    def _reference_fits_the_kind(self) -> Self:
        first = self.kind is RelationKind.FIRST
        if first != (self.serial is None) or first != (self.data is None):
            raise ValueError("relation-reference")
        return self


class StatusReference(Part):
    """Where the status list speaks of this document."""

    list_id: Annotated[int, Field(ge=1)]
    index: Annotated[int, Field(ge=0, lt=2**20)]


class Transcript(Part):
    """Học bạ, or what is taken from one: everything that is printed and signed, and nothing else."""

    schema_id: Literal["hocba/transcript/v1"] = Field(alias="schema")
    kind: Kind
    profile: Literal[1, 3, 4] = Field(
        description="1 transcript, 3 extract of one school year, 4 summary for a transfer"
    )
    template: Annotated[int, Field(ge=1)] | None = Field(
        default=None,
        description="version of the form that is printed; absent in documents of before it was written here",
    )
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
        if any(year.grade not in self.kind.grades for year in self.years):
            raise ValueError("grade-of-kind")
        return self

    @model_validator(mode="after")
    def _extracts_name_their_source(self) -> Self:
        if (self.relation.kind is RelationKind.EXTRACTS) != (self.profile in EXTRACT_PROFILES):
            raise ValueError("relation-of-profile")
        if self.profile == EXTRACT_PROFILE and len(self.years) != 1:
            raise ValueError("extract-of-one-year")
        return self

    @property
    def form(self) -> DocumentForm:
        """What the document is: the whole transcript, or something taken from one."""
        return FORMS[self.profile]


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
        # The ruleset that chose a year's member is no step of the path: years.0.grade, not years.0.tt22-2021.grade.
        path = ".".join(str(part) for part in fault["loc"] if part not in _RULESETS) or "$"
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


def parse_year(data: bytes) -> Year:
    """Parse one year as JSON, as a draft keeps it.

    Raises:
        ValidationError: the data are no year.
    """
    return _YEAR.validate_json(data)

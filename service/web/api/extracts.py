"""The API of extracts and summaries for a transfer: what was taken from a transcript, and another one to issue."""

from __future__ import annotations

from typing import Any, Literal, Self

from flask import g
from pydantic import BaseModel, ConfigDict, Field, model_validator

from schemas.profiles import EXTRACT_PROFILES, FORMS, DocumentForm
from service.extracting import ExtractRequest
from service.installation import Installation
from service.scopes import Scope
from service.storage.records import Issuance, State
from service.web.api.answers import ExtractAnswer, ExtractsAnswer
from service.web.api.operations import IssuingAPI, idempotency_key
from service.web.api.transcripts import (
    ISSUING_REFUSALS,
    Named,
    SchoolYear,
    known_issuance,
    transcript_answer,
)

Answer = dict[str, Any]


class ExtractBody(BaseModel):
    """An extract (trích lục) of one school year, or the summary for a transfer, which is of all years."""

    model_config = ConfigDict(extra="forbid")

    transcript: str = Field(pattern=r"^[0-9a-f]{32}$")
    """The id of the transcript that it is taken from, or of an earlier one of the same student."""
    form: Literal["extract", "transfer-summary"]
    school_year: SchoolYear | None = None

    @model_validator(mode="after")
    def _has_a_year_where_it_needs_one(self) -> Self:
        if (self.form == "extract") is (self.school_year is None):
            raise ValueError("school_year goes with the form extract, and with that alone")
        return self


def add_extract_api(api: IssuingAPI, installation: Installation) -> None:
    """Add the routes; the files are those of `/transcripts/<id>/pdf`, by the id of the extract."""

    @api.acts(
        "/extracts",
        Scope.ISSUE,
        answers={200: ExtractAnswer},
        refusals=("transcript-unknown", "nothing-to-extract", *ISSUING_REFUSALS),
        example={"transcript": "0" * 32, "form": "extract", "school_year": "2025-2026"},
        is_final=lambda answer: not answer["waiting"] and answer["failure"] is None,
    )
    def issue_extract(body: ExtractBody) -> Answer:
        """Issue an extract of one school year, or the summary for a transfer, from a released transcript."""
        key = idempotency_key()
        student = known_issuance(installation, body.transcript).student_code
        return _extract(installation.extract(ExtractRequest(g.school, student, body.school_year, key)))

    @api.looks(
        "/transcripts/<id>/extracts",
        Scope.READ,
        answers={200: ExtractsAnswer},
        refusals=("transcript-unknown",),
    )
    def list_extracts(path: Named) -> Answer:
        """List what was taken from the transcripts of a transcript's student, the oldest first."""
        student = known_issuance(installation, path.id).student_code
        documents = installation.register.documents(g.school, student)
        taken = [
            one for one in documents if one.profile in EXTRACT_PROFILES and one.state is not State.ABANDONED
        ]
        return {"extracts": [_extract(one) for one in taken]}


def _extract(issuance: Issuance) -> Answer:
    form = FORMS[issuance.profile]
    year = issuance.school_year if form is DocumentForm.EXTRACT else None
    return transcript_answer(issuance) | {"form": form.value, "school_year": year}

"""The API of the grace window: releasing before its time, and taking back what is signed and not on record."""

from __future__ import annotations

from typing import Any, Self

from flask import g
from pydantic import BaseModel, ConfigDict, Field, model_validator

from schemas.change_trail import Actor
from service.grace import Which, check_may_release
from service.installation import Installation
from service.scopes import Scope
from service.storage.records import token_actor
from service.web.api.answers import ReleaseAnswer, TranscriptAnswer
from service.web.api.operations import IssuingAPI
from service.web.api.transcripts import Named, SchoolYear, transcript_answer

Answer = dict[str, Any]


class ReleaseBody(BaseModel):
    """Whose windows end now: a class's, or one student's."""

    model_config = ConfigDict(extra="forbid")

    school_year: SchoolYear
    class_name: str | None = Field(default=None, max_length=200)
    student_code: str | None = Field(default=None, max_length=20)

    @model_validator(mode="after")
    def _names_one_of_them(self) -> Self:
        if (self.class_name is None) is (self.student_code is None):
            raise ValueError("name a class or a student")
        return self


class TakeBackBody(BaseModel):
    """Why a transcript is taken back, in words that stay in the service."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(max_length=1000)


def add_release_api(api: IssuingAPI, installation: Installation) -> None:
    """Add the routes."""

    @api.acts(
        "/releases",
        Scope.ISSUE,
        answers={200: ReleaseAnswer},
        refusals=("nothing-stands", "release-four-eyes", "release-role"),
        example={"school_year": "2025-2026", "class_name": "6A"},
        is_final=lambda answer: not answer["later"] and not answer["held"],
    )
    def release(body: ReleaseBody) -> Answer:
        """Record and release signed transcripts before their grace window is over."""
        which = Which(g.school, body.school_year, body.class_name, body.student_code)
        done = installation.grace.release(which, _actor(installation), wait=False)
        return {
            "ended": done.ended,
            "released": done.released,
            "later": done.later,
            "held": [transcript_answer(one) for one in done.held],
        }

    @api.acts(
        "/transcripts/<id>/take-back",
        Scope.ISSUE,
        answers={200: TranscriptAnswer},
        refusals=(
            "reason-invalid",
            "transcript-unknown",
            "already-recorded",
            "not-in-window",
            "release-role",
        ),
        example={"reason": "Sai ngày sinh."},
    )
    def take_back(path: Named, body: TakeBackBody) -> Answer:
        """Take back a transcript that is signed and not on record; the same again changes nothing."""
        return transcript_answer(
            installation.grace.take_back(g.school, path.id, _actor(installation), body.reason)
        )


def _actor(installation: Installation) -> Actor:
    """Return who acts; a person's token does what the person may."""
    account = installation.people.account(g.token.person_id) if g.token.person_id else None
    if account is not None:
        check_may_release(account.person, g.school)
    return token_actor(g.token)

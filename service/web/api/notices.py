"""The API of notices: a school sets where families are told, and reads its outbox."""

from __future__ import annotations

from typing import Any

from flask import g
from pydantic import BaseModel, ConfigDict, Field

from service.families.notices import contact_of, notice_facts
from service.installation import Installation
from service.scopes import Scope
from service.web.api.answers import ContactAnswer, NoticesAnswer, RetriedAnswer
from service.web.api.operations import IssuingAPI
from service.web.api.transcripts import Named

Answer = dict[str, Any]


class ContactBody(BaseModel):
    """Where a student's family is told; no address to tell it no more."""

    model_config = ConfigDict(extra="forbid")

    student_code: str = Field(max_length=20)
    email: str | None = Field(default=None, max_length=254)


def add_notice_api(api: IssuingAPI, installation: Installation) -> None:
    """Add the routes. A student's code stands in bodies alone, never in an address."""
    register = installation.register

    @api.acts(
        "/contacts",
        Scope.NOTICES,
        answers={200: ContactAnswer},
        refusals=("email-invalid",),
        example={"student_code": "0123456789", "email": "me@example.test"},
    )
    def set_contact(body: ContactBody) -> Answer:
        """Set or remove a family's address; an address that it replaces is told so."""
        at = int(installation.now().timestamp())
        if body.email is None:
            register.remove_contact(g.school, body.student_code, at=at)
        else:
            register.set_contact(contact_of(g.school, body.student_code, body.email, at=at, by=g.token.id))
        kept = register.contact(g.school, body.student_code)
        return {"student_code": body.student_code, "email": None if kept is None else kept.email}

    @api.looks("/notices", Scope.NOTICES, answers={200: NoticesAnswer})
    def list_notices() -> Answer:
        """List the last 500 notices, the newest first, and how many there are in each state."""
        counts = {str(state): number for state, number in register.notice_counts(g.school).items()}
        return {
            "counts": counts,
            "notices": [notice_facts(register, one) for one in register.notices(g.school)],
        }

    @api.acts(
        "/notices/<id>/retry", Scope.NOTICES, answers={200: RetriedAnswer}, refusals=("notice-unknown",)
    )
    def retry_notice(path: Named) -> Answer:
        """Try a notice again that was given up, at the family's present address."""
        register.retry_notice(g.school, path.id, at=int(installation.now().timestamp()))
        return {"id": path.id, "state": "waiting"}

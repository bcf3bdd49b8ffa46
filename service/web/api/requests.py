"""The API of families' requests: received, acknowledged, answered, with the days that the law gives."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import g
from pydantic import BaseModel, ConfigDict, Field

from service.families.requests import (
    MAX_NOTE,
    Received,
    acknowledge,
    close,
    count_requests,
    event_facts,
    receive,
    request_facts,
)
from service.installation import Installation
from service.scopes import Scope
from service.storage.family_records import RequestChannel, RequestKind
from service.web.api.answers import RequestAnswer, RequestHistoryAnswer, RequestsAnswer
from service.web.api.operations import IssuingAPI, idempotency_key
from service.web.api.transcripts import Named

Answer = dict[str, Any]


class RequestBody(BaseModel):
    """What a family asks for; `received_on` is a day, as 2026-11-27, and today where it is left out."""

    model_config = ConfigDict(extra="forbid")

    student_code: str = Field(max_length=20)
    kind: RequestKind
    channel: RequestChannel = RequestChannel.OFFICE
    note: str = Field(default="", max_length=MAX_NOTE)
    received_on: dt.date | None = None


class CloseBody(BaseModel):
    """That a request was done; or, with a reason, that it was refused."""

    model_config = ConfigDict(extra="forbid")

    refused: str | None = Field(default=None, max_length=1000)


def add_request_api(api: IssuingAPI, installation: Installation) -> None:
    """Add the routes."""
    register, tools = installation.register, installation.requesting

    @api.acts(
        "/requests",
        Scope.REQUESTS,
        answers={201: RequestAnswer},
        refusals=("student-unknown", "request-day-invalid", "request-note-invalid"),
        example={"student_code": "0123456789", "kind": "view", "channel": "office"},
    )
    def receive_request(body: RequestBody) -> tuple[Answer, int]:
        """Take a request of a family in; the answer has the number of its receipt, and the days that the law gives."""
        what = Received(
            g.school,
            body.student_code,
            body.kind,
            body.channel,
            body.note,
            body.received_on,
            idempotency_key(),
        )
        return request_facts(receive(tools, what, by=g.token.id), tools.today()), 201

    @api.looks("/requests", Scope.REQUESTS, answers={200: RequestsAnswer})
    def list_requests() -> Answer:
        """List the school's requests, the next due first, with the counts by which offices are scored."""
        today, found = tools.today(), register.family_requests(g.school)
        counts = count_requests(found, today)
        return {
            "counts": {name: getattr(counts, name) for name in type(counts).__slots__},
            "requests": [request_facts(one, today) for one in found],
        }

    @api.looks(
        "/requests/<id>",
        Scope.REQUESTS,
        answers={200: RequestHistoryAnswer},
        refusals=("request-unknown",),
    )
    def read_request(path: Named) -> Answer:
        """Return a request with every step of it."""
        request = register.family_request(g.school, path.id)
        events = event_facts(register.request_events(g.school, path.id))
        return request_facts(request, tools.today()) | {"events": events}

    @api.acts(
        "/requests/<id>/acknowledge",
        Scope.REQUESTS,
        answers={200: RequestAnswer},
        refusals=("request-unknown", "request-closed"),
    )
    def acknowledge_request(path: Named) -> Answer:
        """Note that the family was told that its request came in; again without harm."""
        return request_facts(acknowledge(tools, g.school, path.id, by=g.token.id), tools.today())

    @api.acts(
        "/requests/<id>/close",
        Scope.REQUESTS,
        answers={200: RequestAnswer},
        refusals=("request-unknown", "request-closed", "reason-invalid"),
        example={"refused": "Ngày sinh đúng theo giấy khai sinh."},
    )
    def close_request(path: Named, body: CloseBody) -> Answer:
        """Note that a request was done, or refused and why."""
        closed = close(tools, g.school, path.id, refused=body.refused, by=g.token.id)
        return request_facts(closed, tools.today())

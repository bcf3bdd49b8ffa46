"""The acts of the issuing API as a school asks for them: by act, a request that is granted, and another one."""

from __future__ import annotations

import io
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from service.app import create_app
from service.demo import SCHOOL_YEAR
from service.families.notices import contact_of
from service.families.requests import Received, receive
from service.sample import sample_class
from service.scopes import EVERY_SCOPE, Scope
from service.storage.database import writing
from service.storage.family_records import RequestKind
from service.storage.records import Issuance, StudentYear, Token
from service.web.api.operations import IssuingAPI
from tests.support.batches import with_classes
from tests.support.changes import correction_request, draft, mended, revocation_request
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.families import made_link

REASON = "Đã đối chiếu với sổ điểm."
WAITING = "6B"
"""The class that waits for its teachers."""


@dataclass
class Request:
    """A path below `/api/v1`, and what is sent there."""

    path: str
    body: dict[str, Any] = field(default_factory=dict)


@dataclass
class Place:
    """A demonstration whose application answers, and tokens for it."""

    demonstration: Demonstration
    app: Flask
    api: IssuingAPI
    client: FlaskClient

    def token(self, *scopes: Scope, person: str | None = None, expires_at: int | None = None) -> str:
        """Return the secret of a new token."""
        secret = secrets.token_hex(24)
        owner = None
        if person is not None:
            owner = self.demonstration.installation.administration.find(SCHOOL, person).person
        name = owner.name if owner else f"Người giữ {secret}"
        token = Token(
            secret[:16],
            SCHOOL,
            name,
            0,
            owner.id if owner else None,
            frozenset(scopes or EVERY_SCOPE),
            expires_at,
        )
        self.demonstration.installation.register.put_token(token, secret)
        return secret

    def ask(self, method: str, request: Request, token: str, key: str | None = None) -> TestResponse:
        """Return the answer to a request."""
        headers = {"Authorization": f"Bearer {token}"} | ({"Idempotency-Key": key} if key else {})
        sent = request.body | {"headers": headers | request.body.get("headers", {})}
        return self.client.open(f"/api/v1{request.path}", method=method, buffered=True, **sent)


def _serial(place: Place, number: int = 0) -> str:
    return place.demonstration.issuances()[number].serial


def _of_class(**more: Any) -> dict[str, Any]:
    return {"json": {"year": SCHOOL_YEAR, "class": WAITING, "reason": REASON} | more}


def _form(year: str, student: str, data: bytes) -> dict[str, Any]:
    form = {"year": year, "student_code": student, "reason": REASON, "file": (io.BytesIO(data), "6A.xlsx")}
    return {"data": form}


def _import(_place: Place) -> tuple[Request, Request]:
    one, other = (sample_class(2, class_name="6C", first_student=first) for first in (201, 211))
    path = f"/imports?year={SCHOOL_YEAR}"
    return Request(path, {"data": one}), Request(path, {"data": other})


def _issue(_place: Place) -> tuple[Request, Request]:
    body = {"school_year": SCHOOL_YEAR, "class_name": "6A"}
    return Request("/batches", {"json": body}), Request("/batches", {"json": {"school_year": SCHOOL_YEAR}})


def _of_batch(act: str) -> Callable[[Place], tuple[Request, Request]]:
    def made(place: Place) -> tuple[Request, Request]:
        with_classes(place.demonstration, class_9B=1, class_9C=1)
        ids = []
        for name in ("9B", "9C"):
            body = Request(
                "/batches",
                {
                    "json": {"school_year": SCHOOL_YEAR, "class_name": name},
                    "headers": {"Prefer": "respond-async"},
                },
            )
            ids.append(place.ask("POST", body, place.token(), name).get_json()["batch"])
        one, other = (Request(f"/batches/{batch_id}/{act}") for batch_id in ids)
        return one, other

    return made


def _standing(place: Place) -> tuple[Issuance, ...]:
    """Return two transcripts that are signed and stand, at an application whose documents do."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("HOCBA_GRACE_MINUTES", "15")
        installation = place.demonstration.installation
        place.client = create_app(installation).test_client()
        with_classes(place.demonstration, class_9B=2)
        installation.issue(SCHOOL, SCHOOL_YEAR, class_name="9B")
    return installation.register.issuances(SCHOOL, SCHOOL_YEAR, class_name="9B")


def _release(place: Place) -> tuple[Request, Request]:
    one, other = (
        Request("/releases", {"json": {"school_year": SCHOOL_YEAR, "student_code": each.student_code}})
        for each in _standing(place)
    )
    return one, other


def _take_back(place: Place) -> tuple[Request, Request]:
    one, other = (
        Request(f"/transcripts/{each.id}/take-back", {"json": {"reason": REASON}})
        for each in _standing(place)
    )
    return one, other


def _extract(place: Place) -> tuple[Request, Request]:
    body = {"transcript": place.demonstration.issuances()[0].id, "form": "transfer-summary"}
    other = body | {"form": "extract", "school_year": SCHOOL_YEAR}
    return Request("/extracts", {"json": body}), Request("/extracts", {"json": other})


def _confirm(_place: Place) -> tuple[Request, Request]:
    path = "/approvals/confirm"
    return Request(path, _of_class(subject="toan")), Request(path, _of_class(subject="khtn"))


def _approve(place: Place) -> tuple[Request, Request]:
    subjects = {row.subject for row in _waiting(place).year.subjects}
    for subject in sorted(subjects):
        _ready(place, Request("/approvals/confirm", _of_class(subject=subject)), "teacher")
    _ready(place, Request("/approvals/confirm", _of_class()), "homeroom")
    code = _waiting(place).learner.student_code
    path = "/approvals/approve"
    return Request(path, _of_class()), Request(path, _of_class(students=[code]))


def _return(place: Place) -> tuple[Request, Request]:
    code = _waiting(place).learner.student_code
    path = "/approvals/return"
    return (
        Request(path, _of_class(students=[code], subject="toan")),
        Request(path, _of_class(students=[code], subject="khtn")),
    )


def _ask_revocation(place: Place) -> tuple[Request, Request]:
    body = {"serial": _serial(place), "class": "error", "reason": REASON}
    other = body | {"serial": _serial(place, 1)}
    return Request("/revocations", {"json": body}), Request("/revocations", {"json": other})


def _of_revocation(act: str) -> Callable[[Place], tuple[Request, Request]]:
    def made(place: Place) -> tuple[Request, Request]:
        ids = [revocation_request(place.demonstration, number).id for number in (0, 1)]
        one, other = (Request(f"/revocations/{change_id}/{act}") for change_id in ids)
        return one, other

    return made


@cache
def _mended() -> bytes:
    """Return a workbook with other marks of the same students, the same bytes each time."""
    return sample_class(3, class_name="6Z")


def _ask_correction(place: Place) -> tuple[Request, Request]:
    code = place.demonstration.issuances()[0].student_code
    workbook = _mended()
    return (
        Request("/corrections", _form(SCHOOL_YEAR, code, workbook)),
        Request("/corrections", _form(SCHOOL_YEAR, code, workbook + b"\0")),
    )


def _of_correction(act: str) -> Callable[[Place], tuple[Request, Request]]:
    def made(place: Place) -> tuple[Request, Request]:
        demonstration = place.demonstration
        ids = [
            correction_request(demonstration, number, data=mended(draft(demonstration, number))).id
            for number in (0, 1)
        ]
        one, other = (Request(f"/corrections/{change_id}/{act}") for change_id in ids)
        return one, other

    return made


def _link(place: Place) -> tuple[Request, Request]:
    body = {"serial": _serial(place), "purpose": "family"}
    return Request("/links", {"json": body}), Request("/links", {"json": body | {"days": 3}})


def _revoke_link(place: Place) -> tuple[Request, Request]:
    one, other = (
        Request(f"/links/{made_link(place.demonstration, number).link.id}/revoke") for number in (0, 1)
    )
    return one, other


def _contact(place: Place) -> tuple[Request, Request]:
    body = {"student_code": place.demonstration.issuances()[0].student_code, "email": "me@example.test"}
    other = body | {"email": "cha@example.test"}
    return Request("/contacts", {"json": body}), Request("/contacts", {"json": other})


def _retry(place: Place) -> tuple[Request, Request]:
    installation, code = place.demonstration.installation, place.demonstration.issuances()[0].student_code
    for address in ("me@example.test", "cha@example.test", "ba@example.test"):
        installation.register.set_contact(contact_of(SCHOOL, code, address, at=0, by=None))
    with writing(installation.database) as connection:
        connection.execute(text("UPDATE notices SET state = 'given-up'"))
    one, other = (Request(f"/notices/{notice.id}/retry") for notice in installation.register.notices(SCHOOL))
    return one, other


def _receive(place: Place) -> tuple[Request, Request]:
    body = {"student_code": place.demonstration.issuances()[0].student_code, "kind": "view"}
    other = body | {"kind": "correct"}
    return Request("/requests", {"json": body}), Request("/requests", {"json": other})


def _of_request(act: str, **body: Any) -> Callable[[Place], tuple[Request, Request]]:
    def made(place: Place) -> tuple[Request, Request]:
        code = place.demonstration.issuances()[0].student_code
        tools = place.demonstration.installation.requesting
        ids = [receive(tools, Received(SCHOOL, code, kind), by=None).id for kind in list(RequestKind)[:2]]
        one, other = (Request(f"/requests/{request_id}/{act}", body) for request_id in ids)
        return one, other

    return made


ACTS: dict[str, Callable[[Place], tuple[Request, Request]]] = {
    "/imports": _import,
    "/batches": _issue,
    "/batches/<id>/pause": _of_batch("pause"),
    "/batches/<id>/resume": _of_batch("resume"),
    "/batches/<id>/retry": _of_batch("retry"),
    "/releases": _release,
    "/transcripts/<id>/take-back": _take_back,
    "/extracts": _extract,
    "/approvals/confirm": _confirm,
    "/approvals/approve": _approve,
    "/approvals/return": _return,
    "/revocations": _ask_revocation,
    "/revocations/<id>/confirm": _of_revocation("confirm"),
    "/revocations/<id>/withdraw": _of_revocation("withdraw"),
    "/corrections": _ask_correction,
    "/corrections/<id>/confirm": _of_correction("confirm"),
    "/corrections/<id>/withdraw": _of_correction("withdraw"),
    "/links": _link,
    "/links/<id>/revoke": _revoke_link,
    "/contacts": _contact,
    "/notices/<id>/retry": _retry,
    "/requests": _receive,
    "/requests/<id>/acknowledge": _of_request("acknowledge"),
    "/requests/<id>/close": _of_request("close", json={}),
}
"""By act: a request that is granted, and another that is not the same."""
PEOPLE = {
    "/approvals/confirm": "teacher",
    "/approvals/approve": "principal",
    "/approvals/return": "principal",
}
"""Acts that only a person's own token does."""


def _waiting(place: Place) -> StudentYear:
    return place.demonstration.installation.register.student_years(SCHOOL, SCHOOL_YEAR, class_name=WAITING)[0]


def _ready(place: Place, request: Request, person: str) -> None:
    assert place.ask("POST", request, place.token(person=person), secrets.token_hex(8)).status_code == 200

"""What every operation of the issuing API is held to, walked from the route table: scope, key, answer, description.

A route that is new is walked like the others; an act without an example here fails.
"""

from __future__ import annotations

import fcntl
import io
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from werkzeug.test import TestResponse

from service.app import create_app
from service.demo import SCHOOL_YEAR
from service.families.notices import contact_of
from service.families.requests import Received, receive
from service.people.roles import Assignment, Role
from service.sample import sample_class
from service.scopes import EVERY_SCOPE, Scope
from service.storage.database import reading, writing
from service.storage.family_records import RequestKind
from service.storage.kept_answers import KEEPING
from service.storage.records import Token
from service.storage.tables import KeptAnswerRow
from service.web.operations import REPLAYED, IssuingAPI, Operation
from tests.support.changes import correction_request, draft, mended, revocation_request
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.families import made_link

REASON = "Đã đối chiếu với sổ điểm."
WAITING = "6B"


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
        return self.client.open(
            f"/api/v1{request.path}", method=method, headers=headers, buffered=True, **request.body
        )


@pytest.fixture
def place(demonstration: Demonstration) -> Iterator[Place]:
    """The demonstration with a class that waits for its teachers, and the people of the school."""
    installation = demonstration.installation
    workbook = sample_class(2, class_name=WAITING, first_student=101)
    rows = installation.import_workbook(workbook, SCHOOL_YEAR, dry_run=False).rows
    teaches = [Assignment(SCHOOL_YEAR, WAITING, row.subject) for row in rows[0].year.subjects]
    for name, roles, classes in (
        ("teacher", [Role.SUBJECT_TEACHER], teaches),
        ("homeroom", [Role.HOMEROOM_TEACHER], [Assignment(SCHOOL_YEAR, WAITING, None)]),
        ("principal", [Role.PRINCIPAL], []),
    ):
        installation.administration.invite(SCHOOL, f"Người {name}", name, roles, classes, by="operator")
    app = create_app(installation)
    api = app.blueprints["api"]
    assert isinstance(api, IssuingAPI)
    yield Place(demonstration, app, api, app.test_client())
    installation.verifier.close()


def rules(place: Place) -> dict[str, tuple[str, Operation | None]]:
    """Return every route that a school's token opens, by its rule: its method, and what it declares."""
    return {
        rule.rule.removeprefix("/api/v1"): (
            next(iter((rule.methods or set()) - {"HEAD", "OPTIONS"})),
            place.api.operations.get(rule.endpoint),
        )
        for rule in place.app.url_map.iter_rules()
        if rule.endpoint.startswith("api.")
    }


def test_every_route_declares_what_it_is(place: Place) -> None:
    """Each route of the API names scopes; what is asked by another method than GET is an act."""
    for rule, (method, operation) in rules(place).items():
        assert operation is not None, f"{rule}: add it by IssuingAPI.looks or IssuingAPI.acts"
        assert operation.scopes, rule
        assert operation.is_act is (method != "GET"), rule


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


def _ask_correction(place: Place) -> tuple[Request, Request]:
    code = place.demonstration.issuances()[0].student_code
    workbook = sample_class(3, class_name="6Z")  # drawn anew for another class: other marks
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


def _waiting(place: Place) -> Any:
    return place.demonstration.installation.register.student_years(SCHOOL, SCHOOL_YEAR, class_name=WAITING)[0]


def _ready(place: Place, request: Request, person: str) -> None:
    assert place.ask("POST", request, place.token(person=person), secrets.token_hex(8)).status_code == 200


def test_every_act_has_an_example_here(place: Place) -> None:
    """A new act says in `ACTS` what a granted request is: it is tried with its key like the others."""
    assert {rule for rule, (_, operation) in rules(place).items() if operation and operation.is_act} == set(
        ACTS
    )


@pytest.mark.parametrize("rule", ACTS)
def test_an_act_is_done_once_for_each_key(place: Place, rule: str) -> None:
    """No key: refused. The same key and request: the same answer. The same key, another request: refused."""
    request, other = ACTS[rule](place)
    token = place.token(person=PEOPLE.get(rule))
    without = place.ask("POST", request, token)
    assert (without.status_code, without.get_json()["code"]) == (400, "idempotency-key-missing")
    again = ACTS[rule] if "file" in str(request.body) else None
    first = place.ask("POST", request, token, "one")
    assert first.status_code in {200, 201}, first.text
    repeated = place.ask("POST", again(place)[0] if again else request, token, "one")
    assert (repeated.status_code, repeated.data) == (first.status_code, first.data)
    assert (first.headers.get(REPLAYED), repeated.headers.get(REPLAYED)) == (None, "true")
    refused = place.ask("POST", again(place)[1] if again else other, token, "one")
    assert (refused.status_code, refused.get_json()["code"]) == (409, "idempotency-key-reused")


def test_a_token_opens_what_it_was_given_out_for(place: Place) -> None:
    """Each route, with every other scope: refused by name. With one of its own: not for want of a scope."""
    zero = "0" * 32
    for rule, (method, operation) in rules(place).items():
        assert operation is not None
        request = Request(rule.replace("<id>", zero), {} if method == "GET" else {"json": {}})
        others = EVERY_SCOPE - set(operation.scopes)
        refused = place.ask(method, request, place.token(*others), "key")
        assert (refused.status_code, refused.get_json()["code"]) == (403, "scope-missing"), rule
        for scope in operation.scopes:
            answer = place.ask(method, request, place.token(scope), secrets.token_hex(8))
            assert answer.status_code not in {401, 403} or answer.get_json()["code"] == "person-needed", rule


def test_every_operation_is_described(place: Place) -> None:
    """Summary, description, scope, an example of each JSON, and each refusal as a problem document with its codes."""
    document = place.client.get("/api/v1/openapi.json").get_json()
    described = {
        (method.upper(), path.removeprefix("/api/v1").replace("{id}", "<id>")): one
        for path, methods in document["paths"].items()
        for method, one in methods.items()
    }
    assert set(described) == {(method, rule) for rule, (method, _) in rules(place).items()}
    for where, one in described.items():
        assert one["summary"], where
        assert "Scope: " in one["description"], where
        assert all(parameter["description"] for parameter in one.get("parameters", ())), where
        for media, content in one.get("requestBody", {"content": {}})["content"].items():
            assert media != "application/json" or "example" in content, where
        for status, answer in one["responses"].items():
            assert answer["description"], where
            for media, content in answer["content"].items():
                assert media != "application/json" or "example" in content, where
                if media == "application/problem+json":
                    assert content["schema"]["allOf"][1]["properties"]["code"]["enum"], (where, status)
        for status in ("401", "403", "429", "500", "503"):
            assert "application/problem+json" in one["responses"][status]["content"], where


def test_a_token_that_has_ended_opens_nothing(place: Place) -> None:
    """From its end on it is refused by name; before it, its last use is noted for the list."""
    now = int(place.demonstration.clock().timestamp())
    asked = Request(f"/transcripts?year={SCHOOL_YEAR}")
    ended = place.ask("GET", asked, place.token(Scope.READ, expires_at=now))
    assert (ended.status_code, ended.get_json()["code"]) == (401, "token-expired")
    good = place.token(Scope.READ, expires_at=now + 60)
    assert place.ask("GET", asked, good).status_code == 200
    (used,) = [one for one in place.demonstration.installation.register.tokens(SCHOOL) if one.id == good[:16]]
    assert used.last_used_at == int(place.demonstration.clock().timestamp())


def test_what_was_begun_and_never_answered_is_gone_on_with(place: Place) -> None:
    """Killed in between, the same request is done; another one with its key is refused, since the first may be."""
    request, other = _link(place)
    token, register = place.token(), place.demonstration.installation.register
    place.ask("POST", request, token, "one")
    with writing(place.demonstration.installation.database) as connection:
        connection.execute(text("UPDATE kept_answers SET answer = NULL, status = NULL"))
    assert place.ask("POST", other, token, "one").get_json()["code"] == "idempotency-key-reused"
    assert place.ask("POST", request, token, "one").status_code == 201
    assert len(register.links(SCHOOL)) == 2


def test_a_refused_act_lets_its_key_go(place: Place) -> None:
    """It changed nothing: mended, it may come with the same key."""
    token = place.token()
    body = {"serial": _serial(place), "purpose": "family", "days": 0}
    assert place.ask("POST", Request("/links", {"json": body}), token, "one").status_code == 422
    mended_body = Request("/links", {"json": body | {"days": 3}})
    assert place.ask("POST", mended_body, token, "one").status_code == 201


def test_a_request_that_is_worked_on_is_not_done_beside(place: Place) -> None:
    """Sent twice at once, the second is told to wait; the file that says so ends with the first."""
    token = place.token()
    request, _ = _link(place)
    state = place.demonstration.installation.folder("state")
    lock = state / f"request-{sha256(f'{token[:16]} one'.encode()).hexdigest()}.lock"
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        refused = place.ask("POST", request, token, "one")
        assert (refused.status_code, refused.get_json()["code"]) == (409, "request-in-progress")
        assert refused.headers["Retry-After"] == "5"
    assert place.ask("POST", request, token, "one").status_code == 201
    assert not list(state.glob("request-*"))


def test_kept_answers_are_sealed_for_a_day_and_erased_with_a_student(place: Place) -> None:
    """A PIN stands in no row in the clear; after a day, or where a student is erased, nothing of it is left."""
    installation, token = place.demonstration.installation, place.token()
    request, _ = _link(place)
    pin = place.ask("POST", request, token, "one").get_json()["pin"]
    assert pin.encode() not in (place.demonstration.data / "hocba.sqlite3").read_bytes()

    def kept() -> int:
        with reading(installation.database) as connection:
            return len(connection.execute(select(KeptAnswerRow.key_digest)).all())

    assert kept() == 1
    place.demonstration.clock.forward(seconds=KEEPING)
    place.ask("POST", request, token, "two")
    assert kept() == 1
    installation.erase(SCHOOL, place.demonstration.issuances()[2].student_code, dry_run=False)
    assert kept() == 0


def test_a_token_that_asks_too_much_is_told_when_to_come_again(demonstration: Demonstration) -> None:
    """429 with Retry-After, for this token alone."""
    settings = demonstration.installation.settings.model_copy(update={"api_per_minute": 2})
    installation = demonstration.installation
    object.__setattr__(installation, "settings", settings)
    app = create_app(installation)
    api = app.blueprints["api"]
    assert isinstance(api, IssuingAPI)
    place = Place(demonstration, app, api, app.test_client())
    asked, busy = Request(f"/transcripts?year={SCHOOL_YEAR}"), place.token()
    answers = [place.ask("GET", asked, busy) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert (answers[2].get_json()["code"], answers[2].headers["Retry-After"]) == ("too-many-requests", "60")
    assert place.ask("GET", asked, place.token()).status_code == 200

"""What every operation of the issuing API is held to, walked from the route table: scope, key, answer, description.

A route that is new is walked like the others; an act without an example here fails.
"""

from __future__ import annotations

import fcntl
import secrets
from collections.abc import Iterator
from hashlib import sha256

import pytest
from sqlalchemy import select, text

from service.app import create_app
from service.demo import SCHOOL_YEAR
from service.people.roles import Assignment, Role
from service.sample import sample_class
from service.scopes import EVERY_SCOPE, Scope
from service.storage.database import reading, writing
from service.storage.kept_answers import KEEPING
from service.storage.tables import KeptAnswerRow
from service.web.api.operations import REPLAYED, IssuingAPI, Operation
from tests.support.api_acts import ACTS, PEOPLE, WAITING, Place, Request
from tests.support.demonstration import SCHOOL, Demonstration


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


def routes(place: Place) -> Iterator[tuple[str, str, Operation | None]]:
    """Give every route that a school's token opens: method, rule, and what it declares."""
    for rule in place.app.url_map.iter_rules():
        if rule.endpoint.startswith("api."):
            (method,) = (rule.methods or set()) - {"HEAD", "OPTIONS"}
            yield method, rule.rule.removeprefix("/api/v1"), place.api.operations.get(rule.endpoint)


def test_every_route_declares_what_it_is(place: Place) -> None:
    """Each route of the API names scopes; what is asked by another method than GET is an act."""
    for method, rule, operation in routes(place):
        assert operation is not None, f"{rule}: add it by IssuingAPI.looks or IssuingAPI.acts"
        assert operation.scopes, rule
        assert operation.is_act is (method != "GET"), rule


def test_every_act_has_an_example_here(place: Place) -> None:
    """A new act says in `ACTS` of tests/support/api_acts.py what a granted request is; it is tried like the others."""
    acts = {rule for _, rule, operation in routes(place) if operation is not None and operation.is_act}
    assert acts == set(ACTS)


@pytest.mark.parametrize("rule", ACTS)
def test_an_act_is_done_once_for_each_key(place: Place, rule: str) -> None:
    """No key: refused. The same key and request: the same answer. The same key, another request: refused."""
    once = ACTS[rule](place)

    def requests() -> tuple[Request, Request]:
        # A file that was sent is closed.
        return ACTS[rule](place) if rule == "/corrections" else once

    token = place.token(person=PEOPLE.get(rule))
    without = place.ask("POST", requests()[0], token)
    assert (without.status_code, without.get_json()["code"]) == (400, "idempotency-key-missing")
    first = place.ask("POST", requests()[0], token, "one")
    assert first.status_code in {200, 201}, first.text
    repeated = place.ask("POST", requests()[0], token, "one")
    assert (repeated.status_code, repeated.data) == (first.status_code, first.data)
    assert (first.headers.get(REPLAYED), repeated.headers.get(REPLAYED)) == (None, "true")
    refused = place.ask("POST", requests()[1], token, "one")
    assert (refused.status_code, refused.get_json()["code"]) == (409, "idempotency-key-reused")


def test_a_token_opens_what_it_was_given_out_for(place: Place) -> None:
    """Each route, with every other scope: refused by name. With one of its own: not for want of a scope."""
    zero = "0" * 32
    for method, rule, operation in routes(place):
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
    assert set(described) == {(method, rule) for method, rule, _ in routes(place)}
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
    request, other = ACTS["/links"](place)
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
    body = {"serial": place.demonstration.issuances()[0].serial, "purpose": "family", "days": 0}
    assert place.ask("POST", Request("/links", {"json": body}), token, "one").status_code == 422
    mended_body = Request("/links", {"json": body | {"days": 3}})
    assert place.ask("POST", mended_body, token, "one").status_code == 201


def test_a_part_without_a_name_is_no_fault(place: Place) -> None:
    """A form with parts whose names cannot be read is answered like any other."""
    request, _ = ACTS["/corrections"](place)
    request.body["data"] |= {"\x10Z": ["1", "2"], "\\": "3"}
    assert place.ask("POST", request, place.token(), "one").status_code == 200


def test_a_request_that_is_worked_on_is_not_done_beside(place: Place) -> None:
    """Sent twice at once, the second is told to wait; the file that says so ends with the first."""
    token = place.token()
    request, _ = ACTS["/links"](place)
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
    request, _ = ACTS["/links"](place)
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

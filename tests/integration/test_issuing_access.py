"""Who may reach what on the issuing side, walked from the route table; and what refusals and faults give away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from schemas.transcript.model import School
from service.app import create_app
from service.demo import SCHOOL_YEAR, TOKEN_FILE
from service.families.links import make_link
from service.families.requests import Received, receive
from service.importing.formats import SourceFile
from service.people.accounts import OPERATOR
from service.people.roles import Role
from service.sample import sample_class
from service.storage.family_records import LinkPurpose, RequestKind
from service.storage.records import ChangeState, Issuance
from tests.support.changes import correction_request, revocation_request
from tests.support.demonstration import SCHOOL, Demonstration, add_school
from tests.support.sign_in import begin_session, send

OTHER = School(code="OTHER-02", name="Trường THCS Khác", commune="Phường Khác", province="Hà Nội")
OTHER_TOKEN = {"Authorization": f"Bearer {'0f' * 24}"}
KEY = {"Idempotency-Key": "key-1"}
OPEN = {
    "/api/v1/openapi.json",
    "/api/v1/agent/pairings",  # asks for the code
    "/hoc-ba/<string(length=22):token>",  # asks for the PIN: test_family_page.py
    "/hoc-ba/<string(length=22):token>/<any(this, newer):which>",
}
AGENT = "/api/v1/agent/"
"""Opened by the tokens of agents alone: test_agent_api.py walks these."""


@pytest.fixture
def app(demonstration: Demonstration) -> Iterator[Flask]:
    """The application, with a second school."""
    installation = demonstration.installation
    token = OTHER_TOKEN["Authorization"].removeprefix("Bearer ")
    add_school(installation.register, OTHER, token)
    yield create_app(installation)
    installation.verifier.close()


@pytest.fixture
def token(demonstration: Demonstration) -> dict[str, str]:
    """The header that speaks for the demonstration school."""
    return {"Authorization": f"Bearer {(demonstration.data / TOKEN_FILE).read_text().strip()}"}


def ask(app: Flask, method: str, path: str, **request: Any) -> TestResponse:
    """Return the answer to one request of a new caller, its file closed."""
    return app.test_client().open(path, method=method, buffered=True, **request)


def code_of(answer: TestResponse) -> tuple[int, str]:
    """Return status and code of a problem document, whose form is checked."""
    problem = answer.get_json()
    assert answer.mimetype == "application/problem+json"
    assert problem["status"] == answer.status_code
    assert problem["type"] == f"urn:hocba:problem:{problem['code']}"
    assert problem["vi"]
    assert problem["en"]
    return answer.status_code, problem["code"]


def routes(app: Flask) -> Iterator[tuple[str, str]]:
    """Yield every method and rule of the application."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield method, rule.rule


def filled(rule: str, issuance: Issuance, **ids: str) -> str:
    """Return an address of a rule at which the school itself finds something; `ids` by the first word of the rule."""
    known = {"school_year": SCHOOL_YEAR, "class_name": issuance.class_name, "issuance_id": issuance.id}
    known["import_id"] = known["link_id"] = known["notice_id"] = issuance.id
    noun = rule.removeprefix("/api/v1/").split("/")[0]
    known["item"] = "0" * 64
    known["id"] = {"batches": issuance.batch_id, **ids}.get(noun, issuance.id)
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: known[found[1]], rule)


def test_every_route_asks_who_is_there(app: Flask, demonstration: Demonstration) -> None:
    """Each route of the API, a new one too, is named as open in this file or turns a stranger away.

    The pages are in test_tenancy.py.
    """
    known = demonstration.issuances()[0]
    closed = [(method, rule) for method, rule in routes(app) if rule.startswith("/api/") and rule not in OPEN]
    for method, rule in closed:
        answer = ask(app, method, filled(rule, known))
        assert answer.status_code == 401, rule
    assert len(closed) >= 14


def test_every_named_thing_is_unknown_to_another_school(
    app: Flask, demonstration: Demonstration, token: dict[str, str]
) -> None:
    """What one token finds or does at an address with an id, another school's token does not: 404, as for any id."""
    known = demonstration.issuances()[0]
    links = demonstration.installation.linking
    received = Received(SCHOOL, known.student_code, RequestKind.VIEW)
    ids = {
        "requests": receive(demonstration.installation.requesting, received, by=None).id,
        "links": make_link(links, known, LinkPurpose.FAMILY, made_by=None).link.id,
        "revocations": revocation_request(demonstration, 1).id,
        "corrections": correction_request(demonstration, 2).id,
    }
    named = [
        (method, rule)
        for method, rule in routes(app)
        if rule.startswith("/api/") and "<" in rule and not rule.startswith(AGENT)
    ]
    for method, rule in named:
        members = {"reason": "sai điểm"} if rule.endswith("/take-back") else {}
        body: dict[str, Any] = {"json": members} if method == "POST" else {}
        stolen = ask(app, method, filled(rule, known, **ids), headers=OTHER_TOKEN | KEY, **body)
        guessed = ask(app, method, re.sub(r"<\w+>", "0" * 32, rule), headers=OTHER_TOKEN | KEY, **body)
        assert code_of(stolen)[0] == 404, rule
        assert stolen.data == guessed.data, rule
        if method == "GET":
            assert ask(app, method, filled(rule, known, **ids), headers=token).status_code == 200, rule
    assert len(named) == 21
    assert {one.state for one in demonstration.installation.register.changes(SCHOOL)} == {
        ChangeState.REQUESTED
    }


def test_another_school_issues_nothing_here(app: Flask, demonstration: Demonstration) -> None:
    """A batch of another school for a class of this one's name finds no student."""
    body = {"school_year": SCHOOL_YEAR, "class_name": "6A"}
    answer = ask(app, "POST", "/api/v1/batches", json=body, headers=OTHER_TOKEN | KEY)
    assert code_of(answer) == (404, "nothing-to-issue")
    assert len(demonstration.issuances()) == 3


def test_workbook_of_another_school_reaches_neither(app: Flask, demonstration: Demonstration) -> None:
    """A refused workbook of another school leaves no student at either school."""
    data = sample_class(2, class_name="6X", first_student=200)
    answer = ask(app, "POST", f"/api/v1/imports?year={SCHOOL_YEAR}", data=data, headers=OTHER_TOKEN | KEY)
    assert [complaint["code"] for complaint in answer.get_json()["complaints"]] == ["school-other"]
    register = demonstration.installation.register
    for school in (SCHOOL, OTHER.code):
        assert register.student_years(school, SCHOOL_YEAR, class_name="6X") == ()


def test_import_of_a_school_is_unknown_to_another(app: Flask, demonstration: Demonstration) -> None:
    """On the console another school neither sees nor undoes an import; the answer is that for any id."""
    installation = demonstration.installation
    files = [SourceFile("lop.xlsx", sample_class(2, class_name="6X", first_student=200))]
    stored = installation.import_files(files, SCHOOL_YEAR, dry_run=False).stored
    assert stored is not None
    browser = app.test_client()
    clerk, _ = installation.administration.invite(OTHER.code, "Lan", "lan", [Role.CLERK], by=OPERATOR)
    begin_session(browser, clerk)
    for import_id in (stored.id, "0" * 32):
        assert browser.get(f"/imports/{import_id}/undo").status_code == 404
        assert send(browser, f"/imports/{import_id}/undo").status_code == 404
    assert stored.id not in browser.get("/imports").text
    (only,) = installation.imports.all(SCHOOL)
    assert only.undone_at is None


@pytest.mark.parametrize(
    ("authorization", "code"),
    [
        ("", "token-missing"),
        ("Bearer ", "token-missing"),
        ("Basic abc", "token-missing"),
        ("Bearer abc", "token-wrong"),
    ],
)
def test_refusal_says_how_to_identify(app: Flask, authorization: str, code: str) -> None:
    """Whoever comes without a token of a school is asked for one in the way of RFC 6750."""
    answer = ask(
        app, "GET", f"/api/v1/transcripts?year={SCHOOL_YEAR}", headers={"Authorization": authorization}
    )
    assert code_of(answer) == (401, code)
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_issued_year_cannot_be_imported_anew(app: Flask, token: dict[str, str]) -> None:
    """A year that has been issued is not replaced by an import: that needs a correction."""
    changed = sample_class(3, class_name="6Z")
    answer = ask(app, "POST", f"/api/v1/imports?year={SCHOOL_YEAR}", data=changed, headers=token | KEY)
    assert code_of(answer) == (409, "already-issued")


def test_new_key_issues_nothing_twice(
    app: Flask, token: dict[str, str], demonstration: Demonstration
) -> None:
    """A new request for an issued class is a batch of its own that gives the transcripts which are there."""
    body = {"school_year": SCHOOL_YEAR, "class_name": "6A"}
    answer = ask(app, "POST", "/api/v1/batches", json=body, headers=token | KEY).get_json()
    known = demonstration.issuances()
    assert answer["batch"] != known[0].batch_id
    assert {one["id"] for one in answer["transcripts"]} == {issuance.id for issuance in known}


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"school_year": "2025"},
        {"school_year": SCHOOL_YEAR, "class": "6A"},
        {"school_year": SCHOOL_YEAR, "class_name": 6},
    ],
)
def test_malformed_request_issues_nothing(app: Flask, token: dict[str, str], body: object) -> None:
    """A body that is not as described is refused, also where a member is misspelt."""
    assert ask(app, "POST", "/api/v1/batches", json=body, headers=token | KEY).status_code == 422


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "nothing", 404), ("DELETE", "imports", 405)])
def test_unknown_address_is_a_problem_document(app: Flask, method: str, path: str, status: int) -> None:
    """What the router refuses is a problem document too."""
    assert code_of(ask(app, method, f"/api/v1/{path}"))[0] == status


def test_fault_of_ours_tells_nothing(app: Flask, token: dict[str, str], demonstration: Demonstration) -> None:
    """An error that nobody foresaw is a bare 500: no trace, no path, no exception's name."""
    issuance = demonstration.issuances()[0]
    for path in (demonstration.data / "issued").iterdir():
        path.unlink()
    answer = ask(app, "GET", f"/api/v1/transcripts/{issuance.id}/pdf", headers=token)
    assert code_of(answer) == (500, "internal-error")
    assert str(demonstration.data) not in answer.text
    assert "Error" not in answer.text


@pytest.mark.parametrize("path", ["tile/", "..%2fapi-token", "%2fetc/passwd", "x/../../api-token", "nothing"])
def test_record_gives_nothing_beside_it(app: Flask, path: str) -> None:
    """No spelling of an address leads out of the record's folder or lists it."""
    assert ask(app, "GET", f"/record/{path}", follow_redirects=True).status_code == 404

"""The issuing API on a real installation: import, issue, read; and who may reach what."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from keys.cli import DEMO_SCHOOLS
from schemas.record.checkpoint import parse_checkpoint_note
from schemas.record.proof import check_inclusion_proof, parse_proof
from schemas.transcript.model import School
from schemas.verdict import VerdictCode
from service.app import create_app
from service.demo import SCHOOL_YEAR, TOKEN_FILE
from service.sample import sample_class
from tests.support.demonstration import Demonstration, add_school
from verify.ed25519 import verify_ed25519

OTHER = School(code="OTHER-01", name="Trường THCS Khác", commune="Phường Khác", province="Hà Nội")

KEY = {"Idempotency-Key": "one"}
BATCH_ACTS = ("pause", "resume", "retry")
REQUEST_ACTS = ("", "/acknowledge", "/close")
APPROVAL_ACTS = ("confirm", "approve", "return")
CHANGE_PATHS = ("", "/<id>", "/<id>/confirm", "/<id>/withdraw")


@pytest.fixture
def client(demonstration: Demonstration) -> FlaskClient:
    """Signed in by the school's token."""
    return client_of(demonstration, (demonstration.data / TOKEN_FILE).read_text().strip())


def client_of(demonstration: Demonstration, token: str) -> FlaskClient:
    """Return a client with a token."""
    made = create_app(demonstration.installation).test_client()
    made.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return made


def said(answer: TestResponse) -> Any:
    """Return the JSON of an answer."""
    return answer.get_json()


def new_class(first_student: int = 101) -> bytes:
    """Return a workbook of two further students."""
    return sample_class(2, class_name="6B", first_student=first_student)


def test_import_issue_and_read(client: FlaskClient, demonstration: Demonstration) -> None:
    """A workbook sent to the API ends as files that anybody can verify, with their proofs."""
    imported = client.post(f"/api/v1/imports?year={SCHOOL_YEAR}", data=new_class(), headers=KEY)
    assert (imported.status_code, said(imported)["imported"], said(imported)["class_name"]) == (200, 2, "6B")
    body = {"school_year": SCHOOL_YEAR, "class_name": "6B"}
    issued = client.post("/api/v1/batches", json=body, headers={"Idempotency-Key": "6B"})
    assert (issued.status_code, said(issued)["issued"], said(issued)["failed"]) == (200, 2, 0)
    listed = said(client.get(f"/api/v1/transcripts?year={SCHOOL_YEAR}&class=6B"))["transcripts"]
    assert listed == said(issued)["transcripts"]
    pdf = client.get(f"/api/v1/transcripts/{listed[0]['id']}/pdf", buffered=True)
    assert listed[0]["serial"] in pdf.headers["Content-Disposition"]
    assert demonstration.verify(pdf.data).verdict is VerdictCode.VALID
    log = demonstration.installation.log
    proof = parse_proof(client.get(f"/api/v1/transcripts/{listed[0]['id']}/proof").data)
    check_inclusion_proof(
        proof, log_key=log.log_verifier, clock_key=log.clock_verifier, verify=verify_ed25519
    )


def test_same_key_is_the_same_batch(client: FlaskClient) -> None:
    """Repeating a request gives the batch of the first time; the same key for another request is refused."""
    body = {"school_year": SCHOOL_YEAR}
    first, second = (
        said(client.post("/api/v1/batches", json=body, headers={"Idempotency-Key": "k"})) for _ in range(2)
    )
    assert first == second
    other = client.post("/api/v1/batches", json=body | {"class_name": "6A"}, headers={"Idempotency-Key": "k"})
    assert (other.status_code, said(other)["code"]) == (409, "idempotency-key-reused")


def test_key_is_compulsory(client: FlaskClient) -> None:
    """Without an Idempotency-Key nothing is issued."""
    answer = client.post("/api/v1/batches", json={"school_year": SCHOOL_YEAR})
    assert (answer.status_code, said(answer)["code"]) == (400, "idempotency-key-missing")


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"school_year":' * 5000, b"{", b"[]"])
def test_malformed_bodies_are_problems(client: FlaskClient, body: bytes) -> None:
    """JSON that is deep, cut or of another shape is refused, never a fault of ours."""
    headers = {"Idempotency-Key": "k"}
    answer = client.post("/api/v1/batches", data=body, content_type="application/json", headers=headers)
    assert answer.status_code in {400, 422}
    assert answer.mimetype == "application/problem+json"


def test_bad_workbook_is_refused_whole(client: FlaskClient) -> None:
    """A workbook with a fault brings its complaints, and nothing of it is imported."""
    answer = client.post(f"/api/v1/imports?year={SCHOOL_YEAR}", data=new_class()[:-200], headers=KEY)
    assert (answer.status_code, said(answer)["imported"]) == (422, 0)
    assert said(answer)["complaints"][0]["code"] == "workbook-unreadable"
    assert said(client.get(f"/api/v1/transcripts?year={SCHOOL_YEAR}&class=6B"))["transcripts"] == []


@pytest.mark.parametrize(
    ("year", "code"),
    [
        ("abc", "request-malformed"),
        ("2025-2027", "request-malformed"),
        ("2098-2099", "school-year-not-begun"),
    ],
)
def test_a_school_year_that_cannot_be_is_refused(client: FlaskClient, year: str, code: str) -> None:
    """What is no school year, and one that has not begun: by code, and nothing is imported."""
    answer = client.post(f"/api/v1/imports?year={year}", data=new_class(), headers=KEY)
    assert (answer.status_code, said(answer)["code"]) == (422, code)


def test_dry_run_imports_nothing(client: FlaskClient) -> None:
    """A dry run says what it would import."""
    answer = client.post(f"/api/v1/imports?year={SCHOOL_YEAR}&dry_run=true", data=new_class(), headers=KEY)
    assert (said(answer)["accepted"], said(answer)["imported"]) == (2, 0)
    body = {"school_year": SCHOOL_YEAR, "class_name": "6B"}
    assert client.post("/api/v1/batches", json=body, headers={"Idempotency-Key": "x"}).status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("post", f"/api/v1/imports?year={SCHOOL_YEAR}"),
        ("post", "/api/v1/batches"),
        ("get", "/api/v1/batches"),
        ("get", f"/api/v1/batches/{'0' * 32}"),
        *(("post", f"/api/v1/batches/{'0' * 32}/{act}") for act in BATCH_ACTS),
        ("get", f"/api/v1/transcripts?year={SCHOOL_YEAR}"),
        ("get", f"/api/v1/transcripts/{'0' * 32}"),
        ("get", f"/api/v1/transcripts/{'0' * 32}/pdf"),
        ("get", f"/api/v1/transcripts/{'0' * 32}/proof"),
        ("get", f"/api/v1/transcripts/{'0' * 32}/extracts"),
        ("post", "/api/v1/extracts"),
        ("post", "/api/v1/releases"),
        ("post", f"/api/v1/transcripts/{'0' * 32}/take-back"),
        ("get", f"/api/v1/approvals?year={SCHOOL_YEAR}&class=6A"),
        *(("post", f"/api/v1/approvals/{act}") for act in APPROVAL_ACTS),
        ("get", "/api/v1/links"),
        ("post", "/api/v1/links"),
        ("get", f"/api/v1/links/{'0' * 32}/opens"),
        ("post", f"/api/v1/links/{'0' * 32}/revoke"),
        ("post", "/api/v1/contacts"),
        ("get", "/api/v1/notices"),
        ("post", f"/api/v1/notices/{'0' * 32}/retry"),
        ("get", "/api/v1/requests"),
        ("post", "/api/v1/requests"),
        *(("get" if act == "" else "post", f"/api/v1/requests/{'0' * 32}{act}") for act in REQUEST_ACTS),
        *(
            (method, f"/api/v1/{noun}{path.replace('<id>', '0' * 32)}")
            for noun in ("revocations", "corrections")
            for path in CHANGE_PATHS
            for method in (("get", "post") if path == "" else ("get",) if path == "/<id>" else ("post",))
        ),
    ],
)
def test_every_route_wants_a_token(released: Demonstration, method: str, path: str) -> None:
    """Without a token, and with a wrong one, every route says 401 and nothing else."""
    app = create_app(released.installation)
    for headers in ({}, {"Authorization": "Bearer wrong"}):
        answer = app.test_client().open(path, method=method, headers=headers)
        assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")


AGENT_ITEM = "documents/<id>/items/<item>"


def test_routes_under_test_are_all_routes(released: Demonstration) -> None:
    """The table above names every route of the API but its description."""
    rules = {rule.rule for rule in create_app(released.installation).url_map.iter_rules()}
    api = {rule.removeprefix("/api/v1/") for rule in rules if rule.startswith("/api/")}
    assert api == {
        "imports",
        "batches",
        "batches/<id>",
        *(f"batches/<id>/{act}" for act in BATCH_ACTS),
        "transcripts",
        "transcripts/<id>",
        "transcripts/<id>/pdf",
        "transcripts/<id>/proof",
        "transcripts/<id>/extracts",
        "transcripts/<id>/take-back",
        "releases",
        "extracts",
        "approvals",
        *(f"approvals/{act}" for act in APPROVAL_ACTS),
        *(f"links{rest}" for rest in ("", "/<id>/opens", "/<id>/revoke")),
        "contacts",
        "notices",
        "notices/<id>/retry",
        "requests",
        *(f"requests/<id>{act}" for act in REQUEST_ACTS),
        *(f"{noun}{rest}" for noun in ("revocations", "corrections") for rest in CHANGE_PATHS),
        "openapi.json",
        # Not for a school's token: test_agent_api.py.
        *(f"agent/{rest}" for rest in ("pairings", "waiting", "claims", "continue", AGENT_ITEM)),
        f"agent/{AGENT_ITEM}/signature",
    }


def test_another_school_reaches_nothing(demonstration: Demonstration) -> None:
    """Another school's token finds none of these transcripts and may not import for this school."""
    register = demonstration.installation.register
    add_school(register, OTHER, "another school's token")
    client = client_of(demonstration, "another school's token")
    issuance = demonstration.issuances()[0]
    for path in ("", "/pdf", "/proof", "/extracts"):
        assert client.get(f"/api/v1/transcripts/{issuance.id}{path}").status_code == 404
    assert client.get(f"/api/v1/batches/{issuance.batch_id}").status_code == 404
    assert said(client.get(f"/api/v1/transcripts?year={SCHOOL_YEAR}")) == {"transcripts": []}
    refused = client.post(f"/api/v1/imports?year={SCHOOL_YEAR}", data=new_class(), headers=KEY)
    assert (refused.status_code, said(refused)["complaints"][0]["code"]) == (422, "school-other")
    assert DEMO_SCHOOLS[0].code != OTHER.code


def test_openapi_describes_every_route(released: Demonstration) -> None:
    """The description names the routes, their security and no other server."""
    document = said(create_app(released.installation).test_client().get("/api/v1/openapi.json"))
    assert "/api/v1/batches" in document["paths"]
    assert document["paths"]["/api/v1/batches"]["post"]["security"] == [{"token": []}]


def test_record_is_served_as_it_lies(released: Demonstration) -> None:
    """The public record comes out byte for byte, and nothing beside it."""
    client = create_app(released.installation).test_client()
    files = [path for path in released.record.rglob("*") if path.is_file()]
    for path in files:
        assert (
            client.get(f"/record/{path.relative_to(released.record)}", buffered=True).data
            == path.read_bytes()
        )
    note = client.get("/record/checkpoint", buffered=True)
    log = released.installation.log
    parse_checkpoint_note(
        note.data, log_key=log.log_verifier, clock_key=log.clock_verifier, verify=verify_ed25519
    )
    assert note.headers["Cache-Control"] == "no-cache"
    for outside in ("../api-token", "%2e%2e/api-token", "", "tile"):
        assert client.get(f"/record/{outside}").status_code == 404


def test_pages_carry_the_security_headers(released: Demonstration) -> None:
    """No script may run, nobody may frame, nothing is kept by caches."""
    client = create_app(released.installation).test_client()
    for path in ("/sign-in", "/", "/nowhere", "/api/v1/openapi.json"):
        headers = client.get(path).headers
        assert headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"


def test_large_body_is_refused(client: FlaskClient) -> None:
    """A body over the limit is refused with a problem, not read."""
    answer = client.post(f"/api/v1/imports?year={SCHOOL_YEAR}", data=bytes(21 * 1024 * 1024), headers=KEY)
    assert (answer.status_code, said(answer)["code"]) == (413, "http-413")


def test_session_key_others_can_read_is_refused(demonstration: Demonstration) -> None:
    """The application does not start with a session key that others on the machine can read."""
    from keys.signer import KeysError

    key: Path = demonstration.data / "session-key"
    key.chmod(0o644)
    with pytest.raises(KeysError) as refusal:
        create_app(demonstration.installation)
    assert refusal.value.code == "key-file-exposed"

"""Batches by the API without waiting: 202, how far it is, pause, resume, retry; and the same answers as before."""

from __future__ import annotations

from secrets import token_hex
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from schemas.transcript.model import School
from service.app import create_app
from service.demo import SCHOOL_YEAR, TOKEN_FILE
from tests.support.batches import with_classes, work_off
from tests.support.demonstration import Demonstration, add_school

OTHER = School(code="OTHER-01", name="Trường THCS Khác", commune="Phường Khác", province="Hà Nội")
BODY = {"school_year": SCHOOL_YEAR, "class_name": "9B"}


@pytest.fixture
def client(demonstration: Demonstration) -> FlaskClient:
    """Signed in by the school's token; class 9B of three is approved and not issued."""
    with_classes(demonstration, class_9B=3)
    return client_of(demonstration, (demonstration.data / TOKEN_FILE).read_text().strip())


def client_of(demonstration: Demonstration, token: str) -> FlaskClient:
    """Return a client with a token."""
    made = create_app(demonstration.installation).test_client()
    made.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return made


def ask(
    client: FlaskClient, body: dict[str, Any] = BODY, *, key: str = "k", prefer: str = "respond-async"
) -> TestResponse:
    """Ask for a batch."""
    headers = {"Idempotency-Key": key, "Prefer": prefer}
    return client.post("/api/v1/batches", json=body, headers=headers)


def new_key() -> dict[str, str]:
    """Return the header of an act that nobody asked for before."""
    return {"Idempotency-Key": token_hex(8)}


def said(answer: TestResponse) -> Any:
    """Return the JSON of an answer."""
    return answer.get_json()


def test_asked_for_without_waiting(client: FlaskClient, demonstration: Demonstration) -> None:
    """The answer is 202 with the address of the batch; there its counts are found, before and after the worker."""
    answer = ask(client, prefer="handling=strict, Respond-Async; wait=0")
    assert (answer.status_code, answer.headers["Preference-Applied"]) == (202, "respond-async")
    assert said(answer)["counts"]["not_begun"] == 3
    path = answer.location
    assert path == f"/api/v1/batches/{said(answer)['batch']}"
    before = said(client.get(path))
    assert (before["issued"], before["job"]["state"]) == (0, "queued")
    work_off(demonstration.installation)
    after = said(client.get(path))
    assert (after["issued"], after["job"]["state"], after["job"]["counts"]["issued"]) == (3, "done", 3)
    assert {one["class_name"] for one in after["transcripts"]} == {"9B"}
    assert [one["batch"] for one in said(client.get("/api/v1/batches"))["batches"]] == [after["batch"]]


def test_the_same_key_is_the_same_batch(client: FlaskClient) -> None:
    """A repeated request has the same address; the key for another request is refused, and it is compulsory."""
    assert ask(client).location == ask(client).location
    other = ask(client, BODY | {"class_name": "6A"})
    assert (other.status_code, said(other)["code"]) == (409, "idempotency-key-reused")
    missing = client.post("/api/v1/batches", json=BODY, headers={"Prefer": "respond-async"})
    assert (missing.status_code, said(missing)["code"]) == (400, "idempotency-key-missing")


def test_without_the_preference_it_is_issued_at_once(client: FlaskClient) -> None:
    """Whoever does not ask for it is answered as before: with the documents, and without a job."""
    answer = ask(client, prefer="handling=lenient")
    assert (answer.status_code, said(answer)["issued"]) == (200, 3)
    assert said(client.get(f"/api/v1/batches/{said(answer)['batch']}"))["job"] is None


def test_pause_resume_retry(client: FlaskClient, demonstration: Demonstration) -> None:
    """A paused batch is not worked at; each act may be repeated and then changes nothing."""
    path = ask(client).location
    for _ in range(2):
        assert said(client.post(f"{path}/pause", headers=new_key()))["state"] == "paused"
    work_off(demonstration.installation)
    assert said(client.get(path))["issued"] == 0
    for _ in range(2):
        assert said(client.post(f"{path}/resume", headers=new_key()))["state"] == "queued"
    work_off(demonstration.installation)
    assert said(client.post(f"{path}/retry", headers=new_key()))["state"] == "done"
    assert said(client.get(path))["issued"] == 3


def test_another_schools_token_finds_no_batch(client: FlaskClient, demonstration: Demonstration) -> None:
    """What is asked for is seen, paused, resumed and retried by the tokens of its school alone."""
    path = ask(client).location
    add_school(demonstration.installation.register, OTHER, "another school's token")
    stranger = client_of(demonstration, "another school's token")
    assert stranger.get(path).status_code == 404
    for act in ("pause", "resume", "retry"):
        assert stranger.post(f"{path}/{act}", headers=new_key()).status_code == 404
    assert said(stranger.get("/api/v1/batches")) == {"batches": []}
    assert said(client.get(path))["job"]["state"] == "queued"


def test_what_would_be_refused_is_refused_at_once(client: FlaskClient) -> None:
    """A class that is not there, or a cap, is answered when it is asked for, not found out by the worker."""
    answer = ask(client, BODY | {"class_name": "12Z"})
    assert (answer.status_code, said(answer)["code"]) == (404, "nothing-to-issue")
    assert said(client.get("/api/v1/batches")) == {"batches": []}

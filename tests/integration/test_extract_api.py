"""Extracts and summaries by the API: issued once for each key, read like any document, and of one's own school."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from schemas.transcript.model import parse_transcript
from schemas.verdict import VerdictCode
from service.app import create_app
from service.demo import SCHOOL_YEAR, TOKEN_FILE
from service.errors import ServiceError
from service.extracting import ExtractRequest
from service.storage.records import Issuance
from tests.support.changes import documents, revoke
from tests.support.demonstration import SCHOOL, Demonstration

KEY = {"Idempotency-Key": "one"}


@pytest.fixture
def client(demonstration: Demonstration) -> FlaskClient:
    """Signed in by the school's token."""
    made = create_app(demonstration.installation).test_client()
    token = (demonstration.data / TOKEN_FILE).read_text().strip()
    made.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return made


def asked(client: FlaskClient, source: Issuance, key: str = "one", **body: Any) -> TestResponse:
    """Ask for an extract, or for what `body` says."""
    members = {"transcript": source.id, "form": "extract", "school_year": SCHOOL_YEAR} | body
    headers = {"Idempotency-Key": key}
    return client.post(
        "/api/v1/extracts", json={name: value for name, value in members.items() if value}, headers=headers
    )


@pytest.mark.parametrize(("form", "year"), [("extract", SCHOOL_YEAR), ("transfer-summary", None)])
def test_it_is_issued_read_and_listed(
    client: FlaskClient, demonstration: Demonstration, form: str, year: str | None
) -> None:
    """The answer names form and year; the file is fetched by its id, verifies, and is on the list."""
    source = demonstration.issuances()[0]
    said: Any = asked(client, source, form=form, school_year=year).get_json()
    assert (said["state"], said["form"], said["school_year"]) == ("released", form, year)
    pdf = client.get(f"/api/v1/transcripts/{said['id']}/pdf", buffered=True).data
    verdict = demonstration.verify(pdf)
    assert (verdict.verdict, verdict.form) == (VerdictCode.VALID, form)
    listed: Any = client.get(f"/api/v1/transcripts/{source.id}/extracts").get_json()
    assert listed == {"extracts": [said]}


def test_same_key_is_the_same_document(client: FlaskClient, demonstration: Demonstration) -> None:
    """Asked again, also once the transcript is revoked, the first document comes back; another key makes another."""
    source = demonstration.issuances()[0]
    first, again, other = (asked(client, source, key).get_json() for key in ("one", "one", "two"))
    assert first == again
    assert other["id"] != first["id"]
    assert len(documents(demonstration)) == 3
    revoke(demonstration)
    assert asked(client, source).get_json()["id"] == first["id"]
    assert asked(client, source, "three").get_json()["code"] == "nothing-to-extract"


def test_same_key_for_something_else_is_refused(client: FlaskClient, demonstration: Demonstration) -> None:
    """Another form or another student under a key that was used: refused, and nothing is issued."""
    mine, other = demonstration.issuances()[:2]
    asked(client, mine)
    for answer in (
        asked(client, mine, form="transfer-summary", school_year=None),
        asked(client, other),
    ):
        assert (answer.status_code, answer.get_json()["code"]) == (409, "idempotency-key-reused")
    assert (len(documents(demonstration)), len(documents(demonstration, 1))) == (2, 1)


@pytest.mark.parametrize(
    "body",
    [
        {"form": "extract", "school_year": None},
        {"form": "transfer-summary"},
        {"form": "transcript"},
        {"more": 1},
    ],
)
def test_other_bodies_are_problems(
    client: FlaskClient, demonstration: Demonstration, body: dict[str, Any]
) -> None:
    """A year goes with an extract, and with that alone; nothing else is taken."""
    answer = asked(client, demonstration.issuances()[0], **body)
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")


def test_key_is_compulsory(client: FlaskClient, demonstration: Demonstration) -> None:
    """Without an Idempotency-Key nothing is issued; what the record does not have is not extracted."""
    body = {"transcript": demonstration.issuances()[0].id, "form": "transfer-summary"}
    answer = client.post("/api/v1/extracts", json=body)
    assert (answer.status_code, answer.get_json()["code"]) == (400, "idempotency-key-missing")
    for missing in ({"transcript": "0" * 32}, {"form": "extract", "school_year": "2019-2020"}):
        answer = client.post("/api/v1/extracts", json=body | missing, headers=KEY)
        assert (answer.status_code, answer.get_json()["code"]) in {
            (404, "transcript-unknown"),
            (404, "nothing-to-extract"),
        }


def test_request_left_by_a_crash_is_gone_on_with(
    demonstration: Demonstration, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped after the request was kept and before its document, the same key ends with exactly one document."""
    installation = demonstration.installation
    request = ExtractRequest(SCHOOL, demonstration.issuances()[0].student_code, SCHOOL_YEAR, "one")

    def stop(_self: object, _issuances: object) -> None:
        raise ServiceError("stopped", "dừng", "stopped")

    with monkeypatch.context() as patched:
        patched.setattr(type(installation.register), "reserve", stop)
        with pytest.raises(ServiceError):
            installation.extract(request)
    made = installation.extract(request)
    assert installation.extract(request) == made
    assert [one.id for one in documents(demonstration)[1:]] == [made.id]
    assert [year.school_year for year in parse_transcript(made.data).years] == [SCHOOL_YEAR]

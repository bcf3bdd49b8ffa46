"""What an agent may do on the server, and nobody else: pairing, tenancy, claims, values."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from flask import Flask
from werkzeug.test import TestResponse

from keys.file_signer import FileSigner
from keys.keyring import DocumentRole
from schemas.transcript.model import School
from service.app import create_app
from service.demo import SCHOOL_YEAR, TOKEN_FILE
from service.sample import sample_class
from service.signers.awaited_signatures import CLAIM_TIME
from service.signers.pairing import CODE_TIME
from service.web.language import state_words
from tests.support.demonstration import SCHOOL, Demonstration, add_school
from tests.support.office import keep_certificate, pairing_code
from tests.support.revocable_school import Authorities, RevocableSchool
from tests.support.signers import SIGNING
from tests.support.stamping_server import serving

OTHER = School(code="OTHER-02", name="Trường THCS Khác", commune="Phường Khác", province="Hà Nội")
API = "/api/v1/agent"
STUDENTS = 2


class Agent:
    """A program that speaks to the application."""

    def __init__(self, app: Flask, token: str | None) -> None:
        self.app = app
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.certificates: list[str] = []

    def ask(self, method: str, path: str, body: object = None) -> TestResponse:
        """Return the answer to one request."""
        return self.app.test_client().open(
            path if path.startswith("/api") else API + path, method=method, json=body, headers=self.headers
        )

    def code(self, method: str, path: str, body: object = None) -> tuple[int, str]:
        """Return status and code of a refusal."""
        answer = self.ask(method, path, body)
        return answer.status_code, answer.get_json()["code"]

    def waiting(self) -> list[str]:
        """Return the documents that wait."""
        return [one["document"] for one in self.ask("GET", "/waiting").get_json()["waiting"]]

    def claim(self, *documents: str) -> list[dict[str, Any]]:
        """Claim documents."""
        items: list[dict[str, Any]] = self.claimed(*documents)["items"]
        return items

    def claimed(self, *documents: str) -> dict[str, Any]:
        """Claim documents, and return all that is said."""
        body = {"documents": documents, "certificates": self.certificates}
        answer: dict[str, Any] = self.ask("POST", "/claims", body).get_json()
        return answer


class Place:
    """A school whose class waits, the keys of its office, and its application."""

    def __init__(self, demonstration: Demonstration) -> None:
        self.demonstration = demonstration
        self.keys = {role: keep_certificate(demonstration, role) for role in SIGNING}
        installation = demonstration.installation
        add_school(installation.register, OTHER, "0f" * 24)
        assert len(installation.issue(SCHOOL, SCHOOL_YEAR, class_name="6B").waiting) == STUDENTS
        self.app = create_app(installation)
        self.close = installation.verifier.close

    def agent(self, school: str = SCHOOL) -> Agent:
        """Pair a new agent."""
        answer = self.pair(pairing_code(self.demonstration, school))
        agent = Agent(self.app, answer.get_json()["token"])
        agent.certificates = [one.certificate.fingerprint(SHA256()).hex() for one in self.keys.values()]
        return agent

    def pair(self, code: str) -> TestResponse:
        """Come with a pairing code."""
        return Agent(self.app, None).ask("POST", "/pairings", {"code": code})

    @property
    def principal(self) -> FileSigner:
        """The principal's key."""
        return self.keys[DocumentRole.PRINCIPAL]


@pytest.fixture
def place(demonstration: Demonstration) -> Iterator[Place]:
    """A class that waits."""
    workbook = sample_class(STUDENTS, class_name="6B", first_student=101)
    assert demonstration.installation.import_workbook(workbook, SCHOOL_YEAR, dry_run=False).ok
    made = Place(demonstration)
    yield made
    made.close()


def signature(key: FileSigner, item: dict[str, Any]) -> dict[str, str]:
    """Return the body that brings the value of an item."""
    value = key.sign(base64.b64decode(item["signed_attributes"]))
    return {"signature": base64.b64encode(value).decode()}


def where(item: dict[str, Any]) -> str:
    """Return the address of an item."""
    return f"/documents/{item['document']}/items/{item['item']}"


def test_code_is_typed_as_people_type(place: Place) -> None:
    """Small letters, spaces, O for 0 and l for 1 are the same code."""
    code = pairing_code(place.demonstration)
    assert place.pair(code.lower().replace("-", " ").replace("0", "o").replace("1", "l")).status_code == 200


def test_code_is_used_once(place: Place) -> None:
    """A code opens once; again it is refused, and the token of the first time goes on."""
    code = pairing_code(place.demonstration)
    first = Agent(place.app, place.pair(code).get_json()["token"])
    again = place.pair(code)
    assert (again.status_code, again.get_json()["code"]) == (403, "pairing-code-wrong")
    assert len(first.waiting()) == STUDENTS


def test_code_is_short_lived(place: Place) -> None:
    """A code that is a quarter of an hour old is refused."""
    code = pairing_code(place.demonstration)
    place.demonstration.clock.time += CODE_TIME
    assert place.pair(code).get_json()["code"] == "pairing-code-wrong"


def test_retired_agent_opens_nothing(place: Place) -> None:
    """From being taken back an agent is a stranger, and so is a code that nobody has used."""
    agent, register = place.agent(), place.demonstration.installation.register
    unused = pairing_code(place.demonstration)
    for known in register.agents(SCHOOL):
        register.retire_agent(SCHOOL, known.id, at=1)
    assert agent.code("GET", "/waiting") == (401, "token-wrong")
    assert place.pair(unused).status_code == 403


def test_agent_of_another_school_finds_nothing(place: Place) -> None:
    """To another school's agent what waits here does not exist, whichever way it asks."""
    mine, other = place.agent(), place.agent(OTHER.code)
    (item, *_) = mine.claim(*mine.waiting())
    assert (other.waiting(), other.claim(item["document"])) == ([], [])
    assert other.code("GET", where(item)) == (404, "signature-not-awaited")
    body = signature(place.principal, item)
    assert other.code("POST", f"{where(item)}/signature", body) == (404, "signature-not-awaited")
    assert other.ask("POST", "/continue", {}).get_json()["waiting"] == 0


def test_second_operator_signs_nothing_that_the_first_holds(place: Place) -> None:
    """Another agent of the school neither gets nor brings what is claimed; when the time is over it does."""
    one, two = place.agent(), place.agent()
    (item, *_) = one.claim(*one.waiting())
    assert two.claim(item["document"]) == []
    body = signature(place.principal, item)
    assert two.code("POST", f"{where(item)}/signature", body) == (409, "signature-claimed")
    place.demonstration.clock.time += CLAIM_TIME + dt.timedelta(seconds=1)
    assert [each["item"] for each in two.claim(item["document"])] == [item["item"]]
    assert two.ask("POST", f"{where(item)}/signature", body).status_code == 200
    assert one.code("POST", f"{where(item)}/signature", signature(place.principal, item)) == (
        409,
        "signature-already-there",
    )


def test_without_the_key_nothing_is_held_up(place: Place) -> None:
    """An agent that has not the principal's key is told so, and keeps no other agent from these documents."""
    one, two = place.agent(), place.agent()
    one.certificates = one.certificates[1:]
    claimed = one.claimed(*one.waiting())
    assert (claimed["items"], sorted(claimed["others"])) == ([], sorted(one.waiting()))
    assert len(two.claim(*two.waiting())) == STUDENTS


def test_value_by_the_wrong_key_is_refused(place: Place) -> None:
    """A value of the seal's key for the principal, one of other bytes, and what is no base64 are refused."""
    agent = place.agent()
    item, another = agent.claim(*agent.waiting())
    path = f"{where(item)}/signature"
    seal = signature(place.keys[DocumentRole.SEAL], item)
    assert agent.code("POST", path, seal) == (422, "signature-not-by-certificate")
    assert agent.code("POST", path, signature(place.principal, another)) == (
        422,
        "signature-not-by-certificate",
    )
    assert agent.code("POST", path, {"signature": "%"}) == (422, "signature-not-base64")
    assert len(agent.waiting()) == STUDENTS


def test_waiting_is_no_failure_to_whoever_looks(place: Place) -> None:
    """API and console call what waits waiting: neither failed nor issued."""
    school = Agent(place.app, (place.demonstration.data / TOKEN_FILE).read_text().strip())
    said = school.ask("GET", f"/api/v1/transcripts?year={SCHOOL_YEAR}&class=6B").get_json()["transcripts"]
    assert [(one["waiting"], one["failure"]["code"]) for one in said] == [
        (True, "signature-awaited")
    ] * STUDENTS
    register = place.demonstration.installation.register
    with place.app.test_request_context():
        words = {state_words(one) for one in register.unfinished(SCHOOL)}
    assert words == {"Chờ ký"}
    counts = {
        one.class_name: (one.released, one.started, one.failed) for one in register.class_counts(SCHOOL)
    }
    assert counts["6B"] == (0, STUDENTS, 0)


def test_tokens_open_their_own_doors_alone(place: Place) -> None:
    """A school's token opens nothing of the agents, and an agent's token nothing else."""
    agent = place.agent()
    school = Agent(place.app, (place.demonstration.data / TOKEN_FILE).read_text().strip())
    assert school.code("GET", "/waiting") == (401, "token-wrong")
    assert agent.code("GET", f"/api/v1/transcripts?year={SCHOOL_YEAR}") == (401, "token-wrong")
    body = {"school_year": SCHOOL_YEAR, "class_name": "6B"}
    assert agent.code("POST", "/api/v1/batches", body) == (401, "token-wrong")


def test_only_what_waits_can_be_read(place: Place) -> None:
    """The prepared file of an item is given while it waits, and not when its signature is there."""
    agent = place.agent()
    (item, *_) = agent.claim(*agent.waiting())
    answer = agent.ask("GET", where(item))
    assert (answer.status_code, answer.data[:8]) == (200, b"%PDF-1.7")
    agent.ask("POST", f"{where(item)}/signature", signature(place.principal, item))
    assert agent.code("GET", where(item)) == (404, "signature-not-awaited")


@pytest.mark.parametrize(
    "body", [None, {}, *({"documents": some, "certificates": []} for some in ([], ["0" * 32] * 26, [1]))]
)
def test_malformed_claims(place: Place, body: object) -> None:
    """A claim of nothing, of too much or of another shape is refused."""
    assert place.agent().code("POST", "/claims", body) == (422, "request-malformed")


def test_class_is_released_by_going_on(place: Place) -> None:
    """Two rounds by the API alone release the class, and nothing is left to go on with."""
    agent, reached = place.agent(), []
    for role in SIGNING:
        for item in agent.claim(*agent.waiting()):
            agent.ask("POST", f"{where(item)}/signature", signature(place.keys[role], item))
        reached.append(agent.ask("POST", "/continue", {}).get_json())
    assert reached[-1] == {"released": STUDENTS, "signed": 0, "waiting": 0, "failed": 0, "left": 0}


def test_outage_of_the_responder_holds_up_no_claim(demonstration: Demonstration) -> None:
    """Prepared with evidence that still holds, a document is handed out though nobody answers; later it is not."""
    authorities = Authorities(demonstration)
    with serving(authorities) as responder:
        RevocableSchool(demonstration, students=STUDENTS, OCSP_URLS=responder.address)
        place = Place(demonstration)
        agent = place.agent()
        authorities.down = True
        assert len(agent.claim(*agent.waiting())) == STUDENTS
        demonstration.clock.forward(hours=13)
        demonstration.installation.publish()
        body = {"documents": agent.waiting(), "certificates": agent.certificates}
        assert agent.code("POST", "/claims", body) == (409, "awaiting-revocation-evidence")
        place.close()

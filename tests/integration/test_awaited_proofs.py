"""Documents that wait for a time stamp or for evidence are gone on with by the service itself, with patience."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from schemas.verdict import VerdictCode
from service.issuing import released_path
from service.signers.school_signers import Operator
from service.storage.records import Issuance
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.revocable_school import PRINCIPAL, SEAL, Authorities, RevocableSchool
from tests.support.signers import Person, move_to_token
from tests.support.softhsm import SoftHSM
from tests.support.stamped_signatures import CLASS, TSA, StampedSchool
from tests.support.stamping_server import Server, honest, send, serving


class Line:
    """A time-stamp authority that can be away."""

    def __init__(self, demonstration: Demonstration) -> None:
        self.answer = honest(time=demonstration.clock, by=TSA)
        self.is_down = True

    def __call__(self, handler: object, body: bytes) -> None:
        """Answer, or not."""
        if self.is_down:
            send(handler, b"", 503)  # type: ignore[arg-type] # the handler
        else:
            self.answer(handler, body)  # type: ignore[arg-type] # the handler


@pytest.fixture
def line(demonstration: Demonstration) -> Line:
    """The authority, which is away."""
    return Line(demonstration)


@pytest.fixture
def server(line: Line) -> Iterator[Server]:
    """Where it is."""
    with serving(line) as server:
        yield server


def _codes(school: StampedSchool) -> list[str | None]:
    return [one.failure_code for one in _of_class(school)]


def _of_class(school: StampedSchool) -> list[Issuance]:
    return [one for one in school.demonstration.issuances() if one.class_name == CLASS]


def test_service_goes_on_when_the_authority_is_back(
    demonstration: Demonstration, line: Line, server: Server
) -> None:
    """A class waits through an outage; the service releases it by itself, and counts meanwhile."""
    school = StampedSchool(demonstration, server.address, students=30)
    assert len(school.issue().failed) == 30
    tending = school.installation.tending
    tending.finish()
    assert "hocba_awaiting_proofs 30\n" in tending.health.metrics()
    line.is_down = False
    school.clock.forward(minutes=3)
    tending.finish()
    assert "hocba_awaiting_proofs 0\n" in tending.health.metrics()
    assert tending.health.failures == 0
    for one in _of_class(school):
        pdf = released_path(demonstration.data / "issued", one).read_bytes()
        assert demonstration.verify(pdf).verdict is VerdictCode.VALID
    assert school.work() == set()


def test_outage_is_tried_less_and_less_often(demonstration: Demonstration, server: Server) -> None:
    """After one minute, two, four, up to an hour, and for each try the authority is asked once at most."""
    school = StampedSchool(demonstration, server.address, students=3)
    school.issue()
    tending, tried = school.installation.tending, []
    for minute in range(200):
        before = len(server.asked)
        tending.finish()
        if len(server.asked) > before:
            tried.append(minute)
            assert len(server.asked) == before + 1
        school.clock.forward(minutes=1)
    assert tried == [1, 3, 7, 15, 31, 63, 123, 183]
    assert _codes(school) == ["awaiting-time-stamp"] * 3


def test_evidence_is_waited_for_too(demonstration: Demonstration, line: Line, server: Server) -> None:
    """Stamped, and then the responder is away: the reason changes, and the document comes when both are there."""
    authorities = Authorities(demonstration)
    with serving(authorities) as responder:
        school = RevocableSchool(demonstration, server.address, OCSP_URLS=responder.address)
        school.issue()
        line.is_down, authorities.down = False, True
        tending = school.installation.tending
        school.clock.forward(minutes=10)
        tending.finish()
        assert _codes(school) == ["awaiting-revocation-evidence"]
        authorities.down = False
        school.clock.forward(minutes=10)
        tending.finish()
    assert _codes(school) == [None]


def test_token_is_left_to_a_person(
    demonstration: Demonstration, line: Line, server: Server, soft_hsm: SoftHSM
) -> None:
    """Stamped by itself, but the seal is on a token: the document says that somebody must come, and is left alone."""
    move_to_token(demonstration, soft_hsm, PRINCIPAL, SEAL)
    school = StampedSchool(demonstration, server.address)
    operator = Operator(ask_pin=Person())
    school.installation.issue(SCHOOL, "2025-2026", class_name=CLASS, operator=operator)
    line.is_down = False
    school.clock.forward(minutes=3)
    tending = school.installation.tending
    tending.finish()
    assert _codes(school) == ["pin-needed"]
    assert tending.health.awaiting_proofs == 0
    report = school.installation.issue(SCHOOL, "2025-2026", class_name=CLASS, operator=operator)
    assert (len(report.released), report.failed) == (1, ())

"""Asking time-stamp authorities: the honest, the absent, the slow, the swollen and the false."""

from __future__ import annotations

import datetime as dt
import secrets
import time
from contextlib import ExitStack, suppress
from hashlib import sha256
from http.server import BaseHTTPRequestHandler

import pytest

from service.errors import ServiceError
from service.evidence.time_stamp_client import TimeStampClient, checked_address
from tests.support.certificates import party
from tests.support.demonstration import Clock
from tests.support.stamping_server import NOW, Answer, honest, send, serving
from tests.support.time_stamps import response, stamper, time_stamps

IMPRINT = sha256(b"stamp me").digest()


def _client(*addresses: str, clock: Clock | None = None, timeout: float = 5) -> TimeStampClient:
    return TimeStampClient(
        addresses,
        now=clock or Clock(NOW),
        token_bytes=secrets.token_bytes,
        timeout=timeout,
    )


def _refused(answer: Answer, *, timeout: float = 5) -> str:
    with serving(answer) as server, pytest.raises(ServiceError, match="time-stamp-unavailable") as refusal:
        _client(server.address, timeout=timeout).stamp(IMPRINT, time_stamps())
    assert refusal.value.text.vi
    return refusal.value.text.en


def test_honest_authority() -> None:
    """A good answer gives the token and what it says; the question was one of RFC 3161 §3.4."""
    with serving(honest()) as server:
        token, stamp = _client(server.address).stamp(IMPRINT, time_stamps())
    assert server.asked == ["application/timestamp-query"]
    assert (stamp.time, stamp.authority) == (NOW, "tsa")
    assert token.startswith(b"\x30")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (honest(nonce=1), "another question"),
        (honest(nonce=None), "another question"),
        (honest(imprint=bytes(32)), "something else"),
        (honest(by=stamper("a stranger", party("nobody"))), "no trusted authority"),
        (honest(time=NOW - dt.timedelta(minutes=11)), "its clock says"),
        (honest(time=NOW + dt.timedelta(minutes=11)), "its clock says"),
        (lambda handler, _: send(handler, response(b"", status=2)), "refused (status 2)"),
        (lambda handler, _: send(handler, b"<html>busy</html>"), "not in the form"),
        (lambda handler, _: send(handler, b"", 503), "HTTP 503"),
        (lambda handler, _: send(handler, bytes((1 << 16) + 1)), "too large"),
    ],
)
def test_false_answer(answer: Answer, reason: str) -> None:
    """An answer to another question, over other bytes, by a stranger, of another time, or no answer: none is kept."""
    assert reason in _refused(answer)


def test_redirect_is_not_followed() -> None:
    """An authority that sends us elsewhere is not believed, and elsewhere is not asked."""
    with serving(honest()) as elsewhere:
        told = _refused(lambda handler, _: send(handler, b"", 307, Location=elsewhere.address))
    assert "HTTP 307" in told
    assert elsewhere.asked == []


def test_body_that_trickles() -> None:
    """An authority that sends a byte now and then is given up on in time."""

    def trickle(handler: BaseHTTPRequestHandler, _: bytes) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        for _unused in range(1000):
            handler.wfile.write(b"x")
            time.sleep(0.05)

    started = time.monotonic()
    assert "in time" in _refused(trickle, timeout=0.5)
    assert time.monotonic() - started < 5


def test_headers_that_trickle() -> None:
    """The same for one that never ends its headers."""

    def trickle(handler: BaseHTTPRequestHandler, _: bytes) -> None:
        for _unused in range(1000):
            handler.wfile.write(b"HTTP/1.0 200 OK\r\n" if _unused == 0 else b"A: b\r\n")
            time.sleep(0.05)

    started = time.monotonic()
    assert "in time" in _refused(trickle, timeout=0.5)
    assert time.monotonic() - started < 5


def test_silence() -> None:
    """The same for one that says nothing at all."""
    assert "time" in _refused(lambda *_: time.sleep(2), timeout=0.3)


def test_the_next_is_asked() -> None:
    """Where the first gives no good answer the next one serves, in the order of the settings."""
    with ExitStack() as stack:
        servers = [stack.enter_context(serving(answer)) for answer in (honest(nonce=1), honest(), honest())]
        _client("http://127.0.0.1:9/", *(one.address for one in servers)).stamp(IMPRINT, time_stamps())
    assert [len(one.asked) for one in servers] == [1, 1, 0]


def test_one_that_failed_is_left_alone() -> None:
    """An authority that failed is asked again after a minute, then after two; once it answers, at once."""
    clock, wrong = Clock(NOW), [1, 1]

    def answer(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        changes = {"nonce": wrong.pop()} if wrong else {}
        honest(time=clock.time, **changes)(handler, body)

    with serving(answer) as server:
        client = _client(server.address, clock=clock)

        def asked_after(seconds: int) -> int:
            clock.forward(seconds=seconds)
            with suppress(ServiceError):
                client.stamp(IMPRINT, time_stamps())
            return len(server.asked)

        assert [asked_after(seconds) for seconds in (0, 59, 1, 119, 1, 0)] == [1, 1, 2, 2, 3, 4]


@pytest.mark.parametrize(
    "address",
    [
        "ftp://tsa.example.vn/",
        "tsa.example.vn",
        "http:///tsa",
        "http://user:secret@tsa.example.vn/",
        "http://tsa.example.vn/#part",
        "http://tsa.example.vn:port/",
        "http://tsa.example.vn/\u0111",
        "file:///etc/passwd",
    ],
)
def test_strange_address_is_refused(address: str) -> None:
    """Only http and https to a host, without a name and a password in it."""
    with pytest.raises(ServiceError, match="time-stamp-address"):
        checked_address(address)

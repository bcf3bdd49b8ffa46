"""Faults of our own: no query of a stranger's makes one, and its page is whole, counted, and tells nothing."""

from __future__ import annotations

import io
import logging
import re
import threading
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import ExitStack
from typing import NoReturn

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import create_environ

from tests.support.demonstration import SCHOOL, Demonstration
from verify.sandbox import Sandbox, SandboxBusyError
from verify.web.app import create_app
from verify.web.assets import Assets
from verify.web.limits import LARGE_AT_ONCE, LARGE_BYTES, UPLOADS_AT_ONCE, WAITING_AT_ONCE, NoRoomError

RESERVED = ("endpoint=a", "_method=DELETE", "_scheme=https&_external=1", "_external=1", "_anchor=x")
"""What names of flask's `url_for` a query may hold."""


@pytest.fixture
def app(released: Demonstration) -> Iterator[Flask]:
    """The portal over the released transcripts."""
    verifier = released.verifier()
    yield create_app(verifier)
    verifier.close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Somebody who asks it."""
    return app.test_client()


def addresses(app: Flask, serial: str) -> Iterator[str]:
    """Yield an address of every route that answers GET."""
    known = {"serial": serial, "school": SCHOOL, "release": Assets().release, "name": "portal.css"}
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()):
            yield re.sub(r"<(?:\w+:)?(\w+)>", lambda found: known[found[1]], rule.rule)


@pytest.mark.parametrize("query", RESERVED)
def test_no_query_changes_a_page(
    app: Flask, client: FlaskClient, released: Demonstration, query: str
) -> None:
    """Every route answers a query of such names as it answers none, its links too."""
    serial = released.issuances()[0].serial
    asked = [one for one in addresses(app, serial) if one != "/metrics"]
    assert f"/V/{serial}" in asked
    for address in asked:
        plain, with_query = client.get(address), client.get(f"{address}?{query}")
        assert with_query.status_code == plain.status_code, address
        assert links(with_query.text) == links(plain.text), address


def links(page: str) -> list[str]:
    """Return where a page leads; nothing of what is no page."""
    return re.findall(r'href="([^"]*)"', page)


def fails(*_: object, **__: object) -> NoReturn:
    """Fail as nobody foresaw."""
    raise ValueError("hoc-ba-cua-An.pdf")


@pytest.mark.parametrize("fault", ["view", "template", "limits"])
def test_page_of_a_fault_is_whole_and_tells_nothing(
    app: Flask, fault: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever failed, rendering too: a page with its headers and the way on, one 500 counted, no path in the log."""
    if fault == "view":
        monkeypatch.setitem(app.view_functions, "pages.show_serial", fails)
    elif fault == "template":
        monkeypatch.setitem(app.jinja_env.globals, "other_language", fails)
    else:
        monkeypatch.setattr("verify.web.limits.Limits.check", fails)
    with caplog.at_level(logging.DEBUG):
        answer = app.test_client().get("/V/7K3M?lang=en")
    assert (answer.status_code, "The fault is ours" in answer.text) == (500, True)
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "/?lang=en" in links(answer.text)
    assert 'hocba_verify_refused_total{status="500"} 1.0' in app.test_client().get("/metrics").text
    assert "ValueError in pages.show_serial" in caplog.text
    assert [said for said in ("7K3M", "hoc-ba", "Traceback") if said in caplog.text] == []


def test_fault_after_the_answer_was_made_tells_nothing(
    app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """An error that comes behind every handler gets a page with its headers, and its path is not logged either."""
    monkeypatch.setitem(app.after_request_funcs, None, [fails])
    answer = app.test_client().get("/V/7K3M")
    assert (answer.status_code, answer.headers["X-Content-Type-Options"]) == (500, "nosniff")
    assert "ValueError in pages.show_serial" in caplog.text
    assert "7K3M" not in caplog.text


def test_what_there_was_no_room_for_is_counted(
    app: Flask, released: Demonstration, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An upload beyond the threads, a file beyond the children and content that was not opened have their counters."""

    def full(*_: object, **__: object) -> NoReturn:
        raise SandboxBusyError

    monkeypatch.setattr(Sandbox, "_take", full)
    client = app.test_client()
    known = client.post("/api/v1/verify", data=released.pdf(), content_type="application/pdf")
    unknown = client.post("/api/v1/verify", data=b"%PDF-1.7", content_type="application/pdf")
    photo = client.post("/api/v1/verify", data=b"\x89PNG\r\n", content_type="image/png")
    assert [one.status_code for one in (known, unknown, photo)] == [200, 503, 503]
    assert known.get_json()["verdict"] == "unconfirmed"
    text = client.get("/metrics").text
    assert 'hocba_verify_shed_total{what="content"} 1.0' in text
    assert 'hocba_verify_shed_total{what="file"} 2.0' in text


def test_room_is_given_back_whatever_became_of_an_upload(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Uploads that are answered, refused or end in a fault leave their place to the next."""
    monkeypatch.setattr("verify.web.views.shown_name", fails)
    for _ in range(UPLOADS_AT_ONCE + 1):
        answer = client.post("/check", data={"file": (io.BytesIO(b"x"), "a.pdf")})
        assert answer.status_code == 500
        assert client.post("/api/v1/verify", data=b"x", content_type="text/plain").status_code == 415
    assert places(app, 100) == UPLOADS_AT_ONCE


def places(app: Flask, length: int | None) -> int:
    """Return how many uploads of a length are let in at once; None: they come in pieces."""
    said = {"HTTP_TRANSFER_ENCODING": "chunked"} if length is None else {"CONTENT_LENGTH": str(length)}
    environment = create_environ("/check", method="POST") | said
    with ExitStack() as uploads:
        for number in range(100):
            uploads.enter_context(app.app_context())
            uploads.enter_context(app.request_context(environment))
            try:
                app.preprocess_request()
            except NoRoomError:
                return number
    return 100


@pytest.mark.parametrize("length", [LARGE_BYTES + 1, None])
def test_large_uploads_leave_room_to_others(app: Flask, length: int | None) -> None:
    """Large files, and those that do not say how large they are, cannot take every place."""
    assert places(app, length) == LARGE_AT_ONCE < UPLOADS_AT_ONCE
    assert places(app, LARGE_BYTES) == UPLOADS_AT_ONCE


def test_place_that_becomes_free_in_a_moment_is_waited_for(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where an upload ends while another waits, nobody is refused; more than a few do not wait at all."""
    monkeypatch.setattr("verify.web.limits.PATIENCE_SECONDS", 60.0)
    environment = create_environ("/check", method="POST") | {"CONTENT_LENGTH": "100"}

    ended = threading.Event()

    def enter() -> bool:
        with app.request_context(environment):
            try:
                app.preprocess_request()
            except NoRoomError:
                return False
            return ended.wait(60)

    at_once = UPLOADS_AT_ONCE + WAITING_AT_ONCE + 1
    with ThreadPoolExecutor(at_once) as pool:
        uploads = [pool.submit(enter) for _ in range(at_once)]
        (refused,) = wait(uploads, return_when=FIRST_COMPLETED).done
        assert refused.result() is False
        ended.set()
        assert [one.result() for one in uploads if one is not refused] == [True] * (at_once - 1)

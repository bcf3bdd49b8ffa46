"""Faults of our own on the issuing side: their page does not fail as well, and the log names no path."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NoReturn

import pytest
from flask import Flask

from schemas.errors import HocbaError
from service.app import create_app
from service.people.roles import Role
from service.storage.register import Register
from tests.support.demonstration import Demonstration
from tests.support.sign_in import sign_in_as
from verify.findings import VerifyError


@pytest.fixture
def app(released: Demonstration) -> Iterator[Flask]:
    """The issuing application."""
    installation = released.installation
    yield create_app(installation)
    installation.verifier.close()


def fails(*_: object, **__: object) -> NoReturn:
    """Fail as nobody foresaw."""
    raise ValueError("Nguyễn Văn An")


@pytest.mark.parametrize(
    ("error", "status"),
    [(ValueError("Nguyễn Văn An"), 500), (VerifyError("database-unavailable", "Chờ.", "Wait."), 503)],
)
def test_page_of_an_outage_reads_nothing_that_may_be_away(
    app: Flask, released: Demonstration, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    """Where the school of whoever signed in cannot be read, the page says so in the language chosen, with headers."""
    client = app.test_client()
    sign_in_as(client, released, Role.PRINCIPAL)
    with client.session_transaction() as session:
        session["lang"] = "en"

    def away(*_: object) -> NoReturn:
        raise error

    monkeypatch.setattr(Register, "school", away)
    answer = client.get("/")
    said = error.text.en if isinstance(error, HocbaError) else "Our fault; nothing was lost."
    assert (answer.status_code, said in answer.text) == (status, True)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


def test_what_no_handler_takes_names_no_path(
    app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A family's link stands in a path: an error behind every handler is logged by its kind and route."""
    monkeypatch.setitem(app.after_request_funcs, None, [fails])
    token = "A" * 22
    assert app.test_client().get(f"/hoc-ba/{token}").status_code == 500
    assert "ValueError in family.show" in caplog.text
    assert token not in caplog.text

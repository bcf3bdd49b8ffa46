"""What of Flask-Security stands open, and what it says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import flask_security.core
import pytest
from flask.testing import FlaskClient

from scripts.sign_in_catalogue import CATALOGUE, compiled
from service.app import create_app
from service.people.roles import Role
from tests.support.demonstration import Demonstration
from tests.support.sign_in import form_token, name_of, password_of, send, sign_in_as


@pytest.fixture
def client(demonstration: Demonstration) -> Iterator[FlaskClient]:
    """A browser without a session."""
    installation = demonstration.installation
    yield create_app(installation).test_client()
    installation.verifier.close()


@pytest.mark.parametrize(
    "path", ["/sign-in", "/sign-in/authenticator", "/account/recovery-codes", "/people/invite"]
)
def test_pages_with_secrets_are_closed(client: FlaskClient, demonstration: Demonstration, path: str) -> None:
    """Pages on which secrets are typed or shown run nothing, load nothing from elsewhere, and stay in no cache."""
    if path != "/sign-in":
        sign_in_as(client, demonstration, Role.ADMINISTRATOR)
    fields = {"setup": "authenticator"} if "authenticator" in path else {}
    answer = send(client, path, **fields)
    assert answer.status_code in {200, 422}
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert not re.search(r"<script|<style| style=| on[a-z]+=|https?://|data:", answer.text)


@pytest.mark.parametrize(
    "path", ["/tf-rescue", "/tf-select", "/sign-in/authenticator/x", "/fs-static/x", "/login", "/register"]
)
def test_ways_that_are_not_offered_are_closed(client: FlaskClient, path: str) -> None:
    """Of the library's pages only those stand open that this installation uses."""
    assert client.get(path).status_code in {404, 405}
    assert send(client, path).status_code in {404, 405}


def test_no_token_of_the_library_opens_anything(client: FlaskClient, demonstration: Demonstration) -> None:
    """Signing in is by form alone: no answer in JSON hands out a token, and none is taken."""
    body = {
        "sign_in_name": name_of(Role.CLERK),
        "password": password_of(demonstration),
        "form": form_token(client),
    }
    answer = client.post("/sign-in?include_auth_token", json=body)
    assert answer.status_code == 400
    sign_in_as(client, demonstration, Role.CLERK)
    assert client.get("/account", headers={"Accept": "application/json"}).mimetype == "text/html"


def test_every_sentence_of_the_library_is_in_vietnamese() -> None:
    """Each message that Flask-Security has stands in the catalogue, which is compiled as it is written."""
    source = CATALOGUE.read_text(encoding="utf-8")
    written = "".join(re.findall(r'"(.*)"', source))
    messages: dict[str, Any] = vars(flask_security.core)["_default_messages"]
    missing = [str(one[0]) for one in messages.values() if str(one[0]) not in written]
    assert missing == []
    assert CATALOGUE.with_suffix(".mo").read_bytes() == compiled()

"""Signing in to the console: as one of the demonstration's people, by a session of the client or by the page."""

from __future__ import annotations

import re
import secrets
import time

from flask.testing import FlaskClient
from playwright.sync_api import Page
from werkzeug.test import TestResponse

from service.demo_people import PASSWORD_FILE, PEOPLE
from service.people.accounts import Account
from service.people.roles import Role
from tests.support.demonstration import Demonstration

_FIELD = re.compile(r'name="form" value="([0-9a-f]{32})"')


def name_of(role: Role, *, of_office: bool = False) -> str:
    """Return what the demonstration's person of a role signs in with."""
    return next(one.sign_in_name for one in PEOPLE if role in one.roles and one.is_of_office is of_office)


def password_of(demonstration: Demonstration) -> str:
    """Return the password of the demonstration's people."""
    return (demonstration.data / PASSWORD_FILE).read_text().strip()


def sign_in_as(
    client: FlaskClient,
    demonstration: Demonstration,
    role: Role,
    *,
    of_office: bool = False,
    fresh: bool = True,
) -> Account:
    """Begin a session of the demonstration's person of a role; one that is not fresh is an hour old."""
    account = demonstration.installation.people.account_of_name(name_of(role, of_office=of_office))
    assert account is not None
    begin_session(client, account, fresh=fresh)
    return account


def begin_session(client: FlaskClient, account: Account, *, fresh: bool = True) -> None:
    """Begin a session of somebody, as signing in does."""
    with client.session_transaction() as session:
        session.clear()
        session.update(
            {
                "_user_id": account.session_id,
                "_fresh": True,
                "fs_paa": time.time() - (0 if fresh else 3600),
                "form": secrets.token_hex(16),
            }
        )


def form_token(client: FlaskClient, path: str = "/sign-in") -> str:
    """Return the form token of the client's session."""
    with client.session_transaction() as session:
        known = session.get("form")
    if known is None:
        client.get(path)
        with client.session_transaction() as session:
            known = session["form"]
    return str(known)


def send(client: FlaskClient, path: str, **fields: object) -> TestResponse:
    """Send a form of a page of this session."""
    return client.post(path, data={"form": form_token(client), **fields})


def sign_in_on_page(page: Page, demonstration: Demonstration, role: Role, *, of_office: bool = False) -> None:
    """Sign in on the console's own page, which the browser shows."""
    page.fill("#sign_in_name", name_of(role, of_office=of_office))
    page.fill("#password", password_of(demonstration))
    page.get_by_role("button", name="Đăng nhập").click()

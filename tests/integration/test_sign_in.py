"""Signing in: password, authenticator, recovery codes, the lock, step-up, and when a session ends."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from passlib.totp import TOTP
from werkzeug.test import TestResponse

from service.app import create_app
from service.people.accounts import OPERATOR, EventKind
from service.people.roles import Role
from service.web.signing_in.accounts import LOCK_SECONDS, TRIES
from service.web.words import TEXTS
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.sign_in import form_token, name_of, password_of, send, sign_in_as

VI, EN = TEXTS["vi"], TEXTS["en"]
WRONG = "Tên đăng nhập hoặc mật khẩu không đúng"
LOCKED = "Đã sai quá nhiều lần"
CLERK = name_of(Role.CLERK)


@pytest.fixture
def app(demonstration: Demonstration) -> Iterator[Flask]:
    """The application of the demonstration."""
    installation = demonstration.installation
    yield create_app(installation)
    installation.verifier.close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without a session."""
    return app.test_client()


@pytest.fixture
def real(demonstration: Demonstration) -> Iterator[Flask]:
    """The application of an installation that is no demonstration."""
    installation = demonstration.installation
    trust = installation.trust.model_copy(update={"test": False})
    installation.__dict__["newest_trust"] = lambda: trust
    yield create_app(installation)
    installation.verifier.close()


def sign_in(
    client: FlaskClient, demonstration: Demonstration, name: str = CLERK, **fields: str
) -> TestResponse:
    """Send name and password; with `base_url` as browsers of a real installation do, over TLS."""
    password = fields.pop("password", password_of(demonstration))
    fields = {"next": "/", **fields}
    return send(client, "/sign-in", sign_in_name=name, password=password, **fields)


def events(demonstration: Demonstration, name: str = CLERK) -> list[EventKind]:
    """Return what was done about an account since it was set up."""
    people = demonstration.installation.people
    account = people.account_of_name(name)
    assert account is not None
    return [one.kind for one in people.events(account.person.id)][2:]


class Authenticator:
    """An app on somebody's phone."""

    def __init__(self, key: str) -> None:
        self._totp = TOTP(key=re.sub(r"[^A-Z2-7]", "", key))
        self._last = 0

    def code(self) -> str:
        """Return a code that was not shown before: of the present time step, or of the one after it."""
        step = max(int(time.time()) // 30, self._last + 1)
        self._last = step
        return str(self._totp.generate(time=step * 30).token)


def set_up(client: FlaskClient) -> Authenticator:
    """Set an authenticator up as the page says, and return it."""
    page = send(client, "/sign-in/authenticator", setup="authenticator")
    assert "<svg" in page.text
    found = re.search(r'<span class="code">([A-Z2-7 -]+)</span>', page.text)
    assert found
    phone = Authenticator(found[1])
    answer = send(client, "/sign-in/code", code=phone.code())
    assert answer.status_code == 302, answer.text
    return phone


# ------------------------------------------------------------------------------------- the password


def test_name_and_password_open_the_console(client: FlaskClient, demonstration: Demonstration) -> None:
    """A person signs in by name, whatever its capitals, and stands on every page by name."""
    answer = sign_in(client, demonstration, CLERK.upper())
    assert (answer.status_code, answer.location) == (302, "/")
    assert "Phạm Thị Văn" in client.get("/").text
    assert VI["import"] in client.get("/").text


def test_a_page_that_was_asked_for_comes_after_signing_in(
    client: FlaskClient, demonstration: Demonstration
) -> None:
    """Whoever was sent to sign in goes on where they wanted to; another site is nowhere to be sent to."""
    wanted = client.get("/imports").location
    page = client.get(wanted).text
    found = re.search(r'name="next" value="([^"]*)"', page)
    assert found
    assert sign_in(client, demonstration, next=found[1]).location == "/imports"
    for elsewhere in ("https://evil.example/", "//evil.example/", "/\\evil.example"):
        send(client, "/sign-out")
        location = sign_in(client, demonstration, next=elsewhere).location or "/"
        assert re.match(r"/([^/\\]|$)", location), location


def test_nobody_learns_which_names_there_are(client: FlaskClient, demonstration: Demonstration) -> None:
    """A wrong password and a name that nobody has are refused alike, word for word, to the lock and in it."""
    for number in range(TRIES + 1):
        answers = [
            sign_in(client, demonstration, name, password="wrong-password").text.replace(name, "…")
            for name in (CLERK, "nobody-here")
        ]
        assert answers[0] == answers[1]
        assert (LOCKED if number == TRIES else WRONG) in answers[0]
    assert client.get("/").status_code == 303


def test_too_many_tries_lock_for_a_while(client: FlaskClient, demonstration: Demonstration) -> None:
    """In the lock the right password opens nothing; after it, or once an administrator unlocks, it does."""
    for _ in range(TRIES):
        sign_in(client, demonstration, password="wrong-password")
    answer = sign_in(client, demonstration)
    assert LOCKED in answer.text
    assert "15 phút" in answer.text
    demonstration.clock.forward(seconds=LOCK_SECONDS)
    assert sign_in(client, demonstration).status_code == 302
    assert events(demonstration) == [EventKind.LOCKED]


def test_an_unlocked_account_opens(client: FlaskClient, demonstration: Demonstration) -> None:
    """An administrator lets somebody try again before the time is over."""
    for _ in range(TRIES):
        sign_in(client, demonstration, password="wrong-password")
    administration = demonstration.installation.administration
    administration.unlock(administration.find(SCHOOL, CLERK), by=OPERATOR)
    assert sign_in(client, demonstration).status_code == 302


def test_tries_before_a_right_one_are_forgotten(client: FlaskClient, demonstration: Demonstration) -> None:
    """Only tries in a row count."""
    for _ in range(2):
        for _ in range(TRIES - 1):
            sign_in(client, demonstration, password="wrong-password")
        assert sign_in(client, demonstration).status_code == 302
        send(client, "/sign-out")


def test_the_disabled_are_told(client: FlaskClient, demonstration: Demonstration) -> None:
    """Whoever has the password of a disabled account is told so, and gets nowhere."""
    administration = demonstration.installation.administration
    administration.set_active(administration.find(SCHOOL, CLERK), active=False, by=OPERATOR)
    answer = sign_in(client, demonstration)
    assert "đã ngừng dùng" in answer.text
    assert client.get("/").status_code == 303


def test_signing_in_speaks_english(client: FlaskClient, demonstration: Demonstration) -> None:
    """The other language holds for what the library says, too."""
    send(client, "/language")
    answer = sign_in(client, demonstration, password="wrong-password")
    assert "The sign-in name or the password is wrong" in answer.text
    assert EN["sign_in_name"] in answer.text


# ------------------------------------------------------------------------------- when a session ends


@pytest.mark.parametrize("act", ["roles", "classes", "disable", "reset"])
def test_a_session_ends_with_the_right(app: Flask, demonstration: Demonstration, act: str) -> None:
    """The very next request after roles, classes or access changed is a stranger's."""
    client, administration = app.test_client(), demonstration.installation.administration
    sign_in_as(client, demonstration, Role.CLERK)
    assert client.get("/account").status_code == 200
    account = administration.find(SCHOOL, CLERK)
    if act == "roles":
        administration.set_roles(account, [Role.PRINCIPAL], by=OPERATOR)
    elif act == "classes":
        administration.assign(account, [], by=OPERATOR)
    elif act == "disable":
        administration.set_active(account, active=False, by=OPERATOR)
    else:
        administration.reset_second_factor(account, by=OPERATOR)
    assert client.get("/account").status_code == 303


def test_signing_out_ends_every_copy_of_a_session(app: Flask, demonstration: Demonstration) -> None:
    """A cookie that somebody copied is worth nothing once its owner has signed out."""
    owner, thief = app.test_client(), app.test_client()
    sign_in_as(owner, demonstration, Role.CLERK)
    with owner.session_transaction() as session:
        stolen = dict(session)
    with thief.session_transaction() as session:
        session.update(stolen)
    assert thief.get("/account").status_code == 200
    send(owner, "/sign-out")
    assert thief.get("/account").status_code == 303


def test_a_form_token_of_before_is_worth_nothing(client: FlaskClient, demonstration: Demonstration) -> None:
    """A form token that was planted before signing in opens nothing after it."""
    planted = form_token(client)
    sign_in(client, demonstration)
    assert client.post("/sign-out", data={"form": planted}).status_code == 400


def test_a_new_password_ends_the_other_sessions(app: Flask, demonstration: Demonstration) -> None:
    """Whoever changes the password goes on; whoever else has a session does not, nor has the old password."""
    mine, other = app.test_client(), app.test_client()
    sign_in_as(mine, demonstration, Role.CLERK)
    sign_in_as(other, demonstration, Role.CLERK)
    new = "năm con cá lội ngược"
    fields = {"password": password_of(demonstration), "new_password": new, "new_password_confirm": new}
    assert send(mine, "/account/password", **fields).status_code == 302
    assert mine.get("/account").status_code == 200
    assert other.get("/account").status_code == 303
    assert WRONG in sign_in(other, demonstration).text
    assert sign_in(other, demonstration, password=new).status_code == 302


@pytest.mark.parametrize("weak", ["ngắn", "password123", "phamthivan1", "van-thu-van-thu", "1234567890"])
def test_a_password_that_is_guessed_soon_is_refused(
    app: Flask, demonstration: Demonstration, weak: str
) -> None:
    """Short ones, common ones, and those made of the person's own names."""
    client = app.test_client()
    sign_in_as(client, demonstration, Role.CLERK)
    fields = {"password": password_of(demonstration), "new_password": weak, "new_password_confirm": weak}
    answer = send(client, "/account/password", **fields)
    assert re.search("dễ đoán|Mật khẩu cần từ", answer.text)
    assert EventKind.PASSWORD not in events(demonstration)


def test_the_present_password_is_not_guessed_here(app: Flask, demonstration: Demonstration) -> None:
    """Whoever found an open session is locked out of changing the password after as many tries as at the door."""
    client = app.test_client()
    sign_in_as(client, demonstration, Role.CLERK)
    new = {"new_password": "năm con cá lội ngược", "new_password_confirm": "năm con cá lội ngược"}
    for _ in range(TRIES):
        assert WRONG in send(client, "/account/password", password="wrong-password", **new).text
    answer = send(client, "/account/password", password=password_of(demonstration), **new)
    assert LOCKED in answer.text
    assert events(demonstration) == [EventKind.LOCKED]


# --------------------------------------------------------------------------------- the second factor


def test_a_real_installation_demands_an_authenticator(real: Flask, demonstration: Demonstration) -> None:
    """Without one, the password leads to setting one up and to nothing else; with it, to the console."""
    client = real.test_client()
    client.environ_base["wsgi.url_scheme"] = "https"
    answer = sign_in(client, demonstration)
    assert answer.location == "/sign-in/authenticator"
    assert client.get("/").status_code == 303
    set_up(client)
    assert "Phạm Thị Văn" in client.get("/account").text
    assert events(demonstration) == [EventKind.SECOND_FACTOR]
    secret = demonstration.installation.people.account_of_name(CLERK)
    assert secret is not None
    assert '"enckey"' in str(secret.second_factor)


def test_a_code_is_asked_for_and_taken_once(app: Flask, demonstration: Demonstration) -> None:
    """After the password comes a code; the same code opens no second session."""
    client = app.test_client()
    sign_in(client, demonstration)
    phone = set_up(client)
    send(client, "/sign-out")
    for _ in range(2):
        assert (sign_in(client, demonstration).location or "").startswith("/sign-in/code")
    assert client.get("/").status_code == 303
    code = phone.code()
    assert send(client, "/sign-in/code?next=/imports", code=code).location == "/imports"
    other = app.test_client()
    sign_in(other, demonstration)
    assert "Mã không đúng" in send(other, "/sign-in/code", code=code).text
    assert other.get("/").status_code == 303


def test_guessing_codes_locks(app: Flask, demonstration: Demonstration) -> None:
    """Whoever has the password and guesses codes is locked out, on the page of recovery codes as well."""
    client = app.test_client()
    sign_in(client, demonstration)
    phone = set_up(client)
    send(client, "/sign-out")
    sign_in(client, demonstration)
    for number in range(TRIES):
        path = "/sign-in/code" if number % 2 else "/sign-in/recovery"
        assert LOCKED not in send(client, path, code="000000").text
    assert LOCKED in send(client, "/sign-in/code", code=phone.code()).text
    assert LOCKED in send(client, "/sign-in/recovery", code="0000-0000-0000").text
    assert client.get("/").status_code == 303


def test_a_recovery_code_opens_once(app: Flask, demonstration: Demonstration) -> None:
    """Without the phone a recovery code opens the console, once; its use is an event of the account."""
    client = app.test_client()
    sign_in(client, demonstration)
    set_up(client)
    page = send(client, "/account/recovery-codes").text
    codes = re.findall(r"\b[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}\b", page)
    assert len(codes) == 8
    send(client, "/sign-out")
    sign_in(client, demonstration)
    assert send(client, "/sign-in/recovery", code=f" {codes[0].upper()} ").location == "/"
    send(client, "/sign-out")
    sign_in(client, demonstration)
    assert "Mã khôi phục không đúng" in send(client, "/sign-in/recovery", code=codes[0]).text
    assert events(demonstration)[-1] is EventKind.RECOVERY_CODE_USED
    account = demonstration.installation.people.account_of_name(CLERK)
    assert account is not None
    assert codes[1] not in str(account.recovery_codes)


def test_step_up_asks_for_password_and_code(app: Flask, demonstration: Demonstration) -> None:
    """A session an hour old issues nothing before both are shown; a password alone is not enough."""
    client = app.test_client()
    sign_in(client, demonstration)
    phone = set_up(client)
    page = "/classes/2025-2026/6A/issue"
    with client.session_transaction() as session:
        session["fs_paa"] = time.time() - 3600
        session.pop("fs_gexp", None)
    again = client.get(page).location
    fields = {"password": password_of(demonstration), "next": page}
    assert again.startswith("/sign-in/again")
    assert send(client, "/sign-in/again", **fields, code="000000").status_code == 200
    assert client.get(page).status_code == 303
    assert send(client, "/sign-in/again", **fields, code=phone.code()).location == page
    assert client.get(page).status_code == 200


def test_the_session_stays_short_of_the_time_to_ask_again(app: Flask, demonstration: Demonstration) -> None:
    """Using pages that ask again does not put off when they ask: fifteen minutes after the password was shown."""
    client = app.test_client()
    sign_in_as(client, demonstration, Role.CLERK)
    page = "/classes/2025-2026/6A/issue"
    for minutes, status in ((14, 200), (14, 200), (16, 303)):
        with client.session_transaction() as session:
            session["fs_paa"] = time.time() - 60 * minutes
        assert client.get(page).status_code == status


# ------------------------------------------------------------------------------------- the invitation


def test_an_invitation_sets_a_password(app: Flask, demonstration: Demonstration) -> None:
    """The link leads to a page without the code in its address; the password that is set there signs in."""
    client, administration = app.test_client(), demonstration.installation.administration
    _, code = administration.invite(SCHOOL, "Lê Thị Mới", "moi", [Role.CLERK], by=OPERATOR)
    opened = client.get(f"/invitation?code={code}")
    assert (opened.status_code, opened.location) == (303, "/invitation")
    page = client.get("/invitation").text
    assert "Lê Thị Mới" in page
    assert code not in page
    password = "bốn cái cây bàng xanh"
    weak = send(client, "/invitation", password="12345678", password_again="12345678")
    assert weak.status_code == 422
    differs = send(client, "/invitation", password=password, password_again="khác")
    assert VI["passwords_differ"] in differs.text
    done = send(client, "/invitation", password=password, password_again=password)
    assert (done.status_code, done.location) == (303, "/sign-in")
    assert VI["invitation_done"] in client.get("/sign-in").text
    assert sign_in(client, demonstration, "moi", password=password).status_code == 302
    other = app.test_client()
    assert other.get(f"/invitation?code={code}", follow_redirects=True).status_code == 404


@pytest.mark.parametrize("code", ["", "x", "A" * 32])
def test_no_invitation_is_a_sentence(client: FlaskClient, code: str) -> None:
    """A code that is none, and no code, lead to what to do."""
    answer = client.get("/invitation", query_string={"code": code}, follow_redirects=True)
    assert answer.status_code == 404
    assert VI["invitation_gone"] in answer.text

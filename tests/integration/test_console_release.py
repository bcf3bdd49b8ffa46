"""The grace window for people and programs: the console's buttons, the API, `hocba release` and `hocba take-back`."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from schemas.vietnam_time import VIETNAM
from service.app import create_app
from service.demo import SCHOOL_YEAR, TOKEN_FILE
from service.grace import when_released
from service.people.roles import Role
from service.scopes import EVERY_SCOPE
from service.storage.records import State, Token
from service.web.words import TEXTS
from tests.support.commands import run
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.grace import CLASS, REASON, GraceSchool
from tests.support.sign_in import name_of, send, sign_in_as

VI, EN = TEXTS["vi"], TEXTS["en"]
PAGE = f"/classes/{SCHOOL_YEAR}/{CLASS}"


@pytest.fixture
def school(demonstration: Demonstration, monkeypatch: pytest.MonkeyPatch) -> GraceSchool:
    """Three students whose documents stand."""
    return GraceSchool.of(demonstration, monkeypatch)


@pytest.fixture
def client(demonstration: Demonstration, school: GraceSchool) -> Iterator[FlaskClient]:
    """Return a browser in which the clerk is signed in."""
    del school
    installation = demonstration.installation
    with create_app(installation).test_client() as browser:
        sign_in_as(browser, demonstration, Role.CLERK)
        yield browser
    installation.verifier.close()


def states(school: GraceSchool) -> list[State]:
    """How far the documents are."""
    return [one.state for one in school.documents()]


def key() -> dict[str, str]:
    """Return a key that no request has had."""
    return {"Idempotency-Key": secrets.token_hex(8)}


def test_the_class_shows_until_when(client: FlaskClient, school: GraceSchool) -> None:
    """Class and student say at what time a signed transcript is released, with both buttons; issuing is not offered."""
    first = school.documents()[0]
    until = when_released(first)
    assert until is not None
    assert until.tzinfo is VIETNAM
    said = VI["state_in_window"].format(when=f"{until:%H:%M, %d/%m}")
    page = client.get(PAGE).text
    assert page.count(said) == 3
    assert page.count(f'href="/transcripts/{first.id}/release"') == 1
    assert page.count(f'action="/transcripts/{first.id}/release"') == 1
    assert f'href="{PAGE}/release"' in page
    assert f'href="{PAGE}/issue"' not in page
    student = re.findall(rf'href="({PAGE}/students/[^"]+)"', page)[0]
    history = client.get(student).text
    assert said in history
    assert history.count('/release"') == 2


def test_taken_back_on_its_page(client: FlaskClient, school: GraceSchool) -> None:
    """Without a reason nothing happens; with one it is done, stands in the student's trail, and issuing is offered."""
    first = school.documents()[0]
    assert VI["standing_hint"] in client.get(f"/transcripts/{first.id}/release").text
    assert send(client, f"/transcripts/{first.id}/take-back", reason=" ").status_code == 422
    assert states(school) == [State.SIGNED] * 3
    answer = send(client, f"/transcripts/{first.id}/take-back", reason=REASON)
    assert (answer.status_code, answer.location) == (303, PAGE)
    assert states(school) == [State.ABANDONED, State.SIGNED, State.SIGNED]
    page = client.get(PAGE).text
    assert VI["taken_back_said"] in page
    assert f'href="{PAGE}/issue"' in page
    assert VI["state_abandoned"] in client.get(f"/transcripts/{first.id}/release").text
    (student,) = [
        one
        for one in re.findall(rf'href="({PAGE}/students/[^"]+)"', page)
        if f'code">{first.student_code}<' in client.get(one).text
    ]
    assert REASON in client.get(student).text


def test_released_now_for_one_and_for_the_class(client: FlaskClient, school: GraceSchool) -> None:
    """One student's button, then the class's page, which lists what would be released."""
    first = school.documents()[0]
    assert send(client, f"/transcripts/{first.id}/release").status_code == 303
    assert states(school) == [State.RELEASED, State.SIGNED, State.SIGNED]
    page = client.get(f"{PAGE}/release").text
    assert f"{VI['release_class']} (2)" in page
    assert send(client, f"{PAGE}/release").status_code == 303
    assert states(school) == [State.RELEASED] * 3
    assert VI["released_said"].format(count=2) in client.get(PAGE).text
    assert VI["nothing_standing"] in client.get(f"{PAGE}/release").text
    assert send(client, f"/transcripts/{first.id}/take-back", reason=REASON).status_code == 409


def test_releasing_asks_for_the_password_again(
    client: FlaskClient, demonstration: Demonstration, school: GraceSchool
) -> None:
    """An hour after the password releasing asks for it again, and comes back to a page; taking back does not ask."""
    sign_in_as(client, demonstration, Role.CLERK, fresh=False)
    first, second, _ = school.documents()
    answer = send(client, f"/transcripts/{first.id}/release")
    assert (answer.status_code, "/sign-in/again" in answer.location) == (303, True)
    assert f"next=/transcripts/{first.id}/release" in answer.location.replace("%2F", "/")
    assert "/sign-in/again" in client.get(f"{PAGE}/release").location
    assert states(school) == [State.SIGNED] * 3
    assert send(client, f"/transcripts/{second.id}/take-back", reason=REASON).status_code == 303
    assert states(school) == [State.SIGNED, State.ABANDONED, State.SIGNED]


def test_the_api_says_until_when_releases_and_takes_back(
    demonstration: Demonstration, school: GraceSchool
) -> None:
    """Programs see `releases_at`, end one student's window, take another back twice over, and no released one."""
    client = create_app(demonstration.installation).test_client()
    token = (demonstration.data / TOKEN_FILE).read_text().strip()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    first, second, _ = school.documents()
    until = when_released(first)
    assert until is not None
    read = client.get(f"/api/v1/transcripts/{first.id}").get_json()
    assert (read["state"], read["releases_at"]) == ("signed", int(until.timestamp()))
    both = {"school_year": SCHOOL_YEAR, "class_name": CLASS, "student_code": first.student_code}
    assert client.post("/api/v1/releases", json=both, headers=key()).status_code == 422
    one = {"school_year": SCHOOL_YEAR, "student_code": first.student_code}
    assert client.post("/api/v1/releases", json=one, headers=key()).get_json() == {
        "ended": 1,
        "released": 1,
        "later": 0,
        "held": [],
    }
    again = client.post("/api/v1/releases", json=one, headers=key())
    assert (again.status_code, again.get_json()["code"]) == (409, "nothing-stands")
    for _ in range(2):
        taken = client.post(
            f"/api/v1/transcripts/{second.id}/take-back", json={"reason": REASON}, headers=key()
        )
        assert (taken.status_code, taken.get_json()["state"]) == (200, "abandoned")
    refused = client.post(f"/api/v1/transcripts/{first.id}/take-back", json={"reason": REASON}, headers=key())
    assert (refused.status_code, refused.get_json()["code"]) == (409, "already-recorded")


def test_a_teachers_token_neither_releases_nor_takes_back(
    demonstration: Demonstration, school: GraceSchool
) -> None:
    """A token that is a person's does what the person may."""
    installation = demonstration.installation
    account = installation.people.account_of_name(name_of(Role.SUBJECT_TEACHER))
    assert account is not None
    secret = secrets.token_hex(16)
    token = Token("1" * 16, SCHOOL, account.person.name, 0, account.person.id, scopes=EVERY_SCOPE)
    installation.register.put_token(token, secret)
    client = create_app(installation).test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {secret}"
    first = school.documents()[0]
    taken = client.post(f"/api/v1/transcripts/{first.id}/take-back", json={"reason": REASON}, headers=key())
    assert (taken.status_code, taken.get_json()["code"]) == (403, "release-role")
    body = {"school_year": SCHOOL_YEAR, "class_name": CLASS}
    assert client.post("/api/v1/releases", json=body, headers=key()).status_code == 403
    assert states(school) == [State.SIGNED] * 3


def test_by_command(demonstration: Demonstration, school: GraceSchool) -> None:
    """`hocba release --dry-run` lists, `hocba take-back` and `hocba release` do, and each refuses whoever may not."""
    first, second, _ = school.documents()
    here = ("--data", demonstration.data, "--year", SCHOOL_YEAR)
    clerk = name_of(Role.CLERK)
    listed = run("hocba", "release", *here, "--class", CLASS, "--dry-run", "--as", clerk, "--json")
    lines = [json.loads(line) for line in listed.stdout.splitlines()]
    assert {line["student_code"] for line in lines} == {one.student_code for one in school.documents()}
    teacher = run("hocba", "release", *here, "--class", CLASS, "--as", name_of(Role.SUBJECT_TEACHER))
    assert (teacher.returncode, "[release-role]" in teacher.stderr) == (1, True)
    taken = run(
        "hocba", "take-back", *here, "--student", first.student_code, "--reason", REASON, "--as", clerk
    )
    assert (taken.returncode, "abandoned" in taken.stdout) == (0, True)
    released = run("hocba", "release", *here, "--student", second.student_code, "--as", clerk, "--json")
    assert json.loads(released.stdout) == {"ended": 1, "released": 1, "held": 0, "later": 0}
    assert states(school) == [State.ABANDONED, State.RELEASED, State.SIGNED]
    issued = run("hocba", "issue", *here, "--class", CLASS, "--json")
    assert json.loads(issued.stdout)["signed"] == 1

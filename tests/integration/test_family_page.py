"""The family's page: the same for every address until the PIN is right, then the very file and what it is worth."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from schemas.verdict import VerdictCode
from service.app import create_app
from service.families.links import MadeLink
from service.issuing import released_path
from service.people.roles import Role
from service.storage.family_records import LinkPurpose, NoticeState, OpenResult
from service.web import family
from service.web.words.families import FAMILY_TEXTS
from tests.support.changes import correct, revoke
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.families import made_link, other_pin, results, token_of
from tests.support.sign_in import send, sign_in_as

VI, EN = FAMILY_TEXTS["vi"], FAMILY_TEXTS["en"]


@pytest.fixture
def client(demonstration: Demonstration) -> Iterator[FlaskClient]:
    """A family's browser."""
    installation = demonstration.installation
    with create_app(installation).test_client() as browser:
        yield browser
    installation.verifier.close()


def path(made: MadeLink) -> str:
    """Return where a link leads."""
    return f"/hoc-ba/{token_of(made)}"


def opened(client: FlaskClient, made: MadeLink) -> TestResponse:
    """Give the PIN and follow to the document."""
    answer = client.post(path(made), data={"pin": made.pin})
    assert answer.status_code == 303
    return client.get(answer.location)


def test_pin_gives_the_very_file(client: FlaskClient, demonstration: Demonstration) -> None:
    """From the PIN to the bytes that were released; the school sees an opening and a fetch."""
    made = made_link(demonstration)
    page = opened(client, made)
    assert VerdictCode.VALID.headline.vi in page.text
    fetched = client.get(f"{path(made)}/this", buffered=True)
    assert (fetched.data, fetched.mimetype) == (demonstration.pdf(), "application/pdf")
    assert results(demonstration, made) == [OpenResult.OPENED, OpenResult.FETCHED]
    for answer in (page, fetched):
        assert answer.headers["Cache-Control"] == "no-store"
        assert "script" not in answer.headers["Content-Security-Policy"]


def test_page_tells_nothing_before_the_pin(client: FlaskClient, demonstration: Demonstration) -> None:
    """A link of nobody and an open one give the same page; without the PIN no file."""
    made = made_link(demonstration)
    unknown = client.get(f"/hoc-ba/{'A' * 22}")
    assert client.get(path(made)).text.replace(token_of(made), "A" * 22) == unknown.text
    assert client.get(f"{path(made)}/this").location == path(made)
    assert client.get(f"{path(made)}/newer").location == path(made)
    assert results(demonstration, made) == []


def test_refusals_are_one_page_in_one_time(client: FlaskClient, demonstration: Demonstration) -> None:
    """Wrong PIN, revoked, expired and unknown: the same status, the same words, not sooner than the longest."""
    wrong, revoked, expired = (made_link(demonstration, days=days) for days in (9, 9, 1))
    demonstration.installation.register.revoke_link(SCHOOL, revoked.link.id, at=0)
    demonstration.clock.forward(days=2)
    asked = [(token_of(wrong), other_pin(wrong)), ("A" * 22, "000000")]
    asked += [(token_of(one), one.pin) for one in (revoked, expired)]
    pages = set()
    for token, pin in asked:
        started = time.monotonic()
        answer = client.post(f"/hoc-ba/{token}", data={"pin": pin})
        assert time.monotonic() - started >= family.REFUSAL_SECONDS
        assert "Set-Cookie" not in answer.headers
        pages.add((answer.status_code, answer.text.replace(token, "")))
    assert len(pages) == 1
    assert pages.pop()[0] == 403


def test_ticket_is_for_one_link_and_some_minutes(client: FlaskClient, demonstration: Demonstration) -> None:
    """What the browser keeps opens neither another link nor this one a quarter of an hour later."""
    mine, other = made_link(demonstration, 0), made_link(demonstration, 1)
    opened(client, mine)
    cookie = client.get_cookie(family.COOKIE, path=path(mine))
    assert cookie is not None
    assert (cookie.http_only, cookie.same_site, cookie.path) == (True, "Strict", path(mine))
    client.set_cookie(family.COOKIE, cookie.value, path=path(other))
    assert VI["pin"] in client.get(path(other)).text
    demonstration.clock.forward(minutes=14)
    assert VI["fetch"] in client.get(path(mine)).text
    demonstration.clock.forward(minutes=2)
    assert VI["pin"] in client.get(path(mine)).text


@pytest.mark.parametrize("ticket", ["", ".", "9" * 15 + ".", "9" * 20 + ".00", "٣.00", "1795744559"])
def test_made_up_tickets_open_nothing(client: FlaskClient, demonstration: Demonstration, ticket: str) -> None:
    """No ticket that the service did not give is one."""
    made = made_link(demonstration)
    client.set_cookie(family.COOKIE, ticket, path=path(made))
    assert VI["pin"] in client.get(path(made)).text


def test_revoking_ends_what_is_open(client: FlaskClient, demonstration: Demonstration) -> None:
    """A browser that has just given the PIN gets nothing more."""
    made = made_link(demonstration)
    opened(client, made)
    demonstration.installation.register.revoke_link(SCHOOL, made.link.id, at=0)
    assert client.get(f"{path(made)}/this").status_code == 303


@pytest.mark.parametrize("purpose", LinkPurpose)
def test_correction_is_offered_where_the_purpose_allows(
    client: FlaskClient, demonstration: Demonstration, purpose: LinkPurpose
) -> None:
    """Family and new school are offered the version in force; somebody else is told that there is one."""
    made = made_link(demonstration, purpose=purpose)
    replacement = correct(demonstration)
    page = opened(client, made).text
    assert VerdictCode.SUPERSEDED.headline.vi in page
    assert VI["newer"] in page
    newer = client.get(f"{path(made)}/newer", buffered=True)
    if purpose is LinkPurpose.APPLICATION:
        assert (newer.status_code, VI["not_offered"] in page) == (303, True)
    else:
        file = released_path(demonstration.data / "issued", replacement)
        assert newer.data == file.read_bytes()
        last = demonstration.installation.register.opens(SCHOOL, made.link.id)[-1]
        assert last.issuance_id == replacement.id


def test_revoked_document_says_so(client: FlaskClient, demonstration: Demonstration) -> None:
    """The file is still the family's; what it is worth stands above it, by the public record."""
    made = made_link(demonstration)
    revoke(demonstration)
    page = opened(client, made).text
    assert VerdictCode.REVOKED.headline.vi in page
    assert VerdictCode.VALID.headline.vi not in page


def test_page_speaks_english(client: FlaskClient, demonstration: Demonstration) -> None:
    """The language stays from the form to the document; each dictionary has the same words."""
    made = made_link(demonstration)
    assert EN["pin"] in client.get(f"{path(made)}?lang=en").text
    answer = client.post(f"{path(made)}?lang=en", data={"pin": made.pin})
    assert EN["fetch"] in client.get(answer.location).text
    assert VI.keys() == EN.keys()


def test_a_large_form_is_refused(client: FlaskClient, demonstration: Demonstration) -> None:
    """A PIN has no four kilobytes: nothing is compared."""
    made = made_link(demonstration)
    assert client.post(path(made), data={"pin": "1" * 9000}).status_code == 413
    assert results(demonstration, made) == []


def test_console_makes_shows_and_revokes(client: FlaskClient, demonstration: Demonstration) -> None:
    """From the class page to a link that opens; address and PIN stand in one answer and in no later page."""
    sign_in_as(client, demonstration, Role.CLERK)
    page = f"/transcripts/{demonstration.issuances()[0].id}/links"
    assert VI["no_links"] in client.get(page).text
    made = send(client, page, purpose="family", days="30").text
    address = re.search(r"http://127\.0\.0\.1:8000(/hoc-ba/[\w-]{22})<", made)
    pin = re.search(r">(\d{6})<", made)
    assert address
    assert pin
    assert client.post(address[1], data={"pin": pin[1]}).status_code == 303
    listed = client.get(page).text
    assert VI["opened"] in listed
    assert address[1] not in listed
    (link,) = demonstration.installation.register.links(SCHOOL)
    assert send(client, f"{page}/{link.id}/revoke").status_code == 303
    assert VI["state_revoked"] in client.get(page).text
    assert send(client, page, purpose="fun", days="30").status_code == 422
    assert send(client, page, purpose="family", days="²").status_code == 422


def test_console_keeps_the_address_and_shows_the_outbox(
    client: FlaskClient, demonstration: Demonstration
) -> None:
    """Set on the family's page of a transcript, seen in the outbox, and what was given up is sent again."""
    sign_in_as(client, demonstration, Role.CLERK)
    issuance = demonstration.issuances()[0]
    page = f"/transcripts/{issuance.id}"
    assert send(client, f"{page}/contact", email="parent@example.vn").status_code == 303
    assert 'value="parent@example.vn"' in client.get(f"{page}/links").text
    assert send(client, f"{page}/contact", email="nobody").status_code == 422
    assert VI["no_notices"] in client.get("/notices").text
    revoke(demonstration)
    register = demonstration.installation.register
    (notice,) = register.notices(SCHOOL)
    register.settle_notice(replace(notice, state=NoticeState.GIVEN_UP, tries=1, answer="550"))
    listed = client.get("/notices").text
    assert f"{VI['answer']}: 550" in listed
    assert send(client, f"/notices/{notice.id}/retry").status_code == 303
    assert VI["notice_waiting"] in client.get("/notices").text
    assert send(client, f"{page}/contact", email="").status_code == 303
    assert register.contact(SCHOOL, issuance.student_code) is None

"""The console's page of extracts: issued with one form, listed beside their transcript, fetched as files."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from schemas.profiles import DocumentForm
from schemas.verdict import VerdictCode
from service.app import create_app
from service.demo import SCHOOL_YEAR
from service.people.roles import Role
from service.web.words import TEXTS
from tests.support.changes import revoke
from tests.support.demonstration import Demonstration
from tests.support.sign_in import send, sign_in_as

VI, EN = TEXTS["vi"], TEXTS["en"]


@pytest.fixture
def client(demonstration: Demonstration) -> Iterator[FlaskClient]:
    """Return a browser that is signed in."""
    with create_app(demonstration.installation).test_client() as browser:
        sign_in_as(browser, demonstration, Role.CLERK)
        yield browser


def _page(demonstration: Demonstration) -> str:
    return f"/transcripts/{demonstration.issuances()[0].id}/extracts"


@pytest.mark.parametrize(
    ("what", "form"), [(SCHOOL_YEAR, DocumentForm.EXTRACT), ("transfer", DocumentForm.TRANSFER_SUMMARY)]
)
def test_it_is_issued_listed_and_fetched(
    client: FlaskClient, demonstration: Demonstration, what: str, form: DocumentForm
) -> None:
    """From the class page to a file that verifies; the class page counts transcripts alone, as before."""
    class_page = f"/classes/{SCHOOL_YEAR}/6A"
    before, page = client.get(class_page).text, _page(demonstration)
    assert page in before
    answer = send(client, page, what=what)
    assert (answer.status_code, answer.location) == (303, page)
    (file,) = re.findall(r'href="(/transcripts/[0-9a-f]+\.pdf)"', client.get(page).text)
    with client.get(file) as fetched:
        verdict = demonstration.verify(fetched.data)
    assert (verdict.verdict, verdict.form) == (VerdictCode.VALID, form)
    assert client.get(class_page).text == before


def test_a_year_that_is_not_there_is_a_sentence(client: FlaskClient, demonstration: Demonstration) -> None:
    """Nothing is issued for what the form does not offer."""
    answer = send(client, _page(demonstration), what="2019-2020")
    assert (answer.status_code, "Hãy chọn năm học" in answer.text) == (404, True)
    assert "/transcripts/" not in client.get(_page(demonstration)).text


def test_nothing_is_taken_from_what_ended(client: FlaskClient, demonstration: Demonstration) -> None:
    """The page of a revoked transcript has no form; what was taken from it says that it was revoked."""
    send(client, _page(demonstration), what=SCHOOL_YEAR)
    revoke(demonstration)
    page = client.get(_page(demonstration)).text
    assert 'name="what"' not in page
    assert VI["standing_revoked"] in page
    assert send(client, _page(demonstration), what=SCHOOL_YEAR).status_code == 404


def test_it_speaks_english_and_is_closed(client: FlaskClient, demonstration: Demonstration) -> None:
    """Every word in the other language; a stranger is asked who they are, an unknown transcript is a page."""
    send(client, "/language")
    assert all(
        html.escape(EN[key]).replace("&#x27;", "&#39;") in client.get(_page(demonstration)).text
        for key in ("extracts_hint", "transfer_summary")
    )
    assert client.get(f"/transcripts/{'0' * 32}/extracts").status_code == 404
    send(client, "/sign-out")
    assert client.get(_page(demonstration)).location.startswith("/sign-in")

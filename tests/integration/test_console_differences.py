"""The console's page of differences: what is recorded, what the rules give, and what somebody decided."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from schemas.transcript.model import Levels
from schemas.transcript.rulesets.tt22_2021 import Level
from service.app import create_app
from service.demo import SCHOOL_YEAR
from service.people.accounts import OPERATOR
from service.people.roles import Role
from service.sample import sample_class
from service.storage.records import StudentYear
from service.web.words import TEXTS
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.sign_in import name_of, send, sign_in_as
from tests.support.trail import AN_IMPORT
from tests.support.transcripts import secondary

VI, EN = TEXTS["vi"], TEXTS["en"]
PAGE = f"/classes/{SCHOOL_YEAR}/6B/differences"
REASON = "Hội đồng đánh giá đã họp ngày 28/5 <b>."


@pytest.fixture
def draft(demonstration: Demonstration) -> StudentYear:
    """Return the one student of a class, whose conduct of the year differs from the rules."""
    workbook = sample_class(1, class_name="6B", first_student=101)
    (row,) = demonstration.installation.import_workbook(workbook, SCHOOL_YEAR, dry_run=False).rows
    return _with_conduct(demonstration, row, Level.PASS)


@pytest.fixture
def client(demonstration: Demonstration, draft: StudentYear) -> Iterator[FlaskClient]:
    """Return a browser in which the clerk signed in."""
    assert draft.class_name == "6B"
    app = create_app(demonstration.installation)
    with app.test_client() as browser:
        sign_in_as(browser, demonstration, Role.CLERK)
        yield browser


def _with_conduct(demonstration: Demonstration, row: StudentYear, conduct: Level) -> StudentYear:
    levels = Levels(semester1=Level.GOOD, semester2=Level.GOOD, year=conduct)
    register = demonstration.installation.register
    year = secondary(row.year).model_copy(update={"conduct": levels, "awards": None})
    register.put_student_years([replace(row, year=year)], cause=AN_IMPORT)
    (stored,) = register.student_years(SCHOOL, SCHOOL_YEAR, student_code=row.learner.student_code)
    return stored


def _fields(page: str) -> dict[str, str]:
    """Return what a browser sends of the form about conduct."""
    form = next(
        one for one in re.findall(r"<form method=\"post\">.*?</form>", page, re.DOTALL) if "conduct" in one
    )
    return {
        name: html.unescape(value)
        for name, value in re.findall(r'name="(student|place|trail)" value="([^"]*)"', form)
    }


def _kept(demonstration: Demonstration, draft: StudentYear) -> list[str]:
    decisions = demonstration.installation.register.decisions(SCHOOL, SCHOOL_YEAR)
    return [one.place for one in decisions.get(draft.learner.student_code, ())]


def test_a_difference_is_shown_and_kept(
    client: FlaskClient, demonstration: Demonstration, draft: StudentYear
) -> None:
    """Both values and the reason stand on the page; kept, it says by whom, when and why, and nothing is markup."""
    page = client.get(PAGE).text
    assert draft.learner.full_name in page
    assert all(words in page for words in (VI["recorded"], VI["computed"], "Đạt", "Tốt", VI["undecided"]))
    answer = send(client, PAGE, reason=REASON, **_fields(page))
    assert (answer.status_code, answer.location) == (303, f"{PAGE}#{draft.learner.student_code}")
    assert _kept(demonstration, draft) == ["conduct_year"]
    after = client.get(PAGE).text
    assert html.escape(REASON) in after
    assert "Phạm Thị Văn" in after
    assert REASON not in after


def test_class_and_issue_pages_count_what_is_open(client: FlaskClient, draft: StudentYear) -> None:
    """Before somebody signs, the number of open differences is there, with the way to them; decided, it is gone."""
    pages = (f"/classes/{SCHOOL_YEAR}/6B", f"/classes/{SCHOOL_YEAR}/6B/issue")
    before = int(re.findall(rf"(\d+) {VI['undecided']}", client.get(pages[0]).text)[0])
    assert all(f"{before} {VI['undecided']}" in client.get(page).text for page in pages)
    assert all(PAGE in client.get(page).text for page in pages)
    send(client, PAGE, reason=REASON, **_fields(client.get(PAGE).text))
    rest = f"{before - 1} {VI['undecided']}"
    assert draft.class_name == "6B"
    assert all((rest in client.get(page).text) is (before > 1) for page in pages)


def test_what_was_looked_at_is_what_is_kept(
    client: FlaskClient, demonstration: Demonstration, draft: StudentYear
) -> None:
    """Data imported after the page was opened are not decided about by it."""
    fields = _fields(client.get(PAGE).text)
    _with_conduct(demonstration, draft, Level.FAIR)
    answer = send(client, PAGE, reason=REASON, **fields)
    assert answer.status_code == 409
    assert "vừa thay đổi" in answer.text
    assert _kept(demonstration, draft) == []


def test_no_reason_is_a_sentence(
    client: FlaskClient, demonstration: Demonstration, draft: StudentYear
) -> None:
    """Nothing is kept without one."""
    answer = send(client, PAGE, reason="  ", **_fields(client.get(PAGE).text))
    assert 400 <= answer.status_code < 500
    assert "lí do" in answer.text
    assert _kept(demonstration, draft) == []


def test_who_was_disabled_decides_nothing(
    client: FlaskClient, demonstration: Demonstration, draft: StudentYear
) -> None:
    """Whoever was disabled meanwhile is asked to sign in, and nothing is kept."""
    fields = _fields(client.get(PAGE).text)
    administration = demonstration.installation.administration
    clerk = administration.find(SCHOOL, name_of(Role.CLERK))
    administration.set_active(clerk, active=False, by=OPERATOR)
    answer = send(client, PAGE, reason=REASON, **fields)
    assert answer.status_code == 303
    assert answer.location.startswith("/sign-in")
    assert _kept(demonstration, draft) == []


def test_the_page_speaks_english(client: FlaskClient) -> None:
    """Every word of it but the data."""
    send(client, "/language")
    page = client.get(PAGE).text
    assert all(EN[key] in page for key in ("differences", "recorded", "computed", "why", "decision", "keep"))
    assert VI["keep"] not in page


def test_a_class_without_differences_says_so(client: FlaskClient) -> None:
    """Nothing to decide is a sentence, not an empty table."""
    assert VI["no_differences"] in client.get(f"/classes/{SCHOOL_YEAR}/9Z/differences").text


def test_it_is_closed_to_strangers(demonstration: Demonstration) -> None:
    """Without a session it asks who is there."""
    with create_app(demonstration.installation).test_client() as stranger:
        answer = stranger.get(PAGE)
    assert answer.status_code == 303
    assert answer.location.startswith("/sign-in")

"""A student's page: whose marks they are changes them, and everybody of the class sees who changed what."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from schemas.change_trail import Act, ActorKind, parse_entry
from service.app import create_app
from service.demo import SCHOOL_YEAR
from service.people.accounts import OPERATOR
from service.people.roles import Assignment, Role
from service.sample import sample_class
from service.storage.records import StudentYear
from service.storage.trail_writing import Whose
from service.web.console.marks import student_address
from service.web.words import TEXTS
from tests.support.changes import mended
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.sign_in import begin_session, send, sign_in_as
from tests.support.trail import AN_IMPORT

VI = TEXTS["vi"]
WHY = "Chấm lại <b>bài thi"


@pytest.fixture
def draft(demonstration: Demonstration) -> StudentYear:
    """Return the one student of a class that nobody has issued."""
    workbook = sample_class(1, class_name="6B", first_student=101)
    register = demonstration.installation.register
    rows = demonstration.installation.import_workbook(workbook, SCHOOL_YEAR, dry_run=False).rows
    (row,) = rows
    register.put_student_years([mended(row, ethnicity="Brâu")], cause=AN_IMPORT)
    (row,) = register.student_years(SCHOOL, SCHOOL_YEAR, class_name="6B")
    return row


@pytest.fixture
def client(demonstration: Demonstration, draft: StudentYear) -> Iterator[FlaskClient]:
    """Return a browser in which the teacher of maths in the class signed in."""
    assert draft.class_name == "6B"
    classes = [Assignment(SCHOOL_YEAR, "6B", "toan")]
    administration = demonstration.installation.administration
    account, _ = administration.invite(
        SCHOOL, "Cô Hoa", "co.hoa.toan", [Role.SUBJECT_TEACHER], classes, by=OPERATOR
    )
    with create_app(demonstration.installation).test_client() as browser:
        begin_session(browser, account)
        yield browser


def page_of(client: FlaskClient, draft: StudentYear) -> str:
    """Return the address of the page."""
    with client.application.app_context():
        return f"/classes/{SCHOOL_YEAR}/6B/students/{student_address(draft)}"


def test_an_address_names_no_student(client: FlaskClient, draft: StudentYear) -> None:
    """No link of the class has a student's code in its path, and a code in the place of an address finds nobody."""
    code = draft.learner.student_code
    links = re.findall(r'(?:href|action)="([^"]*)"', client.get(f"/classes/{SCHOOL_YEAR}/6B").text)
    assert page_of(client, draft) in links
    assert [link for link in links if code in link] == []
    assert client.get(f"/classes/{SCHOOL_YEAR}/6B/students/{code}").status_code == 404


def test_a_teacher_changes_their_marks(
    client: FlaskClient, demonstration: Demonstration, draft: StudentYear
) -> None:
    """Three marks of one subject in one act; the trail and the page have the teacher's name, values and the reason."""
    page = page_of(client, draft)
    assert f'href="{page}"' in client.get(f"/classes/{SCHOOL_YEAR}/6B").text
    form = client.get(f"{page}?subject=toan").text
    assert VI["save_marks"] in form
    marks = {f"mark-{period}": "3,5" for period in ("semester1", "semester2", "year")}
    rest = dict(
        re.findall(r'name="(mark-(?:reassessed|remark))" type="text" maxlength="1000" value="([^"]*)"', form)
    )
    answer = send(client, page, subject="toan", trail=draft.trail, reason=WHY, **marks, **rest)
    assert (answer.status_code, answer.location) == (303, page)
    stored = demonstration.installation.register.trail_of(
        Whose(SCHOOL, draft.learner.student_code, SCHOOL_YEAR)
    )
    entry = parse_entry(stored[-1].entry or b"")
    assert (entry.act, entry.actor.kind, entry.actor.name, entry.why) == (
        Act.MANUAL,
        ActorKind.PERSON,
        "Cô Hoa",
        WHY,
    )
    assert [one.new for one in entry.changes] == ["3.5"] * 3
    after = client.get(page).text
    assert all(words in after for words in ("Cô Hoa", "<strong>3,5</strong>", "Chấm lại &lt;b&gt;bài thi"))


def test_others_marks_are_not_theirs(client: FlaskClient, draft: StudentYear) -> None:
    """Of another subject there is no form, and what is sent all the same is refused."""
    page = page_of(client, draft)
    assert VI["save_marks"] not in client.get(f"{page}?subject=gdtc").text
    answer = send(client, page, subject="gdtc", trail=draft.trail, reason=WHY, **{"mark-year": "9"})
    assert answer.status_code == 403
    assert client.get(page.replace("6B", "6A")).status_code == 403


def test_what_was_looked_at_is_what_is_changed(client: FlaskClient, draft: StudentYear) -> None:
    """A form of before another change is refused, and says to look again."""
    answer = send(
        client, page_of(client, draft), subject="toan", trail="00" * 32, reason=WHY, **{"mark-year": "9"}
    )
    assert answer.status_code == 409
    assert "vừa thay đổi" in answer.text


def test_a_principal_changes_no_mark(demonstration: Demonstration, draft: StudentYear) -> None:
    """Whoever approves sees marks and trail, and has no form; a sensitive value of the trail is not shown."""
    with create_app(demonstration.installation).test_client() as browser:
        sign_in_as(browser, demonstration, Role.PRINCIPAL)
        page = browser.get(f"{page_of(browser, draft)}?subject=toan").text
        assert VI["trail_history"] in page
        assert VI["save_marks"] not in page
        assert "Brâu" not in page
        assert VI["hidden_value"] in page
        answer = send(
            browser,
            page_of(browser, draft),
            subject="toan",
            trail=draft.trail,
            reason=WHY,
            **{"mark-year": "9"},
        )
        assert answer.status_code == 403

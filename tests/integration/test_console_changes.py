"""The console's pages of requests: one person asks for a revocation or a correction, another confirms it."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from keys.keyring import DocumentRole
from schemas.verdict import VerdictCode
from schemas.vietnam_time import VIETNAM
from service.app import create_app
from service.demo import SCHOOL_YEAR
from service.people.roles import Role
from service.sample import sample_class
from service.storage.records import ChangeState
from service.web.words import TEXTS
from tests.support.changes import documents, verdict_of
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.sign_in import send, sign_in_as
from tests.support.workbooks import with_birth_place

VI = TEXTS["vi"]


@pytest.fixture
def client(demonstration: Demonstration) -> Iterator[FlaskClient]:
    """Return a browser in which the clerk is signed in."""
    with create_app(demonstration.installation).test_client() as browser:
        sign_in_as(browser, demonstration, Role.CLERK)
        yield browser


def _address(demonstration: Demonstration, what: str) -> str:
    return f"/transcripts/{demonstration.issuances()[0].id}/{what}"


def _key(client: FlaskClient, demonstration: Demonstration) -> str:
    found = re.search(
        r'name="key" value="([0-9a-f]{32})"', client.get(_address(demonstration, "changes")).text
    )
    assert found
    return found[1]


def _ask_revocation(client: FlaskClient, demonstration: Demonstration) -> str:
    key = _key(client, demonstration)
    page = _address(demonstration, "revocation")
    answer = send(client, page, **{"class": "error", "reason": "Cấp nhầm người", "key": key})
    assert (answer.status_code, answer.location) == (303, "/changes")
    again = send(client, page, **{"class": "error", "reason": "Cấp nhầm người", "key": key})
    assert again.status_code == 303
    (change,) = demonstration.installation.register.changes(SCHOOL)
    return change.id


def _mended_workbook(demonstration: Demonstration, birth_place: str) -> bytes:
    return with_birth_place(
        sample_class(len(demonstration.issuances()), school_year=SCHOOL_YEAR), birth_place
    )


def test_revocation_takes_two_people(client: FlaskClient, demonstration: Demonstration) -> None:
    """The clerk asks, twice by the same form and once in truth; the principal confirms; the file is revoked."""
    change = _ask_revocation(client, demonstration)
    page = client.get("/changes").text
    assert "Cấp nhầm người" in page
    assert VI["confirm_revocation"] not in page  # a clerk is not offered what a principal does
    assert send(client, f"/changes/{change}/confirm").status_code == 403
    sign_in_as(client, demonstration, Role.PRINCIPAL)
    assert VI["confirm_revocation"] in client.get("/changes").text
    assert send(client, f"/changes/{change}/confirm").status_code == 303
    assert VI["change_is_done"] in client.get("/changes").text
    assert verdict_of(demonstration, demonstration.issuances()[0]) is VerdictCode.REVOKED


def test_nobody_confirms_their_own_request(client: FlaskClient, demonstration: Demonstration) -> None:
    """A principal who asks needs another to confirm; the sentence says so, and nothing happens to the document."""
    sign_in_as(client, demonstration, Role.PRINCIPAL)
    change = _ask_revocation(client, demonstration)
    refused = send(client, f"/changes/{change}/confirm")
    assert (refused.status_code, "không được tự xác nhận" in refused.text) == (403, True)
    assert verdict_of(demonstration, demonstration.issuances()[0]) is VerdictCode.VALID
    sign_in_as(client, demonstration, Role.DEPUTY_PRINCIPAL)
    assert send(client, f"/changes/{change}/confirm").status_code == 303
    assert verdict_of(demonstration, demonstration.issuances()[0]) is VerdictCode.REVOKED


def test_request_is_withdrawn(client: FlaskClient, demonstration: Demonstration) -> None:
    """Whoever may ask takes a request back that nobody confirmed; the document stays as it is."""
    change = _ask_revocation(client, demonstration)
    assert send(client, f"/changes/{change}/withdraw").status_code == 303
    (found,) = demonstration.installation.register.changes(SCHOOL)
    assert found.state is ChangeState.WITHDRAWN
    assert verdict_of(demonstration, demonstration.issuances()[0]) is VerdictCode.VALID


def test_confirming_asks_for_the_password_again(client: FlaskClient, demonstration: Demonstration) -> None:
    """A session that is an hour old confirms nothing before the person has shown who they are again."""
    change = _ask_revocation(client, demonstration)
    sign_in_as(client, demonstration, Role.PRINCIPAL, fresh=False)
    asked = send(client, f"/changes/{change}/confirm")
    assert (asked.status_code, "/sign-in/again" in asked.location) == (303, True)
    assert verdict_of(demonstration, demonstration.issuances()[0]) is VerdictCode.VALID


def test_correction_shows_what_changes(client: FlaskClient, demonstration: Demonstration) -> None:
    """Whoever confirms sees the value before and after; then the old document is superseded and the new one valid."""
    key = _key(client, demonstration)
    workbook = _mended_workbook(demonstration, "Thành phố Huế")
    answer = send(
        client,
        _address(demonstration, "correction"),
        reason="Sai nơi sinh",
        key=key,
        file=(io.BytesIO(workbook), "6A.xlsx"),
    )
    assert (answer.status_code, answer.location) == (303, "/changes")
    (change,) = demonstration.installation.register.changes(SCHOOL)
    sign_in_as(client, demonstration, Role.PRINCIPAL)
    assert "<ins>Thành phố Huế</ins>" in client.get("/changes").text
    assert send(client, f"/changes/{change.id}/confirm").status_code == 303
    old, new = documents(demonstration)
    assert verdict_of(demonstration, old) is VerdictCode.SUPERSEDED
    assert verdict_of(demonstration, new) is VerdictCode.VALID


def test_faulty_workbook_asks_for_nothing(client: FlaskClient, demonstration: Demonstration) -> None:
    """What is wrong in the workbook is said on the page, and no request is made."""
    answer = send(
        client,
        _address(demonstration, "correction"),
        reason="Sai nơi sinh",
        key=_key(client, demonstration),
        file=(io.BytesIO(b"no workbook"), "6A.xlsx"),
    )
    assert answer.status_code in {400, 415, 422}
    assert demonstration.installation.register.changes(SCHOOL) == ()


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_register_is_a_page_and_a_file(client: FlaskClient, demonstration: Demonstration, kind: str) -> None:
    """The year's lines are on the page, and the whole year is a file with a plain name."""
    year = demonstration.clock().year
    page = client.get("/issuance-register").text
    first = demonstration.issuances()[0]
    assert page.count("<tr>") == len(demonstration.issuances()) + 1
    assert first.student_code in page
    with client.get(f"/issuance-register/file?year={year}&kind={kind}") as file:
        assert file.headers["Content-Disposition"] == f'attachment; filename="so-cap-hoc-ba-{year}.{kind}"'
        assert len(file.data) > 500


@pytest.mark.parametrize("query", ["year=x", "year=1999", "page=-1", "year=12345678"])
def test_register_refuses_what_is_no_year(client: FlaskClient, query: str) -> None:
    """An address that somebody wrote by hand is refused in a sentence."""
    refused = client.get(f"/issuance-register?{query}")
    assert (refused.status_code, "của sổ" in refused.text) == (422, True)


def test_certificates_say_until_when(client: FlaskClient, demonstration: Demonstration) -> None:
    """The page says that all is well; near the end it warns, after it it says why nothing can be signed."""
    signers = demonstration.installation.keyring.signer(DocumentRole.SEAL, SCHOOL, now=demonstration.clock())
    end = signers.certificate.not_valid_after_utc
    page = client.get("/certificates").text
    assert VI["certificates_good"] in page
    assert f"{end.astimezone(VIETNAM):%d/%m/%Y}" in page
    demonstration.clock.time = end - dt.timedelta(days=5)
    assert "còn 5 ngày" in client.get("/certificates").text
    demonstration.clock.time = end + dt.timedelta(days=5)
    assert VI["certificates_good"] not in client.get("/certificates").text


def test_before_signing_the_page_says_who_signs(client: FlaskClient, demonstration: Demonstration) -> None:
    """Signatory, seal, and some who are approved, as they will be signed; what stands in the way is said first."""
    workbook = sample_class(5, class_name="6B", first_student=101)
    assert demonstration.installation.import_workbook(workbook, SCHOOL_YEAR, dry_run=False).ok
    assert f"{VI['preview']}: " not in client.get(f"/classes/{SCHOOL_YEAR}/6B/issue").text
    demonstration.installation.approve(SCHOOL, SCHOOL_YEAR)
    page = client.get(f"/classes/{SCHOOL_YEAR}/6B/issue").text
    _, signatory = demonstration.installation.register.school(SCHOOL)
    assert f"<strong>{signatory.name}</strong>" in page
    assert page.count(f"{VI['preview']}: ") == 3
    demonstration.clock.time += dt.timedelta(days=5 * 365)
    sign_in_as(client, demonstration, Role.CLERK)
    assert 'role="alert"' in client.get(f"/classes/{SCHOOL_YEAR}/6B/issue").text

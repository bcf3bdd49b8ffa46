"""People of the Sở in the console: every school in numbers, its settings and its people, and no child or mark."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from service.app import create_app
from service.people.accounts import OPERATOR
from service.people.roles import Role
from service.sample import DEMO_SCHOOL
from service.storage.school_records import SchoolFact
from service.web.words import TEXTS
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.sign_in import begin_session, send, sign_in_as

VI = TEXTS["vi"]
OTHER = DEMO_SCHOOL[0].model_copy(update={"code": "KHAC-01", "name": "Trường THCS Khác"})
PEOPLE = f"/schools/{SCHOOL}/people"
NEW = {
    "code": "THCS-02",
    "name": "Trường THCS Hoa Sữa",
    "commune": "Phường Hoa Sữa",
    "district": "",
    "province": "Hà Nội",
    "principal": "Đào Thị Sữa",
}


@pytest.fixture
def client(demonstration: Demonstration) -> Iterator[FlaskClient]:
    """A browser in which an administrator of the Sở has signed in; there is a second school that nobody uses."""
    installation = demonstration.installation
    installation.register.put_school(OTHER, DEMO_SCHOOL[1])
    client = create_app(installation).test_client()
    sign_in_as(client, demonstration, Role.ADMINISTRATOR, of_office=True)
    yield client
    installation.verifier.close()


def test_the_list_says_what_is_to_be_looked_at(client: FlaskClient) -> None:
    """A school without people is named with what it lacks; one that has them with its counts."""
    parts = client.get("/schools").text.split("<tbody>")
    (mine,) = (one for one in parts if f"/schools/{SCHOOL}/settings" in one)
    (other,) = (one for one in parts if f"/schools/{OTHER.code}/settings" in one)
    assert VI["nothing_to_mend"] in mine
    for lacking in ("mend_no_administrator", "mend_no_clerk", "mend_no_leader"):
        assert VI[lacking] in other
        assert VI[lacking] not in mine


def test_a_school_is_added_and_set_up(client: FlaskClient, demonstration: Demonstration) -> None:
    """Added with its principal, changed afterwards; both stand in its history under the name of who did it."""
    answer = send(client, "/schools/add", **NEW)
    assert answer.location == "/schools/THCS-02/settings"
    assert NEW["principal"] in client.get(answer.location).text
    assert send(client, "/schools/add", **NEW).status_code == 422
    fields = {name: NEW[name] for name in ("commune", "district", "province")}
    send(client, "/schools/THCS-02/settings/printed", name="Trường THCS Hoa Sữa Mới", **fields)
    register = demonstration.installation.register
    assert register.school("THCS-02")[0].name == "Trường THCS Hoa Sữa Mới"
    events = register.school_events("THCS-02")
    assert [one.fact for one in events] == [SchoolFact.NAME, SchoolFact.ADDED]
    assert {one.actor.name for one in events} == {"Trần Văn Sở (thử)"}
    assert register.school(SCHOOL)[0] == DEMO_SCHOOL[0]


def test_people_of_a_school_are_invited_changed_and_disabled(
    client: FlaskClient, demonstration: Demonstration
) -> None:
    """What the school's own administrator may, the Sở's may; the school sees that it was the Sở, without a name."""
    form = {"name": "Lan Mới", "sign_in_name": "lan.moi", "role": ["clerk", "principal"]}
    page = send(client, f"{PEOPLE}/invite", **form).text
    assert "/invitation?code=" in page
    account = demonstration.installation.administration.find(SCHOOL, "lan.moi")
    assert account.person.roles == {Role.CLERK, Role.PRINCIPAL}
    person = f"{PEOPLE}/{account.person.id}"
    assert send(client, f"{person}/roles", role="clerk").location == person
    assert send(client, f"{person}/disable").location == person
    account = demonstration.installation.administration.find(SCHOOL, "lan.moi")
    assert (set(account.person.roles), account.active) == ({Role.CLERK}, False)
    assert "Trần Văn Sở (thử)" in client.get(person).text
    sign_in_as(client, demonstration, Role.ADMINISTRATOR)
    page = client.get(f"/people/{account.person.id}").text
    assert VI["of_office"] in page
    assert "Trần Văn Sở" not in page


def test_people_are_found_under_their_own_school_alone(
    client: FlaskClient, demonstration: Demonstration
) -> None:
    """An account of one school under another's address is unknown, and stays as it is; so is a school of nobody."""
    account = demonstration.installation.administration.find(SCHOOL, "van-thu")
    for place in (f"/schools/{OTHER.code}/people", "/people"):
        assert client.get(f"{place}/{account.person.id}").status_code == 404
        assert send(client, f"{place}/{account.person.id}/disable").status_code == 404
    assert client.get("/schools/KHONG-CO/settings").status_code == 404
    assert demonstration.installation.administration.find(SCHOOL, "van-thu").active


def test_inspectors_of_the_office_count_and_change_nothing(
    client: FlaskClient, demonstration: Demonstration
) -> None:
    """They see the list without links into a school, and are refused its settings and people."""
    sign_in_as(client, demonstration, Role.INSPECTOR, of_office=True)
    page = client.get("/schools").text
    assert DEMO_SCHOOL[0].name in page
    assert f"/schools/{SCHOOL}/" not in page
    for path in (f"/schools/{SCHOOL}/settings", PEOPLE, "/schools/add"):
        assert client.get(path).status_code == 403


def test_no_page_of_the_office_leads_to_a_child(client: FlaskClient, demonstration: Demonstration) -> None:
    """Following every link from the list of schools on: no learner's name, student code or mark's page."""
    students = demonstration.installation.register.student_years(SCHOOL, "2025-2026")
    words = {one.learner.full_name for one in students} | {one.learner.student_code for one in students}
    seen: set[str] = set()
    waiting = ["/schools"]
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        page = client.get(path).text
        assert not [word for word in words if word in page], path
        waiting += [one for one in re.findall(r'href="(/[^"#?]*)', page) if not one.startswith("/static/")]
    assert {"/schools", f"/schools/{SCHOOL}/settings", PEOPLE} <= seen


def test_the_schools_own_administrator_reaches_that_school_alone(
    client: FlaskClient, demonstration: Demonstration
) -> None:
    """By the address of the Sở's pages too: the own school opens, another one is unknown, the list is closed."""
    account, _ = demonstration.installation.administration.invite(
        OTHER.code, "Quản trị khác", "qt-khac", [Role.ADMINISTRATOR], by=OPERATOR
    )
    begin_session(client, account)
    assert client.get(f"/schools/{OTHER.code}/settings").status_code == 200
    assert client.get(f"/schools/{OTHER.code}/people").status_code == 200
    assert client.get(f"/schools/{SCHOOL}/settings").status_code == 404
    assert send(client, f"/schools/{SCHOOL}/settings/notices").status_code == 404
    assert demonstration.installation.register.tells_families(SCHOOL)
    assert client.get("/schools").status_code == 403

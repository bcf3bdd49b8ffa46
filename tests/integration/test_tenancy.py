"""Who may open what: every route × every role × the own school, another one, none; walked from the route table.

A route that is new is walked like the others; one without a policy fails here.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from schemas.transcript.model import Signatory
from schemas.vietnam_time import day_in_vietnam
from service.app import create_app
from service.demo import SCHOOL_YEAR
from service.families.notices import contact_of
from service.families.requests import Received, receive
from service.importing.formats import SourceFile
from service.people.accounts import OF_OFFICE, OPERATOR, Account
from service.people.roles import Assignment, Role
from service.sample import DEMO_SCHOOL, sample_class
from service.storage.contact_imports import ContactImport
from service.storage.delegations import ON_BEHALF
from service.storage.family_records import RequestKind
from service.storage.records import Delegation
from service.web.console.marks import student_address
from service.web.policy import TEACHERS, WHOLE_SCHOOL, Policy, Reach, policy_of
from service.web.words import TEXTS
from tests.support.batches import ask as ask_for_batch
from tests.support.changes import draft, revocation_request
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.families import made_link
from tests.support.sign_in import begin_session, form_token, sign_in_as
from tests.support.trail import BY

DEPUTY = Signatory(name="Lê Văn Phó", title="Phó Hiệu trưởng", on_behalf=ON_BEHALF)
OTHER = DEMO_SCHOOL[0].model_copy(update={"code": "KHAC-01", "name": "Trường THCS Khác"})
VI = TEXTS["vi"]
FORBIDDEN = 403
_SIGN_IN = re.compile(r"/sign-in(\?next=.*)?$")
SHOWS = {"console.classes", "console.schools", "console.people", "console.account", "console.imports"}
"""Pages that anybody of their roles may open, at whatever school: they show that school's own."""


@dataclass(frozen=True)
class Route:
    """A method of a route of the pages, and its policy."""

    method: str
    rule: str
    endpoint: str
    policy: Policy


@pytest.fixture
def app(demonstration: Demonstration) -> Iterator[Flask]:
    """The application, with a second school."""
    installation = demonstration.installation
    installation.register.put_school(OTHER, DEMO_SCHOOL[1].model_copy(update={"name": "Trịnh Văn Khác"}))
    yield create_app(installation)
    installation.verifier.close()


@pytest.fixture
def ids(app: Flask, demonstration: Demonstration) -> dict[str, str]:
    """What the arguments of routes are at the demonstration's school: each names something that is there."""
    installation = demonstration.installation
    files = [SourceFile("lop.xlsx", sample_class(2, class_name="6X", first_student=200))]
    stored = installation.import_files(files, SCHOOL_YEAR, dry_run=False).stored
    assert stored is not None
    issuance, other = demonstration.issuances()[:2]
    for address in ("me@example.test", "cha@example.test"):
        installation.register.set_contact(contact_of(SCHOOL, other.student_code, address, at=0, by=None))
    (notice,) = installation.register.notices(SCHOOL)
    request = receive(
        installation.requesting, Received(SCHOOL, other.student_code, RequestKind.VIEW), by=None
    )
    today = day_in_vietnam(demonstration.clock())
    delegation = Delegation("d" * 16, SCHOOL, DEPUTY, "12/QĐ-BM", today, today)
    installation.register.put_delegation(delegation, by=BY)
    contacts = ContactImport("c" * 32, SCHOOL, 0, "Người nhập", "dia-chi.xlsx", "")
    installation.register.import_contacts(contacts, {other.student_code: "me@example.test"}, set_by=None)
    with app.app_context():
        student = student_address(draft(demonstration))
    return {
        "school_year": SCHOOL_YEAR,
        "class_name": "6A",
        "issuance_id": issuance.id,
        "import_id": stored.id,
        "person_id": installation.people.accounts(SCHOOL)[0].person.id,
        "link_id": made_link(demonstration).link.id,
        "change_id": revocation_request(demonstration, 1).id,
        "notice_id": notice.id,
        "request_id": request.id,
        "student": student,
        "batch_id": ask_for_batch(installation, "6A").batch.id,
        "school_code": SCHOOL,
        "delegation_id": delegation.id,
        "contact_import_id": contacts.id,
    }


def routes(app: Flask) -> list[Route]:
    """Return every method of every route that people sign in for."""
    found = []
    for rule in app.url_map.iter_rules():
        policy = policy_of(app, rule.endpoint)
        assert policy is not None, f"{rule.rule} has no policy: say above its view who may use it"
        if policy.reach in {Reach.SCHOOL, Reach.OFFICE, Reach.OWN, Reach.NAMED, Reach.ANYBODY}:
            methods = sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
            found += [Route(method, rule.rule, rule.endpoint, policy) for method in methods]
    return found


def invite(demonstration: Demonstration, school: str | None, role: Role) -> Account:
    """Return a new account of a role; teachers have class 6A."""
    classes = {
        Role.SUBJECT_TEACHER: [Assignment(SCHOOL_YEAR, "6A", "toan")],
        Role.HOMEROOM_TEACHER: [Assignment(SCHOOL_YEAR, "6A", None)],
    }.get(role, [])
    name = secrets.token_hex(6)
    account, _ = demonstration.installation.administration.invite(
        school, "Người thử", name, [role], classes, by=OPERATOR
    )
    return account


def ask(client: FlaskClient, route: Route, ids: Mapping[str, str]) -> TestResponse:
    """Ask for a route with the ids and the class of the demonstration's school, in a session of its own token."""
    missing = set(re.findall(r"<(?:\w+:)?(\w+)>", route.rule)) - set(ids)
    assert not missing, f"{route.rule}: say in this test what {missing} is at the demonstration's school"
    path = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: ids[found[1]], route.rule)
    data = {"form": form_token(client)} if route.method == "POST" else None
    return client.open(path, method=route.method, data=data, buffered=True)


def _all_of(demonstration: Demonstration) -> tuple[object, ...]:
    """Return whatever of the school a route could change."""
    installation = demonstration.installation
    register = installation.register
    return (
        installation.imports.all(SCHOOL),
        demonstration.issuances(),
        installation.people.accounts(SCHOOL),
        register.changes(SCHOOL),
        register.notices(SCHOOL),
        register.family_requests(SCHOOL),
        register.links(SCHOOL),
        register.jobs(SCHOOL, limit=10),
        register.school(SCHOOL),
        register.delegations(SCHOOL),
        register.principals(SCHOOL),
        register.school_events(SCHOOL),
        register.addresses(SCHOOL),
    )


def is_let_in(policy: Policy, role: Role, *, of_office: bool) -> bool:
    """Return whether the policy's own words let somebody in, without asking the code that enforces them."""
    if policy.reach is Reach.ANYBODY:
        return True
    place_fits = {
        Reach.SCHOOL: not of_office,
        Reach.OFFICE: of_office,
        Reach.OWN: True,
        Reach.NAMED: True,
    }[policy.reach]
    return place_fits and role in policy.roles


def test_every_route_says_who_may_use_it(app: Flask) -> None:
    """No route of the application, of whichever part, is without a policy."""
    assert len(routes(app)) >= 20
    assert [rule.rule for rule in app.url_map.iter_rules() if policy_of(app, rule.endpoint) is None] == []


def test_a_route_without_a_policy_is_closed(app: Flask, demonstration: Demonstration) -> None:
    """A page that somebody forgot to say it of opens to nobody, not even to whoever is signed in."""
    app.add_url_rule("/forgotten", "forgotten", lambda: "personal data")
    client = app.test_client()
    sign_in_as(client, demonstration, Role.PRINCIPAL)
    answer = client.get("/forgotten")
    assert answer.status_code == 500
    assert "personal data" not in answer.text


def test_strangers_are_asked_who_they_are(
    app: Flask, demonstration: Demonstration, ids: dict[str, str]
) -> None:
    """Every route sends whoever has not signed in to the page that asks, and does nothing else."""
    before = _all_of(demonstration)
    for route in routes(app):
        answer = ask(app.test_client(), route, ids)
        assert answer.status_code == 303, route
        assert _SIGN_IN.search(answer.location), route
    assert _all_of(demonstration) == before


@pytest.mark.parametrize("role", Role)
def test_roles_open_what_is_theirs_at_their_school(
    app: Flask, demonstration: Demonstration, ids: dict[str, str], role: Role
) -> None:
    """At the own school a route answers exactly the roles that it is for; the others are refused in a sentence."""
    client = app.test_client()
    for route in routes(app):
        # Each route by somebody new: one of them signs out, changes roles, undoes an import.
        begin_session(client, invite(demonstration, SCHOOL, role))
        answer = ask(client, route, ids)
        if is_let_in(route.policy, role, of_office=False):
            assert answer.status_code not in {FORBIDDEN, 500}, route
            assert not _SIGN_IN.search(answer.location or ""), route
        else:
            assert answer.status_code == FORBIDDEN, route
            assert VI["sign_out"] in answer.text, route


@pytest.mark.parametrize("role", Role)
def test_another_school_is_never_reached(
    app: Flask, demonstration: Demonstration, ids: dict[str, str], role: Role
) -> None:
    """Whoever has a role at another school finds nothing under this one's ids and classes, and changes nothing."""
    installation = demonstration.installation
    before = _all_of(demonstration)
    names = {one.person.name for one in installation.people.accounts(SCHOOL)}
    learners = {one.learner.full_name for one in installation.register.student_years(SCHOOL, SCHOOL_YEAR)}
    client = app.test_client()
    for route in routes(app):
        begin_session(client, invite(demonstration, OTHER.code, role))
        answer = ask(client, route, ids)
        assert answer.status_code != 500, route
        if not is_let_in(route.policy, role, of_office=False):
            assert answer.status_code == FORBIDDEN, route
        elif "<" in route.rule and "differences" not in route.rule:
            assert answer.status_code == 404, route
        assert not [name for name in names | learners if name in answer.text], route
    assert _all_of(demonstration) == before


@pytest.mark.parametrize("role", sorted(OF_OFFICE))
def test_the_office_sees_counts_and_no_child(
    app: Flask, demonstration: Demonstration, ids: dict[str, str], role: Role
) -> None:
    """People of the Sở open their own pages alone: no page of a school, and no name of a learner."""
    learners = [
        one.learner.full_name
        for one in demonstration.installation.register.student_years(SCHOOL, SCHOOL_YEAR)
    ]
    client = app.test_client()
    for route in routes(app):
        begin_session(client, invite(demonstration, None, role))
        answer = ask(client, route, ids)
        expected = is_let_in(route.policy, role, of_office=True)
        assert (answer.status_code != FORBIDDEN) is expected, route
        assert not [name for name in learners if name in answer.text], route
    begin_session(client, invite(demonstration, None, role))
    page = client.get("/schools").text
    assert DEMO_SCHOOL[0].name in page
    assert SCHOOL_YEAR in page


@pytest.mark.parametrize("role", sorted(TEACHERS))
def test_teachers_open_their_classes_alone(
    app: Flask, demonstration: Demonstration, ids: dict[str, str], role: Role
) -> None:
    """A class that is nobody's of theirs is refused on every page that names one, and is on no list."""
    assert ids
    client = app.test_client()
    begin_session(client, invite(demonstration, SCHOOL, role))
    page = client.get("/").text
    assert "/6A" in page
    assert "/6X" not in page
    named = [one for one in routes(app) if "class_name" in one.rule and role in one.policy.roles]
    assert named
    for route in named:
        path = route.rule.replace("<school_year>", SCHOOL_YEAR).replace("<class_name>", "6X")
        data = {"form": form_token(client)} if route.method == "POST" else None
        assert client.open(path, method=route.method, data=data).status_code == FORBIDDEN, route


def test_files_of_other_classes_are_closed_to_teachers(app: Flask, demonstration: Demonstration) -> None:
    """A homeroom teacher fetches transcripts of the own class, and of no other class under a known id."""
    issuance = demonstration.issuances()[0]
    client = app.test_client()
    begin_session(client, invite(demonstration, SCHOOL, Role.HOMEROOM_TEACHER))
    assert client.get(f"/transcripts/{issuance.id}.pdf", buffered=True).status_code == 200
    account = invite(demonstration, SCHOOL, Role.HOMEROOM_TEACHER)
    elsewhere = [Assignment(SCHOOL_YEAR, "6B", None)]
    demonstration.installation.administration.assign(account, elsewhere, by=OPERATOR)
    moved = demonstration.installation.people.account(account.person.id)
    assert moved is not None
    begin_session(client, moved)
    assert client.get(f"/transcripts/{issuance.id}.pdf").status_code == FORBIDDEN


@pytest.mark.parametrize("role", Role)
def test_what_signs_asks_for_the_password_again(
    app: Flask, demonstration: Demonstration, ids: dict[str, str], role: Role
) -> None:
    """Where a route wants a fresh sign-in, an older one is sent to the page that asks, and nothing happens."""
    client = app.test_client()
    fresh = [one for one in routes(app) if one.policy.fresh and is_let_in(one.policy, role, of_office=False)]
    before = demonstration.issuances()
    for route in fresh:
        begin_session(client, invite(demonstration, SCHOOL, role), fresh=False)
        answer = ask(client, route, ids)
        assert (answer.status_code, answer.location.partition("?")[0]) == (303, "/sign-in/again"), route
    assert demonstration.issuances() == before


def test_issuing_and_giving_rights_are_fresh(app: Flask) -> None:
    """What signs, issues or gives rights is among the routes that ask again."""
    fresh = {one.endpoint for one in routes(app) if one.policy.fresh}
    assert {"console.issue", "console.issue_extract", "console.invite", "console.set_roles"} <= fresh


def test_inspectors_change_nothing(app: Flask) -> None:
    """No route that takes a form of a school is an inspector's, and none of a school an administrator's."""
    for route in routes(app):
        if route.policy.reach is Reach.SCHOOL:
            assert Role.ADMINISTRATOR not in route.policy.roles, route
            if route.method == "POST":
                assert Role.INSPECTOR not in route.policy.roles, route
    assert Role.INSPECTOR in WHOLE_SCHOOL

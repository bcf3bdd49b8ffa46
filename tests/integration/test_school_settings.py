"""A school's settings: who may change what, that it counts for later documents alone, and that each change is kept."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from schemas.transcript.model import Kind, Signatory, parse_transcript
from schemas.vietnam_time import day_in_vietnam
from service.app import create_app
from service.demo import SCHOOL_YEAR
from service.errors import ServiceError
from service.families.notices import contact_of
from service.importing.formats import SourceFile
from service.people.roles import Role
from service.sample import DEMO_SCHOOL, sample_class
from service.storage.database import writing
from service.storage.family_records import NoticeKind
from service.storage.school_records import Principal, SchoolFact
from service.web.words import TEXTS
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.sign_in import send, sign_in_as
from tests.support.trail import BY

VI = TEXTS["vi"]
PAGE = f"/schools/{SCHOOL}/settings"
PRINTED = {"name": "Trường THCS Ban Mai Mới", "commune": "Phường Mới", "district": "", "province": "Hà Nội"}
NEW = Signatory(name="Lê Thị Mới", title="Hiệu trưởng")


@pytest.fixture
def client(demonstration: Demonstration) -> Iterator[FlaskClient]:
    """A browser in which the school's administrator has signed in."""
    installation = demonstration.installation
    client = create_app(installation).test_client()
    sign_in_as(client, demonstration, Role.ADMINISTRATOR)
    yield client
    installation.verifier.close()


def changes(demonstration: Demonstration) -> list[tuple[SchoolFact, str | None, str | None]]:
    """Return what was changed of the school, the oldest first."""
    events = demonstration.installation.register.school_events(SCHOOL)
    return [(one.fact, one.before, one.after) for one in reversed(events)]


def test_what_is_printed_changes_for_later_documents_alone(
    client: FlaskClient, demonstration: Demonstration
) -> None:
    """A new name stands on what is issued afterwards; what was issued keeps the old one; the history has both."""
    assert send(client, f"{PAGE}/printed", **PRINTED).status_code == 303
    installation = demonstration.installation
    workbook = sample_class(1, class_name="6B", first_student=101)
    (row,) = installation.import_workbook(workbook, SCHOOL_YEAR, dry_run=False).rows
    installation.issue(SCHOOL, SCHOOL_YEAR, class_name="6B")
    (new,) = installation.register.documents(SCHOOL, row.learner.student_code)
    assert parse_transcript(new.data).issuer.name == PRINTED["name"]
    assert parse_transcript(demonstration.issuances()[0].data).issuer == DEMO_SCHOOL[0]
    was = DEMO_SCHOOL[0]
    expected = [
        (SchoolFact.NAME, was.name, PRINTED["name"]),
        (SchoolFact.COMMUNE, was.commune, PRINTED["commune"]),
        (SchoolFact.DISTRICT, was.district, None),
        (SchoolFact.PROVINCE, was.province, PRINTED["province"]),
    ]
    assert changes(demonstration) == [one for one in expected if one[1] != one[2]]
    assert PRINTED["name"] in client.get(PAGE).text


def test_what_is_refused_changes_nothing(client: FlaskClient, demonstration: Demonstration) -> None:
    """An empty name and a day that is none: the page says what to do, and nothing is set or noted."""
    for form, fields, words in (
        ("printed", PRINTED | {"name": " "}, "Thông tin của trường"),
        ("principal", {"name": NEW.name, "title": NEW.title, "first_day": "31/02/2026"}, "ngày/tháng/năm"),
        (
            "delegation",
            {"name": "A", "title": "B", "decision": "", "first_day": "", "last_day": ""},
            "quyết định",
        ),
    ):
        answer = send(client, f"{PAGE}/{form}", **fields)
        assert (form, answer.status_code) == (form, 422)
        assert words in answer.text
    assert changes(demonstration) == []
    assert demonstration.installation.register.school(SCHOOL)[0] == DEMO_SCHOOL[0]


def test_a_new_principal_signs_from_the_first_day_on(demonstration: Demonstration) -> None:
    """The one before signs to the last day, and what they signed keeps the name."""
    register, day = demonstration.installation.register, day_in_vietnam(demonstration.clock())
    first = day + dt.timedelta(days=3)
    register.put_principal(Principal(SCHOOL, NEW, first), by=BY)
    assert register.signing(SCHOOL, first - dt.timedelta(days=1))[1] == DEMO_SCHOOL[1]
    assert register.signing(SCHOOL, first)[1] == NEW
    assert [one.signatory for one in register.principals(SCHOOL)] == [DEMO_SCHOOL[1], NEW]
    assert {parse_transcript(one.data).signatory for one in demonstration.issuances()} == {DEMO_SCHOOL[1]}


def test_a_principal_is_entered_once_and_not_before_the_last(demonstration: Demonstration) -> None:
    """The same again adds nothing; a day before that of the last one is refused; a later one takes over."""
    register, day = demonstration.installation.register, day_in_vietnam(demonstration.clock())
    for _ in range(2):
        register.put_principal(Principal(SCHOOL, NEW, day), by=BY)
    assert len(register.principals(SCHOOL)) == 2
    early = Principal(SCHOOL, DEMO_SCHOOL[1], day - dt.timedelta(days=1))
    with pytest.raises(ServiceError) as refused:
        register.put_principal(early, by=BY)
    assert refused.value.code == "principal-day"
    # Entered wrongly, the one before is entered again from the same day on.
    register.put_principal(replace(early, first_day=day), by=BY)
    assert register.principal_on(SCHOOL, day) == DEMO_SCHOOL[1]


def test_a_year_that_is_imported_names_the_principal_of_the_day(demonstration: Demonstration) -> None:
    """Whoever leads the school when marks come in stands on the year; drafts of before keep theirs."""
    installation = demonstration.installation
    day = day_in_vietnam(demonstration.clock())
    installation.register.put_principal(Principal(SCHOOL, NEW, day), by=BY)
    workbook = sample_class(1, class_name="6B", first_student=101)
    (row,) = installation.import_workbook(workbook, SCHOOL_YEAR, dry_run=False).rows
    assert row.year.principal == NEW
    before = installation.register.student_years(SCHOOL, SCHOOL_YEAR, class_name="6A")
    assert {one.year.principal for one in before} == {DEMO_SCHOOL[1]}


def test_delegations_are_entered_shown_and_ended(client: FlaskClient, demonstration: Demonstration) -> None:
    """A deputy signs from today on, and no more once it is ended; both stand in the history with who did it."""
    register, today = demonstration.installation.register, day_in_vietnam(demonstration.clock())
    days = {"first_day": f"{today:%Y-%m-%d}", "last_day": f"{today + dt.timedelta(days=9):%Y-%m-%d}"}
    fields = {"name": "Lê Văn Phó", "title": "Phó Hiệu trưởng", "decision": "12/QĐ-BM", **days}
    assert send(client, f"{PAGE}/delegation", **fields).status_code == 303
    assert register.signing(SCHOOL, today)[1].on_behalf == "KT. HIỆU TRƯỞNG"
    page = client.get(PAGE).text
    assert VI["delegation_now"] in page
    assert send(client, f"{PAGE}/delegation", **fields).status_code == 422
    (path,) = set(re.findall(rf'action="({PAGE}/end/[^"]+)"', page))
    assert send(client, path).status_code == 303
    assert register.signing(SCHOOL, today)[1] == DEMO_SCHOOL[1]
    assert send(client, path).status_code == 404
    events = register.school_events(SCHOOL)
    assert [one.fact for one in events] == [SchoolFact.DELEGATION] * 2
    assert {one.actor.name for one in events} == {"Lê Văn Trị (thử)"}


def test_a_file_of_another_level_is_refused(client: FlaskClient, demonstration: Demonstration) -> None:
    """Once somebody has said which levels the school teaches, a class of another one is not imported."""
    installation = demonstration.installation
    files = [SourceFile("6B.xlsx", sample_class(1, class_name="6B", first_student=101))]
    send(client, f"{PAGE}/levels", level="thpt")
    assert installation.register.levels(SCHOOL) == (Kind.UPPER_SECONDARY,)
    result = installation.import_files(files, SCHOOL_YEAR, dry_run=False)
    assert [one.code for one in result.read.complaints if one.severity == "error"] == ["level-not-taught"]
    assert installation.register.student_years(SCHOOL, SCHOOL_YEAR, class_name="6B") == ()
    send(client, f"{PAGE}/levels", level="thcs")
    assert installation.import_files(files, SCHOOL_YEAR, dry_run=False).stored
    assert [one[0] for one in changes(demonstration)] == [SchoolFact.LEVELS] * 2


def test_families_are_told_only_where_the_school_says_so(
    client: FlaskClient, demonstration: Demonstration
) -> None:
    """Without notices a release is told to nobody; that an address was replaced is told even so."""
    send(client, f"{PAGE}/notices")
    installation = demonstration.installation
    workbook = sample_class(1, class_name="6B", first_student=101)
    (row,) = installation.import_workbook(workbook, SCHOOL_YEAR, dry_run=False).rows
    for address in ("me@example.test", "cha@example.test"):
        contact = contact_of(SCHOOL, row.learner.student_code, address, at=1, by=None)
        installation.register.set_contact(contact)
    installation.issue(SCHOOL, SCHOOL_YEAR, class_name="6B")
    assert [one.kind for one in installation.register.notices(SCHOOL)] == [NoticeKind.CONTACT]
    assert changes(demonstration) == [(SchoolFact.NOTICES, "on", "off")]


def test_what_only_commands_change_is_shown_with_them(client: FlaskClient) -> None:
    """Keys, certificates, tokens and the school's code: each with the command, and where its signatures come from."""
    page = client.get(PAGE).text
    for command in ("hocba signer", "hocba issuer request", "hocba token add", "hocba issuer succession"):
        assert command in page
    assert VI["key_file"] in page
    assert VI["certificate_issuer"] in client.get(f"/schools/{SCHOOL}/certificates").text
    assert DEMO_SCHOOL[1].name in page


def test_a_session_that_was_opened_a_while_ago_changes_nothing(demonstration: Demonstration) -> None:
    """Page and forms ask for the password again."""
    installation = demonstration.installation
    client = create_app(installation).test_client()
    sign_in_as(client, demonstration, Role.ADMINISTRATOR, fresh=False)
    assert "/sign-in/again" in client.get(PAGE).location
    assert "/sign-in/again" in send(client, f"{PAGE}/printed", **PRINTED).location
    assert changes(demonstration) == []
    installation.verifier.close()


def test_documents_on_the_way_in_another_name_are_warned_of(
    client: FlaskClient, demonstration: Demonstration, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is reserved and not signed when a new principal begins is counted, by the name that it has."""
    installation = demonstration.installation
    installation.import_workbook(
        sample_class(1, class_name="6B", first_student=101), SCHOOL_YEAR, dry_run=False
    )

    def broken(*_arguments: object, **_how: object) -> None:
        raise RuntimeError("planted")

    with monkeypatch.context() as planted:
        planted.setattr("service.signing.WorkFolder.sign", broken)
        with pytest.raises(RuntimeError, match="planted"):
            installation.issue(SCHOOL, SCHOOL_YEAR, class_name="6B")
    day = day_in_vietnam(demonstration.clock())
    installation.register.put_principal(Principal(SCHOOL, NEW, day), by=BY)
    assert VI["on_the_way"].format(count=1, name=DEMO_SCHOOL[1].name) in client.get(PAGE).text


@pytest.mark.parametrize("table", ["school_events", "principals"])
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "UPDATE {} SET school_code = school_code"])
def test_the_database_keeps_the_history(demonstration: Demonstration, table: str, statement: str) -> None:
    """Neither who led the school nor what was changed of it is changed or deleted afterwards."""
    register, day = demonstration.installation.register, day_in_vietnam(demonstration.clock())
    register.put_principal(Principal(SCHOOL, NEW, day), by=BY)
    with (
        pytest.raises(DatabaseError, match="append-only"),
        writing(demonstration.installation.database) as connection,
    ):
        connection.execute(text(statement.format(table)))
    assert [one[0] for one in changes(demonstration)] == [SchoolFact.PRINCIPAL]

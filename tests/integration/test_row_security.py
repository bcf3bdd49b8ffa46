"""Row-level security on a real PostgreSQL server: what a school's request sees, whatever the query forgot to ask."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, Table, select, text
from sqlalchemy.exc import DBAPIError

from service.app import create_app
from service.demo import SCHOOL_YEAR
from service.people.accounts import OPERATOR
from service.people.roles import Role
from service.sample import DEMO_SCHOOL, sample_class
from service.storage.database import Base, open_server, reading, writing
from service.storage.migration import upgrade
from service.storage.row_security import OF_ALL, all_schools, limit_to_school
from tests.support.batches import work_off
from tests.support.demonstration import SCHOOL, Demonstration, add_school
from tests.support.postgresql import PostgreSQL, closing_engines, running_server
from tests.support.sign_in import send, sign_in_as

OTHER = DEMO_SCHOOL[0].model_copy(update={"code": "KHAC-01", "name": "Trường THCS Khác"})


@pytest.fixture(autouse=True)
def _closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Close the connections of every engine that a test opens, and leave no limit behind."""
    with closing_engines(monkeypatch) as opening:
        monkeypatch.setitem(globals(), "open_server", opening)
        yield
    limit_to_school(None)


@pytest.fixture(scope="module")
def server() -> Iterator[PostgreSQL]:
    """A server for the tests of this file."""
    with running_server() as server:
        yield server


@pytest.fixture
def on_server(server: PostgreSQL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Demonstration:
    """Three released transcripts on the server, and another school with people of its own."""
    monkeypatch.setenv("HOCBA_DATABASE_URL", server.new_database())
    made = Demonstration.make(tmp_path / "data", students=3)
    add_school(made.installation.register, OTHER, "a token of the other school")
    made.installation.administration.invite(OTHER.code, "Lê Khác", "khac", [Role.CLERK], by=OPERATOR)
    return made


def protected() -> list[Table]:
    """Return the tables whose rows are some school's."""
    return [table for table in Base.metadata.sorted_tables if table.name not in OF_ALL]


def rows(engine: Engine, table: Table) -> int:
    """Return how many rows of a table are seen by a query that asks for all of them."""
    with reading(engine) as connection:
        return len(connection.execute(select(table)).all())


def test_every_table_has_a_policy(server: PostgreSQL) -> None:
    """Each table of the code, a new one too, is under a policy on the server, or is of no school by its name here."""
    engine = open_server(server.new_database())
    upgrade(engine)
    with reading(engine) as connection:
        enabled = set(connection.execute(text("SELECT relname FROM pg_class WHERE relrowsecurity")).scalars())
        named = set(connection.execute(text("SELECT tablename FROM pg_policies")).scalars())
    assert enabled == named == {table.name for table in protected()}
    assert {"log_entries", "signed_roots", "status_lists"} == OF_ALL


def test_a_query_that_forgets_the_school_sees_its_rows_alone(on_server: Demonstration) -> None:
    """Asked for everything, the server shows a school its own rows, and the owner all of them."""
    engine = on_server.installation.database
    everything = {table.name: rows(engine, table) for table in protected()}
    assert everything["issuances"] == everything["student_years"] == 3
    limit_to_school(OTHER.code)
    seen = {name: rows(engine, table) for name, table in ((one.name, one) for one in protected())}
    assert seen == dict.fromkeys(seen, 0) | {
        "schools": 1,
        "people": 1,
        "person_roles": 1,
        "person_events": 1,
        "tokens": 2,
    }
    limit_to_school(SCHOOL)
    mine = {table.name: rows(engine, table) for table in protected()}
    assert {name: everything[name] - mine[name] for name in mine if everything[name] != mine[name]} == {
        "schools": 1,
        "people": 3,
        "person_roles": 3,
        "person_events": 5,
        "tokens": 2,
    }
    with all_schools():
        assert {table.name: rows(engine, table) for table in protected()} == everything


def test_a_school_writes_no_row_of_another(on_server: Demonstration) -> None:
    """What changes or deletes without a WHERE touches the own rows alone; a row of another school is not put in."""
    engine = on_server.installation.database
    limit_to_school(OTHER.code)
    with writing(engine) as connection:
        for name in ("issuances", "student_years", "imports", "agents"):
            assert connection.execute(text(f"UPDATE {name} SET school_code = school_code")).rowcount == 0  # noqa: S608
        assert connection.execute(text("DELETE FROM assignments")).rowcount == 0
    with pytest.raises(DBAPIError, match="row-level security"), writing(engine) as connection:
        connection.execute(
            text(
                "INSERT INTO agents (id, school_code, holder, created_at, code_until) VALUES ('a', :s, 'x', 1, 1)"
            ),
            {"s": SCHOOL},
        )
    with pytest.raises(DBAPIError, match="row-level security"), writing(engine) as connection:
        connection.execute(text("UPDATE tokens SET school_code = :s"), {"s": SCHOOL})


def test_the_role_without_a_school_sees_nothing(on_server: Demonstration) -> None:
    """Whoever becomes the role and names no school is refused by the server, not shown everything."""
    with on_server.installation.database.connect() as connection:
        connection.execute(text("SET ROLE hocba_school"))
        with pytest.raises(DBAPIError, match=r"hocba\.school|unrecognized configuration parameter"):
            connection.execute(text("SELECT * FROM issuances"))


@pytest.fixture
def client(on_server: Demonstration) -> Iterator[FlaskClient]:
    """A browser in which the demonstration's clerk signed in."""
    installation = on_server.installation
    client = create_app(installation).test_client()
    sign_in_as(client, on_server, Role.CLERK)
    yield client
    installation.verifier.close()


def test_a_clerks_day_goes_on_under_it(client: FlaskClient, on_server: Demonstration) -> None:
    """Import, issue, fetch, take an extract, undo: all of it works as the role of the school."""
    workbook = sample_class(2, class_name="6X", first_student=200)
    checked = send(client, "/import", year=SCHOOL_YEAR, file=[(io.BytesIO(workbook), "lop.xlsx")])
    (digest,) = set(re.findall(r'name="upload" value="([0-9a-f]{64})"', checked.text))
    assert send(client, "/import/confirm", year=SCHOOL_YEAR, upload=digest).status_code == 303
    on_server.installation.approve(SCHOOL, SCHOOL_YEAR)
    asked = send(client, f"/classes/{SCHOOL_YEAR}/6X/issue")
    assert asked.status_code == 303
    work_off(on_server.installation)
    assert client.get(asked.location).status_code == 200
    links = re.findall(
        r'href="(/transcripts/[0-9a-f]{32})\.pdf"', client.get(f"/classes/{SCHOOL_YEAR}/6X").text
    )
    assert len(links) == 2
    assert client.get(f"{links[0]}.pdf", buffered=True).data.startswith(b"%PDF")
    assert send(client, f"{links[0]}/extracts", what=SCHOOL_YEAR).status_code == 303
    assert client.get("/imports").status_code == 200
    assert on_server.installation.audit().differences == ()


def test_an_administrators_day_goes_on_under_it(client: FlaskClient, on_server: Demonstration) -> None:
    """Somebody is invited and given a class; the name of somebody at another school is taken, not a fault of ours."""
    sign_in_as(client, on_server, Role.ADMINISTRATOR)
    fields = {"name": "Lê Thị Mới", "role": "subject-teacher", "assignments": f"{SCHOOL_YEAR}/6A/toan"}
    taken = send(client, "/people/invite", sign_in_name="khac", **fields)
    assert (taken.status_code, "đã có người dùng" in taken.text) == (422, True)
    assert send(client, "/people/invite", sign_in_name="moi", **fields).status_code == 200
    account = on_server.installation.administration.find(SCHOOL, "moi")
    page = f"/people/{account.person.id}"
    assert send(client, f"{page}/classes", assignments=f"{SCHOOL_YEAR}/6A/khtn").status_code == 303
    assert send(client, f"{page}/disable").status_code == 303
    assert client.get(page).status_code == 200
    other = on_server.installation.administration.find(OTHER.code, "khac")
    assert client.get(f"/people/{other.person.id}").status_code == 404


def test_every_request_is_under_it(client: FlaskClient, on_server: Demonstration) -> None:
    """A view that asks for everything is given the rows of whoever signed in; what comes after the request, all."""
    from service.web.policy import allow

    engine, seen = on_server.installation.database, []

    @allow(Role.CLERK)
    def careless(_school: str) -> str:
        seen.append(rows(engine, Base.metadata.tables["people"]))
        return ""

    client.application.add_url_rule("/careless", "careless", careless)
    total = rows(engine, Base.metadata.tables["people"])
    assert client.get("/careless").status_code == 200
    assert seen == [total - 3]
    assert rows(engine, Base.metadata.tables["people"]) == total


def test_the_office_works_within_the_school_that_it_names(on_server: Demonstration) -> None:
    """On the server too: settings and people of one school by its address, all schools on the list, no row beside."""
    installation = on_server.installation
    client = create_app(installation).test_client()
    sign_in_as(client, on_server, Role.ADMINISTRATOR, of_office=True)
    page = client.get("/schools").text
    assert DEMO_SCHOOL[0].name in page
    assert OTHER.name in page
    here = f"/schools/{OTHER.code}"
    assert client.get(f"{here}/settings").status_code == 200
    named = {"name": "Trường Khác Hẳn", "commune": "Phường Khác", "province": "Hà Nội"}
    assert send(client, f"{here}/settings/printed", **named).status_code == 303
    invited = send(client, f"{here}/people/invite", name="Mới", sign_in_name="moi", role="clerk")
    assert "/invitation?code=" in invited.text
    elsewhere = installation.administration.find(SCHOOL, "van-thu").person.id
    assert client.get(f"{here}/people/{elsewhere}").status_code == 404
    assert installation.register.school(OTHER.code)[0].name == "Trường Khác Hẳn"
    assert installation.register.school(SCHOOL)[0] == DEMO_SCHOOL[0]
    assert installation.administration.find(OTHER.code, "moi").person.roles == {Role.CLERK}
    installation.verifier.close()

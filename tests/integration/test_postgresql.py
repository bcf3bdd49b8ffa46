"""The whole of the issuing side on a real PostgreSQL server, and what happens when that server dies."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, create_engine, make_url, text

from schemas.record.entry import format_entry
from schemas.verdict import VerdictCode
from service import installation as installation_module
from service.demo import SCHOOL_YEAR
from service.errors import ServiceError
from service.sample import sample_class
from service.storage import database
from service.storage.database import Base, open_server, reading
from service.storage.issuances import Issuances
from service.storage.log_store import LogStore
from service.storage.migration import upgrade
from service.storage.records import Standing, State
from tests.support.changes import revoke
from tests.support.commands import run
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.postgresql import PostgreSQL
from tests.support.record import issued


@pytest.fixture(autouse=True)
def _closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Close the connections of every engine that a test opens."""
    engines: list[Engine] = []

    def open_and_note(url: str) -> Engine:
        engines.append(database.open_server(url))
        return engines[-1]

    monkeypatch.setattr(installation_module, "open_server", open_and_note)
    monkeypatch.setitem(globals(), "open_server", open_and_note)
    yield
    for engine in engines:
        engine.dispose()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> PostgreSQL:
    """A server for all tests of this process."""
    return PostgreSQL(tmp_path_factory.mktemp("postgresql"))


@pytest.fixture
def address(server: PostgreSQL) -> str:
    """An empty database."""
    return server.new_database()


@pytest.fixture
def on_server(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Demonstration:
    """Three released transcripts whose register and log are on the server."""
    monkeypatch.setenv("HOCBA_DATABASE_URL", address)
    return Demonstration.make(tmp_path / "data", students=3)


def test_migrations_give_the_tables_of_the_code(address: str) -> None:
    """Step by step from nothing, the schema is the one that the code describes."""
    engine = open_server(address)
    upgrade(engine)
    with reading(engine) as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_everything_works_on_a_server(on_server: Demonstration) -> None:
    """Issued, recorded, verified, revoked, imported, undone, audited: nothing of it needs SQLite."""
    assert not (on_server.data / "hocba.sqlite3").exists()
    assert on_server.verify(on_server.pdf()).verdict is VerdictCode.VALID
    revoke(on_server)
    assert on_server.issuances()[0].standing is Standing.REVOKED
    installation = on_server.installation
    workbook = sample_class(2, class_name="6B", first_student=101)
    assert installation.import_workbook(workbook, SCHOOL_YEAR, dry_run=False).ok
    assert len(installation.issue(SCHOOL, SCHOOL_YEAR, class_name="6B").released) == 2
    assert installation.audit().differences == ()
    listed = run("hocba", "record", "audit", "--data", on_server.data)
    assert listed.returncode == 0, listed.stdout + listed.stderr


def test_writers_wait_for_each_other(address: str) -> None:
    """Eight threads append forty entries: every index once, none lost, and a known key keeps its index."""
    engine = open_server(address)
    upgrade(engine)
    store = LogStore(engine)
    indexes: list[int] = []

    def append(thread: int) -> None:
        for number in range(5):
            name = f"{thread}/{number}"
            entry = format_entry(issued(name, status_index=thread * 5 + number))
            indexes.extend(store.append([(name, entry)]))

    threads = [threading.Thread(target=append, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(indexes) == list(range(40))
    assert store.size == 40
    assert store.append([("3/2", format_entry(issued("3/2", status_index=17)))]) == [store.find("3/2")]


def test_connections_that_the_server_dropped_are_made_anew(on_server: Demonstration, address: str) -> None:
    """All connections ended by the server between two requests: the next one goes through."""
    installation = on_server.installation
    assert installation.register.schools()
    admin = create_engine(
        make_url(address).set(drivername="postgresql+psycopg", database="postgres"),
        isolation_level="AUTOCOMMIT",
    )
    others = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = :name"
    )
    with admin.connect() as connection:
        connection.execute(others, {"name": make_url(address).database})
    admin.dispose()
    assert installation.register.schools()
    assert installation.publish().size > 0


@pytest.mark.parametrize("after", [0, 4])
def test_server_killed_in_a_batch_is_waited_for(
    on_server: Demonstration, server: PostgreSQL, after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed after so many documents are signed, and started again: the same call ends with every document once."""
    installation = on_server.installation
    workbook = sample_class(9, class_name="6B", first_student=101)
    assert installation.import_workbook(workbook, SCHOOL_YEAR, dry_run=False).ok
    real, count = Issuances.advance, 0

    def advance(register: Issuances, issuances: object, state: State, log_indexes: object = None) -> None:
        nonlocal count
        if state is State.SIGNED:
            if count == after:
                server.kill_and_restart()
            count += 1
        real(register, issuances, state, log_indexes)  # type: ignore[arg-type]

    monkeypatch.setattr(Issuances, "advance", advance)
    report = installation.issue(SCHOOL, SCHOOL_YEAR, class_name="6B")
    assert (len(report.released), report.failed) == (9, ())
    assert len({one.serial for one in report.released}) == 9
    assert installation.audit().differences == ()


@pytest.mark.parametrize(
    "url",
    ["mysql://localhost/x", "postgresql:/x", "sqlite:///x", "postgresql://[::1", "postgresql://h:port/x"],
)
def test_other_addresses_are_refused(url: str) -> None:
    """Only a PostgreSQL address is one; the refusal says which setting, and no password."""
    with pytest.raises(ServiceError) as refusal:
        open_server(url)
    assert refusal.value.code == "database-url-invalid"


def test_empty_database_is_not_taken_for_an_installation(
    on_server: Demonstration, server: PostgreSQL, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pointed at an empty database, an installation refuses to begin anew."""
    monkeypatch.setenv("HOCBA_DATABASE_URL", server.new_database())
    refused = run("hocba", "issue", "--data", on_server.data, "--all", "--year", SCHOOL_YEAR)
    assert refused.returncode == 1
    assert "[database-missing]" in refused.stderr


def test_server_that_may_lose_commits_is_refused(address: str) -> None:
    """`synchronous_commit` off would acknowledge what a power cut takes away."""
    engine = open_server(f"{address}&options=-csynchronous_commit%3Doff")
    with pytest.raises(ServiceError) as refusal, reading(engine):
        pass
    assert refusal.value.code == "database-not-durable"

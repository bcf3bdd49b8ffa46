"""The whole of the issuing side on a real PostgreSQL server, and what happens when that server dies."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import IntegrityError

from schemas.record.entry import format_entry
from schemas.verdict import VerdictCode
from service.demo import SCHOOL_YEAR
from service.errors import ServiceError
from service.families.links import open_link
from service.families.requests import Received, close, receive
from service.sample import sample_class
from service.storage.database import Base, open_server, reading, writing
from service.storage.family_records import (
    MAX_WRONG_PINS,
    Contact,
    NoticeKind,
    NoticeState,
    OpenResult,
    RequestKind,
)
from service.storage.issuances import Issuances
from service.storage.log_store import LogStore
from service.storage.migration import upgrade
from service.storage.records import Standing, State
from tests.support.changes import correct, revoke
from tests.support.commands import run
from tests.support.crash_points import Stop
from tests.support.crash_trial import Prepared, in_chunks_of_one
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.families import made_link, other_pin, results, token_of
from tests.support.postgresql import PostgreSQL, closing_engines, running_server
from tests.support.record import issued


@pytest.fixture(autouse=True)
def _closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Close the connections of every engine that a test opens."""
    with closing_engines(monkeypatch) as opening:
        monkeypatch.setitem(globals(), "open_server", opening)
        yield


@pytest.fixture(scope="session")
def server() -> Iterator[PostgreSQL]:
    """A server for all tests of this process."""
    with running_server() as server:
        yield server


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


def test_links_work_on_a_server(on_server: Demonstration) -> None:
    """Made, opened, locked, fetched through, erased: the same as on SQLite."""
    made, other = made_link(on_server), made_link(on_server, 1)
    tools = on_server.installation.linking
    link = open_link(tools, token_of(made), made.pin)
    tools.register.note_fetched(link, link.issuance_id, at=tools.at())
    assert results(on_server, made) == [OpenResult.OPENED, OpenResult.FETCHED]
    for _ in range(MAX_WRONG_PINS):
        with pytest.raises(ServiceError):
            open_link(tools, token_of(made), other_pin(made))
    assert tools.register.take_try(token_of(made), at=tools.at()) is None
    code = on_server.issuances()[0].student_code
    assert on_server.installation.erase(SCHOOL, code, dry_run=False).erased.links == 1
    assert tools.register.links(SCHOOL) == (other.link,)


def test_notices_are_written_on_a_server(on_server: Demonstration) -> None:
    """The outbox of a correction and a revocation, counted, settled and erased: the same as on SQLite."""
    register = on_server.installation.register
    for number in (0, 1):
        code = on_server.issuances()[number].student_code
        register.set_contact(Contact(SCHOOL, code, f"p{number}@example.vn", 0, None))
    correct(on_server, 0)
    revoke(on_server, 1)
    assert register.notice_counts(SCHOOL)[NoticeState.WAITING] == 2
    now = int(on_server.clock().timestamp())
    first, second = register.due_notices(now, most=9)
    assert {first.kind, second.kind} == {NoticeKind.CORRECTED, NoticeKind.REVOKED}
    register.settle_notice(replace(first, state=NoticeState.SENT, settled_at=now))
    assert register.due_notices(now, most=9) == (second,)
    erased = on_server.installation.erase(SCHOOL, second.student_code, dry_run=False).erased
    assert erased.notices == 2


def test_requests_are_kept_on_a_server(on_server: Demonstration) -> None:
    """Received, answered, erased, and its steps kept by the server itself: the same as on SQLite."""
    installation = on_server.installation
    code = on_server.issuances()[0].student_code
    what = Received(SCHOOL, code, RequestKind.VIEW, note="Xin xem", idempotency_key="k")
    made = receive(installation.requesting, what, by=None)
    assert receive(installation.requesting, what, by=None) == made
    close(installation.requesting, SCHOOL, made.id, refused="Không phải người giám hộ.", by=None)
    for edit in ("UPDATE request_events SET at = 0", "DELETE FROM request_events", "TRUNCATE request_events"):
        with pytest.raises(IntegrityError, match="append-only"), writing(installation.database) as connection:
            connection.execute(text(edit))
    assert installation.erase(SCHOOL, code, dry_run=False).erased.answered == 1
    assert {one.detail for one in installation.register.request_events(SCHOOL, made.id)} == {""}


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


def test_stopped_at_any_commit_it_is_finished_by_asking_again(server: PostgreSQL, tmp_path: Path) -> None:
    """Killed before each commit of a batch, and each time asked again: every promise holds, as it does on SQLite."""
    prepared = Prepared.make(tmp_path, students=2, server=server)
    steps = prepared.steps(in_chunks_of_one())
    commits = [number for number, step in enumerate(steps, start=1) if step == "commit database"]
    assert len(commits) >= 10
    broken = {step: found for step in commits if (found := prepared.trial([Stop(step)], in_chunks_of_one()))}
    assert broken == {}


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


def test_line_that_is_cut_is_noticed(address: str) -> None:
    """The client has its operating system watch the line, for a minute or for as long as the address says."""
    engine = open_server(f"{address}&tcp_user_timeout=9000")
    with reading(engine) as connection:
        parameters = connection.connection.driver_connection.info.get_parameters()  # type: ignore[union-attr]
    assert parameters["keepalives_idle"] == "30"
    assert parameters["tcp_user_timeout"] == "9000"

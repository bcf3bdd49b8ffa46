"""What the batches under fire share: a server of PostgreSQL, and the numbers at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from _pytest.terminal import TerminalReporter

from tests.support.postgresql import PostgreSQL, closing_engines, running_server


@pytest.fixture(scope="session")
def server() -> Iterator[PostgreSQL]:
    """A server for all batches of this process."""
    with running_server() as server:
        yield server


@pytest.fixture(autouse=True)
def _closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Close the connections of every engine that a test, or the setting up before it, opens."""
    with closing_engines(monkeypatch):
        yield


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def database(request: pytest.FixtureRequest) -> str:
    """The kind of database."""
    kind: str = request.param
    return kind


@pytest.fixture
def database_url(database: str, request: pytest.FixtureRequest) -> str:
    """An empty database of PostgreSQL; nothing for SQLite."""
    if database == "SQLite":
        return ""
    server: PostgreSQL = request.getfixturevalue("server")
    return server.new_database()


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Print how often each kind of database was disturbed, and how: as `record_property(database, counts)` said."""
    totals: dict[str, Counter[str]] = {}
    for reports in (terminalreporter.stats.get(outcome, []) for outcome in ("passed", "failed")):
        for report in reports:
            for database, counts in report.user_properties:
                totals.setdefault(database, Counter()).update(counts)
    terminalreporter.section("disturbed")
    for database, counts in sorted(totals.items()):
        said = ", ".join(f"{number} {what}" for what, number in sorted(counts.items()))
        terminalreporter.write_line(f"{database}: {said}")

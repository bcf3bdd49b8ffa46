"""A server on loopback that nobody should ever reach: it counts who does."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass


@dataclass
class Listener:
    """Where it listens, and how many connections it took."""

    port: int
    connections: int = 0

    @property
    def host(self) -> str:
        """Host and port, as an address has them."""
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """An address at it."""
        return f"http://{self.host}/asked"

    def reach(self) -> None:
        """Connect once: to see that whoever does is counted."""
        before = self.connections
        with socket.create_connection(("127.0.0.1", self.port), 10) as connection:
            connection.recv(1)
        assert self.connections == before + 1


@contextmanager
def listening() -> Iterator[Listener]:
    """Listen until the end of the test, and hang up on everybody."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        listener = Listener(server.getsockname()[1])

        def serve() -> None:
            with suppress(OSError):  # the socket was closed
                while True:
                    connection, _ = server.accept()
                    listener.connections += 1
                    connection.close()

        threading.Thread(target=serve, daemon=True).start()
        yield listener
        listener.reach()
        server.shutdown(socket.SHUT_RDWR)

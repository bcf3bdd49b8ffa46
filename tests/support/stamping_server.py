"""A time-stamp authority, or another server, on loopback that answers as a test tells it to."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from schemas.der import INTEGER, OCTETS, SEQUENCE, Reader
from tests.support.time_stamps import Token, response

NOW = dt.datetime(2026, 11, 26, 3, tzinfo=dt.UTC)
Answer = Callable[[BaseHTTPRequestHandler, bytes], None]


def _question(body: bytes) -> tuple[bytes, int]:
    """Return imprint and nonce of a request."""
    request = Reader(body).inner(SEQUENCE)
    request.skip()
    imprint = request.inner(SEQUENCE)
    imprint.skip()
    return imprint.content(OCTETS), int.from_bytes(request.content(INTEGER))


def send(handler: BaseHTTPRequestHandler, data: bytes, status: int = 200, **headers: str) -> None:
    """Send an answer."""
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(data)))
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(data)


def honest(**changes: object) -> Answer:
    """Answer as an authority does, but for what is changed in the token; `time` may be a clock."""

    def answer(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        imprint, nonce = _question(body)
        members = {"imprint": imprint, "time": NOW, "nonce": nonce} | changes
        members |= {"time": clock()} if callable(clock := members["time"]) else {}
        send(handler, response(Token(**members).der()))  # type: ignore[arg-type] # as the tests spell them

    return answer


@dataclass
class Server:
    """Where it is, and the content types of what it was asked, or the paths."""

    address: str
    asked: list[str] = field(default_factory=list)


@contextmanager
def serving(answer: Answer) -> Iterator[Server]:
    """Serve on a free port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            server.asked.append(self.headers["Content-Type"])
            body = self.rfile.read(int(self.headers["Content-Length"]))
            # The client may have hung up: that is what some of the tests are about.
            with suppress(OSError):
                answer(self, body)

        def do_GET(self) -> None:
            server.asked.append(self.path)
            with suppress(OSError):
                answer(self, b"")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        server = Server(f"http://127.0.0.1:{http.server_address[1]}/tsa?kind=test")
        threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        try:
            yield server
        finally:
            http.shutdown()

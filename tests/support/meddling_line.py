"""A line between an office and its server on which somebody sits: cuts it, or changes what the server says."""

from __future__ import annotations

import http.client
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TypeVar
from urllib.parse import urlsplit

Change = Callable[[str, bytes], bytes]
_HANDED_ON = ("Authorization", "Content-Type", "Accept")


@dataclass
class Line:
    """Hands requests to `target`; `address` is the office's end."""

    target: str
    address: str = ""
    change: Change = lambda _, body: body
    """What becomes of an answer, by the path that was asked."""
    cut: Callable[[str], bool] = lambda _: False
    """Whether the line breaks after the server has done what was asked, so that its answer never arrives."""
    asked: list[str] = field(default_factory=list)

    def hand_on(self, asked: BaseHTTPRequestHandler) -> None:
        """Hand one request on, and its answer back."""
        where = urlsplit(self.target)
        body = asked.rfile.read(int(asked.headers.get("Content-Length") or 0))
        headers = {name: asked.headers[name] for name in _HANDED_ON if name in asked.headers}
        server = http.client.HTTPConnection(where.hostname or "", where.port or 80, timeout=60)
        try:
            server.request(asked.command, asked.path, body or None, headers)
            answer = server.getresponse()
            content, status, kind = answer.read(), answer.status, answer.getheader("Content-Type", "")
        except OSError:
            # The server is away: so is whoever speaks for it.
            asked.close_connection = True
            return
        finally:
            server.close()
        self.asked.append(f"{asked.command} {asked.path}")
        if self.cut(asked.path):
            asked.close_connection = True
            return
        content = self.change(asked.path, content) if status == 200 else content
        asked.send_response(status)
        asked.send_header("Content-Type", kind)
        asked.send_header("Content-Length", str(len(content)))
        asked.end_headers()
        asked.wfile.write(content)


_L = TypeVar("_L", bound=Line)


@contextmanager
def line_to(target: str, kind: type[_L], tls: ssl.SSLContext | None = None) -> Iterator[_L]:
    """Lay a line of this kind to a server; with `tls` it speaks HTTPS to the office, as a front does."""
    line = kind(target)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            line.hand_on(self)

        do_POST = do_GET  # noqa: N815 - the library's name

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Ends(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """Say nothing: whoever asked was killed."""

    server = Ends(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    line.address = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield line
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

"""Fetching a record from a server that is wrong, hostile or slow: one sentence, never a trace."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from schemas.errors import HocbaError
from tests.support.demonstration import Demonstration
from verify.mirror import update_mirror
from verify.trust import load_trust_root


@contextmanager
def server(answer: bytes) -> Iterator[str]:
    """Answer every request with these bytes; yields the address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)

        def serve() -> None:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(65536)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/record"
        thread.join()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"rubbish\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n" + bytes(200_000),
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
    ],
    ids=["nothing", "rubbish", "cut-chunk", "short", "redirect", "missing", "too-large", "no-note"],
)
def test_wrong_answers_are_refused(released: Demonstration, tmp_path: Path, answer: bytes) -> None:
    """Whatever a server sends in place of a checkpoint is a refusal, and nothing is followed."""
    trust = load_trust_root(released.trust_file)
    with server(answer) as address, pytest.raises(HocbaError):
        update_mirror(address, tmp_path, trust)
    assert [each.name for each in tmp_path.iterdir()] == [".mirror.lock"]


@pytest.mark.parametrize(
    "address",
    [
        "http://example.vn/record",
        "https://[x/record",
        "http://127.0.0.1:1/my record",
        "https://a@example.vn/record",
        "https://example.vn/record?x",
        "https:///record",
        "file:///etc/passwd",
        "ftp://127.0.0.1/",
    ],
)
def test_strange_addresses_are_refused(released: Demonstration, tmp_path: Path, address: str) -> None:
    """Only https, or http on this machine, without a user, a query or blanks."""
    with pytest.raises(HocbaError) as refusal:
        update_mirror(address, tmp_path, load_trust_root(released.trust_file))
    assert refusal.value.code == "record-address"

"""Asking another server over HTTP, with a limit in time and size; redirects are not followed and proxies not used."""

from __future__ import annotations

import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import SplitResult

_OK = 200


class StatusError(ValueError):
    """The server answered, but not with 200; `body` is what it said instead."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(f"HTTP {status}")
        self.status, self.body = status, body


def post(
    address: SplitResult, body: bytes, headers: Mapping[str, str], *, seconds: float, most: int
) -> bytes:
    """Send a question and return the answer.

    Args:
        address: http or https, as the settings name it.
        body: the question.
        headers: its type, and whatever else it needs.
        seconds: how long it may take, from connecting to the last byte.
        most: bytes that the answer may have.

    Raises:
        OSError, ValueError: there is none, it takes too long or is too large.
        StatusError: the answer is a refusal.
    """
    return _exchange("POST", address, body, headers, seconds=seconds, most=most)


def get(address: SplitResult, *, seconds: float, most: int) -> bytes:
    """Return what lies at an address; as `post`."""
    return _exchange("GET", address, None, {}, seconds=seconds, most=most)


def _exchange(
    method: str,
    address: SplitResult,
    body: bytes | None,
    headers: Mapping[str, str],
    *,
    seconds: float,
    most: int,
) -> bytes:
    kind = HTTPSConnection if address.scheme == "https" else HTTPConnection
    connection = kind(address.hostname or "", address.port, timeout=seconds)
    connection.connect()
    # The socket's own timeout begins anew with each byte that trickles in; this one does not.
    late, taken = threading.Event(), connection.sock
    timer = threading.Timer(seconds, _cut, (taken, late))
    timer.daemon = True
    timer.start()
    try:
        path = (address.path or "/") + (f"?{address.query}" if address.query else "")
        connection.request(method, path, body, dict(headers))
        with connection.getresponse() as response:
            data = response.read(most + 1)
    except (OSError, HTTPException) as error:
        if late.is_set():
            raise TimeoutError("no answer in time") from error
        raise ConnectionError(str(error) or type(error).__name__) from error
    finally:
        timer.cancel()
        connection.close()
    if late.is_set():
        raise TimeoutError("no answer in time")
    if len(data) > most:
        raise ValueError("the answer is too large")
    if response.status != _OK:
        raise StatusError(response.status, data)
    return data


def _cut(connected: socket.socket, late: threading.Event) -> None:
    """End a connection under the hands of whoever reads from it."""
    late.set()
    with suppress(OSError):
        # Below TLS, which would ask the other side for its consent.
        socket.socket.shutdown(connected, socket.SHUT_RDWR)

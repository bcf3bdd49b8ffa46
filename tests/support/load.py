"""Requests at a steady rate over kept TLS connections, whether answers come or not; measured is what people wait.

Each request is due at a moment. The time counts from that moment, not from when a connection was free: a server that
stalls delays everybody who came meanwhile.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice
from time import monotonic

from tests.support.front import HOST, trusting


@dataclass
class Stream:
    """Requests of one kind."""

    name: str
    requests: Sequence[bytes]
    """Whole requests, taken in turns."""
    per_second: int
    expected: bytes
    """What stands in every right answer."""
    connections: int
    waited: list[float] = field(default_factory=list)
    """Seconds from when a request was due to its last byte."""
    wrong: list[str] = field(default_factory=list)

    def share(self, share: float) -> float:
        """Return what that share of the requests waited at most, in seconds."""
        ordered = sorted(self.waited)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    def __str__(self) -> str:
        """Return it for a line."""
        p50, p95, p99 = (1000 * self.share(share) for share in (0.5, 0.95, 0.99))
        return (
            f"{self.name}: {len(self.waited)} at {self.per_second}/s, p50 {p50:.0f} ms, p95 {p95:.0f} ms, "
            f"p99 {p99:.0f} ms, slowest {1000 * max(self.waited):.0f} ms, {len(self.wrong)} wrong"
        )


def request(method: str, path: str, body: bytes = b"", kind: str = "") -> bytes:
    """Return a request as it is sent."""
    head = f"{method} {path} HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: {len(body)}\r\n"
    return (head + (f"Content-Type: {kind}\r\n" if kind else "") + "\r\n").encode() + body


def run(port: int, streams: Sequence[Stream], seconds: float, *, each: Callable[[], None]) -> None:
    """Send all streams for so long; `each` is called about every ten seconds."""
    asyncio.run(_run(port, streams, seconds, each))


async def _run(port: int, streams: Sequence[Stream], seconds: float, each: Callable[[], None]) -> None:
    end = monotonic() + seconds
    senders = [_send(port, stream, end) for stream in streams]

    async def watch() -> None:
        while monotonic() < end:
            each()
            await asyncio.sleep(10)

    await asyncio.gather(*senders, watch())


async def _send(port: int, stream: Stream, end: float) -> None:
    free: asyncio.Queue[_Line] = asyncio.Queue()
    lines = [_Line(port) for _ in range(stream.connections)]
    for line in lines:
        free.put_nowait(line)
    running: set[asyncio.Task[None]] = set()
    due, requests = monotonic(), cycle(stream.requests)
    while due < end:
        await asyncio.sleep(max(0.0, due - monotonic()))
        task = asyncio.create_task(_one(stream, next(requests), due, free))
        running.add(task)
        task.add_done_callback(running.discard)
        due += 1 / stream.per_second
    await asyncio.gather(*islice(running, len(running)))
    for line in lines:
        line.close()


async def _one(stream: Stream, asked: bytes, due: float, free: asyncio.Queue[_Line]) -> None:
    line = await free.get()
    try:
        status, body = await line.ask(asked)
        if status != 200 or stream.expected not in body:
            stream.wrong.append(f"{status}")
    except (OSError, ValueError, asyncio.IncompleteReadError) as error:
        stream.wrong.append(type(error).__name__)
        line.close()
    finally:
        stream.waited.append(monotonic() - due)
        free.put_nowait(line)


class _Line:
    """A connection that is kept, and made anew where the server ended it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._context: ssl.SSLContext = trusting()
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, asked: bytes) -> tuple[int, bytes]:
        if self._streams is None or self._streams[0].at_eof():
            self._streams = await asyncio.open_connection("127.0.0.1", self._port, ssl=self._context)
        reader, writer = self._streams
        writer.write(asked)
        head = await reader.readuntil(b"\r\n\r\n")
        headers = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:-2])
        body = await reader.readexactly(int(headers[b"content-length"]))
        if headers.get(b"connection") == b"close":
            self.close()
        return int(head.split(b" ", 2)[1]), body

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
        self._streams = None

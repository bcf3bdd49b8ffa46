"""The clock held against a time server: SNTP over loopback, with answers that are late, wrong or missing."""

from __future__ import annotations

import datetime as dt
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from schemas.errors import HocbaError
from service.evidence.time_server import clock_ahead
from service.signers.before_signing import check_clock

NOW = dt.datetime(2026, 11, 26, 3, 0, 0, 500_000, tzinfo=dt.UTC)
SINCE_1900 = 2_208_988_800
Answer = Callable[[bytes], bytes]


def _answer(question: bytes, *, time: dt.datetime = NOW, first: int = 0b00_100_100) -> bytes:
    seconds, fraction = divmod(time.timestamp(), 1)
    stamp = struct.pack("!II", int(seconds) + SINCE_1900, int(fraction * 2**32))
    return bytes([first]) + bytes(23) + question[40:48] + stamp + stamp


@contextmanager
def _server(answer: Answer) -> Iterator[str]:
    """Answer one question on loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))

        def serve() -> None:
            question, asker = listening.recvfrom(512)
            assert (len(question), question[0]) == (48, 0b00_100_011)
            listening.sendto(answer(question), asker)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"127.0.0.1:{listening.getsockname()[1]}"
        thread.join()


def _ahead(server: str) -> dt.timedelta:
    return clock_ahead(server, now=lambda: NOW, token_bytes=lambda count: bytes(range(1, count + 1)))


@pytest.mark.parametrize(
    ("minutes", "sentence"),
    [
        (0, None),
        (4.9, None),
        (-4.9, None),
        (6, "nhanh 6 phút"),
        (-6, "chậm 6 phút"),
        (60 * 24, "nhanh 1440 phút"),
    ],
)
def test_clock_that_is_off(minutes: float, sentence: str | None) -> None:
    """Five minutes fast or slow by the server's time, and nothing is signed."""
    with _server(lambda question: _answer(question, time=NOW - dt.timedelta(minutes=minutes))) as server:
        ahead = _ahead(server)
    assert abs(ahead - dt.timedelta(minutes=minutes)) < dt.timedelta(milliseconds=1)
    if sentence is None:
        check_clock(ahead)
        return
    with pytest.raises(HocbaError) as refusal:
        check_clock(ahead)
    assert refusal.value.code == "clock-off"
    assert sentence in refusal.value.text.vi


@pytest.mark.parametrize(
    "answer",
    [
        lambda _: b"",
        lambda question: _answer(question)[:47],
        lambda question: _answer(bytes(len(question))),
        lambda question: _answer(question, first=0b00_100_011),
        lambda question: _answer(question, first=0b11_100_100),
    ],
    ids=["empty", "cut", "to another question", "a client's", "not synchronised"],
)
def test_answer_that_is_none(answer: Answer) -> None:
    """An answer that is cut, to another question, or by a server that does not know the time counts for nothing."""
    with _server(answer) as server, pytest.raises(HocbaError) as refusal:
        _ahead(server)
    assert refusal.value.code == "time-server-silent"


@pytest.mark.parametrize("server", ["127.0.0.1:1", "127.0.0.1:x", ""])
def test_no_answer(server: str) -> None:
    """Where nobody answers, or the setting is no address, signing stops with the setting's name."""
    with pytest.raises(HocbaError) as refusal:
        _ahead(server or "127.0.0.1:99999")
    assert refusal.value.code == "time-server-silent"
    assert "HOCBA_TIME_SERVER" in refusal.value.text.vi

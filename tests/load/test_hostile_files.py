"""Forty slow files at a time through the front, beside look-ups and known files: a part of `make load`."""

from __future__ import annotations

import multiprocessing
import os
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from http.client import HTTPSConnection
from itertools import repeat
from pathlib import Path
from time import monotonic

from service.sample import DEMO_SCHOOL
from tests.support.demonstration import Demonstration
from tests.support.front import HOST, fronted, trusting
from tests.support.load import Stream, request, run
from tests.support.processes import descendants, megabytes, words
from tests.support.slow_files import slow_pdf
from verify.sandbox import WALL_SECONDS

SECONDS = min(60.0, float(os.environ.get("LOAD_SECONDS", "600")))
AT_ONCE = 40
WIDE = {"rate=40r/s": "rate=9000r/s", "rate=10r/s": "rate=9000r/s", "burst=60": "burst=9000"}


def test_slow_files_disturb_nobody(released: Demonstration, tmp_path: Path) -> None:
    """Health, look-ups and known files are right, each slow file is answered within 7 s, in 1.5 GB at most.

    The tails are printed and not asserted: forty uploads of 10 MB begin at one moment, encrypted and decrypted on the
    processors that are measured. Half of the answers on health come within 250 ms.
    """
    serial = released.issuances()[0].serial
    health = Stream("health", [request("GET", "/healthz")], 10, b"ok", connections=4)
    look_ups = Stream(
        "look-ups", [request("GET", f"/V/{serial}")], 50, DEMO_SCHOOL[0].name.encode(), connections=20
    )
    file = request("POST", "/api/v1/verify", released.pdf(), "application/pdf")
    known = Stream("known files", [file], 5, b'"verdict":"valid"', connections=10)
    used: list[int] = []
    with (
        fronted(released, tmp_path, replaced=WIDE) as front,
        ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool,
    ):
        sending = pool.submit(send_slow_files, front.port, SECONDS)
        run(front.port, [health, look_ups, known], SECONDS, each=lambda: used.append(megabytes(service())))
        slow = sending.result()
    counted = Counter(answer for answer, _ in slow)
    longest = max(seconds for _, seconds in slow)
    print(  # noqa: T201
        f"\n{health}\n{look_ups}\n{known}\nslow files: {dict(counted)}, longest {longest:.1f} s; {max(used)} MB"
    )
    assert (health.wrong, look_ups.wrong, known.wrong) == ([], [], [])
    # The front's own refusal would say a minute.
    assert set(counted) == {(200, None), (503, "5")}
    assert longest <= WALL_SECONDS + 1
    assert health.share(0.5) <= 0.25
    assert max(used) <= 1500


def service() -> list[int]:
    """Return the processes of the portal and of its sandboxes."""
    return [
        pid
        for pid in descendants(os.getpid())
        if any(name in " ".join(words(pid)) for name in ("gunicorn", "verify.sandbox"))
    ]


def send_slow_files(port: int, seconds: float) -> Sequence[tuple[tuple[int, str | None], float]]:
    """Send forty at once, again and again; return of each status and Retry-After, and how long the answer took."""
    # Elsewhere whoever sends such files has processors of their own: here they take what is left.
    os.nice(10)
    file, end = slow_pdf(), monotonic() + seconds

    def send(_: int) -> tuple[tuple[int, str | None], float]:
        connection = HTTPSConnection("127.0.0.1", port, context=trusting(), timeout=60)
        connection.request("POST", "/api/v1/verify", file, {"Host": HOST, "Content-Type": "application/pdf"})
        # The front hands a file on once it has all of it.
        sent = monotonic()
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return (answer.status, answer.getheader("Retry-After")), monotonic() - sent

    found: list[tuple[tuple[int, str | None], float]] = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        while monotonic() < end:
            found += pool.map(send, repeat(0, AT_ONCE))
    return found

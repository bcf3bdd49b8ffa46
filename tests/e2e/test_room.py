"""Slow files at once take what is theirs and no more: look-ups and known files are answered, the rest is told to wait.

Nothing here is timed. The children of the sandbox are stopped by a signal and may stay so for an hour: whatever is
answered meanwhile did not wait for a file that is in one of them, however slow the machine.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.confined import Answer, Confined, confined
from tests.support.demonstration import Demonstration
from tests.support.processes import descendants, has_unread_input, may_open_nothing, words
from tests.support.slow_files import slow_pdf
from verify.web.limits import UPLOADS_AT_ONCE, WAITING_AT_ONCE
from verify.web.serve import THREADS

PROCESSES, CHILDREN = 2, 3
FOR_UNKNOWN = PROCESSES * (CHILDREN - 1)
"""How many unknown files can be in a child."""
UPLOADS = 40
PDF = {"Content-Type": "application/pdf"}


@dataclass(frozen=True)
class Full:
    """A portal whose places for unknown files are all taken by files that nobody will finish reading."""

    portal: Confined
    refused: list[Answer]
    reading: list[Future[Answer]]
    idle: set[int]
    """The children that have none of them."""


@pytest.fixture(scope="module")
def issued(_demonstration: Demonstration) -> Demonstration:
    """Released transcripts that nobody may change."""
    return _demonstration


@pytest.fixture(scope="module")
def full(issued: Demonstration, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Full]:
    """The portal as deploy/gunicorn.conf.py runs it, after forty slow files at once."""
    folder, others = tmp_path_factory.mktemp("room"), sandboxes()
    application = "tests.support.held_portal:application()"
    with (
        confined(issued, folder, application=application) as portal,
        ThreadPoolExecutor(2 * UPLOADS) as pool,
    ):
        while len(children := sandboxes() - others) < PROCESSES * CHILDREN:
            time.sleep(0.1)
        send_signal(signal.SIGSTOP, children)
        try:
            yield filled(portal, pool, children)
        finally:
            send_signal(signal.SIGCONT, children)


def filled(portal: Confined, pool: ThreadPoolExecutor, children: set[int]) -> Full:
    """Send slow files until every child that may have one has one, and every other file was answered."""
    file, uploads = slow_pdf(1_000_000), list[Future[Answer]]()
    while True:
        held = {pid for pid in children if has_unread_input(pid)}
        reading = [one for one in uploads if not one.done()]
        if len(held) == len(reading) == FOR_UNKNOWN:
            break
        if len(uploads) < UPLOADS or (len(held) < FOR_UNKNOWN and len(reading) < UPLOADS):
            assert len(uploads) < 10 * UPLOADS
            uploads.append(pool.submit(portal.ask, "POST", "/api/v1/verify", file, PDF))
        else:
            time.sleep(0.1)
    refused = [one.result() for one in uploads if one.done()]
    send_signal(signal.SIGCONT, children - held)
    return Full(portal, refused, reading, children - held)


def sandboxes() -> set[int]:
    """Return the children, ready for a file, of every sandbox that this process or one of its own has."""
    found = {pid for pid in descendants(os.getpid()) if "verify.sandbox" in words(pid)}
    return set(filter(may_open_nothing, found))


def send_signal(number: int, pids: Iterable[int]) -> None:
    """Stop processes, or let them go on."""
    for pid in pids:
        os.kill(pid, number)


@pytest.fixture(autouse=True)
def _still_full(full: Full) -> Iterator[None]:
    yield
    assert not any(one.done() for one in full.reading)


def test_what_there_is_no_room_for_is_told_when_to_come_again(full: Full) -> None:
    """Every file that no child has was refused as busy, though none was read, with the seconds to wait."""
    assert len(full.refused) > UPLOADS / 2
    assert {one.status for one in full.refused} == {503}
    assert {one.headers["Retry-After"] for one in full.refused} == {"5"}
    assert all(b'"code": "verifier-busy"' in one.body for one in full.refused)


def test_look_ups_have_threads_of_their_own(full: Full, issued: Demonstration) -> None:
    """Health, a page and a serial are answered, more of them than there are threads."""
    serial = issued.issuances()[0].serial
    for _ in range(THREADS):
        assert full.portal.ask("GET", "/healthz").status == 200
        assert full.portal.ask("GET", "/").status == 200
        assert b'"recorded"' in full.portal.ask("GET", f"/api/v1/serials/{serial}").body


@pytest.mark.parametrize(
    ("lang", "said"),
    [("vi", "Hãy chờ 5 giây rồi gửi lại tệp"), ("en", "Wait 5 seconds, then send the file again")],
)
def test_page_says_what_to_do_meanwhile(full: Full, lang: str, said: str) -> None:
    """Whoever sends a file in a form reads when to send it again, and that a serial can be checked now."""
    page = full.portal.send(f"/check?lang={lang}", {"file": ("a.pdf", slow_pdf(1000))})
    assert (page.status, page.headers["Retry-After"]) == (503, "5")
    assert said in page.body.decode()


def test_known_file_has_a_child_that_no_stranger_gets(full: Full, issued: Demonstration) -> None:
    """A file that the record knows is opened and shown."""
    answer = full.portal.ask("POST", "/api/v1/verify", issued.pdf(), PDF)
    assert (answer.status, b'"verdict":"valid"' in answer.body, b'"full_name"' in answer.body) == (
        200,
        True,
        True,
    )


def test_known_file_that_nobody_can_open_is_answered(full: Full, issued: Demonstration) -> None:
    """Where known files hold the last child as well, the next gets a verdict, not green, and what was not opened."""
    file, known = issued.pdf(), list[Future[Answer]]()
    with ThreadPoolExecutor(UPLOADS) as pool:
        send_signal(signal.SIGSTOP, full.idle)
        try:
            while not all(map(has_unread_input, full.idle)):
                # Few at a time: a process must have a thread left for the one that is asked below.
                if sum(not one.done() for one in known) < 4:
                    known.append(pool.submit(full.portal.ask, "POST", "/api/v1/verify", file, PDF))
            answer = full.portal.ask("POST", "/api/v1/verify", file, PDF)
        finally:
            send_signal(signal.SIGCONT, full.idle)
    assert (answer.status, b'"verdict":"unconfirmed"' in answer.body) == (200, True)
    assert b"This check did not open the content of the file" in answer.body


def test_threads_are_more_than_uploads() -> None:
    """Gunicorn has as many threads as the small server, and uploads cannot take all of them."""
    settings: dict[str, object] = {}
    source = (Path(__file__).parents[2] / "deploy/gunicorn.conf.py").read_text(encoding="utf-8")
    exec(source, settings)  # noqa: S102 - as gunicorn does
    assert settings["threads"] == THREADS
    assert THREADS - UPLOADS_AT_ONCE - WAITING_AT_ONCE >= 8

"""The front as an operator copies it: verdicts pass, its own refusals are in words, slow clients stop nobody."""

from __future__ import annotations

import json
import resource
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from time import monotonic

import pytest

from schemas.verdict import VerdictCode
from tests.support.demonstration import Demonstration
from tests.support.front import HOST, ROOT, Front, fronted, trusting

SLOW_CLIENTS = 1000
ERRORS = ROOT / "deploy/errors"
PDF = {"Content-Type": "application/pdf"}


@pytest.fixture
def front(released: Demonstration, tmp_path: Path) -> Iterator[Front]:
    """The front over the released transcripts."""
    with fronted(released, tmp_path) as running:
        yield running


def test_front_as_an_operator_copies_it(front: Front, released: Demonstration) -> None:
    """Verdicts pass with their headers, what is large is refused, metrics are added up, and no log holds a serial."""
    serial, pdf = released.issuances()[0].serial, released.pdf()
    status, headers, page = front.ask("GET", f"/V/{serial}?lang=en", headers={"Accept-Encoding": "gzip"})
    assert (status, headers["Content-Encoding"], len(page) < 14_000) == (200, "gzip", True)
    assert headers["Strict-Transport-Security"].startswith("max-age=")
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert headers["Cache-Control"] == "no-store"
    for _ in range(4):
        status, _, answer = front.ask("POST", "/api/v1/verify", pdf, {"Content-Type": "application/pdf"})
        assert (status, b'"verdict":"valid"' in answer) == (200, True)
    assert front.ask("GET", f"/api/v1/serials/{serial}")[0] == 200
    assert front.ask("POST", "/check", bytes(12_000_000), {"Content-Type": "application/pdf"})[0] == 413
    assert front.ask("GET", "/record/checkpoint")[2] == (released.record / "checkpoint").read_bytes()
    metrics = front.ask("GET", "/metrics")[2].decode()
    assert 'hocba_verify_verdicts_total{subject="file",verdict="valid"} 4.0' in metrics

    written = "".join(log.read_text() for log in front.logs.glob("*.log"))
    assert "/V/*" in written
    assert "/api/v1/serials*" in written
    assert [secret for secret in (serial, "lang=en", "127.0.0.1", "kiemtra") if secret in written] == []


def test_front_says_no_in_words(released: Demonstration, tmp_path: Path) -> None:
    """Too large, too many, and a portal that is gone: a page in both languages for people, a problem for programs."""
    narrow = {"rate=40r/s": "rate=1r/s", "zone=look_ups burst=80": "zone=look_ups burst=2"}
    with fronted(released, tmp_path, replaced=narrow) as front:
        for path in ("/check", "/api/v1/verify"):
            check_refusal(path, 413, "too-large", front.ask("POST", path, bytes(12_000_000), PDF))
        for path in ("/?lang=en", "/api/v1/serials/x"):
            answers = [front.ask("GET", path) for _ in range(6)]
            check_refusal(path, 429, "too-many", next(one for one in answers if one[0] != 200))
        front.stop_portal()
        for path in ("/static/x", "/api/v1/verify"):
            check_refusal(path, 503, "unavailable", front.ask("POST", path, b"%PDF", PDF))


def check_refusal(path: str, status: int, name: str, answer: tuple[int, dict[str, str], bytes]) -> None:
    """Show that an answer is the front's own, in the form that fits the path, and says when to come again."""
    found, headers, body = answer
    program = path.startswith("/api/")
    assert (found, body) == (status, (ERRORS / f"{name}.{'json' if program else 'html'}").read_bytes())
    assert headers["Content-Type"].startswith("application/problem+json" if program else "text/html")
    assert headers.get("Retry-After") == {429: "10", 503: "60"}.get(status)
    assert headers["Cache-Control"] == "no-store"
    assert headers["Strict-Transport-Security"]


def test_what_a_kept_connection_lost_is_asked_once_more(released: Demonstration, tmp_path: Path) -> None:
    """A portal that ends a kept connection just as a document comes loses nothing: the front asks it again."""
    with (
        leaving_portal() as port,
        fronted(
            released, tmp_path, replaced={"server 127.0.0.1:8001;": f"server 127.0.0.1:{port};"}
        ) as front,
    ):
        answers = [front.ask("POST", "/api/v1/verify", b"%PDF", PDF)[0] for _ in range(6)]
    assert answers == [200] * 6


def test_front_counts_codes_apart_from_files(released: Demonstration, tmp_path: Path) -> None:
    """Whoever has sent the files that the front lets pass may still ask for QR codes by the same route."""
    narrow = {"rate=10r/s": "rate=1r/m", "zone=uploads burst=60": "zone=uploads burst=1"}
    code, kind = (
        json.dumps({"qr": released.qr()}).encode(),
        {"Content-Type": "application/json; charset=utf-8"},
    )
    with fronted(released, tmp_path, replaced=narrow) as front:
        codes = [front.ask("POST", "/api/v1/verify", code, kind)[0] for _ in range(6)]
        files = [front.ask("POST", "/api/v1/verify", b"%PDF", PDF)[0] for _ in range(4)]
    assert codes == [200] * 6
    assert files[2:] == [429] * 2


def test_upload_that_takes_too_long_is_not_handed_on(released: Demonstration, tmp_path: Path) -> None:
    """Of two portals that do not answer, one alone gets an upload; a look-up is asked of the other as well."""
    paths = ("/check", "/desk", "/desk/document", "/api/v1/verify")
    with silent_portal() as first, silent_portal() as second:
        both = "".join(f"server 127.0.0.1:{one.port} max_fails=0;" for one in (first, second))
        replaced = {"server 127.0.0.1:8001;": both, "proxy_read_timeout 30s;": "proxy_read_timeout 1s;"}
        with fronted(released, tmp_path, replaced=replaced) as front:
            for path in paths:
                check_refusal(path, 503, "unavailable", front.ask("POST", path, b"%PDF", PDF))
            front.ask("GET", "/")
        asked = first.asked + second.asked
    assert {path: asked.count(f"POST {path}") for path in paths} == dict.fromkeys(paths, 1)
    assert asked.count("GET /") == 2


@dataclass
class Silent:
    """A portal that answers nothing."""

    port: int
    asked: list[str] = field(default_factory=list)
    """Method and path of what it was asked."""


@contextmanager
def silent_portal() -> Iterator[Silent]:
    """Have a portal that takes every request and answers none."""
    with socket.create_server(("127.0.0.1", 0)) as listening, ExitStack() as connections:
        portal = Silent(listening.getsockname()[1])

        def listen() -> None:
            with suppress(OSError):
                while True:
                    connection = connections.enter_context(listening.accept()[0])
                    portal.asked.append(b" ".join(connection.recv(65536).split(b" ", 2)[:2]).decode())

        Thread(target=listen, daemon=True).start()
        yield portal
        listening.shutdown(socket.SHUT_RDWR)


@contextmanager
def leaving_portal() -> Iterator[int]:
    """Have a portal that answers each connection once, keeps it open, and leaves as the next request comes."""

    def talk(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            _read_request(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            connection.recv(1)

    with socket.create_server(("127.0.0.1", 0)) as listening:

        def listen() -> None:
            with suppress(OSError):
                while True:
                    Thread(target=talk, args=(listening.accept()[0],), daemon=True).start()

        Thread(target=listen, daemon=True).start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)


def _read_request(connection: socket.socket) -> None:
    received = b""
    while not received.endswith(b"%PDF"):
        more = connection.recv(65536)
        if not more:
            raise ConnectionResetError
        received += more


@pytest.mark.parametrize("page", sorted(ERRORS.glob("*.html")), ids=lambda page: page.stem)
def test_page_and_problem_of_the_front_say_the_same(page: Path) -> None:
    """Both languages stand in both; an outage is said in the words of the verdict, and blames no transcript."""
    problem, text = json.loads(page.with_suffix(".json").read_text("utf-8")), page.read_text("utf-8")
    assert set(problem) == {"type", "title", "status", "code", "vi", "en"}
    assert problem["type"] == f"urn:hocba:problem:{problem['code']}"
    for sentences in (problem["vi"], problem["en"]):
        assert [one for one in sentences.rstrip(".").split(". ") if one not in text] == []
    if problem["status"] == 503:
        assert problem["vi"].startswith(VerdictCode.SERVICE_ERROR.headline.vi)
        assert problem["en"].startswith(VerdictCode.SERVICE_ERROR.headline.en)


def test_thousand_slow_clients_stop_nobody(released: Demonstration, tmp_path: Path) -> None:
    """While a thousand clients send a body byte by byte, everybody else is answered, and the slow ones are kept."""
    serial, pdf = released.issuances()[0].serial, released.pdf()
    # All of them have one address here; elsewhere each has the allowance of its own.
    wide = {"rate=40r/s": "rate=9000r/s", "rate=10r/s": "rate=9000r/s"}
    with fronted(released, tmp_path, replaced=wide) as front, slow_clients(front) as clients:
        slowest = 0.0
        for _ in range(10):
            asked = monotonic()
            assert front.ask("GET", f"/V/{serial}")[0] == 200
            assert b'"valid"' in front.ask("POST", "/api/v1/verify", pdf, PDF)[2]
            slowest = max(slowest, monotonic() - asked)
        assert slowest < 5
        assert sum(is_open(one) for one in clients) == SLOW_CLIENTS


@contextmanager
def slow_clients(front: Front) -> Iterator[list[ssl.SSLSocket]]:
    """Have a thousand clients send a body, a byte every second or so."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 4 * SLOW_CLIENTS), most))
    begun = f"POST /check HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 100000\r\n\r\nslow".encode()
    clients: list[ssl.SSLSocket] = []
    done, context = Event(), trusting()

    def drip() -> None:
        while not done.wait(1):
            for one in clients:
                with suppress(OSError):
                    one.send(b"w")

    with ExitStack() as stack:
        dripping = Thread(target=drip)
        dripping.start()
        stack.callback(dripping.join)
        stack.callback(done.set)
        for _ in range(SLOW_CLIENTS):
            plain = stack.enter_context(socket.create_connection(("127.0.0.1", front.port), timeout=30))
            slow = stack.enter_context(context.wrap_socket(plain))
            slow.sendall(begun)
            clients.append(slow)
        yield clients


def is_open(client: ssl.SSLSocket) -> bool:
    """Whether the front still waits for this client: it has neither answered nor hung up."""
    client.settimeout(0)
    try:
        client.recv(1)
    except ssl.SSLWantReadError:
        return True
    except OSError:
        pass
    return False

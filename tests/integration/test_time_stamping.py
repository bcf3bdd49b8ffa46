"""The service has its checkpoints stamped in time, keeps the tokens with the record, and says when it cannot."""

from __future__ import annotations

import datetime as dt
import logging
import secrets
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from schemas.record.entry import Issued
from schemas.record.tiles import stamped_path, token_path
from schemas.record.token_chain import parse_stamped
from service.errors import ServiceError
from service.installation import Installation
from service.settings import SETTINGS_FILE, Settings
from tests.support.certificates import Party
from tests.support.commands import run
from tests.support.demonstration import SCHOOL, Clock, Demonstration
from tests.support.record import issued
from tests.support.record_server import served
from tests.support.stamping_server import Server, honest, serving
from tests.support.time_stamps import stamper, time_stamps
from tests.support.trust_updates import update_trust_root
from verify.audit import audit_record
from verify.mirror import update_mirror
from verify.trust import load_trust_root

LONG_AFTER = dt.datetime(2060, 1, 1, tzinfo=dt.UTC)


class Stamped:
    """A demonstration whose checkpoints an authority stamps."""

    def __init__(self, demonstration: Demonstration, address: str) -> None:
        self.demonstration = demonstration
        self.clock: Clock = demonstration.clock
        update_trust_root(
            demonstration, expires="2060-01-01T00:00:00Z", time_stamps=time_stamps().model_dump()
        )
        with (demonstration.data / SETTINGS_FILE).open("a") as file:
            file.write(f"HOCBA_TIME_STAMP_URLS={address}\n")
        self.installation = self._open()

    def _open(self) -> Installation:
        settings = Settings.load(self.demonstration.data)
        return Installation.open(settings, now=self.clock, token_bytes=secrets.token_bytes)

    @property
    def record(self) -> Path:
        """The record's folder."""
        return self.demonstration.record

    def tend(self, **after: float) -> int:
        """Let time pass, do what the service does by itself, and return the number of tokens."""
        self.clock.forward(**after)
        self.installation.publish()
        self.installation.stamping.if_due()
        return len(list(self.record.glob("tokens/*.tst")))

    def issue(self) -> None:
        """Put another document into the log."""
        document: Issued = issued(secrets.token_hex(8), school=SCHOOL)
        self.demonstration.append(document)

    def differences(self) -> list[tuple[str, str]]:
        """Return what an audit finds in the public files."""
        trust = load_trust_root(self.demonstration.trust_file)
        report = audit_record(self.record, trust, now=self.clock())
        return [(one.code, one.where) for one in report.differences]


@pytest.fixture
def by() -> Party:
    """The authority's certificate."""
    return stamper(not_after=LONG_AFTER)


@pytest.fixture
def server(demonstration: Demonstration, by: Party) -> Iterator[Server]:
    """An authority that has the demonstration's time."""
    with serving(honest(time=demonstration.clock, by=by)) as server:
        yield server


@pytest.fixture
def stamped(demonstration: Demonstration, server: Server) -> Stamped:
    """A demonstration whose checkpoints are stamped."""
    return Stamped(demonstration, server.address)


def test_stamped_when_there_are_new_documents(stamped: Stamped) -> None:
    """At first at once, then a day later where documents came in between, and not where none came."""
    assert [stamped.tend(), stamped.tend(hours=23), stamped.tend(hours=2)] == [1, 1, 1]
    stamped.issue()
    assert stamped.tend() == 2
    stamped.issue()
    assert [stamped.tend(hours=23), stamped.tend(hours=1)] == [2, 3]
    assert stamped.differences() == []


def test_stamped_without_documents_once_a_month(stamped: Stamped) -> None:
    """Every thirty days a token renews the chain, whatever else happens."""
    assert [stamped.tend(), stamped.tend(days=29), stamped.tend(days=1), stamped.tend(days=29)] == [
        1,
        1,
        2,
        2,
    ]


def test_stamped_daily_towards_an_end(demonstration: Demonstration) -> None:
    """Towards the end of an authority's certificate a token is got every day, until one holds for longer."""
    ends = demonstration.clock.time + dt.timedelta(days=50)
    authority = [stamper("tsa that ends", not_after=ends)]

    def answer(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        honest(time=demonstration.clock, by=authority[-1])(handler, body)

    with serving(answer) as server:
        stamped = Stamped(demonstration, server.address)
        assert [stamped.tend(), stamped.tend(hours=23), stamped.tend(hours=1)] == [1, 1, 2]
        authority.append(stamper("tsa that follows", not_after=LONG_AFTER))
        assert [stamped.tend(days=1), stamped.tend(days=1)] == [3, 3]


def test_chain_is_whole(stamped: Stamped) -> None:
    """Each token stamps the checkpoint of its time and names the token before."""
    notes = []
    for _ in range(3):
        stamped.tend(days=31)
        notes.append((stamped.record / "checkpoint").read_bytes())
    found = [parse_stamped((stamped.record / stamped_path(n)).read_bytes()) for n in (1, 2, 3)]
    assert [one.note for one in found] == notes
    assert [one.previous is None for one in found] == [True, False, False]
    assert stamped.differences() == []


def test_crash_between_the_two_files(stamped: Stamped) -> None:
    """What is stamped without its token, as a crash leaves it, is written anew, and the chain is whole."""
    stamped.tend()
    (stamped.record / stamped_path(2)).write_bytes(b"half")
    stamped.issue()
    assert stamped.tend(days=1) == 2
    assert stamped.differences() == []


def test_damaged_token_is_not_built_upon(stamped: Stamped) -> None:
    """Where the newest token is damaged nothing is stamped: it must come back from a mirror; the audit names it."""
    stamped.tend()
    (stamped.record / token_path(1)).write_bytes(b"damaged")
    with pytest.raises(ServiceError, match="time-stamp-chain-damaged"):
        stamped.tend(days=31)
    assert ("audit-time-stamp", token_path(1)) in stamped.differences()


def test_audit_names_each_fault(stamped: Stamped) -> None:
    """A broken link, an authority not believed, and a chain that ran out are each named."""
    for _ in range(2):
        stamped.tend(days=31)
    path = stamped.record / token_path(1)
    good = path.read_bytes()
    stamp = (stamped.record / stamped_path(1)).read_bytes()
    (stamped.record / stamped_path(1)).write_bytes(stamp + b"\n")
    assert stamped.differences() == [("audit-time-stamp", token_path(1)), ("audit-time-stamp", token_path(2))]
    (stamped.record / stamped_path(1)).write_bytes(stamp)
    assert path.read_bytes() == good
    assert stamped.differences() == []
    (stamped.record / "tokens" / "strange").write_bytes(b"")
    assert stamped.differences() == [("audit-file", "tokens/strange")]


def test_without_authorities_nothing_is_asked(demonstration: Demonstration) -> None:
    """An installation that names no authority stamps nothing, and by hand it is told which setting is missing."""
    assert demonstration.installation.stamping.if_due() is None
    with pytest.raises(ServiceError, match="time-stamp-unset"):
        demonstration.installation.stamping.at_once()


def test_authority_that_verifiers_do_not_believe(demonstration: Demonstration, server: Server) -> None:
    """With a trust root that believes no authority, none is asked: the tokens would be of no use."""
    with (demonstration.data / SETTINGS_FILE).open("a") as file:
        file.write(f"HOCBA_TIME_STAMP_URLS={server.address}\n")
    with pytest.raises(ServiceError, match="time-stamp-untrusted"):
        demonstration.installation.stamping.if_due()
    assert server.asked == []


def test_tending_tells_how_it_went(
    demonstration: Demonstration, by: Party, caplog: pytest.LogCaptureFixture
) -> None:
    """An authority that is away gives a log line and raises the counter; a token shows in the metrics."""
    with serving(honest(time=demonstration.clock, by=by)) as server:
        stamped = Stamped(demonstration, f"http://127.0.0.1:9/ {server.address}")
        tending = stamped.installation.tending
        tending.stamp()
    made = int(stamped.clock.time.timestamp())
    assert f"hocba_time_stamped_timestamp_seconds {made}\n" in tending.health.metrics()
    assert (
        f"hocba_time_stamp_ends_timestamp_seconds {int(LONG_AFTER.timestamp())}\n" in tending.health.metrics()
    )
    assert tending.health.failures == 0
    stamped.clock.forward(days=31)
    with caplog.at_level(logging.ERROR):
        tending.stamp()
    assert "time stamp failed: No time stamp could be got" in caplog.text
    assert "hocba_tending_failures_total 1\n" in tending.health.metrics()


def test_by_hand(demonstration: Demonstration) -> None:
    """`hocba record timestamp` says what it got; refused, it says why and exits with 1."""
    refused = run("hocba", "record", "timestamp", "--data", demonstration.data)
    assert (refused.returncode, "time-stamp-unset" in refused.stderr) == (1, True)
    with serving(honest(time=lambda: dt.datetime.now(dt.UTC), by=stamper(not_after=LONG_AFTER))) as server:
        Stamped(demonstration, server.address)
        for number in (1, 2):
            said = run("hocba", "record", "timestamp", "--data", demonstration.data, check=True).stdout
            assert f"time stamp {number}:" in said
            assert "holds until 2060-01-01T00:00:00Z" in said


def test_mirror_carries_the_tokens(stamped: Stamped, tmp_path: Path) -> None:
    """A mirror brings each token once, mends one that was damaged on the way, and says which comes damaged."""
    trust, mirror = load_trust_root(stamped.demonstration.trust_file), tmp_path / "mirror"

    def tokens(folder: Path) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in folder.glob("tokens/*")}

    with served(stamped.record) as address:
        update_mirror(address, mirror, trust)
        assert tokens(mirror) == {}
        for _ in range(5):
            stamped.tend(days=31)
        assert update_mirror(address, mirror, trust).missing == ()
        assert tokens(mirror) == tokens(stamped.record)
        # A record restored from a backup made another fifth token; the sixth shows it.
        (stamped.record / token_path(5)).unlink()
        stamped.tend(days=31)
        assert update_mirror(address, mirror, trust).missing == ()
        stamped.tend(days=31)
        update_mirror(address, mirror, trust)
        assert tokens(mirror) == tokens(stamped.record)
        stamped.tend(days=31)
        good = (stamped.record / token_path(7)).read_bytes()
        (stamped.record / token_path(7)).write_bytes(good[:-1])
        assert update_mirror(address, mirror, trust).missing == (token_path(7),)
        (stamped.record / token_path(7)).write_bytes(good)
        assert update_mirror(address, mirror, trust).missing == ()
        assert tokens(mirror) == tokens(stamped.record)
    assert audit_record(mirror, trust, now=stamped.clock()).differences == ()

"""The enumerated crash points where `make test` is too short for them: every one on PostgreSQL, and pairs of them."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path

from tests.support.crash_points import Ending, Stop
from tests.support.crash_trial import Prepared, in_chunks_of_one
from tests.support.postgresql import PostgreSQL

PAIRS = 80
Record = Callable[[str, object], None]


def test_every_crash_point_on_a_server(tmp_path: Path, server: PostgreSQL, record_property: Record) -> None:
    """Stopped before each step of a batch whose register and log are on PostgreSQL."""
    prepared = Prepared.make(tmp_path, students=2, server=server)
    broken, steps = {}, len(prepared.steps(in_chunks_of_one()))
    for step in range(1, steps + 1):
        ending = list(Ending)[step % 2]
        if found := prepared.trial([Stop(step, ending)], in_chunks_of_one()):
            broken[step] = found
    record_property("PostgreSQL", {"crash points": steps})
    assert broken == {}


def test_pairs_of_crash_points(tmp_path: Path, record_property: Record) -> None:
    """Stopped anywhere, asked again, and stopped anywhere again, killed or without power."""
    prepared = Prepared.make(tmp_path, students=2)
    broken, steps = {}, len(prepared.steps(in_chunks_of_one()))
    for _ in range(PAIRS):
        stops = [Stop(1 + secrets.randbelow(steps), secrets.choice(list(Ending))) for _ in range(2)]
        if found := prepared.trial(stops, in_chunks_of_one()):
            broken[tuple(stops)] = found
    record_property("SQLite", {"crash points": 2 * PAIRS})
    assert broken == {}

"""`python -m bench.mirroring`: a copy of 100,000 entries from a static server on this machine, and an audit of it.

Prints the mirror's time beside what the disk needs for a durable file, and its goal. What a reader's start costs is
`bench.reading`.
"""

from __future__ import annotations

import datetime as dt
import os
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from schemas.record.tiles import bundle_path, bundles_between, format_bundle
from tests.support.record import NOW
from tests.support.record_server import put, served
from tests.support.whole_record import WholeRecord, filler, vector_trust_root
from verify.audit import audit_record
from verify.mirror import update_mirror

ENTRIES, GOAL_SECONDS = 100_000, 20


def main() -> int:
    """Measure and print; 1 where the goal is missed."""
    trust = vector_trust_root()
    now = dt.datetime.fromtimestamp(NOW, dt.UTC)
    with tempfile.TemporaryDirectory(prefix="hocba-bench-") as name:
        folder = Path(name)
        print(f"fsync of a small file: {fsync_milliseconds(folder):.2f} ms")
        record = WholeRecord()
        record.add(*filler(ENTRIES))
        record.publish_list()
        _write(folder / "origin", record)
        with served(folder / "origin") as address:
            started = perf_counter()
            report = update_mirror(address, folder / "copy", trust)
            seconds = perf_counter() - started
            started = perf_counter()
            update_mirror(address, folder / "copy", trust)
            again = perf_counter() - started
        met = "met" if seconds <= GOAL_SECONDS else "MISSED"
        print(f"mirror of {report.size} entries: {seconds:.1f} s (goal {GOAL_SECONDS} s: {met})")
        print(f"nothing new: {again:.2f} s")
        started = perf_counter()
        found = audit_record(folder / "copy", trust, now=now)
        print(f"audit: {perf_counter() - started:.1f} s, {len(found.differences)} differences")
    return 0 if met == "met" else 1


def _write(folder: Path, record: WholeRecord) -> None:
    put(folder, record.files())
    for n, width in bundles_between(0, len(record.entries)):
        start = n * 256
        put(folder, {bundle_path(n, width): format_bundle(record.entries[start : start + width])})


def fsync_milliseconds(folder: Path) -> float:
    """Return how long a small file takes to be durable, on average."""
    started = perf_counter()
    for number in range(100):
        with (folder / f"fsync-{number}").open("wb") as file:
            file.write(b"x")
            file.flush()
            os.fsync(file.fileno())
    return (perf_counter() - started) * 10


if __name__ == "__main__":
    sys.exit(main())

"""`python -m bench.recording`: how fast the log grows on both databases, what a proof costs, how large the record is.

Entries are appended in batches and published with tiles, checkpoint and every fsync; beside it stand the disk's own
fsync rate and its sequential writing. A proof is read from tiles, cold each time.
"""

from __future__ import annotations

import datetime as dt
import os
import sys
import tempfile
from hashlib import sha256
from pathlib import Path
from time import perf_counter

from bench.mirroring import fsync_milliseconds
from keys.record_key import RecordKey
from schemas.record.merkle import TiledTree
from service.record.publisher import Publisher
from service.record.sequencer import Sequencer, SequencerKeys
from service.storage.database import Database, open_database, open_server
from service.storage.log_store import LogStore
from service.storage.migration import upgrade
from tests.support.postgresql import PostgreSQL
from tests.support.record import NOW
from tests.support.whole_record import STATUS, WholeRecord, filler, vector_trust_root

ENTRIES, BATCH = 50_000, 1_000
GOALS = {"entries/s": 5_000, "proof ms": 2.0, "bytes": 300}
_PROOFS = 300


def main() -> int:
    """Measure and print; 1 where a goal is missed."""
    texts = [*WholeRecord().entries, *filler(ENTRIES)]
    entries = [(str(number), entry) for number, entry in enumerate(texts)]
    met = True
    with tempfile.TemporaryDirectory(prefix="hocba-bench-") as name:
        folder = Path(name)
        fsync = fsync_milliseconds(folder)
        print(f"disk: fsync {1000 / fsync:.0f}/s, sequential {_megabytes_a_second(folder):.0f} MB/s")
        databases = {
            "SQLite": open_database(folder / "log.sqlite3"),
            "PostgreSQL": open_server(PostgreSQL(folder).new_database()),
        }
        for label, database in databases.items():
            met &= _measure(label, database, folder / label, entries)
            database.dispose()
    return 0 if met else 1


def _measure(label: str, database: Database, folder: Path, entries: list[tuple[str, bytes]]) -> bool:
    upgrade(database)
    folder.mkdir()
    store, publisher = LogStore(database), Publisher(folder / "record")
    sequencer = _sequencer(store, publisher, folder / "state")
    appending = publishing = 0.0
    size = 0
    for start in range(0, len(entries), BATCH):
        began = perf_counter()
        sequencer.append(entries[start : start + BATCH])
        appended = perf_counter()
        size = sequencer.publish().size
        appending, publishing = appending + appended - began, publishing + perf_counter() - appended
    rate = len(entries) / (appending + publishing)
    began = perf_counter()
    for number in range(_PROOFS):
        TiledTree(size, publisher.read_tile).inclusion_proof(number * 163 % size)
    proof = (perf_counter() - began) / _PROOFS * 1000
    weight = sum(file.stat().st_size for file in (folder / "record").rglob("*") if file.is_file()) / len(
        entries
    )
    each = f"database {appending / len(entries) * 1e6:.0f} µs, publishing {publishing / len(entries) * 1e6:.0f} µs each"
    print(f"{label:<11} {rate:8.0f} entries/s in batches of {BATCH} ({each})")
    print(
        f"            {proof:8.2f} ms a proof from tiles, {weight:.0f} bytes of record an entry, partial files too"
    )
    missed = [rate < GOALS["entries/s"], proof > GOALS["proof ms"], weight > GOALS["bytes"]]
    print(f"            goals 5,000/s, 2 ms, 300 bytes: {'MISSED' if any(missed) else 'met'}")
    return not any(missed)


def _sequencer(store: LogStore, publisher: Publisher, state: Path) -> Sequencer:
    trust = vector_trust_root()

    def key(name: str) -> RecordKey:
        return RecordKey.from_seed(sha256(name.encode()).digest())

    sequencer = Sequencer(
        store=store,
        publisher=publisher,
        state=state,
        keys=SequencerKeys(key("log"), key("clock"), key(STATUS)),
        trust=lambda: trust,
        log=trust.logs[0],
        now=lambda: dt.datetime.fromtimestamp(NOW, dt.UTC),
    )
    sequencer.create()
    return sequencer


def _megabytes_a_second(folder: Path) -> float:
    block = bytes(2**20)
    began = perf_counter()
    with (folder / "sequential").open("wb") as file:
        for _ in range(128):
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    return 128 / (perf_counter() - began)


if __name__ == "__main__":
    sys.exit(main())

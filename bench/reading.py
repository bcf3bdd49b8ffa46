"""`python -m bench.reading`: what a verifier's start and a look-up cost, from 10,000 entries to 1,000,000.

For each size: making the index from nothing, the first look of a process that finds it, the first look after 100 more
entries, and look-ups by serial, each with the memory of the whole process. Beside them stands what bounds them: every
entry hashed once and the index written once; the rows of a start read bare; one bare question to SQLite and one entry
parsed. In the record one entry in a hundred revokes, one corrects, one in four continues, three in a thousand are
statements of registrars.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from time import perf_counter

from schemas.record.entry import Relation, format_entry, leaf_hash, parse_entry
from schemas.record.fields import Reference
from tests.support.record import digest, issued, issuer_entry, key_statement, revoked
from tests.support.record_server import put
from tests.support.whole_record import WholeRecord, trust_root_text

SIZES = (10_000, 100_000, 1_000_000)
MORE = 100
GOALS = {"first look s of processor": 0.2, "first look MB": 100, "making MB": 300}
"""At 1,000,000 entries."""
_LOOKUPS = 5_000
_CHILD = r"""
import json, re, sys
from pathlib import Path
from time import perf_counter, process_time
from tests.support.record import digest
from verify.record_reader import RecordReader
from verify.trust import load_trust_root
trust, record, index = load_trust_root(Path(sys.argv[1])), Path(sys.argv[2]), Path(sys.argv[3])
wall, cpu = perf_counter(), process_time()
view = RecordReader(record, trust, index).view()
wall, cpu = perf_counter() - wall, process_time() - cpu
sids = [digest(f"document {number % view.size} sid") for number in range(0, int(sys.argv[4]) * 7919, 7919)]
began = perf_counter()
for sid in sids:
    view.ledger.index_of_sid(sid)
lookup = (perf_counter() - began) / len(sids) * 1e6
# Not `ru_maxrss`: a child begins with the parent's.
peak = int(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) / 1024
print(json.dumps({"size": view.size, "s": wall, "cpu": cpu, "us": lookup, "MB": peak}))
"""


def main() -> int:
    """Measure and print; 1 where a goal is missed."""
    entries = _entries(max(SIZES) + MORE)
    met = True
    with tempfile.TemporaryDirectory(prefix="hocba-bench-") as name:
        folder = Path(name)
        (folder / "trust-root.json").write_text(trust_root_text())
        for size in SIZES:
            making, first = _print_size(folder / str(size), entries, size)
            if size == max(SIZES):
                figures = (first["cpu"], first["MB"], making["MB"])
                met = all(figure <= goal for figure, goal in zip(figures, GOALS.values(), strict=True))
    print(f"goals {GOALS}: {'met' if met else 'MISSED'}")
    return 0 if met else 1


def _print_size(
    folder: Path, entries: Sequence[bytes], size: int
) -> tuple[dict[str, float], dict[str, float]]:
    record, index = folder / "record", folder / "index"
    whole = WholeRecord(entries=list(entries[:size]))
    whole.publish_list()
    put(record, whole.files())
    making = _look(folder, record, index)
    first = _look(folder, record, index)
    whole.add(*entries[size : size + MORE])
    put(record, whole.files())
    grown = _look(folder, record, index)
    file = index / "index.sqlite3"
    print(
        f"{size:,} entries: made in {making['s']:.1f} s ({making['cpu']:.1f} s of processor, {making['MB']:.0f} MB); "
        f"first look {first['s'] * 1000:.0f} ms ({first['cpu'] * 1000:.0f} of processor, {first['MB']:.0f} MB), "
        f"{grown['s'] * 1000:.0f} ms with {MORE} more; look-up {first['us']:.0f} µs; "
        f"{file.stat().st_size / size:.0f} bytes an entry"
    )
    _print_limits(file, entries[:size])
    return making, first


def _look(folder: Path, record: Path, index: Path) -> dict[str, float]:
    trust = folder.parent / "trust-root.json"
    command = [sys.executable, "-c", _CHILD, str(trust), str(record), str(index), str(_LOOKUPS)]
    found: dict[str, float] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return found


def _print_limits(file: Path, entries: Sequence[bytes]) -> None:
    hashing = _seconds(lambda: [leaf_hash(entry) for entry in entries])
    parsing = _seconds(lambda: [parse_entry(entry) for entry in entries[-_LOOKUPS:]]) / _LOOKUPS
    writing = _seconds(lambda: _write(file.with_name("written"), file.read_bytes()))
    with closing(sqlite3.connect(file)) as database:
        rows = _seconds(lambda: database.execute("SELECT * FROM noted").fetchall())
        asking = _seconds(
            lambda: [
                database.execute("SELECT entry FROM document WHERE n = ?", (n,)).fetchall()
                for n in range(_LOOKUPS)
            ]
        )
    print(
        f"    limits: {hashing:.1f} s to hash every entry, {parsing * len(entries):.1f} s to parse it, {writing:.1f} s "
        f"to write the index; {rows * 1000:.0f} ms to read the rows of a start; "
        f"{(asking / _LOOKUPS + parsing) * 1e6:.0f} µs to ask SQLite once and parse one entry"
    )


def _entries(number: int) -> list[bytes]:
    entries = list(WholeRecord().entries)
    while (index := len(entries)) < number:
        entries.append(_entry(index))
    return entries


def _entry(index: int) -> bytes:
    name, status = f"document {index}", index % 2**20
    if index % 1000 in {300, 600, 900}:
        return issuer_entry(key_statement(thumbprint=digest(f"certificate {index}"), school=f"HN-{index}"))
    match index % 100:
        case 99:
            return format_entry(revoked(index - 50))
        case 98:
            return format_entry(
                issued(name, relation=Relation.CORRECTS, reference=Reference(index - 30), status_index=status)
            )
        case rest if rest % 4 == 3:
            return format_entry(
                issued(name, relation=Relation.CONTINUES, reference=Reference(index - 2), status_index=status)
            )
        case _:
            return format_entry(issued(name, status_index=status))


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _seconds(run: Callable[[], object]) -> float:
    began = perf_counter()
    run()
    return perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())

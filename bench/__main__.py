"""`python -m bench`: speed beside the peers and the limit, in one interleaved run (docs/benchmarks.md)."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import perf_counter

from bench import reportlab_page, weasyprint_page
from bench.checks import OutputRefusedError
from bench.issuing import OURS, REPORTLAB, WEASYPRINT, Times, measure_issuing
from bench.limits import Limits, measure_limits
from bench.memory import peak_of_ours, peak_of_peer
from bench.school import School
from bench.verifying import PYHANKO, SANDBOX, measure_verifying

CLASS_SIZE = 25
FEW, MANY = 100, 400
ISSUE_GOAL, VERIFY_GOAL = 10, 5
_MEMORY_DOCUMENTS = 10


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, check, print; 1 where an output was refused or a tool is missing, and then no number stands."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="rounds that count, after one to warm up (5)")
    rounds = max(1, parser.parse_args(arguments).rounds)
    if shutil.which("pdfsig") is None:
        print("pdfsig is missing: apt-get install poppler-utils", file=sys.stderr)
        return 1
    started = perf_counter()
    today, python = dt.datetime.now(dt.UTC).date(), platform.python_version()
    print(f"{today}, Python {python}, {os.cpu_count()} cores, {rounds} rounds")
    try:
        with tempfile.TemporaryDirectory(prefix="hocba-bench-") as folder:
            _measure(Path(folder), rounds)
    except OutputRefusedError as refusal:
        print(f"No numbers: {refusal}", file=sys.stderr)
        return 1
    print(f"\nThe whole run took {perf_counter() - started:.0f} s.")
    return 0


def _measure(folder: Path, rounds: int) -> None:
    school = School.make(folder / "school", classes=rounds + 1, students=CLASS_SIZE)
    try:
        issuing = measure_issuing(school, folder, rounds)
        files = sorted(school.installation.folder("issued").iterdir())[:CLASS_SIZE]
        verifying = measure_verifying(school, files, rounds)
    finally:
        school.installation.verifier.close()
    limits = measure_limits(files[0].read_bytes())
    papers, signatures = school.papers()[:_MEMORY_DOCUMENTS], school.signatures()
    memory = {
        OURS: peak_of_ours(_MEMORY_DOCUMENTS),
        WEASYPRINT: peak_of_peer(weasyprint_page.__name__, papers, signatures),
        REPORTLAB: peak_of_peer(reportlab_page.__name__, papers, signatures),
    }
    few, many = (_cost_of(folder / f"school-{students}", students) for students in (FEW, MANY))
    # Nothing is printed before everything has been checked.
    _print_limits(limits)
    _print_issuing(issuing, memory, limits)
    _print_verifying(verifying, limits)
    print(
        f"\nA school year of {FEW} at once: {few:.1f} ms a document; of {MANY}: {many:.1f} ms, {many / few:.2f} x"
    )
    print("\nGoals")
    _print_goal("whole issue, RSA-2048, against " + WEASYPRINT, issuing, WEASYPRINT, ISSUE_GOAL)
    _print_goal("a known file, against " + PYHANKO, verifying, PYHANKO, VERIFY_GOAL)


def _cost_of(data: Path, students: int) -> float:
    """Return the milliseconds a document when a whole school year is issued at once."""
    school = School.make(data, classes=students // CLASS_SIZE, students=CLASS_SIZE)
    start = perf_counter()
    released = school.issue()
    seconds = perf_counter() - start
    school.installation.verifier.close()
    if len(released) != students:
        raise OutputRefusedError(f"{len(released)} of {students} transcripts were released")
    return 1000 * seconds / students


def _print_limits(limits: Limits) -> None:
    print("\nThe limit: bare cryptography, ms")
    print(f"  one RSA-2048 signature {limits.sign:.3f}, its verification {limits.verify:.3f}")
    print(f"  SHA-256 of a transcript {limits.hash_file:.3f}")


def _print_issuing(times: Mapping[str, Times], memory: Mapping[str, float], limits: Limits) -> None:
    print(f"\n{'Whole issue of one transcript':32}{'ms':>9}{'to ours':>11}{'KB':>7}{'peak MB':>9}")
    print(f"{'limit: 2 signatures, 2 digests':32}{limits.issue:9.2f}")
    for name, each in times.items():
        ratio = "" if name == OURS else f"{each.median / times[OURS].median:.1f} x"
        size = sum(each.bytes) / len(each.bytes) / 1000
        print(f"{name:32}{each.median:9.1f}{ratio:>11}{size:7.0f}{memory[name]:9.0f}")


def _print_verifying(times: Mapping[str, Times], limits: Limits) -> None:
    print(f"\n{'Verification of a known file':32}{'ms':>9}{'to ours':>11}")
    print(f"{'limit: 2 signatures, 2 digests':32}{limits.verification:9.2f}")
    for name, each in times.items():
        ratio = "" if name in {OURS, SANDBOX} else f"{each.median / times[OURS].median:.1f} x"
        print(f"{name:32}{each.median:9.2f}{ratio:>11}")


def _print_goal(what: str, times: Mapping[str, Times], peer: str, goal: int) -> None:
    ratio = times[peer].median / times[OURS].median
    print(f"  {'met    ' if ratio >= goal else 'NOT MET'}  {what}: {ratio:.1f} x (goal {goal} x)")


if __name__ == "__main__":
    sys.exit(main())

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
from bench.alone import CLASS_SIZE, Cost, cost_of_ours, cost_of_peer
from bench.checks import OutputRefusedError
from bench.issuing import OURS, REPORTLAB, WEASYPRINT, Times, measure_issuing
from bench.limits import Limits, measure_limits
from bench.school import School
from bench.verifying import PYHANKO, SANDBOX, measure_verifying

FEW, MANY = 100, 400
ISSUE_GOAL, VERIFY_GOAL = 10, 5


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
    papers, signatures = school.papers()[:CLASS_SIZE], school.signatures()
    costs = {
        OURS: cost_of_ours(CLASS_SIZE),
        WEASYPRINT: cost_of_peer(weasyprint_page.__name__, papers, signatures),
        REPORTLAB: cost_of_peer(reportlab_page.__name__, papers, signatures),
    }
    few, many = cost_of_ours(FEW), cost_of_ours(MANY)
    # Nothing is printed before everything has been checked.
    _print_limits(limits)
    _print_issuing(issuing, costs, limits)
    _print_growth(few, many)
    _print_verifying(verifying, limits)
    print("\nGoals")
    _print_goal("whole issue, RSA-2048, against " + WEASYPRINT, issuing, WEASYPRINT, ISSUE_GOAL)
    _print_goal("a known file, against " + PYHANKO, verifying, PYHANKO, VERIFY_GOAL)


def _print_limits(limits: Limits) -> None:
    print("\nThe limit: bare cryptography, ms")
    print(f"  one RSA-2048 signature {limits.sign:.3f}, its verification {limits.verify:.3f}")
    print(f"  SHA-256 of a transcript {limits.hash_file:.3f}")


def _print_issuing(times: Mapping[str, Times], costs: Mapping[str, Cost], limits: Limits) -> None:
    print(
        f"\n{'Whole issue of one transcript':32}{'ms':>9}{'to ours':>11}{'KB':>7}{'CPU ms':>9}{'peak MB':>9}"
    )
    print(f"{'limit: 2 signatures, 2 digests':32}{limits.issue:9.2f}")
    for name, each in times.items():
        ratio = "" if name == OURS else f"{each.median / times[OURS].median:.1f} x"
        size = sum(each.bytes) / len(each.bytes) / 1000
        print(
            f"{name:32}{each.median:9.1f}{ratio:>11}{size:7.0f}{costs[name].milliseconds:9.1f}{costs[name].megabytes:9.0f}"
        )


def _print_growth(few: Cost, many: Cost) -> None:
    growth = f"{many.milliseconds / few.milliseconds:.2f} x"
    print(f"\n{'A school year issued at once':32}{'CPU ms':>9}{'growth':>11}{'peak MB':>16}")
    print(f"{FEW:<32}{few.milliseconds:9.1f}{few.megabytes:27.0f}")
    print(f"{MANY:<32}{many.milliseconds:9.1f}{growth:>11}{many.megabytes:16.0f}")


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

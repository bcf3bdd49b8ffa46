"""`python -m bench.importing`: `hocba import` of 5,000 students by 13 subjects from the files of four systems.

Each run is a process of its own: seconds, CPU seconds of it and its children, and the largest memory. Beside it the
same cells are read, and nothing is made of them: by openpyxl (.xlsx alone), the library that most would pick, and by
calamine, native code and so nearly the limit.
"""

from __future__ import annotations

import argparse
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from service.demo import SCHOOL_YEAR, set_up
from service.sample.school import sample_school
from service.sample.vendors import Vendor, vendor_files

STUDENTS, GOAL_SECONDS, GOAL_MEGABYTES = 5_000, 20.0, 500
_OPENPYXL = """
import sys, pathlib, openpyxl
for file in pathlib.Path(sys.argv[1]).iterdir():
    book = openpyxl.load_workbook(file, read_only=True)
    for sheet in book: list(sheet.iter_rows(values_only=True))
"""
_CALAMINE = """
import sys, pathlib, csv, python_calamine
for file in pathlib.Path(sys.argv[1]).iterdir():
    if file.suffix == ".csv":
        list(csv.reader(file.open(encoding="utf-8-sig"), delimiter=";"))
        continue
    book = python_calamine.CalamineWorkbook.from_path(str(file))
    for name in book.sheet_names: book.get_sheet_by_name(name).to_python()
"""
# What a process is known to have used begins with the size of whoever started it: a small one does.
_LAUNCHER = """
import os, subprocess, sys
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
print(os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime, usage.ru_maxrss // 1024)
"""


@dataclass(frozen=True, slots=True)
class Run:
    """What a process took."""

    seconds: float
    cpu: float
    megabytes: int

    def __str__(self) -> str:
        """Return it for a line."""
        return f"{self.seconds:6.1f} s {self.cpu:6.1f} s CPU {self.megabytes:5d} MB"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.importing", description=__doc__)
    parser.add_argument("--students", type=int, default=STUDENTS)
    students = parser.parse_args(arguments).students
    school = sample_school(students=students, seed=1, first_student=10_001)
    met = True
    with tempfile.TemporaryDirectory(prefix="hocba-bench-") as name:
        for vendor in Vendor:
            files = Path(name) / vendor
            files.mkdir()
            for file, data in vendor_files(school, vendor).items():
                (files / file).write_bytes(data)
            kinds = {file.suffix for file in files.iterdir()}
            own = _own(Path(name) / f"{vendor}-data", files)
            missed = own.seconds > GOAL_SECONDS or own.megabytes > GOAL_MEGABYTES
            met &= not missed
            print(
                f"{vendor}: {len(list(files.iterdir()))} files ({', '.join(sorted(kinds))}), {students} students"
            )
            print(f"  hocba import  {own}   {'MISSED' if missed else 'met'}")
            if kinds == {".xlsx"}:
                print(f"  openpyxl      {_run([sys.executable, '-c', _OPENPYXL, str(files)])}")
            print(f"  calamine      {_run([sys.executable, '-c', _CALAMINE, str(files)])}", flush=True)
    print(f"goals: {GOAL_SECONDS:.0f} s, {GOAL_MEGABYTES} MB for {STUDENTS} students")
    return 0 if met else 1


def _own(data: Path, files: Path) -> Run:
    set_up(data, students=0, now=_now, token_bytes=secrets.token_bytes, say=lambda _: None)
    program = str(Path(sys.executable).parent / "hocba")
    options = ["--data", str(data), "--year", SCHOOL_YEAR, "--accept-guesses"]
    return _run([program, "import", str(files), *options])


def _run(command: Sequence[str]) -> Run:
    began = perf_counter()
    launched = [sys.executable, "-S", "-c", _LAUNCHER, *command]
    done = subprocess.run(launched, check=True, capture_output=True, text=True)
    seconds = perf_counter() - began
    code, cpu, megabytes = done.stdout.split()
    if code != "0":
        raise RuntimeError(f"{' '.join(command[:2])} ended with {code}")
    return Run(seconds, float(cpu), int(megabytes))


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


if __name__ == "__main__":
    sys.exit(main())

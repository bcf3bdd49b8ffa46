"""`hocba issue` killed at random, ten times, and finished: nothing is issued twice, nothing is lost."""

from __future__ import annotations

import json
import secrets
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

from schemas.record.entry import Issued, parse_entry
from schemas.record.tiles import bundle_path, bundles_between, parse_bundle
from service.demo import SCHOOL_YEAR, set_up
from service.storage.records import State
from tests.support.commands import BIN, run
from tests.support.demonstration import SCHOOL, Demonstration

STUDENTS = 40
KILLS = 10


def test_killed_ten_times_issues_everyone_once(tmp_path: Path) -> None:
    """40 released, 40 entries, 40 serials, all valid, no stray file, whatever moment the process died at."""
    data = tmp_path / "data"
    set_up(
        data,
        students=STUDENTS,
        now=lambda: datetime.now(UTC).replace(microsecond=0),
        token_bytes=secrets.token_bytes,
        say=lambda _: None,
    )
    workbook = next((data / "workbooks").iterdir())
    run("hocba", "import", workbook, "--data", data, "--year", SCHOOL_YEAR, check=True)
    run("hocba", "approve", "demonstrate", "--data", data, "--year", SCHOOL_YEAR, check=True)
    for _ in range(KILLS):
        issuing = subprocess.Popen(
            [BIN / "hocba", "issue", "--data", data, "--all", "--year", SCHOOL_YEAR],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(0.6 + secrets.randbelow(1600) / 1000)
        issuing.kill()
        issuing.wait()
    finished = run("hocba", "issue", "--data", data, "--all", "--year", SCHOOL_YEAR, "--json")
    assert finished.returncode == 0, finished.stderr
    assert json.loads(finished.stdout.splitlines()[-1])["issued"] == STUDENTS
    _check_everything(data)


def _check_everything(data: Path) -> None:
    issuances = Demonstration(data).installation.register.issuances(SCHOOL, SCHOOL_YEAR)
    assert [issuance.state for issuance in issuances] == [State.RELEASED] * STUDENTS
    assert len({issuance.serial for issuance in issuances}) == STUDENTS
    assert len({issuance.student_code for issuance in issuances}) == STUDENTS
    assert sum(isinstance(parse_entry(entry), Issued) for entry in _entries(data)) == STUDENTS
    files = sorted((data / "issued").iterdir())
    assert len(files) == STUDENTS
    assert list((data / "work").iterdir()) == []
    verified = run(
        "hocba-verify", *files, "--trust", data / "trust-root.json", "--record", data / "record", "--json"
    )
    assert [json.loads(line)["verdict"] for line in verified.stdout.splitlines()] == ["valid"] * STUDENTS
    assert verified.returncode == 0


def _entries(data: Path) -> list[bytes]:
    size = int((data / "record" / "checkpoint").read_text().split("\n")[1])
    entries: list[bytes] = []
    for n, width in bundles_between(0, size):
        entries += parse_bundle((data / "record" / bundle_path(n, width)).read_bytes(), width)
    return entries

"""A school of 500 signed at its office: the agent killed twice, its line cut once, the server killed once.

Every document is released once.

`make agent-proof` prints the numbers.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self

import pytest

from service.demo import SCHOOL_YEAR
from service.issuing import released_path
from service.sample import sample_class
from tests.support.commands import BIN, free_port, wait_for
from tests.support.crash_checks import check_finished, check_left
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.foreign_tools import check_by_openssl
from tests.support.meddling_line import Line, line_to
from tests.support.office import Office, move_to_office
from tests.support.softhsm import PIN, SoftHSM, forget_library

CLASSES, STUDENTS = 10, 50
KILLS = (120, 700)
"""Signatures that have arrived when the agent is killed: in the principal's round, and in the seal's."""
CUT_AT, CUT_SECONDS = 350, 5.0
SERVER_KILL = 850

Record = Callable[[str, object], None]


class Disturbed(Line):
    """A line on which the signatures are counted, and somebody is killed or cut off after so many."""

    def begin(self) -> None:
        """Count from here."""
        self.arrived: Counter[str] = Counter()
        self.kill: Callable[[], None] = lambda: None
        self.kill_server: Callable[[], None] = lambda: None
        self.kills, self.cut_until, self.cut_answers = list(KILLS), 0.0, 0
        self.change, self.cut = self._count, self._is_cut

    def _count(self, _: str, body: bytes) -> bytes:
        return body

    def _is_cut(self, path: str) -> bool:
        if path.endswith("/signature"):
            self.arrived[path] += 1
            if self.kills and self.arrived.total() >= self.kills[0]:
                del self.kills[0]
                self.kill()
            if self.arrived.total() == SERVER_KILL:
                self.kill_server()
            if self.arrived.total() == CUT_AT:
                self.cut_until = time.monotonic() + CUT_SECONDS
        is_cut = time.monotonic() < self.cut_until
        self.cut_answers += is_cut
        return is_cut


class Server:
    """The served installation, which may be killed and comes back at the same address."""

    def __init__(self, data: Path) -> None:
        self._port = free_port()
        self._command = [str(BIN / "hocba"), "serve", "--data", str(data), "--port", str(self._port)]
        self.address = f"http://127.0.0.1:{self._port}"
        self.kills = 0

    def __enter__(self) -> Self:
        """Start it."""
        self._process = subprocess.Popen(self._command, start_new_session=True)
        wait_for(self._port, self._process)
        return self

    def kill_and_restart(self) -> None:
        """Kill it as power does, and have it back some seconds later."""
        self.__exit__()
        self.kills += 1
        self._process = subprocess.Popen(self._command, start_new_session=True)

    def __exit__(self, *_: object) -> None:
        """End it."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


@pytest.fixture
def school(tmp_path: Path) -> Iterator[tuple[Demonstration, Office]]:
    """Ten classes of fifty that wait for the principal; both keys are at the office."""
    demonstration = Demonstration.make(tmp_path / "data", students=1)
    installation = demonstration.installation
    for number in range(CLASSES):
        workbook = sample_class(
            STUDENTS, class_name=f"7{chr(65 + number)}", first_student=101 + number * STUDENTS
        )
        assert installation.import_workbook(workbook, SCHOOL_YEAR, dry_run=False).ok
    soft_hsm = SoftHSM(tmp_path / "softhsm")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in soft_hsm.environment.items():
            patch.setenv(name, value)
        move_to_office(demonstration, soft_hsm)
        yield demonstration, Office(tmp_path / "office", soft_hsm)
        forget_library()


def test_five_hundred_at_the_office(
    school: tuple[Demonstration, Office], tmp_path: Path, record_property: Record
) -> None:
    """500 documents, two kills, one cut: each signed twice and released once; audit, OpenSSL and all promises hold."""
    demonstration, office = school
    start = time.monotonic()
    report = demonstration.installation.issue(SCHOOL, SCHOOL_YEAR)
    prepared = time.monotonic() - start
    wanted = CLASSES * STUDENTS
    assert (len(report.waiting), len(report.failed)) == (wanted, 0)
    runs = 0
    with Server(demonstration.data) as server, line_to(server.address, Disturbed) as line:
        line.begin()
        line.kill_server = server.kill_and_restart
        assert office.pair(demonstration, line.address).returncode == 0
        start = time.monotonic()
        while True:
            runs += 1
            agent = office.start("sign", typed=f"\n{PIN}\n")
            line.kill = agent.kill
            said, _ = agent.communicate(timeout=1200)
            if agent.returncode != -9:
                break
        signed = time.monotonic() - start
    assert (agent.returncode, runs, line.kills, server.kills) == (0, len(KILLS) + 1, [], 1), said
    assert "còn chờ 0; lỗi 0." in said
    again = sum(number - 1 for number in line.arrived.values())
    assert (len(line.arrived), line.cut_answers > 0) == (2 * wanted, True)
    # Twice came at most what was under way when somebody was killed or cut off.
    assert again <= len(KILLS) + line.cut_answers + server.kills
    installation = demonstration.installation
    rows = installation.register.all_issuances()
    students = [one.student_code for one in rows]
    assert len(students) == wanted + 1
    broken = [*check_left(installation), *check_finished(installation, students=students, checkpoints=[])]
    assert broken == []
    anchors, issued = demonstration.anchors, demonstration.data / "issued"
    for row in rows:
        pdf = released_path(issued, row).read_bytes()
        assert check_by_openssl(pdf, anchors, tmp_path, at=row.issued_at) == 2
    numbers = {
        "released": wanted,
        "signatures": len(line.arrived),
        "sent again": again,
        "kills": len(KILLS),
        "kills of the server": server.kills,
        "answers cut off": line.cut_answers,
        "runs of the agent": runs,
        "seconds to prepare": round(prepared),
        "seconds to sign and release": round(signed),
        "signatures a minute": round(60 * len(line.arrived) / signed),
    }
    record_property("at the office", numbers)

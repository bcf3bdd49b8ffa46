"""A batch that is issued by real processes while they are killed, their system calls fail, or their server dies.

Each run is `tests.support.issuing_process`, asked for the same documents by one key; what it prints is acknowledged.
Between runs what lies there is looked over, and at the end all of it (`tests.support.crash_checks`).
"""

from __future__ import annotations

import json
import os
import re
import secrets
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.demo import SCHOOL_YEAR, set_up
from service.installation import Installation
from service.sample import DEMO_SCHOOL, sample_class
from service.settings import SETTINGS_FILE
from service.storage.records import State
from tests.support.commands import run
from tests.support.crash_checks import check_finished, check_left, released_files
from tests.support.demonstration import Clock, Demonstration

ROOT = Path(__file__).parents[2]
KEY = "the-one-request"
_CLASS_SIZE = 40
_SECONDS = 600
_REFUSAL = re.compile(r"\[([a-z-]+)\]$", re.MULTILINE)


def present_time() -> datetime:
    """Return the present time in whole seconds, as the commands do."""
    return datetime.now(UTC).replace(microsecond=0)


@dataclass
class BatchUnderFire:
    """A batch, what was seen of it from outside, and how often it was disturbed."""

    data: Path
    students: tuple[str, ...]
    acknowledged: int = 0
    checkpoints: set[str] = field(default_factory=set)
    files: dict[str, str] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    @classmethod
    def make(cls, data: Path, *, students: int, database_url: str = "") -> BatchUnderFire:
        """Set up an installation and import so many students."""
        with pytest.MonkeyPatch.context() as patch:
            if database_url:
                patch.setenv("HOCBA_DATABASE_URL", database_url)
            installation = set_up(
                data, students=1, now=present_time, token_bytes=secrets.token_bytes, say=lambda _: None
            )
        if database_url:
            with (data / SETTINGS_FILE).open("a") as settings:
                settings.write(f"HOCBA_DATABASE_URL={database_url}\n")
        codes: list[str] = []
        for first in range(1, students + 1, _CLASS_SIZE):
            size = min(_CLASS_SIZE, students - first + 1)
            workbook = sample_class(size, class_name=f"6/{first}", first_student=first)
            result = installation.import_workbook(workbook, SCHOOL_YEAR, dry_run=False)
            if not result.ok:
                raise ValueError(result.complaints)
            codes += [row.learner.student_code for row in result.rows]
        installation.approve_as_demonstration(DEMO_SCHOOL[0].code, SCHOOL_YEAR)
        _close(installation)
        return cls(data, tuple(codes))

    def run(self, *prefix: str, disturb: Callable[[subprocess.Popen[bytes]], None] | None = None) -> str:
        """Ask once; returns `done`, `killed`, or the codes of the refusals.

        Args:
            prefix: what the process runs under, as strace and its options.
            disturb: called with the process as soon as it runs.
        """
        program = [sys.executable, "-m", "tests.support.issuing_process", str(self.data), KEY]
        said, cried = self.data.parent / "stdout", self.data.parent / "stderr"
        with said.open("wb") as stdout, cried.open("wb") as stderr:
            process = subprocess.Popen(
                [*prefix, *program], cwd=ROOT, stdout=stdout, stderr=stderr, start_new_session=True
            )
            if disturb is not None:
                disturb(process)
            deadline = time.monotonic() + _SECONDS
            while process.poll() is None:
                self._see_checkpoints()
                if time.monotonic() > deadline:
                    # With what runs under it: strace alone, killed, leaves its child running, with its locks.
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
                    return "hung"
                time.sleep(0.02)
        self._see_checkpoints()
        self.acknowledged += said.read_text().count("acknowledged ")
        self.counts["runs"] += 1
        errors = cried.read_text()
        if "Traceback" in errors:
            return errors
        # strace ends as its child did.
        return {0: "done", -9: "killed", 137: "killed"}.get(process.returncode) or ", ".join(
            sorted(set(_REFUSAL.findall(errors)))
        )

    def look(self) -> list[str]:
        """Return what is broken between two runs."""
        with self._opened() as installation:
            broken = check_left(installation, files=self.files)
            released = [one for one in installation.register.all_issuances() if one.state is State.RELEASED]
            self.files = released_files(installation.folder("issued"))
        if len(released) < self.acknowledged:
            broken.append(f"{self.acknowledged} acknowledged, {len(released)} released")
        return broken

    def finish(self) -> list[str]:
        """Ask until nothing is left to do, undisturbed, and once more; return what is broken at the end."""
        outcome = self.run()
        broken = [] if outcome == "done" else [f"undisturbed: {outcome}"]
        broken += self.look()
        files, checkpoint = self.files, self._checkpoint("record")
        self.run()
        broken += self.look()
        if (files, checkpoint) != (self.files, self._checkpoint("record")):
            broken.append("the repeated request made something new")
        with self._opened() as installation:
            broken += check_finished(installation, students=self.students, checkpoints=self.checkpoints)
        issued = sorted((self.data / "issued").iterdir())
        trusted = ("--trust", self.data / "trust-root.json", "--record", self.data / "record")
        verified = run("hocba-verify", *issued, *trusted, "--json")
        verdicts = Counter(json.loads(line)["verdict"] for line in verified.stdout.splitlines())
        if verified.returncode or verdicts != {"valid": len(self.students)}:
            broken.append(f"hocba-verify: {dict(verdicts)}")
        return broken

    def _see_checkpoints(self) -> None:
        for folder in ("record", "state"):
            self.checkpoints.add(self._checkpoint(folder))

    def _checkpoint(self, folder: str) -> str:
        return (self.data / folder / "checkpoint").read_text()

    @contextmanager
    def _opened(self) -> Iterator[Installation]:
        installation = Demonstration(self.data, Clock(present_time())).installation
        try:
            yield installation
        finally:
            _close(installation)


def _close(installation: Installation) -> None:
    installation.verifier.close()
    installation.database.dispose()

"""A disk of 64 MB that fills up in a batch: what is whole stays readable, and issuing goes on when there is space."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from schemas.errors import HocbaError
from service.demo import SCHOOL_YEAR, set_up
from service.installation import Installation
from service.sample import sample_class
from tests.support.commands import run
from tests.support.crash_checks import check_finished, check_left, released_files
from tests.support.demonstration import SCHOOL, Demonstration

STUDENTS = 6
_STEP = 48 * 1024


@dataclass(frozen=True, slots=True)
class SmallDisk:
    """A file system of its own, and a file that takes up its space."""

    folder: Path

    def fill(self) -> None:
        """Leave nothing."""
        with self._ballast.open("ab", buffering=0) as ballast:
            for size in (1024 * 1024, 4096, 1):
                with contextlib.suppress(OSError):
                    while ballast.write(bytes(size)) == size:
                        pass

    def free(self, size: int) -> None:
        """Leave at least so many bytes, where there are so many."""
        missing = size - shutil.disk_usage(self.folder).free
        if missing > 0:
            with self._ballast.open("r+b") as ballast:
                ballast.truncate(max(0, self._ballast.stat().st_size - missing))

    @property
    def _ballast(self) -> Path:
        return self.folder / "ballast"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """A disk of 64 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64m", "hocba-test", folder],
        check=False,
        capture_output=True,
        text=True,
    )
    if mounted.returncode:
        pytest.skip(f"only root may mount a small disk here: {mounted.stderr.strip()}")
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture
def demonstration(disk: SmallDisk) -> Demonstration:
    """Everybody imported and one student's document released, on a disk of 64 MB."""
    made = Demonstration(disk.folder / "data")
    installation = set_up(
        made.data, students=1, now=made.clock, token_bytes=secrets.token_bytes, say=lambda _: None
    )
    drafts = installation.import_workbook(sample_class(STUDENTS), SCHOOL_YEAR, dry_run=False).rows
    installation.approve_as_demonstration(SCHOOL, SCHOOL_YEAR)
    assert (
        len(installation.issue(SCHOOL, SCHOOL_YEAR, student_code=drafts[0].learner.student_code).released)
        == 1
    )
    installation.database.dispose()
    return made


def test_full_disk_is_said_in_one_sentence(disk: SmallDisk, demonstration: Demonstration) -> None:
    """With no space left the commands say so; whatever was released is verified as before."""
    disk.fill()
    year = ("--data", demonstration.data, "--year", SCHOOL_YEAR)
    for refused in (
        run("hocba", "issue", *year, "--all"),
        run("hocba", "record", "publish", "--data", demonstration.data),
    ):
        assert refused.returncode == 1
        assert "Đĩa đã đầy" in refused.stderr
        assert "[disk-full]" in refused.stderr
        assert "Traceback" not in refused.stderr
    (file,) = (demonstration.data / "issued").iterdir()
    trusted = ("--trust", demonstration.trust_file, "--record", demonstration.record)
    verified = run("hocba-verify", file, *trusted)
    assert verified.returncode == 0, verified.stdout


def test_no_space_for_what_readers_share_is_a_full_disk(
    disk: SmallDisk, demonstration: Demonstration
) -> None:
    """SQLite's file of shared memory, made when a process opens the database, finds no space: the same sentence."""
    demonstration.data.joinpath("hocba.sqlite3-shm").unlink(missing_ok=True)
    disk.fill()
    refused = run("hocba", "record", "publish", "--data", demonstration.data)
    assert "[disk-full]" in refused.stderr


def test_batch_on_a_full_disk(disk: SmallDisk, demonstration: Demonstration) -> None:
    """From no space at all upwards: each try ends as a full disk and leaves no half; at last everybody is issued."""
    installation = demonstration.installation
    students = [one.learner.student_code for one in installation.register.student_years(SCHOOL, SCHOOL_YEAR)]
    checkpoints = [(demonstration.record / "checkpoint").read_text()]
    outcomes: list[str] = []
    files: dict[str, str] = {}
    disk.fill()
    space = 0
    while not outcomes or outcomes[-1] != "done":
        outcomes.append(_issue(installation))
        checkpoints.append((demonstration.record / "checkpoint").read_text())
        assert check_left(installation, files=files) == []
        files = released_files(demonstration.data / "issued")
        disk.fill()
        space += _STEP
        disk.free(space)
        assert space < 10 * 1024 * 1024
    assert set(outcomes) == {"disk-full", "done"}
    assert check_finished(installation, students=students, checkpoints=checkpoints) == []


def _issue(installation: Installation) -> str:
    try:
        report = installation.issue(SCHOOL, SCHOOL_YEAR)
    except HocbaError as error:
        return error.code
    return ", ".join(sorted({str(one.failure_code) for one in report.failed})) or "done"

"""A crash, and what follows: the same request again and again, and what of the promises is broken then."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import pytest

from service import issuing
from service.demo import SCHOOL_YEAR, set_up
from service.installation import Installation
from service.issuing_tools import IssuingTools
from service.sample import DEMO_SCHOOL, sample_class
from service.settings import SETTINGS_FILE
from service.storage.log_store import LogStore
from tests.support.crash_checks import check_finished, check_left, released_files
from tests.support.crash_points import Ending, Plant, Stage, Stop, Warm, issue_in_child
from tests.support.demonstration import Clock, Demonstration
from tests.support.postgresql import PostgreSQL
from tests.support.power_cut import cut_power

_REFUSALS = ("disk-full", "disk-failing")
"""What a failing call is answered with."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """An installation with imported drafts and nothing issued; each trial has a copy."""

    folder: Path
    students: tuple[str, ...]
    clock: Clock
    warm: Warm | None = None
    server: PostgreSQL | None = None
    database: str = ""

    @classmethod
    def make(cls, folder: Path, *, students: int, server: PostgreSQL | None = None) -> Prepared:
        """Set up, import, and have typst set what the children need."""
        demonstration = Demonstration(folder / "data")
        database = server.new_database() if server else ""
        with pytest.MonkeyPatch.context() as patch:
            if database:
                patch.setenv("HOCBA_DATABASE_URL", database)
            installation = set_up(
                demonstration.data,
                students=1,
                now=demonstration.clock,
                token_bytes=secrets.token_bytes,
                say=lambda _: None,
            )
        drafts = installation.import_workbook(sample_class(students), SCHOOL_YEAR, dry_run=False).rows
        installation.approve_as_demonstration(DEMO_SCHOOL[0].code, SCHOOL_YEAR)
        codes = tuple(draft.learner.student_code for draft in drafts)
        installation.verifier.close()
        installation.database.dispose()
        known = cls(folder, codes, demonstration.clock, server=server, database=database)
        return replace(known, warm=Warm.by_issuing(known.copy(folder / "warm")))

    def stage(self) -> Stage:
        """Return a copy to be broken."""
        if self.warm is None:
            raise TypeError("children need what typst has set")
        folder = self.folder / secrets.token_hex(4)
        (folder / "aside").mkdir(parents=True)
        return Stage(self.copy(folder / "data").data, folder / "aside", self.clock, self.warm)

    def copy(self, data: Path) -> Demonstration:
        """Return a copy with a database of its own."""
        shutil.copytree(self.folder / "data", data)
        if self.server:
            with (data / SETTINGS_FILE).open("a") as settings:
                settings.write(f"HOCBA_DATABASE_URL={self.server.copy(self.database)}\n")
        return Demonstration(data, self.clock)

    def steps(self, plant: Plant | None = None) -> list[str]:
        """Return the steps of a run that nothing disturbs, in their order."""
        stage = self.stage()
        outcome = issue_in_child(stage, plant=plant)
        with stage.opened() as installation:
            broken = check_finished(
                installation, students=self.students, checkpoints=stage.evidence("checkpoint")
            )
        if outcome != "done" or broken:
            raise AssertionError(f"nothing disturbed it: {outcome}, {broken}")
        steps = stage.evidence("step")
        shutil.rmtree(stage.data.parent)
        return steps

    def trial(self, stops: Sequence[Stop], plant: Plant | None = None) -> list[str]:
        """Crash at each of the stops in turn, ask again until it is done, and return the broken promises."""
        stage = self.stage()
        broken = []
        for stop in stops:
            outcome = issue_in_child(stage, stop, plant)
            if outcome not in {"killed", "done", *_REFUSALS}:
                broken.append(f"stopped: {outcome}")
            if stop.ending is Ending.POWERLESS:
                cut_power(stage.aside)
            broken += _left(stage)
        broken += self._ask_again(stage)
        shutil.rmtree(stage.data.parent)
        return broken

    def _ask_again(self, stage: Stage) -> list[str]:
        broken = []
        if (outcome := issue_in_child(stage)) != "done":
            broken.append(f"asked again: {outcome}")
        # What has been acknowledged by now survives the power cut that comes next.
        cut_power(stage.aside)
        broken += _left(stage)
        with stage.opened() as installation:
            before = _everything(installation)
        if (outcome := issue_in_child(stage)) != "done":
            broken.append(f"asked a third time: {outcome}")
        with stage.opened() as installation:
            if _everything(installation) != before:
                broken.append("the repeated request made something new")
            broken += check_finished(
                installation, students=self.students, checkpoints=stage.evidence("checkpoint")
            )
        if len(set(stage.evidence("batch"))) != 1:
            broken.append("one idempotency key has several batches")
        return broken


def _left(stage: Stage) -> list[str]:
    with stage.opened() as installation:
        broken = check_left(
            installation,
            acknowledged=stage.evidence("acknowledged"),
            signed=stage.evidence("signed"),
            files={name: digest for seen in stage.evidence("files") for name, digest in seen.items()},
        )
        stage.note(files=released_files(installation.folder("issued")))
        return broken


def _everything(installation: Installation) -> tuple[object, ...]:
    record = installation.folder("record")
    return (
        [(one.id, one.state, one.log_index) for one in installation.register.all_issuances()],
        LogStore(installation.database).size,
        released_files(installation.folder("issued")),
        {path: sha256(path.read_bytes()).digest() for path in record.rglob("*") if path.is_file()},
    )


def in_chunks_of_one(plant: Plant | None = None) -> Plant:
    """Have a child issue one document at a time, so that two documents have a checkpoint each."""

    def planted(tools: IssuingTools) -> IssuingTools:
        issuing.CHUNK = 1
        return plant(tools) if plant else tools

    return planted

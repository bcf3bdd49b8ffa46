"""A signature that was acknowledged is there whatever stops the machine; one that was not is awaited as before."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from keys.keyring import DocumentRole
from service.demo import SCHOOL_YEAR
from service.sample import sample_class
from service.signers import brought_signatures
from service.signers.awaited_signatures import AwaitedItem, AwaitedSignatures
from service.signers.brought_signatures import BroughtSignatures
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.office import keep_certificate
from tests.support.power_cut import Disk, StepKind, cut_power


@dataclass(frozen=True, slots=True)
class Waiting:
    """A document that waits, and the value that the office has made for it."""

    work: Path
    item: AwaitedItem
    value: bytes

    def copy(self, folder: Path) -> Waiting:
        """Return a copy to be broken."""
        return Waiting(Path(shutil.copytree(self.work, folder / "data" / "work")), self.item, self.value)

    @property
    def brought(self) -> BroughtSignatures:
        """What was brought."""
        return BroughtSignatures(self.work)

    def bring(self) -> None:
        """Bring the value."""
        self.brought.bring(self.item.issuance.id, self.item.prepared.id, self.value, "one", now=0)

    @property
    def is_there(self) -> bool:
        """Whether the value is there, whole."""
        return self.brought.value(self.item.issuance.id, self.item.prepared) == self.value


@pytest.fixture
def waiting(demonstration: Demonstration) -> Waiting:
    """A document that waits for the principal."""
    installation = demonstration.installation
    workbook = sample_class(1, class_name="6B", first_student=101)
    assert installation.import_workbook(workbook, SCHOOL_YEAR, dry_run=False).ok
    key = keep_certificate(demonstration, DocumentRole.PRINCIPAL)
    installation.issue(SCHOOL, SCHOOL_YEAR, class_name="6B")
    work = demonstration.data / "work"
    awaited = AwaitedSignatures(installation.register, BroughtSignatures(work), demonstration.clock)
    (item,) = awaited.claim(SCHOOL, [one.issuance.id for one in awaited.all(SCHOOL)], "one")
    return Waiting(work, item, key.sign(item.prepared.signed_attributes_der))


def stopped_at(waiting: Waiting, folder: Path, step: int) -> str | None:
    """Bring the value in a child that loses its power before a step; returns what is broken, None past the last."""
    folder.mkdir(parents=True)
    (notes := folder / "notes").mkdir()
    place = waiting.copy(folder)
    _in_child(lambda: _bring(place, notes, step))
    is_acknowledged = (notes / "acknowledged").exists()
    cut_power(notes)
    if is_acknowledged:
        return None if place.is_there else "acknowledged and lost"
    if not place.is_there and place.brought.awaited(place.item.issuance.id) is None:
        return f"before step {step}: neither there nor awaited"
    place.bring()
    return "" if place.is_there else f"before step {step}: brought again and not there"


def _bring(place: Waiting, notes: Path, step: int) -> None:
    count = 0

    def before(_: StepKind, __: str) -> None:
        nonlocal count
        count += 1
        if count == step:
            disk.save()
            os.kill(os.getpid(), signal.SIGKILL)

    disk = Disk(place.work.parent, notes, before=before, renamed=lambda _: None)
    disk.install()
    place.bring()
    disk.save()
    (notes / "acknowledged").touch()


def _in_child(act: Callable[[], None]) -> None:
    child = os.fork()
    if child == 0:
        status = 1
        try:
            act()
            status = 0
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    assert status in {0, signal.SIGKILL}


def every_stop(waiting: Waiting, folder: Path) -> list[str | None]:
    """Stop before each step in turn, and once after the last."""
    found: list[str | None] = []
    while not found or found[-1] == "":
        found.append(stopped_at(waiting, folder / str(len(found)), len(found) + 1))
    return found


def test_acknowledged_is_durable(waiting: Waiting, tmp_path: Path) -> None:
    """Without power before any step, the value is there or awaited; acknowledged, it is there."""
    found = every_stop(waiting, tmp_path / "stops")
    assert found == [""] * (len(found) - 1) + [None]
    assert len(found) == 4  # fsync of the file, rename, fsync of the folder; undisturbed


def test_missing_fsync_is_noticed(waiting: Waiting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A value that is acknowledged before it is on the disk is found to be lost."""

    def write(path: Path, content: bytes, *, mode: int) -> None:
        path.with_suffix(".new").write_bytes(content)
        path.with_suffix(".new").rename(path)
        path.chmod(mode)

    monkeypatch.setattr(brought_signatures, "replace_file", write)
    assert "acknowledged and lost" in every_stop(waiting, tmp_path / "stops")

"""The mirror: what it brings, what it refuses, and what is left when it is killed."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from schemas.errors import Text
from schemas.record.tiles import CHECKPOINT_PATH
from tests.support.commands import BIN, run
from tests.support.demonstration import Demonstration
from tests.support.record import NOW, digest
from tests.support.record_server import put, served
from tests.support.trust_roots import FAR, signed
from tests.support.whole_record import (
    WholeRecord,
    document,
    filler,
    odd_note,
    vector_trust_root,
)
from verify import files, mirror
from verify.audit import audit_record
from verify.findings import VerifyError
from verify.mirror import MirrorReport, update_mirror
from verify.record_reader import RecordReader
from verify.verifier import Verifier

TRUST = vector_trust_root()


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    """The folder that the origin serves."""
    return tmp_path / "origin"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The mirror's folder."""
    return tmp_path / "copy"


@pytest.fixture
def address(origin: Path) -> Iterator[str]:
    """Where the origin serves."""
    origin.mkdir()
    with served(origin) as address:
        yield address


def contents(folder: Path) -> dict[str, bytes]:
    """Return a record's files by path."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".") and "refused" not in path.parts
    }


def record(entries: int) -> WholeRecord:
    """Return a record with a document, so many others, and a status list."""
    made = WholeRecord()
    made.issue(document("one"))
    made.add(*filler(entries))
    made.publish_list()
    return made


def test_brings_what_is_new_and_nothing_twice(origin: Path, copy: Path, address: str) -> None:
    """Grown over several bundles, the copy is the record, and every size in between verifies."""
    growing = record(0)
    report = MirrorReport(0, 0, None)
    for more in (0, 3, 250, 300):
        growing.add(*filler(more))
        growing.publish_list()
        put(origin, growing.files())
        report = update_mirror(address, copy, TRUST)
        assert report.size == len(growing.entries)
        assert (copy / CHECKPOINT_PATH).read_bytes() == (origin / CHECKPOINT_PATH).read_bytes()
    assert (
        contents(copy).items()
        >= {
            path: data for path, data in growing.files().items() if not path.startswith("status-list")
        }.items()
    )
    again = update_mirror(address, copy, TRUST)
    assert (again.old_size, again.size) == (report.size, report.size)


def test_static_copy_verifies_with_the_issuing_service_gone(released: Demonstration, tmp_path: Path) -> None:
    """Mirrored, then served by a plain static server: a file verifies through it, with the record's age."""
    copy = tmp_path / "copy"
    with served(released.record) as address:
        shown = run("hocba-verify", "mirror", "--from", address, "--to", copy, "--trust", released.trust_file)
        assert shown.returncode == 0, shown.stderr
    (file, *_) = sorted((released.data / "issued").glob("*.pdf"))
    with served(copy) as address:
        answered = run("hocba-verify", file, "--trust", released.trust_file, "--record", address, "--json")
    assert answered.returncode == 0
    assert json.loads(answered.stdout)["record"]["record_time"] is not None


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("smaller", "record-rolled-back"),
        ("forked", "record-inconsistent"),
        ("forked-and-smaller", "record-inconsistent"),
        ("forked-at-the-same-size", "record-inconsistent"),
    ],
)
def test_rewritten_record_is_refused_with_evidence(
    origin: Path, copy: Path, address: str, name: str, code: str
) -> None:
    """A smaller record, another history: refused, the signed note kept, the copy unchanged."""
    honest = record(10)
    put(origin, honest.files())
    update_mirror(address, copy, TRUST)
    before = contents(copy)
    if name == "smaller":
        note = WholeRecord(entries=honest.entries[:8]).files(time=NOW + 60)
    else:
        length = {"forked": 30, "forked-and-smaller": 5}.get(name, len(honest.entries) - 6)
        fork = WholeRecord(entries=[*honest.entries[:6], *filler(40)[-length:]])
        note = fork.files(time=NOW + 60)
    shutil.rmtree(origin)
    put(origin, note)
    with pytest.raises(VerifyError) as refusal:
        update_mirror(address, copy, TRUST)
    assert refusal.value.code == code
    assert contents(copy) == before
    (evidence,) = (copy / "refused").iterdir()
    assert evidence.read_bytes() == note[CHECKPOINT_PATH]
    # What was good stays good, and goes on when the origin comes to its senses.
    honest.add(*filler(20))
    shutil.rmtree(origin)
    put(origin, honest.files(time=NOW + 120))
    assert update_mirror(address, copy, TRUST).size == len(honest.entries)


@pytest.mark.parametrize("name", ["root", "bundle", "first-time"])
def test_damage_is_no_accusation(origin: Path, copy: Path, address: str, name: str) -> None:
    """Entries that do not give the signed root prove no other past: nothing is kept, and the copy stays."""
    honest = record(10)
    put(origin, honest.files())
    if name != "first-time":
        update_mirror(address, copy, TRUST)
    before = contents(copy) if copy.exists() else {}
    honest.add(*filler(300))
    good = honest.files()
    damaged = dict(good)
    if name == "root":
        damaged[CHECKPOINT_PATH] = odd_note(len(honest.entries), digest("another root"))
    else:
        bundle = damaged["tile/entries/000"]
        damaged["tile/entries/000"] = bundle[:-1] + bytes([bundle[-1] ^ 1])
    put(origin, damaged)
    with pytest.raises(VerifyError) as refusal:
        update_mirror(address, copy, TRUST)
    assert refusal.value.code == "record-damaged"
    assert contents(copy) == before
    assert not (copy / "refused").exists()
    put(origin, good)
    assert update_mirror(address, copy, TRUST).size == len(honest.entries)


def test_wrong_leftover_of_an_update_is_fetched_again(origin: Path, copy: Path, address: str) -> None:
    """What an interrupted update left is no more believed than what the origin sends, and blamed on nobody."""
    growing = record(10)
    put(origin, growing.files())
    update_mirror(address, copy, TRUST)
    growing.add(*filler(600))
    put(origin, growing.files())
    (copy / "tile" / "entries" / "000").write_bytes(growing.files()["tile/entries/000"][:-7])
    (copy / "tile" / "entries" / "001").write_bytes(growing.files()["tile/entries/000"])
    assert update_mirror(address, copy, TRUST).size == len(growing.entries)
    assert contents(copy)["tile/entries/001"] == growing.files()["tile/entries/001"]


def test_withheld_list_holds_back_no_revocation(origin: Path, copy: Path, address: str) -> None:
    """An origin that does not give a status list cannot keep the log's entries from readers; it is asked again."""
    growing = record(0)
    put(origin, growing.files())
    update_mirror(address, copy, TRUST)
    growing.publish_list()
    put(origin, growing.files())
    withheld = origin / "status-list" / "1" / "2"
    data = withheld.read_bytes()
    withheld.write_bytes(b"something else")
    report = update_mirror(address, copy, TRUST)
    assert (report.size, report.missing) == (len(growing.entries), ("status-list/1/2",))
    withheld.write_bytes(data)
    assert update_mirror(address, copy, TRUST).missing == ()
    assert (copy / "status-list" / "1" / "2").read_bytes() == data


def test_full_bundle_serves_for_a_partial_one(origin: Path, copy: Path, address: str) -> None:
    """An origin may let go of partial bundles once they are full; an older checkpoint is still mirrored."""
    growing = record(10)
    old = growing.files()
    growing.add(*filler(300))
    put(origin, {**growing.files(), CHECKPOINT_PATH: old[CHECKPOINT_PATH]})
    assert update_mirror(address, copy, TRUST).size == len(record(10).entries)
    assert len(contents(copy)["tile/entries/000.p/" + str(len(record(10).entries))]) < len(
        growing.files()["tile/entries/000"]
    )


def test_partial_files_do_not_pile_up(origin: Path, copy: Path, address: str) -> None:
    """Updated often, the copy keeps the partial files of the last two checkpoints and lets go of older ones."""
    growing = record(0)
    for _ in range(6):
        growing.add(*filler(1))
        put(origin, growing.files())
        update_mirror(address, copy, TRUST)
    widths = sorted(int(path.name) for path in (copy / "tile" / "entries" / "000.p").iterdir())
    assert widths == [len(growing.entries) - 1, len(growing.entries)]


def test_readers_see_whole_states_alone(origin: Path, copy: Path, address: str) -> None:
    """Somebody who reads the folder all the time meets one checkpoint after another, each with all its files."""
    growing = record(200)
    put(origin, growing.files())
    update_mirror(address, copy, TRUST)
    reader, sizes, done = RecordReader(copy, TRUST), [len(growing.entries)], threading.Event()
    alarms: list[Text] = []
    seen: list[int] = []

    def read() -> None:
        while not done.is_set():
            view = reader.view()
            seen.append(view.size)
            alarms.extend(view.alarms)
            # A reader that starts just now has nothing to fall back on.
            seen.append(RecordReader(copy, TRUST).view().size)

    with ThreadPoolExecutor(1) as threads:
        reading = threads.submit(read)
        for more in (1, 30, 60, 1, 200, 300):
            growing.add(*filler(1000)[:more])
            put(origin, growing.files())
            sizes.append(update_mirror(address, copy, TRUST).size)
        done.set()
        reading.result()
    assert alarms == []
    assert set(seen) <= set(sizes)
    assert len(set(seen)) > 2


def test_kill_9_at_any_time_leaves_a_folder_that_verifies(origin: Path, copy: Path, tmp_path: Path) -> None:
    """The real command, killed at one moment after another: what is there is a whole record, and it is completed."""
    growing = record(300)
    put(tmp_path / "small", growing.files())
    growing.add(*filler(6000)[300:])
    growing.publish_list()
    put(origin, growing.files())
    trust = tmp_path / "trust-root.json"
    trust.write_bytes(signed(TRUST.model_copy(update={"expires": FAR})))
    with served(origin) as address:
        command = [str(BIN / "hocba-verify"), "mirror"]
        command += ["--from", address, "--to", str(copy), "--trust", str(trust)]
        with served(tmp_path / "small") as small:
            update_mirror(small, copy, TRUST)
        before, killed = (copy / CHECKPOINT_PATH).read_bytes(), 0
        for wanted in (1, 3, 6, 10, 15, 20):
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
            while process.poll() is None and len(list((copy / "tile" / "entries").glob("0??"))) < wanted:
                time.sleep(0.001)
            process.kill()
            killed += process.wait() == -signal.SIGKILL
            differences = audit_record(copy, TRUST, now=dt.datetime.fromtimestamp(NOW, dt.UTC)).differences
            assert differences == ()
        assert killed >= 3
        assert (copy / CHECKPOINT_PATH).read_bytes() == before
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    assert (copy / CHECKPOINT_PATH).read_bytes() == (origin / CHECKPOINT_PATH).read_bytes()
    assert audit_record(copy, TRUST, now=dt.datetime.fromtimestamp(NOW, dt.UTC)).differences == ()


@pytest.mark.parametrize("stop_at", range(1, 9))
def test_killed_anywhere_leaves_a_folder_that_verifies(
    origin: Path, copy: Path, address: str, stop_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped before any of its writes, the copy is the old record; the next update completes it."""
    growing = record(250)
    put(origin, growing.files())
    update_mirror(address, copy, TRUST)
    old = (copy / CHECKPOINT_PATH).read_bytes()
    growing.add(*filler(270))
    growing.publish_list()
    put(origin, growing.files())
    real, count = files.replace_file, 0

    def replace_or_stop(path: Path, data: bytes) -> None:
        nonlocal count
        count += 1
        if count == stop_at:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.with_name(f".{path.name}.tmp").write_bytes(data[: len(data) // 2])
            raise KeyboardInterrupt
        real(path, data)

    with monkeypatch.context() as patch:
        patch.setattr(mirror, "replace_file", replace_or_stop)
        try:
            update_mirror(address, copy, TRUST)
        except KeyboardInterrupt:
            assert (copy / CHECKPOINT_PATH).read_bytes() == old
    verifier = Verifier(TRUST, copy, now=lambda: dt.datetime.fromtimestamp(NOW, dt.UTC))
    verifier.check_record()
    verifier.close()
    assert update_mirror(address, copy, TRUST).size == len(growing.entries)
    assert (
        contents(copy).items()
        >= {
            path: data for path, data in growing.files().items() if not path.startswith("status-list")
        }.items()
    )


def test_damaged_copy_is_told_from_a_bad_origin(origin: Path, copy: Path, address: str) -> None:
    """Where the copy's own files do not give its checkpoint, it says so; tiles alone are made anew from the entries."""
    growing = record(10)
    put(origin, growing.files())
    update_mirror(address, copy, TRUST)
    for tile in (copy / "tile" / "0").rglob("*"):
        if tile.is_file():
            tile.write_bytes(bytes(len(tile.read_bytes())))
    growing.add(*filler(2))
    put(origin, growing.files())
    assert update_mirror(address, copy, TRUST).size == len(growing.entries)
    for bundle in (copy / "tile").rglob("*"):
        if bundle.is_file():
            bundle.write_bytes(b"")
    growing.add(*filler(1))
    put(origin, growing.files())
    with pytest.raises(VerifyError) as refusal:
        update_mirror(address, copy, TRUST)
    assert refusal.value.code == "mirror-damaged"

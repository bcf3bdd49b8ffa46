"""The audit of a record: nothing to say of a sound one, and a name for whatever somebody changed."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from schemas.record.entry import format_entry
from schemas.record.tiles import CHECKPOINT_PATH
from tests.support.commands import run
from tests.support.demonstration import Demonstration
from tests.support.record import NOW, revoked
from tests.support.record_server import put
from tests.support.whole_record import WholeRecord, document, filler, vector_trust_root
from verify.audit import audit_record

AT = dt.datetime.fromtimestamp(NOW, dt.UTC)


def codes(folder: Path, *, at: dt.datetime = AT) -> list[str]:
    """Return the codes of what the audit finds."""
    return [one.code for one in audit_record(folder, vector_trust_root(), now=at).differences]


@pytest.fixture
def record() -> WholeRecord:
    """Return a record over several bundles with a status list."""
    made = WholeRecord()
    made.issue(document("one"))
    made.add(*filler(600))
    made.publish_list()
    return made


def test_sound_record_has_no_difference(record: WholeRecord, tmp_path: Path) -> None:
    """Every entry, tile and list is read, and nothing is said."""
    put(tmp_path, record.files())
    report = audit_record(tmp_path, vector_trust_root(), now=AT)
    assert report.differences == ()
    assert (report.entries, report.lists) == (len(record.entries), 1)
    assert report.tiles == len(record.log.tiles)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("tile/0/000", {"audit-tile"}),
        ("tile/1/000.p/2", {"audit-tile"}),
        ("tile/entries/001", {"audit-tile", "audit-root"}),
        ("status-list/1/1", {"audit-list", "audit-list-unusable"}),
    ],
)
def test_changed_byte_is_named(record: WholeRecord, tmp_path: Path, path: str, expected: set[str]) -> None:
    """One bit of any file: the audit names that file."""
    files = record.files()
    data = files[path]
    put(tmp_path, {**files, path: data[:-1] + bytes([data[-1] ^ 1])})
    report = audit_record(tmp_path, vector_trust_root(), now=AT)
    assert {one.code for one in report.differences if one.code.startswith("audit-")} == expected
    assert any(path in one.where or one.code == "audit-root" for one in report.differences)


@pytest.mark.parametrize("path", ["tile/0/001", "tile/entries/000", "status-list/1/1"])
def test_missing_file_is_named(record: WholeRecord, tmp_path: Path, path: str) -> None:
    """A file that is not there is a difference, not a crash."""
    put(tmp_path, record.files())
    (tmp_path / path).unlink()
    report = audit_record(tmp_path, vector_trust_root(), now=AT)
    assert any(one.where == path for one in report.differences)


def test_partial_file_of_an_earlier_size_is_read_too(record: WholeRecord, tmp_path: Path) -> None:
    """Whoever still reads by an older checkpoint would meet it."""
    put(tmp_path, record.files())
    whole = (tmp_path / "tile/0/000").read_bytes()
    put(tmp_path, {"tile/0/000.p/3": whole[:96]})
    assert codes(tmp_path) == []
    put(tmp_path, {"tile/0/000.p/3": whole[:95] + bytes([whole[95] ^ 1]), "tile/entries/000.p/2": b"rubbish"})
    assert sorted(codes(tmp_path)) == ["audit-bundle", "audit-tile"]


def test_file_that_belongs_to_nothing_is_named(record: WholeRecord, tmp_path: Path) -> None:
    """A list that the log does not name, and a file nobody asked for."""
    put(tmp_path, {**record.files(), "status-list/1/9": b"later", "note.txt": b"hello"})
    assert codes(tmp_path) == ["audit-file", "audit-file"]


def test_status_list_rolled_back_is_named(tmp_path: Path) -> None:
    """An older list, signed and all, in the place of the newest: a revocation would disappear."""
    record = WholeRecord()
    record.issue(document("one"))
    record.publish_list()
    record.publish_list()
    files = record.files()
    put(tmp_path, {**files, "status-list/1/2": files["status-list/1/1"]})
    assert set(codes(tmp_path)) == {"audit-list", "audit-list-unusable"}


def test_entry_that_counts_for_nothing_is_named(record: WholeRecord, tmp_path: Path) -> None:
    """A revocation of what is not there has its index and its reason."""
    index = record.add(format_entry(revoked(len(record.entries) + 5)))
    record.publish_list()
    put(tmp_path, record.files())
    (found,) = audit_record(tmp_path, vector_trust_root(), now=AT).differences
    assert found.where == f"#{index}"


def test_stale_checkpoint_is_named(record: WholeRecord, tmp_path: Path) -> None:
    """Nobody signed the time for a month."""
    put(tmp_path, record.files())
    late = AT + dt.timedelta(days=30)
    assert {"audit-stale", "audit-list-unusable"} == set(codes(tmp_path, at=late))


def test_command_tells_by_its_exit_code(demonstration: Demonstration) -> None:
    """0 for a sound record, 1 where something differs, 20 where nothing can be compared; one sentence each."""
    options = ("--record", demonstration.record, "--trust", demonstration.trust_file)
    sound = run("hocba-verify", "audit", *options, "--json")
    assert (sound.returncode, json.loads(sound.stdout)["differences"]) == (0, [])
    tile = next(path for path in (demonstration.record / "tile" / "0").rglob("*") if path.is_file())
    tile.write_bytes(bytes(len(tile.read_bytes())))
    differs = run("hocba-verify", "audit", *options)
    assert differs.returncode == 1
    assert "[audit-tile]" in differs.stdout
    (demonstration.record / CHECKPOINT_PATH).unlink()
    nothing = run("hocba-verify", "audit", *options)
    assert nothing.returncode == 20
    assert "Traceback" not in nothing.stderr

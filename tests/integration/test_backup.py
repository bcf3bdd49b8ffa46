"""A backup made while documents are issued comes back whole, signs nothing until reconciled, and forks nothing."""

from __future__ import annotations

import errno
import io
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from schemas.errors import HocbaError
from schemas.record.entry import leaf_hash
from schemas.record.merkle import Frontier
from schemas.verdict import VerdictCode
from service.backup import making
from service.backup.contents import contents
from service.backup.last import last_backup
from service.demo import SCHOOL_YEAR
from service.errors import DiskFullError
from service.installation import Installation
from service.record.reconciling_outside import reconcile_outside
from service.record.sequencer import RESTORED_FILE
from service.sample import sample_class
from service.storage.dumping import snapshot
from service.storage.records import Standing, State
from tests.support.backups import Opened, backed_up, restored
from tests.support.changes import revoke
from tests.support.commands import BIN, run
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.postgresql import PostgreSQL, closing_engines, running_server
from tests.support.record_server import served
from verify.record_reader import read_entries


def issue_class(demonstration: Demonstration, name: str = "6B", first: int = 101) -> None:
    """Import two more students, and issue for them."""
    workbook = sample_class(2, class_name=name, first_student=first)
    installation = demonstration.installation
    assert installation.import_workbook(workbook, SCHOOL_YEAR, dry_run=False).ok
    assert len(installation.issue(SCHOOL, SCHOOL_YEAR, class_name=name).released) == 2


def mirrored(demonstration: Demonstration, folder: Path) -> Path:
    """Copy the public record, as a mirror has it."""
    shutil.copytree(demonstration.record, folder)
    return folder


def reconciled(copy: Demonstration, where: Path | str) -> int:
    """Reconcile with a mirror and publish; returns how many entries came back."""
    installation = copy.installation
    found = reconcile_outside(installation, str(where), dry_run=False)
    installation.publish()
    return found.reconciled.entries


def refusal(act: Callable[[], object]) -> str:
    """Return the code of a refusal."""
    with pytest.raises(HocbaError) as refused:
        act()
    return refused.value.code


def rows(installation: Installation) -> dict[str, list[bytes]]:
    """Return every row of the database, sorted."""
    found = {}
    with snapshot(installation.database) as database:
        for table in database.tables:
            file = io.BytesIO()
            database.write(table, file)
            found[table] = sorted(file.getvalue().splitlines())
    return found


def test_restored_copy_is_the_same_and_verifies_everything(
    demonstration: Demonstration, tmp_path: Path
) -> None:
    """Every row, every document and the record are as they were; each document is valid by the copy alone."""
    copy = restored(demonstration, backed_up(demonstration, tmp_path / "one.age"), tmp_path / "copy")
    assert rows(copy.installation) == rows(demonstration.installation)
    for number in range(3):
        assert copy.pdf(number) == demonstration.pdf(number)
        assert copy.verify(copy.pdf(number)).verdict is VerdictCode.VALID
    assert copy.installation.audit().differences == ()


def test_copy_signs_nothing_until_it_is_reconciled(demonstration: Demonstration, tmp_path: Path) -> None:
    """No checkpoint, no document, no revocation, no packs; nothing is reserved; each refusal says what to do."""
    copy = restored(demonstration, backed_up(demonstration, tmp_path / "one.age"), tmp_path / "copy")
    before = rows(copy.installation)
    files = {path: path.read_bytes() for path in copy.record.rglob("*") if path.is_file()}
    workbook = sample_class(2, class_name="6B", first_student=101)
    for act in (
        copy.installation.publish,
        copy.installation.sequencer.publish_packs,
        lambda: copy.installation.reconcile(dry_run=False),
        lambda: copy.installation.issue(SCHOOL, SCHOOL_YEAR),
        lambda: revoke(copy),
    ):
        assert refusal(act) == "restored-unreconciled"
    after = rows(copy.installation)
    assert {table for table in before if before[table] != after[table]} <= {"changes"}
    assert files == {path: path.read_bytes() for path in copy.record.rglob("*") if path.is_file()}
    assert copy.installation.import_workbook(workbook, SCHOOL_YEAR, dry_run=False).ok
    said = run("hocba", "record", "publish", "--data", copy.data)
    assert said.returncode == 1
    assert "hocba record reconcile --from" in said.stderr


@pytest.mark.parametrize(
    "moment", ["before the tables", "after the tables", "within the record", "within issued"]
)
def test_backup_while_a_class_is_issued_comes_back_without_a_fork(
    demonstration: Demonstration, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """Whatever of the class the backup caught: the copy takes over the record that the world saw, and goes on."""

    def interrupted(installation: Installation, **at: Any) -> Iterator[tuple[str, BinaryIO]]:
        started = False
        for name, file in contents(installation, **at):
            reached = {
                "before the tables": name == "backup.json",
                "after the tables": name == "state/checkpoint",
                "within the record": name.startswith("record/tile/"),
                "within issued": name.startswith("issued/"),
            }[moment]
            if reached and not started:
                started = True
                issue_class(demonstration)
            yield name, file
        assert started

    monkeypatch.setattr(making, "contents", interrupted)
    archive = backed_up(demonstration, tmp_path / "one.age")
    monkeypatch.undo()
    issue_class(demonstration, "6C", 201)
    revoke(demonstration)
    mirror = mirrored(demonstration, tmp_path / "mirror")
    size = demonstration.installation.sequencer.signed_checkpoint().size

    copy = restored(demonstration, archive, tmp_path / "copy")
    # What was issued while the backup ran may be newer than its record: not confirmed yet, and never refused.
    files = [pdf.read_bytes() for pdf in sorted((copy.data / "issued").glob("*.pdf"))]
    assert all(copy.verify(pdf).verdict in {VerdictCode.VALID, VerdictCode.UNCONFIRMED} for pdf in files)
    assert all(copy.verify(demonstration.pdf(number)).verdict is VerdictCode.VALID for number in range(3))
    assert refusal(copy.installation.publish) == "restored-unreconciled"
    assert reconciled(copy, mirror) > 0
    told = [copy.verify(pdf).verdict for pdf in files]
    assert sorted(told) == sorted([VerdictCode.VALID] * (len(files) - 1) + [VerdictCode.REVOKED])
    # Everything that the world saw is in the copy, and what it knows of stands as the world knows it.
    assert copy.issuances()[0].standing is Standing.REVOKED
    issue_class(copy, "6D", 301)
    checkpoint = copy.installation.sequencer.signed_checkpoint()
    assert checkpoint.size > size
    entries = read_entries(copy.record, 0, checkpoint.size)
    assert entries[:size] == read_entries(mirror, 0, size)
    assert Frontier().append([leaf_hash(one) for one in entries]).frontier.root() == checkpoint.root
    assert all(one.state is State.RELEASED for one in copy.issuances())
    forgotten = {"audit-entry-unapproved", "audit-file-stranger", "audit-file-missing"}
    assert {one.code for one in copy.installation.audit().differences} <= forgotten


def test_backup_beside_a_process_that_issues(demonstration: Demonstration, tmp_path: Path) -> None:
    """Made again and again while another process issues a class: each one comes back and is reconciled."""
    workbook = sample_class(12, class_name="6B", first_student=101)
    assert demonstration.installation.import_workbook(workbook, SCHOOL_YEAR, dry_run=False).ok
    demonstration.clock.catch_up()
    demonstration.installation.approve(SCHOOL, SCHOOL_YEAR)
    told = ["--data", str(demonstration.data), "--class", "6B", "--year", SCHOOL_YEAR]
    command = [str(BIN / "hocba"), "issue", *told]
    archives: list[Path] = []
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as issuing:
        while issuing.poll() is None:
            archives.append(backed_up(demonstration, tmp_path / f"{len(archives)}.age"))
    assert issuing.returncode == 0
    demonstration.clock.catch_up()
    mirror = mirrored(demonstration, tmp_path / "mirror")
    for archive in (archives[0], archives[len(archives) // 2], archives[-1]):
        copy = restored(demonstration, archive, tmp_path / f"copy-{archive.stem}")
        reconciled(copy, mirror)
        copy.installation.issue(SCHOOL, SCHOOL_YEAR, class_name="6B")
        size = demonstration.installation.sequencer.signed_checkpoint().size
        assert read_entries(copy.record, 0, size) == read_entries(mirror, 0, size)


def test_nothing_secret_is_inside(demonstration: Demonstration, tmp_path: Path) -> None:
    """No key, passphrase, session key or token of this place is anywhere in the archive, in no spelling of its file."""
    opened = Opened.of(backed_up(demonstration, tmp_path / "one.age"))
    public = {demonstration.data / "keys" / "anchors"}
    hidden = [
        path
        for path in (*(demonstration.data / "keys").rglob("*"), *demonstration.data.glob("*"))
        if path.is_file()
        and path.parent not in public
        and path.stat().st_mode & 0o777 == 0o600
        and not path.name.startswith("hocba.sqlite3")
    ]
    assert {path.name for path in hidden} >= {
        "passphrase",
        "session-key",
        "api-token",
        "log.pem",
        f"{SCHOOL}.p12",
    }
    everything = b"".join(opened.files.values())
    for path in hidden:
        assert path.read_bytes().strip() not in everything, path
    assert b"PRIVATE KEY" not in everything
    roots = {name.partition("/")[0] for name in opened.files}
    assert roots <= {
        *("backup.json", "database", "state", "record", "work", "issued", "images", "uploads"),
        *("trust-root.json", "settings.env"),
    }


def test_database_password_is_left_out(demonstration: Demonstration, tmp_path: Path) -> None:
    """The settings come along without the address of the database."""
    settings = demonstration.data / "hocba.env"
    opened = Opened.of(backed_up(demonstration, tmp_path / "one.age"))
    kept = [line for line in settings.read_bytes().splitlines() if b"SESSION_KEY" not in line]
    assert opened.files["settings.env"].splitlines() == kept
    with settings.open("a") as file:
        file.write("HOCBA_DATABASE_URL=\n")
    assert (
        b"DATABASE_URL" not in Opened.of(backed_up(demonstration, tmp_path / "two.age")).files["settings.env"]
    )


def test_interrupted_backup_leaves_nothing(
    demonstration: Demonstration, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped within, or on a full disk: no file under the name nor beside it, and no backup is noted."""

    def stopped(installation: Installation, **at: Any) -> Iterator[tuple[str, BinaryIO]]:
        for name, file in contents(installation, **at):
            if name.startswith("issued/"):
                raise KeyboardInterrupt
            yield name, file

    def full(_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    (tmp_path / "out").mkdir()
    for target, name, broken, expected in (
        (making, "contents", stopped, KeyboardInterrupt),
        (os, "fsync", full, DiskFullError),
    ):
        with monkeypatch.context() as breaking:
            breaking.setattr(target, name, broken)
            with pytest.raises(expected):
                backed_up(demonstration, tmp_path / "out" / "one.age")
        assert list((tmp_path / "out").iterdir()) == []
    assert last_backup(demonstration.data / "state") is None
    backed_up(demonstration, tmp_path / "out" / "one.age")
    assert last_backup(demonstration.data / "state") == demonstration.clock()
    assert refusal(lambda: backed_up(demonstration, tmp_path / "out" / "one.age")) == "backup-exists"


def test_mirror_that_tells_nothing_is_refused(demonstration: Demonstration, tmp_path: Path) -> None:
    """One older than the backup, the copy's own record, and one with another past; the copy stays as it was."""
    old = mirrored(demonstration, tmp_path / "old")
    revoke(demonstration)
    archive = backed_up(demonstration, tmp_path / "one.age")
    copy = restored(demonstration, archive, tmp_path / "copy")
    assert refusal(lambda: reconciled(copy, old)) == "mirror-behind"
    assert refusal(lambda: reconciled(copy, copy.record)) == "mirror-own"
    # The same keys signed another past elsewhere, longer than this one.
    other = restored(demonstration, archive, tmp_path / "other")
    reconciled(other, mirrored(demonstration, tmp_path / "equal"))
    issue_class(other)
    issue_class(demonstration, "6C", 201)
    issue_class(demonstration, "6D", 301)
    second = restored(other, backed_up(other, tmp_path / "two.age"), tmp_path / "second")
    assert refusal(lambda: reconciled(second, mirrored(demonstration, tmp_path / "fork"))) == "log-rewritten"
    assert copy.installation.sequencer.is_restored
    assert second.installation.sequencer.is_restored


def test_copy_is_reconciled_with_an_address(
    demonstration: Demonstration, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the command, with the mirror that the settings name: what was issued since is back, and it publishes again."""
    archive = backed_up(demonstration, tmp_path / "one.age")
    issue_class(demonstration)
    copy = restored(demonstration, archive, tmp_path / "copy")
    with served(mirrored(demonstration, tmp_path / "mirror")) as address:
        monkeypatch.setenv("HOCBA_MIRROR", address)
        dry = run("hocba", "record", "reconcile", "--data", copy.data, "--dry-run")
        assert dry.stderr == ""
        assert copy.installation.sequencer.is_restored
        done = run("hocba", "record", "reconcile", "--data", copy.data)
    assert done.stderr == ""
    assert "2 mục / entries" in done.stdout
    assert not (copy.data / "state" / RESTORED_FILE).exists()
    copy.clock.catch_up()  # the command published by the real clock
    assert copy.verify(demonstration.pdf(3)).verdict is VerdictCode.VALID


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[PostgreSQL]:
    """A PostgreSQL server."""
    with closing_engines(monkeypatch) as opening, running_server() as server:
        monkeypatch.setattr("service.backup.restoring.open_server", opening)
        monkeypatch.setattr("service.setting_up.open_server", opening)
        yield server


def test_backup_goes_from_either_database_to_either(
    demonstration: Demonstration, tmp_path: Path, server: PostgreSQL
) -> None:
    """SQLite to PostgreSQL to SQLite: every row is the same, and new rows get numbers of their own."""
    mirror = mirrored(demonstration, tmp_path / "mirror")
    address = server.new_database()
    first = backed_up(demonstration, tmp_path / "one.age")
    there = restored(demonstration, first, tmp_path / "there", database_url=address)
    assert rows(there.installation) == rows(demonstration.installation)
    assert (
        refusal(lambda: restored(demonstration, first, tmp_path / "again", database_url=address))
        == "database-in-use"
    )
    reconciled(there, mirror)
    issue_class(there)
    back = restored(there, backed_up(there, tmp_path / "two.age"), tmp_path / "back")
    assert rows(back.installation) == rows(there.installation)
    reconciled(back, mirrored(there, tmp_path / "newer"))
    issue_class(back, "6C", 201)
    assert back.installation.audit().differences == ()


def test_commands_make_and_restore_a_backup(demonstration: Demonstration, tmp_path: Path) -> None:
    """From the key to the copy, each command says what comes next; a folder that is there is refused."""
    key, passphrase, out = (tmp_path / name for name in ("key.age", "passphrase", "one.age"))
    made = run("hocba", "keys", "new-backup", "--passphrase-file", passphrase, "--out", key, check=True)
    assert (
        "HOCBA_BACKUP_RECIPIENT" in run("hocba", "backup", "--data", demonstration.data, "--out", out).stderr
    )
    with (demonstration.data / "hocba.env").open("a") as settings:
        settings.write(made.stdout)
    assert run("hocba", "backup", "--data", demonstration.data, "--out", out).returncode == 0
    told = ("restore", out, "--key", key, "--passphrase-file", passphrase, "--data")
    assert "[installation-exists]" in run("hocba", *told, demonstration.data).stderr
    done = run("hocba", *told, tmp_path / "copy")
    assert done.returncode == 0
    assert "hocba record reconcile --from" in done.stdout
    shutil.copytree(demonstration.data / "keys", tmp_path / "copy" / "keys")
    copy = Demonstration(tmp_path / "copy", demonstration.clock)
    assert refusal(copy.installation.publish) == "restored-unreconciled"

"""What `hocba doctor` finds: nothing where all is well, each damage by its code, and it changes nothing."""

from __future__ import annotations

import datetime as dt
import json
import secrets
import shutil
from collections import namedtuple
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from keys import certificates
from keys.keyring import RecordRole, record_key_path
from keys.record_key import RecordKey
from keys.secret_files import read_passphrase
from schemas.errors import Text
from service.backup.last import note_backup
from service.demo import SCHOOL_YEAR, set_up
from service.doctor.examination import examine
from service.doctor.findings import Finding, Level
from service.sample import sample_class
from service.signing import WorkFolder
from tests.support.batches import OPERATOR, ask, work_off
from tests.support.changes import revoke
from tests.support.commands import run
from tests.support.demonstration import SCHOOL, Demonstration

# A demonstration names no outside help.
UNSET = {"time-server-unset", "mirror-unset", "backup-missing", "time-stamps-unset"}


def found(demonstration: Demonstration) -> dict[str, Finding]:
    """Return what is wrong, by code."""
    findings = examine(demonstration.data, now=demonstration.clock, token_bytes=secrets.token_bytes)
    return {one.code: one for one in findings if one.level is not Level.OK}


def faults(demonstration: Demonstration) -> set[str]:
    """Return the codes of the faults."""
    return {code for code, one in found(demonstration).items() if one.level is Level.FAULT}


def test_healthy_installation_has_no_fault(released: Demonstration) -> None:
    """What the settings leave unset is warned of, and nothing else."""
    assert set(found(released)) == UNSET
    assert faults(released) == set()


def test_examination_changes_nothing(released: Demonstration) -> None:
    """Every file is as it was before, but for what the record's index and SQLite keep for themselves."""

    def digests() -> dict[str, str]:
        return {
            str(path): sha256(path.read_bytes()).hexdigest()
            for path in sorted(released.data.rglob("*"))
            if path.is_file() and "index" not in path.parts and not path.name.endswith(("-shm", "-wal"))
        }

    before = digests()
    found(released)
    assert digests() == before


def expose_key(demonstration: Demonstration) -> None:
    """Let others read the seal."""
    (demonstration.data / "keys" / "seal" / f"{SCHOOL}.p12").chmod(0o644)


def lose_log_key(demonstration: Demonstration) -> None:
    """Lose the log's key."""
    record_key_path(demonstration.data / "keys", RecordRole.LOG).unlink()


def exchange_log_key(demonstration: Demonstration) -> None:
    """Put another key in the log key's place."""
    passphrase = read_passphrase(demonstration.data / "keys" / "passphrase")
    path = record_key_path(demonstration.data / "keys", RecordRole.LOG)
    path.write_bytes(RecordKey.from_seed(bytes(32)).to_pem(passphrase))


def lose_session_key(demonstration: Demonstration) -> None:
    """Lose the key of the console's cookies."""
    (demonstration.data / "session-key").unlink()


def restore_database(demonstration: Demonstration) -> None:
    """Put back an older database."""
    demonstration.installation.database.dispose()
    saved = {file: file.read_bytes() for file in demonstration.data.glob("hocba.sqlite3*")}
    revoke(demonstration)
    for file in demonstration.data.glob("hocba.sqlite3*"):
        file.unlink()
    for file, content in saved.items():
        file.write_bytes(content)


def lose_bundles(demonstration: Demonstration) -> None:
    """Lose the entries of the published record."""
    shutil.rmtree(demonstration.record / "tile" / "entries")
    shutil.rmtree(demonstration.data / "state" / "index")


def forget_trust_root(demonstration: Demonstration) -> None:
    """Lose the published trust root."""
    shutil.rmtree(demonstration.record / "trust-root")


def leave_alone(demonstration: Demonstration) -> None:
    """Publish nothing for a day and an hour."""
    demonstration.clock.forward(hours=25)


def turn_clock_back(demonstration: Demonstration) -> None:
    """Let the machine's clock be an hour slow."""
    demonstration.clock.forward(hours=-1)


def grow_old(demonstration: Demonstration) -> None:
    """Come to the last week of the trust root."""
    demonstration.clock.forward(days=360)
    demonstration.installation.publish()


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (expose_key, "key-file-exposed"),
        (lose_log_key, "key-file-missing"),
        (exchange_log_key, "record-key-other"),
        (lose_session_key, "key-file-missing"),
        (restore_database, "log-shrunk"),
        (lose_bundles, "record-unusable"),
        (forget_trust_root, "trust-root-unpublished"),
        (leave_alone, "record-stale"),
        (leave_alone, "status-list-old"),
        (turn_clock_back, "clock-off"),
        (grow_old, "trust-root-expires"),
    ],
)
def test_damage_is_a_fault_with_its_code(
    demonstration: Demonstration, damage: Callable[[Demonstration], None], code: str
) -> None:
    """Each fault has the code under which the docs explain it."""
    damage(demonstration)
    assert code in faults(demonstration)


def test_certificate_about_to_end_is_warned_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Weeks before, by school."""
    monkeypatch.setattr(certificates, "SUBSCRIBER_VALIDITY", dt.timedelta(days=20))
    young = Demonstration(tmp_path / "data")
    set_up(young.data, students=1, now=young.clock, token_bytes=secrets.token_bytes, say=lambda _: None)
    assert found(young)["certificate-expires"].vi.startswith(SCHOOL)


def test_batches_that_nobody_does_are_told(demonstration: Demonstration) -> None:
    """A batch while no worker runs, and one that stopped, each with what to do; none of it once a worker did it."""
    job = ask(demonstration.installation, "6A")
    assert "hocba worker" in found(demonstration)["batches-idle"].vi
    refusal = Text("vì", "why")
    demonstration.installation.register.stop_job(job, "batch-stale", refusal)
    told = found(demonstration)
    assert "batches-idle" not in told
    assert "batch-stale: 1" in told["batches-stopped"].vi
    demonstration.installation.batches.resume(SCHOOL, job.batch.id, by=OPERATOR, via="shell root")
    work_off(demonstration.installation)
    assert not {"batches-idle", "batches-stopped"} & set(found(demonstration))


def test_document_that_waits_for_a_day_is_told(
    demonstration: Demonstration, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How many, of which school, and how far they are."""
    workbook = sample_class(2, class_name="6B", first_student=101)
    assert demonstration.installation.import_workbook(workbook, SCHOOL_YEAR, dry_run=False).ok
    with monkeypatch.context() as broken:
        broken.setattr(WorkFolder, "sign", _stop)
        with pytest.raises(KeyboardInterrupt):
            demonstration.installation.issue(SCHOOL, SCHOOL_YEAR, class_name="6B")
    assert "documents-waiting" not in found(demonstration)
    demonstration.clock.forward(hours=25)
    assert "2 học bạ" in found(demonstration)["documents-waiting"].vi


def _stop(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_little_disk_is_warned_of_before_it_is_a_fault(
    released: Demonstration, monkeypatch: pytest.MonkeyPatch
) -> None:
    """First a warning, then a fault."""
    usage = namedtuple("usage", "total used free")  # noqa: PYI024 - as `shutil` gives it
    for free, level in ((2**30, Level.WARNING), (100 * 2**20, Level.FAULT)):
        monkeypatch.setattr(shutil, "disk_usage", lambda _, free=free: usage(0, 0, free))
        assert found(released)["disk-low"].level is level


def test_mirror_is_looked_at(
    demonstration: Demonstration, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of today is well; one of two days ago is old; one with more entries than this place is a fault."""
    mirror = tmp_path / "mirror"
    shutil.copytree(demonstration.record, mirror)
    monkeypatch.setenv("HOCBA_MIRROR", str(mirror))
    assert set(found(demonstration)) == UNSET - {"mirror-unset"}
    demonstration.clock.forward(hours=49)
    demonstration.installation.publish()
    assert "mirror-old" in found(demonstration)
    older = Demonstration(tmp_path / "older", demonstration.clock)
    shutil.copytree(demonstration.data, older.data)
    revoke(demonstration)
    shutil.rmtree(mirror)
    shutil.copytree(demonstration.record, mirror)
    assert "mirror-ahead" in faults(older)


def test_mirror_that_cannot_be_read_is_a_fault(
    released: Demonstration, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Named, and the rest is looked at all the same."""
    monkeypatch.setenv("HOCBA_MIRROR", str(tmp_path / "nowhere"))
    codes = found(released)
    assert codes["file-error"].level is Level.FAULT
    assert "backup-missing" in codes


def test_age_of_the_last_backup_is_told(demonstration: Demonstration) -> None:
    """None, one of now, one of three days ago."""
    note_backup(demonstration.data / "state", demonstration.clock())
    assert set(found(demonstration)) == UNSET - {"backup-missing"}
    demonstration.clock.forward(hours=72)
    assert "backup-old" in found(demonstration)


def test_host_of_codes_must_be_in_the_trust_root(
    released: Demonstration, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever scans is warned otherwise, and so is the operator."""
    monkeypatch.setenv("HOCBA_QR_HOST", "other.example.vn")
    assert "qr-host-unlisted" in found(released)


def test_command_has_an_exit_code_for_scripts(demonstration: Demonstration, tmp_path: Path) -> None:
    """3 for warnings, 1 for faults, one JSON object where asked."""
    demonstration.installation.publish()
    warned = run("hocba", "doctor", "--data", demonstration.data, "--json")
    assert warned.returncode == 3
    assert {one["code"] for one in json.loads(warned.stdout)["findings"] if one["level"] != "ok"} == UNSET
    expose_key(demonstration)
    broken = run("hocba", "doctor", "--data", demonstration.data)
    assert broken.returncode == 1
    assert "LỖI / FAULT" in broken.stdout
    assert "[key-file-exposed]" in broken.stdout
    nothing = run("hocba", "doctor", "--data", tmp_path / "nothing")
    assert (nothing.returncode, nothing.stderr) == (1, "")
    assert "[installation-missing]" in nothing.stdout

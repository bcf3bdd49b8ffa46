"""A database restored from a backup: nothing is signed until it is reconciled, and then the past has not forked."""

from __future__ import annotations

import shutil
from typing import Any

import pytest

from schemas.record.checkpoint import parse_checkpoint_note
from schemas.verdict import VerdictCode
from service.demo import SCHOOL_YEAR
from service.errors import ServiceError
from service.record.sequencer import STATE_FILE
from service.sample import sample_class
from service.storage.log_store import FORGOTTEN
from service.storage.records import Standing, State
from tests.support.changes import revoke
from tests.support.commands import run
from tests.support.demonstration import SCHOOL, Demonstration
from verify.ed25519 import verify_ed25519


class Backup:
    """A copy of the database files."""

    def __init__(self, demonstration: Demonstration) -> None:
        demonstration.installation.database.dispose()
        self._data = demonstration.data
        self._files = {file.name: file.read_bytes() for file in self._data.glob("hocba.sqlite3*")}

    def restore(self) -> None:
        """Put it back, as an operator after a broken disk."""
        for file in self._data.glob("hocba.sqlite3*"):
            file.unlink()
        for name, content in self._files.items():
            (self._data / name).write_bytes(content)


def import_class(demonstration: Demonstration) -> None:
    """Import two more students."""
    workbook = sample_class(2, class_name="6B", first_student=101)
    assert demonstration.installation.import_workbook(workbook, SCHOOL_YEAR, dry_run=False).ok


def size_of(demonstration: Demonstration) -> int:
    """Return the size of the published record."""
    log = demonstration.installation.log
    note = (demonstration.record / "checkpoint").read_bytes()
    return parse_checkpoint_note(
        note, log_key=log.log_verifier, clock_key=log.clock_verifier, verify=verify_ed25519
    ).checkpoint.size


def refused(demonstration: Demonstration) -> str:
    """Return why nothing can be published."""
    with pytest.raises(ServiceError) as refusal:
        demonstration.installation.publish()
    return refusal.value.code


def test_documents_whose_reservation_was_saved_are_released_again(demonstration: Demonstration) -> None:
    """Saved between reserving and recording: the very files stay, and issuing again makes nothing new."""
    import_class(demonstration)
    installation = demonstration.installation
    saved: list[Backup] = []
    real = installation.sequencer.append

    def save_and_append(*entries: Any, **checked_at: Any) -> object:
        saved.append(Backup(demonstration))
        return real(*entries, **checked_at)

    vars(installation.sequencer)["append"] = save_and_append
    released = installation.issue(SCHOOL, SCHOOL_YEAR, class_name="6B").released
    files = {file.name: file.read_bytes() for file in (demonstration.data / "issued").iterdir()}
    size = size_of(demonstration)
    saved[0].restore()
    assert refused(demonstration) == "log-shrunk"
    found = demonstration.installation.reconcile(dry_run=False)
    assert (len(found.documents), found.unknown) == (2, ())
    demonstration.installation.publish()
    again = demonstration.installation.issue(SCHOOL, SCHOOL_YEAR, class_name="6B").released
    assert [one.id for one in again] == [one.id for one in released]
    assert {file.name: file.read_bytes() for file in (demonstration.data / "issued").iterdir()} == files
    assert size_of(demonstration) == size
    assert demonstration.installation.audit().differences == ()


def test_forgotten_documents_stay_valid_and_are_named(demonstration: Demonstration) -> None:
    """Saved before they were reserved: the record keeps them, the operator hears of them, their indexes stay taken."""
    backup = Backup(demonstration)
    import_class(demonstration)
    (first, second) = demonstration.installation.issue(SCHOOL, SCHOOL_YEAR, class_name="6B").released
    pdf = demonstration.pdf(3)
    backup.restore()
    dry = demonstration.installation.reconcile(dry_run=True)
    assert refused(demonstration) == "log-shrunk"
    found = demonstration.installation.reconcile(dry_run=False)
    assert found == dry
    assert found.unknown == tuple(sorted((first.log_index or 0, second.log_index or 0)))
    demonstration.installation.publish()
    assert demonstration.verify(pdf).verdict is VerdictCode.VALID
    register = demonstration.installation.register
    assert not register.status_index_is_free(first.status_index)
    # Asked again, there is nothing left to do.
    assert demonstration.installation.reconcile(dry_run=False).entries == 0
    # What was forgotten is what the audit names too, and nothing else.
    codes = {one.code for one in demonstration.installation.audit().differences}
    assert codes == {"audit-entry-unapproved", "audit-file-stranger"}


def test_revocation_that_was_forgotten_comes_back(demonstration: Demonstration) -> None:
    """The register says again what the record never stopped saying."""
    backup = Backup(demonstration)
    revoke(demonstration)
    backup.restore()
    assert demonstration.issuances()[0].standing is Standing.CURRENT
    demonstration.installation.reconcile(dry_run=False)
    assert demonstration.issuances()[0].standing is Standing.REVOKED
    assert demonstration.issuances()[0].state is State.RELEASED


def test_folder_restored_with_its_state_does_not_forget_what_was_published(
    demonstration: Demonstration,
) -> None:
    """A backup of the database and of `state/` is older than the public record, which still tells what was signed."""
    backup, state = Backup(demonstration), demonstration.data / "state" / STATE_FILE
    older = state.read_bytes()
    revoke(demonstration)
    published = (demonstration.record / "checkpoint").read_bytes()
    backup.restore()
    state.write_bytes(older)
    assert refused(demonstration) == "log-shrunk"
    assert (demonstration.record / "checkpoint").read_bytes() == published
    demonstration.installation.reconcile(dry_run=False)
    demonstration.installation.publish()
    assert demonstration.issuances()[0].standing is Standing.REVOKED
    assert demonstration.verify(demonstration.pdf()).verdict is VerdictCode.REVOKED


def test_other_entries_than_the_signed_ones_are_not_reconciled(demonstration: Demonstration) -> None:
    """An edited database is no restored one: nothing is changed, and it is said which of the two it is."""
    backup = Backup(demonstration)
    revoke(demonstration)
    backup.restore()
    run_sql(demonstration, "UPDATE log_entries SET entry = x'a0' WHERE \"index\" = 1")
    with pytest.raises(ServiceError) as refusal:
        demonstration.installation.reconcile(dry_run=False)
    assert refusal.value.code == "log-rewritten"


def test_incomplete_public_files_are_not_reconciled_from(demonstration: Demonstration) -> None:
    """Where the record's folder is damaged too, a mirror must help first."""
    backup = Backup(demonstration)
    revoke(demonstration)
    backup.restore()
    shutil.rmtree(demonstration.record / "tile" / "entries")
    with pytest.raises(ServiceError) as refusal:
        demonstration.installation.reconcile(dry_run=False)
    assert refusal.value.code == "record-incomplete"


def test_command_is_the_one_that_the_refusal_names(demonstration: Demonstration) -> None:
    """`record publish` names `record reconcile`, which mends it and publishes."""
    backup = Backup(demonstration)
    revoke(demonstration)
    backup.restore()
    data = ("--data", demonstration.data)
    refusal = run("hocba", "record", "publish", *data)
    assert refusal.returncode == 1
    assert "hocba record reconcile" in refusal.stderr
    mended = run("hocba", "record", "reconcile", *data)
    assert mended.returncode == 0, mended.stderr
    assert run("hocba", "record", "publish", *data).returncode == 0
    assert FORGOTTEN.rstrip("/") not in mended.stdout


def run_sql(demonstration: Demonstration, statement: str) -> None:
    """Edit the database behind the service's back."""
    with demonstration.installation.database.begin() as connection:
        connection.exec_driver_sql(statement)

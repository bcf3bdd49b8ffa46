"""The one writer of the log: what it publishes, what it survives, and what it refuses to sign."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Sequence

import pytest

from schemas.record.entry import RevocationClass, Revoked
from schemas.record.fields import Reference
from schemas.record.proof import check_inclusion_proof
from schemas.verdict import VerdictCode
from service.demo import SCHOOL_YEAR
from service.errors import ServiceError
from service.record.sequencer import STATE_FILE
from tests.support.demonstration import SCHOOL, Demonstration
from verify.ed25519 import verify_ed25519


def edit_database(demonstration: Demonstration, statement: str, values: Sequence[object] = ()) -> None:
    """Change the database as somebody with all rights would."""
    with sqlite3.connect(demonstration.data / "hocba.sqlite3") as database:
        database.execute(statement, values)
    database.close()


def refused(demonstration: Demonstration) -> str:
    """Return the code with which publishing is refused."""
    with pytest.raises(ServiceError) as refusal:
        demonstration.installation.publish()
    return refusal.value.code


def test_publishing_again_renews_the_time_alone(demonstration: Demonstration) -> None:
    """An hour later the same tree bears a new time, and files stay current for another day."""
    before = demonstration.installation.sequencer.publish()
    demonstration.clock.forward(hours=1)
    after = demonstration.installation.publish()
    assert (before.size, before.root) == (after.size, after.root)
    demonstration.clock.forward(hours=22)
    assert demonstration.verify(demonstration.pdf()).verdict is VerdictCode.VALID


def test_status_list_is_renewed_in_time(demonstration: Demonstration) -> None:
    """Published hourly, the record never lets its status list expire."""
    for _ in range(5):
        demonstration.clock.forward(hours=11)
        demonstration.installation.publish()
        assert demonstration.verify(demonstration.pdf()).verdict is VerdictCode.VALID
    assert len(list((demonstration.record / "status-list" / "1").iterdir())) > 2


def test_every_entry_has_a_proof(released: Demonstration) -> None:
    """Each document's entry lies under the last checkpoint."""
    log = released.installation.log
    for issuance in released.issuances():
        assert issuance.log_index is not None
        check_inclusion_proof(
            released.installation.sequencer.prove(issuance.log_index),
            log_key=log.log_verifier,
            clock_key=log.clock_verifier,
            verify=verify_ed25519,
        )


def test_lost_public_files_are_written_again(demonstration: Demonstration) -> None:
    """The folder of the record can be lost as a whole: it is made again from the entries."""
    status_lists = demonstration.record / "status-list"
    kept = demonstration.data / "kept"
    shutil.copytree(status_lists, kept)
    shutil.rmtree(demonstration.record)
    demonstration.installation.publish()
    shutil.copytree(kept, status_lists, dirs_exist_ok=True)
    assert demonstration.verify(demonstration.pdf()).verdict is VerdictCode.VALID


def test_deleted_entries_stop_the_log(demonstration: Demonstration) -> None:
    """A database with fewer entries than were signed is refused: it may be an old backup."""
    edit_database(
        demonstration,
        'DELETE FROM log_entries WHERE "index" = (SELECT max("index") FROM log_entries)',
    )
    assert refused(demonstration) == "log-shrunk"


def test_edited_entries_stop_the_log(demonstration: Demonstration) -> None:
    """A changed entry does not give the root that was signed; tiles that still do are not the database."""
    shutil.rmtree(demonstration.record / "tile")
    edit_database(demonstration, "UPDATE log_entries SET entry = x'a0' WHERE \"index\" = 1")
    assert refused(demonstration) == "log-rewritten"


def test_edited_entry_never_reaches_the_public_files(demonstration: Demonstration) -> None:
    """A changed entry in a bundle that grows would not verify: the log stops before it is published."""
    edit_database(demonstration, "UPDATE log_entries SET entry = x'a0' WHERE \"index\" = 1")
    index = demonstration.issuances()[0].log_index
    assert index is not None
    time = int(demonstration.clock().timestamp())
    with pytest.raises(ServiceError) as refusal:
        demonstration.append(Revoked(time, SCHOOL, Reference(index), RevocationClass.OTHER))
    assert refusal.value.code == "log-rewritten"
    assert demonstration.verify(demonstration.pdf()).verdict is VerdictCode.VALID


def test_forgotten_state_is_no_new_log(demonstration: Demonstration) -> None:
    """Without the note of the last signed checkpoint nothing is signed, and no log is begun."""
    (demonstration.data / "state" / STATE_FILE).unlink()
    assert refused(demonstration) == "log-missing"
    with pytest.raises(ServiceError) as refusal:
        demonstration.installation.sequencer.create()
    assert refusal.value.code == "log-exists"


def test_edited_release_state_changes_no_verdict(demonstration: Demonstration) -> None:
    """Rows that somebody sets to released are not issued: verifying reads the record alone."""
    edit_database(demonstration, "UPDATE issuances SET state = 'reserved', log_index = NULL")
    report = demonstration.installation.issue(SCHOOL, SCHOOL_YEAR)
    assert demonstration.verify(demonstration.pdf()).verdict is VerdictCode.VALID
    assert len(report.issuances) == 3

"""The one writer of the log: what it publishes, what it survives, and what it refuses to sign."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Sequence

import pytest

from keys.keyring import RecordRole
from schemas.record.checkpoint import Checkpoint, sign_checkpoint
from schemas.record.entry import RevocationClass, Revoked, format_entry
from schemas.record.fields import Reference
from schemas.record.ledger import Ledger
from schemas.record.proof import check_inclusion_proof
from schemas.record.signed_note import NoteSignature, SignedNote, format_note, parse_note
from schemas.record.status_list import pack_statuses, parse_status_list
from schemas.record.tiles import CHECKPOINT_PATH, status_list_path
from schemas.verdict import VerdictCode
from service.demo import SCHOOL_YEAR
from service.errors import ServiceError
from service.record.sequencer import INDEX_FOLDER, STATE_FILE
from service.storage.log_store import LogStore
from service.storage.records import LIST_ID
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


def test_lines_of_others_stay_out_of_proofs(demonstration: Demonstration) -> None:
    """A checkpoint may have a witness's line; a proof, which lies in a file, has the log's and its clock's alone."""
    sequencer = demonstration.installation.sequencer
    note = sequencer.signed_note()
    witness = NoteSignature("witness.example.vn", bytes(4), bytes(72))
    parsed = parse_note(note)
    witnessed = format_note(SignedNote(parsed.text, (witness, *parsed.signatures)))
    for path in (demonstration.data / "state" / STATE_FILE, demonstration.record / CHECKPOINT_PATH):
        path.write_bytes(witnessed)
    assert sequencer.signed_note() == witnessed
    assert sequencer.prove(0).note == note


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


def test_one_size_has_one_root(demonstration: Demonstration) -> None:
    """With both notes from an older backup, the database still knows what was signed after them."""
    state = demonstration.data / "state" / STATE_FILE
    older = state.read_bytes()
    index = demonstration.issuances()[0].log_index
    assert index is not None
    time = int(demonstration.clock().timestamp())
    demonstration.append(Revoked(time, SCHOOL, Reference(index), RevocationClass.OTHER))
    state.write_bytes(older)
    (demonstration.record / CHECKPOINT_PATH).write_bytes(older)
    edit_database(
        demonstration, 'DELETE FROM log_entries WHERE "index" = (SELECT max("index") FROM log_entries)'
    )
    assert refused(demonstration) == "log-shrunk"
    other = Revoked(time, SCHOOL, Reference(index), RevocationClass.ERROR)
    edit_database(
        demonstration,
        "INSERT INTO log_entries SELECT max(\"index\") + 1, 'other', ?, 1 FROM log_entries",
        [format_entry(other)],
    )
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


def test_published_log_is_never_begun_anew(demonstration: Demonstration) -> None:
    """With the state lost and the database emptied, the published checkpoint alone stops a second log."""
    (demonstration.data / "state" / STATE_FILE).unlink()
    edit_database(demonstration, "DELETE FROM log_entries")
    with pytest.raises(ServiceError) as refusal:
        demonstration.installation.sequencer.create()
    assert refusal.value.code == "log-exists"


def test_another_published_root_stops_the_log(demonstration: Demonstration) -> None:
    """Two notes signed for one size, with two roots: something forked, and nothing more is signed."""
    installation, published = demonstration.installation, demonstration.record / CHECKPOINT_PATH
    state, log = demonstration.data / "state" / STATE_FILE, installation.log
    size = installation.publish().size
    other = sign_checkpoint(
        Checkpoint(log.origin, size, bytes(32)),
        log_key=log.log_verifier,
        log_sign=installation.keyring.record_key(RecordRole.LOG).sign,
        clock_key=log.clock_verifier,
        clock_sign=installation.keyring.record_key(RecordRole.CLOCK).sign,
        clock_time=int(demonstration.clock().timestamp()),
    )
    published.write_bytes(other)
    assert refused(demonstration) == "log-rewritten"
    published.write_bytes(b"no note")
    assert installation.publish().size == size
    assert published.read_bytes() == state.read_bytes()


def test_edited_release_state_changes_no_verdict(demonstration: Demonstration) -> None:
    """Rows that somebody sets to released are not issued: verifying reads the record alone."""
    edit_database(demonstration, "UPDATE issuances SET state = 'reserved', log_index = NULL")
    report = demonstration.installation.issue(SCHOOL, SCHOOL_YEAR)
    assert demonstration.verify(demonstration.pdf()).verdict is VerdictCode.VALID
    assert len(report.issuances) == 3


def newest_list(demonstration: Demonstration) -> tuple[bytes, bytes]:
    """Return what the newest status list says, and what the fold of all entries before its own says."""
    installation = demonstration.installation
    store = LogStore(installation.database)
    last = store.last_list(LIST_ID)
    assert last is not None
    ledger = Ledger(installation.log.origin, installation.trust, verify_ed25519)
    ledger.add_all(store.entries(0, last.index))
    key = ledger.issuers.public_key
    published = parse_status_list(
        (demonstration.record / status_list_path(LIST_ID, last.version)).read_bytes(),
        find_key=lambda key_id: key(key_id) or b"",
        verify=verify_ed25519,
    )
    return published.packed, pack_statuses(ledger.statuses(LIST_ID, before=last.index))


def test_a_status_list_is_the_fold_of_the_whole_log(demonstration: Demonstration) -> None:
    """Whichever process publishes, with an index or after it was lost, the list is what all entries amount to."""
    first = [one.log_index for one in demonstration.issuances()]
    others = [demonstration, Demonstration(demonstration.data, demonstration.clock)]
    seen = {newest_list(demonstration)}
    for number, index in enumerate(first):
        assert index is not None
        others[number % 2].append(
            Revoked(int(demonstration.clock().timestamp()), SCHOOL, Reference(index), RevocationClass.OTHER)
        )
        seen.add(newest_list(demonstration))
        if number == 1:
            shutil.rmtree(demonstration.data / "state" / INDEX_FOLDER)
    assert all(published == folded for published, folded in seen)
    assert len(seen) == 1 + len(first)


def test_a_due_status_list_folds_what_is_new_alone(
    demonstration: Demonstration, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was signed is in the index; only entries after the last checkpoint are read from the database again."""
    demonstration.installation.publish()
    assert demonstration.installation.verifier.view() is not None
    asked: list[tuple[int, int]] = []
    entries = LogStore.entries

    def note(self: LogStore, start: int, end: int) -> list[bytes]:
        asked.append((start, end))
        return entries(self, start, end)

    demonstration.clock.forward(hours=13)
    size = LogStore(demonstration.installation.database).size
    monkeypatch.setattr(LogStore, "entries", note)
    demonstration.installation.publish()
    assert LogStore(demonstration.installation.database).size == size + 1
    assert asked[0] == (size, size)


def test_an_edited_entry_gives_no_false_status_list(demonstration: Demonstration) -> None:
    """With the index lost as well, entries that do not give the signed root are not folded: nothing is signed."""
    shutil.rmtree(demonstration.data / "state" / INDEX_FOLDER, ignore_errors=True)
    edit_database(demonstration, "UPDATE log_entries SET entry = x'a0' WHERE \"index\" = 1")
    demonstration.clock.forward(hours=13)
    lists = sorted((demonstration.record / "status-list" / "1").iterdir())
    assert refused(demonstration) == "log-rewritten"
    assert sorted((demonstration.record / "status-list" / "1").iterdir()) == lists

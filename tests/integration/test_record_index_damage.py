"""Whatever is done to an index, lost, cut, edited or another's, no verdict becomes better."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import sqlite3
import struct
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest

from schemas.verdict import VerdictCode
from tests.support.indexed_record import DOCUMENT, OTHER, TRUST, Place, indexed_record
from tests.support.whole_record import (
    LATER,
    filler,
)
from verify.record_index import INDEX_FILE
from verify.verifier import Verifier


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A record with two documents, and its index."""
    return indexed_record(tmp_path / "record")


def _cut(place: Place) -> None:
    with place.file.open("r+b") as file:
        file.truncate(place.file.stat().st_size // 2)


def _empty(place: Place) -> None:
    place.file.write_bytes(b"")


def _garbage(place: Place) -> None:
    place.file.write_bytes(b"no database" * 1000)


def _flip_everywhere(place: Place) -> None:
    data = bytearray(place.file.read_bytes())
    data[50::64] = bytes(byte ^ 0xFF for byte in data[50::64])
    place.file.write_bytes(data)


def _remove(place: Place) -> None:
    shutil.rmtree(place.index)


def _file_for_a_folder(place: Place) -> None:
    shutil.rmtree(place.index)
    place.index.write_bytes(b"")


def _folder_for_a_file(place: Place) -> None:
    place.file.unlink()
    place.file.mkdir()


def _link(place: Place) -> None:
    place.file.rename(place.index / "elsewhere")
    place.file.symlink_to(place.index / "elsewhere")


def _forget_the_revocation(place: Place) -> None:
    place.edit("DELETE FROM noted WHERE kind = 3")


def _forget_with_its_hash(place: Place) -> None:
    place.edit("DELETE FROM noted WHERE kind = 3")
    chain = bytes(32)
    with closing(sqlite3.connect(place.file)) as database, database:
        for n, kind, data, *numbers in database.execute(
            "SELECT n, kind, data, target, list, status FROM noted ORDER BY n"
        ):
            chain = sha256(chain + struct.pack(">QBQQQ", n, kind, *numbers) + data).digest()
        database.execute("UPDATE tip SET chain = ?", (chain,))


def _claim_to_be_older(place: Place) -> None:
    place.edit("UPDATE tip SET size = size - 2")


def _other_fold(place: Place) -> None:
    place.edit("UPDATE tip SET fold = 'of a later version'")


def _other_schema(place: Place) -> None:
    place.edit("CREATE VIEW other AS SELECT 1")


def _no_tip(place: Place) -> None:
    place.edit("DELETE FROM tip")


DAMAGE = [
    _cut,
    _empty,
    _garbage,
    _flip_everywhere,
    _remove,
    _file_for_a_folder,
    _folder_for_a_file,
    _link,
    _forget_the_revocation,
    _forget_with_its_hash,
    _claim_to_be_older,
    _other_fold,
    _other_schema,
    _no_tip,
]


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda damage: damage.__name__.strip("_"))
def test_whatever_happens_to_the_index_a_revoked_document_is_not_green(
    place: Place, damage: Callable[[Place], None]
) -> None:
    """Lost, cut, overwritten, edited: the index is made anew or not used, and the verdict is what it was."""
    place.revoke()
    assert place.verdict() is VerdictCode.REVOKED
    damage(place)
    verdict = place.verdict()
    # Whoever rewrites the hash as well makes an index of his own: the status list still contradicts it.
    assert verdict in (
        {VerdictCode.UNCONFIRMED} if damage is _forget_with_its_hash else {VerdictCode.REVOKED}
    )


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda damage: damage.__name__.strip("_"))
def test_whatever_happened_to_the_index_before_it_grows(
    place: Place, damage: Callable[[Place], None]
) -> None:
    """A damaged index that would have to grow is made anew or not used as well."""
    place.revoke()
    assert place.verdict() is VerdictCode.REVOKED
    place.record.add(*filler(3))
    place.publish()
    damage(place)
    assert place.verdict() in {VerdictCode.REVOKED, VerdictCode.UNCONFIRMED}
    assert place.verdict(OTHER.pdf) in {VerdictCode.VALID, VerdictCode.UNCONFIRMED}


def test_every_byte_of_the_index_may_be_wrong(place: Place) -> None:
    """Whichever bytes of the file change, a revoked document is never green, and one that stands never revoked."""
    place.record.add(*filler(40))
    place.revoke()
    assert place.verdict() is VerdictCode.REVOKED
    whole = place.file.read_bytes()
    for position in range(0, len(whole), 97):
        data = bytearray(whole)
        data[position : position + 2] = bytes(byte ^ 0x55 for byte in data[position : position + 2])
        place.file.write_bytes(data)
        assert place.verdict() in {VerdictCode.REVOKED, VerdictCode.UNCONFIRMED, VerdictCode.UNRECORDED}
    place.file.write_bytes(whole)


def test_an_old_content_under_a_new_tip_is_noticed(place: Place) -> None:
    """The index from before the revocation with the size, edge and hash of the one after it is no index."""
    kept = place.file.read_bytes()
    place.revoke()
    assert place.verdict() is VerdictCode.REVOKED
    with closing(sqlite3.connect(place.file)) as database:
        tip = database.execute("SELECT size, edge, chain FROM tip").fetchone()
    place.file.write_bytes(kept)
    with closing(sqlite3.connect(place.file)) as database, database:
        database.execute("UPDATE tip SET size = ?, edge = ?, chain = ?", tip)
    assert place.verdict() is VerdictCode.REVOKED


@pytest.mark.parametrize("mode", [0o770, 0o707])
def test_a_folder_that_others_may_write_is_not_used(
    place: Place, mode: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever may write the index may say what he likes: it is refused, and the log says what to do."""
    place.revoke()
    assert place.verdict() is VerdictCode.REVOKED
    _forget_with_its_hash(place)
    place.index.chmod(mode)
    assert place.verdict() is VerdictCode.REVOKED
    assert "mode 0700" in caplog.text


def test_a_file_that_others_may_write_is_not_used(place: Place) -> None:
    """The same of the file in a folder that is ours: it is made anew."""
    place.revoke()
    assert place.verdict() is VerdictCode.REVOKED
    _forget_with_its_hash(place)
    place.file.chmod(0o620)
    assert place.verdict() is VerdictCode.REVOKED


def test_a_file_of_somebody_else_is_not_used(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """An index that another account made is not believed."""
    place.revoke()
    assert place.verdict() is VerdictCode.REVOKED
    _forget_with_its_hash(place)
    if os.geteuid() == 0:
        os.chown(place.file, 65534, 65534)
    else:
        # Only root can give a file away: be somebody else instead.
        monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert place.verdict() is VerdictCode.REVOKED


def test_the_journal_of_a_lost_index_does_not_meet_the_next_one(place: Place) -> None:
    """A journal that a crash left is removed together with the index that it belongs to."""
    place.revoke()
    journal = place.file.with_name(f"{INDEX_FILE}-journal")
    with closing(sqlite3.connect(place.file, isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        database.execute("UPDATE tip SET size = 1")
        kept = journal.read_bytes()
        database.execute("ROLLBACK")
    place.file.write_bytes(b"lost")
    journal.write_bytes(kept)
    assert place.verdict() is VerdictCode.REVOKED
    assert not journal.exists()
    assert place.verdict() is VerdictCode.REVOKED


def test_an_index_that_breaks_between_two_questions(place: Place) -> None:
    """A worker that has a view already notices at the next question, and answers from a private index."""
    place.revoke()
    verifier = Verifier(
        TRUST, place.folder, index=place.index, now=lambda: dt.datetime.fromtimestamp(LATER, dt.UTC)
    )
    assert verifier.serial(DOCUMENT.serial).verdict is VerdictCode.REVOKED
    place.edit("UPDATE document SET school = x'00'")
    assert verifier.serial(DOCUMENT.serial).verdict is VerdictCode.REVOKED
    assert verifier.serial(OTHER.serial).verdict is VerdictCode.RECORDED
    verifier.close()

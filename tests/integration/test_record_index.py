"""The index of a record: a cache that grows with it, and is made anew wherever it is not a prefix of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.record.entry import format_entry
from schemas.verdict import VerdictCode
from tests.support.indexed_record import AT, DOCUMENT, OTHER, TRUST, Place, indexed_record
from tests.support.record import revoked
from tests.support.record_server import put
from tests.support.whole_record import (
    filler,
)
from verify.record_index import INDEX_FILE, fold_of
from verify.record_reader import RecordReader, read_in_parts


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A record with two documents, and its index."""
    return indexed_record(tmp_path / "record")


def test_made_beside_the_record_for_its_owner_alone(place: Place) -> None:
    """It lies beside the record and not in it, as far as the record, and nobody else may read or write it."""
    assert place.index_size() == len(place.record.entries)
    assert place.index.parent == place.folder.parent
    assert {path.name: path.stat().st_mode & 0o777 for path in place.index.iterdir()} == {
        INDEX_FILE: 0o600,
        "index.lock": 0o600,
    }
    assert place.index.stat().st_mode & 0o777 == 0o700


def test_grows_by_what_is_new(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a look at a longer record the same file reaches further, and only what was new has been read."""
    inode = place.file.stat().st_ino
    place.revoke()
    asked: list[int] = []

    def read(folder: Path, start: int, end: int) -> Iterator[list[bytes]]:
        asked.append(start)
        return read_in_parts(folder, start, end)

    monkeypatch.setattr("verify.record_reader.read_in_parts", read)
    assert place.verdict() is VerdictCode.REVOKED
    assert place.verdict(OTHER.pdf) is VerdictCode.VALID
    assert (place.file.stat().st_ino, place.index_size()) == (inode, len(place.record.entries))
    assert set(asked) == {7}


def test_a_look_with_the_index_reads_no_entry(place: Place) -> None:
    """Where the index is just as far as the signed root, the entries may even be away."""
    shutil.rmtree(place.folder / "tile" / "entries")
    assert place.verdict() is VerdictCode.VALID


def test_an_older_index_put_back_catches_up(place: Place) -> None:
    """An index from before the revocation, copied back, is a prefix and grows to the signed root again."""
    kept = place.file.read_bytes()
    place.revoke()
    assert place.verdict() is VerdictCode.REVOKED
    place.file.write_bytes(kept)
    assert place.verdict() is VerdictCode.REVOKED
    assert place.index_size() == len(place.record.entries)


def test_the_index_of_another_past_is_made_anew(place: Place, tmp_path: Path) -> None:
    """An index of the same log's other history, as long as or shorter than this one, is not a prefix of it."""
    place.revoke()
    for extra in (0, 1):
        other = Place(tmp_path / f"fork{extra}" / "record")
        other.folder.mkdir(parents=True)
        other.record.issue(DOCUMENT, OTHER)
        other.publish()
        if not extra:
            other.record.add(*filler(1))
            other.publish()
        assert other.verdict() is VerdictCode.VALID
        shutil.copytree(other.index, place.index, dirs_exist_ok=True)
        if extra:
            place.edit("UPDATE document SET school = school")
        assert place.verdict() is VerdictCode.REVOKED
        assert place.index_size() == len(place.record.entries)


def test_another_trust_root_begins_anew(place: Place) -> None:
    """Statements count by the registrars of the trust root: an index that another one made is not used."""
    place.revoke()
    assert place.verdict() is VerdictCode.REVOKED
    fewer = TRUST.model_copy(update={"registrars": TRUST.registrars[1:]})
    assert fold_of("an origin", fewer) != fold_of("an origin", TRUST) != fold_of("another", TRUST)
    assert place.verdict(OTHER.pdf, trust=fewer) is VerdictCode.UNTRUSTED_ISSUER
    assert place.verdict(OTHER.pdf) is VerdictCode.VALID


def test_an_index_ahead_of_an_older_record_is_made_anew(place: Place) -> None:
    """Where the folder was replaced by an older copy, what the index knew of the later one goes with it."""
    older = {path: path.read_bytes() for path in place.folder.rglob("*") if path.is_file()}
    place.revoke()
    assert place.verdict() is VerdictCode.REVOKED
    shutil.rmtree(place.folder)
    put(place.folder, {str(path.relative_to(place.folder)): data for path, data in older.items()})
    assert place.verdict() is VerdictCode.VALID
    assert place.index_size() == 7


def test_entries_that_do_not_give_the_signed_root_touch_nothing(place: Place) -> None:
    """A record whose new entries are wrong is refused, and the index stays as it was."""
    before = place.file.read_bytes()
    place.revoke()
    (bundle,) = (path for path in (place.folder / "tile" / "entries").rglob("*") if path.name == "9")
    revocation = format_entry(revoked(AT))
    bundle.write_bytes(bundle.read_bytes().replace(revocation, format_entry(revoked(AT + 1))))
    assert place.verdict() is VerdictCode.UNREADABLE
    assert place.file.read_bytes() == before


def test_entries_that_change_between_being_proven_and_being_folded_do_not_count(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is folded are the very bytes that were hashed."""
    place.revoke()
    calls = []

    def read_otherwise(folder: Path, start: int, end: int) -> Iterator[list[bytes]]:
        calls.append(start)
        for entries in read_in_parts(folder, start, end):
            yield entries if len(calls) == 1 else [*filler(len(entries))]

    monkeypatch.setattr("verify.record_reader.read_in_parts", read_otherwise)
    assert place.verdict() is VerdictCode.UNREADABLE
    assert (len(calls), place.index_size()) == (2, 7)


def test_a_view_stays_what_it_was(place: Place) -> None:
    """What was asked of an older checkpoint is answered as of it, while the index has grown."""
    reader = RecordReader(place.folder, TRUST, place.index)
    old = reader.view()
    place.revoke()
    new = reader.view()
    assert (old.size, old.ledger.revocation(AT)) == (7, None)
    assert (new.size, new.ledger.revocation(AT) is not None) == (9, True)


def test_many_steps_of_a_long_record(tmp_path: Path) -> None:
    """A record longer than one part is folded part by part, with or without an index on disk."""
    long = Place(tmp_path / "record")
    long.record.issue(DOCUMENT, OTHER)
    long.record.add(*filler(17_000))
    long.revoke()
    assert long.verdict() is VerdictCode.REVOKED
    long.record.add(*[format_entry(revoked(AT + 1))])
    long.publish()
    private = RecordReader(long.folder, TRUST).view().ledger
    shared = RecordReader(long.folder, TRUST, long.index).view().ledger
    sids = [DOCUMENT.entry.sid, OTHER.entry.sid, bytes(32)]
    assert [shared.index_of_sid(one) for one in sids] == [private.index_of_sid(one) for one in sids]
    assert shared.statuses(1, before=shared.size) == private.statuses(1, before=private.size)

"""An administrator edits the database: whatever is changed, taken out or slipped in, the audit names it."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from schemas.change_trail import (
    START,
    Act,
    Actor,
    ActorKind,
    entry_digest,
    format_entry,
    next_head,
    next_school_head,
    parse_entry,
)
from service.demo import SCHOOL_YEAR
from service.sample import sample_class
from service.storage.append_only import let_go
from service.storage.database import writing
from service.storage.sealed import keys_of
from service.storage.trail import StoredEntry
from service.storage.trail_writing import Cause
from tests.support.changes import correct, draft, mended
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.postgresql import PostgreSQL, closing_engines, running_server
from tests.support.trail import AN_IMPORT

Edit = Callable[[Demonstration], None]


def codes(demonstration: Demonstration) -> set[str]:
    """Return the codes of what the audit finds."""
    return {one.code for one in demonstration.installation.audit().differences}


def sql(demonstration: Demonstration, statement: str, **values: object) -> None:
    """Do what a database administrator can do: without the triggers."""
    with writing(demonstration.installation.database) as connection:
        let_go(connection)
        connection.execute(text(statement), values)


def sealed(demonstration: Demonstration, value: bytes, column: str) -> bytes:
    """Return a value as the database holds it: whoever has the server's disk has the key of the column."""
    return keys_of(demonstration.installation.database.dialect).seal(value, column)


def stored(demonstration: Demonstration, number: int = 0) -> StoredEntry:
    """Return the last entry of a document's student."""
    register, row = demonstration.installation.register, draft(demonstration, number)
    with register.trail_snapshot() as snapshot:
        return [one for one in snapshot.entries(SCHOOL) if one.student == row.learner.student_code][-1]


def _edit_mark(demonstration: Demonstration) -> None:
    """Give the first student another mark in the draft, and nothing else."""
    year = draft(demonstration).year.model_dump_json(exclude_none=True)
    better = year.replace('"semester1":"', '"semester1":"1', 1) if '"semester1":"0' in year else None
    code = demonstration.issuances()[0].student_code
    raw = sealed(demonstration, (better or _other_mark(year)).encode(), "student_years.year")
    sql(
        demonstration, "UPDATE student_years SET year = :year WHERE student_code = :code", year=raw, code=code
    )


def _other_mark(year: str) -> str:
    at = year.index('"semester1":"') + len('"semester1":"')
    return year[:at] + ("9" if year[at] != "9" else "8") + year[at + 1 :]


def _edit_words(demonstration: Demonstration, number: int = 0) -> None:
    """Put another name for who did it."""
    one = stored(demonstration, number)
    entry = replace(parse_entry(one.entry or b""), actor=Actor(ActorKind.PERSON, "p9", "Người khác"))
    sql(
        demonstration,
        "UPDATE mark_changes SET entry = :entry WHERE number = :number",
        entry=sealed(demonstration, format_entry(entry), "mark_changes.entry"),
        number=one.number,
    )


def _edit_words_and_digest(demonstration: Demonstration) -> None:
    """Put another name, and the digest of it."""
    one = stored(demonstration)
    entry = format_entry(
        replace(parse_entry(one.entry or b""), actor=Actor(ActorKind.PERSON, "p9", "Người khác"))
    )
    sql(
        demonstration,
        "UPDATE mark_changes SET entry = :entry, entry_digest = :digest WHERE number = :number",
        entry=sealed(demonstration, entry, "mark_changes.entry"),
        digest=entry_digest(entry).hex(),
        number=one.number,
    )


def _swap(demonstration: Demonstration) -> None:
    """Give one student the marks of another, without the key: what is sealed opens anywhere in its column."""
    first, second = (one.student_code for one in demonstration.issuances()[:2])
    sql(
        demonstration,
        "UPDATE student_years SET year = (SELECT year FROM student_years WHERE student_code = :second) "
        "WHERE student_code = :first",
        first=first,
        second=second,
    )


def _garble(demonstration: Demonstration) -> None:
    """Edit what is sealed, without the key."""
    sql(demonstration, "UPDATE student_years SET year = learner")


def _delete_last(demonstration: Demonstration) -> None:
    """Take the last entry of the school out, and the draft with it."""
    last = demonstration.installation.register.school_trails()[SCHOOL][0]
    entry = demonstration.installation.register.trail_entry(SCHOOL, last)
    assert entry is not None
    sql(demonstration, "DELETE FROM mark_changes WHERE number = :number", number=last)
    sql(demonstration, "DELETE FROM student_years WHERE student_code = :code", code=entry.student)


def _delete_first(demonstration: Demonstration) -> None:
    """Take an entry out of the middle."""
    sql(demonstration, "DELETE FROM mark_changes WHERE number = 1")


def _delete_draft(demonstration: Demonstration) -> None:
    """Take a draft out."""
    code = demonstration.issuances()[0].student_code
    sql(demonstration, "DELETE FROM student_years WHERE student_code = :code", code=code)


def _blank(demonstration: Demonstration) -> None:
    """Take an entry's words, as an erasure would, without one."""
    sql(demonstration, "UPDATE mark_changes SET entry = NULL, student_code = 'erased/1' WHERE number = 1")


def _write_anew(demonstration: Demonstration) -> None:
    """Write everything anew from the first entry on, every digest and head right, in drafts and reservations too."""
    register = demonstration.installation.register
    with register.trail_snapshot() as snapshot:
        entries = list(snapshot.entries(SCHOOL))
    school_head = START
    for one in entries:
        entry = format_entry(
            replace(parse_entry(one.entry or b""), actor=Actor(ActorKind.PERSON, "p9", "Người khác"))
        )
        digest = entry_digest(entry)
        head = next_head(START, digest)
        school_head = next_school_head(school_head, one.number, head, digest)
        sql(
            demonstration,
            "UPDATE mark_changes SET entry = :entry, entry_digest = :digest, head = :head, school_head = :school "
            "WHERE number = :number",
            entry=sealed(demonstration, entry, "mark_changes.entry"),
            digest=digest.hex(),
            head=head.hex(),
            school=school_head.hex(),
            number=one.number,
        )
        sql(
            demonstration,
            "UPDATE student_years SET trail = :head WHERE student_code = :code",
            head=head.hex(),
            code=one.student,
        )


EDITS: dict[str, tuple[Edit, str]] = {
    "mark": (_edit_mark, "audit-draft-changed"),
    "swapped": (_swap, "audit-draft-changed"),
    "garbled": (_garble, "audit-data-unreadable"),
    "words": (_edit_words, "audit-trail-entry"),
    "words-and-digest": (_edit_words_and_digest, "audit-trail-chain"),
    "last": (_delete_last, "audit-trail-shorter"),
    "middle": (_delete_first, "audit-trail-number"),
    "draft": (_delete_draft, "audit-draft-missing"),
    "blank": (_blank, "audit-trail-erased"),
    "anew": (_write_anew, "audit-trail-rewritten"),
    "anew-and-issued": (_write_anew, "audit-document-trail"),
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_in_the_database_is_named(demonstration: Demonstration, name: str) -> None:
    """A superuser's edit of a mark, an entry, a chain, or everything at once is a difference of its own."""
    assert codes(demonstration) == set()
    edit, expected = EDITS[name]
    edit(demonstration)
    assert expected in codes(demonstration)


def test_an_edit_shows_for_ever_after_a_later_change(demonstration: Demonstration) -> None:
    """A mark edited before the next import does not vanish in it: the entry says from which record it came."""
    installation = demonstration.installation
    workbook = sample_class(1, class_name="6B", first_student=101)
    (row,) = installation.import_workbook(workbook, SCHOOL_YEAR, dry_run=False).rows
    year = row.year.model_dump_json(exclude_none=True)
    sql(
        demonstration,
        "UPDATE student_years SET year = :year WHERE student_code = :code",
        year=sealed(demonstration, _other_mark(year).encode(), "student_years.year"),
        code=row.learner.student_code,
    )
    installation.register.put_student_years([mended(row)], cause=AN_IMPORT)
    assert codes(demonstration) == {"audit-trail-gap"}


def test_what_is_done_rightly_is_no_difference(demonstration: Demonstration) -> None:
    """Imports, undone ones, corrections and erasures leave nothing for the audit to find."""
    installation = demonstration.installation
    workbook = sample_class(2, class_name="6B", first_student=101)
    rows = installation.import_workbook(workbook, SCHOOL_YEAR, dry_run=False).rows
    installation.register.put_student_years([mended(rows[0])], cause=AN_IMPORT)
    correct(demonstration, address="Số 1, đường Khác")
    installation.erase(SCHOOL, rows[0].learner.student_code, dry_run=False)
    installation.publish()
    assert codes(demonstration) == set()
    installation.import_workbook(workbook, SCHOOL_YEAR, dry_run=False)
    assert codes(demonstration) == set()
    with installation.register.trail_snapshot() as snapshot:
        acts = [one.parsed.act if one.parsed else None for one in snapshot.entries(SCHOOL)]
    assert acts.count(None) == 2
    assert acts.count(Act.ERASURE) == 1


def test_a_restored_database_says_that_it_lost_the_end(demonstration: Demonstration, tmp_path: Path) -> None:
    """Behind what was noted the audit alarms; reconciling lets the trail say so, and nothing is wrong any more."""
    installation = demonstration.installation
    backup = tmp_path / "backup.sqlite3"
    with sqlite3.connect(demonstration.data / "hocba.sqlite3") as source, sqlite3.connect(backup) as target:
        source.backup(target)
    workbook = sample_class(1, class_name="6B", first_student=101)
    installation.import_workbook(workbook, SCHOOL_YEAR, dry_run=False)
    installation.publish()
    installation.database.dispose()
    for path in demonstration.data.glob("hocba.sqlite3*"):
        path.unlink()
    (demonstration.data / "hocba.sqlite3").write_bytes(backup.read_bytes())
    assert "audit-trail-shorter" in codes(demonstration)
    installation.reconcile(dry_run=False)
    installation.publish()
    assert codes(demonstration) == set()
    with installation.register.trail_snapshot() as snapshot:
        last = list(snapshot.entries(SCHOOL))[-1].parsed
    assert last is not None
    assert (last.act, last.numbers) == (Act.RESTORED, (4,))


@pytest.fixture(scope="module")
def server() -> Iterator[PostgreSQL]:
    """A server for the tests of this module."""
    with running_server() as server:
        yield server


def test_the_same_on_a_server(server: PostgreSQL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On PostgreSQL the triggers refuse the same, and without them the audit names the same edits."""
    monkeypatch.setenv("HOCBA_DATABASE_URL", server.new_database())
    with closing_engines(monkeypatch):
        made = Demonstration.make(tmp_path / "data", students=3)
        assert codes(made) == set()
        for refused in (
            "UPDATE mark_changes SET number = 9",
            "DELETE FROM mark_changes",
            "TRUNCATE mark_changes",
        ):
            with (
                pytest.raises(Exception, match="append-only"),
                writing(made.installation.database) as connection,
            ):
                connection.execute(text(refused))
        cause = Cause(Act.IMPORT, AN_IMPORT.actor, 1)
        workbook = sample_class(1, class_name="6B", first_student=101)
        (row,) = made.installation.import_workbook(workbook, SCHOOL_YEAR, dry_run=False).rows
        made.installation.register.put_student_years([mended(row)], cause=cause)
        made.installation.erase(SCHOOL, row.learner.student_code, dry_run=False)
        assert codes(made) == set()
        _edit_words(made, 1)
        assert codes(made) == {"audit-trail-entry"}
        _edit_mark(made)
        assert codes(made) == {"audit-trail-entry", "audit-draft-changed"}
        _slip_in(made)


def _slip_in(made: Demonstration) -> None:
    """An entry that is slipped in has no place in the school's chain."""
    one = stored(made, 2)
    entry = format_entry(replace(parse_entry(one.entry or b""), nonce=secrets.token_hex(16)))
    digest = entry_digest(entry)
    sql(
        made,
        "INSERT INTO mark_changes VALUES (:school, :number, :student, :year, :entry, :digest, :head, :head)",
        school=SCHOOL,
        number=99,
        student=one.student,
        year=one.school_year,
        entry=sealed(made, entry, "mark_changes.entry"),
        digest=digest.hex(),
        head=next_head(bytes.fromhex(one.head), digest).hex(),
    )
    assert {"audit-trail-number", "audit-trail-school"} <= codes(made)

"""Every change of a student's year is an entry of the trail, made with the change, and the database keeps it."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from schemas.change_trail import START, Act, Actor, ActorKind, TrailEntry, next_head, parse_entry
from schemas.transcript.model import Levels, YearTT22, parse_transcript
from schemas.transcript.rulesets.tt22_2021 import Level
from service.acting import account_here
from service.deciding import keep
from service.demo import SCHOOL_YEAR
from service.importing.formats import SourceFile
from service.sample import sample_class
from service.storage.database import writing
from service.storage.records import StudentYear
from service.storage.trail import MarkAuthor, StoredEntry
from service.storage.trail_writing import Whose
from tests.support.changes import REASON, correct, draft, mended, token
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.trail import AN_IMPORT, SOMEBODY

TEACHER = Actor(ActorKind.PERSON, "p1", "Cô Hoa")


def of(row: StudentYear) -> Whose:
    """Return whose year it is."""
    return Whose(SCHOOL, row.learner.student_code, row.year.school_year)


def chain(demonstration: Demonstration, row: StudentYear) -> tuple[StoredEntry, ...]:
    """Return the entries of a student's year."""
    return demonstration.installation.register.trail_of(of(row))


def said(demonstration: Demonstration, row: StudentYear) -> list[TrailEntry]:
    """Return what they say."""
    return [parse_entry(one.entry) for one in chain(demonstration, row) if one.entry is not None]


def with_mark(row: StudentYear, subject: str, mark: str) -> StudentYear:
    """Return a year with another mark of the first semester."""
    assert isinstance(row.year, YearTT22)
    subjects = tuple(
        each.model_copy(update={"semester1": mark}) if each.subject == subject else each
        for each in row.year.subjects
    )
    return replace(row, year=row.year.model_copy(update={"subjects": subjects}))


def test_a_document_carries_the_head_of_its_trail(released: Demonstration) -> None:
    """The head in the draft, the last entry's and the one in the signed data are one; the chain begins with zeros."""
    row = draft(released)
    (entry,) = chain(released, row)
    assert parse_transcript(released.issuances()[0].data).change_trail == row.trail == entry.head
    assert entry.head == next_head(START, bytes.fromhex(entry.entry_digest)).hex()
    (words,) = said(released, row)
    assert (words.act, words.actor, words.before, words.record) == (
        Act.IMPORT,
        account_here(),
        None,
        row.digest,
    )


def test_a_mended_mark_says_who_what_and_from_what_to_what(demonstration: Demonstration) -> None:
    """Importing one other mark again makes one entry with exactly that value, before and after, and its actor."""
    installation = demonstration.installation
    row = import_one(demonstration)
    changed = with_mark(row, "toan", "1.5")
    installation.register.put_student_years([changed], cause=replace(AN_IMPORT, actor=TEACHER))
    first, second = said(demonstration, row)
    (change,) = second.changes
    assert (change.field, change.new) == ("year.subjects.toan.semester1", "1.5")
    assert isinstance(row.year, YearTT22)
    assert change.old == next(each.semester1 for each in row.year.subjects if each.subject == "toan")
    assert (second.actor, second.before, second.record) == (TEACHER, first.record, changed.digest)
    entries = chain(demonstration, row)
    assert all(
        after.head == next_head(bytes.fromhex(before.head), bytes.fromhex(after.entry_digest)).hex()
        for before, after in pairwise(entries)
    )


def test_an_undone_import_stays_in_the_trail(demonstration: Demonstration) -> None:
    """Undoing takes the year away and leaves both entries; imported again, the chain goes on from them."""
    installation = demonstration.installation
    files = [SourceFile("6B.xlsx", sample_class(1, class_name="6B", first_student=101))]
    result = installation.import_files(files, SCHOOL_YEAR, dry_run=False, actor=SOMEBODY)
    (row,), stored = result.read.rows, result.stored
    assert stored is not None
    installation.undo_import(SCHOOL, stored.id, actor=TEACHER)
    assert installation.register.student_years(SCHOOL, SCHOOL_YEAR, class_name="6B") == ()
    installation.import_files(files, SCHOOL_YEAR, dry_run=False, actor=SOMEBODY)
    entries = said(demonstration, row)
    assert [(one.act, one.actor, one.reference == stored.id) for one in entries] == [
        (Act.IMPORT, SOMEBODY, True),
        (Act.UNDO, TEACHER, True),
        (Act.IMPORT, SOMEBODY, False),
    ]
    assert [one.record for one in entries] == [row.digest, None, row.digest]
    (now,) = installation.register.student_years(SCHOOL, SCHOOL_YEAR, class_name="6B")
    assert now.trail == chain(demonstration, row)[-1].head


def test_a_decision_is_an_entry(demonstration: Demonstration) -> None:
    """Keeping what differs from the rules stands in the trail with the reason and the name of who decided."""
    installation = demonstration.installation
    row = import_one(demonstration)
    assert isinstance(row.year, YearTT22)
    conduct = Levels(semester1=Level.GOOD, semester2=Level.GOOD, year=Level.PASS)
    changed = replace(row, year=row.year.model_copy(update={"conduct": conduct, "awards": None}))
    installation.register.put_student_years([changed], cause=AN_IMPORT)
    who = token(demonstration)
    keep(
        installation.register,
        who,
        SCHOOL_YEAR,
        row.learner.student_code,
        "conduct_year",
        reason=REASON,
        at=1,
    )
    last = said(demonstration, row)[-1]
    assert (last.act, last.actor.id, last.actor.name, last.why) == (Act.DECISION, who.id, who.holder, REASON)
    assert [(one.field, one.old, one.new) for one in last.changes] == [
        ("decision.conduct_year", "Tốt", "Đạt")
    ]
    (now,) = installation.register.student_years(SCHOOL, SCHOOL_YEAR, class_name="6B")
    assert now.trail == chain(demonstration, row)[-1].head


def test_a_correction_names_both_people(demonstration: Demonstration) -> None:
    """The entry of a correction has who asked, who confirmed and why; the new document carries its head."""
    row = draft(demonstration)
    correct(demonstration, address="Số 1, đường Khác")
    last = said(demonstration, row)[-1]
    assert last.act is Act.CORRECTION
    assert last.second is not None
    assert [last.actor.id, last.second.id] == [
        token(demonstration).id,
        token(demonstration, second=True).id,
    ]
    assert [one.field for one in last.changes] == ["learner.address"]
    now = draft(demonstration)
    assert now.trail == chain(demonstration, row)[-1].head
    newest = demonstration.installation.register.documents(SCHOOL, row.learner.student_code)[-1]
    assert parse_transcript(newest.data).change_trail == now.trail


def test_who_entered_the_marks_of_a_class(demonstration: Demonstration) -> None:
    """Whoever imported entered everything, whoever changed a mark that subject; an address is no mark."""
    installation = demonstration.installation
    row = import_one(demonstration)
    register = installation.register
    changed = with_mark(row, "toan", "1.5")
    register.put_student_years([changed], cause=replace(AN_IMPORT, actor=TEACHER))
    moved = mended(changed, address="Số 1, đường Khác")
    clerk = Actor(ActorKind.PERSON, "p2", "Văn thư")
    register.put_student_years([moved], cause=replace(AN_IMPORT, actor=clerk))
    assert register.mark_authors(SCHOOL, SCHOOL_YEAR, "6B") == {
        MarkAuthor(account_here(), None, Act.IMPORT),
        MarkAuthor(TEACHER, "toan", Act.IMPORT),
    }
    assert register.mark_authors(SCHOOL, SCHOOL_YEAR, "6Z") == frozenset()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE mark_changes SET entry = NULL",
        "UPDATE mark_changes SET head = school_head",
        "UPDATE mark_changes SET entry = 'x', student_code = 'erased/1'",
        "DELETE FROM mark_changes",
    ],
)
def test_the_database_refuses_to_change_the_trail(demonstration: Demonstration, statement: str) -> None:
    """Entries can be neither changed nor deleted by a statement, whoever makes it by mistake or with intent."""
    before = chain(demonstration, draft(demonstration))
    with (
        pytest.raises(DBAPIError, match="append-only"),
        writing(demonstration.installation.database) as connection,
    ):
        connection.execute(text(statement))
    assert chain(demonstration, draft(demonstration)) == before


def import_one(demonstration: Demonstration) -> StudentYear:
    """Import a class of one that nobody has issued."""
    installation = demonstration.installation
    workbook = sample_class(1, class_name="6B", first_student=101)
    installation.import_workbook(workbook, SCHOOL_YEAR, dry_run=False)
    (row,) = installation.register.student_years(SCHOOL, SCHOOL_YEAR, class_name="6B")
    return row

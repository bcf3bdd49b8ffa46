"""What the end of a grace window finds: approvals that were lost, seals grown old, a restored database, edits."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from keys.keyring import DocumentRole
from schemas.change_trail import Act, Actor, ActorKind
from schemas.transcript.model import RelationKind, parse_transcript
from schemas.verdict import VerdictCode
from service.approvals.four_eyes import spelled
from service.demo import SCHOOL_YEAR
from service.extracting import ExtractRequest
from service.grace import when_released
from service.installation import Installation
from service.issuing import released_path
from service.sample import sample_class
from service.signers.school_signers import Operator
from service.storage import log_store
from service.storage.database import writing
from service.storage.log_store import LogStore
from service.storage.records import State
from service.storage.tables import StudentYearRow
from service.trail.marking import change_marks
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.grace import CLASS, CLERK, MINUTES, REASON, WHOLE_CLASS, GraceSchool
from tests.support.signers import Person, move_to_token
from tests.support.softhsm import SoftHSM

HELD = [(State.SIGNED, "release-held"), (State.SIGNED, "release-held"), (State.SIGNED, "release-held")]


@pytest.fixture
def school(demonstration: Demonstration, monkeypatch: pytest.MonkeyPatch) -> GraceSchool:
    """Three students whose documents stand."""
    return GraceSchool.of(demonstration, monkeypatch)


def states(school: GraceSchool) -> list[tuple[State, str | None]]:
    """How far the documents are, and what holds them."""
    return [(one.state, one.failure_code) for one in school.documents()]


def test_an_approval_that_was_lost_holds(demonstration: Demonstration, school: GraceSchool) -> None:
    """Whoever approved enters a mark of the class meanwhile: nothing of it is recorded, nor goes by itself later."""
    installation = demonstration.installation
    late = sample_class(1, class_name=CLASS, first_student=201)
    assert installation.import_workbook(late, SCHOOL_YEAR, dry_run=False).ok
    draft = next(
        one
        for one in installation.register.student_years(SCHOOL, SCHOOL_YEAR, class_name=CLASS)
        if one.learner.student_code not in {each.student_code for each in school.documents()}
    )
    acts = installation.register.acts(SCHOOL, SCHOOL_YEAR, CLASS)
    approver = next(one for one in acts if one.kind.value == "approve")
    change_marks(
        installation.register,
        draft,
        "toan",
        dict.fromkeys(("semester1", "semester2", "year"), "5.0"),
        actor=Actor(ActorKind.PERSON, approver.person_id, approver.person_name),
        why="Chấm lại",
        at=int(demonstration.clock().timestamp()),
    )
    assert (
        spelled(approver.person_name)
        in installation.approvals.board(SCHOOL, SCHOOL_YEAR, CLASS).involved.people
    )
    school.end()
    assert states(school) == HELD
    assert "hocba_held_documents 3\n" in school.tend()
    demonstration.clock.forward(hours=2)
    school.tend()
    done = school.desk.release(WHOLE_CLASS, CLERK)
    assert (done.released, len(done.held)) == (0, 3)
    assert states(school) == HELD
    taken = school.desk.take_back(SCHOOL, school.documents()[0].id, CLERK, REASON)
    assert taken.state is State.ABANDONED
    assert "signed transcript" not in (taken.failure.en if taken.failure else "")


def test_data_changed_around_every_refusal_hold(demonstration: Demonstration, school: GraceSchool) -> None:
    """A row edited in the database holds the document that does not say it; given back, somebody releases it."""
    first = school.documents()[0]
    mine = (StudentYearRow.student_code == first.student_code, StudentYearRow.school_year == SCHOOL_YEAR)
    (draft,) = demonstration.installation.register.student_years(
        SCHOOL, SCHOOL_YEAR, student_code=first.student_code
    )
    other = draft.learner.model_copy(update={"address": "Một nơi khác"})

    def put(learner: object) -> None:
        data = learner.model_dump_json(exclude_none=True).encode()  # type: ignore[attr-defined]
        with writing(demonstration.installation.database) as connection:
            connection.execute(StudentYearRow.__table__.update().where(*mine).values(learner=data))  # type: ignore[attr-defined]

    put(other)
    school.end()
    assert states(school) == [HELD[0], (State.RELEASED, None), (State.RELEASED, None)]
    put(draft.learner)
    school.tend()
    assert states(school)[0] == HELD[0]
    assert school.desk.release(WHOLE_CLASS, CLERK).released == 1
    assert states(school) == [(State.RELEASED, None)] * 3


def test_a_seal_grown_old_is_made_anew(demonstration: Demonstration, school: GraceSchool) -> None:
    """The service was away for two days: sealed again over the same page, recorded at once, and valid."""
    pages = [one.data for one in school.documents()]
    demonstration.clock.forward(hours=50)
    for file in (demonstration.data / "work").iterdir():
        past = file.stat().st_mtime - 50 * 3600
        os.utime(file, (past, past))
    school.tend()
    assert states(school) == [(State.RELEASED, None)] * 3
    assert [one.data for one in school.documents()] == pages
    for one in school.documents():
        pdf = released_path(demonstration.data / "issued", one).read_bytes()
        assert demonstration.verify(pdf).verdict is VerdictCode.VALID


def test_corrections_and_extracts_have_no_window(
    demonstration: Demonstration, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An extract says nothing that is not on record: it is released at once."""
    monkeypatch.setenv("HOCBA_GRACE_MINUTES", "15")
    student = demonstration.issuances()[0].student_code
    extract = demonstration.installation.extract(ExtractRequest(SCHOOL, student))
    assert (extract.state, extract.releases_at) == (State.RELEASED, None)


def test_the_next_year_waits_for_the_one_before(demonstration: Demonstration, school: GraceSchool) -> None:
    """A year whose predecessor stands is not issued, for it continues it; released, the next one follows it."""
    first = school.documents()[0]
    number = 101
    later = sample_class(1, school_year="2026-2027", class_name="7B", grade=7, first_student=number)
    assert demonstration.installation.import_workbook(later, "2026-2027", dry_run=False).ok
    demonstration.installation.approve(SCHOOL, "2026-2027")
    (waiting,) = Installation.issue(demonstration.installation, SCHOOL, "2026-2027").unapproved
    assert (waiting.student_code, waiting.code) == (first.student_code, "earlier-year-in-window")
    school.desk.release(WHOLE_CLASS, CLERK)
    report = Installation.issue(demonstration.installation, SCHOOL, "2026-2027")
    (document,) = report.in_window
    assert parse_transcript(document.data).relation.kind is RelationKind.CONTINUES


def test_restored_it_waits_for_somebody(demonstration: Demonstration, school: GraceSchool) -> None:
    """A restored database may have forgotten a taking back: nothing goes by itself, somebody releases or takes back."""
    demonstration.installation.reconcile(dry_run=False)
    school.end()
    assert states(school) == [(State.SIGNED, None)] * 3
    assert [when_released(one) for one in school.documents()] == [None] * 3
    assert len(school.issue().in_window) == 3
    assert "hocba_held_documents 3\n" in school.tend()
    school.desk.take_back(SCHOOL, school.documents()[0].id, CLERK, REASON)
    assert school.desk.release(WHOLE_CLASS, CLERK).released == 2
    assert school.differences() == []


def test_what_was_taken_back_is_erased(demonstration: Demonstration, school: GraceSchool) -> None:
    """Standing, it is to be taken back first; after that the family's wish leaves nothing of it but its serial."""
    first = school.documents()[0]
    report = demonstration.installation.erase(SCHOOL, first.student_code, dry_run=False)
    assert report.erased.reservations == 0
    assert "hocba take-back" in " ".join(text.en for _, text in report.stays)
    school.desk.take_back(SCHOOL, first.id, CLERK, REASON)
    report = demonstration.installation.erase(SCHOOL, first.student_code, dry_run=False)
    assert (report.erased.reservations, report.stays) == (1, ())
    (left,) = [
        one for one in demonstration.installation.register.all_issuances() if one.serial == first.serial
    ]
    assert (left.state, left.data, left.student_code != first.student_code) == (State.ABANDONED, b"", True)
    school.end()
    assert school.differences() == []


def test_an_entry_of_what_was_taken_back_is_a_difference(
    demonstration: Demonstration, school: GraceSchool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were the refusal at the very last taken out, the audit would name the entry: nobody stands behind it."""
    demonstration.clock.forward(minutes=MINUTES)
    first = school.documents()[0]
    monkeypatch.setattr(log_store, "_refuse_taken_back", lambda *_: None)
    register = demonstration.installation.register
    real = LogStore.append

    def raced(store: LogStore, entries: object, *, checked_at: int | None = None) -> list[int]:
        cause = school.desk._cause(Act.TAKEN_BACK, CLERK, REASON)  # noqa: SLF001
        register.take_back(SCHOOL, first.id, cause)
        return real(store, entries, checked_at=checked_at)  # type: ignore[arg-type]

    monkeypatch.setattr(LogStore, "append", raced)
    tending = demonstration.installation.tending
    tending.release()
    assert tending.health.failures == 1
    monkeypatch.undo()
    assert "audit-entry-unapproved" in school.differences()


def test_recorded_before_its_time_is_a_difference(demonstration: Demonstration, school: GraceSchool) -> None:
    """Whoever moves the end of a window in the database, once it is recorded, is found by the entry's own time."""
    school.end()
    assert school.differences() == []
    with writing(demonstration.installation.database) as connection:
        connection.exec_driver_sql(
            "UPDATE issuances SET releases_at = releases_at + 60 WHERE releases_at > 0"
        )
    assert set(school.differences()) == {"audit-entry-early"}


def test_a_file_of_what_was_taken_back_is_a_stranger(
    demonstration: Demonstration, school: GraceSchool
) -> None:
    """A file under the serial of a document that was taken back was never given out by the service: it is named."""
    first = school.documents()[0]
    pdf = (demonstration.data / "work" / f"{first.id}.pdf").read_bytes()
    school.desk.take_back(SCHOOL, first.id, CLERK, REASON)
    path: Path = released_path(demonstration.data / "issued", first)
    path.write_bytes(pdf)
    assert school.differences() == ["audit-file-stranger"]


def test_a_token_is_not_asked_for_at_the_end(
    demonstration: Demonstration, monkeypatch: pytest.MonkeyPatch, soft_hsm: SoftHSM
) -> None:
    """Signed with one PIN, it stands and is released with the token unplugged, by the service or by whoever asks."""
    move_to_token(demonstration, soft_hsm, DocumentRole.PRINCIPAL, DocumentRole.SEAL)
    person = Person()
    school = GraceSchool.of(demonstration, monkeypatch, students=2, operator=Operator(ask_pin=person))
    asked = list(person.asked)
    assert len(asked) == 1
    assert len(school.issue().in_window) == 2
    school.end()
    assert states(school) == [(State.RELEASED, None)] * 2
    assert person.asked == asked

"""A learner moves: the years of the transcript that they bring are taken over, verified, and continued here."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace

import pytest
from click.testing import CliRunner

from schemas.record.statement import Role
from schemas.transcript.model import RelationKind, School, Transcript, parse_transcript
from schemas.verdict import VerdictCode
from service.cli import main
from service.demo import SCHOOL_YEAR
from service.errors import ServiceError
from service.extracting import ExtractRequest
from service.importing.formats import SourceFile
from service.issuing import released_path
from service.record.taking_over import TakenOver
from service.sample import sample_class
from service.storage.records import ELSEWHERE, Issuance, StudentYear
from tests.support.changes import correct, draft, revoke
from tests.support.demonstration import SCHOOL, Demonstration, add_school
from tests.support.registrar import entries, last_statement, statement
from tests.support.trail import AN_IMPORT

OTHER = School(
    code="01-MOI-0002", name="Trường THCS Nơi Đến", commune="Phường Thử", province="Thành phố Hà Nội"
)
NEXT_YEAR = "2026-2027"


@pytest.fixture
def moved(demonstration: Demonstration) -> Demonstration:
    """Return an installation with a second school, to which the first learner moves."""
    add_school(demonstration.installation.register, OTHER)
    return demonstration


def take(demonstration: Demonstration, pdf: bytes | None = None, *, dry_run: bool = False) -> TakenOver:
    """Have the other school take over the first learner's transcript, or another file."""
    file = demonstration.pdf() if pdf is None else pdf
    return demonstration.installation.take_over(OTHER.code, file, "hoc-ba.pdf", dry_run=dry_run)


def next_year(demonstration: Demonstration, **changes: object) -> StudentYear:
    """Import the learner's next year at the other school."""
    old = draft(demonstration)
    members = {"school_year": NEXT_YEAR, "grade": 7, "class_name": "7B", "school": OTHER} | changes
    row = StudentYear(
        OTHER.code, str(members["class_name"]), old.learner, old.year.model_copy(update=members), ""
    )
    demonstration.installation.register.put_student_years([row], cause=AN_IMPORT)
    return row


def let_sign(demonstration: Demonstration) -> None:
    """Register the demonstration's certificates for the other school; from here on the first one signs nothing."""
    for role in ("principal", "seal"):
        folder = demonstration.data / "keys" / role
        shutil.copy(folder / f"{SCHOOL}.p12", folder / f"{OTHER.code}.p12")
    log = entries(demonstration)
    demonstration.append(
        *(
            statement(demonstration, last_statement(log, role), school=OTHER.code)
            for role in (Role.PRINCIPAL, Role.SEAL)
        )
    )


def issue_next(demonstration: Demonstration) -> Issuance:
    """Issue the learner's transcript at the other school."""
    if not (demonstration.data / "keys" / "seal" / f"{OTHER.code}.p12").exists():
        let_sign(demonstration)
    (issuance,) = demonstration.installation.issue(OTHER.code, NEXT_YEAR).issuances
    return issuance


def said(issuance: Issuance) -> Transcript:
    """Return what a document says."""
    return parse_transcript(issuance.data)


def stored(demonstration: Demonstration) -> list[tuple[str, str]]:
    """Return the years of the learner at the other school, with their classes."""
    code = draft(demonstration).learner.student_code
    rows = demonstration.installation.register.years_until(OTHER.code, code, "2099-2100")
    return [(row.year.school_year, row.class_name) for row in rows]


def test_the_next_document_holds_the_years_and_continues_the_old_one(moved: Demonstration) -> None:
    """The year stands word for word with its school and source, and the record says that one continues the other."""
    old = moved.issuances()[0]
    done = take(moved)
    assert ([year.school_year for year in done.taken], done.left) == ([SCHOOL_YEAR], ())
    next_year(moved)
    new = issue_next(moved)
    assert new.is_current, new.failure
    transcript, before = said(new), said(old).years[0]
    assert [year.school_year for year in transcript.years] == [SCHOOL_YEAR, NEXT_YEAR]
    taken = transcript.years[0]
    assert taken.source is not None
    assert (taken.source.serial, taken.school.code) == (old.serial, SCHOOL)
    assert taken.model_copy(update={"source": None}) == before
    assert (transcript.relation.kind, transcript.relation.serial) == (RelationKind.CONTINUES, old.serial)
    verdict = moved.verify(moved.pdf())
    assert verdict.verdict is VerdictCode.VALID
    assert verdict.record is not None
    assert verdict.record.continued_by == new.log_index
    file = released_path(moved.data / "issued", new).read_bytes()
    assert moved.verify(file).verdict is VerdictCode.VALID
    assert moved.installation.audit().differences == ()


def test_what_was_taken_over_is_in_no_class_and_never_issued_by_itself(moved: Demonstration) -> None:
    """The year is nobody's class here; the school year of the other school has nothing to issue."""
    take(moved)
    register = moved.installation.register
    assert stored(moved) == [(SCHOOL_YEAR, ELSEWHERE)]
    assert register.class_counts(OTHER.code) == ()
    with pytest.raises(ServiceError, match="nothing-to-issue"):
        moved.installation.issue(OTHER.code, SCHOOL_YEAR)


def test_taking_over_twice_changes_nothing_and_a_dry_run_neither(moved: Demonstration) -> None:
    """The same file again is no change; a dry run says the same and writes nothing; an undo takes it back."""
    dry = take(moved, dry_run=True)
    assert stored(moved) == []
    assert dry == take(moved) == take(moved)
    (only,) = moved.installation.imports.all(OTHER.code)
    assert moved.installation.undo_import(OTHER.code, only.id) == 1
    assert stored(moved) == []


def test_an_import_does_not_replace_what_was_taken_over(moved: Demonstration) -> None:
    """The preview refuses it as the write does, and names the way out."""
    take(moved)
    with pytest.raises(ServiceError, match="year-taken-over"):
        next_year(moved, school_year=SCHOOL_YEAR, grade=6)
    assert stored(moved) == [(SCHOOL_YEAR, ELSEWHERE)]


def test_the_check_of_files_refuses_what_the_write_would(demonstration: Demonstration) -> None:
    """A class with one learner whose year was taken over is refused by name before anything is written."""
    installation, workbook = demonstration.installation, sample_class(2, class_name="6B", first_student=101)
    rows = installation.import_workbook(workbook, SCHOOL_YEAR, dry_run=True).rows
    installation.register.put_student_years([replace(rows[0], class_name=ELSEWHERE)], cause=AN_IMPORT)
    result = installation.import_files([SourceFile("6B.xlsx", workbook)], SCHOOL_YEAR, dry_run=True)
    (complaint,) = [one for one in result.read.complaints if one.severity == "error"]
    assert (complaint.code, result.read.ok) == ("year-taken-over", False)
    assert rows[0].learner.full_name in str(complaint.value)


def test_a_year_that_the_school_imported_itself_is_not_overwritten(moved: Demonstration) -> None:
    """Who is right is for people to see: nothing is taken over."""
    next_year(moved, school_year=SCHOOL_YEAR, grade=6)
    with pytest.raises(ServiceError, match="takeover-year-known"):
        take(moved)
    assert stored(moved) == [(SCHOOL_YEAR, "7B")]


def _altered(demonstration: Demonstration) -> bytes:
    pdf = bytearray(demonstration.pdf())
    pdf[len(pdf) // 2] ^= 1
    return bytes(pdf)


def _revoked(demonstration: Demonstration) -> bytes:
    revoke(demonstration)
    return demonstration.pdf()


def _corrected(demonstration: Demonstration) -> bytes:
    pdf = demonstration.pdf()
    correct(demonstration)
    return pdf


def _extract(demonstration: Demonstration) -> bytes:
    student = demonstration.issuances()[0].student_code
    made = demonstration.installation.extract(ExtractRequest(SCHOOL, student, SCHOOL_YEAR))
    return released_path(demonstration.data / "issued", made).read_bytes()


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda _: b"not a PDF", "takeover-unverified"),
        (_altered, "takeover-unverified"),
        (_revoked, "takeover-unverified"),
        (_corrected, "takeover-unverified"),
        (_extract, "takeover-not-transcript"),
    ],
    ids=["no-pdf", "altered", "revoked", "corrected", "extract"],
)
def test_what_does_not_verify_as_a_transcript_in_force_is_refused(
    moved: Demonstration, make: Callable[[Demonstration], bytes], code: str
) -> None:
    """A sentence says what the check found and what to ask for; nothing is stored."""
    pdf = make(moved)
    with pytest.raises(ServiceError, match=code):
        take(moved, pdf)
    assert stored(moved) == []


def test_a_school_takes_nothing_over_from_itself(moved: Demonstration) -> None:
    """Its own document is no news."""
    with pytest.raises(ServiceError, match="takeover-own"):
        moved.installation.take_over(SCHOOL, moved.pdf(), "hoc-ba.pdf", dry_run=False)


def test_a_source_that_ended_is_taken_over_again_before_anything_is_issued(moved: Demonstration) -> None:
    """A document is never recorded over years of a corrected one; with the corrected one taken over, it is issued."""
    take(moved)
    next_year(moved)
    corrected = correct(moved)
    stopped = issue_next(moved)
    assert (stopped.is_current, stopped.failure_code) == (False, "self-check-failed")
    assert stopped.failure is not None
    assert "hocba takeover" in stopped.failure.vi
    take(moved, released_path(moved.data / "issued", corrected).read_bytes())
    new = issue_next(moved)
    assert new.is_current, new.failure
    assert said(new).relation.serial == corrected.serial


def test_one_who_comes_back_has_the_years_in_between(moved: Demonstration) -> None:
    """The first school keeps its own year, takes the other's, and continues the other's document."""
    take(moved)
    next_year(moved)
    there = issue_next(moved)
    file = released_path(moved.data / "issued", there).read_bytes()
    done = moved.installation.take_over(SCHOOL, file, "hoc-ba.pdf", dry_run=False)
    assert [year.school_year for year in done.taken] == [NEXT_YEAR]
    assert [year.school_year for year in done.left] == [SCHOOL_YEAR]


def test_the_command_says_what_it_took_over(moved: Demonstration) -> None:
    """`hocba takeover` names learner, years, school and serial; the import page of the class names it as refused."""
    old = moved.issuances()[0]
    file = released_path(moved.data / "issued", old)
    where = ("--data", str(moved.data), "--school", OTHER.code)
    made = CliRunner().invoke(main, ["takeover", str(file), *where, "--json"])
    assert made.exit_code == 0, made.output
    told = json.loads(made.output.splitlines()[-1])
    assert (told["taken"], told["student_code"], told["school_code"]) == (
        [SCHOOL_YEAR],
        old.student_code,
        SCHOOL,
    )
    again = CliRunner().invoke(main, ["takeover", str(file), *where, "--dry-run"])
    assert (again.exit_code, SCHOOL_YEAR in again.output) == (0, True)
    refused = CliRunner().invoke(main, ["takeover", str(file), "--data", str(moved.data), "--school", SCHOOL])
    assert (refused.exit_code, "takeover-own" in refused.output) == (1, True)

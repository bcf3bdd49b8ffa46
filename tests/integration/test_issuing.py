"""Issuing on a real installation: who is issued, who waits, and what a change or a crash leaves."""

from __future__ import annotations

import datetime as dt
import io
import os
from dataclasses import replace
from pathlib import Path

import pytest
from openpyxl import load_workbook

from keys.keyring import DocumentRole
from keys.signer import KeysError
from schemas.transcript.model import RelationKind, parse_transcript
from schemas.verdict import VerdictCode
from service.approvals.approved import Approval, check_approval
from service.demo import SCHOOL_YEAR
from service.errors import ServiceError
from service.importing.shape import STUDENTS_SHEET
from service.issuing import released_path
from service.sample import sample_class
from service.storage.records import Issuance, State
from tests.support.demonstration import SCHOOL, Demonstration


def import_class(demonstration: Demonstration, workbook: bytes, school_year: str = SCHOOL_YEAR) -> None:
    """Import a workbook that must be sound."""
    result = demonstration.installation.import_workbook(workbook, school_year, dry_run=False)
    assert result.ok, result.complaints


def with_name(workbook: bytes, row: int, name: str) -> bytes:
    """Return the workbook with another name for a student, wherever it stands."""
    book = load_workbook(io.BytesIO(workbook))
    students = book[STUDENTS_SHEET]
    old = next(cell.value for cell in students[row] if isinstance(cell.value, str) and " " in cell.value)
    for sheet in book:
        for cells in sheet.iter_rows():
            for cell in cells:
                if cell.value == old:
                    cell.value = name
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def by_code(issuances: tuple[Issuance, ...]) -> dict[str, Issuance]:
    """Return issuances by student code."""
    return {issuance.student_code: issuance for issuance in issuances}


def test_repeating_issues_nothing_twice(demonstration: Demonstration) -> None:
    """Asking again gives the same documents and adds nothing to the record."""
    before = demonstration.issuances()
    report = demonstration.installation.issue(SCHOOL, SCHOOL_YEAR)
    assert report.released == before == demonstration.issuances()


def test_one_failure_stops_nobody_else(demonstration: Demonstration) -> None:
    """A name that the page's font cannot set fails that document alone, is said, and is mended by importing again."""
    workbook = sample_class(3, class_name="6B", first_student=101)
    import_class(demonstration, with_name(workbook, 3, "Nguyễn ☃ Minh"))
    report = demonstration.installation.issue(SCHOOL, SCHOOL_YEAR, class_name="6B")
    assert (len(report.released), len(report.failed)) == (2, 1)
    failed = report.failed[0]
    assert (failed.state, failed.failure_code) == (State.RESERVED, "page-character-missing")

    import_class(demonstration, with_name(workbook, 3, "Nguyễn Lý Minh"))
    mended = demonstration.installation.issue(SCHOOL, SCHOOL_YEAR, class_name="6B")
    assert (len(mended.released), len(mended.failed)) == (3, 0)
    anew = by_code(mended.issuances)[failed.student_code]
    assert (anew.version, anew.serial != failed.serial) == (2, True)
    assert list((demonstration.data / "work").iterdir()) == []


def test_issued_data_cannot_be_imported_over(demonstration: Demonstration) -> None:
    """A change of what was issued needs a correction; nothing of the workbook is taken."""
    workbook = next((demonstration.data / "workbooks").iterdir()).read_bytes()
    with pytest.raises(ServiceError) as refusal:
        import_class(demonstration, with_name(workbook, 2, "Tên Khác Hẳn"))
    assert refusal.value.code == "already-issued"


def test_next_year_continues_the_document(demonstration: Demonstration) -> None:
    """A later year makes a document of both years that continues the first, whose marks stay good."""
    installation = demonstration.installation
    first_year = sample_class(1, school_year="2024-2025", class_name="6C", grade=6, first_student=301)
    import_class(demonstration, first_year, "2024-2025")
    (first,) = installation.issue(SCHOOL, "2024-2025").released
    second_year = sample_class(1, school_year="2025-2026", class_name="7C", grade=7, first_student=301)
    import_class(demonstration, second_year)
    (second,) = installation.issue(SCHOOL, SCHOOL_YEAR, class_name="7C").released
    transcript = parse_transcript(second.data)
    assert [year.grade for year in transcript.years] == [6, 7]
    assert (transcript.relation.kind, transcript.relation.serial) == (RelationKind.CONTINUES, first.serial)
    earlier = demonstration.verify(released_path(demonstration.data / "issued", first).read_bytes())
    assert earlier.verdict is VerdictCode.VALID
    assert any("năm học mới" in note.vi for note in earlier.notes)


def test_expired_certificate_issues_nothing(demonstration: Demonstration) -> None:
    """Years later the certificates are refused by name before anything is signed."""
    import_class(demonstration, sample_class(1, class_name="6B", first_student=101))
    installation = demonstration.installation
    later = demonstration.clock() + dt.timedelta(days=4 * 365)
    with pytest.raises(KeysError) as refusal:
        installation.keyring.signer(DocumentRole.PRINCIPAL, SCHOOL, now=later)
    assert refusal.value.code == "certificate-expired"


@pytest.mark.parametrize("state", [State.RESERVED, State.SIGNED, State.RECORDED])
def test_work_left_for_days_is_finished_once(demonstration: Demonstration, state: State) -> None:
    """Work that stood for two days is finished: sealed again where nothing is on record, never where it is."""
    import_class(demonstration, sample_class(2, class_name="6B", first_student=101))
    _stop_before(demonstration, state)
    demonstration.clock.forward(hours=50)
    _age_files(demonstration.data / "work")
    report = demonstration.installation.issue(SCHOOL, SCHOOL_YEAR, class_name="6B")
    assert [issuance.failure for issuance in report.issuances] == [None, None]
    for issuance in report.released:
        pdf = released_path(demonstration.data / "issued", issuance).read_bytes()
        assert demonstration.verify(pdf).verdict is VerdictCode.VALID


def test_changed_rows_are_not_approved(demonstration: Demonstration) -> None:
    """An approval is of the very rows: a change after it, or a student it does not name, is refused."""
    (draft, other, *_) = demonstration.installation.register.student_years(SCHOOL, SCHOOL_YEAR)
    approval = demonstration.installation.approvals.approval(SCHOOL, [draft])
    check_approval(draft, approval)
    with pytest.raises(ServiceError) as missing:
        check_approval(other, approval)
    (approved,) = approval.years.values()
    of_other = replace(approved, digest=other.digest)
    renamed = Approval({(draft.learner.student_code, SCHOOL_YEAR): of_other})
    with pytest.raises(ServiceError) as changed:
        check_approval(draft, renamed)
    assert (missing.value.code, changed.value.code) == ("not-approved", "changed-after-approval")


class _StoppedError(Exception):
    """Stands for the power cut."""


def _stop_before(demonstration: Demonstration, state: State) -> None:
    """Issue until documents are about to reach `state`, and stop there as a power cut would."""
    installation = demonstration.installation
    register, advance = installation.register, installation.register.advance

    def advance_or_stop(issuances: object, reached: State, log_indexes: object = None) -> None:
        if reached is _AFTER[state]:
            raise _StoppedError
        advance(issuances, reached, log_indexes)  # type: ignore[arg-type]

    register.advance = advance_or_stop  # type: ignore[assignment]
    with pytest.raises(_StoppedError):
        installation.issue(SCHOOL, SCHOOL_YEAR, class_name="6B")


_AFTER = {State.RESERVED: State.SIGNED, State.SIGNED: State.RECORDED, State.RECORDED: State.RELEASED}


def _age_files(folder: Path) -> None:
    for file in folder.iterdir():
        past = file.stat().st_mtime - 50 * 3600
        os.utime(file, (past, past))

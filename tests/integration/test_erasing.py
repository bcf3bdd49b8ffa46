"""A family's erasure: what goes, what stays and why, and that nothing of what went is left on the disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.verdict import VerdictCode
from service.changing import withdraw_change
from service.demo import SCHOOL_YEAR
from service.errors import ServiceError
from service.sample import sample_class
from service.storage.records import ChangeKind, Erasure, State, StudentYear
from tests.support.changes import correction_request, draft, mended, revoke, token
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.trail import AN_IMPORT

RARE_NAME = "Nguyễn Thị Tên Hiếm Có"
NOTHING = Erasure(0, 0, 0, 0)


def import_class(demonstration: Demonstration) -> tuple[StudentYear, StudentYear]:
    """Import a class of two that nobody has issued."""
    workbook = sample_class(2, class_name="6B", first_student=101)
    result = demonstration.installation.import_workbook(workbook, SCHOOL_YEAR, dry_run=False)
    first, second = result.rows
    renamed = mended(first, full_name=RARE_NAME)
    demonstration.installation.register.put_student_years([renamed], cause=AN_IMPORT)
    return renamed, second


def on_disk(demonstration: Demonstration, words: str) -> list[Path]:
    """Return the files of the data folder in which words stand as they are."""
    files = [path for path in demonstration.data.rglob("*") if path.is_file()]
    return [path for path in files if words.encode() in path.read_bytes()]


def test_drafts_and_reservations_go_and_leave_no_trace(demonstration: Demonstration) -> None:
    """Of a student without a signed document nothing is left, in tables, files or old pages of the database."""
    student, other = import_class(demonstration)
    code = student.learner.student_code
    installation = demonstration.installation
    register = installation.register
    stuck = mended(student, birth_place="Bắc 李")
    register.put_student_years([stuck], cause=AN_IMPORT)
    installation.issue(SCHOOL, SCHOOL_YEAR, student_code=code)
    (reserved,) = register.documents(SCHOOL, code)
    assert reserved.state is State.RESERVED
    assert on_disk(demonstration, RARE_NAME) != []

    planned = installation.erase(SCHOOL, code, dry_run=True)
    assert register.documents(SCHOOL, code) == (reserved,)
    done = installation.erase(SCHOOL, code, dry_run=False)
    assert planned.erased == done.erased == Erasure(drafts=1, reservations=1, requests=0, batches=1)
    assert done.stays == ()
    assert register.student_years(SCHOOL, SCHOOL_YEAR, student_code=code) == ()
    assert register.documents(SCHOOL, code) == ()
    installation.database.dispose()
    assert on_disk(demonstration, RARE_NAME) == []
    assert on_disk(demonstration, code) == []

    assert [erasure for _, erasure in register.erasures(SCHOOL)] == [done.erased]
    assert not register.status_index_is_free(reserved.status_index)
    report = installation.issue(SCHOOL, SCHOOL_YEAR, class_name="6B")
    assert [one.student_code for one in report.released] == [other.learner.student_code]


def test_erasing_again_finds_nothing(demonstration: Demonstration) -> None:
    """Asked again, nothing is erased and nothing more is noted."""
    student, _ = import_class(demonstration)
    installation = demonstration.installation
    for expected in (Erasure(1, 0, 0, 0), NOTHING):
        erased = installation.erase(SCHOOL, student.learner.student_code, dry_run=False).erased
        assert erased == expected
    assert len(installation.register.erasures(SCHOOL)) == 1


def test_issued_documents_stay_and_verify(demonstration: Demonstration) -> None:
    """Issued documents, their drafts and done requests stay, each with its reason; every file says what it said."""
    revoke(demonstration, 1)
    for number, verdict in ((0, VerdictCode.VALID), (1, VerdictCode.REVOKED)):
        issuance, before = demonstration.issuances()[number], draft(demonstration, number)
        report = demonstration.installation.erase(SCHOOL, issuance.student_code, dry_run=False)
        assert report.erased == NOTHING
        assert [count for count, _ in report.stays] == [1] * (number + 1)
        assert "vĩnh viễn" in report.stays[0][1].vi
        assert demonstration.issuances()[number] == issuance
        assert draft(demonstration, number) == before
        assert demonstration.verify(demonstration.pdf(number)).verdict is verdict
    assert demonstration.installation.register.erasures(SCHOOL) == ()


def test_withdrawn_requests_lose_their_data(demonstration: Demonstration) -> None:
    """The data and the reason of a withdrawn correction go; those of an open one stay until it is withdrawn."""
    data = mended(draft(demonstration), address=RARE_NAME)
    change = correction_request(demonstration, data=data)
    installation = demonstration.installation
    code = demonstration.issuances()[0].student_code
    waiting = installation.erase(SCHOOL, code, dry_run=False)
    assert waiting.erased == NOTHING
    assert any("rút" in text.vi for _, text in waiting.stays)
    register = installation.register
    withdraw_change(register, token(demonstration), change.id, ChangeKind.CORRECTION, at=0)
    assert installation.erase(SCHOOL, code, dry_run=False).erased == Erasure(0, 0, 1, 0)
    (left,) = register.changes(SCHOOL)
    assert (left.mended, left.reason) == (None, "")
    installation.database.dispose()
    assert on_disk(demonstration, RARE_NAME) == []


def test_upload_that_was_never_imported_goes(demonstration: Demonstration) -> None:
    """The workbook that the console keeps between checking and importing is removed."""
    upload = demonstration.data / "uploads" / f"{SCHOOL}.zip"
    upload.parent.mkdir()
    upload.write_bytes(b"a workbook")
    assert demonstration.installation.erase(SCHOOL, "HS9999", dry_run=True).uploads == 1
    assert upload.exists()
    assert demonstration.installation.erase(SCHOOL, "HS9999", dry_run=False).uploads == 1
    assert not upload.exists()


def test_unknown_school_is_refused(demonstration: Demonstration) -> None:
    """A school that is not here has nothing to erase, and says so."""
    with pytest.raises(ServiceError) as refused:
        demonstration.installation.erase("NOWHERE", "HS1", dry_run=False)
    assert refused.value.code == "school-unknown"

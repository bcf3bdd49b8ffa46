"""Extracts of one year and summaries for a transfer: the same trust, and never taken for the whole transcript."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from pypdf import PdfReader

from schemas.profiles import DocumentForm
from schemas.record.entry import Issued, Relation, parse_entry
from schemas.transcript.model import RelationKind, Transcript, parse_transcript
from schemas.verdict import Verdict, VerdictCode
from service.cli import main
from service.demo import SCHOOL_YEAR
from service.errors import ServiceError
from service.extracting import ExtractRequest
from service.issuing import released_path
from service.pdf.render import Renderer
from service.self_check import qr_codes
from service.storage.records import Issuance, Standing, State
from tests.support.changes import correct, documents, draft, mended, revoke
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.trail import AN_IMPORT
from verify.record_reader import read_entries

FORMS = {SCHOOL_YEAR: DocumentForm.EXTRACT, None: DocumentForm.TRANSFER_SUMMARY}


def _extracted(demonstration: Demonstration, school_year: str | None = SCHOOL_YEAR) -> Issuance:
    student = demonstration.issuances()[0].student_code
    return demonstration.installation.extract(ExtractRequest(SCHOOL, student, school_year))


def _pdf(demonstration: Demonstration, issuance: Issuance) -> bytes:
    return released_path(demonstration.installation.folder("issued"), issuance).read_bytes()


def _verdict(demonstration: Demonstration, issuance: Issuance) -> Verdict:
    return demonstration.verify(_pdf(demonstration, issuance))


def _said(issuance: Issuance) -> Transcript:
    return parse_transcript(issuance.data)


@pytest.mark.parametrize("school_year", FORMS)
def test_it_is_issued_like_a_transcript_and_says_what_it_is(
    demonstration: Demonstration, school_year: str | None
) -> None:
    """File, QR code and serial verify, and each verdict names the form in words that are not those of a transcript."""
    form = FORMS[school_year]
    issuance = _extracted(demonstration, school_year)
    assert (issuance.state, issuance.failure) == (State.RELEASED, None)
    verifier = demonstration.verifier()
    pdf = _pdf(demonstration, issuance)
    (code,) = qr_codes(PdfReader(io.BytesIO(pdf)).pages[0])
    verdicts = (verifier.file(pdf, name=None), verifier.qr(code), verifier.serial(issuance.serial))
    verifier.close()
    assert [one.verdict for one in verdicts] == [
        VerdictCode.VALID,
        VerdictCode.RECORDED,
        VerdictCode.RECORDED,
    ]
    for verdict in verdicts:
        assert verdict.form is form
        assert verdict.headline.vi != verdict.verdict.headline.vi
        assert any("không phải" in note.vi and "học bạ" in note.vi for note in verdict.notes)
        assert verdict.record is not None
        assert verdict.record.relation == "extracts"


def test_an_extract_is_the_year_word_for_word(demonstration: Demonstration) -> None:
    """It holds the year as the transcript holds it, and of the learner what identifies, no more."""
    source = demonstration.issuances()[0]
    said, extract = _said(source), _said(_extracted(demonstration))
    assert extract.years == tuple(year for year in said.years if year.school_year == SCHOOL_YEAR)
    assert (extract.relation.kind, extract.relation.serial) == (RelationKind.EXTRACTS, said.serial)
    assert extract.learner.full_name == said.learner.full_name
    left_out = {"personal_id", "record_code", "policy_category", "father", "mother", "guardian"}
    assert not left_out & extract.learner.model_dump(exclude_none=True).keys()


def test_a_summary_has_all_years_without_words(demonstration: Demonstration) -> None:
    """Marks and levels of every year; remarks stay in the transcript."""
    said, summary = _said(demonstration.issuances()[0]), _said(_extracted(demonstration, None))
    assert [year.school_year for year in summary.years] == [year.school_year for year in said.years]
    assert summary.learner == said.learner
    text = summary.model_dump_json()
    assert [
        row.remark for year in said.years for row in year.subjects if row.remark and row.remark in text
    ] == []


def test_the_record_names_its_source(demonstration: Demonstration) -> None:
    """The entry has the profile of an extract and refers to the transcript's."""
    source, extract = demonstration.issuances()[0], _extracted(demonstration)
    assert extract.log_index is not None
    entry = parse_entry(read_entries(demonstration.record, extract.log_index, extract.log_index + 1)[0])
    assert isinstance(entry, Issued)
    assert (entry.relation, entry.profile) == (Relation.EXTRACTS, 3)
    assert entry.reference is not None
    assert entry.reference.index == source.log_index


def test_transcripts_are_counted_and_continued_without_it(demonstration: Demonstration) -> None:
    """Extracts change nothing of a class: neither its documents nor what is issued next."""
    before = demonstration.issuances()
    _extracted(demonstration)
    _extracted(demonstration, None)
    assert demonstration.issuances() == before
    report = demonstration.installation.issue(SCHOOL, SCHOOL_YEAR)
    assert report.released == before
    assert demonstration.installation.audit().differences == ()


def test_several_may_be_asked_for(demonstration: Demonstration) -> None:
    """Each is a document of its own, with a serial of its own."""
    assert _extracted(demonstration).serial != _extracted(demonstration).serial


def test_an_extract_of_an_older_year_hinders_no_import(demonstration: Demonstration) -> None:
    """What a transcript says of an older year may be imported anew, for its next correction, whatever was extracted."""
    register, year = demonstration.installation.register, draft(demonstration)
    older = replace(year, year=year.year.model_copy(update={"school_year": "2024-2025"}))
    register.put_student_years([older], cause=AN_IMPORT)
    correct(demonstration, address="Số 1, đường Khác")
    extract = _extracted(demonstration, "2024-2025")
    assert [each.school_year for each in _said(extract).years] == ["2024-2025"]
    assert register.issued_students(SCHOOL, "2024-2025") == frozenset()
    assert register.put_student_years([mended(older)], cause=AN_IMPORT) == 1
    assert (_standing(demonstration, extract), len(documents(demonstration))) == (Standing.CURRENT, 3)


def test_it_is_revoked_with_its_source(demonstration: Demonstration) -> None:
    """Nothing is worth more than what it was taken from; the sentence says that it was the transcript."""
    extract = _extracted(demonstration)
    revoke(demonstration)
    verdict = _verdict(demonstration, extract)
    assert verdict.verdict is VerdictCode.REVOKED
    assert any("được trích từ đó" in check.detail.vi for check in verdict.checks)
    assert _standing(demonstration, extract) is Standing.REVOKED
    assert demonstration.installation.audit().differences == ()
    with pytest.raises(ServiceError) as refused:
        _extracted(demonstration)
    assert refused.value.code == "nothing-to-extract"


def test_it_is_superseded_with_its_source(demonstration: Demonstration) -> None:
    """After a correction the old extract points to the corrected version, and a new one is taken from that."""
    extract = _extracted(demonstration)
    corrected = correct(demonstration, address="Số 1, đường Khác")
    verdict = _verdict(demonstration, extract)
    assert verdict.verdict is VerdictCode.SUPERSEDED
    assert "đính chính" in verdict.headline.vi
    assert verdict.record is not None
    assert verdict.record.corrected_by == corrected.log_index
    assert _standing(demonstration, extract) is Standing.SUPERSEDED
    anew = _extracted(demonstration)
    assert _said(anew).relation.serial == corrected.serial
    assert _verdict(demonstration, anew).verdict is VerdictCode.VALID
    assert demonstration.installation.audit().differences == ()


def test_revoking_an_extract_leaves_its_source(demonstration: Demonstration) -> None:
    """A wrong extract is revoked by its own serial."""
    extract = _extracted(demonstration)
    revoke(demonstration, serial=extract.serial)
    assert _verdict(demonstration, extract).verdict is VerdictCode.REVOKED
    assert _verdict(demonstration, demonstration.issuances()[0]).verdict is VerdictCode.VALID


@pytest.mark.parametrize("school_year", ["2019-2020", "x"])
def test_a_year_that_nothing_says_is_refused(demonstration: Demonstration, school_year: str) -> None:
    """The refusal names the year and what to do; no serial is drawn."""
    before = len(demonstration.installation.register.all_issuances())
    with pytest.raises(ServiceError, match=school_year):
        _extracted(demonstration, school_year)
    assert len(demonstration.installation.register.all_issuances()) == before


def test_one_that_was_left_is_finished(demonstration: Demonstration, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where an extract stopped after its reservation, asking again issues that one, and no second."""

    def no_page(*_: object) -> bytes:
        raise ServiceError("page-unrenderable", "Không dàn được trang.", "The page cannot be set.")

    with monkeypatch.context() as broken:
        broken.setattr(Renderer, "render", no_page)
        left = _extracted(demonstration)
    assert (left.state, left.failure_code) == (State.RESERVED, "page-unrenderable")
    finished = _extracted(demonstration)
    assert (finished.serial, finished.state, finished.failure) == (left.serial, State.RELEASED, None)


def test_one_reserved_before_its_source_ended_is_never_issued(
    demonstration: Demonstration, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would be born without worth: it stays a reservation, and no later batch takes it up."""

    def no_page(*_: object) -> bytes:
        raise ServiceError("page-unrenderable", "Không dàn được trang.", "The page cannot be set.")

    with monkeypatch.context() as broken:
        broken.setattr(Renderer, "render", no_page)
        left = _extracted(demonstration)
    revoke(demonstration)
    demonstration.installation.issue(SCHOOL, SCHOOL_YEAR, student_code=left.student_code)
    (after,) = [one for one in documents(demonstration) if one.id == left.id]
    assert (after.state, after.standing) == (State.RESERVED, Standing.REVOKED)
    assert demonstration.installation.audit().differences == ()


def test_the_command_issues_and_names_the_file(demonstration: Demonstration) -> None:
    """`hocba extract` tells serial and file; exactly one of --year and --transfer is wanted."""
    data = ("--data", str(demonstration.data), "--student", demonstration.issuances()[0].student_code)
    made = CliRunner().invoke(main, ["extract", *data, "--transfer", "--json"])
    assert made.exit_code == 0, made.output
    said = json.loads(made.output.splitlines()[-1])
    demonstration.clock.catch_up()
    assert demonstration.verify(Path(said["file"]).read_bytes()).form is DocumentForm.TRANSFER_SUMMARY
    assert said["serial"] in said["file"]
    for wrong in ((), ("--year", SCHOOL_YEAR, "--transfer")):
        assert CliRunner().invoke(main, ["extract", *data, *wrong]).exit_code == 2
    refused = CliRunner().invoke(main, ["extract", *data, "--year", "2019-2020"])
    assert (refused.exit_code, "nothing-to-extract" in refused.output) == (1, True)


def test_one_that_waits_for_a_signature_is_no_failure(
    demonstration: Demonstration, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the keys are at the office the command says that it waits, names no file yet, and ends well."""

    def no_signature(*_: object) -> bytes:
        raise ServiceError("signature-awaited", "Đang chờ chữ ký.", "A signature is awaited.")

    monkeypatch.setattr(Renderer, "render", no_signature)
    student = demonstration.issuances()[0].student_code
    made = CliRunner().invoke(
        main, ["extract", "--data", str(demonstration.data), "--student", student, "--transfer", "--json"]
    )
    assert made.exit_code == 0, made.output
    assert json.loads(made.stdout.splitlines()[-1])["file"] is None
    assert "Đang chờ chữ ký" in made.stderr


def _standing(demonstration: Demonstration, issuance: Issuance) -> Standing:
    return next(one.standing for one in documents(demonstration) if one.id == issuance.id)

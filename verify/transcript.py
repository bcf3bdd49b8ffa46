"""Verifying a file: the numbered checks, from bytes to one verdict (docs/verification.md).

Pure but for the sandbox that it is handed: no clock, no disk, no network. A check that breaks does not pass.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Protocol

from schemas.errors import Text
from schemas.pdf_profile import PROFILES, SignatureField
from schemas.record.trust_root import TrustRoot
from schemas.serial import display_serial
from schemas.transcript.model import Transcript
from schemas.validation_data import find_validation_data
from schemas.verdict import CheckId, CheckStatus, Sentence, Source, Verdict, VerdictCode
from verify.checks.content import check_content, parse_content
from verify.checks.issuer import NOTHING_KNOWN, Issuers, check_issuer
from verify.checks.recorded import (
    ProofRefusedError,
    RecordedEntry,
    check_absent,
    entry_in_record,
    entry_of_proof,
)
from verify.checks.signatures import SigningTimes, check_signatures
from verify.checks.status import RevokedError, SupersededError, check_status
from verify.checks.structure import FoundSignature, check_structure
from verify.decision import FileFacts, decide_file
from verify.findings import BusyError, CheckFailedError, CheckUnknownError, FindingError, Findings
from verify.messages import CONTENT_LATER, CONTENT_NOT_OPENED, ROLE_MISSING
from verify.names import notes_on_letters, notes_on_school
from verify.record_reader import RecordView
from verify.report import (
    document_of,
    form_of,
    notes_on,
    notes_on_form,
    record_report,
    signature_reports,
    unreadable_verdict,
)
from verify.sandbox import Extraction, SandboxBusyError, SandboxError
from verify.token_chain import TokenReader

MAX_FILE_BYTES = 10 * 1024 * 1024


class Extract(Protocol):
    """What parses a file where it can do no harm; `known` are bytes that the record knows."""

    def __call__(self, pdf: bytes, /, *, known: bool) -> Extraction:
        """Return what was read.

        Raises:
            SandboxError: it was not parsed.
            SandboxBusyError: nobody was free to parse it.
        """


@dataclass(frozen=True, slots=True)
class Evidence:
    """What verification stands on; `view` is None offline. Passed from the outermost layer inwards."""

    trust: TrustRoot
    view: RecordView | None
    extract: Extract
    now: dt.datetime
    tokens: TokenReader | None = None
    """The time stamps over the record."""


def verify_transcript(pdf: bytes, evidence: Evidence, *, name: str | None = None) -> Verdict:
    """Verify the bytes of one file. `name` is shown back to whoever gave it.

    Raises:
        BusyError: nobody was free to parse a file that the record does not know.
    """
    findings = Findings()
    if len(pdf) > MAX_FILE_BYTES:
        findings.add(CheckId.READABLE, CheckFailedError(_TOO_LARGE))
        return unreadable_verdict("file", findings, test=evidence.trust.test, now=evidence.now)
    # 1. structure: the byte scan and the CMS come before any parser.
    signatures = findings.run(CheckId.STRUCTURE, lambda: _signatures(pdf)) or ()
    # 2. recorded: by the proof that the file carries, or by the record at hand.
    entry, about_entry = _find_entry(signatures, evidence, findings)
    # 3. readable: in the sandbox, or bytes that the record knows.
    extraction = _read(pdf, entry, evidence, findings)
    found = _Found(signatures, entry, extraction, SigningTimes(_claimed_time(entry, extraction)))
    # 4. signatures: each over this document, by the key of its certificate, at a possible time.
    if signatures:
        times = findings.run(
            CheckId.SIGNATURES,
            lambda: check_signatures(
                signatures,
                claimed=found.times.claimed,
                trust=evidence.trust.time_stamps,
                now=evidence.now,
                seen=_past_for_certain(entry, evidence.view),
            ),
        )
        found = replace(found, times=times or found.times)
    # 5. content: the attached data are the ones on record.
    transcript = _read_content(found, findings)
    # 6. issuer: certificates in force for this school and role.
    if signatures:
        school = entry.issued.school if entry else transcript.issuer.code if transcript else None
        issuers = findings.run(
            CheckId.ISSUER,
            lambda: check_issuer(
                signatures,
                school=school,
                index=entry.index if entry else None,
                times=found.times,
                trust=evidence.trust,
                view=evidence.view,
                tokens=evidence.tokens,
                validation=find_validation_data(pdf),
                now=evidence.now,
            ),
        )
        found = replace(found, issuers=issuers or found.issuers)
        _check_recorded(found, about_entry, evidence, findings)
    # 7. status: neither revoked nor corrected, as far as a fresh record tells.
    profile = entry.issued.profile if entry else transcript.profile if transcript else None
    facts = _facts(found, profile, findings, evidence)
    verdict = decide_file(findings.statuses(), facts)
    missing = (ROLE_MISSING,) if not facts.roles_complete and verdict is VerdictCode.UNRECORDED else ()
    return _verdict(pdf, name, verdict, findings, found, evidence, transcript, missing)


@dataclass(frozen=True, slots=True)
class _Found:
    signatures: tuple[FoundSignature, ...]
    entry: RecordedEntry | None
    extraction: Extraction | None
    times: SigningTimes
    issuers: Issuers = NOTHING_KNOWN

    @property
    def seal(self) -> FoundSignature | None:
        return next((one for one in self.signatures if one.field is SignatureField.SEAL), None)


def _signatures(pdf: bytes) -> tuple[FoundSignature, ...]:
    """Return the signatures; a file that nobody signed has no layout that was signed, whatever its bytes."""
    signatures = check_structure(pdf)
    if not signatures:
        raise CheckUnknownError(_NOT_SIGNED)
    return signatures


def _claimed_time(entry: RecordedEntry | None, extraction: Extraction | None) -> dt.datetime | None:
    if entry is not None:
        return dt.datetime.fromtimestamp(entry.issued.time, dt.UTC)
    return extraction.claimed_time if extraction else None


def _past_for_certain(entry: RecordedEntry | None, view: RecordView | None) -> dt.datetime | None:
    """Return the latest time that the clock of a trusted log has signed, in the record at hand or the file's proof."""
    checkpoints = [one for one in (view and view.checkpoint, entry and entry.proven) if one]
    clocks = [one.clock_time for one in checkpoints if one.clock_time is not None]
    return dt.datetime.fromtimestamp(max(clocks), dt.UTC) if clocks else None


def _find_entry(
    signatures: tuple[FoundSignature, ...], evidence: Evidence, findings: Findings
) -> tuple[RecordedEntry | None, FindingError | None]:
    seal = next((one for one in signatures if one.field is SignatureField.SEAL), None)
    if seal is None:
        return None, None
    if seal.cms.proof is None:
        return entry_in_record(seal.document_digest, evidence.view), None
    try:
        return entry_of_proof(
            seal.cms.proof, seal.document_digest, trust=evidence.trust, view=evidence.view
        ), None
    except ProofRefusedError as finding:
        findings.add(CheckId.STRUCTURE, finding)
        return None, finding
    except FindingError as finding:
        return None, finding


def _read(
    pdf: bytes, entry: RecordedEntry | None, evidence: Evidence, findings: Findings
) -> Extraction | None:
    extraction = None
    try:
        extraction = evidence.extract(pdf, known=entry is not None)
    except SandboxBusyError:
        if entry is None:
            raise BusyError from None
        # Opened, it might be found to hold other data.
        findings.add(CheckId.CONTENT, CheckUnknownError(CONTENT_LATER))
    except SandboxError:
        if entry is None:
            findings.add(CheckId.READABLE, CheckFailedError(_NOT_READ))
            return None
    # Known bytes need no parser: what is lost is only the data to show.
    findings.run(CheckId.READABLE, lambda: None)
    return extraction


def _read_content(found: _Found, findings: Findings) -> Transcript | None:
    data = found.extraction.data if found.extraction else None
    transcript = None
    if data is not None:
        try:
            transcript = parse_content(data)
        except CheckFailedError as finding:
            findings.add(CheckId.CONTENT, finding)
            return None
    entry = found.entry.issued if found.entry else None
    findings.run(CheckId.CONTENT, lambda: check_content(transcript, data, entry))
    return transcript


def _check_recorded(
    found: _Found, about_entry: FindingError | None, evidence: Evidence, findings: Findings
) -> None:
    if about_entry is not None:
        findings.add(CheckId.RECORDED, about_entry)
    elif found.entry is None:
        findings.run(CheckId.RECORDED, lambda: check_absent(evidence.view, found.times.last))
    else:
        findings.run(CheckId.RECORDED, lambda: None)


def _roles_complete(signatures: tuple[FoundSignature, ...], profile: int | None) -> bool:
    """Whether everybody has signed whom the profile asks for; where none is said or known, two at least."""
    fields = tuple(one.field for one in signatures)
    required = PROFILES.get(profile) if profile is not None else None
    return len(fields) > 1 if required is None else fields == required


def _facts(found: _Found, profile: int | None, findings: Findings, evidence: Evidence) -> FileFacts:
    revoked = superseded = False
    try:
        check_status(found.entry, evidence.view, evidence.now)
        findings.run(CheckId.STATUS, lambda: None)
    except FindingError as finding:
        revoked, superseded = isinstance(finding, RevokedError), isinstance(finding, SupersededError)
        findings.add(CheckId.STATUS, finding)
    extraction = found.extraction
    return FileFacts(
        parsed=extraction is not None,
        is_ours=extraction is None or bool(extraction.fields) or extraction.data is not None,
        is_signed=bool(found.signatures) or findings.status(CheckId.STRUCTURE) is CheckStatus.FAIL,
        roles_complete=not found.signatures or _roles_complete(found.signatures, profile),
        revoked=revoked,
        superseded=superseded,
    )


def _verdict(
    pdf: bytes,
    name: str | None,
    verdict: VerdictCode,
    findings: Findings,
    found: _Found,
    evidence: Evidence,
    transcript: Transcript | None = None,
    said: Sequence[Text] = (),
) -> Verdict:
    # An altered file shows nothing of itself: whoever changed it would choose what is shown.
    shown = verdict not in {VerdictCode.ALTERED, VerdictCode.UNREADABLE, VerdictCode.NOT_A_TRANSCRIPT}
    view, entry = evidence.view, found.entry
    remains_good = findings.status(CheckId.ISSUER) is CheckStatus.PASS and verdict is not VerdictCode.REVOKED
    notes = notes_on(
        found.signatures,
        entry,
        view,
        evidence.now,
        remains_good=remains_good,
        times=found.times,
        proof=found.issuers.proof,
    )
    form = form_of(entry, transcript.profile if transcript else None) if shown else None
    reports = signature_reports(
        found.signatures, found.times, entry, findings, evidenced=found.issuers.evidenced
    )
    names = [name for one in reports for name in (one.signer, one.managing_unit, one.issuer)]
    if transcript:
        names += [transcript.learner.full_name, transcript.issuer.name]
        said = (*said, *notes_on_school(transcript, found.signatures, view))
    if entry and found.extraction is None:
        said = (*said, CONTENT_NOT_OPENED)
    first = (*said, *notes_on_form(form), *notes_on_letters(names))
    notes = (*map(Sentence.of, first), *notes)
    serial = display_serial(transcript.serial) if transcript and shown else None
    return Verdict(
        verdict=verdict,
        headline=Sentence.of(verdict.headline_of(form)),
        subject="file",
        source=Source(name=name, sha256=sha256(pdf).hexdigest(), bytes=len(pdf)),
        form=form,
        test=evidence.trust.test,
        checks=findings.checks(),
        notes=notes if shown else (),
        document=document_of(transcript) if transcript and shown else None,
        signatures=reports if shown else (),
        record=record_report(entry, view, serial, evidence.now) if entry and shown else None,
        checked_at=evidence.now,
    )


_TOO_LARGE = Text(
    "Tệp lớn hơn 10 MB; học bạ số nhỏ hơn nhiều. Hãy chọn đúng tệp.",
    "The file is larger than 10 MB; transcripts are far smaller. Choose the right file.",
)
_NOT_SIGNED = Text(
    "Tệp không có chữ ký số nào, nên không có bản đã ký để so.",
    "The file has no digital signature, so there is nothing signed to compare it with.",
)
_NOT_READ = Text(
    "Không đọc được tệp này như một tệp PDF. Hãy tải lại tệp gốc rồi thử lại.",
    "The file could not be read as a PDF. Fetch the original again and retry.",
)

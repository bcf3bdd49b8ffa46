"""What a verdict shows beside its checks: the document, its signatures, its place in the record, notes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from hashlib import sha256
from itertools import repeat
from typing import Literal

from schemas.claims import Claims
from schemas.errors import Text
from schemas.pdf_profile import SignatureField
from schemas.profiles import FORMS, DocumentForm
from schemas.record.entry import RevocationClass
from schemas.record.ledger import Ledger
from schemas.transcript.model import Transcript
from schemas.verdict import (
    CheckId,
    Document,
    RecordReport,
    Sentence,
    SignatureReport,
    Verdict,
    VerdictCode,
)
from verify.certificate_path import describe_signer
from verify.checks.recorded import RecordedEntry
from verify.checks.signatures import SigningTimes
from verify.checks.structure import FoundSignature
from verify.compared import compared_claims, compared_year
from verify.findings import Findings
from verify.messages import (
    COMPROMISED_LATER,
    CONTINUED,
    NOT_THE_HOLDER,
    NOT_THE_WHOLE,
    proven_by_itself,
    proven_by_time_stamp,
    record_age,
    sealed_long_before,
)
from verify.record_reader import RecordView
from verify.time_stamp import TimeStamp
from verify.versions import versions_of

_ROLES = {
    SignatureField.HOMEROOM: "Giáo viên chủ nhiệm",
    SignatureField.PRINCIPAL: "Hiệu trưởng",
    SignatureField.SEAL: "Con dấu của trường",
}
_MAX_SEAL_AGE = dt.timedelta(hours=24)
_CLASSES = {
    RevocationClass.ERROR: "error",
    RevocationClass.COMPROMISE: "compromise",
    RevocationClass.OTHER: "other",
}


def form_of(entry: RecordedEntry | None, profile: int | None = None) -> DocumentForm | None:
    """Return what a document is: by its entry, else by the profile that it states itself."""
    said = profile if entry is None else entry.issued.profile
    return None if said is None else FORMS.get(said)


def notes_on_form(form: DocumentForm | None) -> list[Text]:
    """Return what must be said of something that is not the whole transcript."""
    return [NOT_THE_WHOLE[form]] if form in NOT_THE_WHOLE else []


def unreadable_verdict(
    subject: Literal["file", "qr", "serial"], findings: Findings, *, test: bool, now: dt.datetime
) -> Verdict:
    """Return the verdict on what could not be read: nothing is known of it, not even its digest."""
    code = VerdictCode.UNREADABLE
    return Verdict(
        verdict=code,
        headline=Sentence.of(code.headline),
        subject=subject,
        source=None,
        test=test,
        checks=findings.checks(),
        document=None,
        signatures=(),
        record=None,
        checked_at=now,
    )


def document_of(transcript: Transcript) -> Document:
    """Return the signed content of a file, to compare with a paper."""
    years = tuple(compared_year(year) for year in transcript.years)
    return Document(
        school=transcript.issuer.name,
        school_code=transcript.issuer.code,
        full_name=transcript.learner.full_name,
        birth_date=transcript.learner.birth_date,
        years=years,
        transcript=transcript,
    )


def document_of_claims(claims: Claims, school_name: str | None) -> Document:
    """Return the signed content of a QR, to compare with the paper it is printed on."""
    return Document(
        school=school_name or claims.school_code,
        school_code=claims.school_code,
        full_name=claims.full_name,
        birth_date=claims.birth_date,
        years=tuple(compared_claims(year) for year in claims.years),
    )


def signature_reports(
    signatures: Sequence[FoundSignature],
    times: SigningTimes,
    entry: RecordedEntry | None,
    findings: Findings,
    *,
    evidenced: Sequence[bool],
) -> tuple[SignatureReport, ...]:
    """Return what the law wants shown of each signature (TT 15/2025/TT-BKHCN).

    A level is what was checked: a time stamp that could not be is none, and neither is evidence that did not do.
    """
    reports = []
    for one, stamp, signed_at, proven in zip(
        signatures, times.stamps or repeat(None), times.each, evidenced or repeat(None), strict=False
    ):
        signer, unit, issuer, not_before, not_after = describe_signer(one.cms.certificates[0])
        reports.append(
            SignatureReport(
                role=_ROLES[one.field],
                signer=signer,
                managing_unit=unit,
                issuer=issuer,
                signed_at=signed_at,
                time_source=(
                    "timestamp" if stamp else "record" if entry else "claimed" if signed_at else "none"
                ),
                level="B-LT" if stamp and proven else "B-T" if stamp else "B-B",
                integrity=findings.status(CheckId.SIGNATURES),
                certificate_valid=(not_before, not_after),
                valid_at_signing=findings.status(CheckId.ISSUER),
                revocation_evidence="embedded" if proven else "none",
            )
        )
    return tuple(reports)


def record_report(
    entry: RecordedEntry, view: RecordView | None, serial: str | None, now: dt.datetime
) -> RecordReport:
    """Return what the record says of a document."""
    ledger = view.ledger if view else None
    revocation = ledger.revocation(entry.index) if ledger else None
    corrected_by = ledger.corrected_by(entry.index) if ledger else None
    continued_by = ledger.continued_by(entry.index) if ledger else None
    later = continued_by if corrected_by is None else corrected_by
    status = "unknown"
    if revocation is not None:
        status = "revoked"
    elif corrected_by is not None:
        status = "superseded"
    elif view is not None and view.is_fresh(now) and not entry.beyond_view:
        status = "valid"
    # What the file proves by itself counts where no record at hand reaches as far.
    used = view.checkpoint if view and not (entry.beyond_view and entry.proven) else entry.proven
    clock = used.clock_time if used else None
    return RecordReport.model_validate(
        {
            "serial": serial,
            "index": entry.index,
            "tree_size": used.checkpoint.size if used else entry.index + 1,
            "issued_at": dt.datetime.fromtimestamp(entry.issued.time, dt.UTC),
            "school_code": entry.issued.school,
            "school_name": ledger.issuers.school_name(entry.issued.school) if ledger else None,
            "status": status,
            "relation": entry.issued.relation.name.lower(),
            "continued_by": continued_by,
            "corrected_by": corrected_by,
            "revoked_class": _CLASSES[revocation[1].revocation_class] if revocation else None,
            "revoked_at": dt.datetime.fromtimestamp(revocation[1].time, dt.UTC) if revocation else None,
            "revoked_by": _school(revocation[1].school, ledger) if revocation and ledger else None,
            "root": used.checkpoint.root.hex() if used else None,
            "versions": versions_of(entry.index, ledger, later=later)
            if ledger and not entry.beyond_view
            else (),
            "record_time": dt.datetime.fromtimestamp(clock, dt.UTC) if clock is not None else None,
        }
    )


def _school(code: str, ledger: Ledger) -> str:
    return ledger.issuers.school_name(code) or code


def notes_on_record(view: RecordView | None, now: dt.datetime) -> list[Text]:
    """Return what a reader should know of the record that the verdict rests on: its alarms, and its age."""
    return [*view.alarms, record_age(view.checkpoint.clock_time, now)] if view else []


def notes_on(
    signatures: Sequence[FoundSignature],
    entry: RecordedEntry | None,
    view: RecordView | None,
    now: dt.datetime,
    *,
    remains_good: bool,
    times: SigningTimes,
    proof: TimeStamp | None = None,
) -> tuple[Sentence, ...]:
    """Return what a reader should know beside the verdict; `remains_good` where neither key nor issuer took it back."""
    notes = notes_on_record(view, now)
    if entry is not None and times.last and times.claimed and times.claimed - times.last > _MAX_SEAL_AGE:
        notes.append(sealed_long_before(times.last))
    if proof is not None:
        notes.append(proven_by_time_stamp(proof.time, proof.authority))
    thumbprints = [sha256(one.cms.certificates[0]).digest() for one in signatures]
    was_compromised = view is not None and any(map(view.ledger.issuers.was_compromised, thumbprints))
    if was_compromised and remains_good:
        notes.append(COMPROMISED_LATER)
    if view is not None and entry is not None and view.ledger.continued_by(entry.index) is not None:
        notes.append(CONTINUED)
    if entry is not None and entry.beyond_view and entry.proven is not None:
        notes.append(proven_by_itself(entry.proven))
    notes.append(NOT_THE_HOLDER)
    return tuple(Sentence.of(note) for note in notes)

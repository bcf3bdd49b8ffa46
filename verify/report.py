"""What a verdict shows beside its checks: the document, its signatures, its place in the record, notes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from hashlib import sha256
from typing import Literal

from schemas.claims import ClaimedYear, Claims
from schemas.errors import Text
from schemas.pdf_profile import SignatureField
from schemas.record.entry import Relation, RevocationClass
from schemas.transcript.model import Transcript
from schemas.transcript.subjects import SUBJECTS
from schemas.verdict import (
    CheckId,
    ComparedSubject,
    ComparedYear,
    Document,
    RecordReport,
    Sentence,
    SignatureReport,
    Verdict,
    VerdictCode,
)
from verify.certificate_path import describe_signer
from verify.checks.recorded import RecordedEntry
from verify.checks.structure import FoundSignature
from verify.findings import Findings
from verify.messages import COMPROMISED_LATER, CONTINUED, NOT_THE_HOLDER, proven_by_itself, record_age
from verify.record_reader import RecordView

_ROLES = {
    SignatureField.HOMEROOM: "Giáo viên chủ nhiệm",
    SignatureField.PRINCIPAL: "Hiệu trưởng",
    SignatureField.SEAL: "Con dấu của trường",
}
_RELATIONS = {Relation.FIRST: "first", Relation.CONTINUES: "continues", Relation.CORRECTS: "corrects"}
_CLASSES = {
    RevocationClass.ERROR: "error",
    RevocationClass.COMPROMISE: "compromise",
    RevocationClass.OTHER: "other",
}


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
    years = tuple(
        ComparedYear(
            school_year=year.school_year,
            grade=year.grade,
            subjects=tuple(
                ComparedSubject(
                    subject=row.title or SUBJECTS[row.subject].name,
                    semester1=row.semester1,
                    semester2=row.semester2,
                    year=row.year,
                    reassessed=row.reassessed,
                )
                for row in year.subjects
            ),
            results=_results(
                (year.conduct.semester1, year.conduct.semester2, year.conduct.year, year.conduct.after),
                (year.learning.semester1, year.learning.semester2, year.learning.year, year.learning.after),
                year.promotion,
                year.absences,
            ),
        )
        for year in transcript.years
    )
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
        years=tuple(_claimed_year(year) for year in claims.years),
    )


def signature_reports(
    signatures: Sequence[FoundSignature],
    signed_at: dt.datetime | None,
    entry: RecordedEntry | None,
    findings: Findings,
) -> tuple[SignatureReport, ...]:
    """Return what the law wants shown of each signature (TT 15/2025/TT-BKHCN)."""
    reports = []
    for one in signatures:
        signer, unit, issuer, not_before, not_after = describe_signer(one.cms.certificates[0])
        reports.append(
            SignatureReport(
                role=_ROLES[one.field],
                signer=signer,
                managing_unit=unit,
                issuer=issuer,
                signed_at=signed_at,
                time_source="record" if entry else "claimed" if signed_at else "none",
                level="B-T" if one.cms.time_stamp else "B-B",
                integrity=findings.status(CheckId.SIGNATURES),
                certificate_valid=(not_before, not_after),
                valid_at_signing=findings.status(CheckId.ISSUER),
                revocation_evidence="none",
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
            "relation": _RELATIONS[entry.issued.relation],
            "continued_by": ledger.continued_by(entry.index) if ledger else None,
            "corrected_by": corrected_by,
            "revoked_class": _CLASSES[revocation[1].revocation_class] if revocation else None,
            "revoked_at": dt.datetime.fromtimestamp(revocation[1].time, dt.UTC) if revocation else None,
            "record_time": dt.datetime.fromtimestamp(clock, dt.UTC) if clock is not None else None,
        }
    )


def notes_on_record(view: RecordView | None, now: dt.datetime) -> list[Text]:
    """Return what a reader should know of the record that the verdict rests on: its alarms, and its age."""
    return [*view.alarms, record_age(view.checkpoint.clock_time, now)] if view else []


def notes_on(
    signatures: Sequence[FoundSignature],
    entry: RecordedEntry | None,
    view: RecordView | None,
    now: dt.datetime,
) -> tuple[Sentence, ...]:
    """Return what a reader should know beside the verdict."""
    notes = notes_on_record(view, now)
    thumbprints = [sha256(one.cms.certificates[0]).digest() for one in signatures]
    if view is not None and any(view.ledger.issuers.was_compromised(one) for one in thumbprints):
        notes.append(COMPROMISED_LATER)
    if view is not None and entry is not None and view.ledger.continued_by(entry.index) is not None:
        notes.append(CONTINUED)
    if entry is not None and entry.beyond_view and entry.proven is not None:
        notes.append(proven_by_itself(entry.proven))
    notes.append(NOT_THE_HOLDER)
    return tuple(Sentence.of(note) for note in notes)


def _claimed_year(year: ClaimedYear) -> ComparedYear:
    return ComparedYear(
        school_year=f"{year.first_year}-{year.first_year + 1}",
        grade=year.grade,
        subjects=tuple(
            ComparedSubject(
                subject=SUBJECTS[row.subject].name,
                semester1=row.marks[0],
                semester2=row.marks[1],
                year=row.marks[2],
                reassessed=row.marks[3],
            )
            for row in year.subjects
        ),
        results=_results(year.conduct, year.learning, year.promotion, year.absences),
    )


def _results(
    conduct: Sequence[str | None], learning: Sequence[str | None], promotion: str | None, absences: int
) -> dict[str, str]:
    names = ("học kì I", "học kì II", "cả năm", "sau đánh giá lại")
    found = {f"Kết quả học tập, {name}": level for name, level in zip(names, learning, strict=True)}
    found |= {f"Kết quả rèn luyện, {name}": level for name, level in zip(names, conduct, strict=True)}
    found |= {"Kết luận": promotion, "Số buổi nghỉ học": str(absences)}
    return {name: str(value) for name, value in found.items() if value is not None}

"""What the issuing side checks of a file that it has just signed, against the entry about to be written.

The checks of a verifier but `readable`, `recorded` and `status`, and stricter: nothing may be unknown. The bytes were
made by this very process and its data read back by the caller, so no PDF parser sees them here and no sandbox is asked;
a stranger's file never comes this way.
"""

from __future__ import annotations

import datetime as dt

from schemas.errors import Text
from schemas.pdf_profile import PROFILES
from schemas.qr import QRAddress
from schemas.record.entry import Issued
from schemas.record.trust_root import TrustRoot
from schemas.serial import display_serial, sid
from schemas.transcript.model import Transcript, format_transcript
from schemas.validation_data import find_validation_data
from verify.checks.content import check_content
from verify.checks.issuer import check_issuer
from verify.checks.signatures import check_signatures
from verify.checks.structure import check_structure
from verify.findings import CheckFailedError
from verify.paper import check_own_qr
from verify.record_reader import RecordView


def check_own_file(
    pdf: bytes,
    transcript: Transcript,
    qr: QRAddress,
    expected: Issued,
    *,
    trust: TrustRoot,
    view: RecordView | None,
    now: dt.datetime,
) -> int:
    """Check a signed file before it is recorded.

    Args:
        pdf: the file, signed by everybody.
        transcript: what the attached bytes say, as they were read back from the file.
        qr: what the QR code says, as it was read back from the page.
        expected: the entry about to be written; it would be the next of the record.
        trust: whom verifiers will believe.
        view: the record as it stands.
        now: the clock.

    Raises:
        CheckFailedError: a verifier would refuse it.
        CheckUnknownError: a verifier could not tell.

    Returns:
        The size of the record that was looked at: who may sign by it.
    """
    signatures = check_structure(pdf)
    if len(signatures) != len(PROFILES[expected.profile]) or signatures[-1].document_digest != expected.pdf:
        raise CheckFailedError(
            Text(
                "Học bạ chưa đủ chữ ký, hoặc con dấu phủ tệp khác.",
                "The transcript lacks a signature, or its seal covers another file.",
            )
        )
    signed_at = dt.datetime.fromtimestamp(expected.time, dt.UTC)
    times = check_signatures(signatures, claimed=signed_at, trust=trust.time_stamps, now=now)
    check_content(transcript, format_transcript(transcript), expected)
    check_issuer(
        signatures,
        school=expected.school,
        index=None if view is None else view.size,
        times=times,
        trust=trust,
        view=view,
        validation=find_validation_data(pdf),
        now=now,
    )
    check_own_qr(qr, view=view, now=now)
    _check_sources(transcript, view)
    return 0 if view is None else view.size


def _check_sources(transcript: Transcript, view: RecordView | None) -> None:
    """Refuse years that were taken from a document which does not stand any more, where this record knows it."""
    for year in transcript.years:
        index = view.ledger.index_of_sid(sid(year.source.serial)) if view and year.source else None
        if view is None or year.source is None or index is None:
            continue
        if view.ledger.revocation(index) is not None or view.ledger.corrected_by(index) is not None:
            serial = display_serial(year.source.serial)
            raise CheckFailedError(
                Text(
                    f"Năm học {year.school_year} được tiếp nhận từ học bạ số {serial}, nay đã bị thu hồi hoặc đính "
                    "chính; hãy tiếp nhận lại từ bản đang có hiệu lực (hocba takeover).",
                    f"The year {year.school_year} was taken over from transcript {serial}, which was revoked or "
                    "corrected since; take it over again from the one in force (hocba takeover).",
                )
            )

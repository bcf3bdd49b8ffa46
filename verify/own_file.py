"""What the issuing side checks of a file that it has just signed, against the entry about to be written.

The checks of a verifier but `readable`, `recorded` and `status`, and stricter: nothing may be unknown. The bytes were
made by this very process and its data read back by the caller, so no PDF parser sees them here and no sandbox is asked;
a stranger's file never comes this way.
"""

from __future__ import annotations

import datetime as dt

from schemas.errors import Text
from schemas.pdf_profile import PROFILES
from schemas.record.entry import Issued
from schemas.record.trust_root import TrustRoot
from schemas.transcript.model import Transcript
from verify.checks.content import check_content
from verify.checks.issuer import check_issuer
from verify.checks.signatures import check_signatures
from verify.checks.structure import check_structure
from verify.findings import CheckFailedError
from verify.record_reader import RecordView


def check_own_file(
    pdf: bytes,
    transcript: Transcript,
    data: bytes,
    expected: Issued,
    *,
    trust: TrustRoot,
    view: RecordView | None,
    now: dt.datetime,
) -> None:
    """Check a signed file before it is recorded.

    Args:
        pdf: the file, signed by everybody.
        transcript: what `data` say.
        data: the attached bytes, as they were read back from the file.
        expected: the entry about to be written; it would be the next of the record.
        trust: whom verifiers will believe.
        view: the record as it stands.
        now: the clock.

    Raises:
        CheckFailedError: a verifier would refuse it.
        CheckUnknownError: a verifier could not tell.
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
    check_signatures(signatures, signed_at, now)
    check_content(transcript, data, expected)
    check_issuer(
        signatures,
        school=expected.school,
        index=None if view is None else view.size,
        signed_at=signed_at,
        trust=trust,
        view=view,
    )

"""`signatures`: each is over this document, by the key of its certificate, at a time that can be."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from schemas.errors import Text
from verify.checks.structure import FoundSignature
from verify.cms import check_signature
from verify.findings import CheckFailedError, CheckUnknownError
from verify.record_reader import CLOCK_TOLERANCE


def check_signatures(
    signatures: Sequence[FoundSignature], signed_at: dt.datetime | None, now: dt.datetime
) -> None:
    """Check every signature of the file.

    Raises:
        CheckFailedError: one does not fit, or claims to lie in the future.
        CheckUnknownError: one carries a time stamp, which this version cannot check.
    """
    for one in signatures:
        check_signature(one.cms, one.document_digest)
    if signed_at is not None and signed_at > now + dt.timedelta(seconds=CLOCK_TOLERANCE):
        raise CheckFailedError(
            Text("Thời điểm ký nằm trong tương lai.", "The signing time lies in the future.")
        )
    if any(one.cms.time_stamp is not None for one in signatures):
        raise CheckUnknownError(
            Text(
                "Phiên bản này chưa kiểm được dấu thời gian của chữ ký.",
                "This version cannot check the time stamp of the signature.",
            )
        )

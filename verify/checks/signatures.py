"""`signatures`: each is over this document, by the key of its certificate, at a time that can be."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise, repeat
from typing import Final

from schemas.errors import Text
from schemas.record.trust_root import TimeStamps
from schemas.time_stamp import TimeStampToken, bare_time_stamp
from verify.checks.structure import FoundSignature
from verify.cms import check_signature
from verify.findings import CheckFailedError, CheckUnknownError
from verify.messages import CLOCK_BEHIND
from verify.record_reader import CLOCK_TOLERANCE
from verify.time_stamp import TimeStamp, check_token, describe_time_stamp

TOLERANCE: Final = dt.timedelta(seconds=CLOCK_TOLERANCE)


@dataclass(frozen=True, slots=True)
class SigningTimes:
    """When the signatures were made, as far as anything tells."""

    claimed: dt.datetime | None
    """The entry's time, else what the last signature claims."""
    stamps: tuple[TimeStamp | None, ...] = ()
    """The time stamp of each signature, in the order of signing; empty where they could not be checked."""

    @property
    def each(self) -> Iterator[dt.datetime | None]:
        """The time of each signature, without end: its time stamp's, else the claimed one."""
        yield from (stamp.time if stamp else self.claimed for stamp in self.stamps)
        yield from repeat(self.claimed)

    @property
    def last(self) -> dt.datetime | None:
        """The time of the last signature."""
        stamp = self.stamps[-1] if self.stamps else None
        return stamp.time if stamp else self.claimed


def check_signatures(
    signatures: Sequence[FoundSignature],
    *,
    claimed: dt.datetime | None,
    trust: TimeStamps | None,
    now: dt.datetime,
    seen: dt.datetime | None = None,
) -> SigningTimes:
    """Check every signature of the file, and its time stamp.

    Args:
        signatures: in the order of signing.
        claimed: when they were made, where no time stamp says it; None where nothing does.
        trust: whose time stamps are believed; None: nobody's.
        now: the clock.
        seen: a time that is past for certain, by the clock of a log's checkpoint; None where none is at hand.

    Raises:
        CheckFailedError: a signature or a time stamp is over something else, or a time cannot be.
        CheckUnknownError: a time stamp is by somebody whom the trust root does not believe, or did not then; or the
            clock is behind what is past for certain.
    """
    for one in signatures:
        check_signature(one.cms, one.document_digest)
    tokens = [_token(one) for one in signatures]
    times = [claimed, *(token.time for token in tokens if token)]
    latest = max((time for time in times if time is not None), default=now)
    if latest > now + TOLERANCE:
        # A clock that was set back is no fault of the document.
        if seen is not None and latest <= seen + TOLERANCE:
            raise CheckUnknownError(CLOCK_BEHIND)
        raise CheckFailedError(
            Text("Thời điểm ký nằm trong tương lai.", "The signing time lies in the future.")
        )
    stamped = [token.time for token in tokens if token]
    if any(earlier > later + TOLERANCE for earlier, later in pairwise(stamped)):
        raise CheckFailedError(
            Text(
                "Dấu thời gian của các chữ ký không theo thứ tự ký.",
                "The time stamps of the signatures are not in the order of signing.",
            )
        )
    return SigningTimes(claimed, tuple(_believed(token, trust) for token in tokens))


def _token(signature: FoundSignature) -> TimeStampToken | None:
    token = signature.cms.time_stamp
    if token is None:
        return None
    checked = check_token(token, sha256(signature.cms.signature).digest())
    if bare_time_stamp(token) != token:
        raise CheckFailedError(
            Text(
                "Dấu thời gian của chữ ký mang theo dữ liệu lạ.",
                "The time stamp of a signature brings along what does not belong to it.",
            )
        )
    return checked


def _believed(token: TimeStampToken | None, trust: TimeStamps | None) -> TimeStamp | None:
    if token is None:
        return None
    if trust is None:
        raise CheckUnknownError(
            Text(
                "Gốc tin cậy này không tin tổ chức cấp dấu thời gian nào, nên chưa kiểm được thời điểm ký.",
                "This trust root believes no time-stamp authority, so the signing time cannot be checked.",
            )
        )
    try:
        return describe_time_stamp(token, trust)
    except CheckFailedError as finding:
        # It is over this very signature; whether its authority may be believed is not the document's fault.
        raise CheckUnknownError(finding.text) from finding

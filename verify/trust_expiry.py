"""When a trust root ends, and warning before: whoever runs a verifier from 60 days on, its readers in the last 7."""

from __future__ import annotations

import datetime as dt
import math

from schemas.errors import Text
from schemas.record.trust_root import TrustRoot
from schemas.vietnam_time import VIETNAM
from verify.findings import VerifyError

WARN_DAYS, WARN_MORE_DAYS, LAST_DAYS = 60, 30, 7
_DAY = 86_400


def check_not_expired(trust: TrustRoot, now: dt.datetime) -> None:
    """Refuse a trust root that is no longer believed: nothing can be concluded under it.

    Raises:
        VerifyError: `trust-root-expired`.
    """
    if now >= trust.expires_at:
        raise VerifyError(
            "trust-root-expired",
            f"Gốc tin cậy (bản {trust.version}) đã hết hạn ngày {_day(trust)}, nên chưa kết luận được gì. "
            "Hãy lấy bản mới: xem docs/trust-root.md.",
            f"The trust root (version {trust.version}) expired on {_day(trust)}; nothing can be concluded. "
            "Get the next version: see docs/trust-root.md.",
        )


def days_left(trust: TrustRoot, now: dt.datetime) -> int:
    """Return how many days, begun ones counted, the trust root will still be believed; 0 or less: expired."""
    return math.ceil((trust.expires_at - now).total_seconds() / _DAY)


def expiry_warning(trust: TrustRoot, now: dt.datetime) -> Text | None:
    """Warn whoever runs a verifier, from 60 days before the trust root expires, more urgently at 30 and at 7."""
    days = days_left(trust, now)
    if days > WARN_DAYS:
        return None
    if days <= 0:
        return Text(
            f"Gốc tin cậy đã hết hạn ngày {_day(trust)}: mọi kiểm tra đã dừng.",
            f"The trust root expired on {_day(trust)}: nothing is verified any more.",
        )
    vi, en = "Hãy lấy bản mới", "Get the next version"
    if days <= LAST_DAYS:
        vi, en = (
            "KHẨN: sau ngày đó mọi kiểm tra sẽ dừng. Hãy lấy bản mới ngay",
            ("URGENT: after that nothing can be verified. Get the next version now"),
        )
    elif days <= WARN_MORE_DAYS:
        vi, en = "Cần làm trong tháng này: hãy lấy bản mới", "To be done this month: get the next version"
    return Text(
        f"Gốc tin cậy hết hạn ngày {_day(trust)} (còn {days} ngày). {vi}: xem docs/trust-root.md.",
        f"The trust root expires on {_day(trust)} ({days} days left). {en}: see docs/trust-root.md.",
    )


def expiry_note(trust: TrustRoot, now: dt.datetime) -> Text | None:
    """Return what readers of a verdict are told in the last 7 days: that this place is about to stop."""
    if days_left(trust, now) > LAST_DAYS:
        return None
    return Text(
        f"Nơi kiểm tra này cần được cập nhật gốc tin cậy trước ngày {_day(trust)}; sau đó sẽ không kết luận được.",
        f"This verifier needs a new trust root by {_day(trust)}; from then on it cannot conclude anything.",
    )


def _day(trust: TrustRoot) -> str:
    return f"{trust.expires_at.astimezone(VIETNAM):%d/%m/%Y}"

"""How much one address or one institution may ask, and when to come again: no puzzles, only patience.

Counts are kept in this process: where several serve, each counts for itself, and the front counts for all
(docs/portal.md).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address, ip_network
from typing import Final

from flask import Flask, g, request
from limits import RateLimitItem, RateLimitItemPerDay, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from schemas.errors import Text
from verify.findings import VerifyError
from verify.web.tokens import Institution, TokenFile

UPLOAD, LOOK_UP = "upload", "look-up"
KINDS: Final[Mapping[str, str]] = {
    "pages.check_file": UPLOAD,
    "api.verify_document": UPLOAD,
    "desk.check_document": UPLOAD,
    "desk.check_form": UPLOAD,
    "desk.check_code": LOOK_UP,
    "desk.show_results": LOOK_UP,
    "pages.check_qr": LOOK_UP,
    "pages.find_serial": LOOK_UP,
    "pages.show_serial": LOOK_UP,
    "api.look_up": LOOK_UP,
    "api.look_up_many": LOOK_UP,
    "packs.list_packs": LOOK_UP,
    "packs.show_pack": LOOK_UP,
}
"""What each route costs; those that are not named cost nothing, but for what is posted: that is an upload."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one address may ask in a minute without a token; 0 is no limit."""

    uploads: int = 300
    look_ups: int = 1200


class TooManyError(Exception):
    """An address or an institution asked too much; it may come again after so many seconds."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"again in {seconds} s")
        self.seconds = seconds


class UnknownTokenError(Exception):
    """A token was given that no institution has."""


class Limits:
    """Counts requests."""

    def __init__(self, allowance: Allowance, tokens: TokenFile, *, now: Callable[[], datetime]) -> None:
        """Count by these allowances."""
        self._allowance, self._tokens, self._now = allowance, tokens, now
        self._counter = FixedWindowRateLimiter(MemoryStorage())

    def check(self, kind: str, cost: int) -> None:
        """Count `cost` documents or serials of this request.

        Raises:
            TooManyError: more than is allowed; nothing was counted.
            UnknownTokenError: the token is nobody's.
        """
        institution = self._institution()
        if institution is not None:
            whose = institution.sha256
            windows: list[RateLimitItem] = [
                RateLimitItemPerMinute(institution.per_minute),
                RateLimitItemPerDay(institution.per_day),
            ]
        else:
            whose = client_network(request.remote_addr)
            most = self._allowance.uploads if kind == UPLOAD else self._allowance.look_ups
            windows = [RateLimitItemPerMinute(most)] if most else []
            whose = f"{whose} {kind}"
        for window in windows:
            if not self._counter.test(window, whose, cost=cost):
                reset = self._counter.get_window_stats(window, whose).reset_time
                seconds = math.ceil(reset - self._now().timestamp())
                raise TooManyError(min(max(1, seconds), window.get_expiry()))
        for window in windows:
            self._counter.hit(window, whose, cost=cost)

    def _institution(self) -> Institution | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if not scheme:
            return None
        try:
            institution = self._tokens.institution(token.strip()) if scheme.lower() == "bearer" else None
        except (VerifyError, OSError) as error:
            raise UnknownTokenError from error
        if institution is None:
            raise UnknownTokenError
        return institution


def client_network(address: str | None) -> str:
    """Return what counts as one address: all of IPv4, and the /64 that one line of IPv6 gets."""
    try:
        parsed = ip_address(address or "")
    except ValueError:
        return "unknown"
    return str(ip_network(f"{parsed}/64", strict=False)) if parsed.version == 6 else str(parsed)


def register_limits(app: Flask, limits: Limits) -> None:
    """Count every request before it is answered; what costs more than one is counted by its route, see `charge`."""

    @app.before_request
    def _count() -> None:
        kind = KINDS.get(request.endpoint or "", UPLOAD if request.method == "POST" else "")
        if kind and request.endpoint != "api.look_up_many":
            limits.check(kind, 1)
        g.charge = limits.check


def charge(kind: str, cost: int) -> None:
    """Count what a route found to cost more than one.

    Raises:
        TooManyError: more than is allowed.
    """
    g.charge(kind, cost)


def too_many(seconds: int) -> Text:
    """Say when to come again."""
    return Text(
        f"Đã hỏi quá nhiều trong thời gian ngắn. Hãy thử lại sau {seconds} giây.",
        f"Too many requests in a short time. Try again in {seconds} seconds.",
    )

"""Asking time-stamp authorities (RFC 3161) over HTTP: those of the installation's settings, in their order, no others.

What comes back is checked as every verifier will check it, and against the very question, before anybody sees it. An
authority that failed is left alone for a while, so that a batch does not wait for it again and again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from urllib.parse import SplitResult

from schemas.errors import SchemaError
from schemas.record.trust_root import TimeStamps
from schemas.time_stamp import format_request, parse_response, parse_time_stamp
from service.errors import ServiceError
from service.evidence.asked_addresses import AskedAddress, http_address, reason_of
from service.evidence.bounded_http import post
from verify.findings import CheckFailedError
from verify.record_reader import CLOCK_TOLERANCE
from verify.time_stamp import TimeStamp, check_time_stamp

TIMEOUT_SECONDS = 10.0
MAX_RESPONSE_BYTES = 1 << 16
_NONCE_BYTES = 8
_QUERY = {"Content-Type": "application/timestamp-query"}


class TimeStampClient:
    """Gets time stamps. Safe to share between threads."""

    def __init__(
        self,
        addresses: tuple[str, ...],
        *,
        now: Callable[[], dt.datetime],
        token_bytes: Callable[[int], bytes],
        timeout: float = TIMEOUT_SECONDS,
    ) -> None:
        """Keep whom to ask.

        Args:
            addresses: http or https; the first that answers well serves.
            now: the clock.
            token_bytes: randomness for nonces.
            timeout: seconds that one authority may take, from connecting to its last byte.

        Raises:
            ServiceError: `time-stamp-address`.
        """
        self._authorities = tuple(AskedAddress(checked_address(one)) for one in addresses)
        self._now, self._token_bytes, self._timeout = now, token_bytes, timeout

    def stamp(self, imprint: bytes, trust: TimeStamps) -> tuple[bytes, TimeStamp]:
        """Return a token over a SHA-256 by an authority that verifiers believe, and what it says.

        Raises:
            ServiceError: `time-stamp-unavailable`: nobody gave a good one; the sentence names each reason.
        """
        reasons = []
        for one in self._authorities:
            if one.is_paused(self._now()):
                reasons.append(f"{one.name}: failed before, asked again at {one.paused_until:%H:%M:%S} UTC")
                continue
            try:
                found = self._ask(one.address, imprint, trust)
            except (OSError, SchemaError, CheckFailedError, ValueError) as error:
                one.failed(self._now())
                reasons.append(f"{one.name}: {reason_of(error)}")
            else:
                one.answered()
                return found
        told = "; ".join(reasons)
        raise ServiceError(
            "time-stamp-unavailable",
            f"Chưa lấy được dấu thời gian ({told}). Hãy kiểm tra HOCBA_TIME_STAMP_URLS và đường truyền.",
            f"No time stamp could be got ({told}). Check HOCBA_TIME_STAMP_URLS and the connection.",
        )

    def _ask(self, address: SplitResult, imprint: bytes, trust: TimeStamps) -> tuple[bytes, TimeStamp]:
        nonce = int.from_bytes(self._token_bytes(_NONCE_BYTES))
        question = format_request(imprint, nonce)
        answer = post(address, question, _QUERY, seconds=self._timeout, most=MAX_RESPONSE_BYTES)
        token = parse_response(answer)
        stamp = check_time_stamp(token, imprint, trust)
        if parse_time_stamp(token).nonce != nonce:
            raise ValueError("the answer is to another question (nonce)")
        if abs((stamp.time - self._now()).total_seconds()) > CLOCK_TOLERANCE:
            raise ValueError(
                f"its clock says {stamp.time:%Y-%m-%d %H:%M:%S} UTC, more than ten minutes from ours"
            )
        return token, stamp


def checked_address(url: str) -> SplitResult:
    """Return the parts of an authority's address. Plain http will do: what comes back is signed.

    Raises:
        ServiceError: `time-stamp-address`.
    """
    parts = http_address(url)
    if parts is None:
        raise ServiceError(
            "time-stamp-address",
            f"Địa chỉ máy cấp dấu thời gian phải có dạng http://MÁY/… hoặc https://MÁY/…: {url}",
            f"The address of a time-stamp authority must be of the form http://HOST/… or https://HOST/…: {url}",
        )
    return parts

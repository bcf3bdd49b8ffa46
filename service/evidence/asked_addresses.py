"""Addresses of servers that the settings name and that are asked while documents are made; one that fails rests.

So an outage costs a batch one wait, not one for each document.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from schemas.errors import SchemaError
from verify.findings import FindingError

_FIRST_PAUSE, _LONGEST_PAUSE = dt.timedelta(minutes=1), dt.timedelta(hours=1)


@dataclass(eq=False)
class AskedAddress:
    """An address, and until when it is left alone: for a minute, then two, up to an hour."""

    address: SplitResult
    failures: int = 0
    paused_until: dt.datetime = field(default=dt.datetime.min.replace(tzinfo=dt.UTC))

    @property
    def name(self) -> str:
        """How it is called in sentences."""
        return self.address.netloc

    def is_paused(self, now: dt.datetime) -> bool:
        """Whether it is left alone."""
        return now < self.paused_until

    def failed(self, now: dt.datetime) -> None:
        """Leave it alone for a while."""
        pause = min(_FIRST_PAUSE * 2 ** min(self.failures, 8), _LONGEST_PAUSE)
        self.failures, self.paused_until = self.failures + 1, now + pause

    def answered(self) -> None:
        """Begin anew with the shortest pause."""
        self.failures = 0


def http_address(url: str) -> SplitResult | None:
    """Return the parts of an address; None where it is none. Plain http will do for answers that are signed."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    is_plain = url.isascii() and url.isprintable() and " " not in url
    return parts if good and is_plain and not parts.username and not parts.fragment else None


def reason_of(error: Exception) -> str:
    """Return why there is no good answer, for a sentence."""
    if isinstance(error, SchemaError | FindingError):
        return error.text.en.rstrip(".")
    return str(error) or type(error).__name__

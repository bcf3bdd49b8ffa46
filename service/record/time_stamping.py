"""Having checkpoints stamped, and keeping the tokens with the record (docs/formats/record.md, "Time-stamp tokens").

Every token is over the one before too, so each new one renews all the earlier ones. The folder itself says how far the
chain is: what a crash leaves half is written again, since a token counts only when its own file is there.
"""

from __future__ import annotations

import datetime as dt
import fcntl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from schemas.errors import SchemaError
from schemas.record.entry import Issued, parse_entry
from schemas.record.tiles import stamped_path, token_path
from schemas.record.token_chain import format_stamped, next_stamped
from schemas.record.trust_root import TimeStamps
from service.errors import ServiceError
from service.evidence.time_stamp_client import TimeStampClient
from service.record.publisher import Publisher
from verify.time_stamp import TimeStamp
from verify.token_chain import ChainedToken, read_tokens

RENEW_BEFORE = dt.timedelta(days=60)
"""From how long before the newest token's authority ends a new one is got, entries or not."""
AT_LEAST_EVERY = dt.timedelta(days=30)
_LOCK_FILE = "tokens.lock"


@dataclass(frozen=True, slots=True)
class NewestToken:
    """The newest token of the record."""

    number: int
    size: int
    stamp: TimeStamp


@dataclass(frozen=True, slots=True)
class TimeStampingTools:
    """What having checkpoints stamped needs."""

    publisher: Publisher
    state: Path
    client: TimeStampClient
    trust: TimeStamps
    every: dt.timedelta
    """How long a document may be on record before a token covers it."""
    signed_note: Callable[[], bytes]
    """The last signed checkpoint, as it was published."""
    entries_from: Callable[[int], Sequence[bytes]]
    """The entries from an index on."""
    now: Callable[[], dt.datetime]


def stamp_if_due(tools: TimeStampingTools) -> NewestToken | None:
    """Have the checkpoint stamped where it is time, and return the newest token that is believed, if any.

    Raises:
        ServiceError: as `stamp_checkpoint`.
    """
    with _locked(tools.state):
        tokens = read_tokens(tools.publisher.folder)
        newest = _newest(tokens, tools.trust)
        return _stamp(tools, tokens) if _is_due(tools, newest) else newest


def stamp_checkpoint(tools: TimeStampingTools) -> NewestToken:
    """Have the last signed checkpoint stamped, and publish the token.

    Raises:
        ServiceError: `time-stamp-unavailable`, `time-stamp-nothing`.
        SchemaError: `token-chain-full`.
    """
    with _locked(tools.state):
        return _stamp(tools, read_tokens(tools.publisher.folder))


def _stamp(tools: TimeStampingTools, tokens: list[ChainedToken | None]) -> NewestToken:
    before = tokens[-1] if tokens else None
    if tokens and before is None:
        raise ServiceError(
            "time-stamp-chain-damaged",
            f"Dấu thời gian {token_path(len(tokens))} của sổ cấp bị hỏng; hãy lấy lại tệp này từ một bản sao của sổ.",
            f"The record's time stamp {token_path(len(tokens))} is damaged; take the file back from a mirror.",
        )
    stamped = next_stamped(None if before is None else (before.number, before.token), tools.signed_note())
    data = format_stamped(stamped)
    try:
        size = stamped.checkpoint.size
    except SchemaError:
        size = 0
    if not size:
        raise ServiceError(
            "time-stamp-nothing",
            "Sổ cấp chưa có mục nào để đóng dấu thời gian.",
            "The record has no entry yet that a time stamp could cover.",
        )
    token, stamp = tools.client.stamp(sha256(data).digest(), tools.trust)
    # The token last: whoever sees it finds what it stamps.
    tools.publisher.write_token(stamped_path(stamped.number), data)
    tools.publisher.write_token(token_path(stamped.number), token)
    return NewestToken(stamped.number, size, stamp)


def _is_due(tools: TimeStampingTools, newest: NewestToken | None) -> bool:
    now = tools.now()
    if newest is None:
        return True
    age = now - newest.stamp.time
    if age < tools.every:
        return False
    return (
        age >= AT_LEAST_EVERY
        or newest.stamp.until - now < RENEW_BEFORE
        or any(_is_document(entry) for entry in tools.entries_from(newest.size))
    )


def _is_document(entry: bytes) -> bool:
    try:
        return isinstance(parse_entry(entry), Issued)
    except SchemaError:
        return False


def _newest(tokens: list[ChainedToken | None], trust: TimeStamps) -> NewestToken | None:
    token = tokens[-1] if tokens else None
    stamp = token.checked(trust) if token else None
    return NewestToken(token.number, token.checkpoint.size, stamp) if token and stamp else None


@contextmanager
def _locked(state: Path) -> Iterator[None]:
    with (state / _LOCK_FILE).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield

"""By when the record proves that an entry existed: time-stamp tokens over its checkpoints, each over the one before.

What makes a token worth something today is that its authority's certificates are still valid, or that a later token,
worth something itself, was made over it while they were. The later one holds the digest of the earlier one, so the
chain is followed by digests alone, also across tokens whose authority is not believed.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from schemas.errors import SchemaError
from schemas.record.checkpoint import Checkpoint
from schemas.record.tiles import stamped_path, token_path
from schemas.record.token_chain import MAX_STAMPED_BYTES, MAX_TOKENS, StampedCheckpoint, parse_stamped
from schemas.record.trust_root import TimeStamps
from schemas.time_stamp import MAX_TOKEN_BYTES, TimeStampToken, parse_time_stamp
from verify.files import read_regular_file
from verify.findings import CheckFailedError
from verify.time_stamp import TimeStamp, check_time_stamp, describe_time_stamp


@dataclass(frozen=True)
class ChainedToken:
    """A token and what it stamps: its imprint is that of the stamped bytes."""

    first: int
    """The number of the first token up to which the chain is whole, going back from this one."""
    token: bytes
    stamped: StampedCheckpoint
    parsed: TimeStampToken

    @property
    def number(self) -> int:
        """Its place in the chain."""
        return self.stamped.number

    @cached_property
    def checkpoint(self) -> Checkpoint:
        """The checkpoint that it stamps; nothing vouches for it yet but the token."""
        return self.stamped.checkpoint

    def described(self, trust: TimeStamps) -> TimeStamp | None:
        """Return what it says where its certificates are believed; its signature is not looked at."""
        try:
            return describe_time_stamp(self.parsed, trust)
        except CheckFailedError:
            return None

    def checked(self, trust: TimeStamps) -> TimeStamp | None:
        """Return what it says where it was right when it was made."""
        try:
            return check_time_stamp(self.token, self.parsed.imprint, trust)
        except CheckFailedError:
            return None


def read_token(folder: Path, number: int, before: ChainedToken | None) -> ChainedToken | None:
    """Return the token of a number, linked to the one before where it names it; None where it is missing or damaged."""
    try:
        token = read_regular_file(folder / token_path(number), MAX_TOKEN_BYTES)
        stamped = read_regular_file(folder / stamped_path(number), MAX_STAMPED_BYTES)
    except OSError:
        return None
    return chained(number, token, stamped, before)


def read_tokens(folder: Path) -> list[ChainedToken | None]:
    """Return the tokens of a record's folder by their number less one, up to the first number that has none."""
    tokens: list[ChainedToken | None] = []
    while len(tokens) < MAX_TOKENS and (folder / token_path(len(tokens) + 1)).exists():
        tokens.append(read_token(folder, len(tokens) + 1, tokens[-1] if tokens else None))
    return tokens


def chained(number: int, token: bytes, stamped: bytes, before: ChainedToken | None) -> ChainedToken | None:
    """Return a token as a link of the chain; None where its two files do not belong together, or to this number."""
    try:
        parsed, what = parse_time_stamp(token), parse_stamped(stamped)
    except SchemaError:
        return None
    if what.number != number or parsed.imprint != sha256(stamped).digest():
        return None
    linked = before is not None and what.previous == sha256(before.token).digest()
    return ChainedToken(before.first if linked and before else number, token, what, parsed)


@dataclass(frozen=True, slots=True)
class Sought:
    """An entry of which it must be shown that it existed."""

    index: int
    before: dt.datetime
    """By when, at the latest."""
    is_ours: Callable[[Checkpoint], bool]
    """Whether the log at hand went through a checkpoint."""


class TokenReader:
    """Reads the tokens of a record's folder, anew when it changes, and says what they prove. Safe between threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._tokens: list[ChainedToken | None] = []
        self._changed = 0

    def proof(self, sought: Sought, trust: TimeStamps, now: dt.datetime) -> TimeStamp | None:
        """Return a time stamp that shows the entry to have existed in time, where the tokens give one today."""
        for run in _runs(self.tokens()):
            found = _reach(run, sought, now, trust)
            if found is not None:
                return found
        return None

    def tokens(self) -> list[ChainedToken | None]:
        """Return the tokens by their number less one; None for one that cannot be used."""
        with self._lock:
            try:
                changed = (self._folder / token_path(1)).parent.stat().st_mtime_ns
            except OSError:
                return []
            if changed != self._changed:
                self._tokens, self._changed = read_tokens(self._folder), changed
            return self._tokens


def _runs(tokens: list[ChainedToken | None]) -> list[list[ChainedToken]]:
    """Return the unbroken parts of the chain."""
    runs: list[list[ChainedToken]] = []
    for token in tokens:
        if token is not None and token.first == token.number:
            runs.append([token])
        elif token is not None:
            runs[-1].append(token)
    return runs


def _reach(run: list[ChainedToken], sought: Sought, now: dt.datetime, trust: TimeStamps) -> TimeStamp | None:
    """Go back from now, each time to the oldest token that still stands alone there, as far as is asked."""
    said = [token.described(trust) for token in run]
    reach, end = now, len(run)
    while True:
        standing = [
            (one.time, place)
            for place, one in enumerate(said[:end])
            if one is not None and one.time <= reach <= one.until
        ]
        for time, place in sorted(standing):
            token = run[place]
            if time > sought.before:
                if token.checked(trust) is not None:
                    reach, end = time, place
                    break
            elif token.checkpoint.size > sought.index and sought.is_ours(token.checkpoint):
                stamp = token.checked(trust)
                if stamp is not None:
                    return stamp
        else:
            return None

"""What the time-stamp tokens over checkpoints stamp: one spelling."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from schemas.errors import SchemaError
from schemas.record.token_chain import (
    MAX_TOKENS,
    StampedCheckpoint,
    format_stamped,
    next_stamped,
    parse_stamped,
)
from tests.support.record import digest, sample_log

NOTE = sample_log([b"an entry"]).note()
FIRST = StampedCheckpoint(1, None, NOTE)
SECOND = StampedCheckpoint(2, bytes(range(32)), NOTE)


@pytest.mark.parametrize("stamped", [FIRST, SECOND, StampedCheckpoint(MAX_TOKENS, digest("token"), NOTE)])
def test_round_trip(stamped: StampedCheckpoint) -> None:
    """What is stamped is read as it was written, the first and a later one."""
    assert parse_stamped(format_stamped(stamped)) == stamped
    assert stamped.checkpoint.size == 1


def test_next_names_the_token_before() -> None:
    """The first has none before it; the next has the digest of the first; a full chain takes no more."""
    assert next_stamped(None, NOTE) == FIRST
    assert next_stamped((1, b"token"), NOTE) == StampedCheckpoint(2, digest("token"), NOTE)
    with pytest.raises(SchemaError, match="token-chain-full"):
        next_stamped((MAX_TOKENS, b"token"), NOTE)


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.replace(b"/v1", b"/v2"),
        lambda data: data.replace(b"number 2", b"number 02"),
        lambda data: data.replace(b"number 2", b"number 0"),
        lambda data: data.replace(b"number 2", b"number 1"),
        lambda data: data.replace(b"number 2", b"number 16385"),
        lambda data: data.replace(bytes(range(32)).hex().encode(), b"none"),
        lambda data: data.replace(b"1e1f", b"1E1F"),
        lambda data: data.replace(b"\n\n", b"\n \n", 1),
        lambda data: data.partition(b"\n\n")[0] + b"\n\n",
        lambda data: data + bytes(70_000),
        lambda data: data.replace(NOTE, sample_log([]).note()),
        lambda _: b"",
    ],
)
def test_another_spelling_is_refused(change: Callable[[bytes], bytes]) -> None:
    """Another header, number, link or case, no note, an empty log's or far too much: refused."""
    with pytest.raises(SchemaError, match=r"stamped-checkpoint-invalid|note-invalid"):
        parse_stamped(change(format_stamped(SECOND)))

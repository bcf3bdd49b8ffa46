"""Counts in windows: what is allowed is counted, what is too much is not, and a window ends."""

from __future__ import annotations

from verify.web.windows import Allowed, Windows

MINUTE, DAY = Allowed(3, 60), Allowed(5, 86_400)


class Clock:
    """Seconds that a test sets."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.seconds


def test_what_fits_is_counted_and_what_does_not_waits_for_the_end_of_the_window() -> None:
    """The window begins with the first question and is told in seconds until its end."""
    clock = Clock()
    windows = Windows(now=clock)
    assert windows.take("a", 2, [MINUTE]) == 0
    clock.seconds += 20
    assert windows.take("a", 1, [MINUTE]) == 0
    assert windows.take("a", 1, [MINUTE]) == 40
    clock.seconds += 40
    assert windows.take("a", 3, [MINUTE]) == 0


def test_a_refusal_counts_nothing() -> None:
    """Where one of several allowances is used up, the others are left as they were."""
    clock = Clock()
    windows = Windows(now=clock)
    assert windows.take("a", 3, [MINUTE, DAY]) == 0
    assert windows.take("a", 1, [MINUTE, DAY]) == 60
    clock.seconds += 60
    assert windows.take("a", 2, [MINUTE, DAY]) == 0
    assert windows.take("a", 1, [MINUTE, DAY]) == 86_400 - 60


def test_everybody_has_windows_of_their_own() -> None:
    """One who asks too much keeps nobody else waiting."""
    windows = Windows(now=Clock())
    assert windows.take("a", 3, [MINUTE]) == 0
    assert windows.take("a", 1, [MINUTE]) > 0
    assert windows.take("b", 3, [MINUTE]) == 0


def test_no_allowance_is_no_limit() -> None:
    """Where nothing is said, everything is allowed."""
    windows = Windows(now=Clock())
    assert [windows.take("a", 1_000_000, []) for _ in range(3)] == [0, 0, 0]


def test_windows_that_ended_are_forgotten() -> None:
    """A flood of addresses fills the memory of a minute, and no more."""
    clock = Clock()
    windows = Windows(now=clock)
    for number in range(1000):
        windows.take(f"address {number}", 1, [MINUTE])
    assert windows.kept == 1000
    clock.seconds += 61
    windows.take("another", 1, [MINUTE])
    assert windows.kept == 1

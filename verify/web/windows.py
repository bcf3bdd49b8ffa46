"""Counts in windows of a fixed length: how much each asker asked for since its window began."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Final

_SWEEP_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Allowed:
    """The most that may be asked for in so many seconds."""

    most: int
    seconds: int


@dataclass(slots=True)
class _Window:
    count: int
    ends: float


class Windows:
    """Counts in memory, and forgets what has ended. Safe to share between threads."""

    def __init__(self, *, now: Callable[[], float] = monotonic) -> None:
        """Begin at zero; `now` gives seconds of a clock that nobody sets."""
        self._now = now
        self._lock = threading.Lock()
        self._windows: dict[tuple[str, int], _Window] = {}
        self._sweep_at = now() + _SWEEP_SECONDS

    @property
    def kept(self) -> int:
        """How many windows are in memory."""
        return len(self._windows)

    def take(self, whose: str, cost: int, allowed: Sequence[Allowed]) -> float:
        """Count `cost` under every allowance, or under none where it is more than one of them leaves.

        Returns:
            0 where it was counted, else the seconds until the window ends that is full.
        """
        with self._lock:
            now = self._now()
            self._sweep(now)
            windows = [self._window(whose, one, now) for one in allowed]
            for window, one in zip(windows, allowed, strict=True):
                if window.count + cost > one.most:
                    return window.ends - now
            for window in windows:
                window.count += cost
        return 0.0

    def _window(self, whose: str, allowed: Allowed, now: float) -> _Window:
        window = self._windows.get((whose, allowed.seconds))
        if window is None or window.ends <= now:
            window = self._windows[whose, allowed.seconds] = _Window(0, now + allowed.seconds)
        return window

    def _sweep(self, now: float) -> None:
        if now >= self._sweep_at:
            self._windows = {key: one for key, one in self._windows.items() if one.ends > now}
            self._sweep_at = now + _SWEEP_SECONDS

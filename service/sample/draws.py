"""Drawing by purpose: what is invented comes from SHA-256 of a seed and of what it is for, and can be repeated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeVar

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Draws:
    """What a seed gives; the same purpose is always answered the same."""

    seed: int

    def below(self, limit: int, *purpose: object) -> int:
        """Return a number from 0 to `limit` - 1."""
        text = " ".join(("hocba/sample", str(self.seed), *map(str, purpose)))
        return int.from_bytes(sha256(text.encode()).digest()[:8]) % limit

    def one_of(self, choices: Sequence[_T], *purpose: object) -> _T:
        """Return one of the choices."""
        return choices[self.below(len(choices), *purpose)]

    def chance(self, percent: int, *purpose: object) -> bool:
        """Whether something happens that happens in so many of a hundred cases."""
        return self.below(100, *purpose) < percent

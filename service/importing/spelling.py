"""Vietnamese words that are written in two ways and read in one: where the tone mark stands in "Thùy" and "Thuỳ"."""

from __future__ import annotations

import unicodedata
from typing import Final

_TONES: Final = frozenset("\u0300\u0301\u0303\u0309\u0323")


def tones_last(text: str) -> str:
    """Return a text, decomposed, with the tone mark of each word behind it: what to compare, never what to keep."""
    return " ".join(map(_tone_last, unicodedata.normalize("NFD", text).split()))


def _tone_last(word: str) -> str:
    tones = "".join(character for character in word if character in _TONES)
    return "".join(character for character in word if character not in _TONES) + tones if tones else word

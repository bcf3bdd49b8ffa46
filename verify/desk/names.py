"""Names as people compare them: case, spaces and the place of a tone mark do not count, every letter and tone does."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final

_TONES: Final = "\u0300\u0301\u0303\u0309\u0323"  # huyền, sắc, ngã, hỏi, nặng


@lru_cache(maxsize=4096)
def name_key(full_name: str) -> str:
    """Return what is equal for two spellings of one name: "HÒA" and "hoà" are one, "hoa" and "hòa" are not.

    A Vietnamese syllable has one tone, so it may be moved to the end of its word without loss.
    """
    return " ".join(_word_key(word) for word in _folded(full_name).split())


@lru_cache(maxsize=4096)
def bare_name(full_name: str) -> str:
    """Return a name without marks, as a keyboard without Vietnamese types it."""
    letters = unicodedata.normalize("NFD", _folded(full_name).replace("đ", "d"))
    return " ".join("".join(each for each in letters if not unicodedata.combining(each)).split())


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold().replace("\u00f0", "đ")


def _word_key(word: str) -> str:
    parts = unicodedata.normalize("NFD", word)
    tones = sorted(part for part in parts if part in _TONES)
    return unicodedata.normalize("NFC", "".join(part for part in parts if part not in _TONES)) + "".join(
        f"{_TONES.index(tone)}" for tone in tones
    )

"""Vietnamese order of names: the given name (the last word) first, đ after d, tones last."""

from __future__ import annotations

import unicodedata

_LETTERS = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_TONES = "\u0300\u0309\u0303\u0301\u0323"  # huyền, hỏi, ngã, sắc, nặng

NameKey = tuple[list[tuple[list[int], list[int]]], str]


def name_key(full_name: str) -> NameKey:
    """Return what sorts a full name among others."""
    words = full_name.lower().split()
    return [_word_key(word) for word in words[-1:] + words[:-1]], full_name


def _word_key(word: str) -> tuple[list[int], list[int]]:
    letters: list[int] = []
    tones: list[int] = []
    for letter in unicodedata.normalize("NFC", word):
        parts = unicodedata.normalize("NFD", letter)
        bare = unicodedata.normalize("NFC", "".join(part for part in parts if part not in _TONES))
        letters.append(_LETTERS.find(bare))
        tones.append(next((_TONES.index(part) + 1 for part in parts if part in _TONES), 0))
    return letters, tones

"""Text that somebody else chose, made fit to be shown: what one sees is what is there."""

from __future__ import annotations

import unicodedata
from typing import Final

_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_LONGEST: Final = 200


def visible(text: str) -> str:
    """Return text in NFC, each character that cannot be seen or turns others around replaced by one that can."""
    composed = unicodedata.normalize("NFC", text)
    return "".join("\N{REPLACEMENT CHARACTER}" if _is_hidden(each) else each for each in composed)


def shown_text(text: str) -> str:
    """Return a name as a certificate claims it, in one line of at most 200 characters."""
    clean = visible(text)
    return clean if len(clean) <= _LONGEST else clean[: _LONGEST - 1] + "…"


def _is_hidden(character: str) -> bool:
    # Surrogates stand for the bytes of a file name that is no UTF-8.
    return unicodedata.category(character) in _HIDDEN

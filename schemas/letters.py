"""Letters that are what they look like: what names, codes and places that are signed may be written with.

A Cyrillic "а" in "Lan" makes another name, which nobody tells from the true one: by it a student is not found, a second
document is issued, a school passes for its neighbour. Remarks are prose and may hold any script.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from schemas.errors import Text

_VOWELS: Final = "aăâeêioôơuưy"
_TONES: Final = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
_VIETNAMESE: Final = (
    "".join(unicodedata.normalize("NFC", vowel + tone) for vowel in _VOWELS for tone in _TONES) + "đ"
)
_PLAIN: Final = re.compile(f"[ -~{_VIETNAMESE}{_VIETNAMESE.upper()}]*")
"""What nearly every name is made of; only the rest is looked at letter by letter."""
_OTHER_LATIN: Final = frozenset("ƀɃæÆøØœŒłŁßŋŊ")
"""Letters of Latin script that are no plain letter with marks: of peoples of Việt Nam and of names from abroad."""
_BREVE: Final = "\u0306"
_UNDER_BREVE: Final = frozenset("âêôơưÂÊÔƠƯ")
"""With a breve they are letters of Ê Đê, Gia Rai and Mnông that Unicode has no single character for."""
_BLANK: Final = "\N{BRAILLE PATTERN BLANK}"


def strange_letter(text: str) -> Text | None:
    """Say which character of a text in NFC is no Latin letter, digit 0-9, mark or visible sign; None where none is.

    Not Latin counts what only looks so: ð and ı, full-width and mathematical letters, ligatures.
    """
    if _PLAIN.fullmatch(text):
        return None
    for before, character in zip(" " + text, text, strict=False):
        if _is_strange(before, character):
            named = f"U+{ord(character):04X} {unicodedata.name(character, '?')}"
            return Text(
                f"Có ký tự “{_seen(character)}” ({named}) không phải chữ cái Latinh hay chữ số 0–9, dù có thể trông "
                "giống; hãy xoá rồi gõ lại bằng bàn phím tiếng Việt.",
                f"The character “{_seen(character)}” ({named}) is no Latin letter or digit 0–9, though it may look "
                "like one; delete it and type it again.",
            )
    return None


def _is_strange(before: str, character: str) -> bool:
    category = unicodedata.category(character)
    match category[0]:
        case "L":
            base = unicodedata.normalize("NFD", character)[0]
            return not (base.isascii() or character in "đĐ" or character in _OTHER_LATIN)
        case "M":
            return not (character == _BREVE and before in _UNDER_BREVE)
        case "N":
            return not character.isascii()
        case "C":
            return True
        case "Z":
            return character != " "
    return character == _BLANK


def _seen(character: str) -> str:
    """Return a character as it may stand in a sentence: one that turns or hides others does not."""
    return (
        character
        if character.isprintable() and not unicodedata.combining(character)
        else "\N{REPLACEMENT CHARACTER}"
    )

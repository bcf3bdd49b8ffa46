"""What somebody handed in at the desk: a name to show, and bytes to verify or the reason why there are none."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Final

from schemas.errors import Text

_LONGEST: Final = 200
_HIDDEN: Final = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@dataclass(frozen=True, slots=True)
class Submitted:
    """One file: `data` is None where `refusal` says why it was not read."""

    name: str
    data: bytes | None = None
    refusal: Text | None = None


def shown_name(*parts: str) -> str:
    """Return a name that is only ever shown: one line, nothing invisible, no way up, its end kept where it is long.

    It never opens a file: what an archive calls "../../x" is a name like any other.
    """
    joined = unicodedata.normalize("NFC", "/".join(parts)).replace("\\", "/")
    visible = "".join("\N{REPLACEMENT CHARACTER}" if _is_hidden(each) else each for each in joined)
    clean = "/".join(part.strip() for part in visible.split("/") if part.strip() not in {"", ".", ".."})
    return clean if len(clean) <= _LONGEST else "…" + clean[1 - _LONGEST :]


def is_by_product(name: str) -> bool:
    """Say whether an operating system leaves files of this name beside those of people, as .DS_Store."""
    parts = name.replace("\\", "/").split("/")
    return (
        "__MACOSX" in parts or parts[-1].startswith(".") or parts[-1].lower() in {"thumbs.db", "desktop.ini"}
    )


def _is_hidden(character: str) -> bool:
    # Surrogates stand for the bytes of a file name that is no UTF-8.
    return unicodedata.category(character) in _HIDDEN

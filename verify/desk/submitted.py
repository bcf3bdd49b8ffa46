"""What somebody handed in at the desk: a name to show, and bytes to verify or the reason why there are none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from schemas.errors import Text
from verify.shown_text import visible

_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Submitted:
    """One file: `data` is None where `refusal` says why it was not read.

    `holds_none` where it was not read since no transcript can be in it; what else was not read may hold somebody's.
    """

    name: str
    data: bytes | None = None
    refusal: Text | None = None
    holds_none: bool = False


def shown_name(*parts: str) -> str:
    """Return a name that is only ever shown: one line, nothing invisible, no way up, its end kept where it is long.

    It never opens a file: what an archive calls "../../x" is a name like any other.
    """
    joined = visible("/".join(parts)).replace("\\", "/")
    clean = "/".join(part.strip() for part in joined.split("/") if part.strip() not in {"", ".", ".."})
    return clean if len(clean) <= _LONGEST else "…" + clean[1 - _LONGEST :]


def is_by_product(name: str) -> bool:
    """Say whether an operating system leaves files of this name beside those of people, as .DS_Store."""
    parts = name.replace("\\", "/").split("/")
    return (
        "__MACOSX" in parts or parts[-1].startswith(".") or parts[-1].lower() in {"thumbs.db", "desktop.ini"}
    )

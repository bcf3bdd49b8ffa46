"""The fields of a page: words that differ from one student to the next, and the room that the form has for them.

How long a text may be before it is broken is decided here, by the widths of the font's glyphs, so that typst and a
filled form break at the same place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from service.pdf.glyphs import Face, Glyphs

Lines = tuple[str, ...]
MM: Final = 72 / 25.4
FULL_WIDTH: Final = 170 * MM
"""Between the margins of an A4 page."""


@dataclass(frozen=True, slots=True)
class Room:
    """How much a line of a field may take, in points, and what else stands in it."""

    face: Face
    size: float
    width: float
    label: str = ""

    def has_for(self, line: str, glyphs: Glyphs) -> bool:
        """Whether `line` fits, a hair to spare."""
        label = glyphs[Face.REGULAR].width(f"{self.label}: ", self.size) if self.label else 0.0
        return label + glyphs[self.face].width(line, self.size) <= self.width - 0.1

    def lines(self, text: str, glyphs: Glyphs) -> Lines:
        """Break `text` into lines that fit, except for words that are too long by themselves."""
        return glyphs[self.face].lines(text, self.size, self.width - 0.1)


@dataclass(frozen=True, slots=True)
class Even:
    """A group of fields that get equally many lines, as the rows of a printed form have; from `least` to `most`.

    Rows of one height let one compiled form serve many classes.
    """

    group: str
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Field:
    """A field by its name in the template.

    Its text stands on one line in each of `rooms`; or, where `wraps`, on as many lines of the only room as it takes.
    """

    name: str
    text: str
    rooms: tuple[Room, ...] = ()
    wraps: bool = False
    even: Even | None = None


def whole(fields: Iterable[Field]) -> dict[str, Lines]:
    """Return each field as one line, for a template that breaks them itself."""
    return {field.name: (field.text,) for field in fields}


def broken(fields: Sequence[Field], glyphs: Glyphs) -> dict[str, Lines] | None:
    """Return the fields broken into lines, or None where one has no room on the form."""
    if not all(glyphs.knows(field.text) for field in fields):
        return None
    lines: dict[str, Lines] = {
        field.name: field.rooms[0].lines(field.text, glyphs) if field.wraps else (field.text,)
        for field in fields
    }
    fits = all(
        room.has_for(line, glyphs) for field in fields for room in field.rooms for line in lines[field.name]
    )
    padded = _padded(fields, lines)
    return lines | padded if fits and padded is not None else None


def _padded(fields: Sequence[Field], lines: Mapping[str, Lines]) -> dict[str, Lines] | None:
    """Return the fields of even groups with empty lines at their ends, or None where one has too many lines."""
    padded = dict[str, Lines]()
    grouped = sorted(
        ((field.even, field.name) for field in fields if field.even), key=lambda pair: pair[0].group
    )
    for even, pairs in groupby(grouped, key=lambda pair: pair[0]):
        names = [name for _, name in pairs]
        height = max(even.least, *(len(lines[name]) for name in names))
        if height > even.most:
            return None
        padded |= {name: lines[name] + ("",) * (height - len(lines[name])) for name in names}
    return padded

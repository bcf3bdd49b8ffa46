"""The text of a form's page: which runs of glyphs are fields, and where a run stands when a field grows.

Learned by comparing the same page set twice, with marks of two widths in its fields: a run that moved hangs on a field
of its own line (a centred one by half its width). What cannot be explained so is refused, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

from service.pdf.glyphs import FaceGlyphs
from service.pdf.page_text import shown_glyphs

Split = Callable[[str], tuple[str | int, ...]]
"""Takes words apart into those of the form and the numbers of fields."""
Content = tuple[bytes, Mapping[str, FaceGlyphs]]
"""The content of a page, and the faces of its fonts."""

_RUN: Final = re.compile(
    rb"q 1 0 0 -1 ([-.\d]+) (([-.\d]+) cm[^\n]*\nBT [^/\n]*/(f\d+) ([.\d]+) Tf 1 0 0 -1 0 0 Tm)(.*?)T[jJ]\nET\nQ\n",
    re.DOTALL,
)
_UTF16: Final = re.compile(rb"<feff((?:[0-9a-f]{4})+)>", re.IGNORECASE)
# A sixteenth of a point is not seen, and more than rounding in single precision makes.
_TOLERANCE: Final = 0.0625
_SHIFTS: Final = (-0.5, -1.0, 0.5, 1.0)


class FormError(Exception):
    """The template sets something that filling cannot repeat."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a run shows: words of the form and numbers of fields, in one face and size."""

    parts: tuple[str | int, ...]
    glyphs: FaceGlyphs
    size: float

    @property
    def has_field(self) -> bool:
        """Whether they change from one transcript to the next."""
        return any(isinstance(part, int) for part in self.parts)

    def text(self, values: Sequence[str]) -> str:
        """Return the text for these values of the fields."""
        return "".join(values[part] if isinstance(part, int) else part for part in self.parts)

    def width(self, values: Sequence[str]) -> float:
        """Return how wide the text is, in points."""
        return self.glyphs.width(self.text(values), self.size)


@dataclass(frozen=True, slots=True)
class Run:
    """A run that is filled: it stands at `x` while `anchor` is empty, and follows it by a share of its width."""

    words: Words
    x: float
    rest: bytes
    anchor: Words | None = None
    share: float = 0.0

    def filled(self, values: Sequence[str]) -> bytes:
        """Return the operators that show it; none for an empty text."""
        text = self.words.text(values)
        if not text:
            return b""
        x = self.x + self.share * self.anchor.width(values) if self.anchor else self.x
        return b"q 1 0 0 -1 %.4f %s%sTj\nET\nQ\n" % (x, self.rest, self.words.glyphs.encoded(text))


@dataclass(frozen=True, slots=True)
class PageText:
    """The content of a page: bytes that stay, runs, and fields that are described and not shown."""

    pieces: tuple[bytes | int | Run, ...]

    def filled(self, values: Sequence[str]) -> bytes:
        """Return the content with `values` in the fields.

        A character outside a face is a KeyError or a UnicodeEncodeError.
        """
        return b"".join(
            piece
            if isinstance(piece, bytes)
            else utf16(values[piece])
            if isinstance(piece, int)
            else piece.filled(values)
            for piece in self.pieces
        )


@dataclass(frozen=True, slots=True)
class _Found:
    """A run as typst wrote it, between `before` and the next one."""

    before: tuple[bytes | int, ...]
    source: bytes
    words: Words
    x: float
    rest: bytes
    line: bytes


def learn_text(
    narrow: Content, wide: Content, split: Split, marks: tuple[Sequence[str], Sequence[str]]
) -> PageText:
    """Compare a page's content, set with narrow and with wide marks in its fields.

    `split` finds the fields in the words of a run; `marks` are the words of all fields in the two.

    Raises:
        FormError: the two differ in more than their fields.
    """
    (runs, end), (others, other_end) = (_runs(*each, split) for each in (narrow, wide))
    if end != other_end or [(run.before, run.words.parts) for run in runs] != [
        (run.before, run.words.parts) for run in others
    ]:
        raise FormError("more than the words of the fields differs")
    grown = [run.words.width(marks[1]) - run.words.width(marks[0]) for run in runs]
    pieces = list[bytes | int | Run]()
    for at, (run, other) in enumerate(zip(runs, others, strict=True)):
        pieces += run.before
        anchor, share = _anchor(at, other.x - run.x, runs, grown)
        if anchor is None and not run.words.has_field:
            pieces.append(run.source)
        else:
            x = run.x - share * anchor.width(marks[0]) if anchor else run.x
            pieces.append(Run(run.words, x, run.rest, anchor, share))
    return PageText(tuple(_joined([*pieces, *end])))


def _runs(
    content: bytes, fonts: Mapping[str, FaceGlyphs], split: Split
) -> tuple[list[_Found], tuple[bytes | int, ...]]:
    texts = {
        name: {int(glyph, 16): chr(code) for code, glyph in face.numbers.items()}
        for name, face in fonts.items()
    }
    runs, position = list[_Found](), 0
    for found in _RUN.finditer(content):
        x, rest, line, font, size, shown = found.groups()
        name = font.decode("ascii")
        text = shown_glyphs(shown).decode("utf-16-be").translate(texts[name])
        words = Words(split(text), fonts[name], float(size))
        before = utf16_parts(content[position : found.start()], split)
        runs.append(_Found(before, found[0], words, float(x), rest, line))
        position = found.end()
    return runs, utf16_parts(content[position:], split)


def _anchor(
    at: int, moved: float, runs: Sequence[_Found], grown: Sequence[float]
) -> tuple[Words | None, float]:
    """Find which field a run hangs on, and by which share of its width."""
    if abs(moved) < _TOLERANCE:
        return None, 0.0
    fields = [other for other, run in enumerate(runs) if run.line == runs[at].line and run.words.has_field]
    # Its own width comes first: a field alone in its line is the common case.
    for other, share in product(sorted(fields, key=lambda other: abs(other - at)), _SHIFTS):
        if abs(share * grown[other] - moved) < _TOLERANCE:
            return runs[other].words, share
    raise FormError("a run moved, and no field of its line explains it")


def _joined(pieces: Sequence[bytes | int | Run]) -> Iterator[bytes | int | Run]:
    """Join the bytes that follow one another."""
    same = list[bytes]()
    for piece in pieces:
        if isinstance(piece, bytes):
            same.append(piece)
        else:
            yield b"".join(same)
            yield piece
            same = []
    yield b"".join(same)


def utf16_parts(content: bytes, split: Split) -> tuple[bytes | int, ...]:
    """Find the fields in strings of UTF-16 in hexadecimal: titles and descriptions."""
    parts, position = list[bytes | int](), 0
    for found in _UTF16.finditer(content):
        words = split(bytes.fromhex(found[1].decode("ascii")).decode("utf-16-be"))
        parts.append(content[position : found.start(1)])
        parts += [part if isinstance(part, int) else utf16(part) for part in words]
        position = found.end(1)
    return (*parts, content[position:])


def utf16(text: str) -> bytes:
    """Return text as it stands in such a string."""
    return text.encode("utf-16-be").hex().encode("ascii")

"""The glyphs of the form's three faces: their numbers and widths, as the PDF that embeds them has them.

Text is set without kerning and ligatures (ADR 7), so that a line is as wide as its glyphs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import pikepdf

from service.pdf.page_text import glyph_texts

ALPHABET: Final = "".join(
    (
        *(chr(code) for code in range(0x20, 0x7F)),
        *(
            letter
            for each in "àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ"
            for letter in (each, each.upper())
        ),
        "–—‘’“”…°²³±×÷≤≥√π",
    )
)
"""What a filled page can say: ASCII, every Vietnamese letter, and the signs of remarks. The rest is left to typst."""


class Face(StrEnum):
    """The faces of the form, by the names of their fonts."""

    REGULAR = "LiberationSerif"
    BOLD = "LiberationSerif-Bold"
    ITALIC = "LiberationSerif-Italic"


@dataclass(frozen=True, slots=True)
class FaceGlyphs:
    """One face: for each character its glyph as four hexadecimal digits, and its width in thousandths of the size."""

    numbers: Mapping[int, str]
    widths: Mapping[str, float]

    def width(self, text: str, size: float) -> float:
        """Return how wide `text` is, in points. A character outside the face is a KeyError."""
        return sum(map(self.widths.__getitem__, text)) * size / 1000

    def lines(self, text: str, size: float, room: float) -> tuple[str, ...]:
        """Break `text` between words, as few lines as fill from the first; a word too long for a line stands alone."""
        lines, line = [], ""
        for word in text.split(" "):
            longer = f"{line} {word}" if line else word
            if line and self.width(longer, size) > room:
                lines.append(line)
                longer = word
            line = longer
        return (*lines, line)

    def encoded(self, text: str) -> bytes:
        """Return the operand of Tj that shows `text`. A character outside the face is a UnicodeEncodeError."""
        return b"<%s>" % text.translate(self.numbers).encode("ascii")


class Glyphs(dict[Face, FaceGlyphs]):
    """All faces of a PDF."""

    def knows(self, text: str) -> bool:
        """Whether every face has all characters of `text`."""
        return all(face.widths.keys() >= set(text) for face in self.values())


def glyphs_of(pdf: pikepdf.Pdf) -> Glyphs:
    """Read the faces of a PDF that typst made."""
    faces = Glyphs()
    for font in pdf.objects:
        if isinstance(font, pikepdf.Dictionary) and font.get("/Subtype") == "/Type0":
            faces[face_of(font)] = _face(font)
    return faces


def face_of(font: pikepdf.Object) -> Face:
    """Return which face a font is a subset of."""
    return Face(str(font.BaseFont).partition("+")[2])


def _face(font: pikepdf.Object) -> FaceGlyphs:
    texts = glyph_texts(font.ToUnicode.read_bytes())
    # Typst writes first glyph, last glyph, width; never lists.
    numbers = [float(each) for each in font.DescendantFonts[0].W]
    widths = {
        glyph: width
        for first, last, width in zip(numbers[::3], numbers[1::3], numbers[2::3], strict=True)
        for glyph in range(int(first), int(last) + 1)
    }
    letters = {text: glyph for glyph, text in texts.items() if len(text) == 1}
    return FaceGlyphs(
        {ord(text): f"{glyph:04x}" for text, glyph in letters.items()},
        {text: widths[glyph] for text, glyph in letters.items()},
    )

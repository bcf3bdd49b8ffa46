"""Breaking texts into lines by the widths of glyphs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.pdf.glyphs import FaceGlyphs

FACE = FaceGlyphs({}, {chr(code): 500 for code in range(32, 127)})


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", ("",)),
        ("ab cd", ("ab cd",)),
        ("ab cd e", ("ab cd", "e")),
        ("abcdefgh ij", ("abcdefgh", "ij")),
        ("a b c d", ("a b c", "d")),
    ],
)
def test_lines_are_filled_from_the_first(text: str, lines: tuple[str, ...]) -> None:
    """Five letters of five points fill 25; a longer word stands alone."""
    assert FACE.lines(text, 10, 25) == lines


@given(st.text("ab ", max_size=60).map(lambda text: " ".join(text.split())))
def test_no_word_is_lost(text: str) -> None:
    """The lines joined by spaces are the text."""
    assert " ".join(FACE.lines(text, 10, 25)) == text

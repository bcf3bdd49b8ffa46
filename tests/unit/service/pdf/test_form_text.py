"""Learning where the words of a form stand: what moves with a field, and what is refused."""

from __future__ import annotations

import re

import pytest

from service.pdf.form_text import FormError, learn_text
from service.pdf.glyphs import FaceGlyphs

# Every letter of this face is half as wide as its size.
FACE = FaceGlyphs(
    {code: f"{code:04x}" for code in range(32, 127)}, {chr(code): 500 for code in range(32, 127)}
)
NARROW, WIDE = ["@"], ["@@@"]


def _run(x: float, text: str, *, y: float = 700) -> bytes:
    shown = text.encode("utf-16-be").hex().encode("ascii")
    return b"q 1 0 0 -1 %.3f %.1f cm/c0 cs 0 scn\nBT 0 Tr/f0 10 Tf 1 0 0 -1 0 0 Tm<%s>Tj\nET\nQ\n" % (
        x,
        y,
        shown,
    )


def _split(text: str) -> tuple[str | int, ...]:
    return tuple(0 if part.startswith("@") else part for part in re.split("(@+)", text) if part)


def _filled(narrow: bytes, wide: bytes, value: str) -> bytes:
    fonts = {"f0": FACE}
    return learn_text((narrow, fonts), (wide, fonts), _split, (NARROW, WIDE)).filled([value])


def _shown(content: bytes) -> list[tuple[float, str]]:
    return [
        (float(x), bytes.fromhex(text.decode()).decode("utf-16-be"))
        for x, text in re.findall(rb"q 1 0 0 -1 ([\d.]+)[^<]*<(\w*)>", content)
    ]


def test_left_aligned_field_stays_where_it_begins() -> None:
    """A longer value begins at the same place; words of the form keep their bytes."""
    narrow = b"/Span BDC\n" + _run(20, "Name: ") + _run(50, "@") + b"EMC"
    wide = b"/Span BDC\n" + _run(20, "Name: ") + _run(50, "@@@") + b"EMC"
    filled = _filled(narrow, wide, "Minh")
    assert _shown(filled) == [(20, "Name: "), (50, "Minh")]
    assert filled.startswith(b"/Span BDC\n" + _run(20, "Name: "))


def test_centred_field_moves_by_half_of_its_width() -> None:
    """Four letters of 5 points, centred on 100, begin at 90; the words beside them in the line move too."""
    narrow = _run(77.5, "No: ") + _run(97.5, "@") + _run(102.5, "/B")
    wide = _run(72.5, "No: ") + _run(92.5, "@@@") + _run(107.5, "/B")
    assert _shown(_filled(narrow, wide, "0417")) == [(70, "No: "), (90, "0417"), (110, "/B")]


def test_right_aligned_field_moves_by_its_width() -> None:
    """The end stays at 100."""
    assert _shown(_filled(_run(95, "@"), _run(85, "@@@"), "ab")) == [(90, "ab")]


def test_field_inside_words_is_shown_with_them() -> None:
    """Words and field of one run come out as one run."""
    assert _shown(_filled(_run(20, "Code: @."), _run(20, "Code: @@@."), "98FG")) == [(20, "Code: 98FG.")]


def test_empty_field_shows_nothing() -> None:
    """No operator is left where a value is empty."""
    assert _filled(b"A\n" + _run(20, "@") + b"B", b"A\n" + _run(20, "@@@") + b"B", "") == b"A\nB"


def test_described_field_is_written_in_hexadecimal() -> None:
    """An alternative text in the content holds the field in UTF-16."""
    narrow, wide = (b"/Span<</Alt<FEFF%s>>>BDC EMC" % text for text in (b"0040", b"004000400040"))
    assert _filled(narrow, wide, "é") == b"/Span<</Alt<FEFF00e9>>>BDC EMC"


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        (_run(20, "@") + _run(20, "far", y=600), _run(20, "@@@") + _run(33, "far", y=600)),
        (_run(20, "@") + b"0 0 m 1 1 l S", _run(20, "@@@") + b"0 0 m 2 2 l S"),
        (_run(20, "one"), _run(20, "two")),
        (_run(20, "@"), _run(20, "@@@") + _run(30, "more")),
        (_run(20, "@"), _run(21, "@@@")),
    ],
    ids=["moved-in-another-line", "drawing", "words", "runs", "moved-by-no-share"],
)
def test_what_no_field_explains_is_refused(narrow: bytes, wide: bytes) -> None:
    """A difference that is not a field's own is refused: the page is left to typst."""
    with pytest.raises(FormError):
        _filled(narrow, wide, "x")


def test_character_outside_the_face_is_an_error() -> None:
    """A value that the face cannot show is never shown as something else."""
    with pytest.raises(KeyError):
        _filled(_run(95, "@"), _run(85, "@@@"), "漢")

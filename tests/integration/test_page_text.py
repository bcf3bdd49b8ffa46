"""The words of a page are read as another reader reads them."""

from __future__ import annotations

import io

import pikepdf
import pytest
from pypdf import PdfReader

from service.pdf.page_text import page_text
from tests.support.signed_pages import renderer, signed_page
from tests.support.transcripts import sample_learner, sample_qr, sample_transcript


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _text_of(content: bytes) -> str:
    """Read a page with this content and the fonts of the sample."""
    with pikepdf.open(io.BytesIO(signed_page("p-256").pdf)) as pdf:
        pdf.pages[2].Contents = pdf.make_stream(content)
        saved = io.BytesIO()
        pdf.save(saved)
    return page_text(PdfReader(saved).pages[2])


@pytest.mark.parametrize("name", ["Nguyễn Hoàng Khánh Quỳnh", "Ưng Ố Ứ (Đ) \\ 09 {ỹ}", "((((", "))()(("])
def test_same_words_as_pypdf(name: str) -> None:
    """Every page gives the words that pypdf's own extraction gives, whatever glyphs a name has."""
    transcript = sample_transcript(learner=sample_learner(full_name=name))
    reader = PdfReader(io.BytesIO(renderer().render(transcript, sample_qr(transcript))))
    ours = _squeezed("".join(page_text(page) for page in reader.pages))
    assert ours == _squeezed("".join(page.extract_text() for page in reader.pages))
    assert _squeezed(name) in ours


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (rb"BT /f0 10 Tf (\000\001)Tj ET", 1),
        (rb"BT /f0 10 Tf [(\000\001) -20 <00020003>]TJ ET", 3),
        (rb"/Span<</ActualText(\000\001)>>BDC BT /f0 10 Tf (\000\002)Tj ET", 1),
        (rb"BT /f0 10 Tf (\000\001) Show ET", 0),
        (b"", 0),
    ],
    ids=["literal", "array", "property list", "other operator", "empty"],
)
def test_only_shown_strings_count(content: bytes, expected: int) -> None:
    """Strings count where Tj or TJ shows them, and nowhere else."""
    assert len(_text_of(content)) == expected


def test_unnamed_glyph_is_no_letter() -> None:
    """A glyph that the font does not name reads as U+FFFD, so it can stand for no expected word."""
    assert _text_of(rb"BT /f0 10 Tf (\000\001\377\000)Tj ET")[1:] == "\ufffd"


@pytest.mark.parametrize("content", [b"BT /f0 10 Tf (\\000", b"BT /nil 10 Tf (a)Tj", b"BT /f0 1 Tf (a)Tj"])
def test_broken_content_is_refused(content: bytes) -> None:
    """An open string, an unknown font and half a glyph are errors, not silence."""
    with pytest.raises((ValueError, KeyError)):
        _text_of(content)

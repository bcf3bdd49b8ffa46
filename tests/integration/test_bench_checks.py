"""The benchmark's checks refuse what is not what it should be, so that no number stands for it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko_certvalidator import ValidationContext

from bench.checks import (
    OutputRefusedError,
    check_archival,
    check_signed,
    check_words,
    validation_context,
)
from bench.content import words
from tests.support.keys import KINDS, authority
from tests.support.sample_pdf import make_panel
from tests.support.signed_pages import signed_page
from tests.support.transcripts import sample_learner, sample_transcript

KIND = "p-256"


@pytest.fixture
def signed(tmp_path: Path) -> Path:
    """The signed sample as a file."""
    file = tmp_path / "signed.pdf"
    file.write_bytes(signed_page(KIND).pdf)
    return file


def _context(kind: str = KIND) -> ValidationContext:
    return validation_context([authority(kind).root.public_bytes(Encoding.DER)])


@pytest.mark.skipif(shutil.which("pdfsig") is None, reason="poppler-utils is not installed")
def test_good_output_passes(signed: Path) -> None:
    """The signed sample passes every check."""
    check_signed(signed, _context())
    check_words(signed, words(sample_transcript()))
    check_archival(signed)


def test_altered_output_is_refused(signed: Path) -> None:
    """One byte changed in a signed revision."""
    pdf = bytearray(signed.read_bytes())
    pdf[pdf.index(b"stream\n") + 20] ^= 1
    signed.write_bytes(pdf)
    with pytest.raises(OutputRefusedError, match="pyHanko"):
        check_signed(signed, _context())


def test_unknown_root_is_refused(signed: Path) -> None:
    """Signatures that lead to no given root."""
    other = next(kind for kind in KINDS if kind != KIND)
    with pytest.raises(OutputRefusedError, match="pyHanko"):
        check_signed(signed, _context(other))


def test_missing_word_is_refused(signed: Path) -> None:
    """A page that shows another name."""
    transcript = sample_transcript(learner=sample_learner(full_name="Lê Văn Tám"))
    with pytest.raises(OutputRefusedError, match="Lê Văn Tám"):
        check_words(signed, words(transcript))


def test_page_that_is_not_archival_is_refused(tmp_path: Path) -> None:
    """An untagged page."""
    file = tmp_path / "panel.pdf"
    file.write_bytes(make_panel("Không gắn thẻ"))
    with pytest.raises(OutputRefusedError, match="3a"):
        check_archival(file)

"""The product's signed page in the hands of other people's tools: qpdf, poppler, OpenSSL."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.foreign_tools import check_by_openssl
from tests.support.keys import KINDS, NOW, authority
from tests.support.signed_pages import signed_page
from tests.support.transcripts import PRINCIPAL, sample_transcript

needs_poppler = pytest.mark.skipif(shutil.which("pdfsig") is None, reason="poppler-utils is not installed")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the page signed with the key of the kind most tokens hold."""
    return _written(tmp_path, "rsa-2048-pkcs1v15")


@pytest.mark.skipif(shutil.which("qpdf") is None, reason="qpdf is not installed")
def test_qpdf_finds_no_fault(path: Path) -> None:
    """`qpdf --check` has neither an error nor a warning."""
    assert "No syntax or stream encoding errors found" in _run("qpdf", "--check", str(path))


@needs_poppler
@pytest.mark.parametrize("kind", KINDS)
def test_pdfsig_finds_both_signatures_valid(kind: str, tmp_path: Path) -> None:
    """`pdfsig` calls both signatures valid, and the last one covers the whole document."""
    report = _run("pdfsig", "-nocert", str(_written(tmp_path, kind)))
    assert report.count("Signature Validation: Signature is Valid.") == 2
    assert re.findall("(?:Total|Not total) document signed", report) == [
        "Not total document signed",
        "Total document signed",
    ]
    assert re.findall("Signature Field Name: (.+)", report) == ["HieuTruong", "NhaTruong"]


@pytest.mark.parametrize("kind", KINDS)
def test_openssl_verifies_each_signature(kind: str, tmp_path: Path) -> None:
    """`openssl cms -verify` accepts each CMS over its byte range, up to the root."""
    pdf, roots = signed_page(kind).pdf, [authority(kind).root]
    assert check_by_openssl(pdf, roots, tmp_path, at=int(NOW.timestamp())) == 2


@needs_poppler
def test_pdftotext_reads_names_and_marks(path: Path) -> None:
    """The text that another reader extracts has the learner, the marks and both panels' names."""
    text = _run("pdftotext", "-layout", str(path), "-")
    assert sample_transcript().learner.full_name in text
    assert re.search(r"Tin học +9,5 +10,0 +9,8", text)
    assert f"Ký bởi: {PRINCIPAL.name}" in text


@needs_poppler
def test_pdfdetach_finds_the_data(path: Path) -> None:
    """The attachment is listed under its fixed name."""
    assert "1: transcript.json" in _run("pdfdetach", "-list", str(path))


def _written(folder: Path, kind: str) -> Path:
    path = folder / "signed.pdf"
    path.write_bytes(signed_page(kind).pdf)
    return path


def _run(*command: str) -> str:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout

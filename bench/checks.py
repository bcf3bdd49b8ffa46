"""What every timed output must pass, else no number is printed: judged by other software than made it.

pyHanko and pdfsig must find both signatures valid, the page must show every word of the transcript, and ours must
besides be PDF/A-3a and PDF/UA-1.
"""

from __future__ import annotations

import io
import subprocess
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

import page
from asn1crypto import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from pypdf import PdfReader

# veraPDF once had this false positive too: it stands on every file of more than one revision.
_FALSE_POSITIVES = {"PDFA3A-SIGNATURE-BYTERANGE-001"}


class OutputRefusedError(Exception):
    """A contender's output is not what it should be, so its time means nothing."""


def validation_context(trust_roots: Sequence[bytes]) -> ValidationContext:
    """Return pyHanko's context with these roots (DER), which fetches nothing."""
    return ValidationContext(
        trust_roots=[x509.Certificate.load(root) for root in trust_roots], allow_fetching=False
    )


def validate_with_pyhanko(pdf: bytes, context: ValidationContext) -> bool:
    """Return whether pyHanko's own validation says yes to both signatures."""
    reader = PdfFileReader(io.BytesIO(pdf), strict=True)
    statuses = [validate_pdf_signature(each, context) for each in reader.embedded_signatures]
    return [status.bottom_line for status in statuses] == [True, True]


def validate_with_pdfsig(file: Path) -> bool:
    """Return whether pdfsig, run as a process, finds both digests signed."""
    report = subprocess.run(["pdfsig", "-nocert", file], capture_output=True, text=True, check=False)
    return report.returncode == 0 and report.stdout.count("Signature is Valid.") == 2


def check_signed(file: Path, context: ValidationContext) -> None:
    """Check the signatures of an output.

    Raises:
        OutputRefusedError: pyHanko or pdfsig refuses it.
    """
    if not validate_with_pyhanko(file.read_bytes(), context):
        raise OutputRefusedError(f"pyHanko does not validate {file.name}")
    if not validate_with_pdfsig(file):
        raise OutputRefusedError(f"pdfsig does not validate {file.name}")


def check_words(file: Path, words: Iterable[str]) -> None:
    """Check that the page shows everything.

    Raises:
        OutputRefusedError: something does not stand there.
    """
    text = _squeezed("".join(each.extract_text() for each in PdfReader(file).pages))
    missing = [word for word in words if _squeezed(word) not in text]
    if missing:
        raise OutputRefusedError(f"{file.name} does not show {missing[:3]}")


def check_archival(file: Path) -> None:
    """Check that the file is PDF/A-3a and PDF/UA-1.

    Raises:
        OutputRefusedError: it is not.
    """
    for profile in ("3a", "ua1"):
        rules = {failure.rule_id for failure in page.validate_pdf(file, profile=profile).failures}
        if rules - _FALSE_POSITIVES:
            raise OutputRefusedError(f"{file.name} breaks {sorted(rules)} of {profile}")


def _squeezed(text: str) -> str:
    return unicodedata.normalize("NFC", "".join(text.split()))

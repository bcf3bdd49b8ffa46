"""Revocation evidence in a page: written, found again by its bytes, and no fault to anybody's reader."""

from __future__ import annotations

import page
import pytest

from keys.pdf_signature import complete_signature, prepare_signature
from schemas.pdf_profile import RESERVED_BYTES, SignatureField
from schemas.validation_data import (
    MAX_CRL_BYTES,
    MAX_OCSP_BYTES,
    NOTHING,
    ValidationData,
    find_validation_data,
    format_dss,
    format_piece,
)
from tests.integration.test_render import KNOWN_FALSE_POSITIVES
from tests.support.keys import NOW, authority
from tests.support.signed_pages import unsigned_page

SIGNER = authority("p-256").signer
ENDS = [b"\x30\x03\x02\x01\x0d", b"\x30\x03\x02\x01\x0a", b"\x30\x04\x02\x02\x0d\x0a", b"\x30\x0b endstream "]


def _signed(pdf: bytes, field: SignatureField, evidence: ValidationData) -> bytes:
    prepared = prepare_signature(
        pdf,
        field=field,
        signer_certificate=SIGNER.certificate,
        chain=SIGNER.chain,
        algorithm=SIGNER.algorithm,
        reserved=RESERVED_BYTES[field],
        appearance=None,
        lock=field is SignatureField.SEAL,
        claimed_time=NOW,
        evidence=evidence,
    )
    return complete_signature(prepared, SIGNER.sign(prepared.signed_attributes_der))


def test_pieces_come_back_and_pdf_a_holds() -> None:
    """Whatever byte a piece ends in, it is found whole, and the page keeps to PDF/A-3a and PDF/UA-1."""
    data = ValidationData(ocsps=tuple(ENDS), crls=tuple(one + b"\r" for one in ENDS))
    pdf = _signed(unsigned_page(), SignatureField.PRINCIPAL, data)
    assert find_validation_data(pdf) == data
    for profile in ("3a", "ua1"):
        failures = {one.rule_id for one in page.validate_pdf_bytes(pdf, profile=profile).failures}
        assert failures <= KNOWN_FALSE_POSITIVES


def test_seal_adds_to_what_is_there() -> None:
    """The second revision's store has the old pieces and the new, each once; without evidence there is none."""
    first = _signed(unsigned_page(), SignatureField.PRINCIPAL, ValidationData(ocsps=(b"one",)))
    both = _signed(first, SignatureField.SEAL, ValidationData(ocsps=(b"one", b"two"), crls=(b"list",)))
    assert find_validation_data(both) == ValidationData(ocsps=(b"one", b"two"), crls=(b"list",))
    assert both.count(b"stream\none\r\nendstream") == 1
    assert b"/DSS" not in _signed(unsigned_page(), SignatureField.PRINCIPAL, NOTHING)


@pytest.mark.parametrize(
    "pdf",
    [
        b"",
        b"<< /Type /DSS",
        b"<< /Type /DSS /OCSPs [] >>",
        b"<< /Type /DSS /OCSPs [7 0 R] >>",
        b"<< /Type /DSS /OCSPs [ 7 0 R ] >>\n7 0 obj\n" + format_piece(b"x"),
        b"<< /Type /DSS /CRLs [7 0 R] /OCSPs [7 0 R] >>\n7 0 obj\n" + format_piece(b"x"),
        format_dss([7], []) + b"\n7 0 obj\n<< /Length 99 >>\nstream\nx\r\nendstream",
        format_dss([7], []) + b"\n7 0 obj\n<< /Length 1 >>\nstream\nx\nendstream",
        format_dss([7], []) + b"\n7 0 obj\n<< /Length 1 /Filter /FlateDecode >>\nstream\nx\r\nendstream",
        format_dss([7], []) + b"\n7 0 obj\n" + format_piece(bytes(MAX_OCSP_BYTES + 1)),
        format_dss([], [7]) + b"\n7 0 obj\n" + format_piece(bytes(MAX_CRL_BYTES + 1)),
        format_dss(range(1, 34), []) + b"\n1 0 obj\n" + format_piece(b"x"),
    ],
)
def test_other_spelling_is_none(pdf: bytes) -> None:
    """What is not written as docs/formats/pdf.md says is not evidence; nothing breaks."""
    assert find_validation_data(pdf) == NOTHING


def test_piece_named_again_is_one() -> None:
    """A store that names one piece many times brings it once."""
    pdf = format_dss([7] * 32, [8] * 32) + b"".join(
        b"\n%d 0 obj\n%b" % (number, format_piece(bytes(size)))
        for number, size in ((7, MAX_OCSP_BYTES), (8, MAX_CRL_BYTES))
    )
    assert find_validation_data(pdf) == ValidationData((bytes(MAX_OCSP_BYTES),), (bytes(MAX_CRL_BYTES),))


def test_newest_store_counts() -> None:
    """Of two stores the later one is read."""
    old, new = (format_dss([number], []) for number in (7, 8))
    pieces = b"".join(b"\n%d 0 obj\n%b" % (number, format_piece(b"%d" % number)) for number in (7, 8))
    assert find_validation_data(old + pieces + new) == ValidationData(ocsps=(b"8",))

"""Revocation evidence in a PDF (the DSS of ISO 32000-2, 12.8.4.3) in its one spelling: format, and find by its bytes.

No PDF parser is asked. Who reads believes nothing for its place: each piece is signed by an authority, and
`verify.revocation` checks that.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

# At most 32 pieces of a kind: what is read of a stranger's file is bounded.
_NUMBERS = rb"([0-9]{1,10} 0 R(?: [0-9]{1,10} 0 R){0,31})"
MAX_OCSP_BYTES: Final = 1 << 14
MAX_CRL_BYTES: Final = 1 << 19
"""What one piece may have. A list goes into every file that it is evidence for."""
_DSS = re.compile(rb"<< /Type /DSS(?: /OCSPs \[%b\])?(?: /CRLs \[%b\])? >>" % (_NUMBERS, _NUMBERS))
_DSS_START = b"<< /Type /DSS"
_STREAM = re.compile(rb"<< /Length ([0-9]{1,8}) >>\nstream\n")
# A carriage return at the end of the DER must not be taken for a part of the end of the line.
_STREAM_END = b"\r\nendstream"


@dataclass(frozen=True, slots=True)
class ValidationData:
    """OCSP answers (DER of OCSPResponse, RFC 6960) and revocation lists (DER of CertificateList, RFC 5280)."""

    ocsps: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self.ocsps or self.crls)

    def joined(self, other: ValidationData) -> ValidationData:
        """Return both together, each piece once."""
        return ValidationData(
            tuple(dict.fromkeys(self.ocsps + other.ocsps)), tuple(dict.fromkeys(self.crls + other.crls))
        )


NOTHING: Final = ValidationData()


def format_dss(ocsps: Sequence[int], crls: Sequence[int]) -> bytes:
    """Return the dictionary; the numbers are those of the objects that hold the pieces."""
    arrays = [
        b" /%b [%b]" % (name, b" ".join(b"%d 0 R" % number for number in numbers))
        for name, numbers in ((b"OCSPs", ocsps), (b"CRLs", crls))
        if numbers
    ]
    return _DSS_START + b"".join(arrays) + b" >>"


def format_piece(der: bytes) -> bytes:
    """Return the stream that holds one piece."""
    return b"<< /Length %d >>\nstream\n%b%b" % (len(der), der, _STREAM_END)


def find_validation_data(pdf: bytes) -> ValidationData:
    """Return what the newest DSS of a file holds; nothing where there is none, or none in this spelling."""
    start = pdf.rfind(_DSS_START)
    found = _DSS.match(pdf, start) if start >= 0 else None
    if found is None:
        return NOTHING
    ocsps, crls = (numbers or b"" for numbers in found.groups())
    return ValidationData(_pieces(pdf, ocsps, MAX_OCSP_BYTES), _pieces(pdf, crls, MAX_CRL_BYTES))


def _pieces(pdf: bytes, numbers: bytes, most: int) -> tuple[bytes, ...]:
    """Return the pieces of these numbers, each once however often it is named."""
    names = dict.fromkeys(numbers.removesuffix(b" 0 R").split(b" 0 R "))
    return tuple(piece for name in names if (piece := _piece(pdf, name, most)))


def _piece(pdf: bytes, number: bytes, most: int) -> bytes:
    header = b"\n%b 0 obj\n" % number
    start = pdf.rfind(header) if number else -1
    stream = _STREAM.match(pdf, start + len(header)) if start >= 0 else None
    if stream is None or int(stream[1]) > most:
        return b""
    end = stream.end() + int(stream[1])
    return pdf[stream.end() : end] if pdf.startswith(_STREAM_END, end) else b""

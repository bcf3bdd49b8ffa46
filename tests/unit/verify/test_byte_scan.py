"""The byte scan: one way to lay out a signature, everything else refused."""

from __future__ import annotations

from hashlib import sha256

import pytest

from schemas.pdf_profile import MAX_RESERVED_BYTES
from verify.byte_scan import scan_signatures
from verify.findings import CheckFailedError

DER = b"\x30\x81\x80" + b"\xab" * 128
GAP = b"<" + DER.hex().encode() + b"00" * 20 + b">"


def signed(gap: bytes = GAP, *, byte_range: bytes | None = None, tail: bytes = b" end\n") -> bytes:
    """Return a file with one signature laid out as the format says, but for what is given."""
    template = b"%%PDF /ByteRange [0 %06d %06d %06d] /Contents "
    head = template % (0, 0, 0)
    before, after = len(head), len(head) + len(gap)
    good = template % (0, 0, 0)
    numbers = b"/ByteRange [0 %d %d %d]" % (before, after, len(tail))
    return (
        good.replace(b"/ByteRange [0 000000 000000 000000]", (byte_range or numbers).ljust(35)) + gap + tail
    )


def refused(pdf: bytes) -> bool:
    """Say whether the scan refuses a file."""
    try:
        scan_signatures(pdf)
    except CheckFailedError:
        return True
    return False


def test_finds_the_signature_and_its_digest() -> None:
    """The CMS is taken without its padding, the digest is of everything around the gap."""
    pdf = signed()
    (found,) = scan_signatures(pdf)
    assert found.cms == DER
    assert found.document_digest == sha256(pdf.replace(GAP, b"")).digest()
    assert found.end == len(pdf)


def test_unsigned_file_has_none() -> None:
    """Bytes without any /ByteRange are unsigned, which is no fault of the structure."""
    assert scan_signatures(b"%PDF-1.7 nothing here") == ()


@pytest.mark.parametrize(
    "byte_range",
    [
        b"/ByteRange [1 44 340 5]",
        b"/ByteRange [0 044 340 5]",
        b"/ByteRange [0 44 340 -5]",
        b"/ByteRange [0 44 340 5 6]",
        b"/ByteRange[0 44]",
        b"/ByteRange [0 45 340 5]",
        b"/ByteRange [0 44 339 5]",
        b"/ByteRange [0 44 340 4]",
        b"/ByteRange [0 44 340 6]",
        b"/ByteRange [0 340 44 5]",
    ],
)
def test_other_ranges_are_refused(byte_range: bytes) -> None:
    """A range that begins, splits or ends elsewhere, or is spelled otherwise, is refused."""
    assert refused(signed(byte_range=byte_range))


@pytest.mark.parametrize(
    "gap",
    [
        GAP.upper(),
        GAP.replace(b"<30", b"< 30"),
        GAP[:-3] + b"1>",
        GAP[:-5] + b"01>" + b"0>",
        b"(" + GAP[1:-1] + b")",
        GAP[:100] + b"\n" + GAP[100:],
        b"<3080" + b"00" * 150 + b">",
        b"<04" + GAP[3:],
        b"<>",
        b"<308400ffffff" + b"00" * 50 + b">",
        GAP[:-1] + b"00" * MAX_RESERVED_BYTES + b">",
    ],
)
def test_other_gaps_are_refused(gap: bytes) -> None:
    """Capitals, blanks, an odd digit, idle bytes, an indefinite or false length, more bytes than any signature has."""
    assert refused(signed(gap))


def test_bytes_behind_the_last_signature_are_refused() -> None:
    """Nothing may follow what the last signature covers."""
    assert refused(signed() + b"\n")


def test_two_signatures_of_one_range_are_refused() -> None:
    """Two dictionaries over the same range would let a reader choose."""
    pdf = signed()
    mark = pdf[pdf.index(b"/ByteRange") : pdf.index(b"]") + 1]
    assert refused(pdf.replace(b"end\n", mark) + b"\n")

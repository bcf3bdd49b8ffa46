"""The byte scan: where the signatures of a PDF lie, found without any PDF parser.

Whatever a parser makes of the file later, these are the bytes that were signed. A file that is not written exactly as
docs/formats/pdf.md says is refused, since attacks on signed PDFs live in the difference between two readings.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256

from schemas.errors import Text
from schemas.pdf_profile import MAX_RESERVED_BYTES
from verify.findings import CheckFailedError

_MARK = b"/ByteRange"
_BYTE_RANGE = re.compile(rb"/ByteRange ?\[ ?0 ([1-9][0-9]{0,9}) ([1-9][0-9]{0,9}) ([1-9][0-9]{0,9}) ?\]")
_HEXADECIMAL = re.compile(rb"<[0-9a-f]+>")
MAX_SIGNATURES = 8


@dataclass(frozen=True, slots=True)
class SignatureBytes:
    """One signature as it lies in the file: the DER of its CMS, and the digest of the bytes around it."""

    end: int
    """Where the signed revision ends."""
    cms: bytes
    room: int
    """Bytes in the gap, the padding included; the signed byte range says where it ends."""
    document_digest: bytes
    """SHA-256 of the bytes that the ByteRange covers."""


def scan_signatures(pdf: bytes) -> tuple[SignatureBytes, ...]:
    """Return the signatures of a file in the order of their revisions; none where nothing is signed.

    Raises:
        CheckFailedError: the bytes are not laid out as signed transcripts are, the end of the file included.
    """
    count = pdf.count(_MARK)
    matches = list(_BYTE_RANGE.finditer(pdf)) if count <= MAX_SIGNATURES else []
    if len(matches) != count:
        raise _failed("một vùng ký được ghi sai dạng", "a signed range is not written as it must be")
    found = tuple(_signature(pdf, *map(int, match.groups())) for match in matches)
    ordered = tuple(sorted(found, key=lambda one: one.end))
    ends = [one.end for one in ordered]
    if len(set(ends)) != len(ends):
        raise _failed("hai chữ ký phủ cùng một vùng", "two signatures cover the same range")
    if ordered and ends[-1] != len(pdf):
        raise _failed(
            "có dữ liệu sau chữ ký cuối cùng, hoặc tệp bị cắt",
            "bytes follow the last signature, or the file is cut",
        )
    return ordered


def _signature(pdf: bytes, before: int, after: int, length: int) -> SignatureBytes:
    end = after + length
    # What is longer is not even looked at: two digits a byte, between `<` and `>`.
    fits = before < after < end <= len(pdf) and after - before <= 2 * MAX_RESERVED_BYTES + 2
    gap = pdf[before:after] if fits else b""
    if len(gap) % 2 or not _HEXADECIMAL.fullmatch(gap):
        raise _failed("khoảng chứa chữ ký không đúng dạng", "the gap that holds a signature is malformed")
    contents = bytes.fromhex(gap[1:-1].decode("ascii"))
    size = _der_size(contents)
    if contents[size:].strip(b"\x00"):
        raise _failed("có dữ liệu lạ sau chữ ký", "strange bytes follow the signature in its gap")
    covered = memoryview(pdf)
    digest = sha256(covered[:before])
    digest.update(covered[after:end])
    return SignatureBytes(end=end, cms=contents[:size], room=len(contents), document_digest=digest.digest())


def _der_size(contents: bytes) -> int:
    """Return how many bytes the DER SEQUENCE at the start takes, its header included."""
    form = contents[1] if len(contents) > 1 else 0
    octets = form & 0x7F
    if contents[:1] != b"\x30" or form <= 0x80 or octets > 3:
        raise _failed("chữ ký không phải cấu trúc DER", "the signature is not a DER structure")
    size = 2 + octets + int.from_bytes(contents[2 : 2 + octets])
    if size > len(contents):
        raise _failed("chữ ký bị cắt", "the signature is cut short")
    return size


def _failed(vi: str, en: str) -> CheckFailedError:
    return CheckFailedError(
        Text(f"Cấu trúc tệp không như lúc ký: {vi}.", f"The file is not laid out as signed: {en}.")
    )

"""`structure`: the bytes lie as they were signed, and nothing idle hides among them."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.cms import SignatureCMS, parse_cms
from schemas.errors import SchemaError, Text
from schemas.pdf_profile import PROFILES, SignatureField
from verify.byte_scan import SignatureBytes, scan_signatures
from verify.findings import CheckFailedError

PROFILE = 1


@dataclass(frozen=True, slots=True)
class FoundSignature:
    """A signature, the field it must be by its place, and what its CMS says."""

    field: SignatureField
    document_digest: bytes
    cms: SignatureCMS


def check_structure(pdf: bytes) -> tuple[FoundSignature, ...]:
    """Return the signatures in the order of signing; none where nothing is signed.

    Roles go by position: the first signature is the first of the profile, and the last of the profile is the seal.

    Raises:
        CheckFailedError: bytes, number of signatures or a CMS are not as docs/formats/pdf.md has them.
    """
    fields = PROFILES[PROFILE]
    signatures = scan_signatures(pdf)
    if len(signatures) > len(fields):
        raise CheckFailedError(
            Text("Tệp có nhiều chữ ký hơn quy định.", "The file has more signatures than it may have.")
        )
    return tuple(_read(field, one) for field, one in zip(fields, signatures, strict=False))


def _read(field: SignatureField, signature: SignatureBytes) -> FoundSignature:
    try:
        cms = parse_cms(signature.cms)
    except SchemaError as error:
        raise CheckFailedError(error.text) from error
    if cms.proof is not None and field is not SignatureField.SEAL:
        raise CheckFailedError(
            Text("Bằng chứng ghi sổ nằm sai chỗ.", "The inclusion proof lies where none may be.")
        )
    return FoundSignature(field, signature.document_digest, cms)

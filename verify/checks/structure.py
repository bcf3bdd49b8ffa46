"""`structure`: the bytes lie as they were signed, and nothing idle hides among them."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from schemas.cms import SignatureCMS, certificate_names, parse_cms
from schemas.errors import SchemaError, Text
from schemas.pdf_profile import PROFILES, SignatureField, reserved_bytes
from verify.byte_scan import SignatureBytes, scan_signatures
from verify.certificate_path import describe_signer
from verify.findings import CheckFailedError

_ALL_FIELDS = PROFILES[2]
"""Every field that there is, in the order of signing; the other profiles lack the first."""


@dataclass(frozen=True, slots=True)
class FoundSignature:
    """A signature, the field it must be by its place, and what its CMS says."""

    field: SignatureField
    document_digest: bytes
    cms: SignatureCMS


def check_structure(pdf: bytes) -> tuple[FoundSignature, ...]:
    """Return the signatures in the order of signing; none where nothing is signed.

    Roles go by position and room: the last is the seal where its gap is as large as a seal's, the others are read from
    the principal's backwards. Whether the document's own profile asks for just these is for the verdict to say.

    Raises:
        CheckFailedError: bytes, number of signatures or a CMS are not as docs/formats/pdf.md has them.
    """
    signatures = scan_signatures(pdf)
    if not signatures:
        return ()
    sealed = signatures[-1].room in _rooms(SignatureField.SEAL)
    seal = _ALL_FIELDS.index(SignatureField.SEAL)
    first = seal - (len(signatures) - sealed)
    if first < 0:
        raise CheckFailedError(
            Text("Tệp có nhiều chữ ký hơn quy định.", "The file has more signatures than it may have.")
        )
    fields = _ALL_FIELDS[first : seal + sealed]
    return tuple(_read(field, one) for field, one in zip(fields, signatures, strict=True))


def _rooms(field: SignatureField) -> tuple[int, int]:
    return reserved_bytes(field, stamped=False), reserved_bytes(field, stamped=True)


def _read(field: SignatureField, signature: SignatureBytes) -> FoundSignature:
    # Before anything in it is read: what a stranger may have parsed here is bounded by the format.
    if signature.room not in _rooms(field):
        raise CheckFailedError(
            Text(
                "Khoảng chứa chữ ký không có đúng kích thước quy định.",
                "The gap that holds a signature does not have the size laid down for it.",
            )
        )
    try:
        cms = parse_cms(signature.cms)
    except SchemaError as error:
        raise CheckFailedError(error.text) from error
    try:
        describe_signer(cms.certificates[0])
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        raise CheckFailedError(
            Text(
                "Chứng thư trong chữ ký không đọc được.",
                "The certificate in the signature cannot be read.",
            )
        ) from error
    # The anchor is left out (docs/formats/pdf.md): beside the path it would be idle bytes that anybody may add.
    above = [certificate_names(each) for each in cms.certificates[1:]]
    if any(names.subject == names.issuer for names in above):
        raise CheckFailedError(
            Text(
                "Chữ ký mang theo chứng thư gốc, thứ không được có trong tệp.",
                "The signature carries a root certificate, which no file may have.",
            )
        )
    if cms.proof is not None and field is not SignatureField.SEAL:
        raise CheckFailedError(
            Text("Bằng chứng ghi sổ nằm sai chỗ.", "The inclusion proof lies where none may be.")
        )
    if (signature.room == reserved_bytes(field, stamped=True)) is (cms.time_stamp is None):
        raise CheckFailedError(
            Text(
                "Dấu thời gian của chữ ký đã bị lấy đi hoặc thêm vào.",
                "The time stamp of a signature was taken away, or added.",
            )
        )
    return FoundSignature(field, signature.document_digest, cms)

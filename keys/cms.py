"""The CMS around a signature value: certificates in, the bytes of `schemas.cms` out.

The order is fixed by PAdES: the certificate is known before anything is hashed, since it is a signed attribute.
"""

from __future__ import annotations

from collections.abc import Sequence

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from keys.signer import SignatureAlgorithm
from schemas.cms import SignatureCMS, format_cms, format_signed_attributes


def build_signed_attributes(certificate: x509.Certificate, document_digest: bytes) -> bytes:
    """Return the DER that gets signed.

    Args:
        certificate: the signer's.
        document_digest: SHA-256 of the bytes that the ByteRange covers.
    """
    return format_signed_attributes(certificate.public_bytes(Encoding.DER), document_digest)


def build_signed_data(
    *,
    certificate: x509.Certificate,
    chain: Sequence[x509.Certificate],
    algorithm: SignatureAlgorithm,
    document_digest: bytes,
    signature: bytes,
    time_stamp: bytes | None = None,
) -> bytes:
    """Return the DER of the ContentInfo that goes into `/Contents`, with an RFC 3161 token over the signature."""
    certificates = tuple(each.public_bytes(Encoding.DER) for each in (certificate, *chain))
    return format_cms(SignatureCMS(certificates, algorithm.value, document_digest, signature, time_stamp))

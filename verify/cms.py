"""Whether a signature was made over this document by the key of the certificate that it carries.

Whether that certificate is worth anything is `verify.certificate_path` and `verify.checks.issuer`.
"""

from __future__ import annotations

from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.hashes import SHA256

from schemas.cms import SignatureCMS
from schemas.errors import Text
from schemas.pdf_profile import PSS_SALT_BYTES
from verify.findings import CheckFailedError

_PSS = padding.PSS(mgf=padding.MGF1(SHA256()), salt_length=PSS_SALT_BYTES)


def check_signature(cms: SignatureCMS, document_digest: bytes) -> None:
    """Check one signature.

    Args:
        cms: as parsed.
        document_digest: SHA-256 of the bytes that the ByteRange covers, as they are now.

    Raises:
        CheckFailedError: the document was changed, or another key signed.
    """
    if cms.document_digest != document_digest:
        raise CheckFailedError(
            Text(
                "Nội dung tệp đã bị thay đổi sau khi ký.",
                "The content of the file was changed after it was signed.",
            )
        )
    try:
        _verify(_public_key(cms.certificates[0]), cms)
    except (InvalidSignature, UnsupportedAlgorithm, x509.InvalidVersion, ValueError, TypeError) as error:
        raise CheckFailedError(
            Text(
                "Chữ ký số không khớp với chứng thư đi kèm.",
                "The signature does not fit the certificate that comes with it.",
            )
        ) from error


def _verify(key: PublicKeyTypes, cms: SignatureCMS) -> None:
    match key, cms.algorithm:
        case rsa.RSAPublicKey(key_size=bits), _ if len(cms.signature) != (bits + 7) // 8:
            # OpenSSL takes a value without its leading zeros, too.
            raise ValueError("not as long as the key")
        case rsa.RSAPublicKey(), "rsa-pss":
            key.verify(cms.signature, cms.signed_attributes, _PSS, SHA256())
        case rsa.RSAPublicKey(), "rsa-pkcs1v15":
            key.verify(cms.signature, cms.signed_attributes, padding.PKCS1v15(), SHA256())
        case ec.EllipticCurvePublicKey(curve=ec.SECP256R1()), "ecdsa-p256":
            key.verify(cms.signature, cms.signed_attributes, ec.ECDSA(SHA256()))
        case _:
            raise ValueError("key and algorithm do not fit")


@lru_cache(maxsize=1024)
def _public_key(certificate: bytes) -> PublicKeyTypes:
    return x509.load_der_x509_certificate(certificate).public_key()

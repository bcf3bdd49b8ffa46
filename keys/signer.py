"""What every signer promises, whether its key lies in a file, on a token or with a remote service.

The order is fixed by PAdES: the certificate is known before anything is hashed (signing-certificate-v2 is a
signed attribute), the DER of the signed attributes goes out, the signature value comes back. Nothing here
knows PDF.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Protocol, assert_never

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from keys.errors import KeysError, SignatureAlgorithm
from schemas.der import DERError
from schemas.ecdsa import lower_ecdsa
from schemas.pdf_profile import PSS_SALT_BYTES, RSA_MINIMUM_BITS

__all__ = (
    "KeysError",
    "RecordSigner",
    "SignatureAlgorithm",
    "Signer",
    "check_algorithm_fits",
    "check_signature",
    "one_spelling",
    "rsa_padding",
)


class Signer(Protocol):
    """Signs documents as one person or one school."""

    @property
    def certificate(self) -> x509.Certificate:
        """The signer's own certificate."""

    @property
    def chain(self) -> tuple[x509.Certificate, ...]:
        """The intermediates, issuer of `certificate` first, the anchor left out."""

    @property
    def algorithm(self) -> SignatureAlgorithm:
        """The one algorithm this key signs with."""

    def sign(self, signed_attributes_der: bytes) -> bytes:
        """Sign the DER of a CMS `SET OF Attribute`; hashing it is the signer's (or its token's) part.

        The value is in its `one_spelling`: a time stamp over it is asked for before it is in the file.

        Raises:
            KeysError: the key did not sign. Nothing was changed; asking again is safe.
        """


class RecordSigner(Protocol):
    """Signs for the record with an Ed25519 key of a single purpose (see `docs/formats/README.md`)."""

    @property
    def public_key(self) -> bytes:
        """The 32 bytes of RFC 8032."""

    @property
    def key_id(self) -> bytes:
        """The 8 bytes of `schemas.signatures.key_id`."""

    def sign(self, message: bytes) -> bytes:
        """Return the 64 bytes of the Ed25519 signature over `message`."""


def check_algorithm_fits(certificate: x509.Certificate, algorithm: SignatureAlgorithm) -> None:
    """Refuse a public key that is too weak or of another kind than the algorithm.

    Raises:
        KeysError: `key-unsuitable`.
    """
    public_key = certificate.public_key()
    match algorithm:
        case SignatureAlgorithm.RSA_PSS | SignatureAlgorithm.RSA_PKCS1V15:
            fits = isinstance(public_key, rsa.RSAPublicKey) and public_key.key_size >= RSA_MINIMUM_BITS
        case SignatureAlgorithm.ECDSA_P256:
            fits = isinstance(public_key, ec.EllipticCurvePublicKey) and isinstance(
                public_key.curve, ec.SECP256R1
            )
        case _:
            assert_never(algorithm)
    if not fits:
        raise KeysError(
            "key-unsuitable",
            f"Khoá của chứng thư không dùng được với {algorithm}: cần RSA từ 2048 bit hoặc ECDSA P-256. "
            "Hãy xin cấp chứng thư khác.",
            f"The certificate's key cannot be used with {algorithm}: RSA of 2048 bits or more, or ECDSA P-256, is "
            "needed. Ask for another certificate.",
        )


def check_signature(
    certificate: x509.Certificate, algorithm: SignatureAlgorithm, signature: bytes, message: bytes
) -> None:
    """Check that the certificate's own key made `signature` over `message`, and that it is spelled as files have it.

    Raises:
        KeysError: `signature-not-by-certificate`, as when somebody plugged in another token; `key-unsuitable`.
    """
    check_algorithm_fits(certificate, algorithm)
    public_key = certificate.public_key()
    if one_spelling(certificate, algorithm, signature) != signature:
        raise _not_by_certificate()
    try:
        if isinstance(public_key, rsa.RSAPublicKey):
            public_key.verify(signature, message, rsa_padding(algorithm), SHA256())
        elif isinstance(public_key, ec.EllipticCurvePublicKey):
            public_key.verify(signature, message, ec.ECDSA(SHA256()))
    except InvalidSignature as error:
        raise _not_by_certificate() from error


def one_spelling(certificate: x509.Certificate, algorithm: SignatureAlgorithm, signature: bytes) -> bytes:
    """Return a signature value as files have it (docs/formats/pdf.md); what is none comes back as it is."""
    public_key = certificate.public_key()
    if algorithm is SignatureAlgorithm.ECDSA_P256:
        with suppress(DERError):
            return lower_ecdsa(signature)
    elif isinstance(public_key, rsa.RSAPublicKey):
        return signature.rjust((public_key.key_size + 7) // 8, b"\0")
    return signature


def rsa_padding(algorithm: SignatureAlgorithm) -> padding.PSS | padding.PKCS1v15:
    """Return the padding of an RSA algorithm: PSS always with MGF1-SHA-256 and a salt of 32 bytes."""
    if algorithm is SignatureAlgorithm.RSA_PSS:
        return padding.PSS(mgf=padding.MGF1(SHA256()), salt_length=PSS_SALT_BYTES)
    return padding.PKCS1v15()


def _not_by_certificate() -> KeysError:
    return KeysError(
        "signature-not-by-certificate",
        "Chữ ký không phải do khoá của chứng thư này tạo ra. Hãy cắm đúng thiết bị ký của người ký rồi ký lại.",
        "This certificate's key did not make the signature. Plug in the signer's own token and sign again.",
    )

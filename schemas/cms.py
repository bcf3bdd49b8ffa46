"""The CMS of a signature in its one spelling (RFC 5652, RFC 5035; docs/formats/pdf.md): format, and strict parse.

Every algorithm identifier is one fixed string of bytes, so that nothing is interpreted: a parser takes the
parts out, formats them again and compares. Holds no cryptography and believes no certificate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from schemas.der import (
    CONTEXT_0,
    CONTEXT_1,
    CONTEXT_2,
    INTEGER,
    NULL,
    OCTETS,
    SEQUENCE,
    SET,
    DERError,
    Reader,
    der,
    oid,
    set_of,
)
from schemas.ecdsa import lower_ecdsa
from schemas.errors import SchemaError
from schemas.pdf_profile import PROOF_OID, PSS_SALT_BYTES

_DIGEST_BYTES = 32


@dataclass(frozen=True, slots=True)
class SignatureCMS:
    """What the CMS of one signature says."""

    certificates: tuple[bytes, ...]
    """DER of the signer's certificate, then of its issuers upwards; the anchor is left out."""
    algorithm: str
    """`rsa-pss`, `rsa-pkcs1v15` or `ecdsa-p256`, as in the trust root."""
    document_digest: bytes
    """SHA-256 of the bytes that the ByteRange covers."""
    signature: bytes
    time_stamp: bytes | None = None
    """DER of an RFC 3161 token over the signature."""
    proof: bytes | None = None
    """The inclusion proof (docs/formats/record.md); only the seal carries one."""

    @property
    def signed_attributes(self) -> bytes:
        """What the signature is over."""
        return format_signed_attributes(self.certificates[0], self.document_digest)


def format_signed_attributes(certificate: bytes, document_digest: bytes) -> bytes:
    """Return the DER of the signed attributes as a `SET OF`, which is what gets signed (RFC 5652 §5.4).

    Args:
        certificate: DER of the signer's, bound in by its SHA-256 (RFC 5035 §3).
        document_digest: SHA-256 of the bytes that the ByteRange covers.
    """
    # ESSCertIDv2: SHA-256 is the DEFAULT, which DER leaves out; issuerSerial is a mere hint and left out too.
    identifier = der(SEQUENCE, der(OCTETS, sha256(certificate).digest()))
    return set_of(
        _attribute(_CONTENT_TYPE, _DATA),
        _attribute(_MESSAGE_DIGEST, der(OCTETS, document_digest)),
        _attribute(_SIGNING_CERTIFICATE_V2, der(SEQUENCE, der(SEQUENCE, identifier))),
    )


def format_cms(cms: SignatureCMS) -> bytes:
    """Return the DER of the ContentInfo that goes into `/Contents`.

    Raises:
        SchemaError: `cms-invalid` where a certificate is not one.
    """
    signer = certificate_names(cms.certificates[0])
    unsigned = []
    if cms.time_stamp is not None:
        unsigned.append(_attribute(_TIME_STAMP, cms.time_stamp))
    if cms.proof is not None:
        unsigned.append(_attribute(_PROOF, der(OCTETS, cms.proof)))
    signer_info = der(
        SEQUENCE,
        _VERSION_1,
        der(SEQUENCE, signer.issuer, signer.serial_number),
        _SHA256,
        # IMPLICIT [0] in place of the SET's own tag, which only the signed form has (RFC 5652 §5.4).
        bytes((CONTEXT_0,)) + cms.signed_attributes[1:],
        _SIGNATURE_ALGORITHMS[cms.algorithm],
        der(OCTETS, cms.signature),
        *([bytes((CONTEXT_1,)) + set_of(*unsigned)[1:]] if unsigned else []),
    )
    signed_data = der(
        SEQUENCE,
        _VERSION_1,
        set_of(_SHA256),
        der(SEQUENCE, _DATA),
        der(CONTEXT_0, *sorted(cms.certificates)),
        set_of(signer_info),
    )
    return der(SEQUENCE, _SIGNED_DATA, der(CONTEXT_0, signed_data))


def parse_cms(data: bytes) -> SignatureCMS:
    """Parse the CMS of a signature: parse, format, compare.

    Raises:
        SchemaError: `cms-invalid`, also for a certificate that is not on the path from the signer's upwards.
    """
    try:
        cms = _read(data)
        is_spelled = cms.algorithm != "ecdsa-p256" or lower_ecdsa(cms.signature) == cms.signature
    except DERError as error:
        raise _invalid() from error
    if not (cms.algorithm and is_spelled) or format_cms(cms) != data:
        raise _invalid()
    return cms


def _read(data: bytes) -> SignatureCMS:
    content_info = Reader(data).inner(SEQUENCE)
    content_info.skip()
    signed_data = content_info.inner(CONTEXT_0).inner(SEQUENCE)
    for _ in range(3):
        signed_data.skip()
    certificates = signed_data.inner(CONTEXT_0).elements()
    signer_info = signed_data.inner(SET).inner(SEQUENCE)
    signer_info.skip()
    signer = signer_info.element()
    signer_info.skip()
    attributes = signer_info.inner(CONTEXT_0).elements()
    algorithm = signer_info.element()
    return SignatureCMS(
        certificates=_path(certificates, signer),
        algorithm=_ALGORITHMS_BY_IDENTIFIER.get(algorithm, ""),
        document_digest=_document_digest(attributes),
        signature=signer_info.content(OCTETS),
        **_unsigned(signer_info),
    )


def _path(certificates: Sequence[bytes], signer: bytes) -> tuple[bytes, ...]:
    left = {certificate: certificate_names(certificate) for certificate in certificates}
    found = [one for one, names in left.items() if der(SEQUENCE, names.issuer, names.serial_number) == signer]
    if len(found) != 1 or len(left) != len(certificates):
        raise _invalid()
    path = [found[0]]
    issuer = left.pop(found[0]).issuer
    while left:
        above = [one for one, names in left.items() if names.subject == issuer]
        if len(above) != 1:
            raise _invalid()
        path.append(above[0])
        issuer = left.pop(above[0]).issuer
    return tuple(path)


def _document_digest(attributes: Sequence[bytes]) -> bytes:
    start = _attribute(_MESSAGE_DIGEST, der(OCTETS, bytes(_DIGEST_BYTES)))[:-_DIGEST_BYTES]
    digests = [one[len(start) :] for one in attributes if one.startswith(start)]
    if len(digests) != 1:
        raise _invalid()
    return digests[0]


def _unsigned(signer_info: Reader) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    attributes = signer_info.inner(CONTEXT_1).elements() if signer_info.tag is not None else []
    for attribute in attributes:
        reader = Reader(attribute).inner(SEQUENCE)
        kind, value = reader.element(), reader.inner(SET)
        if kind == _PROOF:
            found["proof"] = value.content(OCTETS)
        elif kind == _TIME_STAMP:
            found["time_stamp"] = value.element()
        else:
            raise _invalid()
    return found


@dataclass(frozen=True, slots=True)
class CertificateNames:
    """Parts of a certificate, each as its DER: authorities differ in string types, so encodings are compared."""

    serial_number: bytes
    issuer: bytes
    subject: bytes


def certificate_names(certificate: bytes) -> CertificateNames:
    """Return the names of a certificate.

    Raises:
        SchemaError: `cms-invalid` where it is none.
    """
    try:
        body = Reader(certificate).inner(SEQUENCE).inner(SEQUENCE)
        body.skip()  # the version, which every certificate with extensions has
        serial_number = body.element()
        body.skip()
        issuer = body.element()
        body.skip()
        return CertificateNames(serial_number, issuer, body.element())
    except DERError as error:
        raise _invalid() from error


def _attribute(oid: bytes, value: bytes) -> bytes:
    return der(SEQUENCE, oid, set_of(value))


def _invalid() -> SchemaError:
    return SchemaError(
        "cms-invalid",
        "cms",
        "Cấu trúc chữ ký số không đúng quy định của học bạ số.",
        "The signature does not have the structure of a transcript's signature.",
    )


_DATA = oid("1.2.840.113549.1.7.1")
_SIGNED_DATA = oid("1.2.840.113549.1.7.2")
_CONTENT_TYPE = oid("1.2.840.113549.1.9.3")
_MESSAGE_DIGEST = oid("1.2.840.113549.1.9.4")
_SIGNING_CERTIFICATE_V2 = oid("1.2.840.113549.1.9.16.2.47")
_TIME_STAMP = oid("1.2.840.113549.1.9.16.2.14")
_PROOF = oid(PROOF_OID)
_SHA256_OID = oid("2.16.840.1.101.3.4.2.1")
_VERSION_1 = der(INTEGER, b"\x01")

# RFC 5754 §2: a digest algorithm's parameters are absent. RFC 4055 §2.1: within RSASSA-PSS they are NULL.
_SHA256 = der(SEQUENCE, _SHA256_OID)
_SHA256_IN_PSS = der(SEQUENCE, _SHA256_OID, der(NULL))
_MGF1_SHA256 = der(SEQUENCE, oid("1.2.840.113549.1.1.8"), _SHA256_IN_PSS)
PSS_PARAMETERS = der(
    SEQUENCE,
    der(CONTEXT_0, _SHA256_IN_PSS),
    der(CONTEXT_1, _MGF1_SHA256),
    der(CONTEXT_2, der(INTEGER, bytes((PSS_SALT_BYTES,)))),
)
_SIGNATURE_ALGORITHMS = {
    "rsa-pss": der(SEQUENCE, oid("1.2.840.113549.1.1.10"), PSS_PARAMETERS),
    "rsa-pkcs1v15": der(SEQUENCE, oid("1.2.840.113549.1.1.11"), der(NULL)),
    "ecdsa-p256": der(SEQUENCE, oid("1.2.840.10045.4.3.2")),
}
_ALGORITHMS_BY_IDENTIFIER = {identifier: name for name, identifier in _SIGNATURE_ALGORITHMS.items()}

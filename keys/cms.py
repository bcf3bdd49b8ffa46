"""The CMS of one document signature (CAdES baseline B-B), as `docs/formats/pdf.md` fixes it.

Writes exactly one shape and reads none: one SignerInfo, no embedded content, the signed attributes
content-type, message-digest and signing-certificate-v2, and the certificates below the anchor. Time stamps and
the record's proof are unsigned attributes, added elsewhere.

The shape is constant but for five values, so it is concatenated from DER; building it from ASN.1 objects
takes 4 ms of every signature.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from keys.signer import SignatureAlgorithm
from schemas.pdf_profile import PSS_SALT_BYTES

_INTEGER, _OCTET_STRING, _NULL, _OID, _SEQUENCE, _SET = 0x02, 0x04, 0x05, 0x06, 0x30, 0x31
_CONTEXT_0 = 0xA0


def _der(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def _set_of(*elements: bytes) -> bytes:
    # X.690 §11.6: the elements of a SET OF stand in ascending order of their encodings.
    return _der(_SET, *sorted(elements))


def _oid(body: str) -> bytes:
    return _der(_OID, bytes.fromhex(body))


_DATA = _oid("2a864886f70d010701")
_SIGNED_DATA = _oid("2a864886f70d010702")
_CONTENT_TYPE = _oid("2a864886f70d010903")
_MESSAGE_DIGEST = _oid("2a864886f70d010904")
_SIGNING_CERTIFICATE_V2 = _oid("2a864886f70d010910022f")
_SHA256_OID = _oid("608648016503040201")
_VERSION_1 = _der(_INTEGER, b"\x01")

# RFC 5754 §2: a digest algorithm's parameters are absent. RFC 4055 §2.1: within RSASSA-PSS they are NULL.
_SHA256 = _der(_SEQUENCE, _SHA256_OID)
_SHA256_IN_PSS = _der(_SEQUENCE, _SHA256_OID, _der(_NULL))
_MGF1_SHA256 = _der(_SEQUENCE, _oid("2a864886f70d010108"), _SHA256_IN_PSS)
_PSS_PARAMETERS = _der(
    _SEQUENCE,
    _der(_CONTEXT_0, _SHA256_IN_PSS),
    _der(_CONTEXT_0 + 1, _MGF1_SHA256),
    _der(_CONTEXT_0 + 2, _der(_INTEGER, bytes((PSS_SALT_BYTES,)))),
)
_SIGNATURE_ALGORITHMS = {
    SignatureAlgorithm.RSA_PSS: _der(_SEQUENCE, _oid("2a864886f70d01010a"), _PSS_PARAMETERS),
    SignatureAlgorithm.RSA_PKCS1V15: _der(_SEQUENCE, _oid("2a864886f70d01010b"), _der(_NULL)),
    SignatureAlgorithm.ECDSA_P256: _der(_SEQUENCE, _oid("2a8648ce3d040302")),
}


def build_signed_attributes(certificate: x509.Certificate, document_digest: bytes) -> bytes:
    """Return the DER of the signed attributes as a `SET OF`, which is what gets signed (RFC 5652 §5.4).

    Args:
        certificate: the signer's, bound in by its SHA-256 (RFC 5035 §3).
        document_digest: SHA-256 of the bytes that the ByteRange covers.
    """
    # ESSCertIDv2: SHA-256 is the DEFAULT, which DER leaves out; issuerSerial is a mere hint and left out too.
    certificate_id = _der(_SEQUENCE, _der(_OCTET_STRING, certificate.fingerprint(SHA256())))
    return _set_of(
        _attribute(_CONTENT_TYPE, _DATA),
        _attribute(_MESSAGE_DIGEST, _der(_OCTET_STRING, document_digest)),
        _attribute(_SIGNING_CERTIFICATE_V2, _der(_SEQUENCE, _der(_SEQUENCE, certificate_id))),
    )


def build_signed_data(
    *,
    certificate: x509.Certificate,
    chain: Sequence[x509.Certificate],
    algorithm: SignatureAlgorithm,
    signed_attributes_der: bytes,
    signature: bytes,
) -> bytes:
    """Return the DER of the ContentInfo that goes into `/Contents`."""
    signer_info = _der(
        _SEQUENCE,
        _VERSION_1,
        _issuer_and_serial_number(certificate),
        _SHA256,
        # IMPLICIT [0] in place of the SET's own tag, which only the signed form has (RFC 5652 §5.4).
        bytes((_CONTEXT_0,)) + signed_attributes_der[1:],
        _SIGNATURE_ALGORITHMS[algorithm],
        _der(_OCTET_STRING, signature),
    )
    certificates = sorted(each.public_bytes(Encoding.DER) for each in (certificate, *chain))
    signed_data = _der(
        _SEQUENCE,
        _VERSION_1,
        _set_of(_SHA256),
        _der(_SEQUENCE, _DATA),
        _der(_CONTEXT_0, *certificates),
        _set_of(signer_info),
    )
    return _der(_SEQUENCE, _SIGNED_DATA, _der(_CONTEXT_0, signed_data))


def _attribute(oid: bytes, value: bytes) -> bytes:
    return _der(_SEQUENCE, oid, _set_of(value))


@lru_cache(maxsize=256)
def _issuer_and_serial_number(certificate: x509.Certificate) -> bytes:
    # The issuer's name goes over byte for byte: authorities differ in string types, readers compare encodings.
    body = asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))["tbs_certificate"]
    return _der(_SEQUENCE, body["issuer"].dump(), body["serial_number"].dump())

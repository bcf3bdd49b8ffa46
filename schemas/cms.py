"""The CMS of a signature in its one spelling (RFC 5652, RFC 5035; docs/formats/pdf.md): format, and strict parse.

Every algorithm identifier is one fixed string of bytes, so that nothing is interpreted: a parser takes the
parts out, formats them again and compares. Holds no cryptography and believes no certificate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from schemas.errors import SchemaError
from schemas.pdf_profile import PROOF_OID, PSS_SALT_BYTES

_INTEGER, _OCTETS, _NULL, _OID, _SEQUENCE, _SET = 0x02, 0x04, 0x05, 0x06, 0x30, 0x31
_CONTEXT_0, _CONTEXT_1, _CONTEXT_2 = 0xA0, 0xA1, 0xA2
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
    identifier = _der(_SEQUENCE, _der(_OCTETS, sha256(certificate).digest()))
    return _set_of(
        _attribute(_CONTENT_TYPE, _DATA),
        _attribute(_MESSAGE_DIGEST, _der(_OCTETS, document_digest)),
        _attribute(_SIGNING_CERTIFICATE_V2, _der(_SEQUENCE, _der(_SEQUENCE, identifier))),
    )


def format_cms(cms: SignatureCMS) -> bytes:
    """Return the DER of the ContentInfo that goes into `/Contents`.

    Raises:
        SchemaError: `cms-invalid` where a certificate is not one.
    """
    signer = _certificate_names(cms.certificates[0])
    unsigned = []
    if cms.time_stamp is not None:
        unsigned.append(_attribute(_TIME_STAMP, cms.time_stamp))
    if cms.proof is not None:
        unsigned.append(_attribute(_PROOF, _der(_OCTETS, cms.proof)))
    signer_info = _der(
        _SEQUENCE,
        _VERSION_1,
        _der(_SEQUENCE, signer.issuer, signer.serial_number),
        _SHA256,
        # IMPLICIT [0] in place of the SET's own tag, which only the signed form has (RFC 5652 §5.4).
        bytes((_CONTEXT_0,)) + cms.signed_attributes[1:],
        _SIGNATURE_ALGORITHMS[cms.algorithm],
        _der(_OCTETS, cms.signature),
        *([bytes((_CONTEXT_1,)) + _set_of(*unsigned)[1:]] if unsigned else []),
    )
    signed_data = _der(
        _SEQUENCE,
        _VERSION_1,
        _set_of(_SHA256),
        _der(_SEQUENCE, _DATA),
        _der(_CONTEXT_0, *sorted(cms.certificates)),
        _set_of(signer_info),
    )
    return _der(_SEQUENCE, _SIGNED_DATA, _der(_CONTEXT_0, signed_data))


def parse_cms(der: bytes) -> SignatureCMS:
    """Parse the CMS of a signature: parse, format, compare.

    Raises:
        SchemaError: `cms-invalid`, also for a certificate that is not on the path from the signer's upwards.
    """
    content_info = _Reader(der).inner(_SEQUENCE)
    content_info.skip()
    signed_data = content_info.inner(_CONTEXT_0).inner(_SEQUENCE)
    for _ in range(3):
        signed_data.skip()
    certificates = signed_data.inner(_CONTEXT_0).elements()
    signer_info = signed_data.inner(_SET).inner(_SEQUENCE)
    signer_info.skip()
    signer = signer_info.element()
    signer_info.skip()
    attributes = signer_info.inner(_CONTEXT_0).elements()
    algorithm = signer_info.element()
    cms = SignatureCMS(
        certificates=_path(certificates, signer),
        algorithm=_ALGORITHMS_BY_IDENTIFIER.get(algorithm, ""),
        document_digest=_document_digest(attributes),
        signature=signer_info.content(_OCTETS),
        **_unsigned(signer_info),
    )
    if not cms.algorithm or format_cms(cms) != der:
        raise _invalid()
    return cms


def _path(certificates: Sequence[bytes], signer: bytes) -> tuple[bytes, ...]:
    left = {certificate: _certificate_names(certificate) for certificate in certificates}
    found = [
        one for one, names in left.items() if _der(_SEQUENCE, names.issuer, names.serial_number) == signer
    ]
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
    start = _attribute(_MESSAGE_DIGEST, _der(_OCTETS, bytes(_DIGEST_BYTES)))[:-_DIGEST_BYTES]
    digests = [one[len(start) :] for one in attributes if one.startswith(start)]
    if len(digests) != 1:
        raise _invalid()
    return digests[0]


def _unsigned(signer_info: _Reader) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    attributes = signer_info.inner(_CONTEXT_1).elements() if signer_info.left else []
    for attribute in attributes:
        reader = _Reader(attribute).inner(_SEQUENCE)
        oid, value = reader.element(), reader.inner(_SET)
        if oid == _PROOF:
            found["proof"] = value.content(_OCTETS)
        elif oid == _TIME_STAMP:
            found["time_stamp"] = value.element()
        else:
            raise _invalid()
    return found


@dataclass(frozen=True, slots=True)
class _Names:
    """Parts of a certificate, each as its DER: authorities differ in string types, so encodings are compared."""

    serial_number: bytes
    issuer: bytes
    subject: bytes


def _certificate_names(certificate: bytes) -> _Names:
    body = _Reader(certificate).inner(_SEQUENCE).inner(_SEQUENCE)
    body.skip()  # the version, which every certificate with extensions has
    serial_number = body.element()
    body.skip()
    issuer = body.element()
    body.skip()
    return _Names(serial_number, issuer, body.element())


class _Reader:
    """Takes DER elements one after the other. Lax about what it skips: the comparison afterwards is what is strict."""

    def __init__(self, data: bytes) -> None:
        self.left = data

    def element(self, tag: int | None = None) -> bytes:
        return self._take(tag)[0]

    def skip(self) -> None:
        self._take(None)

    def content(self, tag: int) -> bytes:
        return self._take(tag)[1]

    def inner(self, tag: int) -> _Reader:
        return _Reader(self.content(tag))

    def elements(self) -> list[bytes]:
        found = []
        while self.left:
            found.append(self.element())
        return found

    def _take(self, tag: int | None) -> tuple[bytes, bytes]:
        data = self.left
        octets = data[1] & 0x7F if len(data) > 1 and data[1] > 0x80 else 0
        start = 2 + octets
        if len(data) < start or octets > 4 or data[1] == 0x80 or (tag is not None and data[0] != tag):
            raise _invalid()
        end = start + (int.from_bytes(data[2:start]) if octets else data[1])
        if end > len(data):
            raise _invalid()
        self.left = data[end:]
        return data[:end], data[start:end]


def _der(tag: int, *contents: bytes) -> bytes:
    content = b"".join(contents)
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes((tag, 0x80 | len(length))) + length + content


def _set_of(*elements: bytes) -> bytes:
    # X.690 §11.6: the elements of a SET OF stand in ascending order of their encodings.
    return _der(_SET, *sorted(elements))


def _attribute(oid: bytes, value: bytes) -> bytes:
    return _der(_SEQUENCE, oid, _set_of(value))


def _oid(dotted: str) -> bytes:
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    body = b""
    for arc in (40 * first + second, *rest):
        groups = [(arc >> shift) & 0x7F for shift in range(0, max(arc.bit_length(), 1), 7)]
        body += bytes(group | 0x80 for group in reversed(groups[1:])) + bytes((groups[0],))
    return _der(_OID, body)


def _invalid() -> SchemaError:
    return SchemaError(
        "cms-invalid",
        "cms",
        "Cấu trúc chữ ký số không đúng quy định của học bạ số.",
        "The signature does not have the structure of a transcript's signature.",
    )


_DATA = _oid("1.2.840.113549.1.7.1")
_SIGNED_DATA = _oid("1.2.840.113549.1.7.2")
_CONTENT_TYPE = _oid("1.2.840.113549.1.9.3")
_MESSAGE_DIGEST = _oid("1.2.840.113549.1.9.4")
_SIGNING_CERTIFICATE_V2 = _oid("1.2.840.113549.1.9.16.2.47")
_TIME_STAMP = _oid("1.2.840.113549.1.9.16.2.14")
_PROOF = _oid(PROOF_OID)
_SHA256_OID = _oid("2.16.840.1.101.3.4.2.1")
_VERSION_1 = _der(_INTEGER, b"\x01")

# RFC 5754 §2: a digest algorithm's parameters are absent. RFC 4055 §2.1: within RSASSA-PSS they are NULL.
_SHA256 = _der(_SEQUENCE, _SHA256_OID)
_SHA256_IN_PSS = _der(_SEQUENCE, _SHA256_OID, _der(_NULL))
_MGF1_SHA256 = _der(_SEQUENCE, _oid("1.2.840.113549.1.1.8"), _SHA256_IN_PSS)
_PSS_PARAMETERS = _der(
    _SEQUENCE,
    _der(_CONTEXT_0, _SHA256_IN_PSS),
    _der(_CONTEXT_1, _MGF1_SHA256),
    _der(_CONTEXT_2, _der(_INTEGER, bytes((PSS_SALT_BYTES,)))),
)
_SIGNATURE_ALGORITHMS = {
    "rsa-pss": _der(_SEQUENCE, _oid("1.2.840.113549.1.1.10"), _PSS_PARAMETERS),
    "rsa-pkcs1v15": _der(_SEQUENCE, _oid("1.2.840.113549.1.1.11"), _der(_NULL)),
    "ecdsa-p256": _der(_SEQUENCE, _oid("1.2.840.10045.4.3.2")),
}
_ALGORITHMS_BY_IDENTIFIER = {identifier: name for name, identifier in _SIGNATURE_ALGORITHMS.items()}

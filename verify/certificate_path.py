"""The path from a signer's certificate to an anchor of the trust root, judged at the signing time.

Nothing is fetched, and no anchor of the operating system counts. Paths are few (a school signs a whole class with one
certificate), so what does not depend on the time is kept between documents.
"""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from hashlib import sha256
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from schemas.errors import Text
from schemas.record.trust_root import TrustRoot, parse_time
from verify.findings import CheckFailedError
from verify.revocation import IssuedCertificate, offers_revocation
from verify.shown_text import shown_text

_MAX_PATH = 4
_UNDERSTOOD = (x509.BasicConstraints, x509.KeyUsage, x509.ExtendedKeyUsage)


@dataclass(frozen=True, slots=True)
class CertificatePath:
    """A path that ends at an anchor, and what people are shown of its signer."""

    thumbprint: bytes
    signer: str
    managing_unit: str | None
    issuer: str
    not_before: dt.datetime
    not_after: dt.datetime
    revocable: tuple[IssuedCertificate, ...]
    """Those that name a revocation list or an OCSP responder: that they were not revoked needs evidence."""
    from_: dt.datetime
    """From when to when every certificate of the path is valid."""
    until: dt.datetime
    everyone: tuple[str, ...]
    """SHA-256 of every certificate, the anchor's too, in hexadecimal."""

    def is_valid_at(self, time: dt.datetime) -> bool:
        """Whether all certificates of the path are within their periods."""
        return self.from_ <= time <= self.until


class Purpose(Enum):
    """What a certificate was issued for."""

    DOCUMENTS = "documents"
    TIME_STAMPS = "time stamps"


def find_path(
    certificates: tuple[bytes, ...], algorithm: str, trust: TrustRoot, at: dt.datetime
) -> CertificatePath:
    """Return the path of these certificates to an anchor; the signer's certificate comes first.

    Raises:
        CheckFailedError: it leads to no anchor, or a certificate may not do what it does here.
    """
    anchors = tuple(one for group in trust.anchors for one in group.certificates)
    path, key_bits = _path(certificates, anchors, Purpose.DOCUMENTS)
    allowed = any(
        one.name == algorithm
        and key_bits >= one.minimum_bits
        and (one.until is None or f"{at:%Y-%m-%dT%H:%M:%SZ}" < one.until)
        for one in trust.algorithms
    )
    if not allowed:
        raise CheckFailedError(
            Text(
                "Thuật toán hoặc độ dài khoá của chữ ký không còn được chấp nhận vào thời điểm ký.",
                "The signature's algorithm or key length was not accepted at the signing time.",
            )
        )
    return path


def find_time_stamp_path(certificates: tuple[bytes, ...], anchors: tuple[str, ...]) -> CertificatePath:
    """Return the path of a time-stamp authority's certificates to one of these anchors.

    Raises:
        CheckFailedError: it leads to none, or a certificate may not do what it does here.
    """
    return _path(certificates, anchors, Purpose.TIME_STAMPS)[0]


def algorithm_end(algorithm: str, trust: TrustRoot) -> dt.datetime | None:
    """Return until when signatures of this algorithm are accepted; None where no end is laid down."""
    ends = [parse_time(one.until) for one in trust.algorithms if one.name == algorithm and one.until]
    return min(ends, default=None)


@lru_cache(maxsize=1024)
def describe_signer(certificate: bytes) -> tuple[str, str | None, str, dt.datetime, dt.datetime]:
    """Return signer, managing unit, issuer and period as the certificate itself claims them, trusted or not."""
    loaded = x509.load_der_x509_certificate(certificate)
    return (
        _name(loaded.subject, NameOID.COMMON_NAME) or shown_text(loaded.subject.rfc4514_string()),
        _name(loaded.subject, NameOID.ORGANIZATION_NAME),
        _name(loaded.issuer, NameOID.COMMON_NAME) or shown_text(loaded.issuer.rfc4514_string()),
        loaded.not_valid_before_utc,
        loaded.not_valid_after_utc,
    )


@lru_cache(maxsize=1024)
def _path(
    certificates: tuple[bytes, ...], anchors: tuple[str, ...], purpose: Purpose
) -> tuple[CertificatePath, int]:
    if len(certificates) > _MAX_PATH:
        raise _failed("chuỗi chứng thư quá dài", "its chain is too long")
    try:
        chain = [x509.load_der_x509_certificate(one) for one in certificates]
        anchor = _anchor_of(chain[-1], anchors)
        _check_chain([*chain, anchor])
        _check_leaf(chain[0], purpose)
        key_bits = _key_bits(chain[0].public_key())
        path = _describe(chain, anchor, certificates[0])
    except (
        ValueError,
        TypeError,
        UnsupportedAlgorithm,
        x509.InvalidVersion,
        x509.ExtensionNotFound,
        x509.DuplicateExtension,
    ) as error:
        raise _failed("chứng thư sai dạng", "a certificate is malformed") from error
    return path, key_bits


def _anchor_of(last: x509.Certificate, anchors: Iterable[str]) -> x509.Certificate:
    for encoded in anchors:
        anchor = _load_anchor(encoded)
        if anchor.subject == last.issuer and _is_issued_by(last, anchor):
            return anchor
    raise _failed(
        "chứng thư không do tổ chức được tin cậy cấp", "no trusted authority issued the certificate"
    )


@lru_cache(maxsize=64)
def _load_anchor(encoded: str) -> x509.Certificate:
    return x509.load_der_x509_certificate(base64.b64decode(encoded))


def _check_chain(chain: list[x509.Certificate]) -> None:
    for below, (certificate, issuer) in enumerate(pairwise(chain)):
        constraints = issuer.extensions.get_extension_for_class(x509.BasicConstraints).value
        usage = issuer.extensions.get_extension_for_class(x509.KeyUsage).value
        deep_enough = constraints.path_length is None or constraints.path_length >= below
        if not (
            constraints.ca and usage.key_cert_sign and deep_enough and _is_issued_by(certificate, issuer)
        ):
            raise _failed("chuỗi chứng thư không hợp lệ", "its chain does not hold")
    for certificate in chain:
        _key_bits(certificate.public_key())
        for extension in certificate.extensions:
            if extension.critical and not isinstance(extension.value, _UNDERSTOOD):
                raise _failed("chứng thư có điều kiện lạ", "a certificate has a condition unknown here")


def _is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def _check_leaf(certificate: x509.Certificate, purpose: Purpose) -> None:
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    extended = [one for one in certificate.extensions if isinstance(one.value, x509.ExtendedKeyUsage)]
    purposes = [one for extension in extended for one in extension.value]
    signs = (usage.digital_signature or usage.content_commitment) and not usage.key_cert_sign
    if purpose is Purpose.DOCUMENTS and not (signs and ExtendedKeyUsageOID.TIME_STAMPING not in purposes):
        raise _failed("chứng thư không được cấp để ký tài liệu", "it was not issued for signing documents")
    # RFC 3161 §2.3: this purpose alone, and critical.
    alone = purposes == [ExtendedKeyUsageOID.TIME_STAMPING] and extended[0].critical
    if purpose is Purpose.TIME_STAMPS and not (signs and alone):
        raise _failed(
            "chứng thư không được cấp riêng để cấp dấu thời gian", "it was not issued for time stamps alone"
        )


def _key_bits(key: object) -> int:
    match key:
        case rsa.RSAPublicKey(key_size=bits) if bits >= 2048:
            return bits
        case ec.EllipticCurvePublicKey(curve=ec.SECP256R1()):
            return 256
        case _:
            raise _failed(
                "khoá của chứng thư quá yếu hoặc lạ", "a certificate's key is too weak or of an unknown kind"
            )


def _describe(chain: list[x509.Certificate], anchor: x509.Certificate, der: bytes) -> CertificatePath:
    signer, unit, issuer, not_before, not_after = describe_signer(der)
    everyone = [*chain, anchor]
    return CertificatePath(
        thumbprint=sha256(der).digest(),
        signer=signer,
        managing_unit=unit,
        issuer=issuer,
        not_before=not_before,
        not_after=not_after,
        revocable=tuple(
            IssuedCertificate(certificate, above)
            for certificate, above in pairwise(everyone)
            if offers_revocation(certificate)
        ),
        from_=max(one.not_valid_before_utc for one in everyone),
        until=min(one.not_valid_after_utc for one in everyone),
        everyone=tuple(one.fingerprint(SHA256()).hex() for one in everyone),
    )


def _name(name: x509.Name, oid: x509.ObjectIdentifier) -> str | None:
    values = name.get_attributes_for_oid(oid)
    return shown_text(str(values[0].value)) if values else None


def _failed(vi: str, en: str) -> CheckFailedError:
    return CheckFailedError(
        Text(
            f"Chưa tin được chứng thư của người ký: {vi}.", f"The signer's certificate is not trusted: {en}."
        )
    )

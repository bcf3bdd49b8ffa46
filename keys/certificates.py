"""Making and reading X.509 certificates: anchors, intermediates, signers, time stamps.

What is made here is for demonstrations and tests: real personal and seal certificates come from a licensed
authority and are only read. None made here names an address (AIA, CRL), so that a demonstration stays offline.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import assert_never

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from keys.signer import KeysError

CertificateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

DOCUMENT_SIGNING = ObjectIdentifier("1.3.6.1.5.5.7.3.36")
"""id-kp-documentSigning, RFC 9336."""

SUBSCRIBER_VALIDITY = timedelta(days=3 * 365)
"""Subscriber certificates last three years at most (Nghị định 23/2025)."""
TIME_STAMP_VALIDITY = timedelta(days=5 * 365)
AUTHORITY_VALIDITY = timedelta(days=20 * 365)

_COUNTRY = (NameOID.COUNTRY_NAME, "VN")
_NAME_BYTES = 64


class CertificateKind(StrEnum):
    """What a certificate is for; it decides key usage, extended key usage and validity."""

    ROOT = "root"
    INTERMEDIATE = "intermediate"
    SUBSCRIBER = "subscriber"
    TIME_STAMP = "time-stamp"


@dataclass(frozen=True, slots=True)
class CertificateDescription:
    """What people are shown of a certificate (Thông tư 15/2025/TT-BKHCN); text as the authority wrote it."""

    signer: str
    title: str | None
    managing_unit: str | None
    issuer: str
    not_before: datetime
    not_after: datetime


def person_name(*, name: str, title: str, organisation: str, province: str) -> x509.Name:
    """Return the subject of a personal certificate: who, in which office, of which managing unit.

    Raises:
        KeysError: `name-too-long`, as `organisation_name`.
    """
    return _name(
        (NameOID.STATE_OR_PROVINCE_NAME, province),
        (NameOID.ORGANIZATION_NAME, organisation),
        (NameOID.TITLE, title),
        (NameOID.COMMON_NAME, name),
    )


def organisation_name(*, name: str, province: str | None = None) -> x509.Name:
    """Return the subject of an authority's or a school's own certificate.

    Raises:
        KeysError: `name-too-long`: X.520 leaves 64 bytes for each.
    """
    place = [(NameOID.STATE_OR_PROVINCE_NAME, province)] if province else []
    return _name(*place, (NameOID.ORGANIZATION_NAME, name), (NameOID.COMMON_NAME, name))


def make_certificate(
    kind: CertificateKind,
    *,
    subject: x509.Name,
    key: CertificateKey,
    issuer: x509.Certificate | None,
    issuer_key: CertificateKey,
    now: datetime,
    serial_number: Callable[[], int] = x509.random_serial_number,
) -> x509.Certificate:
    """Make a certificate valid from `now` on.

    Args:
        kind: fixes the extensions and the length of validity.
        subject: whom it names.
        key: the subject's key; only its public half is used.
        issuer: the issuing certificate, None for a root.
        issuer_key: signs; for a root the same as `key`.
        now: start of validity.
        serial_number: draws the serial number.
    """
    while True:
        certificate = _builder(
            kind, subject=subject, key=key, issuer=issuer, now=now, serial_number=serial_number()
        ).sign(issuer_key, SHA256())
        # Validation data are embedded as PDF streams, and one that ends in CR has a wrong length to
        # PDF/A validators: make such a certificate anew.
        if not certificate.public_bytes(Encoding.DER).endswith(b"\r"):
            return certificate


def check_may_sign(certificate: x509.Certificate, *, now: datetime) -> None:
    """Refuse a certificate that must not sign a document at `now`; asked again before every batch.

    Raises:
        KeysError: `certificate-expired`, `certificate-not-yet-valid`, `certificate-not-for-signing`.
    """
    if now > certificate.not_valid_after_utc:
        end = f"{certificate.not_valid_after_utc:%d/%m/%Y}"
        raise KeysError(
            "certificate-expired",
            f"Chứng thư đã hết hạn ngày {end}. Hãy gia hạn, hoặc chọn chứng thư còn hiệu lực.",
            f"The certificate expired on {end} (day/month/year). Renew it, or choose one in force.",
        )
    if now < certificate.not_valid_before_utc:
        start = f"{certificate.not_valid_before_utc:%d/%m/%Y}"
        raise KeysError(
            "certificate-not-yet-valid",
            f"Chứng thư chỉ có hiệu lực từ ngày {start}. Hãy kiểm tra đồng hồ của máy, hoặc chờ đến ngày đó.",
            f"The certificate is valid only from {start} (day/month/year). Check the clock, or wait.",
        )
    if not is_for_signing(certificate):
        raise KeysError(
            "certificate-not-for-signing",
            "Chứng thư này không được cấp để ký tài liệu. Hãy chọn chứng thư chữ ký số của người ký.",
            "This certificate was not issued for signing documents. Choose the signer's signature certificate.",
        )


def is_for_signing(certificate: x509.Certificate) -> bool:
    """Tell a signature certificate from an authority's, a time stamp's or an encryption certificate."""
    extensions = certificate.extensions
    try:
        usage = extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return False
    purposes: Iterable[ObjectIdentifier] = ()
    with suppress(x509.ExtensionNotFound):
        purposes = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    signs = usage.digital_signature or usage.content_commitment
    return signs and not usage.key_cert_sign and ExtendedKeyUsageOID.TIME_STAMPING not in purposes


def path_below_anchor(
    certificate: x509.Certificate, others: Iterable[x509.Certificate]
) -> tuple[x509.Certificate, ...]:
    """Order the intermediates upwards; self-signed and unrelated certificates stay out of every signature."""
    by_subject = {other.subject: other for other in others if other.subject != other.issuer}
    path: list[x509.Certificate] = []
    issuer = by_subject.pop(certificate.issuer, None)
    while issuer is not None:
        path.append(issuer)
        issuer = by_subject.pop(issuer.issuer, None)
    return tuple(path)


def describe(certificate: x509.Certificate) -> CertificateDescription:
    """Return the names and the validity of a certificate for display; without a common name, the whole DN."""
    subject = certificate.subject
    issuer = certificate.issuer
    return CertificateDescription(
        signer=_first(subject, NameOID.COMMON_NAME) or subject.rfc4514_string(),
        title=_first(subject, NameOID.TITLE),
        managing_unit=_first(subject, NameOID.ORGANIZATION_NAME),
        issuer=_first(issuer, NameOID.COMMON_NAME) or issuer.rfc4514_string(),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
    )


def _builder(
    kind: CertificateKind,
    *,
    subject: x509.Name,
    key: CertificateKey,
    issuer: x509.Certificate | None,
    now: datetime,
    serial_number: int,
) -> x509.CertificateBuilder:
    subject_key_id = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    authority_key_id = subject_key_id
    if issuer is not None:
        authority_key_id = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer.subject)
        .public_key(key.public_key())
        .serial_number(serial_number)
        .not_valid_before(now)
        .not_valid_after(now + _validity(kind))
        .add_extension(subject_key_id, critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(authority_key_id), critical=False
        )
    )
    for extension, critical in _extensions(kind):
        builder = builder.add_extension(extension, critical=critical)
    return builder


def _validity(kind: CertificateKind) -> timedelta:
    match kind:
        case CertificateKind.ROOT | CertificateKind.INTERMEDIATE:
            return AUTHORITY_VALIDITY
        case CertificateKind.SUBSCRIBER:
            return SUBSCRIBER_VALIDITY
        case CertificateKind.TIME_STAMP:
            return TIME_STAMP_VALIDITY
        case _:
            assert_never(kind)


def _extensions(kind: CertificateKind) -> list[tuple[x509.ExtensionType, bool]]:
    match kind:
        case CertificateKind.ROOT:
            return [
                (x509.BasicConstraints(ca=True, path_length=None), True),
                (_key_usage(authority=True), True),
            ]
        case CertificateKind.INTERMEDIATE:
            return [(x509.BasicConstraints(ca=True, path_length=0), True), (_key_usage(authority=True), True)]
        case CertificateKind.SUBSCRIBER:
            return [
                (x509.BasicConstraints(ca=False, path_length=None), True),
                (_key_usage(content_commitment=True), True),
                (x509.ExtendedKeyUsage([DOCUMENT_SIGNING]), False),
            ]
        case CertificateKind.TIME_STAMP:
            return [
                (x509.BasicConstraints(ca=False, path_length=None), True),
                (_key_usage(), True),
                # RFC 3161 §2.3: this purpose alone, and critical.
                (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), True),
            ]
        case _:
            assert_never(kind)


def _key_usage(*, authority: bool = False, content_commitment: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=content_commitment,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def _name(*attributes: tuple[ObjectIdentifier, str]) -> x509.Name:
    longest = max((value for _, value in attributes), key=lambda value: len(value.encode()))
    # The library counts only the common name.
    if len(longest.encode()) > _NAME_BYTES:
        raise KeysError(
            "name-too-long",
            f"Tên “{longest}” dài hơn 64 byte, quá dài cho chứng thư. Hãy viết gọn lại.",
            f"The name “{longest}” is longer than 64 bytes, too long for a certificate. Shorten it.",
        )
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in (_COUNTRY, *attributes)])


def _first(name: x509.Name, oid: ObjectIdentifier) -> str | None:
    values = name.get_attributes_for_oid(oid)
    if not values:
        return None
    value = values[0].value
    return value if isinstance(value, str) else value.decode("utf-8", "replace")

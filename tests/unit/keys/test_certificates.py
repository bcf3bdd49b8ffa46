"""Making and reading certificates."""

from __future__ import annotations

from datetime import timedelta
from itertools import count, pairwise

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID, NameOID

from keys.certificates import (
    DOCUMENT_SIGNING,
    CertificateKind,
    check_may_sign,
    describe,
    make_certificate,
    organisation_name,
    person_name,
)
from keys.signer import KeysError
from tests.support.keys import NOW, authority

SECOND = timedelta(seconds=1)


def _make(kind: CertificateKind) -> x509.Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    return make_certificate(
        kind, subject=organisation_name(name="Thử"), key=key, issuer=None, issuer_key=key, now=NOW
    )


def _purposes(certificate: x509.Certificate) -> tuple[bool, list[x509.ObjectIdentifier]]:
    extension = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    return extension.critical, list(extension.value)


def test_subscriber_may_sign_documents_and_nothing_else() -> None:
    """A signer's certificate has digitalSignature, contentCommitment, document signing, and is no authority."""
    certificate = authority("p-256").signer.certificate
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    assert (usage.digital_signature, usage.content_commitment) == (True, True)
    assert (usage.key_cert_sign, usage.crl_sign, usage.key_encipherment) == (False, False, False)
    assert _purposes(certificate) == (False, [DOCUMENT_SIGNING])
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_time_stamp_certificate_has_its_purpose_alone() -> None:
    """The extended key usage of a time-stamp authority is critical and time stamping only (RFC 3161 §2.3)."""
    assert _purposes(_make(CertificateKind.TIME_STAMP)) == (True, [ExtendedKeyUsageOID.TIME_STAMPING])


def test_chain_verifies_up_to_the_root() -> None:
    """Each certificate is issued by the one above it, and their key ids agree."""
    trusted = authority("rsa-2048-pss")
    path = (trusted.signer.certificate, *trusted.signer.chain, trusted.root)
    for certificate, issuer in pairwise(path):
        certificate.verify_directly_issued_by(issuer)
        extensions = certificate.extensions
        above = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
        assert extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier == above


def test_names_no_address() -> None:
    """Nothing made here tells a reader to fetch anything."""
    for certificate in (authority("p-256").signer.certificate, *authority("p-256").signer.chain):
        oids = {extension.oid for extension in certificate.extensions}
        assert not oids & {
            ExtensionOID.AUTHORITY_INFORMATION_ACCESS,
            ExtensionOID.CRL_DISTRIBUTION_POINTS,
        }


def test_certificate_ending_in_carriage_return_is_made_anew() -> None:
    """No certificate ends in byte 0x0D: embedded in a PDF it would break PDF/A. Over 400 are tried."""
    key = ec.generate_private_key(ec.SECP256R1())
    drawn = count(1)
    made = [
        make_certificate(
            CertificateKind.ROOT,
            subject=organisation_name(name="Thử"),
            key=key,
            issuer=None,
            issuer_key=key,
            now=NOW,
            serial_number=lambda: next(drawn),
        )
        for _ in range(400)
    ]
    assert {each.public_bytes(Encoding.DER)[-1] for each in made}.isdisjoint({0x0D})


def test_describe_names_people_units_and_issuer() -> None:
    """What people are shown comes from the certificate's own names."""
    certificate = authority("p-256").signer.certificate
    shown = describe(certificate)
    assert (shown.signer, shown.title, shown.managing_unit) == (
        "Nguyễn Thị Thử",
        "Hiệu trưởng",
        "Trường THCS Thử",
    )
    assert shown.issuer == "CA thử p-256"
    assert (shown.not_before, shown.not_after) == (NOW, certificate.not_valid_after_utc)


@pytest.mark.parametrize(
    ("offset", "code"),
    [(-SECOND, "certificate-not-yet-valid"), (timedelta(days=3 * 365) + SECOND, "certificate-expired")],
)
def test_refuses_outside_validity(offset: timedelta, code: str) -> None:
    """One second before its start or after its end a certificate must not sign."""
    with pytest.raises(KeysError) as refusal:
        check_may_sign(authority("p-256").signer.certificate, now=NOW + offset)
    assert refusal.value.code == code


@pytest.mark.parametrize("offset", [timedelta(0), timedelta(days=3 * 365)])
def test_accepts_both_ends_of_validity(offset: timedelta) -> None:
    """Both ends of the validity belong to it (RFC 5280 §4.1.2.5)."""
    check_may_sign(authority("p-256").signer.certificate, now=NOW + offset)


@pytest.mark.parametrize(
    "kind", [CertificateKind.ROOT, CertificateKind.INTERMEDIATE, CertificateKind.TIME_STAMP]
)
def test_refuses_certificates_of_other_purposes(kind: CertificateKind) -> None:
    """An authority's or a time stamp's certificate must not sign documents."""
    with pytest.raises(KeysError) as refusal:
        check_may_sign(_make(kind), now=NOW)
    assert refusal.value.code == "certificate-not-for-signing"


def test_refuses_a_name_too_long_for_a_certificate() -> None:
    """A name over 64 bytes is refused with a sentence, not with a stack trace."""
    with pytest.raises(KeysError) as refusal:
        organisation_name(name="Trường " * 12)
    assert refusal.value.code == "name-too-long"


@pytest.mark.parametrize("field", ["name", "title", "organisation"])
def test_every_part_of_a_name_has_its_limit(field: str) -> None:
    """64 letters of one byte fit into each part of a person's name; one more is refused, and named."""
    parts = {"name": "An", "title": "Hiệu trưởng", "organisation": "Trường", "province": "Hà Nội"}
    assert person_name(**parts | {field: "A" * 64})
    with pytest.raises(KeysError) as refusal:
        person_name(**parts | {field: "A" * 65})
    assert refusal.value.code == "name-too-long"
    assert "A" * 65 in refusal.value.text.vi


def test_vietnamese_names_are_counted_in_bytes() -> None:
    """A letter with its marks takes up to three bytes: 21 such letters fit, 22 do not."""
    assert organisation_name(name="ễ" * 21)
    with pytest.raises(KeysError) as refusal:
        organisation_name(name="ễ" * 22)
    assert refusal.value.code == "name-too-long"


def test_describe_without_common_names_shows_the_whole_names() -> None:
    """Where a certificate gives no common name, signer and issuer are its distinguished names."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.SERIAL_NUMBER, "MST:0123456789")])
    certificate = make_certificate(
        CertificateKind.ROOT, subject=name, key=key, issuer=None, issuer_key=key, now=NOW
    )
    shown = describe(certificate)
    assert shown.signer == shown.issuer == name.rfc4514_string()
    assert (shown.title, shown.managing_unit) == (None, None)

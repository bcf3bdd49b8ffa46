"""Signers in memory, made once per test process: a root, an intermediate and a signer for each kind of key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from keys.appearance import Appearance
from keys.certificates import (
    CertificateKey,
    CertificateKind,
    make_certificate,
    organisation_name,
    person_name,
)
from keys.file_signer import FileSigner
from keys.pdf_signature import PreparedSignature, prepare_signature
from keys.signer import SignatureAlgorithm
from schemas.pdf_profile import RESERVED_BYTES, SignatureField

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)

KINDS = ("rsa-2048-pss", "rsa-2048-pkcs1v15", "rsa-3072-pss", "p-256")


@dataclass(frozen=True, slots=True)
class TestAuthority:
    """A signer and the anchor above its chain."""

    __test__ = False

    signer: FileSigner
    root: x509.Certificate


@cache
def authority(kind: str) -> TestAuthority:
    """Return the signer of one of `KINDS`, with its intermediate, and the root."""
    root_key, intermediate_key, key = (make_key(kind) for _ in range(3))
    root = make_certificate(
        CertificateKind.ROOT,
        subject=organisation_name(name=f"Gốc thử {kind}"),
        key=root_key,
        issuer=None,
        issuer_key=root_key,
        now=NOW,
    )
    intermediate = make_certificate(
        CertificateKind.INTERMEDIATE,
        subject=organisation_name(name=f"CA thử {kind}"),
        key=intermediate_key,
        issuer=root,
        issuer_key=root_key,
        now=NOW,
    )
    certificate = make_certificate(
        CertificateKind.SUBSCRIBER,
        subject=person_name(
            name="Nguyễn Thị Thử", title="Hiệu trưởng", organisation="Trường THCS Thử", province="Hà Nội"
        ),
        key=key,
        issuer=intermediate,
        issuer_key=intermediate_key,
        now=NOW,
    )
    return TestAuthority(FileSigner(certificate, (intermediate,), _algorithm(kind), key), root)


def make_key(kind: str) -> CertificateKey:
    """Make a private key of one of `KINDS`."""
    match kind.split("-"):
        case ["rsa", bits, *_]:
            return rsa.generate_private_key(public_exponent=65537, key_size=int(bits))
        case _:
            return ec.generate_private_key(ec.SECP256R1())


def _algorithm(kind: str) -> SignatureAlgorithm:
    if kind.endswith("pkcs1v15"):
        return SignatureAlgorithm.RSA_PKCS1V15
    return SignatureAlgorithm.RSA_PSS if kind.startswith("rsa") else SignatureAlgorithm.ECDSA_P256


def prepare(
    pdf: bytes,
    field: SignatureField,
    signer: FileSigner,
    shown: Appearance | None,
    *,
    at: datetime = NOW,
    reserved: int | None = None,
) -> PreparedSignature:
    """Prepare one signature as issuing does."""
    return prepare_signature(
        pdf,
        field=field,
        signer_certificate=signer.certificate,
        chain=signer.chain,
        algorithm=signer.algorithm,
        reserved=reserved or RESERVED_BYTES[field],
        appearance=shown,
        lock=field is SignatureField.SEAL,
        claimed_time=at,
    )

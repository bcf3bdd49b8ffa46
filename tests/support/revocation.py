"""OCSP answers and revocation lists in memory, one rule bent at a time: the same bytes at every run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import new

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA384, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from schemas.cms import certificate_names
from schemas.der import (
    BIT_STRING,
    CONTEXT_0,
    CONTEXT_1,
    GENERALIZED_TIME,
    NULL,
    OCTETS,
    SEQUENCE,
    Reader,
    der,
    integer,
    oid,
)
from tests.support.certificates import END, START, Extension, Party, basic_constraints, key_usage, party

OCSP_ADDRESS = "http://ocsp.in-the-certificate.example/"
CRL_ADDRESS = "http://crl.in-the-certificate.example/ca.crl"
"""Nobody ever asks there."""
OFFERS_OCSP: Extension = (
    x509.AuthorityInformationAccess(
        [
            x509.AccessDescription(
                AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(OCSP_ADDRESS)
            )
        ]
    ),
    False,
)
OFFERS_CRL: Extension = (
    x509.CRLDistributionPoints(
        [x509.DistributionPoint([x509.UniformResourceIdentifier(CRL_ADDRESS)], None, None, None)]
    ),
    False,
)
ONLY_ISSUERS: Extension = (
    x509.AuthorityInformationAccess(
        [
            x509.AccessDescription(
                AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier(OCSP_ADDRESS)
            )
        ]
    ),
    False,
)
ANSWERS: Extension = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), False
DAY = dt.timedelta(days=1)
_ENUMERATED = 0x0A
_BASIC = oid("1.3.6.1.5.5.7.48.1.1")
_NONCE = oid("1.3.6.1.5.5.7.48.1.2")


def responder(
    issuer: Party,
    name: str = "máy trả lời",
    *,
    extensions: Sequence[Extension] | None = None,
    not_before: dt.datetime = START,
    not_after: dt.datetime = END,
) -> Party:
    """Return somebody to whom an authority gave the task of answering."""
    usual = (basic_constraints(ca=False), key_usage(signs=True), ANSWERS)
    made = usual if extensions is None else extensions
    return party(name, issuer, extensions=made, not_before=not_before, not_after=not_after)


@dataclass(frozen=True)
class OCSPAnswer:
    """What an answer is to say, and how."""

    certificate: x509.Certificate
    issuer: Party
    since: dt.datetime
    until: dt.datetime | None
    by: Party | None = None
    """Who signs; the issuer where nobody is named."""
    brought: Sequence[Party] | None = None
    """The certificates in it; the signer's where it is not the issuer."""
    revoked_at: dt.datetime | None = None
    status: str = "good"
    serial_number: int | None = None
    hash_name: str = "sha1"
    digest: str = "sha256"
    nonce: bytes | None = None
    produced_at: dt.datetime | None = None

    def der(self) -> bytes:
        """The answer's bytes."""
        signer = self.by or self.issuer
        brought = self.brought if self.brought is not None else ([] if self.by is None else [signer])
        data = self._data(signer)
        basic = der(
            SEQUENCE,
            data,
            *_signed(signer, data, self.digest),
            der(CONTEXT_0, der(SEQUENCE, *(one.der for one in brought))) if brought else b"",
        )
        return der(
            SEQUENCE, der(_ENUMERATED, b"\x00"), der(CONTEXT_0, der(SEQUENCE, _BASIC, der(OCTETS, basic)))
        )

    def _data(self, signer: Party) -> bytes:
        names = certificate_names(signer.der)
        nonce = der(SEQUENCE, _NONCE, der(OCTETS, der(OCTETS, self.nonce or b"")))
        return der(
            SEQUENCE,
            der(CONTEXT_1, names.subject),
            _time(self.produced_at or self.since),
            der(SEQUENCE, self._single()),
            der(CONTEXT_1, der(SEQUENCE, nonce)) if self.nonce is not None else b"",
        )

    def _single(self) -> bytes:
        subject = certificate_names(self.issuer.der).subject
        key = self.issuer.certificate.public_key().public_bytes(
            Encoding.DER, PublicFormat.SubjectPublicKeyInfo
        )
        info = Reader(key).inner(SEQUENCE)
        info.skip()
        bits = info.content(BIT_STRING)[1:]
        identifier = der(
            SEQUENCE,
            der(SEQUENCE, oid(_HASHES[self.hash_name]), der(NULL)),
            der(OCTETS, new(self.hash_name, subject).digest()),
            der(OCTETS, new(self.hash_name, bits).digest()),
            integer(self.serial_number or self.certificate.serial_number),
        )
        status = {"good": der(0x80), "unknown": der(0x82)}[self.status]
        if self.revoked_at is not None:
            status = der(CONTEXT_1, _time(self.revoked_at))
        end = der(CONTEXT_0, _time(self.until)) if self.until else b""
        return der(SEQUENCE, identifier, status, _time(self.since), end)


@dataclass(frozen=True)
class List:
    """What a revocation list is to say, and who signs it."""

    issuer: Party
    since: dt.datetime
    until: dt.datetime
    revoked: dict[int, dt.datetime] = field(default_factory=dict)
    by: Party | None = None
    extensions: Sequence[Extension] = ()

    def der(self) -> bytes:
        """The list's bytes."""
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.issuer.certificate.subject)
            .last_update(self.since)
            .next_update(self.until)
        )
        for serial_number, time in self.revoked.items():
            entry = (
                x509.RevokedCertificateBuilder().serial_number(serial_number).revocation_date(time).build()
            )
            builder = builder.add_revoked_certificate(entry)
        for extension, critical in self.extensions:
            builder = builder.add_extension(extension, critical=critical)
        key = (self.by or self.issuer).key
        is_named = isinstance(key, ec.EllipticCurvePrivateKey)
        return builder.sign(key, SHA256(), ecdsa_deterministic=is_named or None).public_bytes(Encoding.DER)


REFUSAL = der(SEQUENCE, der(_ENUMERATED, b"\x06"))
"""An answer that says `unauthorized`."""
_FUNCTIONS: dict[str, type[HashAlgorithm]] = {"sha1": SHA1, "sha256": SHA256, "sha384": SHA384}
_HASHES = {"sha1": "1.3.14.3.2.26", "sha256": "2.16.840.1.101.3.4.2.1"}
_SIGNATURES = {
    "ecdsa": {"sha1": "1.2.840.10045.4.1", "sha256": "1.2.840.10045.4.3.2", "sha384": "1.2.840.10045.4.3.3"},
    "rsa": {"sha256": "1.2.840.113549.1.1.11"},
}


def _signed(signer: Party, data: bytes, digest: str) -> tuple[bytes, bytes]:
    """Return algorithm and signature."""
    hash_function = _FUNCTIONS[digest]()
    if isinstance(signer.key, rsa.RSAPrivateKey):
        signature = signer.key.sign(data, padding.PKCS1v15(), hash_function)
        algorithm = der(SEQUENCE, oid(_SIGNATURES["rsa"][digest]), der(NULL))
    else:
        signature = signer.key.sign(data, ec.ECDSA(hash_function, deterministic_signing=True))
        algorithm = der(SEQUENCE, oid(_SIGNATURES["ecdsa"][digest]))
    return algorithm, der(BIT_STRING, b"\x00" + signature)


def _time(time: dt.datetime) -> bytes:
    return der(GENERALIZED_TIME, f"{time:%Y%m%d%H%M%SZ}".encode())

"""Certificates in memory that bend one rule each: of a root, an intermediate and a signer.

Without RSA they are made from their names alone: the same bytes at every run.
"""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from keys.certificates import CertificateKey

START = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
END = dt.datetime(2035, 1, 1, tzinfo=dt.UTC)

Extension = tuple[x509.ExtensionType, bool]


@cache
def private_key(name: str, bits: int | None = None) -> CertificateKey:
    """Return the key called `name`: P-256, made from the name, or RSA of so many bits, made once per process."""
    if bits is None:
        return ec.derive_private_key(int.from_bytes(sha256(name.encode()).digest()) >> 1, ec.SECP256R1())
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def basic_constraints(*, ca: bool, path_length: int | None = None) -> Extension:
    """Return the extension that makes an authority, or no authority."""
    return x509.BasicConstraints(ca=ca, path_length=path_length), True


def key_usage(*, signs: bool = False, issues: bool = False) -> Extension:
    """Return the key usage of somebody who signs documents, or issues certificates."""
    usage = x509.KeyUsage(
        digital_signature=signs,
        content_commitment=signs,
        key_encipherment=not signs and not issues,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=issues,
        crl_sign=issues,
        encipher_only=False,
        decipher_only=False,
    )
    return usage, True


AUTHORITY = (basic_constraints(ca=True), key_usage(issues=True))
SUBSCRIBER = (basic_constraints(ca=False), key_usage(signs=True))


@dataclass(frozen=True, slots=True)
class Party:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: CertificateKey

    @property
    def der(self) -> bytes:
        """The certificate's bytes."""
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def anchor(self) -> str:
        """The certificate as a trust root spells it."""
        return base64.b64encode(self.der).decode()


def party(
    name: str,
    issuer: Party | None = None,
    *,
    extensions: Sequence[Extension] = AUTHORITY,
    key: CertificateKey | None = None,
    not_before: dt.datetime = START,
    not_after: dt.datetime = END,
) -> Party:
    """Issue a certificate; without an issuer it signs itself."""
    key = key or private_key(name)
    issuer_name = issuer.certificate.subject if issuer else _name(name)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(issuer_name)
        .public_key(key.public_key())
        .serial_number(int.from_bytes(sha256(name.encode()).digest()[:8]) | 1)
        .not_valid_before(not_before)
        .not_valid_after(not_after)
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    signing_key = issuer.key if issuer else key
    is_named = isinstance(signing_key, ec.EllipticCurvePrivateKey)
    return Party(builder.sign(signing_key, SHA256(), ecdsa_deterministic=is_named or None), key)


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def with_other_s(signature: bytes) -> bytes:
    """Return an ECDSA signature on P-256 with n - s for s, which is as good, and which nobody needs a key for."""
    r, s = decode_dss_signature(signature)
    return encode_dss_signature(r, 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551 - s)

"""Time-stamp tokens in memory, one rule bent at a time; P-256 keys from names, so the same bytes at every run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import new, sha1, sha256

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm
from cryptography.x509.oid import ExtendedKeyUsageOID

from schemas.cms import certificate_names
from schemas.der import (
    CONTEXT_0,
    CONTEXT_1,
    CONTEXT_2,
    GENERALIZED_TIME,
    INTEGER,
    NULL,
    OCTETS,
    SEQUENCE,
    der,
    integer,
    oid,
    set_of,
)
from schemas.record.tiles import stamped_path, token_path
from schemas.record.token_chain import format_stamped, next_stamped
from schemas.record.trust_root import TimeStamps
from tests.support.certificates import END, START, Extension, Party, basic_constraints, key_usage, party

STAMPING: Extension = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), True
STAMPER = (basic_constraints(ca=False), key_usage(signs=True), STAMPING)
TSA_ROOT = party("tsa: root", not_before=START, not_after=START + dt.timedelta(days=50 * 365))
"""The anchor for time stamps, valid for fifty years."""
DIGESTS: dict[str, tuple[str, type[HashAlgorithm]]] = {
    "sha256": ("2.16.840.1.101.3.4.2.1", SHA256),
    "sha384": ("2.16.840.1.101.3.4.2.2", SHA384),
    "sha512": ("2.16.840.1.101.3.4.2.3", SHA512),
}
_RSA = {"sha256": "11", "sha384": "12", "sha512": "13"}
_ECDSA = {"sha256": "2", "sha384": "3", "sha512": "4"}
_TST_INFO = oid("1.2.840.113549.1.9.16.1.4")


def stamper(
    name: str = "tsa",
    issuer: Party = TSA_ROOT,
    *,
    extensions: Sequence[Extension] = STAMPER,
    not_before: dt.datetime = START,
    not_after: dt.datetime = END,
) -> Party:
    """Return an authority's certificate."""
    return party(name, issuer, extensions=extensions, not_before=not_before, not_after=not_after)


def time_stamps(
    *anchors: Party, required_from: str = "2020-01-01T00:00:00Z", ended: Sequence[dict[str, str]] = ()
) -> TimeStamps:
    """Return what a trust root says of these anchors; `TSA_ROOT` where none is given."""
    return TimeStamps.model_validate(
        {
            "anchors": tuple(one.anchor for one in anchors or (TSA_ROOT,)),
            "ended": tuple(ended),
            "required_from": required_from,
        }
    )


def ended(one: Party, time: str) -> dict[str, str]:
    """Return the member of `ended` for a certificate."""
    return {"certificate": sha256(one.der).hexdigest(), "time": time}


@dataclass(frozen=True)
class Token:
    """What a token is to say, and how."""

    imprint: bytes
    time: dt.datetime
    by: Party = field(default_factory=stamper)
    nonce: int | None = None
    certificates: Sequence[Party] | None = None
    """Those that the token brings; its own where nothing is said."""
    digest: str = "sha256"
    imprint_digest: str = "sha256"
    scheme: str = "ecdsa"
    certificate_hash: str | None = "sha256"
    """The digest of the signing-certificate attribute; `sha1` is that of RFC 3161, None leaves it out."""
    content: str = "1.2.840.113549.1.9.16.1.4"
    signed_content: str | None = None
    """The content type of the signed attributes, in place of that of the content."""
    signed_digest: bytes | None = None
    """In place of the digest of the TSTInfo."""
    extra_info: bytes = b""
    """At the end of the TSTInfo."""
    signers: int = 1
    lists: bytes = b""
    """What stands in the place of revocation lists."""
    unsigned: bytes = b""
    """At the end of the SignerInfo."""
    version: int = 3

    @property
    def info(self) -> bytes:
        """The TSTInfo."""
        return der(
            SEQUENCE,
            integer(1),
            oid("1.3.6.1.4.1.99999.1"),
            der(SEQUENCE, _digest(self.imprint_digest), der(OCTETS, self.imprint)),
            integer(7),
            der(GENERALIZED_TIME, f"{self.time:%Y%m%d%H%M%SZ}".encode()),
            b"" if self.nonce is None else integer(self.nonce),
            self.extra_info,
        )

    @property
    def attributes(self) -> bytes:
        """The signed attributes."""
        digest = self.signed_digest or new(self.digest, self.info).digest()
        return set_of(
            _attribute("1.2.840.113549.1.9.3", oid(self.signed_content or self.content)),
            _attribute("1.2.840.113549.1.9.4", der(OCTETS, digest)),
            *self._signing_certificate(),
        )

    def der(self, signature: bytes | None = None) -> bytes:
        """The token's bytes."""
        names = certificate_names(self.by.der)
        signer = der(
            SEQUENCE,
            integer(1),
            der(SEQUENCE, names.issuer, names.serial_number),
            _digest(self.digest),
            bytes((CONTEXT_0,)) + self.attributes[1:],
            self._algorithm(),
            der(OCTETS, signature or self.sign()),
            self.unsigned,
        )
        brought = [self.by] if self.certificates is None else self.certificates
        signed_data = der(
            SEQUENCE,
            integer(self.version),
            set_of(_digest(self.digest)),
            der(SEQUENCE, oid(self.content), der(CONTEXT_0, der(OCTETS, self.info))),
            der(CONTEXT_0, *sorted(one.der for one in brought)) if brought else b"",
            self.lists,
            set_of(*[signer] * self.signers),
        )
        return der(SEQUENCE, oid("1.2.840.113549.1.7.2"), der(CONTEXT_0, signed_data))

    def _signing_certificate(self) -> list[bytes]:
        if self.certificate_hash is None:
            return []
        if self.certificate_hash == "sha1":
            identifier = der(SEQUENCE, der(OCTETS, sha1(self.by.der, usedforsecurity=False).digest()))
            return [_attribute("1.2.840.113549.1.9.16.2.12", der(SEQUENCE, der(SEQUENCE, identifier)))]
        algorithm = b"" if self.certificate_hash == "sha256" else _digest(self.certificate_hash)
        value = der(OCTETS, new(self.certificate_hash, self.by.der).digest())
        return [
            _attribute(
                "1.2.840.113549.1.9.16.2.47", der(SEQUENCE, der(SEQUENCE, der(SEQUENCE, algorithm, value)))
            )
        ]

    def _algorithm(self) -> bytes:
        match self.scheme:
            case "ecdsa":
                return der(SEQUENCE, oid(f"1.2.840.10045.4.3.{_ECDSA[self.digest]}"))
            case "rsa-pkcs1v15":
                return der(SEQUENCE, oid(f"1.2.840.113549.1.1.{_RSA[self.digest]}"), der(NULL))
            case "rsa-encryption":
                return der(SEQUENCE, oid("1.2.840.113549.1.1.1"), der(NULL))
        mask = der(SEQUENCE, oid("1.2.840.113549.1.1.8"), _digest(self.digest))
        size = DIGESTS[self.digest][1]().digest_size
        parameters = der(
            SEQUENCE,
            der(CONTEXT_0, _digest(self.digest)),
            der(CONTEXT_1, mask),
            der(CONTEXT_2, integer(size)),
        )
        return der(SEQUENCE, oid("1.2.840.113549.1.1.10"), parameters)

    def sign(self) -> bytes:
        """Return the signature."""
        key, digest = self.by.key, DIGESTS[self.digest][1]()
        if isinstance(key, ec.EllipticCurvePrivateKey):
            return key.sign(self.attributes, ec.ECDSA(digest, deterministic_signing=True))
        assert isinstance(key, rsa.RSAPrivateKey)
        if self.scheme == "rsa-pss":
            pss = padding.PSS(mgf=padding.MGF1(digest), salt_length=digest.digest_size)
            return key.sign(self.attributes, pss, digest)
        return key.sign(self.attributes, padding.PKCS1v15(), digest)


def response(token: bytes, *, status: int = 0) -> bytes:
    """Return the TimeStampResp that carries a token."""
    return der(SEQUENCE, der(SEQUENCE, der(INTEGER, bytes((status,)))), token)


@dataclass
class Chain:
    """A growing chain of tokens, as the files of a record."""

    files: dict[str, bytes] = field(default_factory=dict)
    last: tuple[int, bytes] | None = None

    def add(
        self,
        note: bytes,
        time: dt.datetime,
        by: Party,
        *,
        before: bytes | None = None,
        signature: bytes | None = None,
    ) -> int:
        """Stamp a checkpoint and return the token's number.

        Args:
            note: the checkpoint.
            time: when.
            by: by whom.
            before: linked in place of the last token.
            signature: in place of a good one.
        """
        link = self.last if before is None or self.last is None else (self.last[0], before)
        stamped = next_stamped(link, note)
        data = format_stamped(stamped)
        token = Token(sha256(data).digest(), time, by).der(signature)
        self.files[stamped_path(stamped.number)] = data
        self.files[token_path(stamped.number)] = token
        self.last = (stamped.number, token)
        return stamped.number


def _digest(name: str) -> bytes:
    return der(SEQUENCE, oid(DIGESTS[name][0]))


def _attribute(kind: str, value: bytes) -> bytes:
    return der(SEQUENCE, oid(kind), set_of(value))

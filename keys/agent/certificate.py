"""The little that the agent reads in a certificate: whose it is, and whether it is an authority's.

Nothing is decided by it: the server has checked the certificate that was handed in, and the agent compares its SHA-256.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256

from schemas.der import BOOLEAN, CONTEXT_0, OCTETS, SEQUENCE, SET, DERError, Reader, oid

_COMMON_NAME = oid("2.5.4.3")
_BASIC_CONSTRAINTS = oid("2.5.29.19")
_CONTEXT_3 = 0xA3
_TRUE = b"\xff"


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate as it lies on a token."""

    der: bytes
    name: str
    is_authority: bool

    @property
    def thumbprint(self) -> str:
        """SHA-256 in hexadecimal: what names it."""
        return sha256(self.der).hexdigest()


def read_certificate(data: bytes) -> Certificate | None:
    """Read a certificate; None where it is none, since tokens hold all kinds of things."""
    try:
        body = Reader(data).inner(SEQUENCE).inner(SEQUENCE)
        body.optional(CONTEXT_0)
        for _ in range(4):  # serial number, algorithm, issuer, validity
            body.skip()
        subject = body.inner(SEQUENCE)
        body.skip()
        return Certificate(data, _common_name(subject), is_authority=_is_authority(body))
    except DERError:
        return None


def _common_name(subject: Reader) -> str:
    found = "?"
    for relative in subject.elements():
        for attribute in Reader(relative).inner(SET).elements():
            pair = Reader(attribute).inner(SEQUENCE)
            if pair.element() == _COMMON_NAME:
                value = pair.element()
                found = Reader(value).content(value[0]).decode("utf-8", "replace")
    return found


def _is_authority(body: Reader) -> bool:
    with suppress(DERError):
        while body.tag not in {None, _CONTEXT_3}:
            body.skip()
        for extension in body.inner(_CONTEXT_3).inner(SEQUENCE).elements():
            parts = Reader(extension).inner(SEQUENCE)
            if parts.element() == _BASIC_CONSTRAINTS:
                parts.optional(BOOLEAN)
                return parts.inner(OCTETS).inner(SEQUENCE).optional(BOOLEAN) == _TRUE
    return False

"""Whether a time-stamp token (RFC 3161) may be believed: over what, since when, and until when on its own.

Nothing is fetched: that an authority's certificate was revoked is said by the trust root (`time_stamps.ended`).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm

from schemas.errors import SchemaError, Text
from schemas.record.trust_root import TimeStamps
from schemas.time_stamp import TimeStampToken, parse_time_stamp
from verify.certificate_path import find_time_stamp_path
from verify.findings import CheckFailedError

_HASHES: dict[str, type[HashAlgorithm]] = {"sha256": SHA256, "sha384": SHA384, "sha512": SHA512}


@dataclass(frozen=True, slots=True)
class TimeStamp:
    """A token that was right when it was made."""

    time: dt.datetime
    """When the authority saw what it stamped."""
    until: dt.datetime
    """Until when the token stands alone; after that, another one over it must have been made before."""
    authority: str


def check_time_stamp(token: bytes, imprint: bytes, trust: TimeStamps) -> TimeStamp:
    """Check one token as of its own time.

    Args:
        token: DER of the TimeStampToken.
        imprint: SHA-256 of what it must be over.
        trust: whose time stamps are believed.

    Raises:
        CheckFailedError: it is malformed, over something else, not signed by a believed authority, or by one whose
            certificates were not valid then.
    """
    return describe_time_stamp(check_token(token, imprint), trust)


def check_token(token: bytes, imprint: bytes) -> TimeStampToken:
    """Check that a token is over this imprint, by the certificate that it brings; whose that is is not asked.

    Raises:
        CheckFailedError: it is malformed, over something else, or its signature does not verify.
    """
    try:
        parsed = parse_time_stamp(token)
    except SchemaError as error:
        raise CheckFailedError(error.text) from error
    if parsed.imprint != imprint:
        raise CheckFailedError(
            Text("Dấu thời gian là của dữ liệu khác.", "The time stamp is over something else.")
        )
    try:
        _verify(parsed)
    except (InvalidSignature, UnsupportedAlgorithm, x509.InvalidVersion, ValueError, TypeError) as error:
        raise CheckFailedError(
            Text("Chữ ký của dấu thời gian không đúng.", "The signature of the time stamp does not verify.")
        ) from error
    return parsed


def describe_time_stamp(token: TimeStampToken, trust: TimeStamps) -> TimeStamp:
    """Return what a token says, its certificates checked; its signature is not, see `check_token`.

    Raises:
        CheckFailedError: its certificates lead to no anchor for time stamps, or were not valid at its time.
    """
    path = find_time_stamp_path(token.certificates, trust.anchors)
    end = trust.end_of(path.everyone)
    until = path.until if end is None else min(path.until, end)
    if not path.from_ <= token.time <= until:
        raise CheckFailedError(
            Text(
                "Chứng thư của tổ chức cấp dấu thời gian không có hiệu lực vào lúc cấp.",
                "The time-stamp authority's certificate was not valid at the time of the stamp.",
            )
        )
    return TimeStamp(token.time, until, path.signer)


def _verify(token: TimeStampToken) -> None:
    key = x509.load_der_x509_certificate(token.certificates[0]).public_key()
    digest = _HASHES[token.digest]()
    match key, token.scheme:
        case rsa.RSAPublicKey(key_size=bits), _ if len(token.signature) != (bits + 7) // 8:
            raise ValueError("not as long as the key")
        case rsa.RSAPublicKey(), "rsa-pss":
            pss = padding.PSS(mgf=padding.MGF1(digest), salt_length=digest.digest_size)
            key.verify(token.signature, token.signed_attributes, pss, digest)
        case rsa.RSAPublicKey(), "rsa-pkcs1v15":
            key.verify(token.signature, token.signed_attributes, padding.PKCS1v15(), digest)
        case ec.EllipticCurvePublicKey(), "ecdsa":
            key.verify(token.signature, token.signed_attributes, ec.ECDSA(digest))
        case _:
            raise ValueError("key and algorithm do not fit")

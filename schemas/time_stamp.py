"""Time-stamp tokens (RFC 3161, RFC 5816): the request, the answer, and what a token says; nothing is believed here.

Tokens are made by authorities of their own habits, so more than one spelling is read: SHA-256, -384 or -512, a signing
certificate by either attribute, any further signed attributes. What is read is bound by the signature, which
`verify.time_stamp` checks.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import new, sha1
from typing import Final

from schemas.cms import certificate_names
from schemas.der import (
    BOOLEAN,
    CONTEXT_0,
    CONTEXT_1,
    CONTEXT_2,
    GENERALIZED_TIME,
    INTEGER,
    NULL,
    OCTETS,
    OID,
    SEQUENCE,
    SET,
    DERError,
    Reader,
    der,
    integer,
    oid,
    set_of,
)
from schemas.ecdsa import lower_ecdsa
from schemas.errors import SchemaError

IMPRINT_BYTES = 32
MAX_TOKEN_BYTES = 1 << 15
_GRANTED = (0, 1)
"""`granted` and `grantedWithMods`."""
_TIME = re.compile(rb"([0-9]{14})(\.[0-9]{1,6})?Z")
_MOST_CERTIFICATES = 8


@dataclass(frozen=True, slots=True)
class TimeStampToken:
    """What a token says."""

    imprint: bytes
    """SHA-256 of what was stamped."""
    time: dt.datetime
    """When, by the authority's word."""
    nonce: int | None
    certificates: tuple[bytes, ...]
    """DER of the authority's certificate, then of its issuers upwards, as far as the token brings them."""
    scheme: str
    """`rsa-pkcs1v15`, `rsa-pss` or `ecdsa`."""
    digest: str
    """The hash function of the signature, as `hashlib` calls it."""
    signature: bytes
    signed_attributes: bytes
    """What the signature is over."""


def format_request(imprint: bytes, nonce: int) -> bytes:
    """Return the DER of a TimeStampReq for a SHA-256, which asks for the authority's certificates."""
    message_imprint = der(SEQUENCE, _SHA256, der(OCTETS, imprint))
    return der(SEQUENCE, integer(1), message_imprint, integer(nonce), _TRUE)


def parse_response(data: bytes) -> bytes:
    """Return the token in a TimeStampResp.

    Raises:
        SchemaError: `time-stamp-refused`, `time-stamp-invalid`.
    """
    try:
        response = Reader(data)
        body = response.inner(SEQUENCE)
        response.end()
        status = int.from_bytes(body.inner(SEQUENCE).content(INTEGER))
        token = body.element(SEQUENCE) if body.tag is not None else b""
        body.end()
    except DERError as error:
        raise _invalid() from error
    if status not in _GRANTED:
        raise SchemaError(
            "time-stamp-refused",
            "time-stamp",
            f"Máy cấp dấu thời gian từ chối (mã trạng thái {status}).",
            f"The time-stamp authority refused (status {status}).",
        )
    if not token:
        raise _invalid()
    return token


def parse_time_stamp(data: bytes) -> TimeStampToken:
    """Parse a token. Its signature and its certificates are not checked; that it holds together is.

    Raises:
        SchemaError: `time-stamp-invalid`.
    """
    if len(data) > MAX_TOKEN_BYTES:
        raise _invalid()
    try:
        return _parse(data)
    except (SchemaError, KeyError, ValueError) as error:
        raise _invalid() from error


def bare_time_stamp(data: bytes) -> bytes:
    """Return a token as signatures carry it: without what a token may bring that neither signs nor is signed.

    Left are what was stamped, the certificates of the authority's path and one SignerInfo (docs/formats/pdf.md). The
    authority's signature covers none of the rest, so anybody may take it away, or put anything there.

    Raises:
        SchemaError: `time-stamp-invalid`.
    """
    try:
        return _bare(data)
    except (SchemaError, ValueError) as error:
        raise _invalid() from error


def _bare(data: bytes) -> bytes:
    info, certificates, signer_info = _signed_data(data)
    signer_info.skip()
    signer = signer_info.element(SEQUENCE)
    digest = der(SEQUENCE, signer_info.content(SEQUENCE))
    signed_attributes = signer_info.element(CONTEXT_0)
    algorithm = signer_info.content(SEQUENCE)
    signature = signer_info.content(OCTETS)
    if algorithm.startswith(_ECDSA):
        signature = lower_ecdsa(signature)
    bare_signer_info = der(
        SEQUENCE,
        integer(1),
        signer,
        digest,
        signed_attributes,
        der(SEQUENCE, algorithm),
        der(OCTETS, signature),
    )
    signed_data = der(
        SEQUENCE,
        integer(3),
        set_of(digest),
        der(SEQUENCE, _TST_INFO, der(CONTEXT_0, der(OCTETS, info))),
        der(CONTEXT_0, *sorted(_path(certificates, signer))),
        set_of(bare_signer_info),
    )
    return der(SEQUENCE, _SIGNED_DATA, der(CONTEXT_0, signed_data))


def _parse(data: bytes) -> TimeStampToken:
    info, certificates, signer_info = _signed_data(data)
    signer_info.skip()
    path = _path(certificates, signer_info.element(SEQUENCE))
    digest_algorithm = _DIGESTS[_identifier(signer_info)]
    signed_attributes = bytes((SET,)) + signer_info.element(CONTEXT_0)[1:]
    scheme, digest = _SIGNATURES[_identifier(signer_info)]
    signature = signer_info.content(OCTETS)
    _check_attributes(Reader(signed_attributes).inner(SET).elements(), info, digest_algorithm, path[0])
    if digest not in {None, digest_algorithm}:
        raise DERError
    imprint, time, nonce = _read_info(info)
    return TimeStampToken(imprint, time, nonce, path, scheme, digest_algorithm, signature, signed_attributes)


def _signed_data(data: bytes) -> tuple[bytes, list[bytes], Reader]:
    """Return the TSTInfo's bytes, the certificates and the one SignerInfo."""
    whole = Reader(data)
    content_info = whole.inner(SEQUENCE)
    whole.end()
    _expect(content_info.element(), _SIGNED_DATA)
    signed_data = content_info.inner(CONTEXT_0).inner(SEQUENCE)
    content_info.end()
    signed_data.skip()
    signed_data.skip()
    encapsulated = signed_data.inner(SEQUENCE)
    _expect(encapsulated.element(), _TST_INFO)
    info = encapsulated.inner(CONTEXT_0).content(OCTETS)
    encapsulated.end()
    certificates = Reader(signed_data.optional(CONTEXT_0) or b"").elements()
    signed_data.optional(CONTEXT_1)
    signers = signed_data.inner(SET)
    signed_data.end()
    signer_info = signers.inner(SEQUENCE)
    signers.end()
    if len(certificates) > _MOST_CERTIFICATES:
        raise DERError
    return info, certificates, signer_info


def _path(certificates: Sequence[bytes], signer: bytes) -> tuple[bytes, ...]:
    names = {certificate: certificate_names(certificate) for certificate in certificates}
    path = [one for one, its in names.items() if der(SEQUENCE, its.issuer, its.serial_number) == signer][:1]
    if not path:
        raise DERError
    while True:
        issuer = names.pop(path[-1]).issuer
        # A root that a token brings is left out: the anchor is the reader's own.
        above = [one for one, its in names.items() if its.subject == issuer != its.issuer]
        if not above:
            return tuple(path)
        path.append(above[0])


def _check_attributes(attributes: Sequence[bytes], info: bytes, digest: str, certificate: bytes) -> None:
    found: dict[bytes, bytes] = {}
    for attribute in attributes:
        reader = Reader(attribute).inner(SEQUENCE)
        kind, values = reader.element(OID), reader.inner(SET)
        reader.end()
        if kind in found:
            raise DERError
        found[kind] = values.element()
    _expect(found.get(_CONTENT_TYPE, b""), _TST_INFO)
    _expect(found.get(_MESSAGE_DIGEST, b""), der(OCTETS, new(digest, info).digest()))
    version_2, version_1 = found.get(_SIGNING_CERTIFICATE_V2), found.get(_SIGNING_CERTIFICATE)
    if version_2 is not None:
        identifier = _first_identifier(version_2)
        kind = _identifier(identifier) if identifier.tag == SEQUENCE else _SHA256_NAMES[0]
        _expect(identifier.content(OCTETS), new(_DIGESTS[kind], certificate).digest())
    elif version_1 is not None:
        # By SHA-1, as RFC 3161 had it; which certificate signed is told by issuer and serial number as well.
        _expect(
            _first_identifier(version_1).content(OCTETS), sha1(certificate, usedforsecurity=False).digest()
        )
    else:
        raise DERError


def _first_identifier(signing_certificate: bytes) -> Reader:
    return Reader(signing_certificate).inner(SEQUENCE).inner(SEQUENCE).inner(SEQUENCE)


def _read_info(data: bytes) -> tuple[bytes, dt.datetime, int | None]:
    whole = Reader(data)
    info = whole.inner(SEQUENCE)
    whole.end()
    _expect(info.element(), integer(1))
    info.element(OID)
    message_imprint = info.inner(SEQUENCE)
    _expect(_DIGESTS.get(_identifier(message_imprint)), "sha256")
    imprint = message_imprint.content(OCTETS)
    message_imprint.end()
    info.element(INTEGER)
    time = _read_time(info.content(GENERALIZED_TIME))
    info.optional(SEQUENCE)
    info.optional(BOOLEAN)
    nonce = info.optional(INTEGER)
    info.optional(CONTEXT_0)
    # Extensions may be critical, and none is understood here.
    info.end()
    if len(imprint) != IMPRINT_BYTES:
        raise DERError
    return imprint, time, None if nonce is None else int.from_bytes(nonce, signed=True)


def _read_time(text: bytes) -> dt.datetime:
    match = _TIME.fullmatch(text)
    if not match:
        raise DERError
    return dt.datetime.strptime(match[1].decode("ascii"), "%Y%m%d%H%M%S").replace(tzinfo=dt.UTC)


def _identifier(reader: Reader) -> bytes:
    """Take an AlgorithmIdentifier; parameters of NULL and absent ones are the same."""
    identifier = reader.content(SEQUENCE)
    return identifier.removesuffix(der(NULL))


def _expect(found: object, expected: object) -> None:
    if found != expected:
        raise DERError


def _invalid() -> SchemaError:
    return SchemaError(
        "time-stamp-invalid",
        "time-stamp",
        "Dấu thời gian không đúng dạng quy định.",
        "The time stamp is not in the form laid down.",
    )


_TRUE: Final = der(BOOLEAN, b"\xff")
_SIGNED_DATA: Final = oid("1.2.840.113549.1.7.2")
_TST_INFO: Final = oid("1.2.840.113549.1.9.16.1.4")
_CONTENT_TYPE: Final = oid("1.2.840.113549.1.9.3")
_MESSAGE_DIGEST: Final = oid("1.2.840.113549.1.9.4")
_SIGNING_CERTIFICATE: Final = oid("1.2.840.113549.1.9.16.2.12")
_SIGNING_CERTIFICATE_V2: Final = oid("1.2.840.113549.1.9.16.2.47")
_ECDSA: Final = oid("1.2.840.10045.4.3.2")[:-1]
"""What the identifiers of ECDSA begin with, whatever the hash function."""
_DIGESTS: Final = {
    oid("2.16.840.1.101.3.4.2.1"): "sha256",
    oid("2.16.840.1.101.3.4.2.2"): "sha384",
    oid("2.16.840.1.101.3.4.2.3"): "sha512",
}
_SHA256_NAMES: Final = tuple(_DIGESTS)
_SHA256: Final = der(SEQUENCE, _SHA256_NAMES[0])


def _pss(digest: bytes, size: int, parameters: bytes) -> bytes:
    hash_function = der(SEQUENCE, digest, parameters)
    return oid("1.2.840.113549.1.1.10") + der(
        SEQUENCE,
        der(CONTEXT_0, hash_function),
        der(CONTEXT_1, der(SEQUENCE, oid("1.2.840.113549.1.1.8"), hash_function)),
        der(CONTEXT_2, integer(size)),
    )


_SIGNATURES: Final[dict[bytes, tuple[str, str | None]]] = {
    # rsaEncryption leaves the hash function to the digest algorithm beside it.
    oid("1.2.840.113549.1.1.1"): ("rsa-pkcs1v15", None),
    oid("1.2.840.113549.1.1.11"): ("rsa-pkcs1v15", "sha256"),
    oid("1.2.840.113549.1.1.12"): ("rsa-pkcs1v15", "sha384"),
    oid("1.2.840.113549.1.1.13"): ("rsa-pkcs1v15", "sha512"),
    oid("1.2.840.10045.4.3.2"): ("ecdsa", "sha256"),
    oid("1.2.840.10045.4.3.3"): ("ecdsa", "sha384"),
    oid("1.2.840.10045.4.3.4"): ("ecdsa", "sha512"),
} | {
    _pss(digest, new(name).digest_size, parameters): ("rsa-pss", name)
    for digest, name in _DIGESTS.items()
    for parameters in (b"", der(NULL))
}

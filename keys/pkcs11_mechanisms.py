"""How a PKCS#11 token is asked to sign: by which of its mechanisms, with what, and what comes back.

A token says what it can: RSA-PSS is taken before PKCS #1 v1.5, and where it does not hash, the hash is made here.
Needs no library but the binding: `hocba-agent` carries this module.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from typing import assert_never

from keys.errors import KeysError, SignatureAlgorithm
from keys.pkcs11_token import OpenToken, mechanism_missing, refusals
from schemas.ecdsa import format_ecdsa
from schemas.pdf_profile import PSS_SALT_BYTES

# What stands before a SHA-256 digest in PKCS #1 v1.5 (RFC 8017, 9.2, note 1).
_DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")


class _Takes(Enum):
    MESSAGE = 1
    DIGEST = 2
    DIGEST_INFO = 3


@dataclass(frozen=True, slots=True)
class Way:
    """How a token is asked to sign, by the name of its mechanism."""

    mechanism: str
    algorithm: SignatureAlgorithm
    takes: _Takes

    def input(self, message: bytes) -> bytes:
        """Return what the token is given."""
        match self.takes:
            case _Takes.MESSAGE:
                return message
            case _Takes.DIGEST:
                return sha256(message).digest()
            case _Takes.DIGEST_INFO:
                return _DIGEST_INFO + sha256(message).digest()
            case _:
                assert_never(self.takes)


_WAYS = (
    Way("SHA256_RSA_PKCS_PSS", SignatureAlgorithm.RSA_PSS, _Takes.MESSAGE),
    Way("RSA_PKCS_PSS", SignatureAlgorithm.RSA_PSS, _Takes.DIGEST),
    Way("SHA256_RSA_PKCS", SignatureAlgorithm.RSA_PKCS1V15, _Takes.MESSAGE),
    Way("RSA_PKCS", SignatureAlgorithm.RSA_PKCS1V15, _Takes.DIGEST_INFO),
    Way("ECDSA_SHA256", SignatureAlgorithm.ECDSA_P256, _Takes.MESSAGE),
    Way("ECDSA", SignatureAlgorithm.ECDSA_P256, _Takes.DIGEST),
)
"""The best first."""


def way_of(token: OpenToken, *algorithms: SignatureAlgorithm) -> Way:
    """Return the best way in which a token signs by one of these algorithms.

    Raises:
        KeysError: `token-mechanism-missing`.
    """
    import pkcs11  # noqa: PLC0415 - the extra `token`

    present = token.mechanisms
    for way in _WAYS:
        if way.algorithm in algorithms and pkcs11.Mechanism[way.mechanism] in present:
            return way
    raise mechanism_missing(token.name)


def sign_on_token(token: OpenToken, key_id: bytes, way: Way, message: bytes) -> bytes:
    """Return the signature value over a message, in the form that a CMS carries.

    Raises:
        KeysError: `token-key-missing`, and what `keys.pkcs11_token.refusals` raises.
    """
    import pkcs11  # noqa: PLC0415 - the extra `token`

    is_pss = way.algorithm is SignatureAlgorithm.RSA_PSS
    pss = (pkcs11.Mechanism.SHA256, pkcs11.MGF.SHA256, PSS_SALT_BYTES) if is_pss else None
    with refusals(token.name):
        value: bytes = token.private_key(key_id).sign(
            way.input(message), mechanism=pkcs11.Mechanism[way.mechanism], mechanism_param=pss
        )
    if way.algorithm is SignatureAlgorithm.ECDSA_P256:
        half = len(value) // 2
        return format_ecdsa(int.from_bytes(value[:half]), int.from_bytes(value[half:]))
    return value


def check_key(token: OpenToken, key_id: bytes) -> None:
    """Refuse a token, once unlocked, that lacks the key or asks for its PIN at each signature.

    Raises:
        KeysError: as `sign_on_token`; `token-key-asks-each-time`.
    """
    import pkcs11  # noqa: PLC0415 - the extra `token`

    with refusals(token.name):
        key = token.private_key(key_id)
        try:
            asks = bool(key[pkcs11.Attribute.ALWAYS_AUTHENTICATE])
        except pkcs11.AttributeTypeInvalid:
            asks = False
    if asks:
        raise KeysError(
            "token-key-asks-each-time",
            f"Thiết bị ký {token.name} đòi mã PIN cho từng chữ ký, không ký cả lớp được. Hãy xin cấp khoá khác.",
            f"The token {token.name} wants its PIN for each signature: no class can be signed. Get another key.",
        )


def certificates_of(token: OpenToken) -> list[tuple[bytes, bytes]]:
    """Return what lies on a token as a certificate: its bytes, which may be anything, and the id of its key."""
    import pkcs11  # noqa: PLC0415 - the extra `token`

    with refusals(token.name):
        return [
            (bytes(one[pkcs11.Attribute.VALUE]), bytes(one[pkcs11.Attribute.ID]))
            for one in token.session.get_objects({pkcs11.Attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE})
        ]

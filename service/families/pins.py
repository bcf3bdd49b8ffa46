"""PINs of links: six digits, drawn, told once, and kept as a slow digest (scrypt, RFC 7914)."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from hashlib import scrypt
from typing import Final

from service.storage.family_records import PINDigest

DIGITS: Final = 6
_COST, _BLOCK, _PARALLEL = 2**15, 8, 1
_MEMORY = 64 * 2**20
"""32 MB and about a tenth of a second for each try."""
NOBODYS: Final = PINDigest(b"\0" * 16, b"\0" * 32)
"""What a PIN is compared with where there is nothing to compare it with: no PIN gives it, in the same time."""


def draw_pin(token_bytes: Callable[[int], bytes]) -> str:
    """Return a new PIN."""
    return f"{int.from_bytes(token_bytes(16)) % 10**DIGITS:0{DIGITS}d}"


def typed_pin(text: str) -> str:
    """Return a PIN without the spaces and hyphens that people write digits with."""
    return "".join(text.split()).replace("-", "")[:64]


def digest_pin(pin: str, token: str, salt: bytes) -> PINDigest:
    """Return a PIN as it is kept. The link's token, kept nowhere, is part of the salt: a stolen table tells no PIN."""
    digest = scrypt(
        pin.encode(),
        salt=salt + token.encode(),
        n=_COST,
        r=_BLOCK,
        p=_PARALLEL,
        maxmem=_MEMORY,
        dklen=32,
    )
    return PINDigest(salt, digest)


def is_pin(pin: str, token: str, kept: PINDigest) -> bool:
    """Return whether a PIN is the one that is kept; always the same work."""
    return hmac.compare_digest(digest_pin(pin, token, kept.salt).digest, kept.digest)

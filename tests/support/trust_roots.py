"""Trust roots in versions, signed by root keys made from their names."""

from __future__ import annotations

import datetime as dt
from hashlib import sha256

from schemas.record.envelope import format_envelope, sign_trust_root
from schemas.record.trust_root import TrustRoot
from tests.support.record import ed25519_key, trust_root

FAR = "2099-01-01T00:00:00Z"
"""For commands, which read the real clock."""
EXPIRES = "%Y-%m-%dT%H:%M:%SZ"


def signed(root: TrustRoot, *names: str) -> bytes:
    """Return the file of a trust root that the keys called `names` have signed; two of the first three by default."""
    signers = {ed25519_key(name).id: ed25519_key(name).sign for name in names or ("root 1", "root 2")}
    return format_envelope(sign_trust_root(root, signers))


def version(number: int, *names: str, **changes: object) -> bytes:
    """Return the file of a version: the same as any other but for `changes`."""
    return signed(trust_root(**{"version": number, "expires": FAR, **changes}), *names)


def fingerprint(data: bytes) -> str:
    """Return what `sha256sum` prints for the file."""
    return sha256(data).hexdigest()


def in_days(days: float, *, after: dt.datetime) -> str:
    """Return an expiry so many days after a moment."""
    return f"{after + dt.timedelta(days=days):{EXPIRES}}"

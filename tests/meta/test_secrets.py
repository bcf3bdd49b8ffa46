"""Nothing that is committed is a secret, and nothing names a package registry."""

from __future__ import annotations

import base64
import re

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)

from tests.meta.repository import ROOT, tracked

PRIVATE_KEY = re.compile(
    rb"-----BEGIN [A-Z ]*PRIVATE KEY-----"
    # PKCS#8: version 0, then an AlgorithmIdentifier whose OID comes next.
    rb"|\x02\x01\x00\x30[\x05-\x7f]\x06[\x03-\x0b][\x2a\x2b]"
    # PKCS#12: version 3, then the authSafe of type data.
    rb"|\x02\x01\x03\x30(?:[\x00-\x7f]|\x81.|\x82..)\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01",
    re.DOTALL,
)
BASE64 = re.compile(rb"[A-Za-z0-9+/]{40,}={0,2}")
REGISTRIES = (
    "py" + "pi.org",
    "python" + "hosted.org",
    "npm" + "js.org",
    "npm" + "js.com",
    "deb." + "debian.org",
)


def holds_private_key(data: bytes) -> bool:
    """Tell whether `data` holds a private key: PEM, PKCS#8 or PKCS#12, in DER or in base64."""
    decoded = (
        base64.b64decode(run + b"=" * (-len(run) % 4)) for run in BASE64.findall(data) if len(run) % 4 != 1
    )
    return any(PRIVATE_KEY.search(blob) for blob in (data, *decoded))


def test_no_private_key_is_committed() -> None:
    """No file in the tree holds a private key in any of the usual forms."""
    assert [path for path in tracked() if holds_private_key((ROOT / path).read_bytes())] == []


RSA = rsa.generate_private_key(65537, 2048)
KEYS: list[PrivateKeyTypes] = [RSA, ec.generate_private_key(ec.SECP256R1()), Ed25519PrivateKey.generate()]
CONTAINERS = [
    pkcs12.serialize_key_and_certificates(None, RSA, None, None, BestAvailableEncryption(b"x")),
    *(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) for key in KEYS),
    *(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()) for key in KEYS),
]


@pytest.mark.parametrize("container", CONTAINERS, ids=range(len(CONTAINERS)))
def test_scanner_finds_keys(container: bytes) -> None:
    """The scanner notices RSA, P-256 and Ed25519 keys in PEM, PKCS#8 and PKCS#12, in base64 too."""
    assert holds_private_key(container)
    assert holds_private_key(b'{"key": "' + base64.b64encode(container) + b'"}')


def test_no_registry_is_named() -> None:
    """No file but the lock file names a package registry: who installs chooses it."""
    others = [path for path in tracked() if path != "uv.lock"]
    named = {path for path in others for host in REGISTRIES if host.encode() in (ROOT / path).read_bytes()}
    assert named == set()

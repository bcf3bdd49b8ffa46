"""A remote signing service nobody here wrote (certomancer-csc-dummy), on loopback, with keys that the test chooses."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.support.certificates import Party
from tests.support.commands import free_port, serving

ARCHITECTURE = "signers"


def credential_id(name: str) -> str:
    """Return what the service calls a key."""
    return f"{ARCHITECTURE}/{name}"


@contextmanager
def csc_server(
    folder: Path,
    parties: Mapping[str, Party],
    issuers: Mapping[str, Party] = MappingProxyType({}),
    *,
    port: int | None = None,
) -> Iterator[str]:
    """Serve keys by their names, with the certificate above each where it is given. Yields the service's address.

    It binds its permissions to hashes (SCAL 2), and gives none for more than ten.
    """
    folder.mkdir()
    everybody = dict(parties) | {f"{name}-issuer": one for name, one in issuers.items()}
    for name, one in everybody.items():
        key = one.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / f"{name}.key.pem").write_bytes(key)
        (folder / f"{name}.pem").write_bytes(one.certificate.public_bytes(Encoding.PEM))
    config = {
        "external-url-prefix": "http://127.0.0.1",
        "keysets": {
            "keys": {"path-prefix": ".", "keys": {name: {"path": f"{name}.key.pem"} for name in everybody}}
        },
        "pki-architectures": {
            ARCHITECTURE: {
                "keyset": "keys",
                "entity-defaults": {"country-name": "VN"},
                "entities": {name: {"common-name": name} for name in everybody},
                "certs": {
                    name: {
                        "issuer": f"{name}-issuer" if name in issuers else name,
                        "validity": {
                            "valid-from": "2020-01-01T00:00:00+0000",
                            "valid-to": "2050-01-01T00:00:00+0000",
                        },
                        "certificate-file": f"{name}.pem",
                    }
                    for name in everybody
                },
            }
        },
    }
    # What is JSON is YAML as well.
    path = folder / "certomancer.yml"
    path.write_text(json.dumps(config))
    port = port or free_port()
    command = [sys.executable, "-m", "csc_dummy", str(path), str(port), "2"]
    with serving(command, port) as address:
        yield address

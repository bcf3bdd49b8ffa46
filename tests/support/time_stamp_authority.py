"""A time-stamp authority nobody here wrote (certomancer), on loopback, at any time that is wished (faketime)."""

from __future__ import annotations

import base64
import datetime as dt
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from schemas.record.trust_root import TimeStamps
from tests.support.certificates import private_key
from tests.support.commands import free_port, serving

ROOT = "tsa-root"
YEAR = dt.timedelta(days=365.25)


@dataclass(frozen=True, slots=True)
class Authority:
    """One certificate of the authority: its name, and from when to when it is valid."""

    name: str
    valid_from: dt.datetime
    valid_to: dt.datetime


class AuthorityFolder:
    """What the authority serves from: a root, and a service for each of its certificates."""

    def __init__(self, folder: Path, authorities: Sequence[Authority], *, start: dt.datetime) -> None:
        folder.mkdir()
        self._config = folder / "certomancer.yml"
        names = [ROOT, *(one.name for one in authorities)]
        for name in names:
            pem = private_key(f"tsa {name}", 2048).private_bytes(
                Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
            )
            (folder / f"{name}.pem").write_bytes(pem)
        usage = {"id": "key_usage", "critical": True}
        certificates = {
            ROOT: {
                "subject": ROOT,
                "issuer": ROOT,
                "subject-key": ROOT,
                "authority-key": ROOT,
                "validity": _validity(start - YEAR, start + 40 * YEAR),
                "extensions": [
                    {"id": "basic_constraints", "critical": True, "value": {"ca": True}},
                    usage | {"smart-value": {"schema": "key-usage", "params": ["key_cert_sign", "crl_sign"]}},
                ],
            }
        }
        for one in authorities:
            certificates[one.name] = {
                "issuer": ROOT,
                "validity": _validity(one.valid_from, one.valid_to),
                "extensions": [
                    usage | {"smart-value": {"schema": "key-usage", "params": ["digital_signature"]}},
                    {"id": "extended_key_usage", "critical": True, "value": ["time_stamping"]},
                ],
            }
        services = {one.name: {"signing-key": one.name, "signing-cert": one.name} for one in authorities}
        config = {
            "external-url-prefix": "http://127.0.0.1",
            "keysets": {"test": {"path-prefix": ".", "keys": {n: {"path": f"{n}.pem"} for n in names}}},
            "pki-architectures": {
                "test": {
                    "keyset": "test",
                    "entity-defaults": {"country-name": "VN", "organization-name": "Dấu thời gian thử"},
                    "entities": {name: {"common-name": name} for name in names},
                    "certs": certificates,
                    "services": {"time-stamping": services},
                }
            },
        }
        # What is JSON is YAML as well.
        self._config.write_text(json.dumps(config, ensure_ascii=False))

    def certificate(self, name: str = ROOT) -> bytes:
        """Return a certificate as DER."""
        summon = self._command("summon", "--no-pem", "test", name)
        return subprocess.run(summon, check=True, capture_output=True).stdout

    def trust(
        self, *, required_from: dt.datetime, ended: Sequence[tuple[str, dt.datetime]] = ()
    ) -> TimeStamps:
        """Return what a trust root says of this authority."""
        return TimeStamps.model_validate(
            {
                "anchors": (base64.b64encode(self.certificate()).decode(),),
                "ended": tuple({"certificate": one, "time": spelled(at)} for one, at in ended),
                "required_from": spelled(required_from),
            }
        )

    @contextmanager
    def serving(self, *, at: dt.datetime | None = None) -> Iterator[str]:
        """Serve, as if it were a certain time; yields the address, to which the name of a certificate is added."""
        port = free_port()
        command = [*faked(at), *self._command("animate", "--port", str(port), "--no-web-ui")]
        with serving(command, port) as address:
            yield f"{address}/test/tsa/"

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "certomancer", "--config", str(self._config), *arguments]


def faked(at: dt.datetime | None) -> list[str]:
    """Return what goes before a command so that it finds another time, which then runs on."""
    return [] if at is None else ["faketime", f"{at:%Y-%m-%d %H:%M:%S} UTC"]


def spelled(time: dt.datetime) -> str:
    """Return a time as trust roots spell it."""
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"


def _validity(start: dt.datetime, end: dt.datetime) -> dict[str, str]:
    return {"valid-from": f"{start:%Y-%m-%dT%H:%M:%S+0000}", "valid-to": f"{end:%Y-%m-%dT%H:%M:%S+0000}"}

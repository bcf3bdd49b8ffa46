"""A certificate authority nobody here wrote (certomancer), on loopback: it issues, answers by OCSP, serves its list."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from certomancer.integrations.animator import Animator, AnimatorArchStore
from certomancer.registry.config import CertomancerConfig
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from werkzeug.serving import make_server

from keys.certificates import CertificateKey
from tests.support.certificates import Party, private_key

ROOT, RESPONDER = "ca-root", "ca-responder"


class CertificateAuthority:
    """A root, a responder of its own, and subscribers, by their names."""

    def __init__(self, folder: Path, names: Mapping[str, str], *, now: dt.datetime) -> None:
        folder.mkdir()
        self._folder, self._names, self._now = folder, names, now
        for label in (ROOT, RESPONDER, *names):
            pem = self._key(label).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            (folder / f"{label}.pem").write_bytes(pem)
        self._write({})

    def party(self, label: str) -> Party:
        """Return a certificate and its key."""
        summon = self._command("summon", "--no-pem", "ca", label)
        made = subprocess.run(summon, check=True, capture_output=True).stdout
        return Party(x509.load_der_x509_certificate(made), self._key(label))

    def revoke(self, label: str, *, at: dt.datetime) -> None:
        """Revoke a certificate, from some time on; whoever serves is started anew for it."""
        self._write({label: at})

    @contextmanager
    def serving(self, *, at: dt.datetime) -> Iterator[tuple[str, str]]:
        """Serve, as if it were a certain time; yields the addresses of the responder and of the list."""
        config = CertomancerConfig.from_file(
            str(self._folder / "certomancer.yml"), key_search_dir=str(self._folder)
        )
        # Its clock has microseconds, which RFC 6960 forbids in answers; a time that is set has none.
        application = Animator(AnimatorArchStore(config.pki_archs), at_time=at, with_web_ui=False)
        server = make_server("127.0.0.1", 0, application, threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            address = f"http://127.0.0.1:{server.server_port}"
            yield f"{address}/ca/ocsp/responder", f"{address}/ca/crls/lists/latest.crl"
        finally:
            server.shutdown()
            server.server_close()

    def _key(self, label: str) -> CertificateKey:
        return private_key(f"ca {label}", 2048)

    def _write(self, revoked: Mapping[str, dt.datetime]) -> None:
        usage = {"id": "key_usage", "critical": True}
        signs = usage | {
            "smart-value": {"schema": "key-usage", "params": ["digital_signature", "non_repudiation"]}
        }
        offers = [
            {
                "id": "authority_information_access",
                "smart-value": {"schema": "aia-urls", "params": {"ocsp-responder-names": ["responder"]}},
            },
            {
                "id": "crl_distribution_points",
                "smart-value": {"schema": "crl-dist-url", "params": {"crl-repo-names": ["lists"]}},
            },
        ]
        certificates: dict[str, object] = {
            ROOT: {
                "subject": ROOT,
                "issuer": ROOT,
                "subject-key": ROOT,
                "authority-key": ROOT,
                "validity": self._validity(20 * 365),
                "extensions": [
                    {"id": "basic_constraints", "critical": True, "value": {"ca": True}},
                    usage | {"smart-value": {"schema": "key-usage", "params": ["key_cert_sign", "crl_sign"]}},
                ],
            },
            RESPONDER: {
                "issuer": ROOT,
                "validity": self._validity(365),
                "extensions": [
                    usage | {"smart-value": {"schema": "key-usage", "params": ["digital_signature"]}},
                    {"id": "extended_key_usage", "critical": True, "value": ["ocsp_signing"]},
                    {"id": "ocsp_no_check"},
                ],
            },
        }
        for label in self._names:
            certificates[label] = {
                "issuer": ROOT,
                "validity": self._validity(365),
                "extensions": [signs, *offers],
            } | (
                {"revocation": {"revoked-since": f"{revoked[label]:%Y-%m-%dT%H:%M:%S+0000}"}}
                if label in revoked
                else {}
            )
        labels = [ROOT, RESPONDER, *self._names]
        config = {
            "external-url-prefix": "http://in-the-certificate.example",
            "keysets": {"ca": {"path-prefix": ".", "keys": {one: {"path": f"{one}.pem"} for one in labels}}},
            "pki-architectures": {
                "ca": {
                    "keyset": "ca",
                    "entity-defaults": {"country-name": "VN"},
                    "entities": {one: {"common-name": self._names.get(one, one)} for one in labels},
                    "certs": certificates,
                    "services": {
                        "ocsp": {
                            "responder": {
                                "for-issuer": ROOT,
                                "responder-cert": RESPONDER,
                                "signing-key": RESPONDER,
                            }
                        },
                        "crl-repo": {
                            "lists": {
                                "for-issuer": ROOT,
                                "signing-key": ROOT,
                                "simulated-update-schedule": "P1D",
                            }
                        },
                    },
                }
            },
        }
        # What is JSON is YAML as well.
        text = json.dumps(config, ensure_ascii=False)
        (self._folder / "certomancer.yml").write_text(text, encoding="utf-8")

    def _validity(self, days: int) -> dict[str, str]:
        start, end = self._now - dt.timedelta(days=1), self._now + dt.timedelta(days=days)
        return {"valid-from": f"{start:%Y-%m-%dT%H:%M:%S+0000}", "valid-to": f"{end:%Y-%m-%dT%H:%M:%S+0000}"}

    def _command(self, *arguments: str) -> list[str]:
        config = str(self._folder / "certomancer.yml")
        return [sys.executable, "-m", "certomancer", "--config", config, *arguments]

"""The example of a front: deploy/nginx.conf before gunicorn with deploy/gunicorn.conf.py, copied as it stands."""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from getpass import getuser
from http.client import HTTPSConnection
from pathlib import Path
from types import MappingProxyType

from tests.support.commands import free_port, serving
from tests.support.demonstration import Demonstration

ROOT = Path(__file__).parent.parent.parent
HOST = "kiemtra.so.example.vn"


@dataclass(frozen=True)
class Front:
    """A running front, and what it has written."""

    port: int
    logs: Path
    stop_portal: Callable[[], None]
    """Ends gunicorn; the front stays."""

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body of an answer."""
        connection = HTTPSConnection("127.0.0.1", self.port, context=trusting(), timeout=60)
        connection.request(method, path, body, {"Host": HOST, **(headers or {})})
        answer = connection.getresponse()
        found = answer.status, dict(answer.headers), answer.read()
        connection.close()
        return found


def trusting() -> ssl.SSLContext:
    """Return what takes the certificate that the front made for itself."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


@contextmanager
def fronted(
    demonstration: Demonstration, folder: Path, *, replaced: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Front]:
    """Run gunicorn, and nginx before it; `replaced` are words of nginx's configuration and what stands for them."""
    inner, outer, plain = free_port(), free_port(), free_port()
    _make_certificate(folder)
    configuration = (ROOT / "deploy/nginx.conf").read_text(encoding="utf-8")
    words = {
        "/etc/nginx/tls/": f"{folder}/",
        "/etc/nginx/hocba-errors/": f"{ROOT}/deploy/errors/",
        "/var/log/nginx/": f"{folder}/",
        "/run/nginx.pid": f"{folder}/nginx.pid",
        "/srv/hocba/record/": f"{demonstration.record}/",
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen 443 ": f"listen 127.0.0.1:{outer} ",
        "server 127.0.0.1:8001;": f"server 127.0.0.1:{inner};",
        # The folders of a test are readable by nobody else.
        "worker_processes auto;": f"user {getuser()};\nworker_processes 2;",
        # Every client of a test has one address.
        "limit_conn connections 40;": "limit_conn connections 4000;",
        **replaced,
    }
    for written, used in words.items():
        assert written in configuration, written
        configuration = configuration.replace(written, used)
    (folder / "nginx.conf").write_text(configuration, encoding="utf-8")
    environment = os.environ | {
        "HOCBA_VERIFY_TRUST": str(demonstration.trust_file),
        "HOCBA_VERIFY_RECORD": str(demonstration.record),
        "HOCBA_VERIFY_PORT": str(inner),
        "HOCBA_VERIFY_PROXIES": "1",
        "HOCBA_VERIFY_SHARED_METRICS": str(folder / "metrics"),
        "HOCBA_VERIFY_UPLOADS_PER_MINUTE": "0",
        "HOCBA_VERIFY_LOOKUPS_PER_MINUTE": "0",
        "WEB_CONCURRENCY": "2",
    }
    gunicorn = [str(Path(sys.executable).parent / "gunicorn"), "-c", str(ROOT / "deploy/gunicorn.conf.py")]
    nginx = ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf"), "-g", "daemon off;"]
    with ExitStack() as portal, serving(nginx, outer):
        portal.enter_context(serving([*gunicorn, "verify.web.serve:application()"], inner, environment))
        yield Front(outer, folder, portal.close)


def _make_certificate(folder: Path) -> None:
    key = (
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-keyout",
        folder / "privkey.pem",
    )
    made_for = ("-x509", "-days", "2", "-subj", f"/CN={HOST}", "-out", folder / "fullchain.pem")
    subprocess.run(["openssl", "req", *key, *made_for], check=True, capture_output=True)

"""The verifying service without a network, or under the eyes of the kernel; asked through a socket in a folder."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from tests.support.commands import free_port, serving
from tests.support.demonstration import Demonstration

ROOT = Path(__file__).parents[2]
_GUNICORN = [str(Path(sys.executable).parent / "gunicorn"), "-c", str(ROOT / "deploy/gunicorn.conf.py")]
_CALLS = "trace=openat,open,creat,memfd_create,socket,connect,sendto,sendmsg"
_WRITES = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|O_TMPFILE")
_OPENED = re.compile(r'open(?:at)?\((?:[^,"]+, )?"([^"]*)", ([A-Z_|0-9]+)')


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request was answered with."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _Local(HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=60)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


@dataclass(frozen=True, slots=True)
class Confined:
    """A running service."""

    address: Path | int
    """A socket in a folder, or a port of loopback."""

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send one request."""
        connection = (
            HTTPConnection("127.0.0.1", self.address, timeout=60)
            if isinstance(self.address, int)
            else _Local(self.address)
        )
        try:
            # What is too large is answered before it was read.
            with suppress(BrokenPipeError):
                connection.request(method, path, body, dict(headers or {}))
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.headers), answer.read())
        finally:
            connection.close()

    def send(self, path: str, files: Mapping[str, tuple[str, bytes]], **fields: str) -> Answer:
        """Send a form as a browser does."""
        mark = "----hocba-form"
        parts = [
            f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in fields.items()
        ]
        for name, (file, data) in files.items():
            head = f'--{mark}\r\nContent-Disposition: form-data; name="{name}"; filename="{file}"\r\n'
            parts.append(f"{head}Content-Type: application/octet-stream\r\n\r\n".encode() + data + b"\r\n")
        body = b"".join((*parts, f"--{mark}--\r\n".encode()))
        return self.ask("POST", path, body, {"Content-Type": f"multipart/form-data; boundary={mark}"})


@contextmanager
def small(demonstration: Demonstration, folder: Path, *under: str) -> Iterator[Confined]:
    """Run the server of a small installation under a program such as strace."""
    port = free_port()
    environment = _environment(demonstration, folder) | {"HOCBA_VERIFY_PORT": str(port)}
    with serving([*under, sys.executable, "-m", "verify.web.serve"], port, environment):
        yield Confined(port)


@contextmanager
def confined(
    demonstration: Demonstration,
    folder: Path,
    *under: str,
    application: str = "verify.web.serve:application()",
) -> Iterator[Confined]:
    """Run gunicorn as deploy/ has it, under a program such as unshare or strace, listening in a folder alone."""
    address = folder / "portal.sock"
    environment = _environment(demonstration, folder)
    command = [*under, *_GUNICORN, "-b", f"unix:{address}", application]
    process = subprocess.Popen(command, env=environment, start_new_session=True)
    try:
        _wait_for(address, process)
        yield Confined(address)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(60)


def _environment(demonstration: Demonstration, folder: Path) -> dict[str, str]:
    return os.environ | {
        "HOCBA_VERIFY_TRUST": str(demonstration.trust_file),
        "HOCBA_VERIFY_RECORD": str(demonstration.record),
        "WEB_CONCURRENCY": "2",
        "TMPDIR": str(folder),
    }


def no_network() -> tuple[str, ...] | None:
    """Return the command that runs another in a network without interfaces; None where nobody lets us."""
    for command in (("unshare", "-n"), ("unshare", "-r", "-n")):
        if subprocess.run([*command, "true"], capture_output=True, check=False).returncode == 0:
            return command
    return None


def traced(log: Path) -> tuple[str, ...]:
    """Return the command that writes down what another, with its children, opens and connects to."""
    return ("strace", "-f", "-qq", "-s", "400", "-e", _CALLS, "-o", str(log))


def written_files(log: Path) -> set[str]:
    """Return the paths that were opened to be written, those without a name too."""
    found = set()
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        opened = _OPENED.search(line)
        if "memfd_create(" in line:
            found.add("(memory file)")
        elif opened is not None and _WRITES.search(opened[2]):
            found.add(opened[1])
    return found


def foreign_sockets(log: Path) -> list[str]:
    """Return the calls that reach for anything but a socket in a folder."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return [line for line in lines if "AF_" in line and "AF_UNIX" not in line]


def _wait_for(address: Path, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket(socket.AF_UNIX) as probe:
            if address.exists() and probe.connect_ex(str(address)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError("the service did not start")

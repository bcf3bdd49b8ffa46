"""Running the installed commands and services as a person does."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BIN = Path(sys.executable).parent


def run(program: str, *arguments: str | Path, check: bool = False) -> subprocess.CompletedProcess[str]:
    """Run `hocba` or `hocba-verify` and return what it said."""
    return subprocess.run(
        [BIN / program, *arguments], check=check, capture_output=True, text=True, timeout=300
    )


@contextmanager
def portal(data: Path) -> Iterator[str]:
    """Serve the verifying side of a data folder on a free port; yields its address."""
    port = _free_port()
    environment = os.environ | {
        "HOCBA_VERIFY_TRUST": str(data / "trust-root.json"),
        "HOCBA_VERIFY_RECORD": str(data / "record"),
        "HOCBA_VERIFY_PORT": str(port),
    }
    with _serving([sys.executable, "-m", "verify.web.serve"], port, environment) as address:
        yield address


@contextmanager
def console(data: Path) -> Iterator[str]:
    """Serve the issuing side of a data folder on a free port; yields its address."""
    port = _free_port()
    with _serving([str(BIN / "hocba"), "serve", "--data", str(data), "--port", str(port)], port) as address:
        yield address


@contextmanager
def _serving(command: list[str], port: int, environment: dict[str, str] | None = None) -> Iterator[str]:
    process = subprocess.Popen(command, env=environment)
    try:
        _wait_for(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError("the service did not start")

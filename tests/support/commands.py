"""Running the installed commands and services as a person does."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.command_server import run_forked

BIN = Path(sys.executable).parent


def run(program: str, *arguments: str | Path, check: bool = False) -> subprocess.CompletedProcess[str]:
    """Run `hocba` or `hocba-verify` and return what it said.

    Raises:
        subprocess.CalledProcessError: it failed, and `check` is wanted.
    """
    done = run_forked(program, [str(each) for each in arguments])
    if check:
        done.check_returncode()
    return done


@contextmanager
def portal(data: Path) -> Iterator[str]:
    """Serve the verifying side of a data folder on a free port; yields its address."""
    port = free_port()
    environment = os.environ | {
        "HOCBA_VERIFY_TRUST": str(data / "trust-root.json"),
        "HOCBA_VERIFY_RECORD": str(data / "record"),
        "HOCBA_VERIFY_PORT": str(port),
    }
    with serving([sys.executable, "-m", "verify.web.serve"], port, environment) as address:
        yield address


@contextmanager
def console(data: Path) -> Iterator[str]:
    """Serve the issuing side of a data folder on a free port; yields its address."""
    port = free_port()
    with serving([str(BIN / "hocba"), "serve", "--data", str(data), "--port", str(port)], port) as address:
        yield address


@contextmanager
def serving(command: list[str], port: int, environment: dict[str, str] | None = None) -> Iterator[str]:
    """Run a server and wait until it answers; yields its address."""
    # A group of its own: not every command hands on the signal that would end the server it began.
    process = subprocess.Popen(command, env=environment, start_new_session=True)
    try:
        wait_for(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def free_port() -> int:
    """Return a port of loopback that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until a server answers at a port."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError("the service did not start")

"""Commands in processes of their own, forked from one that has imported what they need.

A command's work takes a fraction of a second, its imports more than one, and the suite runs hundreds. Each still is a
process with its own arguments, environment, folder and output, whose exit code is the command's.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import NoReturn

_BIN = Path(sys.executable).parent
_MAINS = {"hocba": ("service.cli", "main"), "hocba-verify": ("verify.cli", "main")}
_ROOT = Path(__file__).parents[2]
_SERVE = [sys.executable, "-c", f"from {__name__} import serve; serve()"]
"""Not by -m: click would call each command by the name of that module."""
_MOST = 1 << 20
_SECONDS = 300


def run_forked(program: str, arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run `hocba` or `hocba-verify` with arguments; returns its exit code, and what it said on both outputs.

    Raises:
        subprocess.TimeoutExpired: it took more than five minutes.
    """
    command = [str(_BIN / program), *arguments]
    request = {"program": program, "argv": command, "cwd": str(Path.cwd()), "environment": dict(os.environ)}
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                files = [out.fileno(), err.fileno(), theirs.fileno()]
                socket.send_fds(_server(), [json.dumps(request).encode()], files)
            ours.settimeout(_SECONDS)
            try:
                code = int(ours.recv(16))
            except TimeoutError:
                raise subprocess.TimeoutExpired(command, _SECONDS) from None
        said = [_text(file.fileno()) for file in (out, err)]
    return subprocess.CompletedProcess(command, code, *said)


def _text(descriptor: int) -> str:
    size = os.fstat(descriptor).st_size
    return os.pread(descriptor, size, 0).decode()


@cache
def _server() -> socket.socket:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(_SERVE, stdin=theirs.fileno(), start_new_session=True, cwd=_ROOT)

    @atexit.register
    def _end() -> None:
        # The end of what it reads ends it, even where this process is killed.
        ours.close()
        process.wait()

    return ours


def serve() -> None:
    """Fork for each request on the socket that is the standard input; what leaves this is a command, in its process."""
    for module, _ in _MAINS.values():
        import_module(module)
    for entry in (
        each for section in import_module("service.cli").SECTIONS.values() for each in section.values()
    ):
        entry.load()
    requests = socket.socket(fileno=os.dup(0))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        message, files, _, _ = socket.recv_fds(requests, _MOST, 3)
        if not message:
            sys.exit()
        if os.fork():
            for descriptor in files:
                os.close(descriptor)
            continue
        requests.close()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        out, err, answer = files
        command = os.fork()
        if command:
            code = os.waitstatus_to_exitcode(os.waitpid(command, 0)[1])
            with suppress(BrokenPipeError):
                os.write(answer, str(code).encode())
            os._exit(0)
        os.close(answer)
        _become(json.loads(message), out, err)


def _become(request: dict[str, object], out: int, err: int) -> NoReturn:
    """Take on what makes a process that command."""
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    for descriptor, standard in ((out, 1), (err, 2)):
        os.dup2(descriptor, standard)
        os.close(descriptor)
    os.chdir(str(request["cwd"]))
    os.environ.clear()
    os.environ.update(request["environment"])  # type: ignore[call-overload]
    sys.argv = list(request["argv"])  # type: ignore[call-overload]
    module, name = _MAINS[str(request["program"])]
    sys.exit(getattr(import_module(module), name)())

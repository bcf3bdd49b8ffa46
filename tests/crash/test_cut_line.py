"""A machine that vanishes from the network while it writes: the server lets go of its lock within a minute or so."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from tests.support.batch_under_fire import BatchUnderFire
from tests.support.cut_line import FarServer, far_server

STUDENTS = 200


@pytest.mark.skipif(os.geteuid() != 0, reason="a network of its own may be made by root only")
def test_client_that_vanished_holds_nobody_up(tmp_path: Path) -> None:
    """Gone with the writers' lock in its hand, and not one packet after it: the next one has the lock and ends."""
    with (
        tempfile.TemporaryDirectory(prefix="hocba-far-", ignore_cleanup_errors=True) as folder,
        far_server(Path(folder)) as server,
    ):
        batch = BatchUnderFire.make(tmp_path / "data", students=STUDENTS, database_url=server.address)

        def vanish(process: subprocess.Popen[bytes]) -> None:
            time.sleep(3)
            _stop_with_lock(process, server)
            server.lose_client()
            process.kill()

        assert batch.run(disturb=vanish) == "killed"
        assert server.lock_is_held()
        began = time.monotonic()
        assert batch.run() == "done"
        assert time.monotonic() - began < 180
        assert batch.finish() == []


def _stop_with_lock(process: subprocess.Popen[bytes], server: FarServer) -> None:
    for _ in range(1000):
        process.send_signal(signal.SIGSTOP)
        if server.lock_is_held():
            return
        process.send_signal(signal.SIGCONT)
        time.sleep(0.013)
    raise AssertionError("the lock was never held")

"""500 transcripts signed by a remote service, while issuing is killed and the service goes away."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from keys.keyring import address_path, signer_path
from keys.signer_address import format_address
from service.signers.csc_client import CSCClient
from service.signers.remote_signing import remote_address
from tests.support.batch_under_fire import BatchUnderFire, present_time
from tests.support.certificates import Party
from tests.support.commands import free_port
from tests.support.csc_server import credential_id, csc_server
from tests.support.demonstration import SCHOOL, Clock, Demonstration
from tests.support.signers import SIGNING, issuing_authority

STUDENTS = 500
KILLS = 2

Record = Callable[[str, object], None]


def test_signed_by_a_service(tmp_path: Path, record_property: Record) -> None:
    """Killed twice and the service gone once: asking again ends with 500 documents, each recorded once."""
    batch = BatchUnderFire.make(tmp_path / "data", students=STUDENTS)
    demonstration = Demonstration(batch.data, Clock(present_time()))
    keyring = demonstration.installation.keyring
    signers = {role: keyring.signer(role, SCHOOL, now=demonstration.clock()) for role in SIGNING}
    parties = {role.value: Party(one.certificate, one._key) for role, one in signers.items()}  # noqa: SLF001
    issuers = {role.value: issuing_authority(demonstration, role) for role in SIGNING}
    port = free_port()
    with csc_server(tmp_path / "csc", parties, issuers, port=port) as url:
        for role in SIGNING:
            credential = CSCClient(url).credential(credential_id(role))
            address = remote_address(url, credential, keyring.intermediates())
            address_path(keyring.folder, role, SCHOOL).write_bytes(format_address(address))
            signer_path(keyring.folder, role, SCHOOL).unlink()
        for _ in range(KILLS):
            assert (
                batch.run(disturb=lambda process: _kill_while_signing(process, batch.data / "work"))
                == "killed"
            )
            batch.counts["kills while a service signs"] += 1
            assert batch.look() == []
    gone = ExitStack()
    gone.enter_context(csc_server(tmp_path / "csc again", parties, issuers, port=port))

    def take_away(_: subprocess.Popen[bytes]) -> None:
        _wait_for_more(batch.data / "work")
        gone.close()

    assert batch.run(disturb=take_away) == "remote-signer-unavailable"
    batch.counts["services gone"] += 1
    assert batch.look() == []
    with csc_server(tmp_path / "csc at last", parties, issuers, port=port):
        assert batch.finish() == []
    record_property("SQLite", dict(batch.counts))


def _kill_while_signing(process: subprocess.Popen[bytes], work: Path) -> None:
    _wait_for_more(work)
    process.kill()


def _wait_for_more(work: Path) -> None:
    """Wait until some signatures more than now have been brought."""
    deadline, before = time.monotonic() + 300, _brought(work)
    while len(_brought(work) - before) < 30:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _brought(work: Path) -> set[str]:
    return {path.name for path in work.glob("*-value")}

"""`hocba signer remote` and `hocba issue` with a remote signing service, as a person at a terminal uses them."""

from __future__ import annotations

from pathlib import Path

import pytest

from keys.keyring import DocumentRole, signer_path
from service.demo import SCHOOL_YEAR
from service.sample import sample_class
from tests.support.certificates import Party
from tests.support.commands import run
from tests.support.csc_server import credential_id, csc_server
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.signers import SIGNING, issuing_authority

STUDENTS = 2


def test_class_is_issued_by_a_service(demonstration: Demonstration, tmp_path: Path) -> None:
    """The keys are named, checked and used by command; the class is valid; `unset` forgets the service's secret."""
    data, installation = demonstration.data, demonstration.installation
    workbook = sample_class(STUDENTS, class_name="6B", first_student=101)
    assert installation.import_workbook(workbook, SCHOOL_YEAR, dry_run=False).ok
    installation.approve(SCHOOL, SCHOOL_YEAR)
    signers = {role: installation.keyring.signer(role, SCHOOL, now=demonstration.clock()) for role in SIGNING}
    parties = {role.value: Party(one.certificate, one._key) for role, one in signers.items()}  # noqa: SLF001
    issuers = {role.value: issuing_authority(demonstration, role) for role in SIGNING}
    secret = tmp_path / "secret"
    secret.write_text("of-this-installation\n")
    secret.chmod(0o600)
    with csc_server(tmp_path / "csc", parties, issuers) as url:
        for role in SIGNING:
            where = ("--role", role, "--url", url, "--credential", credential_id(role))
            run("hocba", "signer", "remote", "--data", data, *where, "--access-token", secret, check=True)
            signer_path(installation.keyring.folder, role, SCHOOL).unlink()
        checked = run("hocba", "signer", "check", "--data", data)
        assert (checked.returncode, len(checked.stdout.splitlines())) == (0, 2), checked.stderr
        issued = run("hocba", "issue", "--data", data, "--class", "6B", "--year", SCHOOL_YEAR)
    assert issued.returncode == 0, issued.stderr
    assert f"issued {STUDENTS}, failed 0" in issued.stdout
    released = sorted((data / "issued").glob("*.pdf"))
    trusted = ("--trust", data / "trust-root.json", "--record", data / "record")
    assert run("hocba-verify", *released, *trusted).returncode == 0
    kept = data / "keys" / DocumentRole.SEAL / f"{SCHOOL}.access-token"
    assert kept.stat().st_mode & 0o777 == 0o600
    run("hocba", "signer", "unset", "--data", data, "--role", DocumentRole.SEAL, check=True)
    assert not kept.exists()


@pytest.mark.parametrize("url", ["http://signing.example", "nonsense"])
def test_address_is_checked(demonstration: Demonstration, url: str) -> None:
    """A service that is asked in the clear is refused before anybody is asked anything."""
    where = ("--role", "seal", "--url", url, "--credential", "x")
    refused = run("hocba", "signer", "remote", "--data", demonstration.data, *where)
    assert (refused.returncode, "[remote-signer-address]" in refused.stderr) == (1, True)


def test_access_token_is_one_line(demonstration: Demonstration, tmp_path: Path) -> None:
    """A secret that cannot stand in a header is refused by name, and nothing of it is shown."""
    secret = tmp_path / "secret"
    secret.write_text("mã bí mật\n")
    secret.chmod(0o600)
    where = (
        "--role",
        "seal",
        "--url",
        "https://signing.example",
        "--credential",
        "x",
        "--access-token",
        secret,
    )
    refused = run("hocba", "signer", "remote", "--data", demonstration.data, *where)
    assert (refused.returncode, "[access-token-unfit]" in refused.stderr) == (1, True)
    assert "mã bí mật" not in refused.stderr


def test_file_without_certificate_is_named(demonstration: Demonstration, tmp_path: Path) -> None:
    """What is no certificate is refused by name, and the role signs as before."""
    junk = tmp_path / "junk.pem"
    junk.write_text("junk")
    refused = run(
        "hocba", "signer", "agent", "--data", demonstration.data, "--role", "seal", "--certificates", junk
    )
    assert (refused.returncode, "[certificate-unreadable]" in refused.stderr) == (1, True)
    assert run("hocba", "signer", "check", "--data", demonstration.data).returncode == 0

"""`hocba signer …` and `hocba issue` with a token, as a person at a terminal uses them."""

from __future__ import annotations

import os
import pty
import selectors
import subprocess
import time
from pathlib import Path

import pytest

from keys.keyring import DocumentRole, signer_path
from service.demo import SCHOOL_YEAR
from service.sample import sample_class
from service.signers.school_signers import image_path
from service.storage.records import Issuance, State
from tests.support.commands import BIN, run
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.pictures import RED, picture, png
from tests.support.signers import SIGNING
from tests.support.softhsm import MODULE, PIN, SoftHSM

STUDENTS = 3


@pytest.fixture
def school(demonstration: Demonstration, soft_hsm: SoftHSM) -> tuple[Demonstration, SoftHSM]:
    """A class that waits, and a token with both keys that nobody has named yet; no file holds them."""
    workbook = sample_class(STUDENTS, class_name="6B", first_student=101)
    assert demonstration.installation.import_workbook(workbook, SCHOOL_YEAR, dry_run=False).ok
    demonstration.installation.approve(SCHOOL, SCHOOL_YEAR)
    keyring = demonstration.installation.keyring
    serial = soft_hsm.token("Trường THCS")
    for number, role in enumerate(SIGNING, start=1):
        signer = keyring.signer(role, SCHOOL, now=demonstration.clock())
        soft_hsm.put(serial, signer._key, [signer.certificate, *signer.chain], key_id=bytes([number]))  # noqa: SLF001
        signer_path(keyring.folder, role, SCHOOL).unlink()
    return demonstration, soft_hsm


def _run(soft_hsm: SoftHSM, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [BIN / "hocba", *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
        env=os.environ | soft_hsm.environment,
        stdin=subprocess.DEVNULL,
    )


class _Terminal:
    """`hocba issue` at a terminal."""

    def __init__(self, data: Path, soft_hsm: SoftHSM) -> None:
        self._ours, theirs = pty.openpty()
        self._process = subprocess.Popen(
            [BIN / "hocba", "issue", "--data", data, "--class", "6B", "--year", SCHOOL_YEAR],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=os.environ | soft_hsm.environment,
            start_new_session=True,
        )
        os.close(theirs)
        self.shown = ""

    def wait_for(self, words: str) -> None:
        """Read until the words are shown."""
        deadline = time.monotonic() + 120
        while words not in self.shown:
            assert time.monotonic() < deadline, self.shown
            assert self._read(), self.shown

    def type(self, line: str) -> None:
        """Type a line."""
        os.write(self._ours, line.encode() + b"\n")

    def finish(self) -> int:
        """Read to the end and return the exit code."""
        while self._read():
            pass
        os.close(self._ours)
        return self._process.wait(60)

    def _read(self) -> bool:
        # Not select(): a process that runs a whole suite has many descriptors open.
        with selectors.DefaultSelector() as selector:
            selector.register(self._ours, selectors.EVENT_READ)
            ready = selector.select(120)
        try:
            chunk = os.read(self._ours, 4096) if ready else b""
        except OSError:
            # The other end is closed.
            chunk = b""
        self.shown += chunk.decode(errors="replace")
        return bool(chunk)


def _name_signers(data: Path, soft_hsm: SoftHSM) -> None:
    """Name both certificates as a person does who reads the list."""
    listed = _run(soft_hsm, "signer", "tokens", "--module", MODULE)
    assert listed.returncode == 0, listed.stderr
    label, *lines = listed.stdout.splitlines()
    assert label.startswith("Trường THCS (")
    for line in lines:
        thumbprint, _, rest = line.strip().partition("  ")
        role = "seal" if rest.startswith("Trường") else "principal"
        where = ("--module", MODULE, "--label", "Trường THCS", "--certificate", thumbprint)
        done = _run(soft_hsm, "signer", "set", "--data", data, "--role", role, *where)
        assert done.returncode == 0, done.stderr


def _of_class(demonstration: Demonstration) -> list[Issuance]:
    return [one for one in demonstration.issuances() if one.class_name == "6B"]


def test_person_issues_with_a_token(school: tuple[Demonstration, SoftHSM]) -> None:
    """Tokens are listed, named, checked; `hocba issue` asks the PIN without showing it and issues the class."""
    demonstration, soft_hsm = school
    _name_signers(demonstration.data, soft_hsm)
    checked = _run(soft_hsm, "signer", "check", "--data", demonstration.data)
    assert (checked.returncode, len(checked.stdout.splitlines())) == (0, 2), checked.stderr
    unattended = _run(soft_hsm, "issue", "--data", demonstration.data, "--class", "6B", "--year", SCHOOL_YEAR)
    assert (unattended.returncode, "[pin-needed]" in unattended.stderr) == (1, True)
    mistaken = _Terminal(demonstration.data, soft_hsm)
    mistaken.wait_for("PIN of Trường THCS")
    mistaken.type("141421356")
    assert mistaken.finish() == 1
    assert "[token-pin-wrong]" in mistaken.shown
    assert _of_class(demonstration) == []
    terminal = _Terminal(demonstration.data, soft_hsm)
    terminal.wait_for("PIN of Trường THCS")
    assert "Đã có lần nhập sai" in terminal.shown
    terminal.type(PIN)
    assert terminal.finish() == 0
    assert f"issued {STUDENTS}, failed 0" in terminal.shown
    assert PIN not in terminal.shown
    assert "141421356" not in mistaken.shown


def test_two_operators(school: tuple[Demonstration, SoftHSM]) -> None:
    """Two people issue one class at once, each with a PIN: every student has one document, recorded once."""
    demonstration, soft_hsm = school
    _name_signers(demonstration.data, soft_hsm)
    people = [_Terminal(demonstration.data, soft_hsm) for _ in range(2)]
    for person in people:
        person.wait_for("PIN of Trường THCS")
    for person in people:
        person.type(PIN)
    codes = [person.finish() for person in people]
    assert codes == [0, 0], "\n".join(person.shown for person in people)
    assert [f"issued {STUDENTS}, failed 0" in person.shown for person in people] == [True, True]
    documents = _of_class(demonstration)
    assert [one.state for one in documents] == [State.RELEASED] * STUDENTS
    assert len({one.log_index for one in documents}) == STUDENTS


def test_certificate_on_its_way_to_the_registrar(
    school: tuple[Demonstration, SoftHSM], tmp_path: Path
) -> None:
    """A certificate is written out of the token, and a request made about it, without a PIN."""
    demonstration, soft_hsm = school
    _name_signers(demonstration.data, soft_hsm)
    options = ("--data", demonstration.data, "--school", SCHOOL, "--role", "seal")
    out = tmp_path / "seal.pem"
    assert _run(soft_hsm, "signer", "certificate", *options, "--out", out).returncode == 0
    assert out.read_text().startswith("-----BEGIN CERTIFICATE-----")
    for extra in ((), ("--certificate", out)):
        request = tmp_path / f"request-{len(extra)}.json"
        assert _run(soft_hsm, "issuer", "request", *options, *extra, "--out", request).returncode == 0
    assert (tmp_path / "request-0.json").read_bytes() != b""


def test_back_to_the_file(school: tuple[Demonstration, SoftHSM]) -> None:
    """`hocba signer unset` looks for the key in keys/ again, and says where it is missing."""
    demonstration, soft_hsm = school
    _name_signers(demonstration.data, soft_hsm)
    assert _run(soft_hsm, "signer", "unset", "--data", demonstration.data, "--role", "seal").returncode == 0
    checked = _run(soft_hsm, "signer", "check", "--data", demonstration.data)
    assert "[key-file-missing]" in checked.stderr


@pytest.mark.parametrize("certificate", ["", "00", "A" * 64])
def test_certificate_is_named_in_full(school: tuple[Demonstration, SoftHSM], certificate: str) -> None:
    """Anything but 64 small hexadecimal digits is a wrong command line."""
    demonstration, soft_hsm = school
    where = ("--module", MODULE, "--certificate", certificate)
    done = _run(soft_hsm, "signer", "set", "--data", demonstration.data, "--role", "seal", *where)
    assert (done.returncode, "--certificate is 64" in done.stderr) == (2, True)


def test_deputy_and_images_by_command(released: Demonstration, tmp_path: Path) -> None:
    """A delegation is added, listed and ended, and an image handed in or refused, by command."""
    data = released.copy(tmp_path / "data").data
    days = ("--from", "2026-11-01", "--until", "2099-12-31", "--decision", "12/QĐ-BM")
    added = run("hocba", "delegation", "add", "--data", data, "--name", "Lê Văn Phó", *days, check=True)
    assert "Lê Văn Phó, Phó Hiệu trưởng" in added.stdout
    again = run("hocba", "delegation", "add", "--data", data, "--name", "Lê Văn Hai", *days)
    assert (again.returncode, "[delegation-overlaps]" in again.stderr) == (1, True)
    number = added.stdout.split()[0]
    run("hocba", "delegation", "end", number, "--data", data, check=True)
    assert "ended" in run("hocba", "delegation", "list", "--data", data, check=True).stdout
    image = tmp_path / "seal.png"
    image.write_bytes(png(picture(RED, size=(200, 200))))
    run("hocba", "signer", "image", image, "--data", data, "--role", "seal", check=True)
    kept = image_path(data, DocumentRole.SEAL, SCHOOL)
    assert kept.stat().st_mode & 0o777 == 0o600
    refused = run("hocba", "signer", "image", image, "--data", data, "--role", "principal")
    assert (refused.returncode, "[image-colour]" in refused.stderr) == (1, True)

"""`hocba-agent.pyz` as a school's office runs it: nothing installed, a token, a served `hocba serve`."""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from keys.keyring import DocumentRole, address_path
from schemas.verdict import VerdictCode
from scripts.agent_zipapp import build
from service.demo import SCHOOL_YEAR
from service.issuing import released_path
from service.sample import sample_class
from service.storage.records import Issuance, State
from tests.support.certificates import Party, party
from tests.support.commands import console, run
from tests.support.demonstration import SCHOOL, START, Demonstration
from tests.support.foreign_tools import check_by_openssl
from tests.support.meddling_line import Line, line_to
from tests.support.office import Office, move_to_office
from tests.support.softhsm import MODULE, PIN, SoftHSM

STUDENTS = 4
LONG_AGO, LATER = (START + dt.timedelta(days=days) for days in (-1, 1))


@pytest.fixture
def office(demonstration: Demonstration, soft_hsm: SoftHSM, tmp_path: Path) -> Office:
    """An office whose class waits for the principal."""
    demonstration.clock.catch_up()
    workbook = sample_class(STUDENTS, class_name="6B", first_student=101)
    assert demonstration.installation.import_workbook(workbook, SCHOOL_YEAR, dry_run=False).ok
    move_to_office(demonstration, soft_hsm)
    report = demonstration.installation.issue(SCHOOL, SCHOOL_YEAR, class_name="6B")
    assert len(report.waiting) == STUDENTS
    return Office(tmp_path / "office", soft_hsm)


@pytest.fixture
def server(demonstration: Demonstration) -> Iterator[str]:
    """The address of the school's server."""
    with console(demonstration.data) as address:
        yield address


def test_class_signed_at_the_office(
    demonstration: Demonstration, office: Office, server: str, tmp_path: Path
) -> None:
    """Paired, listed, opened, signed in both rounds by one PIN, released; nothing of it stays at the office.

    pdfsig and `openssl cms` accept both signatures.
    """
    paired = office.pair(demonstration, server)
    assert paired.returncode == 0, paired.stdout
    assert (office.kept / "agent.json").stat().st_mode & 0o077 == 0
    listed = office.run("list")
    assert f"{STUDENTS}  chữ ký hiệu trưởng" in listed.stdout
    signed = office.run("sign", typed=f"1\n\n{PIN}\n")
    assert signed.returncode == 0, signed.stdout + signed.stderr
    assert "mã băm khớp / digest matches" in signed.stdout
    assert f"Đã ký {2 * STUDENTS}; đã cấp {STUDENTS}; còn chờ 0; lỗi 0." in signed.stdout
    released = _of_class(demonstration)
    assert [one.state for one in released] == [State.RELEASED] * STUDENTS
    for issuance in released:
        pdf = released_path(demonstration.data / "issued", issuance).read_bytes()
        assert demonstration.verify(pdf).verdict is VerdictCode.VALID
        assert check_by_openssl(pdf, demonstration.anchors, tmp_path, at=issuance.issued_at) == 2
    path = released_path(demonstration.data / "issued", released[0])
    report = subprocess.run(["pdfsig", "-nocert", path], capture_output=True, text=True, check=False).stdout
    assert report.count("Signature is Valid.") == 2
    assert [path.name for path in office.kept.iterdir()] == ["agent.json"]
    assert PIN not in signed.stdout
    assert "Không có gì chờ ký" in office.run("sign").stdout


def test_terminal_says_what_stands_in_its_window(demonstration: Demonstration, office: Office) -> None:
    """Where signed documents stand for a while, none is issued yet, and the person is told that nothing is missing."""
    with (demonstration.data / "hocba.env").open("a") as settings:
        settings.write("HOCBA_GRACE_MINUTES=15\n")
    with console(demonstration.data) as address:
        office.pair(demonstration, address)
        signed = office.run("sign", typed=f"\n{PIN}\n")
    assert signed.returncode == 0, signed.stdout + signed.stderr
    assert f"Đã ký {2 * STUDENTS}; đã cấp 0; còn chờ 0; lỗi 0." in signed.stdout
    assert f"{STUDENTS} học bạ đã ký đủ, chờ phát hành" in signed.stdout


@pytest.fixture
def line(server: str) -> Iterator[Line]:
    """A line to the server that can be cut, and on which answers can be changed."""
    with line_to(server, Line) as laid:
        yield laid


def _of_class(demonstration: Demonstration) -> list[Issuance]:
    return [one for one in demonstration.issuances() if one.class_name == "6B"]


def test_agent_killed_and_line_cut(demonstration: Demonstration, office: Office, line: Line) -> None:
    """Killed after a signature and cut off from the answer to another, the agent goes on: each is kept once."""
    office.pair(demonstration, line.address)
    killed = office.start("sign", typed=f"\n{PIN}\n")
    brought: list[str] = []

    def kill_after_two(path: str, body: bytes) -> bytes:
        if path.endswith("/signature"):
            brought.append(path)
            if len(brought) == 2:
                killed.kill()
        return body

    line.change = kill_after_two
    assert killed.wait(timeout=60) == -9
    assert killed.stdout
    killed.stdout.close()
    assert len((office.kept / "signatures.jsonl").read_text().splitlines()) == 2
    cuts: list[str] = []

    def cut_twice(path: str) -> bool:
        if path.endswith("/signature"):
            brought.append(path)
            cuts.append(path)
            return len(cuts) <= 2
        return False

    line.change, line.cut = lambda _, body: body, cut_twice
    done = office.sign()
    assert done.returncode == 0, done.stdout
    assert "Mất liên lạc, thử lại sau 1 giây" in done.stdout
    assert [one.state for one in _of_class(demonstration)] == [State.RELEASED] * STUDENTS
    # Each of the eight was brought once, and the one whose acknowledgement was lost twice until it arrived.
    assert sorted(brought.count(one) for one in set(brought)) == [1] * (2 * STUDENTS - 1) + [3]
    assert cuts[0] == cuts[1] == cuts[2]


def test_lying_server_gets_no_signature(demonstration: Demonstration, office: Office, line: Line) -> None:
    """A file and a certificate are exchanged on the way: refused before any PIN, named, and the others are signed."""
    office.pair(demonstration, line.address)
    first, second, *_ = [one.id for one in _of_class(demonstration)]

    def exchange(path: str, body: bytes) -> bytes:
        if path.startswith(f"/api/v1/agent/documents/{first}/items/") and body.startswith(b"%PDF"):
            return body[:20] + b"X" + body[21:]
        if path.endswith("/claims"):
            said = json.loads(body)
            for item in said["items"]:
                if item["document"] == second:
                    item["certificate"] = "0" * 64
            return json.dumps(said).encode()
        return body

    line.change = exchange
    done = office.sign()
    assert done.returncode == 1
    before_pin, _, _ = done.stdout.partition("PIN")
    assert "[agent-digest-differs]" in before_pin
    assert "[agent-certificate-differs]" in before_pin
    states = {one.id: one.state for one in _of_class(demonstration)}
    assert {states.pop(first), states.pop(second)} == {State.RESERVED}
    assert set(states.values()) == {State.RELEASED}
    brought = " ".join(path for path in line.asked if path.endswith("/signature"))
    assert first not in brought
    assert second not in brought


def test_failure_on_the_server_is_told(demonstration: Demonstration, office: Office, server: str) -> None:
    """What the server cannot go on with is told as failed; mended and issued again, all is released without a token."""
    office.pair(demonstration, server)
    key = demonstration.data / "keys" / "record" / "credential.pem"
    aside = key.rename(key.with_suffix(".aside"))
    done = office.sign()
    assert (
        done.returncode,
        f"Đã ký {2 * STUDENTS}; đã cấp 0; còn chờ 0; lỗi {STUDENTS}." in done.stdout,
    ) == (
        1,
        True,
    )
    assert "hãy cấp lại lớp đó" in done.stdout
    assert {one.failure_code for one in _of_class(demonstration)} == {"key-file-missing"}
    aside.rename(key)
    report = demonstration.installation.issue(SCHOOL, SCHOOL_YEAR, class_name="6B")
    assert (len(report.released), report.waiting) == (STUDENTS, ())


def test_key_gone_before_the_pin(demonstration: Demonstration, office: Office, server: str) -> None:
    """The server knows no seal any more, its own fault: nobody signs as the principal what could not be sealed."""
    office.pair(demonstration, server)
    seal = address_path(demonstration.data / "keys", DocumentRole.SEAL, SCHOOL)
    aside = seal.rename(seal.with_suffix(".aside"))
    done = office.sign()
    assert (done.returncode, "[internal-error]" in done.stdout, "PIN" in done.stdout) == (1, True, False)
    aside.rename(seal)
    assert office.sign().returncode == 0
    assert [one.state for one in _of_class(demonstration)] == [State.RELEASED] * STUDENTS


def test_nobody_agreed(demonstration: Demonstration, office: Office, server: str) -> None:
    """A wrong PIN, the end of the input and q sign nothing, and end with 1."""
    office.pair(demonstration, server)
    for typed, code in (
        ("\n141421\n", "token-pin-wrong"),
        ("", "agent-no-answer"),
        ("\n", "agent-no-answer"),
        ("q\n", "Chưa ký gì"),
    ):
        done = office.run("sign", typed=typed)
        assert (done.returncode, code in done.stdout) == (1, True)
        assert {one.state for one in _of_class(demonstration)} == {State.RESERVED}
        assert not (office.kept / "signatures.jsonl").exists()


def test_two_computers_at_once(demonstration: Demonstration, office: Office, line: Line) -> None:
    """Two computers with the same token sign one class at once: no document is brought a signature by both."""
    office.pair(demonstration, line.address)
    other = replace(office, folder=office.folder / "other")
    other.pair(demonstration, line.address)
    both = [one.start("sign", typed=f"\n{PIN}\n") for one in (office, other)]
    said = [one.communicate(timeout=120)[0] for one in both]
    assert all(
        one.returncode == 0 or "[agent-not-handed-out]" in text for one, text in zip(both, said, strict=True)
    )
    assert [one.state for one in _of_class(demonstration)] == [State.RELEASED] * STUDENTS
    brought = [path for path in line.asked if path.endswith("/signature")]
    assert len(brought) == len(set(brought)) == 2 * STUDENTS


def test_https_to_a_server_that_proves_itself(
    demonstration: Demonstration, office: Office, server: str, tmp_path: Path
) -> None:
    """Over HTTPS the agent speaks to a server whose certificate the computer trusts, and sends another one nothing."""
    authority = party("Nơi cấp TLS", not_before=LONG_AGO, not_after=LATER)
    context, anchor = _tls(authority, tmp_path)
    with line_to(server, Line, tls=context) as line:
        refused = office.pair(demonstration, line.address)
        assert (refused.returncode, "[agent-server-untrusted]" in refused.stdout) == (1, True)
        assert line.asked == []
        trusting = replace(office, more={"SSL_CERT_FILE": str(anchor)})
        assert trusting.pair(demonstration, line.address).returncode == 0
        assert f"Cộng / in all: {STUDENTS}" in trusting.run("list").stdout


def _tls(authority: Party, folder: Path) -> tuple[ssl.SSLContext, Path]:
    """Return what a server on this machine proves itself by, and the file with the authority."""
    name = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    own = party("127.0.0.1", authority, extensions=[(name, False)], not_before=LONG_AGO, not_after=LATER)
    key = own.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "server.pem").write_bytes(key + own.certificate.public_bytes(Encoding.PEM))
    (folder / "authority.pem").write_bytes(authority.certificate.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    return context, folder / "authority.pem"


def test_token_of_somebody_else(
    demonstration: Demonstration, office: Office, server: str, soft_hsm: SoftHSM
) -> None:
    """With no token in, or another one, nobody is asked for a PIN: the right one is to be plugged in."""
    office.pair(demonstration, server)
    soft_hsm.pull()
    (soft_hsm.folder / "tokens").mkdir()
    soft_hsm.token("Người khác")
    done = office.sign()
    assert (done.returncode, "[agent-key-missing]" in done.stdout) == (1, True)
    assert "PIN" not in done.stdout


def test_pairing_by_the_commands(demonstration: Demonstration, office: Office, server: str) -> None:
    """`hocba agent pair` prints a code that pairs once; `list` shows the computer, `retire` shuts it out."""
    data = demonstration.data
    made = run("hocba", "agent", "pair", "--data", data, "--holder", "Văn phòng", check=True)
    paired = office.run("pair", "--server", server, "--module", MODULE, made.stdout.strip())
    assert paired.returncode == 0, paired.stdout
    again = office.run("pair", "--server", server, "--module", MODULE, made.stdout.strip())
    assert (again.returncode, "[pairing-code-wrong]" in again.stdout) == (1, True)
    listed = run("hocba", "agent", "list", "--data", data, check=True).stdout
    assert listed.endswith("Văn phòng  đã ghép nối / paired\n")
    run("hocba", "agent", "retire", listed.split()[0], "--data", data, check=True)
    refused = office.run("list")
    assert (refused.returncode, "[token-wrong]" in refused.stdout) == (1, True)


def test_certificates_for_the_server(demonstration: Demonstration, office: Office) -> None:
    """The files that the agent writes from a token are what `hocba signer agent` takes."""
    written = office.run("certificates", "--module", MODULE, "--out", office.folder / "pem")
    assert written.returncode == 0, written.stdout
    files = sorted((office.folder / "pem").iterdir())
    assert len(files) == 2
    principal = next(path for path in files if f"{path}  Nguyễn Thị Thử" in written.stdout)
    set_ = ("signer", "agent", "--data", demonstration.data, "--role", "principal", "--certificates")
    taken = run("hocba", *set_, principal)
    assert taken.returncode == 0, taken.stderr
    assert taken.stdout.startswith(principal.stem)
    checked = run("hocba", "signer", "check", "--data", demonstration.data)
    assert checked.returncode == 0, checked.stderr


def test_program_carries_what_it_needs(soft_hsm: SoftHSM, tmp_path: Path) -> None:
    """In its environment no library can be imported; the same source gives the same .pyz, byte for byte."""
    office = Office(tmp_path / "office", soft_hsm)
    for module in ("pydantic", "cryptography", "schemas", "pkcs11"):
        done = subprocess.run(
            [office.python, "-I", "-c", f"import {module}"], capture_output=True, check=False
        )
        assert b"ModuleNotFoundError" in done.stderr
    assert build(tmp_path / "again").read_bytes() == office.program.read_bytes()

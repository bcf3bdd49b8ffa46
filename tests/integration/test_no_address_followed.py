"""Addresses that come in a file, a seal, a code, a trust root or a certificate: nobody ever connects to one.

A server listens at each address and counts; the command and the portal are watched by the kernel besides.
"""

from __future__ import annotations

import io
import subprocess
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID

from schemas.cms import format_cms, parse_cms
from schemas.errors import HocbaError
from schemas.pdf_profile import SignatureField
from schemas.qr import format_qr, parse_qr
from schemas.record.tiles import trust_root_path
from schemas.verdict import VerdictCode
from tests.support.attacks.later_revisions import changed
from tests.support.attacks.material import ROOT, Material, appended, stream
from tests.support.certificates import SUBSCRIBER, Extension, party
from tests.support.commands import BIN
from tests.support.confined import confined, foreign_sockets, traced
from tests.support.demonstration import Demonstration, with_cms
from tests.support.listener import Listener, listening
from tests.support.plain_pdf import Hand
from tests.support.qr_pictures import qr_picture
from tests.support.revocable_school import Authorities, RevocableSchool
from tests.support.revocation import REFUSAL
from tests.support.stamping_server import send, serving
from tests.support.trust_roots import FAR, fingerprint, signed
from tests.support.whole_record import WholeRecord, vector_trust_root
from verify.byte_scan import scan_signatures
from verify.mirror import update_mirror
from verify.trust import accept_trust_root
from verify.trust_updates import fetch_updates

SEAL = SignatureField.SEAL
NEW = 900


@pytest.fixture(scope="module")
def material(_demonstration: Demonstration, tmp_path_factory: pytest.TempPathFactory) -> Material:
    """Issued files, and a verifier that believes one anchor more."""
    return Material.make(_demonstration.copy(tmp_path_factory.mktemp("followed") / "data"))


@pytest.fixture
def listener() -> Iterator[Listener]:
    """Who would be reached."""
    with listening() as made:
        yield made


def offering(url: str) -> tuple[Extension, ...]:
    """Return the extensions by which a certificate says where its issuer, its responder and its list are."""
    here = x509.UniformResourceIdentifier(url)
    methods = (AuthorityInformationAccessOID.OCSP, AuthorityInformationAccessOID.CA_ISSUERS)
    return (
        (
            x509.AuthorityInformationAccess([x509.AccessDescription(method, here) for method in methods]),
            False,
        ),
        (x509.CRLDistributionPoints([x509.DistributionPoint([here], None, None, None)]), False),
    )


def _sealed(material: Material, *, url: str, whole: bool) -> bytes:
    """Seal by a certificate that names addresses; without its path, the issuer is only to be had there."""
    issuer = party("cấp chứng thư có địa chỉ", ROOT)
    signer = party("người ký có địa chỉ", issuer, extensions=(*SUBSCRIBER, *offering(url)))
    hand = Hand(signer, (issuer,) if whole else ())
    return with_cms(material.pdf, SEAL, hand.sign(material.signatures[-1].document_digest))


def _of_a_log_there(material: Material, *, host: str) -> bytes:
    """Let the proof in the seal be of a log whose name is an address."""
    own = parse_cms(scan_signatures(material.pdf)[-1].cms)
    assert own.proof is not None
    origin = material.trust.logs[0].origin.encode()
    return with_cms(
        material.pdf,
        SEAL,
        format_cms(replace(own, proof=own.proof.replace(origin, f"{host}/record".encode()))),
    )


def files_with_addresses(material: Material, listener: Listener) -> dict[str, bytes]:
    """Return files that name the listener in every place where some software follows an address."""
    url = listener.url.encode()
    there = b"<< /Type /Filespec /FS /URL /F (%b) >>" % url
    metadata = b'<!DOCTYPE x [<!ENTITY y SYSTEM "%b">]><x xmlns:i="http://www.w3.org/2001/XInclude">'
    metadata += b'<i:include href="%b"/>&y;</x>'
    actions = b"/OpenAction << /S /URI /URI (%b) /Next [<< /S /GoToR /F %b >> << /S /SubmitForm /F %b >>] >>"
    in_catalog = actions % (url, there, there) + b" /URI << /Base (%b) >>" % url
    store = b"/DSS << /Certs [%d 0 R] /OCSPs [%d 0 R] >>" % (NEW, NEW)
    elsewhere = b"<< /F %b /FFilter /FlateDecode /Length 0 >>\nstream\n\nendstream" % there
    return {
        "certificate": _sealed(material, url=listener.url, whole=True),
        "certificate without its path": _sealed(material, url=listener.url, whole=False),
        "log of the proof": _of_a_log_there(material, host=listener.host),
        "actions": changed(material, "catalog", in_catalog),
        "store of validation data": changed(material, "catalog", store, {NEW: elsewhere}),
        "metadata": appended(
            material.pdf,
            {material.numbers["metadata"]: stream(metadata % (url, url), b"/Type /Metadata /Subtype /XML")},
        ),
        "data elsewhere": appended(material.pdf, {material.numbers["attachment"]: elsewhere}),
        "page elsewhere": appended(material.pdf, {material.numbers["contents"]: elsewhere}),
        "form of XFA": changed(material, "form", b"/XFA %d 0 R" % NEW, {NEW: stream(metadata % (url, url))}),
        "signed by stolen keys": material.signed(
            changed(material, "page", b"/A << /S /URI /URI (%b) >>" % url, of=material.page)
        ),
        "photo": _photo(code_at(material, listener)),
    }


def code_at(material: Material, listener: Listener) -> str:
    """Return a genuine code whose address is at the listener."""
    return format_qr(replace(parse_qr(material.demonstration.qr()), host=listener.host))


def _photo(text: str) -> bytes:
    target = io.BytesIO()
    qr_picture(text, size=(1200, 1200)).save(target, "PNG")
    return target.getvalue()


def test_verifier_follows_none(material: Material, listener: Listener) -> None:
    """In this process and in its reading child: no file is valid, no code more than on record, nobody was asked."""
    verifier = material.verifier()
    try:
        verdicts = {
            name: verifier.upload(data) for name, data in files_with_addresses(material, listener).items()
        }
        verdicts["code"] = verifier.qr(code_at(material, listener))
    finally:
        verifier.close()
    assert {name for name, one in verdicts.items() if one.verdict is VerdictCode.VALID} == set()
    assert verdicts["code"].verdict is verdicts["photo"].verdict is VerdictCode.RECORDED
    assert verdicts["certificate without its path"].verdict is VerdictCode.UNTRUSTED_ISSUER
    assert verdicts["log of the proof"].verdict is VerdictCode.UNCONFIRMED
    assert listener.connections == 0


def test_command_follows_none(material: Material, listener: Listener, tmp_path: Path) -> None:
    """By its system calls `hocba-verify` makes no network socket, with its reading child and whatever it is given."""
    given: list[str] = []
    for name, data in files_with_addresses(material, listener).items():
        (tmp_path / f"{name}.pdf").write_bytes(data)
        given.append(str(tmp_path / f"{name}.pdf"))
    demonstration = material.demonstration
    believed: list[str | Path] = ["--trust", demonstration.trust_file, "--record", demonstration.record]
    for number, asked in enumerate((given, ["--qr", code_at(material, listener)])):
        log = tmp_path / f"calls-{number}"
        command: list[str | Path] = [*traced(log), BIN / "hocba-verify", *believed, *asked]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode in {1, 10, 16}, done.stderr
        assert "AF_" in log.read_text() or "openat" in log.read_text()
        assert foreign_sockets(log) == []
    assert listener.connections == 0


def test_portal_follows_none(material: Material, listener: Listener, tmp_path: Path) -> None:
    """The same of the portal as it is deployed."""
    log = tmp_path / "calls"
    with confined(material.demonstration, tmp_path, *traced(log)) as service:
        for data in files_with_addresses(material, listener).values():
            assert service.send("/check", {"file": ("a.pdf", data)}).status == 200
        assert service.send("/qr", {}, qr=code_at(material, listener)).status == 200
    assert foreign_sockets(log) == []
    assert listener.connections == 0


def _answering(folder: Mapping[str, bytes], elsewhere: str) -> ThreadingHTTPServer:
    """Return an origin that has some files, and sends whoever asks below /elsewhere/ to another address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            data = folder.get(self.path.lstrip("/"))
            away = self.path.startswith("/elsewhere/")
            self.send_response(302 if away else 404 if data is None else 200)
            if away:
                self.send_header("Location", elsewhere)
            self.send_header("Content-Length", str(len(data or b"")))
            self.end_headers()
            self.wfile.write(data or b"")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    return server


def test_trust_updates_and_mirrors_follow_none(listener: Listener, tmp_path: Path) -> None:
    """A newer trust root that names the listener is taken without asking there; who is sent there does not go."""
    record = WholeRecord()
    record.publish_list()
    first = vector_trust_root(version=1, expires=FAR)
    later = vector_trust_root(version=2, expires=FAR, hosts=(listener.host,))
    files = record.files() | {trust_root_path(2): signed(later)}
    server = _answering(files, listener.url)
    kept = tmp_path / "trust"
    accept_trust_root(signed(first), fingerprint(signed(first)), kept)
    try:
        address = f"http://127.0.0.1:{server.server_address[1]}/"
        assert [one.root.hosts for one in fetch_updates(address, kept)] == [(listener.host,)]
        assert update_mirror(address, tmp_path / "here", first).size == len(record.entries)
        with pytest.raises(HocbaError) as refusal:
            update_mirror(f"{address}elsewhere/", tmp_path / "there", first)
        assert refusal.value.code == "record-unreachable"
        with pytest.raises(HocbaError) as refusal:
            fetch_updates(f"{address}elsewhere/", kept)
        assert refusal.value.code == "record-unreachable"
    finally:
        server.shutdown()
        server.server_close()
    assert listener.connections == 0


def test_issuing_asks_configured_addresses_alone(demonstration: Demonstration, listener: Listener) -> None:
    """A signer's certificate that names the listener: nothing is signed, and only who is configured is asked."""
    Authorities(demonstration, offers=offering(listener.url))
    school = RevocableSchool(demonstration)
    with pytest.raises(HocbaError) as refusal:
        school.issue()
    assert refusal.value.code == "signer-revocation-unknown"
    with serving(lambda handler, _: send(handler, REFUSAL)) as configured:
        school.configure(OCSP_URLS=configured.address)
        with pytest.raises(HocbaError):
            school.issue()
        assert configured.asked != []
    assert listener.connections == 0

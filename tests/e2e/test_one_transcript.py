"""The way of one transcript, step by step, as docs/architecture.md draws it; then everybody who may look at it."""

from __future__ import annotations

import json
import secrets
import subprocess
import unicodedata
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import zxingcpp
from PIL import Image
from playwright.sync_api import expect

from keys.keyring import DocumentRole, RecordRole
from keys.pdf_signature import add_proof
from schemas.cose import sign1
from schemas.qr import QRAddress, format_qr
from schemas.record.entry import Issued, Relation, format_entry
from schemas.record.proof import check_inclusion_proof, format_proof
from schemas.serial import display_serial, sid
from schemas.transcript.model import parse_transcript
from schemas.verdict import CheckId, CheckStatus, VerdictCode
from service.demo import SCHOOL_YEAR, set_up
from service.pdf.panels import principal_panel, seal_panel
from service.pdf.render import Renderer
from service.reserving import reserve
from service.sample import DEMO_SCHOOL
from service.self_check import check_document
from service.signing import SchoolSigners, WorkFolder
from service.storage.records import Batch
from tests.support.browser import browser_page
from tests.support.commands import portal, run
from verify.ed25519 import verify_ed25519

SCHOOL, SIGNATORY = DEMO_SCHOOL


def now() -> datetime:
    """Return the time in whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


def test_the_way_of_one_transcript(tmp_path: Path) -> None:
    """From a row of a workbook to a file that everybody can verify, and to the refusal of a changed byte."""
    data = tmp_path / "data"
    installation = set_up(data, students=1, now=now, token_bytes=secrets.token_bytes, say=lambda _: None)
    register, keyring, sequencer = installation.register, installation.keyring, installation.sequencer

    # 1. Importing: the rows of the workbook become data, or complaints.
    workbook = next((data / "workbooks").iterdir())
    assert installation.import_workbook(workbook.read_bytes(), SCHOOL_YEAR, dry_run=False).ok
    (draft,) = register.student_years(SCHOOL.code, SCHOOL_YEAR)

    # 2. Approving: teachers confirm their rows, the principal approves the whole; here invented ones.
    assert installation.approve_as_demonstration(SCHOOL.code, SCHOOL_YEAR) > 2
    approval = installation.approvals.approval(SCHOOL.code, [draft])

    # 3. Reserve: a serial and a status index are taken; the data are frozen.
    batch = Batch("0" * 32, SCHOOL.code, "one", SCHOOL_YEAR, None, None, int(now().timestamp()))
    issuance = reserve(
        register, register.open_batch(batch), draft, approval, now=now(), token_bytes=secrets.token_bytes
    )
    register.reserve([issuance])
    transcript = parse_transcript(issuance.data)

    # 4. Render: the page, the QR with the signed marks, the data attached.
    credential = keyring.record_key(RecordRole.CREDENTIAL)
    payload = sign1(issuance.claims, credential.key_id, credential.sign)
    qr = QRAddress(installation.settings.qr_host, issuance.serial, payload)
    page = Renderer().render(transcript, qr)

    # 5. Sign: the principal, then the school's seal over the whole file.
    signers = SchoolSigners(
        signatory=SIGNATORY,
        principal=keyring.signer(DocumentRole.PRINCIPAL, SCHOOL.code, now=now()),
        principal_panel=principal_panel(SIGNATORY.name, SIGNATORY.title),
        seal=keyring.signer(DocumentRole.SEAL, SCHOOL.code, now=now()),
        seal_panel=seal_panel(SCHOOL.name),
    )
    document = WorkFolder(data / "work").sign(issuance.id, lambda: page, lambda: signers, now=now())

    # 6. Self-check: page, data and QR agree; what needs the entry is not known yet, so nothing is green.
    check_document(document.pdf, transcript, qr)
    before = installation.verifier.file(document.pdf)
    statuses = {check.id: check.status for check in before.checks}
    assert before.verdict is VerdictCode.UNCONFIRMED
    assert statuses[CheckId.ISSUER] is CheckStatus.PASS
    assert statuses[CheckId.RECORDED] is not CheckStatus.PASS

    # 7. Record: one entry of digests; the checkpoint that covers it makes the document issued.
    entry = Issued(
        time=int(now().timestamp()),
        school=SCHOOL.code,
        sid=sid(issuance.serial),
        pdf=document.seal_digest,
        claims=sha256(issuance.claims).digest(),
        data=sha256(issuance.data).digest(),
        list_id=issuance.list_id,
        status_index=issuance.status_index,
        profile=1,
        relation=Relation.FIRST,
    )
    (index,) = sequencer.append([(issuance.id, format_entry(entry))])
    checkpoint = sequencer.publish()
    assert checkpoint.size > index

    # 8. Prove: the entry lies under a checkpoint signed by log and clock, and the seal says so.
    log, proof = installation.log, sequencer.prove(index)
    check_inclusion_proof(
        proof, log_key=log.log_verifier, clock_key=log.clock_verifier, verify=verify_ed25519
    )
    pdf = add_proof(document.pdf, format_proof(proof))

    # 9. Release: the public files alone say valid.
    assert installation.verifier.file(pdf).verdict is VerdictCode.VALID
    installation.verifier.close()
    file = tmp_path / f"{display_serial(issuance.serial)}.pdf"
    file.write_bytes(pdf)

    _verify_by_command(data, file, format_qr(qr))
    _verify_on_paper(file, format_qr(qr), transcript.learner.full_name)
    _verify_in_browser(data, file, qr, transcript.learner.full_name)


def _verify_by_command(data: Path, file: Path, address: str) -> None:
    options = ("--trust", data / "trust-root.json", "--record", data / "record", "--json")
    answered = run("hocba-verify", file, *options)
    assert (answered.returncode, json.loads(answered.stdout)["verdict"]) == (0, "valid")
    assert run("hocba-verify", "--qr", address, *options).returncode == 10
    assert run("hocba-verify", "--serial", file.stem, *options).returncode == 10
    # The file alone: recorded, by its own proof; whether it still stands, nobody can tell without the record.
    alone = run("hocba-verify", file, "--trust", data / "trust-root.json", "--offline", "--json")
    statuses = {check["id"]: check["status"] for check in json.loads(alone.stdout)["checks"]}
    assert (alone.returncode, statuses["recorded"], statuses["status"]) == (16, "pass", "unknown")
    altered = file.with_name("altered.pdf")
    pdf = file.read_bytes()
    altered.write_bytes(pdf[:5000] + bytes([pdf[5000] ^ 1]) + pdf[5001:])
    assert run("hocba-verify", altered, *options).returncode == 13
    several = run("hocba-verify", file, altered, *options)
    assert [json.loads(line)["verdict"] for line in several.stdout.splitlines()] == ["valid", "altered"]
    assert several.returncode == 1


def _verify_on_paper(file: Path, address: str, name: str) -> None:
    """Print the page: the QR reads from the picture, and the names are Vietnamese text in NFC."""
    subprocess.run(["pdftoppm", "-r", "200", "-png", file, file.with_suffix("")], check=True)
    pictures = sorted(file.parent.glob(f"{file.stem}-*.png"))
    codes = [code.text for picture in pictures for code in zxingcpp.read_barcodes(Image.open(picture))]
    assert address in codes
    text = subprocess.run(["pdftotext", file, "-"], check=True, capture_output=True, text=True).stdout
    assert name in text
    assert unicodedata.is_normalized("NFC", text)


def _verify_in_browser(data: Path, file: Path, qr: QRAddress, name: str) -> None:
    with portal(data) as address, browser_page() as page:
        page.goto(address)
        page.set_input_files("#file", file)
        page.get_by_role("button", name="Kiểm tra tệp").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Học bạ hợp lệ, đang có hiệu lực")
        page.goto(address)
        page.set_input_files("#file", file.with_name("altered.pdf"))
        page.get_by_role("button", name="Kiểm tra tệp").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Nội dung không khớp với bản đã ký")
        page.wait_for_load_state()
        assert name not in page.content()
        # A phone opens the address in the code: the page shows the signed marks, and the digits leave the address bar.
        page.goto(f"{address}/V/{qr.serial}#{qr.digits}")
        page.get_by_text("Nội dung đã ký: hãy so họ tên và từng điểm với tờ giấy").wait_for()
        expect(page.get_by_role("heading", level=1)).to_have_text("Mã có trong sổ cấp: hãy so với tờ giấy")
        assert name in page.content()
        assert qr.digits not in page.url
        page.goto(address)
        page.fill("#serial", file.stem.lower())
        page.get_by_role("button", name="Kiểm tra mã").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Mã có trong sổ cấp: hãy so với tờ giấy")
        page.wait_for_load_state()
        assert name not in page.content()

"""Evidence that certificates are not revoked: asked before anything is signed, embedded, and enough for everybody."""

from __future__ import annotations

import base64
import datetime as dt
import io
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import x509 as asn1
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import DocumentSecurityStore, SignatureCoverageLevel, validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from keys.file_signer import FileSigner
from schemas.errors import HocbaError
from schemas.validation_data import NOTHING, ValidationData, find_validation_data
from schemas.verdict import CheckId, CheckStatus, Verdict, VerdictCode
from service import signing
from service.evidence.revocation_evidence import RevocationEvidence
from service.files import replace_file
from service.signers.school_signers import Operator
from tests.support.certificates import SUBSCRIBER, party
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.revocable_school import PRINCIPAL, SEAL, Authorities, RevocableSchool
from tests.support.revocation import OFFERS_CRL, REFUSAL, responder
from tests.support.signers import Person, move_to_token
from tests.support.softhsm import SoftHSM
from tests.support.stamped_signatures import CLASS, TSA
from tests.support.stamping_server import Server, honest, send, serving
from verify import own_file

WAITS = "awaiting-revocation-evidence"


@pytest.fixture
def authorities(demonstration: Demonstration) -> Authorities:
    """The authorities that issued the school's new certificates."""
    return Authorities(demonstration)


@pytest.fixture
def server(authorities: Authorities) -> Iterator[Server]:
    """Where they answer."""
    with serving(authorities) as server:
        yield server


@pytest.fixture
def school(demonstration: Demonstration, server: Server) -> RevocableSchool:
    """A school that asks them."""
    return RevocableSchool(demonstration, OCSP_URLS=server.address)


def _refused(school: RevocableSchool, operator: Operator | None = None) -> HocbaError:
    """Issue, which must be refused as a whole: nothing is reserved."""
    before = len(school.demonstration.issuances())
    with pytest.raises(HocbaError) as refusal:
        school.installation.issue(SCHOOL, "2025-2026", class_name=CLASS, operator=operator or Operator())
    assert len(school.demonstration.issuances()) == before
    assert school.work() == set()
    return refusal.value


def _evidence(verdict: Verdict) -> list[tuple[str, str]]:
    return [(one.level, one.revocation_evidence) for one in verdict.signatures]


def test_released_file_is_valid_with_its_evidence(
    demonstration: Demonstration, authorities: Authorities, server: Server
) -> None:
    """Both signatures are B-LT by a responder's word; nobody is asked when the file is verified, or a year later."""
    with serving(honest(time=demonstration.clock, by=TSA)) as tsa:
        school = RevocableSchool(demonstration, tsa.address, OCSP_URLS=server.address)
        (pdf,) = school.released()
    asked = len(server.asked)
    authorities.down = True
    verdict = demonstration.verify(pdf)
    assert verdict.verdict is VerdictCode.VALID
    assert _evidence(verdict) == [("B-LT", "embedded")] * 2
    demonstration.clock.forward(days=300)
    demonstration.installation.publish()
    assert demonstration.verify(pdf).verdict is VerdictCode.VALID
    assert len(server.asked) == asked == 2


def test_end_of_the_responder_counts_like_that_of_a_signer(
    demonstration: Demonstration, authorities: Authorities, server: Server
) -> None:
    """After it anybody may have its key: then only a time stamp over the record shows the evidence to be older."""
    authorities.responder_days = 9
    school = RevocableSchool(demonstration, OCSP_URLS=server.address)
    (pdf,) = school.released()
    demonstration.clock.forward(days=10)
    demonstration.installation.publish()
    assert demonstration.verify(pdf).verdict is VerdictCode.UNCONFIRMED


def test_list_is_evidence_too(demonstration: Demonstration) -> None:
    """Certificates that name a list have it embedded, each once; without a time stamp the level stays B-B."""
    authorities = Authorities(demonstration, offers=(OFFERS_CRL,))
    with serving(authorities) as server:
        base = server.address.partition("/tsa")[0]
        school = RevocableSchool(demonstration, CRL_URLS=f"{base}/seal.crl {base}/principal.crl", students=3)
        files = school.released()
    assert len(files) == 3
    assert [len(find_validation_data(one).crls) for one in files] == [2, 2, 2]
    assert server.asked == ["/seal.crl", "/principal.crl"]
    verdict = demonstration.verify(files[0])
    assert verdict.verdict is VerdictCode.VALID
    assert _evidence(verdict) == [("B-B", "embedded")] * 2


def test_other_tools_agree(school: RevocableSchool, authorities: Authorities, tmp_path: Path) -> None:
    """Pdfsig and qpdf find no fault; pyHanko needs a revocation answer, reads ours, and sees the whole file covered."""
    (pdf,) = school.released()
    path = tmp_path / "signed.pdf"
    path.write_bytes(pdf)
    if shutil.which("pdfsig"):
        report = _run("pdfsig", "-nocert", str(path))
        assert report.count("Signature Validation: Signature is Valid.") == 2
        assert report.count(" - Total document signed") == 1
    if shutil.which("qpdf"):
        assert "No syntax or stream encoding errors found" in _run("qpdf", "--check", str(path))
    reader = PdfFileReader(io.BytesIO(pdf))
    anchors = [
        asn1.Certificate.load(base64.b64decode(one))
        for group in school.installation.trust.anchors
        for one in group.certificates
    ]
    options: dict[str, Any] = {
        "trust_roots": anchors,
        "allow_fetching": False,
        "moment": school.clock(),
        "revocation_mode": "hard-fail",
    }
    with_ours = DocumentSecurityStore.read_dss(reader).as_validation_context(options)
    coverage = []
    for embedded in reader.embedded_signatures:
        assert not validate_pdf_signature(embedded, ValidationContext(**options, ocsps=[])).bottom_line
        status = validate_pdf_signature(embedded, with_ours)
        assert status.bottom_line
        coverage.append(status.coverage)
    assert coverage == [SignatureCoverageLevel.ENTIRE_REVISION, SignatureCoverageLevel.ENTIRE_FILE]
    issuer, certificate, answer = (tmp_path / name for name in ("issuer.pem", "certificate.pem", "answer"))
    issuer.write_bytes(authorities.issuers[SEAL].certificate.public_bytes(Encoding.PEM))
    certificate.write_bytes(authorities.certificates[SEAL].certificate.public_bytes(Encoding.PEM))
    answer.write_bytes(find_validation_data(pdf).ocsps[1])
    said = _run(
        *("openssl", "ocsp", "-respin", str(answer), "-issuer", str(issuer), "-cert", str(certificate)),
        *("-CAfile", str(issuer), "-partial_chain", "-no_nonce"),
    )
    assert "Response verify OK" in said
    assert ": good" in said


def test_nobody_to_ask_is_named(demonstration: Demonstration, server: Server) -> None:
    """Where no address is configured nothing is signed, and the address in the certificate is not asked."""
    refusal = _refused(RevocableSchool(demonstration))
    assert refusal.code == "signer-revocation-unknown"
    assert "HOCBA_OCSP_URLS" in refusal.text.vi
    assert server.asked == []


@pytest.mark.parametrize("setting", ["OCSP_URLS", "CRL_URLS"])
def test_strange_address_is_refused(demonstration: Demonstration, server: Server, setting: str) -> None:
    """An address that is none is refused by name before anything is reserved."""
    school = RevocableSchool(demonstration)
    school.configure(**{setting: "ldap://ca.example.vn/"})
    assert _refused(school).code == "revocation-address"
    assert server.asked == []


@pytest.mark.parametrize("role", [PRINCIPAL, SEAL])
def test_revoked_certificate_is_refused_before_the_pin(
    demonstration: Demonstration, authorities: Authorities, server: Server, soft_hsm: SoftHSM, role: object
) -> None:
    """Whoever's certificate was revoked: the batch is refused in one sentence, and nobody is asked for a PIN."""
    move_to_token(demonstration, soft_hsm, PRINCIPAL, SEAL)
    authorities.revoke(role, days=2)  # type: ignore[arg-type] # one of the two
    person = Person()
    school = RevocableSchool(demonstration, OCSP_URLS=server.address)
    refusal = _refused(school, Operator(ask_pin=person))
    assert refusal.code == "certificate-revoked"
    assert refusal.text.vi.startswith("Hiệu trưởng" if role is PRINCIPAL else "Con dấu")
    assert person.asked == []
    authorities.revoked.clear()
    school.restart()
    report = school.installation.issue(
        SCHOOL, "2025-2026", class_name=CLASS, operator=Operator(ask_pin=person)
    )
    assert (len(report.released), report.failed) == (1, ())


HOUR = dt.timedelta(hours=1)
BAD = [
    "an outage", "a refusal", "another nonce", "a stranger's", "a responder not for this", "of another certificate",
    "ended", "a responder that soon ends", "from the future", "a status unknown", "a body of 50 MB", "no answer",
]  # fmt: skip


def _bend(authorities: Authorities, bad: str) -> None:
    """Have the authorities answer badly."""
    issuer = authorities.issuers[PRINCIPAL]
    match bad:
        case "an outage":
            authorities.down = True
        case "another nonce":
            authorities.changes = {"nonce": bytes(16)}
        case "a stranger's":
            authorities.changes = {"by": responder(party("kẻ lạ"))}
        case "a responder not for this":
            authorities.changes = {"by": responder(issuer, "chỉ ký", extensions=SUBSCRIBER)}
        case "of another certificate":
            authorities.changes = {"serial_number": 7}
        case "ended":
            authorities.since, authorities.until = -2 * HOUR, -HOUR
        case "a responder that soon ends":
            authorities.responder_days = 1
        case "from the future":
            authorities.since = HOUR
        case "a status unknown":
            authorities.changes = {"status": "unknown"}


@pytest.mark.parametrize("bad", BAD)
def test_bad_answer_is_no_evidence(
    demonstration: Demonstration, authorities: Authorities, server: Server, bad: str
) -> None:
    """Without a good answer nothing is reserved or signed, whatever the level; it is when there is one."""
    _bend(authorities, bad)
    bodies = {"a refusal": REFUSAL, "a body of 50 MB": bytes(50_000_000), "no answer": b"no answer"}

    def badly(handler: object, body: bytes) -> None:
        if bad in bodies:
            send(handler, bodies[bad])  # type: ignore[arg-type] # the handler
        else:
            authorities(handler, body)  # type: ignore[arg-type] # the handler

    with serving(badly) as false:
        school = RevocableSchool(demonstration, OCSP_URLS=false.address)
        refusal = _refused(school)
    assert refusal.code == WAITS
    assert "Hiệu trưởng: Đang chờ bằng chứng" in refusal.text.vi
    authorities.down, authorities.changes, authorities.responder_days = False, {}, 9
    authorities.since, authorities.until = -HOUR, HOUR
    school.configure(OCSP_URLS=server.address)
    (pdf,) = school.released()
    assert demonstration.verify(pdf).verdict is VerdictCode.VALID


def test_answer_made_beforehand_is_taken(authorities: Authorities, school: RevocableSchool) -> None:
    """A responder that repeats no nonce is believed by the time of its answer."""
    authorities.changes = {"nonce": None}
    (pdf,) = school.released()
    assert school.demonstration.verify(pdf).verdict is VerdictCode.VALID


def test_document_under_way_waits_with_its_signature(
    demonstration: Demonstration, authorities: Authorities, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Signed by the principal when the responder goes away: it waits, is not recorded, and is not signed anew."""
    with serving(lambda handler, _: send(handler, b"", 503)) as away:
        school = RevocableSchool(demonstration, away.address, OCSP_URLS=server.address)
        (waiting,) = school.issue().failed
        assert waiting.failure_code == "awaiting-time-stamp"
    with serving(honest(time=demonstration.clock, by=TSA)) as tsa:
        school.configure(TIME_STAMP_URLS=tsa.address)
        real = RevocationEvidence.gather

        def gone(evidence: RevocationEvidence, parties: list[object]) -> ValidationData:
            authorities.down = True
            school.clock.forward(minutes=6)
            return real(evidence, parties)  # type: ignore[arg-type] # as they are

        with monkeypatch.context() as patch:
            patch.setattr(RevocationEvidence, "gather", gone)
            (waiting,) = school.issue().failed
        assert waiting.failure_code == WAITS
        assert waiting.log_index is None
        assert school.work() == {".principal", ".principal-value", ".principal-stamp"}
        authorities.down = False
        school.clock.forward(minutes=2)
        signed: list[bytes] = []
        monkeypatch.setattr(FileSigner, "sign", _counting(FileSigner.sign, signed))
        (pdf,) = school.released()
    assert len(signed) == 1
    assert demonstration.verify(pdf).verdict is VerdictCode.VALID


def _counting(sign: object, signed: list[bytes]) -> object:
    def counted(signer: FileSigner, data: bytes) -> bytes:
        signed.append(data)
        return sign(signer, data)  # type: ignore[operator,no-any-return] # the real one

    return counted


def test_seal_whose_evidence_has_ended_is_made_anew(
    school: RevocableSchool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped before it was recorded, for longer than the answer holds: sealed again with a new one, and valid."""

    def stopping(path: Path, content: bytes, **options: int) -> None:
        replace_file(path, content, **options)  # type: ignore[arg-type] # as they are
        if path.suffix == ".pdf":
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(signing, "replace_file", stopping)
        with pytest.raises(KeyboardInterrupt):
            school.issue()
    school.clock.forward(hours=13)
    school.restart()
    (pdf,) = school.released()
    assert (
        len(find_validation_data(pdf).ocsps) == 3
    )  # two at first, of the principal's key and of both; the seal's anew
    assert school.demonstration.verify(pdf).verdict is VerdictCode.VALID


def _recorded_with(
    school: RevocableSchool, authorities: Authorities, data: ValidationData, monkeypatch: pytest.MonkeyPatch
) -> bytes:
    """Return a recorded file with this evidence, which no sound service would have let pass."""
    good = ValidationData(ocsps=tuple(authorities.answer(role) for role in (PRINCIPAL, SEAL)))
    monkeypatch.setattr(RevocationEvidence, "gather", lambda *_: data)
    monkeypatch.setattr(own_file, "find_validation_data", lambda _: good)
    (refused,) = school.issue().failed
    assert refused.failure_code == "release-refused"
    (proven,) = (school.demonstration.data / "work").glob("*.proven")
    return proven.read_bytes()


@pytest.mark.parametrize(
    ("fault", "verdict", "says"),
    [
        ("none", VerdictCode.UNCONFIRMED, "carries no evidence"),
        ("one alone", VerdictCode.UNCONFIRMED, "about another one"),
        ("stale", VerdictCode.UNCONFIRMED, "had ended"),
        ("a stranger's", VerdictCode.UNCONFIRMED, "did not sign the evidence"),
        ("revoked before", VerdictCode.UNTRUSTED_ISSUER, "revoked a certificate"),
    ],
)
def test_verdict_without_good_evidence(
    school: RevocableSchool,
    authorities: Authorities,
    fault: str,
    verdict: VerdictCode,
    says: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On record and all: without evidence for each certificate nothing is green, and a revoked one is refused."""
    match fault:
        case "stale":
            authorities.since, authorities.until = -2 * HOUR, -HOUR
        case "a stranger's":
            authorities.changes = {"by": responder(party("kẻ lạ"))}
        case "revoked before":
            authorities.revoke(SEAL, days=1)
    answers = {"none": (), "one alone": (PRINCIPAL,)}.get(fault, (PRINCIPAL, SEAL))
    data = ValidationData(ocsps=tuple(authorities.answer(role) for role in answers))
    authorities.since, authorities.until, authorities.changes = -HOUR, HOUR, {}
    authorities.revoked.clear()
    pdf = _recorded_with(school, authorities, data, monkeypatch)
    for record in (True, False):
        found = school.demonstration.verify(pdf, record=record)
        (issuer,) = (check for check in found.checks if check.id is CheckId.ISSUER)
        if record or fault == "revoked before":
            assert found.verdict is verdict
            assert says in issuer.detail.en
        assert issuer.status is not CheckStatus.PASS
        assert _evidence(found) == [("B-B", "none")] * 2


def test_evidence_is_under_both_signatures(school: RevocableSchool) -> None:
    """A byte of the evidence changed, or the newest store taken out of sight: the file is altered."""
    (pdf,) = school.released()
    for piece in find_validation_data(pdf).ocsps:
        at = pdf.index(piece) + len(piece) // 2
        changed = pdf[:at] + bytes([pdf[at] ^ 1]) + pdf[at + 1 :]
        assert school.demonstration.verify(changed).verdict is VerdictCode.ALTERED
    hidden = pdf.replace(b"/Type /DSS", b"/Type /dss")
    assert find_validation_data(hidden) == NOTHING
    assert school.demonstration.verify(hidden).verdict is VerdictCode.ALTERED


def _run(*command: str) -> str:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr

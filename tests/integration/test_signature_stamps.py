"""Time stamps of signatures: got before a document is completed, kept, waited for, and checked by everybody."""

from __future__ import annotations

import base64
import datetime as dt
import io
import shutil
import subprocess
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from asn1crypto import x509 as asn1
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from keys.file_signer import FileSigner
from keys.pdf_signature import complete_signature
from schemas.cms import parse_cms
from schemas.der import CONTEXT_1, der
from schemas.pdf_profile import MAX_STAMP_BYTES, SignatureField, reserved_bytes
from schemas.time_stamp import parse_time_stamp
from schemas.verdict import CheckId, CheckStatus, VerdictCode
from service import signing
from service.errors import ServiceError
from service.evidence import signature_stamps
from service.evidence.signature_stamps import SignatureStamps
from service.files import replace_file
from tests.support.certificates import party
from tests.support.demonstration import Demonstration
from tests.support.keys import authority, prepare
from tests.support.signed_pages import unsigned_page
from tests.support.stamped_signatures import TSA, StampedSchool
from tests.support.stamping_server import Answer, Server, honest, send, serving
from tests.support.time_stamp_authority import Authority, AuthorityFolder
from tests.support.time_stamps import TSA_ROOT, response, stamper
from verify.byte_scan import scan_signatures
from verify.verifier import Verifier


@pytest.fixture
def server(demonstration: Demonstration) -> Iterator[Server]:
    """An authority that has the demonstration's time."""
    with serving(honest(time=demonstration.clock, by=TSA)) as server:
        yield server


@pytest.fixture
def school(demonstration: Demonstration, server: Server) -> StampedSchool:
    """A school whose principal's and seal's signatures are stamped."""
    return StampedSchool(demonstration, server.address)


def tokens(pdf: bytes) -> list[bytes | None]:
    """Return the time stamps of a file's signatures, in their order."""
    return [parse_cms(one.cms).time_stamp for one in scan_signatures(pdf)]


def test_released_file_is_stamped_and_valid(school: StampedSchool, server: Server) -> None:
    """Both signatures carry a token over their own value; the verdict is valid, and shows level and source."""
    (pdf,) = school.released()
    for one, token in zip(scan_signatures(pdf), tokens(pdf), strict=True):
        assert token is not None
        assert parse_time_stamp(token).imprint == sha256(parse_cms(one.cms).signature).digest()
    verdict = school.demonstration.verify(pdf)
    assert verdict.verdict is VerdictCode.VALID
    assert [(one.level, one.time_source, one.signed_at) for one in verdict.signatures] == [
        ("B-T", "timestamp", school.clock())
    ] * 2
    assert len(server.asked) == 2
    assert school.work() == set()


@pytest.mark.parametrize(
    ("roles", "levels"), [("principal", ["B-T", "B-B"]), ("seal", ["B-B", "B-T"]), ("", ["B-B", "B-B"])]
)
def test_only_the_roles_of_the_setting_are_stamped(
    demonstration: Demonstration, server: Server, roles: str, levels: list[str]
) -> None:
    """One signature, the other, or none; the verifier shows which."""
    (pdf,) = StampedSchool(demonstration, server.address, roles=roles).released()
    verdict = demonstration.verify(pdf)
    assert verdict.verdict is VerdictCode.VALID
    assert [one.level for one in verdict.signatures] == levels


def test_what_an_authority_brings_beside_goes_into_no_file(demonstration: Demonstration) -> None:
    """Lists, unsigned attributes and other certificates are left out: no signature covers them."""
    anything = der(CONTEXT_1, bytes(5000))
    overfull = honest(
        time=demonstration.clock, by=TSA, lists=anything, unsigned=anything, certificates=[TSA, TSA_ROOT]
    )
    with serving(overfull) as server:
        (pdf,) = StampedSchool(demonstration, server.address).released()
    assert all(token is not None and len(token) < 2000 for token in tokens(pdf))
    assert demonstration.verify(pdf).verdict is VerdictCode.VALID


def _minutes(demonstration: Demonstration, minutes: int) -> Callable[[], dt.datetime]:
    return lambda: demonstration.clock() + dt.timedelta(minutes=minutes)


def _bad_answers(demonstration: Demonstration) -> dict[str, Answer]:
    clock = demonstration.clock
    expired = stamper("tsa of last year", not_after=clock() - dt.timedelta(days=1))
    return {
        "wrong nonce": honest(time=clock, by=TSA, nonce=1),
        "wrong imprint": honest(time=clock, by=TSA, imprint=bytes(32)),
        "eleven minutes ahead": honest(time=_minutes(demonstration, 11), by=TSA),
        "eleven minutes behind": honest(time=_minutes(demonstration, -11), by=TSA),
        "expired certificate": honest(time=clock, by=expired),
        "a stranger": honest(time=clock, by=stamper("a stranger's", party("a stranger"))),
        "a body of 50 MB": lambda handler, _: send(handler, bytes(50_000_000)),
        "a refusal": lambda handler, _: send(handler, response(b"", status=2)),
        "an outage": lambda handler, _: send(handler, b"", 503),
    }


BAD = [
    "wrong nonce", "wrong imprint", "eleven minutes ahead", "eleven minutes behind", "expired certificate",
    "a stranger", "a body of 50 MB", "a refusal", "an outage",
]  # fmt: skip


@pytest.mark.parametrize("bad", BAD)
def test_document_waits_for_a_good_time_stamp(
    demonstration: Demonstration, server: Server, bad: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a good token nothing is completed, recorded or released; the next issuing goes on with the signature."""
    with serving(_bad_answers(demonstration)[bad]) as false:
        school = StampedSchool(demonstration, false.address)
        (waiting,) = school.issue().failed
    assert waiting.failure_code == "awaiting-time-stamp"
    assert waiting.failure is not None
    assert waiting.failure.vi.startswith("Đang chờ dấu thời gian")
    assert waiting.log_index is None
    assert school.work() == {".principal", ".principal-value"}
    school.configure(TIME_STAMP_URLS=server.address)
    signed: list[bytes] = []
    real = FileSigner.sign

    def sign(signer: FileSigner, data: bytes) -> bytes:
        signed.append(data)
        return real(signer, data)

    monkeypatch.setattr(FileSigner, "sign", sign)
    (pdf,) = school.released()
    # The seal's alone: the principal's had been made.
    assert len(signed) == 1
    assert demonstration.verify(pdf).verdict is VerdictCode.VALID
    assert None not in tokens(pdf)


def test_outage_holds_up_nobody(demonstration: Demonstration) -> None:
    """A class waits no longer than one document: an authority that failed is left alone, and asked again later."""
    with serving(lambda handler, _: send(handler, b"", 503)) as away:
        school = StampedSchool(demonstration, away.address, students=3)
        assert {one.failure_code for one in school.issue().failed} == {"awaiting-time-stamp"}
        assert len(away.asked) == 1
        school.clock.forward(minutes=1)
        assert len(school.issue().failed) == 3
        assert len(away.asked) == 2


@pytest.mark.parametrize("at", ["principal-stamp", "seal-stamp", "pdf"])
def test_crash_after_a_token_asks_for_no_second_one(
    school: StampedSchool, server: Server, at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped when a token, or the document, is on disk: the next run takes it, and signs nothing again."""

    def stopping(path: Path, content: bytes, **options: int) -> None:
        kept(path, content, **options)  # type: ignore[arg-type] # as they are
        if path.suffix == f".{at}":
            raise KeyboardInterrupt

    kept = replace_file
    with monkeypatch.context() as patch:
        for module in (signature_stamps, signing):
            patch.setattr(module, "replace_file", stopping)
        with pytest.raises(KeyboardInterrupt):
            school.issue()
    work = school.demonstration.data / "work"
    before = {path.suffix: path.read_bytes() for path in work.iterdir()}
    school.restart()
    (pdf,) = school.released()
    assert len(server.asked) == 2
    stamps = [before.get(f".{role}-stamp") for role in ("principal", "seal")]
    assert [token for token, was in zip(tokens(pdf), stamps, strict=True) if was and token != was] == []
    assert school.work() == set()


def test_token_over_another_value_is_not_taken(tmp_path: Path) -> None:
    """A kept token counts for the very value it is over; a damaged one is asked anew."""
    asked: list[bytes] = []

    def ask(imprint: bytes) -> bytes:
        asked.append(imprint)
        return b"a token"

    stamps, kept = SignatureStamps(frozenset(SignatureField), ask), tmp_path / "kept"
    assert stamps.token(kept, b"a value") == b"a token"
    assert stamps.token(kept, b"another value") == b"a token"
    assert asked == [sha256(value).digest() for value in (b"a value", b"another value")]


def test_changed_setting_prepares_anew(demonstration: Demonstration, server: Server) -> None:
    """What waits under the old setting is never completed at another level than the new one says."""
    with serving(lambda handler, _: send(handler, b"", 503)) as away:
        school = StampedSchool(demonstration, away.address)
        assert len(school.issue().failed) == 1
    school.configure(SIGNATURE_TIME_STAMPS="seal", TIME_STAMP_URLS=server.address)
    (pdf,) = school.released()
    first, second = tokens(pdf)
    assert first is None
    assert second is not None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"SIGNATURE_TIME_STAMPS": "principal director"}, "time-stamp-roles"),
        ({"TIME_STAMP_URLS": ""}, "time-stamp-unset"),
        ({"TIME_STAMP_URLS": "ftp://tsa.example.vn/"}, "time-stamp-address"),
    ],
)
def test_wrong_setting_refuses_before_anything_is_reserved(
    school: StampedSchool, changes: dict[str, str], code: str
) -> None:
    """A role nobody has, nobody to ask, a strange address: refused by name, in both languages."""
    before = len(school.demonstration.issuances())
    school.configure(**changes)
    with pytest.raises(ServiceError, match=code) as refusal:
        school.issue()
    assert refusal.value.text.vi != refusal.value.text.en
    assert len(school.demonstration.issuances()) == before


def test_other_tools_agree(school: StampedSchool, tmp_path: Path) -> None:
    """`openssl ts` accepts each token over its signature value, pdfsig and qpdf the file, pyHanko time and coverage."""
    (pdf,) = school.released()
    path, root, data, token = (tmp_path / name for name in ("signed.pdf", "root.pem", "value", "token"))
    path.write_bytes(pdf)
    root.write_bytes(TSA_ROOT.certificate.public_bytes(Encoding.PEM))
    for one in scan_signatures(pdf):
        cms = parse_cms(one.cms)
        data.write_bytes(cms.signature)
        token.write_bytes(cms.time_stamp or b"")
        said = _run(
            *("openssl", "ts", "-verify", "-token_in", "-in", str(token), "-data", str(data)),
            *("-CAfile", str(root), "-attime", str(int(school.clock().timestamp()))),
        )
        assert "Verification: OK" in said
    if shutil.which("pdfsig"):
        report = _run("pdfsig", "-nocert", str(path))
        assert report.count("Signature Validation: Signature is Valid.") == 2
    if shutil.which("qpdf"):
        assert "No syntax or stream encoding errors found" in _run("qpdf", "--check", str(path))
    trust = school.installation.trust
    anchors = [asn1.Certificate.load(one) for one in _ders(trust.anchors)]
    context = ValidationContext(trust_roots=anchors, allow_fetching=False, moment=school.clock())
    stamping = ValidationContext(
        trust_roots=[asn1.Certificate.load(TSA_ROOT.der)], allow_fetching=False, moment=school.clock()
    )
    for embedded in PdfFileReader(io.BytesIO(pdf)).embedded_signatures:
        status = validate_pdf_signature(embedded, context, ts_validation_context=stamping)
        assert status.bottom_line
        assert status.timestamp_validity is not None
        assert status.timestamp_validity.trusted
        assert status.timestamp_validity.timestamp == school.clock()


def test_authority_that_nobody_here_wrote(demonstration: Demonstration, tmp_path: Path) -> None:
    """Certomancer's responder stamps both signatures (RSA), and the file is valid at B-T."""
    start = demonstration.clock()
    tsa = Authority("tsa", start - dt.timedelta(days=1), start + dt.timedelta(days=365))
    folder = AuthorityFolder(tmp_path / "tsa", [tsa], start=start)
    believed = folder.trust(required_from=start)
    with folder.serving() as address:
        demonstration.clock.time = dt.datetime.now(dt.UTC).replace(microsecond=0)
        (pdf,) = StampedSchool(demonstration, f"{address}tsa", believed=believed).released()
    verdict = demonstration.verify(pdf)
    assert verdict.verdict is VerdictCode.VALID
    assert [one.level for one in verdict.signatures] == ["B-T", "B-T"]


def _ders(anchors: object) -> Iterator[bytes]:
    for group in anchors:  # type: ignore[attr-defined] # as the trust root has them
        yield from (base64.b64decode(one) for one in group.certificates)


def _run(*command: str) -> str:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_largest_token_leaves_room_for_the_proof() -> None:
    """With the largest token that is taken, and RSA-3072 certificates, the seal still has room for its proof."""
    signer = authority("rsa-3072-pss").signer
    field = SignatureField.SEAL
    prepared = prepare(unsigned_page(), field, signer, None, reserved=reserved_bytes(field, stamped=True))
    value = signer.sign(prepared.signed_attributes_der)
    largest = b"\x30\x82" + (MAX_STAMP_BYTES - 4).to_bytes(2) + bytes(MAX_STAMP_BYTES - 4)
    assert complete_signature(prepared, value, largest)
    with pytest.raises(ValueError, match="do not go together"):
        complete_signature(prepared, value)


def test_stamped_file_without_network_or_record(school: StampedSchool) -> None:
    """Offline the time stamp is checked all the same: signatures pass, and only what needs a record is unknown."""
    (pdf,) = school.released()
    verifier = Verifier(school.installation.trust, None, now=school.clock)
    verdict = verifier.file(pdf)
    verifier.close()
    statuses = {check.id: check.status for check in verdict.checks}
    assert statuses[CheckId.SIGNATURES] is CheckStatus.PASS
    assert [one.time_source for one in verdict.signatures] == ["timestamp"] * 2

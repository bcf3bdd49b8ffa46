"""What was just signed is held back wherever a verifier would refuse it, or could not tell."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from keys.record_key import RecordKey
from schemas.cms import format_cms, parse_cms
from schemas.cose import parse_sign1, sign1
from schemas.pdf_profile import SignatureField
from schemas.qr import QRAddress, parse_qr
from schemas.record.entry import Issued
from schemas.record.statement import Role
from schemas.transcript.model import parse_transcript
from schemas.verdict import VerdictCode
from service.demo import SCHOOL_YEAR
from service.errors import ServiceError
from service.sample import sample_class
from tests.support.demonstration import SCHOOL, Demonstration, with_cms
from tests.support.registrar import entries, retired
from verify.byte_scan import scan_signatures
from verify.findings import CheckFailedError, CheckUnknownError, FindingError
from verify.own_file import check_own_file
from verify.record_reader import RecordReader, RecordView


@dataclass(frozen=True)
class Own:
    """What is checked before an entry is written."""

    pdf: bytes
    data: bytes
    qr: QRAddress
    expected: Issued
    view: RecordView | None
    now: dt.datetime


def own(demonstration: Demonstration) -> Own:
    """Return a released document with its entry and data, as if it had just been signed."""
    issuance = demonstration.issuances()[0]
    assert issuance.log_index is not None
    view = RecordReader(demonstration.record, demonstration.installation.trust).view()
    entry = view.ledger.issued(issuance.log_index)
    assert entry is not None
    return Own(
        demonstration.pdf(), issuance.data, parse_qr(demonstration.qr()), entry, view, demonstration.clock()
    )


def check(one: Own, demonstration: Demonstration) -> None:
    """Check it."""
    check_own_file(
        one.pdf,
        parse_transcript(one.data),
        one.qr,
        one.expected,
        trust=demonstration.installation.trust,
        view=one.view,
        now=one.now,
    )


def _with_another_byte(pdf: bytes) -> bytes:
    """Return the file with one byte of its first page changed."""
    return pdf.replace(b"/MediaBox", b"/MediaBoy", 1)


def _sealed_by_nobody(one: Own) -> Own:
    """Return changed bytes with the entry that fits them: the seal was made over other bytes."""
    pdf = _with_another_byte(one.pdf)
    return replace(one, pdf=pdf, expected=replace(one.expected, pdf=scan_signatures(pdf)[-1].document_digest))


def _with_another_value(one: Own) -> Own:
    """Return the file with another value in the seal's gap, which no digest of the file covers."""
    cms = parse_cms(scan_signatures(one.pdf)[-1].cms)
    other = bytes((cms.signature[0] ^ 1,)) + cms.signature[1:]
    return replace(one, pdf=with_cms(one.pdf, SignatureField.SEAL, format_cms(replace(cms, signature=other))))


def _without_seal(pdf: bytes) -> bytes:
    return pdf[: pdf.index(b"%%EOF\n", pdf.index(b"/ByteRange")) + len(b"%%EOF\n")]


def _of_another_serial(qr: QRAddress) -> QRAddress:
    return replace(qr, serial=f"{'0' if qr.serial[0] != '0' else '1'}{qr.serial[1:]}")


def _by_another_key(qr: QRAddress) -> QRAddress:
    key = RecordKey.from_seed(b"\7" * 32)
    return replace(qr, payload=sign1(parse_sign1(qr.payload, "qr").payload, key.key_id, key.sign))


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        (lambda one: replace(one, pdf=_with_another_byte(one.pdf)), CheckFailedError),
        (lambda one: replace(one, pdf=_without_seal(one.pdf)), CheckFailedError),
        (lambda one: replace(one, pdf=one.pdf + b"\n"), CheckFailedError),
        (_sealed_by_nobody, CheckFailedError),
        (_with_another_value, CheckFailedError),
        (lambda one: replace(one, expected=replace(one.expected, pdf=bytes(32))), CheckFailedError),
        (lambda one: replace(one, expected=replace(one.expected, data=bytes(32))), CheckFailedError),
        (lambda one: replace(one, expected=replace(one.expected, sid=bytes(16))), CheckFailedError),
        (lambda one: replace(one, expected=replace(one.expected, profile=2)), CheckFailedError),
        (lambda one: replace(one, qr=_of_another_serial(one.qr)), CheckFailedError),
        (lambda one: replace(one, qr=_by_another_key(one.qr)), CheckFailedError),
        (lambda one: replace(one, view=None), CheckUnknownError),
    ],
    ids=[
        "byte-changed", "seal-cut-off", "byte-appended", "seal-over-other-bytes", "other-signature-value",
        "entry-of-another-file", "entry-of-other-data",
        "entry-of-another-serial", "signature-of-the-profile-missing", "qr-of-another-serial",
        "qr-by-another-key", "no-record",
    ],
)  # fmt: skip
def test_what_a_verifier_would_refuse_is_held_back(
    released: Demonstration, change: Callable[[Own], Own], refusal: type[FindingError]
) -> None:
    """Each single fault is refused, and the same file without it passes."""
    sound = own(released)
    check(sound, released)
    with pytest.raises(refusal):
        check(change(sound), released)


def test_signature_outside_its_certificates_life_is_held_back(released: Demonstration) -> None:
    """An entry dated after the certificates' end is never written."""
    sound = own(released)
    late = sound.expected.time + 10 * 365 * 86_400
    with pytest.raises(FindingError):
        check(replace(sound, expected=replace(sound.expected, time=late)), released)


def test_seal_that_the_registrar_retired_issues_nothing(demonstration: Demonstration) -> None:
    """A retired seal refuses the batch by name, before anything is reserved: no entry, no file, a reason to read."""
    demonstration.append(retired(demonstration, Role.SEAL))
    before = entries(demonstration)
    workbook = sample_class(1, class_name="6B", first_student=101)
    assert demonstration.installation.import_workbook(workbook, SCHOOL_YEAR, dry_run=False).ok
    with pytest.raises(ServiceError) as refusal:
        demonstration.installation.issue(SCHOOL, SCHOOL_YEAR, class_name="6B")
    assert refusal.value.code == "signer-retired"
    assert entries(demonstration) == before
    assert len(list((demonstration.data / "issued").glob("*.pdf"))) == 3
    assert demonstration.verify(demonstration.pdf()).verdict is VerdictCode.VALID

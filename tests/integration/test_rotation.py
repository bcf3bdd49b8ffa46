"""A certificate or QR key replaced while a batch runs: every document is issued once, by whoever may sign for it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from pypdf import PdfReader

from keys.ceremony import PERSONAL_ANCHORS, SEAL_ANCHORS
from keys.certificates import CertificateKind, make_certificate
from keys.keyring import DocumentRole, RecordRole, record_key_path, signer_path
from keys.record_key import RecordKey
from schemas.record.entry import Issued
from schemas.record.statement import KeyState, Role
from schemas.verdict import VerdictCode
from service import issuing
from service.demo import SCHOOL_YEAR
from service.errors import ServiceError
from service.issuing import released_path
from service.sample import sample_class
from service.self_check import qr_codes
from service.storage.log_store import LogStore
from service.storage.records import State
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.keys import make_key
from tests.support.registrar import entries, last_statement, statement

_DOCUMENT_ROLES = {
    Role.PRINCIPAL: (DocumentRole.PRINCIPAL, PERSONAL_ANCHORS),
    Role.SEAL: (DocumentRole.SEAL, SEAL_ANCHORS),
}
STUDENTS = 5


def rotate(demonstration: Demonstration, role: Role) -> None:
    """Put a new key in place, register it, and retire the old one."""
    last = last_statement(entries(demonstration), role)
    if role is Role.CREDENTIAL:
        new = statement(demonstration, last, public_key=_new_record_key(demonstration), number=1)
    else:
        new = statement(demonstration, last, thumbprint=_new_certificate(demonstration, role), number=1)
    demonstration.append(new, statement(demonstration, last, state=KeyState.RETIRED))


def _new_certificate(demonstration: Demonstration, role: Role) -> bytes:
    """Replace the key file of a school's principal or seal by one of the same authority; return its thumbprint."""
    document_role, anchors = _DOCUMENT_ROLES[role]
    keys = demonstration.data / "keys"
    passphrase = (keys / "passphrase").read_bytes().strip()
    authority_key, authority, above = pkcs12.load_key_and_certificates(
        (keys / "offline" / f"{anchors}-ca.p12").read_bytes(), passphrase
    )
    path = signer_path(keys, document_role, SCHOOL)
    _, old, _ = pkcs12.load_key_and_certificates(path.read_bytes(), passphrase)
    assert authority_key is not None
    assert authority is not None
    assert old is not None
    key = make_key("p-256")
    certificate = make_certificate(
        CertificateKind.SUBSCRIBER,
        subject=old.subject,
        key=key,
        issuer=authority,
        issuer_key=authority_key,  # type: ignore[arg-type] # one of the demonstration's own kinds
        now=demonstration.clock(),
    )
    path.write_bytes(
        pkcs12.serialize_key_and_certificates(
            None, key, certificate, [authority, *above], BestAvailableEncryption(passphrase)
        )
    )
    return certificate.fingerprint(SHA256())


def _new_record_key(demonstration: Demonstration) -> bytes:
    """Replace the key of the QR codes; return the new public key."""
    keys = demonstration.data / "keys"
    key = RecordKey.from_seed(Ed25519PrivateKey.generate().private_bytes_raw())
    path = record_key_path(keys, RecordRole.CREDENTIAL)
    path.write_bytes(key.to_pem((keys / "passphrase").read_bytes().strip()))
    return key.public_key


@pytest.fixture
def waiting(demonstration: Demonstration, monkeypatch: pytest.MonkeyPatch) -> Demonstration:
    """A class of five that waits to be issued, in chunks of two."""
    monkeypatch.setattr(issuing, "CHUNK", 2)
    workbook = sample_class(STUDENTS, class_name="6B", first_student=101)
    assert demonstration.installation.import_workbook(workbook, SCHOOL_YEAR, dry_run=False).ok
    return demonstration


def check_issued_once(demonstration: Demonstration) -> None:
    """Check that each of the class has one entry, and one file that verifies, on paper too."""
    report = demonstration.installation.issue(SCHOOL, SCHOOL_YEAR, class_name="6B")
    assert [(one.state, one.failure) for one in report.issuances] == [(State.RELEASED, None)] * STUDENTS
    everybody = demonstration.issuances()
    assert sum(isinstance(entry, Issued) for entry in entries(demonstration)) == len(everybody)
    for issuance in everybody:
        pdf = released_path(demonstration.data / "issued", issuance).read_bytes()
        assert demonstration.verify(pdf).verdict is VerdictCode.VALID
        assert _verify_printed(demonstration, pdf) is VerdictCode.RECORDED
    assert list((demonstration.data / "work").iterdir()) == []


@pytest.mark.parametrize("role", [Role.PRINCIPAL, Role.SEAL, Role.CREDENTIAL])
def test_rotation_between_chunks_loses_nothing(waiting: Demonstration, role: Role) -> None:
    """The rest of the batch is signed by the new key; what was issued before stays good."""

    def advance(done: int, _total: int) -> None:
        if done == 2:
            rotate(waiting, role)

    report = waiting.installation.issue(SCHOOL, SCHOOL_YEAR, class_name="6B", progress=advance)
    assert len(report.released) == STUDENTS
    check_issued_once(waiting)


@pytest.mark.parametrize("role", [Role.PRINCIPAL, Role.SEAL, Role.CREDENTIAL])
def test_rotation_between_check_and_record_loses_nothing(
    waiting: Demonstration, role: Role, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Documents that were checked against an older record than the one they would enter are checked again."""
    append, rotations = LogStore.append, list[Role]()

    def append_later(
        store: LogStore, items: Sequence[tuple[str, bytes]], *, checked_at: int | None = None
    ) -> list[int]:
        if checked_at is not None and not rotations:
            rotations.append(role)
            rotate(waiting, role)
        return append(store, items, checked_at=checked_at)

    monkeypatch.setattr(LogStore, "append", append_later)
    report = waiting.installation.issue(SCHOOL, SCHOOL_YEAR, class_name="6B")
    assert (rotations, len(report.released)) == ([role], STUDENTS)
    check_issued_once(waiting)


@pytest.mark.parametrize("role", [Role.PRINCIPAL, Role.SEAL, Role.CREDENTIAL])
def test_rotation_after_a_crash_loses_nothing(
    waiting: Demonstration, role: Role, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was signed before the crash and never recorded is signed by the new key."""
    with monkeypatch.context() as patch:
        patch.setattr(LogStore, "append", _die)
        with pytest.raises(_StoppedError):
            waiting.installation.issue(SCHOOL, SCHOOL_YEAR, class_name="6B")
    assert _signed_files(waiting) != []
    rotate(waiting, role)
    check_issued_once(waiting)


def test_damaged_work_is_made_anew(waiting: Demonstration, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes that a disk lost between signing and recording cost nothing: the document is signed once more."""
    with monkeypatch.context() as patch:
        patch.setattr(LogStore, "append", _die)
        with pytest.raises(_StoppedError):
            waiting.installation.issue(SCHOOL, SCHOOL_YEAR, class_name="6B")
    first, second = _signed_files(waiting)
    first.write_bytes(first.read_bytes()[:-1])
    second.with_suffix(".seal").write_bytes(b"")
    check_issued_once(waiting)


def test_retired_seal_without_another_waits_for_one(waiting: Demonstration) -> None:
    """Nobody may sign: nothing is issued, with the reason; with a new certificate everything is."""
    last = last_statement(entries(waiting), Role.SEAL)
    waiting.append(statement(waiting, last, state=KeyState.RETIRED))
    with pytest.raises(ServiceError) as refusal:
        waiting.installation.issue(SCHOOL, SCHOOL_YEAR, class_name="6B")
    assert refusal.value.code == "signer-retired"
    thumbprint = _new_certificate(waiting, Role.SEAL)
    waiting.append(statement(waiting, last, thumbprint=thumbprint, number=1))
    check_issued_once(waiting)


def _verify_printed(demonstration: Demonstration, pdf: bytes) -> VerdictCode:
    """Return the verdict on the QR code of the first page."""
    (code,) = qr_codes(PdfReader(io.BytesIO(pdf)).pages[0])
    verifier = demonstration.verifier()
    try:
        return verifier.qr(code).verdict
    finally:
        verifier.close()


class _StoppedError(Exception):
    """Stands for the power cut."""


def _die(*_: object, **__: object) -> list[int]:
    raise _StoppedError


def _signed_files(demonstration: Demonstration) -> list[Path]:
    return sorted((demonstration.data / "work").glob("*.pdf"))

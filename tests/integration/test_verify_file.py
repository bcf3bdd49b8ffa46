"""What a file is told: every way in which somebody may spoil or forge one, and the verdict it earns."""

from __future__ import annotations

import io
from dataclasses import replace

import pikepdf
import pytest

from schemas.cms import format_cms, parse_cms
from schemas.pdf_profile import SignatureField
from schemas.record.entry import Issued, Relation, RevocationClass, Revoked
from schemas.record.fields import Reference
from schemas.record.proof import format_proof
from schemas.verdict import CheckId, CheckStatus, Verdict, VerdictCode
from tests.support.demonstration import SCHOOL, Demonstration, gap_of, with_cms
from tests.support.forged import signed_but_not_recorded
from tests.support.keys import authority
from tests.support.sample_pdf import make_panel
from verify.byte_scan import scan_signatures
from verify.transcript import MAX_FILE_BYTES

SEAL = SignatureField.SEAL


def status(verdict: Verdict, check: CheckId) -> CheckStatus:
    """Return the status of one check."""
    return next(one.status for one in verdict.checks if one.id is check)


def with_proof(demonstration: Demonstration, pdf: bytes, *, of: int = 0) -> bytes:
    """Return the file with the inclusion proof of an issuance in its seal."""
    index = demonstration.issuances()[of].log_index
    assert index is not None
    proof = format_proof(demonstration.installation.sequencer.prove(index))
    cms = parse_cms(scan_signatures(pdf)[-1].cms)
    return with_cms(pdf, SEAL, format_cms(replace(cms, proof=proof)))


def entry_of(demonstration: Demonstration, number: int = 0) -> tuple[int, Issued]:
    """Return the entry of an issuance and its index."""
    index = demonstration.issuances()[number].log_index
    verifier = demonstration.verifier()
    view = verifier.view()
    verifier.close()
    assert view is not None
    assert index is not None
    issued = view.ledger.issued(index)
    assert issued is not None
    return index, issued


@pytest.mark.parametrize("place", [0, 1])
def test_certificate_of_a_version_that_is_none(place: int, released: Demonstration) -> None:
    """A certificate with an impossible version, the signer's or an issuer's, refuses the file and breaks nothing."""
    pdf = released.pdf()
    certificate = parse_cms(scan_signatures(pdf)[-1].cms).certificates[place]
    changed = certificate.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x03", 1)
    cms = scan_signatures(pdf)[-1].cms.replace(certificate, changed)
    verdict = released.verify(with_cms(pdf, SEAL, cms))
    assert verdict.verdict is (VerdictCode.ALTERED, VerdictCode.UNTRUSTED_ISSUER)[place]


def test_released_file_is_valid(released: Demonstration) -> None:
    """A released transcript passes all seven checks, shows its content and says TEST."""
    verdict = released.verify(released.pdf())
    assert verdict.verdict is VerdictCode.VALID
    assert {check.status for check in verdict.checks} == {CheckStatus.PASS}
    assert [check.id for check in verdict.checks] == list(CheckId)
    assert verdict.test
    assert verdict.document is not None
    assert [one.role for one in verdict.signatures] == ["Hiệu trưởng", "Con dấu của trường"]


def test_any_changed_byte_is_never_valid(released: Demonstration) -> None:
    """One bit flipped anywhere that a seal covers makes the file altered, and nothing of it is shown."""
    pdf = released.pdf()
    start, end = gap_of(pdf, SEAL)
    positions = [position for position in range(9, len(pdf), len(pdf) // 40) if not start <= position < end]
    for position in positions:
        altered = pdf[:position] + bytes([pdf[position] ^ 1]) + pdf[position + 1 :]
        verdict = released.verify(altered)
        assert verdict.verdict is VerdictCode.ALTERED, position
        assert (verdict.document, verdict.signatures, verdict.record) == (None, (), None)


@pytest.mark.parametrize("tail", [b"\n", b"%", b"\x00", b"\n%%EOF\n"])
def test_bytes_after_the_end_are_refused(released: Demonstration, tail: bytes) -> None:
    """A file that goes on after the seal is altered, even by a newline."""
    assert released.verify(released.pdf() + tail).verdict is VerdictCode.ALTERED


def test_seal_cut_off_is_unrecorded(released: Demonstration) -> None:
    """Cut back to the principal's revision, a file is signed but was never issued."""
    pdf = released.pdf()
    assert released.verify(pdf[: scan_signatures(pdf)[0].end]).verdict is VerdictCode.UNRECORDED


def test_page_without_signatures_is_altered(released: Demonstration) -> None:
    """Data of ours without any signature are nothing but altered."""
    pdf = released.pdf()
    page = pdf[: pdf.index(b"%%EOF\n") + 6]
    assert released.verify(page).verdict is VerdictCode.ALTERED


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9, 0.999])
def test_truncated_file_is_refused(released: Demonstration, share: float) -> None:
    """A file that lacks its end is altered or unreadable."""
    pdf = released.pdf()
    verdict = released.verify(pdf[: int(len(pdf) * share)])
    assert verdict.verdict in {VerdictCode.ALTERED, VerdictCode.UNREADABLE}


@pytest.mark.parametrize("data", [b"", b"\x00" * 1000, b"PK\x03\x04 a workbook", b"%PDF-1.7\n"])
def test_what_is_no_pdf_is_unreadable(released: Demonstration, data: bytes) -> None:
    """Nothing, zeros, another kind of file and an empty shell are unreadable."""
    assert released.verify(data).verdict is VerdictCode.UNREADABLE


def test_too_large_file_is_unreadable(released: Demonstration) -> None:
    """A file over the limit is not looked into at all."""
    assert released.verify(bytes(MAX_FILE_BYTES + 1)).verdict is VerdictCode.UNREADABLE


def test_foreign_pdf_is_not_a_transcript(released: Demonstration) -> None:
    """A PDF without fields and data of ours is not a transcript."""
    assert released.verify(make_panel("Giấy mời họp")).verdict is VerdictCode.NOT_A_TRANSCRIPT


def test_encrypted_file_is_refused(released: Demonstration) -> None:
    """A transcript saved with a password is not the file that was issued."""
    encrypted = io.BytesIO()
    with pikepdf.open(io.BytesIO(released.pdf())) as pdf:
        pdf.save(encrypted, encryption=pikepdf.Encryption(owner="a", user="b"))
    verdict = released.verify(encrypted.getvalue())
    assert verdict.verdict in {VerdictCode.ALTERED, VerdictCode.UNREADABLE}


def test_saved_anew_is_altered(released: Demonstration) -> None:
    """Opening a transcript and saving it anew breaks its signatures."""
    saved = io.BytesIO()
    with pikepdf.open(io.BytesIO(released.pdf())) as pdf:
        pdf.save(saved)
    assert released.verify(saved.getvalue()).verdict is VerdictCode.ALTERED


def test_strangers_signature_in_the_gap_is_untrusted(released: Demonstration) -> None:
    """Another person's sound signature over the issued bytes does not make the file valid."""
    pdf = released.pdf()
    stranger = authority("p-256").signer
    digest = scan_signatures(pdf)[-1].document_digest
    seal = parse_cms(scan_signatures(pdf)[-1].cms)
    theirs = replace(seal, certificates=_ders(stranger.certificate, *stranger.chain), algorithm="ecdsa-p256")
    signed = replace(theirs, signature=stranger.sign(theirs.signed_attributes))
    assert signed.document_digest == digest
    verdict = released.verify(with_cms(pdf, SEAL, format_cms(signed)))
    assert verdict.verdict is VerdictCode.UNTRUSTED_ISSUER


def test_idle_bytes_in_the_gap_are_refused(released: Demonstration) -> None:
    """Bytes behind the signature, capital digits and a needless certificate each make the file altered."""
    pdf = released.pdf()
    start, end = gap_of(pdf, SEAL)
    cms = parse_cms(scan_signatures(pdf)[-1].cms)
    idle = replace(cms, certificates=(*cms.certificates, *_ders(authority("p-256").root)))
    spoiled = [
        pdf[: end - 2] + b"01" + pdf[end:],
        pdf[:start] + pdf[start:end].upper() + pdf[end:],
        with_cms(pdf, SEAL, format_cms(idle)),
    ]
    assert [released.verify(each).verdict for each in spoiled] == [VerdictCode.ALTERED] * 3


def test_stolen_seal_makes_only_unrecorded(demonstration: Demonstration) -> None:
    """A document signed with the school's own keys but never recorded is unrecorded once the record is newer."""
    forged = signed_but_not_recorded(demonstration)
    assert demonstration.verify(forged).verdict is VerdictCode.UNCONFIRMED
    demonstration.clock.forward(minutes=11)
    demonstration.installation.publish()
    assert demonstration.verify(forged).verdict is VerdictCode.UNRECORDED


def test_offline_is_unconfirmed(released: Demonstration) -> None:
    """Without a record a file is never valid, with its proof or without."""
    pdf = released.pdf()
    for each in (pdf, with_proof(released, pdf)):
        assert released.verify(each, record=False).verdict is VerdictCode.UNCONFIRMED


def test_old_record_is_unconfirmed(demonstration: Demonstration) -> None:
    """A copy of the record older than a day says nothing of today."""
    demonstration.clock.forward(hours=25)
    verdict = demonstration.verify(demonstration.pdf())
    assert verdict.verdict is VerdictCode.UNCONFIRMED
    assert status(verdict, CheckId.STATUS) is CheckStatus.UNKNOWN


@pytest.mark.parametrize("pattern", ["checkpoint", "status-list/1/*", "tile/entries/**/*"])
def test_removing_from_the_record_never_makes_valid(demonstration: Demonstration, pattern: str) -> None:
    """Without checkpoint, status list or entries a file is unconfirmed."""
    for path in demonstration.record.glob(pattern):
        if path.is_file():
            path.unlink()
    assert demonstration.verify(demonstration.pdf()).verdict is VerdictCode.UNCONFIRMED


@pytest.mark.parametrize("pattern", ["checkpoint", "status-list/1/*", "tile/entries/**/*"])
def test_damaging_the_record_never_makes_valid(demonstration: Demonstration, pattern: str) -> None:
    """A changed byte in checkpoint, status list or entries leaves a file unconfirmed."""
    for path in demonstration.record.glob(pattern):
        if path.is_file():
            data = path.read_bytes()
            path.write_bytes(data[:100] + bytes([data[100] ^ 1]) + data[101:])
    assert demonstration.verify(demonstration.pdf()).verdict is VerdictCode.UNCONFIRMED


def test_embedded_proof_passes(released: Demonstration) -> None:
    """A file that carries its own proof is valid, and recorded by it alone."""
    pdf = with_proof(released, released.pdf())
    assert released.verify(pdf).verdict is VerdictCode.VALID
    assert status(released.verify(pdf, record=False), CheckId.RECORDED) is CheckStatus.PASS


def test_proof_of_another_file_is_altered(released: Demonstration) -> None:
    """A proof that proves some other document was put there by somebody."""
    assert released.verify(with_proof(released, released.pdf(), of=1)).verdict is VerdictCode.ALTERED


def test_revoked_is_revoked_however_old_the_record(demonstration: Demonstration) -> None:
    """A revocation counts, in a fresh record and in an old one."""
    index, issued = entry_of(demonstration)
    time = int(demonstration.clock().timestamp())
    demonstration.append(Revoked(time, SCHOOL, Reference(index), RevocationClass.ERROR))
    verdict = demonstration.verify(demonstration.pdf())
    assert verdict.verdict is VerdictCode.REVOKED
    assert verdict.record is not None
    assert (verdict.record.status, verdict.record.revoked_class) == ("revoked", "error")
    demonstration.clock.forward(hours=48)
    assert demonstration.verify(demonstration.pdf()).verdict is VerdictCode.REVOKED
    assert issued.school == SCHOOL


def test_strangers_revocation_counts_for_nothing(demonstration: Demonstration) -> None:
    """Another school cannot revoke a document."""
    index, _ = entry_of(demonstration)
    time = int(demonstration.clock().timestamp())
    demonstration.append(Revoked(time, "OTHER", Reference(index), RevocationClass.ERROR))
    assert demonstration.verify(demonstration.pdf()).verdict is VerdictCode.VALID


@pytest.mark.parametrize(
    ("relation", "expected"),
    [(Relation.CORRECTS, VerdictCode.SUPERSEDED), (Relation.CONTINUES, VerdictCode.VALID)],
)
def test_later_documents(demonstration: Demonstration, relation: Relation, expected: VerdictCode) -> None:
    """A corrected document is superseded; a continued one stays valid, with a note."""
    index, issued = entry_of(demonstration)
    demonstration.append(
        replace(
            issued,
            sid=bytes(32),
            pdf=bytes(32),
            status_index=7,
            relation=relation,
            reference=Reference(index),
        )
    )
    verdict = demonstration.verify(demonstration.pdf())
    assert verdict.verdict is expected
    assert any("năm học mới" in note.vi for note in verdict.notes) is (relation is Relation.CONTINUES)


@pytest.mark.parametrize(
    ("profile", "expected"),
    [(1, VerdictCode.VALID), (2, VerdictCode.UNRECORDED), (99, VerdictCode.UNCONFIRMED)],
)
def test_profile_says_who_must_have_signed(
    profile: int, expected: VerdictCode, demonstration: Demonstration
) -> None:
    """Two signatures do not do for a profile with three, and a profile that is not known here allows no conclusion."""
    pdf = signed_but_not_recorded(demonstration)
    _, issued = entry_of(demonstration)
    digest = scan_signatures(pdf)[-1].document_digest
    demonstration.append(replace(issued, sid=bytes(32), pdf=digest, status_index=7, profile=profile))
    verifier = demonstration.verifier()
    verdict = verifier.known_file(pdf)
    verifier.close()
    assert verdict.verdict is expected


def test_record_that_shrinks_is_not_believed(demonstration: Demonstration) -> None:
    """A reader that saw a newer record keeps it, and says so, when an older one is put in its place."""
    old = (demonstration.record / "checkpoint").read_bytes()
    index, _ = entry_of(demonstration)
    time = int(demonstration.clock().timestamp())
    demonstration.append(Revoked(time, SCHOOL, Reference(index), RevocationClass.OTHER))
    verifier = demonstration.verifier()
    assert verifier.file(demonstration.pdf()).verdict is VerdictCode.REVOKED
    (demonstration.record / "checkpoint").write_bytes(old)
    verdict = verifier.file(demonstration.pdf())
    verifier.close()
    assert verdict.verdict is VerdictCode.REVOKED
    assert any("không nối tiếp" in note.vi for note in verdict.notes)


def _ders(*certificates: object) -> tuple[bytes, ...]:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    return tuple(
        each.public_bytes(Encoding.DER) for each in certificates if isinstance(each, x509.Certificate)
    )

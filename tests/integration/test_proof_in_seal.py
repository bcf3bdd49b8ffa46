"""The proof in the seal: what it may change in a file, where a crash leaves it, and what it says without a record."""

from __future__ import annotations

import json

import pytest

from keys.pdf_signature import add_proof, complete_signature
from keys.signer import KeysError
from schemas.cms import parse_cms
from schemas.pdf_profile import RESERVED_BYTES, SignatureField
from schemas.record.proof import parse_proof
from schemas.verdict import CheckId, CheckStatus, VerdictCode
from service.demo import SCHOOL_YEAR
from service.issuing import released_path
from service.sample import sample_class
from service.signing import WorkFolder
from tests.support.commands import run
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.keys import authority, prepare
from tests.support.signed_pages import unsigned_page
from verify.byte_scan import scan_signatures
from verify.verifier import Verifier

PROOF = b"c2sp.org/tlog-proof@v1\n".ljust(1500, b"x")


def sealed(*, reserved: int = RESERVED_BYTES[SignatureField.SEAL]) -> bytes:
    """Return the page with a seal that has no proof yet."""
    signer = authority("rsa-2048-pkcs1v15").signer
    prepared = prepare(unsigned_page(), SignatureField.SEAL, signer, None, reserved=reserved)
    return complete_signature(prepared, signer.sign(prepared.signed_attributes_der))


def proof_in(pdf: bytes) -> bytes:
    """Return the proof in a file's seal."""
    proof = parse_cms(scan_signatures(pdf)[-1].cms).proof
    assert proof is not None
    return proof


def test_only_the_gap_of_the_seal_changes() -> None:
    """Length, byte range and every signed byte stay; asked again, the bytes are the same."""
    before = sealed()
    after = add_proof(before, PROOF)
    start = before.rindex(b"/Contents <") + len(b"/Contents ")
    end = before.index(b">", start) + 1
    assert len(after) == len(before)
    assert (after[:start], after[end:]) == (before[:start], before[end:])
    assert after != before
    assert add_proof(before, PROOF) == after == add_proof(after, PROOF)


def test_proof_that_does_not_fit_is_refused() -> None:
    """A proof larger than the room is refused by name, and nothing is cut."""
    with pytest.raises(KeysError) as refusal:
        add_proof(sealed(), b"x" * RESERVED_BYTES[SignatureField.SEAL])
    assert refusal.value.code == "proof-too-large"


def test_seal_without_room_for_its_proof_is_refused_before_it_is_recorded() -> None:
    """A seal whose own CMS would leave too little is refused when it is completed."""
    with pytest.raises(KeysError) as refusal:
        sealed(reserved=6_000)
    assert refusal.value.code == "cms-too-large"


@pytest.mark.parametrize(
    "pdf", [b"", b"%PDF-1.7\n/ByteRange [0 1 2 3]", b"%PDF-1.7\n/ByteRange [0 9 4 3] <00>"]
)
def test_what_is_not_sealed_takes_no_proof(pdf: bytes) -> None:
    """A file without our signature is refused, never patched."""
    with pytest.raises(KeysError) as refusal:
        add_proof(pdf, PROOF)
    assert refusal.value.code == "pdf-unsignable"


def test_released_file_proves_its_own_entry(released: Demonstration) -> None:
    """The seal of each released file holds the proof of its own entry, under a checkpoint that covers it."""
    for number, issuance in enumerate(released.issuances()):
        assert parse_proof(proof_in(released.pdf(number))).index == issuance.log_index


def test_file_alone_says_that_it_is_recorded(released: Demonstration) -> None:
    """Offline: integrity, signers and recorded pass, with the proof's time; status is unknown, so nothing is green."""
    verifier = Verifier(released.installation.trust, None, now=released.clock)
    verdict = verifier.file(released.pdf())
    verifier.close()
    statuses = {check.id: check.status for check in verdict.checks}
    assert verdict.verdict is VerdictCode.UNCONFIRMED
    assert {one for one, status in statuses.items() if status is CheckStatus.PASS} >= {
        CheckId.READABLE, CheckId.STRUCTURE, CheckId.SIGNATURES, CheckId.CONTENT, CheckId.RECORDED,
    }  # fmt: skip
    assert statuses[CheckId.STATUS] is CheckStatus.UNKNOWN
    assert any("proves by itself that it was recorded, by " in note.en for note in verdict.notes)


def test_command_says_so_in_words(released: Demonstration) -> None:
    """`hocba-verify --offline FILE` needs the file and the trust root alone."""
    file = released_path(released.data / "issued", released.issuances()[0])
    shown = run("hocba-verify", file, "--trust", released.trust_file, "--offline")
    assert shown.returncode == VerdictCode.UNCONFIRMED.exit_code
    assert "Tệp tự chứng minh đã được ghi vào sổ cấp" in shown.stdout
    answered = json.loads(
        run("hocba-verify", file, "--trust", released.trust_file, "--offline", "--json").stdout
    )
    assert answered["record"]["index"] == released.issuances()[0].log_index


def test_proof_moved_to_another_file_is_refused(released: Demonstration) -> None:
    """A good proof of another document in this seal proves that somebody put it there."""
    verdict = released.verify(add_proof(released.pdf(0), proof_in(released.pdf(1))))
    assert verdict.verdict is VerdictCode.ALTERED


@pytest.mark.parametrize("point", ["proven", "released"])
def test_crash_around_the_release_changes_no_released_byte(
    demonstration: Demonstration, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped once the proof is on disk, or once released: the next run gives the same file, with its first proof."""
    installation = demonstration.installation
    workbook = sample_class(1, class_name="6B", first_student=101)
    assert installation.import_workbook(workbook, SCHOOL_YEAR, dry_run=False).ok
    made = WorkFolder.prove if point == "proven" else WorkFolder.release

    def made_and_stopped(work: WorkFolder, *arguments: object) -> None:
        made(work, *arguments)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(WorkFolder, made.__name__, made_and_stopped)
        with pytest.raises(KeyboardInterrupt):
            installation.issue(SCHOOL, SCHOOL_YEAR, class_name="6B")
    found = {*(demonstration.data / "work").glob("*.proven"), *(demonstration.data / "issued").glob("*.pdf")}
    (before,) = (file.read_bytes() for file in found if file.read_bytes() not in _known(demonstration))
    demonstration.clock.forward(minutes=5)
    demonstration.installation.publish()
    (issuance,) = demonstration.installation.issue(SCHOOL, SCHOOL_YEAR, class_name="6B").released
    assert released_path(demonstration.data / "issued", issuance).read_bytes() == before
    assert demonstration.verify(before).verdict is VerdictCode.VALID
    assert list((demonstration.data / "work").iterdir()) == []


def _known(demonstration: Demonstration) -> list[bytes]:
    return [demonstration.pdf(number) for number in range(3)]

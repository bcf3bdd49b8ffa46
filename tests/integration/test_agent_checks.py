"""What the agent finds out itself before it signs: a server that lies gets no signature."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from keys.agent.certificate import read_certificate
from keys.agent.prepared import Checked, Item, Listed, check_prepared
from keys.agent.refusals import AgentError, printable
from keys.agent.server import Address
from keys.agent.store import Made, Pairing, Store
from keys.keyring import DocumentRole
from keys.pdf_signature import PreparedSignature, complete_signature, prepare_signature
from keys.signer import SignatureAlgorithm
from schemas.cms import format_signed_attributes
from schemas.pdf_profile import SignatureField
from schemas.transcript.model import parse_transcript
from service.demo import SCHOOL_YEAR
from service.sample import sample_class
from service.signers.awaited_signatures import AwaitedSignatures
from service.signers.brought_signatures import BroughtSignatures
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.office import keep_certificate


@pytest.fixture
def waiting(demonstration: Demonstration) -> list[tuple[PreparedSignature, Listed]]:
    """Two documents that wait for the principal, with what the list says of them."""
    workbook = sample_class(2, class_name="6B", first_student=101)
    installation = demonstration.installation
    assert installation.import_workbook(workbook, SCHOOL_YEAR, dry_run=False).ok
    keep_certificate(demonstration, DocumentRole.PRINCIPAL)
    installation.issue(SCHOOL, SCHOOL_YEAR, class_name="6B")
    awaited = AwaitedSignatures(
        installation.register, BroughtSignatures(demonstration.data / "work"), demonstration.clock
    )
    found = awaited.claim(SCHOOL, [one.issuance.id for one in awaited.all(SCHOOL)], "one")
    assert len(found) == 2
    return [(one.prepared, _listed(one.issuance.id, one.issuance.data)) for one in found]


def _listed(document: str, data: bytes) -> Listed:
    learner = parse_transcript(data).learner
    return Listed(
        document, SignatureField.PRINCIPAL, SCHOOL_YEAR, "6B", learner.student_code, learner.full_name
    )


def _der(prepared: PreparedSignature) -> bytes:
    return prepared.certificate.public_bytes(Encoding.DER)


def _item(prepared: PreparedSignature, listed: Listed, *, attributes: bytes | None = None) -> Item:
    """Return what a server says, consistent in itself."""
    attributes = attributes or prepared.signed_attributes_der
    return Item(
        document=listed.document,
        item=sha256(attributes).hexdigest(),
        field=str(prepared.field),
        algorithm=prepared.algorithm.value,
        certificate=sha256(_der(prepared)).hexdigest(),
        signed_attributes=attributes,
    )


def _check(
    pdf: bytes,
    item: Item,
    listed: Listed,
    certificate: bytes,
    *,
    school: str = SCHOOL,
    before: str | None = None,
) -> Checked:
    return check_prepared(pdf, item, listed, school=school, certificate=certificate, before=before)


def _code(pdf: bytes, item: Item, listed: Listed, certificate: bytes, *, school: str = SCHOOL) -> str:
    with pytest.raises(AgentError) as refusal:
        _check(pdf, item, listed, certificate, school=school)
    return refusal.value.code


def test_honest_file(waiting: list[tuple[PreparedSignature, Listed]]) -> None:
    """The digest and the attributes that the agent computes are those of the service."""
    for prepared, listed in waiting:
        checked = _check(prepared.pdf, _item(prepared, listed), listed, _der(prepared))
        assert checked.signed_attributes == prepared.signed_attributes_der
        assert checked.document_digest == prepared.document_digest.hex()


def test_file_whose_digest_differs(waiting: list[tuple[PreparedSignature, Listed]]) -> None:
    """A file with one changed byte, at its beginning or its end, is not what the server wants signed."""
    prepared, listed = waiting[0]
    for place in (20, -3):
        pdf = bytearray(prepared.pdf)
        pdf[place] ^= 1
        assert _code(bytes(pdf), _item(prepared, listed), listed, _der(prepared)) == "agent-digest-differs"


def test_attributes_of_other_bytes(waiting: list[tuple[PreparedSignature, Listed]]) -> None:
    """Signed attributes of another document, or of any digest at all, are refused beside this file."""
    (prepared, listed), (other, _) = waiting
    forged = format_signed_attributes(_der(prepared), sha256(b"anything").digest())
    for attributes in (other.signed_attributes_der, forged, b"anything"):
        item = _item(prepared, listed, attributes=attributes)
        assert _code(prepared.pdf, item, listed, _der(prepared)) == "agent-digest-differs"


def test_document_of_another_student(waiting: list[tuple[PreparedSignature, Listed]]) -> None:
    """The file of somebody else, consistent in itself, is not the one that the person was shown."""
    (_, listed), (other, _) = waiting
    assert _code(other.pdf, _item(other, listed), listed, _der(other)) == "agent-other-document"
    prepared = waiting[0][0]
    item = _item(prepared, listed)
    assert _code(prepared.pdf, item, listed, _der(prepared), school="OTHER-02") == "agent-other-document"
    renamed = replace(listed, full_name="Người Khác")
    assert _code(prepared.pdf, item, renamed, _der(prepared)) == "agent-other-document"


def test_certificate_of_somebody_else(
    waiting: list[tuple[PreparedSignature, Listed]], demonstration: Demonstration
) -> None:
    """Attributes that bind another certificate than the token's are refused."""
    prepared, listed = waiting[0]
    seal = demonstration.installation.keyring.signer(DocumentRole.SEAL, SCHOOL, now=demonstration.clock())
    other = seal.certificate.public_bytes(Encoding.DER)
    assert _code(prepared.pdf, _item(prepared, listed), listed, other) == "agent-digest-differs"


def test_file_with_something_in_its_gap_or_behind_it(waiting: list[tuple[PreparedSignature, Listed]]) -> None:
    """Only an empty gap is signed around, and only up to the end of the file."""
    prepared, listed = waiting[0]
    item = _item(prepared, listed)
    filled = bytearray(prepared.pdf)
    filled[prepared.byte_range[1] + 1] = ord("3")
    for pdf in (bytes(filled), prepared.pdf + b"\n", prepared.pdf[:-1], b"", b"%PDF-1.7\n"):
        assert _code(pdf, item, listed, _der(prepared)) == "agent-file-malformed"


def test_seal_over_what_the_principal_signed(
    waiting: list[tuple[PreparedSignature, Listed]], demonstration: Demonstration
) -> None:
    """In the seal's round the principal's revision must be the very one that was signed here."""
    prepared, listed = waiting[0]
    installation = demonstration.installation
    principal = installation.keyring.signer(DocumentRole.SEAL, SCHOOL, now=demonstration.clock())
    # Any key will do to fill the principal's gap: the agent compares digests.
    filled = replace(prepared, certificate=principal.certificate, chain=())
    signed = complete_signature(filled, principal.sign(filled.signed_attributes_der))
    seal = prepare_signature(
        signed,
        field=SignatureField.SEAL,
        signer_certificate=principal.certificate,
        chain=(),
        algorithm=SignatureAlgorithm(principal.algorithm),
        reserved=16_384,
        appearance=None,
        lock=True,
        claimed_time=demonstration.clock(),
    )
    item = _item(seal, listed)
    checked = _check(seal.pdf, item, listed, _der(seal), before=prepared.document_digest.hex())
    assert checked.document_digest == seal.document_digest.hex()
    with pytest.raises(AgentError) as refusal:
        _check(seal.pdf, item, listed, _der(seal), before=sha256(b"another").hexdigest())
    assert refusal.value.code == "agent-seal-over-other"


@pytest.mark.parametrize(
    "address",
    [
        "http://so.example",
        "http://127.0.0.1.so.example",
        "ftp://127.0.0.1",
        "https://",
        "so.example",
        "https://a:b@so.example",
    ],
)
def test_token_goes_over_https_alone(address: str) -> None:
    """Without TLS only this very machine is spoken to."""
    with pytest.raises(AgentError) as refusal:
        Address.parse(address)
    assert refusal.value.code == "agent-address-invalid"


def test_addresses_that_are_good() -> None:
    """HTTPS anywhere, also below a path; HTTP on loopback."""
    assert Address.parse("https://so.example/hocba/") == Address("so.example", 443, "/hocba", is_tls=True)
    assert Address.parse("http://[::1]:8000") == Address("::1", 8000, "", is_tls=False)


def test_nothing_of_others_moves_the_cursor() -> None:
    """Names and sentences of a server are shown without what a terminal would obey."""
    assert printable("Nguyễn\x1b[2J\r\nAn\u202e") == "Nguyễn [2J An"


def test_signature_that_was_half_written(tmp_path: Path) -> None:
    """A line that a kill left half is forgotten, and what is noted after it is whole."""
    store = Store(tmp_path)
    made = Made("d", "i", "f", "00", "ff")
    store.note(made)
    with (tmp_path / "signatures.jsonl").open("ab") as journal:
        journal.write(b'{"document": "x')
    again = Store(tmp_path)
    again.note(replace(made, item="j"))
    found = Store(tmp_path)
    assert (found.made("i"), found.made("j")) == (made, replace(made, item="j"))


def test_pairing_that_others_can_read(tmp_path: Path) -> None:
    """A token that others on the computer can read is not used."""
    store = Store(tmp_path)
    pairing = Pairing("https://so.example", "token", "id", "holder", SCHOOL, "name", "/lib.so")
    store.keep_pairing(pairing)
    assert store.pairing() == pairing
    (tmp_path / "agent.json").chmod(0o644)
    with pytest.raises(AgentError) as refusal:
        store.pairing()
    assert refusal.value.code == "agent-folder-exposed"


def test_certificates_are_told_apart(waiting: list[tuple[PreparedSignature, Listed]]) -> None:
    """Whose a certificate is and whether it is an authority's is read without a library."""
    prepared, _ = waiting[0]
    own = read_certificate(_der(prepared))
    assert own is not None
    assert (own.is_authority, own.name) == (False, "Nguyễn Thị Thử")
    above = read_certificate(prepared.chain[0].public_bytes(Encoding.DER))
    assert above is not None
    assert above.is_authority
    assert read_certificate(b"\x30\x03\x02\x01\x01") is None

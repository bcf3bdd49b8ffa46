"""Whatever a file holds, verifying it ends in a verdict: no exception escapes, and nothing spoiled is valid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.cms import SignatureCMS, format_cms, parse_cms
from schemas.errors import SchemaError
from schemas.pdf_profile import SignatureField
from schemas.verdict import Verdict, VerdictCode
from tests.support.attacks.material import Material
from tests.support.demonstration import Demonstration, with_cms
from tests.support.keys import authority
from verify.verifier import Verifier

SEAL = SignatureField.SEAL
# One installation and one verifier serve all examples: nothing of them changes.
often = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
TOKENS = (
    b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[]>>/Names<</EmbeddedFiles<<>>>>>>endobj "
    b"trailer<</Root 1 0 R/Prev 9/Encrypt 1 0 R>>startxref 0 xref 0 1 stream\nendstream /ByteRange [0 1 2 3] "
    b"/Contents <30> /FT/Sig/T(NhaTruong)/V null (transcript.json) /ObjStm/XRef/W[1 2 1]/Index[0 9]/Size -1 %%EOF"
).split(b" ")


@pytest.fixture(scope="module")
def material(_demonstration: Demonstration, tmp_path_factory: pytest.TempPathFactory) -> Material:
    """Issued files, and a record that is newer than what is signed here."""
    return Material.make(_demonstration.copy(tmp_path_factory.mktemp("robust") / "data"))


@pytest.fixture(scope="module")
def verifier(material: Material) -> Iterator[Verifier]:
    """One verifier."""
    made = material.verifier()
    yield made
    made.close()


def concluded(verdict: Verdict) -> VerdictCode:
    """Return the code of a verdict that says something in both languages and can be sent."""
    assert verdict.headline.vi
    assert verdict.headline.en
    assert Verdict.model_validate_json(verdict.model_dump_json()) == verdict
    return verdict.verdict


edits = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 40), st.one_of(st.binary(max_size=8), st.sampled_from(TOKENS))),
    min_size=1,
    max_size=6,
)


@settings(often, max_examples=60)
@given(edits=edits)
def test_spoiled_file_is_told(
    edits: list[tuple[float, int, bytes]], material: Material, verifier: Verifier
) -> None:
    """A file in which anything was replaced, taken out or put in gets a verdict, and is valid only if nothing was."""
    pdf = material.pdf
    for share, length, instead in edits:
        at = int(share * len(pdf))
        pdf = pdf[:at] + instead + pdf[at + length :]
    assert (concluded(verifier.file(pdf)) is VerdictCode.VALID) is (pdf == material.pdf)


@often
@given(parts=st.lists(st.one_of(st.sampled_from(TOKENS), st.binary(max_size=20)), max_size=40))
def test_rubbish_is_told(parts: list[bytes], verifier: Verifier) -> None:
    """Words of PDF in any order are never valid and break nothing."""
    verdict = concluded(verifier.file(b" ".join((b"%PDF-1.7\n", *parts))))
    assert verdict in {VerdictCode.UNREADABLE, VerdictCode.NOT_A_TRANSCRIPT, VerdictCode.ALTERED}


@often
@given(
    number=st.integers(0, 1), place=st.floats(0, 0.999), byte=st.integers(0, 255), length=st.integers(1, 3)
)
def test_strange_certificate_is_told(
    number: int, place: float, byte: int, length: int, material: Material, verifier: Verifier
) -> None:
    """A certificate with any bytes changed, under a signature that fits, is never trusted and breaks nothing."""
    stranger = authority("p-256").signer
    encoded = [one.public_bytes(Encoding.DER) for one in (stranger.certificate, *stranger.chain)]
    spoiled, at = encoded[number], int(place * len(encoded[number]))
    encoded[number] = spoiled[:at] + bytes([byte]) * length + spoiled[at + length :]
    digest = material.signatures[-1].document_digest
    unsigned = SignatureCMS(tuple(encoded), "ecdsa-p256", digest, b"")
    signed = replace(unsigned, signature=stranger.sign(unsigned.signed_attributes))
    try:
        cms = format_cms(signed)
    except SchemaError:
        return
    verdict = concluded(verifier.file(with_cms(material.pdf, SEAL, cms)))
    assert verdict in {VerdictCode.ALTERED, VerdictCode.UNTRUSTED_ISSUER}


@often
@given(place=st.floats(0, 0.999), instead=st.binary(min_size=1, max_size=8), length=st.integers(0, 8))
def test_strange_proof_is_told(
    place: float, instead: bytes, length: int, material: Material, verifier: Verifier
) -> None:
    """A proof in which anything was changed leaves the file altered or without a conclusion."""
    own = parse_cms(material.signatures[-1].cms)
    assert own.proof is not None
    at = int(place * len(own.proof))
    proof = own.proof[:at] + instead + own.proof[at + length :]
    verdict = concluded(verifier.file(with_cms(material.pdf, SEAL, format_cms(replace(own, proof=proof)))))
    if proof != own.proof:
        assert verdict in {VerdictCode.ALTERED, VerdictCode.UNCONFIRMED}

"""Two signatures on one page, judged by readers other than ours: pyHanko, OpenSSL, poppler, qpdf, PDF/A and PDF/UA."""

from __future__ import annotations

import hashlib
import io
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path

import page
import pikepdf
import pytest
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import StandardDiffPolicy
from pyhanko.sign.diff_analysis.form_rules_api import FormUpdatingRule
from pyhanko.sign.diff_analysis.policy_api import ModificationLevel
from pyhanko.sign.diff_analysis.rules.file_structure_rules import CatalogModificationRule, XrefStreamRule
from pyhanko.sign.diff_analysis.rules.form_field_rules import SigFieldCreationRule, SigFieldModificationRule
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from keys.appearance import Appearance
from keys.pdf_signature import PreparedSignature, add_proof, complete_signature, prepare_signature
from keys.signer import KeysError
from schemas.cms import parse_cms
from schemas.pdf_profile import RESERVED_BYTES, SignatureField
from tests.support.keys import KINDS, NOW, authority, prepare
from tests.support.sample_pdf import make_panel, make_sample_pdf

# veraPDF calls it a false positive on files of several revisions and has mended it (veraPDF-library #1493).
PROOF = b"c2sp.org/tlog-proof@v1\n".ljust(1500, b"x")
KNOWN_FALSE_POSITIVES = {"PDFA3A-SIGNATURE-BYTERANGE-001"}


@dataclass(frozen=True, slots=True)
class Signed:
    """A page with both signatures, and the two halves it came from."""

    pdf: bytes
    principal: PreparedSignature
    seal: PreparedSignature


@cache
def unsigned() -> bytes:
    """Return the page before any signature."""
    return make_sample_pdf()


@cache
def panel(text: str) -> Appearance:
    """Return a visible panel."""
    return Appearance(make_panel(text))


@cache
def signed(kind: str) -> Signed:
    """Return the page signed by principal and seal."""
    signer = authority(kind).signer
    principal = prepare(unsigned(), SignatureField.PRINCIPAL, signer, panel("Chữ ký của Nguyễn Thị Thử"))
    once = complete_signature(principal, signer.sign(principal.signed_attributes_der))
    seal = prepare(once, SignatureField.SEAL, signer, panel("Dấu của Trường THCS Thử"))
    sealed = complete_signature(seal, signer.sign(seal.signed_attributes_der))
    return Signed(add_proof(sealed, PROOF), principal, seal)


def cms_of(pdf: bytes, prepared: PreparedSignature) -> bytes:
    """Return what stands in the gap."""
    _, before, after, _ = prepared.byte_range
    return bytes.fromhex(pdf[before + 1 : after - 1].decode("ascii"))


def failures(pdf: bytes, profile: str) -> set[str]:
    """Return the rules of a PDF profile that the file breaks."""
    return {failure.rule_id for failure in page.validate_pdf_bytes(pdf, profile=profile).failures}


@pytest.mark.parametrize("kind", KINDS)
def test_pyhanko_finds_both_signatures_good(kind: str) -> None:
    """PyHanko trusts both signatures, and the last covers the whole file."""
    reader = PdfFileReader(io.BytesIO(signed(kind).pdf))
    context = ValidationContext(trust_roots=[_asn1(kind)], allow_fetching=False, moment=NOW)
    # What the verifier will allow: signature fields filled in, nothing else; no change of metadata.
    strict = StandardDiffPolicy(
        global_rules=[
            CatalogModificationRule(),
            XrefStreamRule().as_qualified(ModificationLevel.LTA_UPDATES),
        ],
        form_rule=_only_signature_fields(),
    )
    statuses = [
        validate_pdf_signature(each, context, diff_policy=strict) for each in reader.embedded_signatures
    ]
    assert [each.field_name for each in reader.embedded_signatures] == ["HieuTruong", "NhaTruong"]
    assert [(each.intact, each.valid, each.trusted, each.docmdp_ok) for each in statuses] == [(True,) * 4] * 2
    assert [each.bottom_line for each in statuses] == [True, True]
    assert [each.coverage for each in statuses] == [
        SignatureCoverageLevel.ENTIRE_REVISION,
        SignatureCoverageLevel.ENTIRE_FILE,
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_openssl_verifies_each_signature(kind: str, tmp_path: Path) -> None:
    """`openssl cms` verifies each extracted CMS over the bytes of its range, up to the root."""
    made = signed(kind)
    root = tmp_path / "root.pem"
    root.write_bytes(authority(kind).root.public_bytes(Encoding.PEM))
    for prepared in (made.principal, made.seal):
        _, before, after, length = prepared.byte_range
        cms, content = tmp_path / "cms.der", tmp_path / "content"
        cms.write_bytes(cms_of(made.pdf, prepared))
        content.write_bytes(made.pdf[:before] + made.pdf[after : after + length])
        _run(
            *("openssl", "cms", "-verify", "-binary", "-cades", "-purpose", "any", "-inform", "DER"),
            *("-attime", str(int(NOW.timestamp())), "-in", str(cms), "-content", str(content)),
            *("-CAfile", str(root), "-out", "/dev/null"),
        )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.skipif(shutil.which("pdfsig") is None, reason="poppler-utils is not installed")
def test_poppler_verifies_both_digests(kind: str, tmp_path: Path) -> None:
    """`pdfsig` finds two valid signatures, the last over the total document."""
    path = tmp_path / "signed.pdf"
    path.write_bytes(signed(kind).pdf)
    report = _run("pdfsig", "-nocert", str(path))
    assert report.count("Signature Validation: Signature is Valid.") == 2
    assert re.findall("(?:Total|Not total) document signed", report) == [
        "Not total document signed",
        "Total document signed",
    ]


@pytest.mark.skipif(shutil.which("qpdf") is None, reason="qpdf is not installed")
def test_qpdf_finds_no_syntax_errors(tmp_path: Path) -> None:
    """`qpdf --check` has neither an error nor a warning."""
    path = tmp_path / "signed.pdf"
    path.write_bytes(signed("p-256").pdf)
    assert "No syntax or stream encoding errors found" in _run("qpdf", "--check", str(path))


def test_signed_file_keeps_to_pdf_a_and_pdf_ua() -> None:
    """Signing breaks neither PDF/A-3a, but for a known false positive of the validator, nor PDF/UA-1."""
    assert failures(unsigned(), "3a") | failures(unsigned(), "ua1") == set()
    assert failures(signed("p-256").pdf, "3a") <= KNOWN_FALSE_POSITIVES
    assert failures(signed("p-256").pdf, "ua1") == set()


def test_stream_that_ends_in_carriage_return_keeps_to_pdf_a() -> None:
    """A panel with a stream whose last byte is 0x0D is embedded so that PDF/A-3a still holds."""
    panels = (make_panel(f"Chữ ký số {number}") for number in count())
    unlucky = next(each for each in panels if b"\r\nendstream" in each and _streams_end_in_cr(each))
    signer = authority("p-256").signer
    prepared = prepare(unsigned(), SignatureField.PRINCIPAL, signer, Appearance(unlucky))
    pdf = complete_signature(prepared, signer.sign(prepared.signed_attributes_der))
    assert b"\r\nendstream" not in pdf[len(unsigned()) :]
    assert failures(pdf, "3a") <= KNOWN_FALSE_POSITIVES


def test_byte_range_and_contents_are_written_as_the_format_says() -> None:
    """`[0 a b c]` around exactly one lower-case hexadecimal string of the reserved size, up to the revision's end."""
    made = signed("rsa-2048-pss")
    for prepared, field in ((made.principal, SignatureField.PRINCIPAL), (made.seal, SignatureField.SEAL)):
        start, before, after, length = prepared.byte_range
        assert b"/ByteRange [%d %d %d %d]" % prepared.byte_range in made.pdf
        assert (start, after + length) == (0, len(prepared.pdf))
        assert re.fullmatch(rb"<[0-9a-f]*>", made.pdf[before:after])
        assert after - before - 2 == 2 * RESERVED_BYTES[field]
    assert made.pdf.count(b"/ByteRange") == 2


def test_signatures_are_revisions_of_the_unsigned_page() -> None:
    """Neither signature changes a byte of what was there before it."""
    made = signed("p-256")
    assert made.pdf.startswith(unsigned())
    assert made.seal.pdf.startswith(
        complete_signature(made.principal, _signature_of(made.pdf, made.principal))
    )


def test_metadata_and_docinfo_stay_as_they_are() -> None:
    """Signing rewrites neither XMP nor the document information."""
    with (
        pikepdf.open(io.BytesIO(unsigned())) as before,
        pikepdf.open(io.BytesIO(signed("p-256").pdf)) as after,
    ):
        assert before.Root.Metadata.objgen == after.Root.Metadata.objgen
        assert before.Root.Metadata.read_bytes() == after.Root.Metadata.read_bytes()
        assert dict(before.docinfo) == dict(after.docinfo)


def test_panel_is_set_in_its_own_revision_only() -> None:
    """Cut back to the principal's revision, the file shows no seal."""
    made = signed("p-256")
    assert _shows_panel(made.pdf) == {"HieuTruong": True, "NhaTruong": True}
    assert _shows_panel(made.pdf[: len(made.principal.pdf)]) == {"HieuTruong": True, "NhaTruong": False}
    assert _shows_panel(unsigned()) == {"HieuTruong": False, "NhaTruong": False}


def test_seal_locks_every_field_and_permits_no_change() -> None:
    """The seal's signature carries FieldMDP All with permission 1; the principal's carries no lock."""
    with pikepdf.open(io.BytesIO(signed("p-256").pdf)) as pdf:
        principal, seal = (field.V for field in pdf.Root.AcroForm.Fields)
        assert "/Reference" not in principal
        reference = seal.Reference[0]
        assert [str(reference.TransformMethod), str(reference.TransformParams.Action)] == [
            "/FieldMDP",
            "/All",
        ]
        assert reference.TransformParams.P == 1


def test_prepared_signature_resumes_from_its_bytes() -> None:
    """What was stored before a crash completes to the same file, with the same id and digest."""
    made = signed("rsa-2048-pss")
    resumed = PreparedSignature.from_bytes(made.seal.to_bytes())
    assert resumed == made.seal
    assert (resumed.id, resumed.digest) == (made.seal.id, made.seal.digest)
    assert add_proof(complete_signature(resumed, _signature_of(made.pdf, resumed)), PROOF) == made.pdf


def test_document_digest_is_of_the_covered_bytes() -> None:
    """`document_digest`, which the record names, is SHA-256 of the file without the gap."""
    made = signed("p-256")
    _, before, after, _ = made.seal.byte_range
    assert made.seal.document_digest == hashlib.sha256(made.pdf[:before] + made.pdf[after:]).digest()


@pytest.mark.parametrize("position", [0, 3, 40, 2_000, -1])
def test_damaged_prepared_signature_is_refused(position: int) -> None:
    """One flipped bit anywhere in the stored bytes is noticed before anything is signed."""
    stored = bytearray(signed("p-256").seal.to_bytes())
    stored[position] ^= 1
    with pytest.raises(KeysError) as refusal:
        PreparedSignature.from_bytes(bytes(stored))
    assert refusal.value.code == "prepared-damaged"


def test_signature_by_another_key_is_refused() -> None:
    """A value that another person's token made never enters the file."""
    prepared = signed("rsa-2048-pss").seal
    stranger = authority("rsa-2048-pkcs1v15").signer
    with pytest.raises(KeysError) as refusal:
        complete_signature(prepared, stranger.sign(prepared.signed_attributes_der))
    assert refusal.value.code == "signature-not-by-certificate"


def test_signature_larger_than_its_room_is_refused() -> None:
    """A CMS that does not fit is refused, not cut off."""
    signer = authority("p-256").signer
    prepared = prepare_signature(
        unsigned(),
        field=SignatureField.PRINCIPAL,
        signer_certificate=signer.certificate,
        chain=signer.chain,
        algorithm=signer.algorithm,
        reserved=512,
        appearance=None,
        lock=False,
        claimed_time=NOW,
    )
    with pytest.raises(KeysError) as refusal:
        complete_signature(prepared, signer.sign(prepared.signed_attributes_der))
    assert refusal.value.code == "cms-too-large"


def test_unsignable_files_are_refused() -> None:
    """No PDF, no final newline, a field signed already or absent, a cross-reference stream: each is refused."""
    signer = authority("p-256").signer
    without_fields = Appearance(make_panel("Trang trắng")).pdf + b"\n"
    with pikepdf.open(io.BytesIO(unsigned())) as pdf:
        streamed = io.BytesIO()
        pdf.save(streamed, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    for unfit in (
        b"not a PDF\n",
        unsigned().rstrip(),
        signed("p-256").pdf,
        without_fields,
        streamed.getvalue(),
    ):
        with pytest.raises(KeysError) as refusal:
            prepare(unfit, SignatureField.PRINCIPAL, signer, None)
        assert refusal.value.code == "pdf-unsignable"


@pytest.mark.parametrize("unfit", [b"", b"%PDF-1.7\n", make_sample_pdf(pages=3)])
def test_panel_must_be_one_readable_page(unfit: bytes) -> None:
    """A panel that is no PDF, or has more pages than one, is refused."""
    with pytest.raises(KeysError) as refusal:
        prepare(unsigned(), SignatureField.PRINCIPAL, authority("p-256").signer, Appearance(unfit))
    assert refusal.value.code == "appearance-unreadable"


def _run(*command: str) -> str:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _asn1(kind: str) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(authority(kind).root.public_bytes(Encoding.DER))


def _only_signature_fields() -> FormUpdatingRule:
    return FormUpdatingRule(field_rules=[SigFieldCreationRule(), SigFieldModificationRule()])


def _signature_of(pdf: bytes, prepared: PreparedSignature) -> bytes:
    return parse_cms(cms_of(pdf, prepared).rstrip(b"\x00")).signature


def _streams_end_in_cr(pdf: bytes) -> bool:
    with pikepdf.open(io.BytesIO(pdf)) as panel_pdf:
        return any(
            isinstance(each, pikepdf.Stream) and each.read_raw_bytes().endswith(b"\r")
            for each in panel_pdf.objects
        )


def _shows_panel(pdf: bytes) -> dict[str, bool]:
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        return {
            str(field.T): len(field.AP.N.read_raw_bytes()) > 0 and "/Resources" in field.AP.N
            for field in opened.Root.AcroForm.Fields
        }

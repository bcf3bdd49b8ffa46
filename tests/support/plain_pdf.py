"""The smallest signed PDF that the byte rules allow, written by hand: one blank page, the data, two signatures.

Made for the vectors of whole records, where every byte must come out the same at every run, from nothing that the
product writes. It is no PDF/A and nothing to look at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from schemas.cms import SignatureCMS, format_cms, format_signed_attributes, parse_cms
from schemas.ecdsa import lower_ecdsa
from schemas.pdf_profile import ATTACHMENT_NAME, SignatureField, reserved_bytes
from schemas.validation_data import NOTHING, ValidationData, format_dss, format_piece
from tests.support.certificates import Party

_CATALOG, _FORM, _FILE_SPECIFICATION = 1, 6, 7
_FIELDS = {SignatureField.PRINCIPAL: 4, SignatureField.SEAL: 5}
_VALUES = {SignatureField.PRINCIPAL: 9, SignatureField.SEAL: 10}
_STORE = 11
_PLACE_FOR_RANGE = b"/ByteRange [0 " + b"." * 32
_RANGE_END = b"]"


@dataclass(frozen=True, slots=True)
class Hand:
    """A signer: the certificates from the signer's upwards, without the anchor, and the signer's key."""

    party: Party
    above: tuple[Party, ...] = ()
    stamp: Callable[[bytes], bytes] | None = None
    """Gives the token over the SHA-256 of a signature value; None signs without one."""

    def sign(self, document_digest: bytes) -> bytes:
        """Return the DER of the CMS over a digest."""
        attributes = format_signed_attributes(self.party.der, document_digest)
        key = self.party.key
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        signature = lower_ecdsa(key.sign(attributes, ec.ECDSA(SHA256(), deterministic_signing=True)))
        path = (self.party.der, *(one.der for one in self.above))
        token = None if self.stamp is None else self.stamp(sha256(signature).digest())
        return format_cms(SignatureCMS(path, "ecdsa-p256", document_digest, signature, token))


def plain_signed_pdf(
    data: bytes, hands: Mapping[SignatureField, Hand], evidence: ValidationData = NOTHING
) -> bytes:
    """Return a PDF with `data` attached, signed by `hands` in the order of the profile, `evidence` with the seal."""
    pdf = _unsigned(data)
    for field, hand in hands.items():
        pdf = _signed(pdf, field, hand, evidence if field is SignatureField.SEAL else NOTHING)
    return pdf


def seal_digest(pdf: bytes) -> bytes:
    """Return the SHA-256 of the bytes that the seal covers: all but the last gap."""
    start, end = _last_gap(pdf)
    return sha256(pdf[:start] + pdf[end:]).digest()


def with_proof(pdf: bytes, proof: bytes) -> bytes:
    """Return the PDF with `proof` among the seal's unsigned attributes: only the last gap changes."""
    return with_seal(pdf, proof=proof)


def with_seal(pdf: bytes, **changes: bytes | None) -> bytes:
    """Return the PDF with members of the seal's CMS changed: only the last gap changes."""
    start, end = _last_gap(pdf)
    cms = format_cms(replace(seal_of(pdf), **changes))  # type: ignore[arg-type] # as the cases spell them
    return pdf[: start + 1] + cms.hex().encode().ljust(end - start - 2, b"0") + pdf[end - 1 :]


def seal_of(pdf: bytes) -> SignatureCMS:
    """Return the seal's CMS."""
    start, end = _last_gap(pdf)
    contents = bytes.fromhex(pdf[start + 1 : end - 1].decode())
    return parse_cms(contents[: 4 + int.from_bytes(contents[2:4])])  # a SEQUENCE of 256 to 65,535 bytes


def _catalog(more: str = "") -> str:
    return (
        f"<< /Type /Catalog /Pages 2 0 R /AcroForm {_FORM} 0 R "
        f"/Names << /EmbeddedFiles << /Names [({ATTACHMENT_NAME}) {_FILE_SPECIFICATION} 0 R] >> >>{more} >>"
    )


def _stored(evidence: ValidationData) -> dict[int, bytes]:
    """Return the objects of the evidence: the catalogue, the store, the pieces."""
    pieces = {
        number: format_piece(one) for number, one in enumerate((*evidence.ocsps, *evidence.crls), _STORE + 1)
    }
    if not pieces:
        return {}
    numbers = [*pieces]
    store = format_dss(numbers[: len(evidence.ocsps)], numbers[len(evidence.ocsps) :])
    return {_CATALOG: _catalog(f" /DSS {_STORE} 0 R").encode(), _STORE: store, **pieces}


def _unsigned(data: bytes) -> bytes:
    fields = " ".join(f"{number} 0 R" for number in _FIELDS.values())
    objects = {
        _CATALOG: _catalog(),
        2: "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        3: f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Annots [{fields}] >>",
        _FORM: f"<< /SigFlags 3 /Fields [{fields}] >>",
        _FILE_SPECIFICATION: f"<< /Type /Filespec /F ({ATTACHMENT_NAME}) /UF ({ATTACHMENT_NAME}) "
        "/AFRelationship /Data /EF << /F 8 0 R >> >>",
        **{number: _widget(field, "") for field, number in _FIELDS.items()},
    }
    written = {number: text.encode() for number, text in objects.items()}
    written[8] = b"<< /Type /EmbeddedFile /Length %d >>\nstream\n%b\nendstream" % (len(data), data)
    return _revision(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", dict(sorted(written.items())), previous=None)


def _signed(pdf: bytes, field: SignatureField, hand: Hand, evidence: ValidationData) -> bytes:
    reserved = b"<" + b"0" * (2 * reserved_bytes(field, stamped=hand.stamp is not None)) + b">"
    signature = (
        b"<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /M (D:20261124060000Z) "
        + _PLACE_FOR_RANGE
        + _RANGE_END
        + b" /Contents "
        + reserved
        + b" >>"
    )
    value = _VALUES[field]
    objects = {
        _FIELDS[field]: _widget(field, f" /V {value} 0 R").encode(),
        value: signature,
        **_stored(evidence),
    }
    previous = int(pdf.rpartition(b"startxref\n")[2].split()[0])
    revision = _revision(pdf, objects, previous=previous)
    start = revision.rindex(reserved)
    end = start + len(reserved)
    numbers = b"%d %d %d" % (start, end, len(revision) - end)
    place = revision.rindex(_PLACE_FOR_RANGE)
    written = (b"/ByteRange [0 " + numbers + b"]").ljust(len(_PLACE_FOR_RANGE) + 1)
    revision = revision[:place] + written + revision[place + len(written) :]
    cms = hand.sign(sha256(revision[:start] + revision[end:]).digest())
    return revision[: start + 1] + cms.hex().encode() + revision[start + 1 + 2 * len(cms) :]


def _widget(field: SignatureField, value: str) -> str:
    return f"<< /Type /Annot /Subtype /Widget /FT /Sig /T ({field}) /F 132 /Rect [0 0 0 0] /P 3 0 R{value} >>"


def _revision(before: bytes, objects: Mapping[int, bytes], *, previous: int | None) -> bytes:
    body, table = before, b"xref\n" + (b"0 1\n0000000000 65535 f \n" if previous is None else b"")
    for number, content in objects.items():
        table += b"%d 1\n%010d 00000 n \n" % (number, len(body))
        body += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    back = b"" if previous is None else b" /Prev %d" % previous
    trailer = b"trailer\n<< /Size %d /Root %d 0 R%b >>\n" % (
        max(*_VALUES.values(), *objects) + 1,
        _CATALOG,
        back,
    )
    return body + table + trailer + b"startxref\n%d\n%%%%EOF\n" % len(body)


def _last_gap(pdf: bytes) -> tuple[int, int]:
    start = pdf.rindex(b"/Contents <") + len(b"/Contents ")
    return start, pdf.index(b">", start) + 1

"""The product's own page, and the same signed by both with its real panels, made once per test process."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from keys.pdf_signature import PreparedSignature, add_proof, complete_signature
from schemas.pdf_profile import SignatureField
from service.pdf.panels import principal_panel, seal_panel
from service.pdf.render import Renderer
from tests.support.keys import authority, prepare
from tests.support.transcripts import PRINCIPAL, SCHOOL, sample_qr, sample_transcript


@dataclass(frozen=True, slots=True)
class SignedPage:
    """A signed page, and both prepared signatures in file order."""

    pdf: bytes
    signatures: tuple[PreparedSignature, ...]


@cache
def renderer() -> Renderer:
    """Return the one renderer of this process."""
    return Renderer()


@cache
def unsigned_page() -> bytes:
    """Return the page of the sample transcript."""
    transcript = sample_transcript()
    return renderer().render(transcript, sample_qr(transcript))


@cache
def signed_page(kind: str) -> SignedPage:
    """Return the sample page signed with a key of this kind (`tests.support.keys.KINDS`), a proof in its seal.

    The proof has the size of a real one and proves nothing: it is for tools that do not know it.
    """
    signer = authority(kind).signer
    panels = {
        SignatureField.PRINCIPAL: principal_panel(PRINCIPAL.name, PRINCIPAL.title),
        SignatureField.SEAL: seal_panel(SCHOOL.name),
    }
    pdf, signatures = unsigned_page(), []
    for field, panel in panels.items():
        prepared = prepare(pdf, field, signer, panel)
        pdf = complete_signature(prepared, signer.sign(prepared.signed_attributes_der))
        signatures.append(prepared)
    return SignedPage(add_proof(pdf, b"c2sp.org/tlog-proof@v1\n".ljust(1500, b"x")), tuple(signatures))

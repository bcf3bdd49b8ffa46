"""The page of a transcript as it would be, marked over and over as a draft: to be looked at before it is approved.

It carries no data, no signature field and no code that could be checked: nothing of it passes for a transcript.
"""

from __future__ import annotations

import io
from functools import cache

import pikepdf
import typst

from schemas.qr import QRAddress
from schemas.serial import serial_from_bytes
from schemas.transcript.model import Transcript
from service.pdf.render import FONTS, TEMPLATES, Renderer

DRAFT_SERIAL = serial_from_bytes(bytes(10))
"""What a draft has in the place of a serial; never drawn: 80 zero bits."""


def draft_page(renderer: Renderer, transcript: Transcript, host: str) -> bytes:
    """Return the page of a transcript whose serial is `DRAFT_SERIAL`, marked as a draft.

    Raises:
        ServiceError: as `Renderer.render`.
    """
    page = renderer.render(transcript, QRAddress(host, transcript.serial, b"\0"))
    with pikepdf.open(io.BytesIO(page)) as pdf, pikepdf.open(io.BytesIO(_mark())) as mark:
        for name in list(pdf.attachments):
            del pdf.attachments[name]
        # No signature field, and no claim of a standard that the mark has not.
        for key in ("/AcroForm", "/AF", "/Metadata", "/OutputIntents"):
            if key in pdf.Root:
                del pdf.Root[key]
        for each in pdf.pages:
            if "/Annots" in each:
                del each["/Annots"]
            each.add_overlay(mark.pages[0], None)
        out = io.BytesIO()
        pdf.save(out)
    return out.getvalue()


@cache
def _mark() -> bytes:
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])
    made = typst.Compiler(TEMPLATES / "draft.typ", root=TEMPLATES, font_paths=fonts).compile(format="pdf")
    if not isinstance(made, bytes):
        raise TypeError("typst returned no single PDF")
    return made

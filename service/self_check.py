"""Step 6 of issuing: page, attached data and QR of a finished document say the same, or it is not given out.

Reads the PDF with other libraries than those that made it. Signatures and record are the verifier's matter.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
import zxingcpp
from pypdf import PageObject, PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import DictionaryObject, StreamObject

from schemas.claims import claims_of, parse_claims
from schemas.cose import parse_sign1
from schemas.errors import SchemaError, Text
from schemas.pdf_profile import ATTACHMENT_NAME
from schemas.qr import QRAddress, format_qr, parse_qr
from schemas.transcript.model import Transcript, format_transcript
from service.errors import ServiceError
from service.expected_text import expected_text
from service.pdf.page_text import page_text

_TELL = Text("Hãy báo người quản trị hệ thống.", "Tell the operator.")
# Pixels for each module: enough for the reader, which wants more than one.
_SCALE = 3


def check_document(pdf: bytes, transcript: Transcript, qr: QRAddress) -> None:
    """Check that the document says exactly what the transcript says, in all three places.

    Raises:
        ServiceError: `self-check-…`: `unreadable`, `attachment`, `qr`, `claims`, `text`.
    """
    try:
        reader = PdfReader(io.BytesIO(pdf), strict=True)
        attachments = [
            (name, content) for name, contents in reader.attachments.items() for content in contents
        ]
        codes = list(qr_codes(reader.pages[0]))
        text = _squeezed("".join(page_text(page) for page in reader.pages))
    except (PyPdfError, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise ServiceError(
            "self-check-unreadable",
            f"Học bạ vừa tạo không mở được nên chưa được cấp. {_TELL.vi}",
            f"The transcript just made cannot be read and was not issued. {_TELL.en}",
        ) from error
    if attachments != [(ATTACHMENT_NAME, format_transcript(transcript))]:
        raise ServiceError(
            "self-check-attachment",
            f"Dữ liệu đính kèm khác dữ liệu đã duyệt nên học bạ chưa được cấp. {_TELL.vi}",
            f"The attached data are not those approved; the transcript was not issued. {_TELL.en}",
        )
    if codes != [format_qr(qr)]:
        raise ServiceError(
            "self-check-qr",
            f"Mã QR trên trang khác mã đã ký nên học bạ chưa được cấp. {_TELL.vi}",
            f"The page's QR code is not the signed one; the transcript was not issued. {_TELL.en}",
        )
    _check_claims(codes[0], transcript)
    _check_text(text, transcript)


def qr_codes(page: PageObject) -> Iterator[str]:
    """Decode the images of a page: one module a pixel, one byte a pixel."""
    # Made at each call: kept for good, the library would complain of it whenever a server is stopped.
    only = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    resources = page["/Resources"]
    images = resources.get("/XObject", {}) if isinstance(resources, DictionaryObject) else {}
    for image in (reference.get_object() for reference in images.values()):
        if not isinstance(image, StreamObject) or str(image["/Subtype"]) != "/Image":
            continue
        height, width = (int(str(image[side])) for side in ("/Height", "/Width"))
        rows = np.frombuffer(image.get_data(), np.uint8).reshape(height, width)
        pixels = rows.repeat(_SCALE, axis=0).repeat(_SCALE, axis=1)
        for code in zxingcpp.read_barcodes(pixels, only):
            yield code.text


def _check_claims(address: str, transcript: Transcript) -> None:
    try:
        claims = parse_claims(parse_sign1(parse_qr(address).payload).payload)
    except SchemaError:
        claims = None
    # The claims have a nonce of their own; everything else must be what the data give.
    if claims is None or claims != claims_of(transcript, claims.nonce):
        raise ServiceError(
            "self-check-claims",
            f"Nội dung mã QR khác dữ liệu học bạ nên học bạ chưa được cấp. {_TELL.vi}",
            f"The QR code's claims are not those of the transcript, which was not issued. {_TELL.en}",
        )


def _check_text(text: str, transcript: Transcript) -> None:
    """Find everything expected, in its order: a row of another year does not count."""
    position = 0
    for what, expected in expected_text(transcript):
        wanted = _squeezed(expected)
        found = text.find(wanted, position)
        if found < 0:
            # The sentence may be seen by many: it names the place and never what should stand there.
            raise ServiceError(
                "self-check-text",
                f"Trang in không đúng dữ liệu ở phần “{what}” nên học bạ chưa được cấp. {_TELL.vi}",
                f"The page differs from the data at “{what}”; the transcript was not issued. {_TELL.en}",
            )
        position = found + len(wanted)


def _squeezed(text: str) -> str:
    # Where a line breaks is the typesetter's choice.
    return "".join(text.split())

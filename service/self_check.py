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

from schemas.claims import claims_of, parse_claims
from schemas.cose import parse_sign1
from schemas.errors import SchemaError
from schemas.pdf_profile import ATTACHMENT_NAME
from schemas.qr import QRAddress, format_qr, parse_qr
from schemas.serial import display_serial
from schemas.transcript.model import SubjectResult, Transcript, YearTT22, format_transcript
from schemas.transcript.subjects import SUBJECTS
from service.errors import ServiceError

# Pixels for each module: enough for the reader, which wants more than one.
_SCALE = 3
_LEVEL_ROWS = (
    ("Học kì I", "semester1"),
    ("Học kì II", "semester2"),
    ("Cả năm", "year"),
    ("Sau đánh giá lại hoặc rèn luyện trong hè", "after"),
)


def check_document(pdf: bytes, transcript: Transcript, qr: QRAddress) -> None:
    """Check that the document says exactly what the transcript says, in all three places.

    Raises:
        ServiceError: `self-check-unreadable`, `self-check-attachment`, `self-check-qr`, `self-check-claims`, `self-check-text`.
    """
    try:
        reader = PdfReader(io.BytesIO(pdf), strict=True)
        attachments = [
            content for name, contents in reader.attachments.items() if name == ATTACHMENT_NAME for content in contents
        ]
        codes = list(_codes(reader.pages[0]))
        text = _squeezed("".join(page.extract_text() for page in reader.pages))
    except (PyPdfError, SchemaError, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise _refusal(
            "unreadable", "không mở được tệp PDF vừa tạo", "the PDF just made cannot be read"
        ) from error
    if attachments != [format_transcript(transcript)] or len(reader.attachments) != 1:
        raise _refusal(
            "attachment", "dữ liệu đính kèm khác dữ liệu đã duyệt", "the attached data are not those approved"
        )
    if codes != [format_qr(qr)]:
        raise _refusal("qr", "mã QR trên trang khác mã đã ký", "the page's QR code is not the one that was signed")
    _check_claims(codes[0], transcript)
    _check_text(text, transcript)


def _codes(page: PageObject) -> Iterator[str]:
    """Decode the images of a page: one module a pixel, one byte a pixel."""
    for reference in page["/Resources"].get("/XObject", {}).values():
        image = reference.get_object()
        if image["/Subtype"] != "/Image":
            continue
        rows = np.frombuffer(image.get_data(), np.uint8).reshape(image["/Height"], image["/Width"])
        pixels = rows.repeat(_SCALE, axis=0).repeat(_SCALE, axis=1)
        for code in zxingcpp.read_barcodes(pixels, formats=zxingcpp.BarcodeFormat.QRCode):
            yield code.text


def _check_claims(address: str, transcript: Transcript) -> None:
    try:
        claims = parse_claims(parse_sign1(parse_qr(address).payload).payload)
    except SchemaError:
        claims = None
    if claims != claims_of(transcript, bytes.fromhex(transcript.nonce)):
        raise _refusal(
            "claims", "nội dung mã QR khác dữ liệu học bạ", "the QR code's claims are not those of the transcript"
        )


def _check_text(text: str, transcript: Transcript) -> None:
    """Find everything expected, in its order: a row of another year does not count."""
    position = 0
    for expected in _expected(transcript):
        wanted = _squeezed(expected)
        found = text.find(wanted, position)
        if found < 0:
            raise _refusal(
                "text", f"trên trang in không thấy “{expected}”", f"the page does not show “{expected}”"
            )
        position = found + len(wanted)


def _expected(transcript: Transcript) -> Iterator[str]:
    learner = transcript.learner
    yield transcript.issuer.name.upper()
    yield learner.full_name
    yield display_serial(transcript.serial)
    yield f"Họ và tên: {learner.full_name}"
    yield f"Ngày sinh: {learner.birth_date:%d/%m/%Y}"
    for year in transcript.years:
        yield from _expected_year(year)
    yield transcript.signatory.name


def _expected_year(year: YearTT22) -> Iterator[str]:
    yield f"Năm học: {year.school_year}"
    for row in year.subjects:
        yield _expected_row(row)
    yield f"Năm học: {year.school_year}"
    for label, key in _LEVEL_ROWS:
        yield f"{label} {getattr(year.conduct, key) or ''} {getattr(year.learning, key) or ''}"
    yield f"Số buổi nghỉ học cả năm: {year.absences}"
    yield f"Kết quả cuối năm: {year.promotion or ''}"


def _expected_row(row: SubjectResult) -> str:
    title = row.title or SUBJECTS[row.subject].name
    marks = (row.semester1, row.semester2, row.year, row.reassessed)
    return " ".join((title, *((mark or "").replace(".", ",") for mark in marks), row.remark or "", row.teacher))


def _squeezed(text: str) -> str:
    # Where a line breaks is the typesetter's choice.
    return "".join(text.split())


def _refusal(what: str, vi: str, en: str) -> ServiceError:
    return ServiceError(
        f"self-check-{what}",
        f"Học bạ vừa tạo chưa được cấp: {vi}. Hãy báo người quản trị hệ thống.",
        f"The transcript just made was not issued: {en}. Tell the operator.",
    )

"""A transcript as a page: PDF/A-3a and PDF/UA-1, data attached, signature fields empty (docs/formats/pdf.md).

Renders from the frozen data alone, so the same transcript and QR give the same bytes. Signs nothing, reads no clock.
"""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from threading import Lock
from typing import Final

import pikepdf
import typst

from schemas.qr import QRAddress
from schemas.serial import display_serial
from schemas.transcript.model import Transcript, format_transcript
from schemas.transcript.subjects import SUBJECTS
from service.errors import ServiceError
from service.pdf.qr_image import hex_rows, qr_modules
from service.pdf.signature_fields import add_signature_fields

FONTS: Final = Path(__file__).parent / "fonts"
TEMPLATES: Final = Path(__file__).parent / "templates"
_STANDARDS: Final[list[typst.PDFStandard]] = ["a-3a", "ua-1"]
_SUBJECT_NAMES: Final = json.dumps(
    {code: subject.name for code, subject in SUBJECTS.items()}, ensure_ascii=False
)


class Renderer:
    """Keeps one compiler with its fonts; a page costs some tens of milliseconds, one thread at a time."""

    def __init__(self) -> None:
        fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])
        self._compiler = typst.Compiler(TEMPLATES / "transcript.typ", root=TEMPLATES, font_paths=fonts)
        self._one_at_a_time = Lock()

    def render(self, transcript: Transcript, qr: QRAddress) -> bytes:
        """Return the unsigned page, ready for `keys.pdf_signature.prepare_signature`.

        Raises:
            ServiceError: `page-character-missing`, `page-unrenderable`, `qr-too-dense`.
        """
        modules = qr_modules(qr)
        inputs = {
            "transcript": format_transcript(transcript).decode("utf-8"),
            "subjects": _SUBJECT_NAMES,
            "qr": json.dumps({"width": len(modules), "rows": hex_rows(modules)}),
            "serial": display_serial(transcript.serial),
            "address": f"https://{qr.host}",
            "related": display_serial(transcript.relation.serial) if transcript.relation.serial else "",
        }
        return _with_fields(self._typeset(inputs), transcript.profile)

    def _typeset(self, inputs: dict[str, str]) -> bytes:
        try:
            with self._one_at_a_time:
                page = self._compiler.compile(format="pdf", sys_inputs=inputs, pdf_standards=_STANDARDS)
        except typst.TypstError as error:
            raise refusal(error) from error
        if not isinstance(page, bytes):
            raise TypeError("typst returned no single PDF")
        return page


def refusal(error: typst.TypstError) -> ServiceError:
    """Say in our words why typst set no page."""
    missing = re.search(r'the text `"(.+?)"` could not be displayed', error.message)
    if missing is not None:
        character = missing[1]
        return ServiceError(
            "page-character-missing",
            f"Phông chữ của học bạ không có ký tự “{character}”. Hãy sửa ký tự đó trong dữ liệu rồi nhập lại.",
            f"The transcript's font has no character “{character}”. Correct it in the data and import them again.",
        )
    return ServiceError(
        "page-unrenderable",
        f"Không dàn được trang học bạ ({error.message}). Hãy báo người quản trị hệ thống.",
        f"The page cannot be set ({error.message}). Tell the operator.",
    )


def keep_carriage_returns_inside(pdf: pikepdf.Pdf) -> None:
    """Write every stream that ends in 0x0D as hexadecimal.

    The CR and the LF before `endstream` would read as one end of line, and PDF/A-3 would find the length wrong
    (6.1.7.1). One stream in 256 is met by this; compressing it again gives the same last byte, which is a checksum.
    """
    for stream in pdf.objects:
        if not isinstance(stream, pikepdf.Stream):
            continue
        data = stream.read_raw_bytes()
        if data.endswith(b"\r"):
            filters, parameters = (_as_list(stream, key) for key in ("/Filter", "/DecodeParms"))
            parameters += [None] * (len(filters) - len(parameters))
            stream.write(
                data.hex().encode("ascii") + b">",
                filter=pikepdf.Array([pikepdf.Name.ASCIIHexDecode, *filters]),
                decode_parms=pikepdf.Array([None, *parameters]) if any(parameters) else None,
            )


def _as_list(stream: pikepdf.Stream, key: str) -> list[pikepdf.Object | None]:
    value = stream.get(key, pikepdf.Array())
    return list(value) if isinstance(value, pikepdf.Array) else [value]


def _with_fields(page: bytes, profile: int) -> bytes:
    with pikepdf.open(io.BytesIO(page)) as pdf:
        add_signature_fields(pdf, profile)
        keep_carriage_returns_inside(pdf)
        signable = io.BytesIO()
        # A classical cross-reference table: a compressed one in 256 would end in CR, which breaks PDF/A-3.
        pdf.save(
            signable,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
            deterministic_id=True,
            compress_streams=False,
            stream_decode_level=pikepdf.StreamDecodeLevel.none,
        )
    return signable.getvalue()

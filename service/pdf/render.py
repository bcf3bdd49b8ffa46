"""A transcript as a page: PDF/A-3a and PDF/UA-1, data attached, signature fields empty (docs/formats/pdf.md).

Renders from the frozen data alone, so the same transcript and QR give the same bytes. Signs nothing, reads no clock.
"""

from __future__ import annotations

import io
import json
import re
from collections import OrderedDict
from functools import cached_property
from pathlib import Path
from threading import RLock
from typing import Final

import pikepdf
import typst

from schemas.qr import QRAddress
from schemas.transcript.model import Transcript
from service.errors import ServiceError
from service.pdf.form import MARK_LETTERS, Form, learn, marked
from service.pdf.form_text import FormError
from service.pdf.glyphs import ALPHABET, Glyphs, glyphs_of
from service.pdf.page import Page, page_of
from service.pdf.qr_image import Modules, hex_rows, pixels, qr_modules
from service.pdf.signature_fields import Side, add_signature_fields

FONTS: Final = Path(__file__).parent / "fonts"
TEMPLATES: Final = Path(__file__).parent / "templates"
_STANDARDS: Final[list[typst.PDFStandard]] = ["a-3a", "ua-1"]
# One is about 200 KB: the shapes of a school's season stay, and a province's pass through.
_FORMS_KEPT: Final = 256


class Renderer:
    """Keeps a compiler for each template with its fonts, and the forms that it has learned.

    Typst sets a page in some tens of milliseconds, one thread at a time. A form is learned from two such pages; each
    further page of its shape is filled in about one millisecond.
    """

    def __init__(self) -> None:
        self._fonts = typst.Fonts(
            include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS]
        )
        self._compilers = dict[str, typst.Compiler]()
        self._one_at_a_time = RLock()
        self._forms = OrderedDict[object, Form | None]()

    def render(self, transcript: Transcript, qr: QRAddress) -> bytes:
        """Return the unsigned page, ready for `keys.pdf_signature.prepare_signature`.

        Raises:
            ServiceError: `page-character-missing`, `page-unrenderable`, `qr-too-dense`, `template-unknown`.
        """
        modules = qr_modules(qr)
        page = page_of(transcript, qr, self.glyphs)
        form = self._form(page, modules, transcript.profile) if page.fits else None
        if form is None:
            return self.typeset(page, modules, transcript.profile)
        return form.fill(page, pixels(modules))

    def typeset(self, page: Page, modules: Modules, profile: int, *, alphabet: str = "") -> bytes:
        """Return the page as typst sets it; with `alphabet`, its fonts have these glyphs too."""
        inputs = {
            "form": page.form,
            "fields": json.dumps(page.fields, ensure_ascii=False),
            "data": page.data.decode("utf-8"),
            "qr": json.dumps({"width": len(modules), "rows": hex_rows(modules)}),
        }
        with self._one_at_a_time:
            compiler = self._compiler(page.template)
            page_set = _compiled(compiler, inputs | ({"alphabet": alphabet} if alphabet else {}))
        return _with_fields(page_set, profile, page.side, specimen=bool(alphabet))

    def _compiler(self, template: str) -> typst.Compiler:
        if template not in self._compilers:
            self._compilers[template] = typst.Compiler(
                TEMPLATES / template, root=TEMPLATES, font_paths=self._fonts
            )
        return self._compilers[template]

    @cached_property
    def glyphs(self) -> Glyphs:
        """The glyphs of the form's faces."""
        compiler = typst.Compiler(TEMPLATES / "specimen.typ", root=TEMPLATES, font_paths=self._fonts)
        with pikepdf.open(io.BytesIO(_compiled(compiler, {"alphabet": ALPHABET}))) as pdf:
            return glyphs_of(pdf)

    def _form(self, page: Page, modules: Modules, profile: int) -> Form | None:
        """Return the form of the page's shape; None where the template sets what cannot be filled."""
        shape = (page.shape, len(modules), profile)
        with self._one_at_a_time:
            if shape not in self._forms:
                self._forms[shape] = self._learned(page, modules, profile)
                while len(self._forms) > _FORMS_KEPT:
                    self._forms.popitem(last=False)
            self._forms.move_to_end(shape)
            return self._forms[shape]

    def _learned(self, page: Page, modules: Modules, profile: int) -> Form | None:
        narrow, wide = (
            self.typeset(marked(page, wide=wide), modules, profile, alphabet=ALPHABET + MARK_LETTERS)
            for wide in (False, True)
        )
        try:
            return learn(narrow, wide, page)
        except FormError:
            return None


def _compiled(compiler: typst.Compiler, inputs: dict[str, str]) -> bytes:
    """Return the PDF of one compilation.

    Raises:
        ServiceError: `page-character-missing`, `page-unrenderable`.
    """
    try:
        page = compiler.compile(format="pdf", sys_inputs=inputs, pdf_standards=_STANDARDS)
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


def _with_fields(page: bytes, profile: int, side: Side, *, specimen: bool) -> bytes:
    with pikepdf.open(io.BytesIO(page)) as pdf:
        if specimen:
            del pdf.pages[-1]
        add_signature_fields(pdf, profile, side)
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

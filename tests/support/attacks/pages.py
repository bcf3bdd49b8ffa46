"""Attacks on what a page shows: its boxes, its fonts, what lies over it, what else a reader may open or run.

Each is tried as a revision after the seal, and some as a page that stolen keys signed.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Mapping
from functools import partial

import pikepdf

from schemas.qr import parse_qr
from service.pdf.qr_image import pixels, qr_modules
from tests.support.attacks.later_revisions import changed, instead
from tests.support.attacks.material import Attacks, Material, appended, stream
from tests.support.attacks.mixed_tables import OnFile, after_the_seal, signed_by_stolen_keys

_NEW = 900
_OVER = b"q 1 1 1 rg 60 400 300 20 re f Q"
_WORDS = b"BT /f0 11 Tf 1 1 1 rg 60 400 Td <0003> Tj ET"
_PICTURE = b"q 300 0 0 20 60 400 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \xff EI Q"
_TYPE_3 = (
    b"<< /Type /Font /Subtype /Type3 /FontBBox [0 0 1000 1000] /FontMatrix [0.001 0 0 0.001 0 0] /FirstChar 0 "
    b"/LastChar 0 /Widths [1000] /Encoding << /Differences [0 /a] >> /CharProcs << /a %d 0 R >> >>" % _NEW
)
_FILE = b"<< /Type /Filespec /F (%b) /UF (%b) /EF << /F %d 0 R >> >>"


def _over(material: Material, pdf: bytes, *, content: bytes) -> bytes:
    """Draw over what the page shows."""
    contents = b"/Contents [%d 0 R %d 0 R]" % (material.numbers["contents"], _NEW)
    return changed(material, "page", contents, {_NEW: stream(content)}, of=pdf)


def _entry(
    material: Material, pdf: bytes, *, name: str, entry: bytes, more: Mapping[int, bytes] | None = None
) -> bytes:
    return changed(material, name, entry, more, of=pdf)


def _code_of_another(material: Material, pdf: bytes) -> bytes:
    """Draw the genuine QR code of another student's transcript over the page."""
    modules = qr_modules(parse_qr(material.demonstration.qr(1)))
    side = b"%d" % len(modules)
    code = (
        b"q 110 0 0 110 60 60 cm BI /W %b /H %b /CS /G /BPC 8 ID " % (side, side) + pixels(modules) + b" EI Q"
    )
    return _over(material, pdf, content=code)


def _with_another_file(material: Material, pdf: bytes, *, name: bytes, packed: bool) -> bytes:
    """Make the file a portfolio that opens another transcript first."""
    inside = material.other
    entries = b"/Type /EmbeddedFile /Subtype /application#2Fpdf"
    body = (
        stream(zlib.compress(inside), entries + b" /Filter /FlateDecode")
        if packed
        else stream(inside, entries)
    )
    names = b"/Names << /EmbeddedFiles << /Names [(%b) %d 0 R] >> >>" % (name, _NEW)
    collection = b"/Collection << /Type /Collection /View /H /D (%b) >>" % name
    more = {_NEW: _FILE % (name, name, _NEW + 1), _NEW + 1: body}
    return changed(material, "catalog", names + collection, more, of=pdf)


_LAYER = {_NEW: b"<< /Type /OCG /Name (Khi in) /Usage << /Print << /PrintState /OFF >> >> >>"}
_LAYER_FOR_PRINT = (
    b"/OCProperties << /OCGs [%d 0 R] /D << /AS [<< /Event /Print /Category [/Print] /OCGs [%d 0 R] >>] >> >>"
    % (_NEW, _NEW)
)
_SCRIPT = b"<< /S /JavaScript /JS (this.getField\\('diem'\\)) >>"

ON_PAGES: Mapping[str, OnFile] = {
    "box-cropped": partial(_entry, name="page", entry=b"/CropBox [0 0 300 400]"),
    "box-of-another-size": partial(_entry, name="page", entry=b"/MediaBox [0 0 2000 2000]"),
    "box-inherited": partial(_entry, name="pages", entry=b"/CropBox [0 0 300 400]"),
    "box-without-area": partial(_entry, name="page", entry=b"/MediaBox [0 0 0 0]"),
    "larger-unit": partial(_entry, name="page", entry=b"/UserUnit 75000"),
    "turned": partial(_entry, name="page", entry=b"/Rotate 180"),
    "font-of-type-3": lambda m, pdf: instead(m, "font", _TYPE_3, {_NEW: stream(b"1000 0 d0")}, of=pdf),
    "picture-over-a-mark": partial(_over, content=_PICTURE),
    "code-of-another-student": _code_of_another,
    "white-box-over-a-mark": partial(_over, content=_OVER),
    "white-words-over-a-mark": partial(_over, content=_WORDS),
    "layer-for-print-alone": partial(_entry, name="catalog", entry=_LAYER_FOR_PRINT, more=_LAYER),
    "script-when-turned-to": partial(
        _entry, name="page", entry=b"/AA << /O %b /C %b >>" % (_SCRIPT, _SCRIPT)
    ),
    "script-of-a-field": partial(
        _entry, name="seal-field", entry=b"/AA << /Fo %b /U %b >>" % (_SCRIPT, _SCRIPT)
    ),
    "opened-elsewhere": partial(
        _entry,
        name="catalog",
        entry=b"/OpenAction << /S /GoToR /F (https://example.invalid/a.pdf) /D [0 /Fit] >>",
    ),
    "of-xfa": partial(
        _entry,
        name="catalog",
        entry=b"/NeedsRendering true /AcroForm << /Fields [] /XFA %d 0 R >>" % _NEW,
        more={_NEW: stream(b'<xdp:xdp xmlns:xdp="http://ns.adobe.com/xdp/"><template/></xdp:xdp>')},
    ),
    "words-spoken-differ": partial(
        _entry,
        name="catalog",
        entry=b"/StructTreeRoot << /Type /StructTreeRoot /K %d 0 R >>" % _NEW,
        more={_NEW: b"<< /S /Document /ActualText (10.0) /Alt (10.0) >>"},
    ),
    "permissions-of-a-certified-file": partial(
        _entry, name="catalog", entry=b"/Perms << /DocMDP %d 0 R >>" % _NEW, more={_NEW: b"<< /Type /Sig >>"}
    ),
    "portfolio-of-another-file": partial(_with_another_file, name=b"hoc-ba.pdf", packed=False),
    "portfolio-of-a-packed-file": partial(_with_another_file, name=b"hoc-ba.pdf", packed=True),
    "portfolio-in-place-of-the-data": partial(_with_another_file, name=b"transcript.json", packed=True),
}


_SIGNED = {
    "box-cropped",
    "font-of-type-3",
    "picture-over-a-mark",
    "code-of-another-student",
    "white-box-over-a-mark",
    "layer-for-print-alone",
    "script-when-turned-to",
}
"""Those that stolen keys sign, too."""


def _again(material: Material) -> bytes:
    """Write the page once more as it is."""
    return appended(material.pdf, {material.numbers["page"]: material.body("page")})


def _encrypted_by_a_trailer(material: Material) -> bytes:
    """Say in a new trailer that nothing is encrypted, by a filter that changes nothing."""
    trailer = (
        b"<< /Root %d 0 R /Size 999 /ID [<00> <00>] /Encrypt << /Filter /Standard /V 4 /R 4 /Length 128 /P -4 "
        b"/O <%b> /U <%b> /StmF /Identity /StrF /Identity >> >>"
    ) % (material.numbers["catalog"], b"00" * 32, b"00" * 32)
    return appended(material.pdf, {}, trailer=trailer)


def _linearised_in_front(material: Material) -> bytes:
    """Lay the dictionary of a linearised file in front, which names another first page and length."""
    head = material.pdf.index(b"\n", 9) + 1
    first = b"899 0 obj\n<< /Linearized 1 /L %d /H [9 9] /O 3 /E 9 /N 1 /T 9 >>\nendobj\n" % len(material.pdf)
    return material.pdf[:head] + first + material.pdf[head:]


def _cover(material: Material, *, name: str, data: Callable[[Material], bytes]) -> bytes:
    """Return a file of somebody's own that carries what is genuine inside."""
    target = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.attachments[name] = data(material)
        pdf.Root.Collection = pikepdf.Dictionary(Type=pikepdf.Name.Collection, D=name)
        pdf.save(target, static_id=True)
    return target.getvalue()


def _data(material: Material) -> bytes:
    with pikepdf.open(io.BytesIO(material.pdf)) as pdf:
        return bytes(pdf.Root.Names.EmbeddedFiles.Names[1].EF.F.read_bytes())


PAGES: Attacks = {
    **{f"page-{name}": partial(after_the_seal, make=make) for name, make in ON_PAGES.items()},
    **{
        f"stolen-keys-page-{name}": partial(signed_by_stolen_keys, make=make)
        for name, make in ON_PAGES.items()
        if name in _SIGNED
    },
    "page-again-as-it-was": _again,
    "encrypted-by-a-trailer": _encrypted_by_a_trailer,
    "linearised-in-front": _linearised_in_front,
    "cover-around-the-genuine-file": partial(_cover, name="hoc-ba.pdf", data=lambda m: m.pdf),
    "cover-with-the-genuine-file-as-its-data": partial(_cover, name="transcript.json", data=lambda m: m.pdf),
    "cover-with-the-genuine-data": partial(_cover, name="transcript.json", data=_data),
}

"""A small PDF/A-3a and PDF/UA-1 page with empty signature fields, for tests of `keys` alone.

The product makes its own page and fields in `service/pdf`; this one only has to be just as strict.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pikepdf
import typst

from schemas.pdf_profile import SignatureField

MADE_AT = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)

_PAGE = """
#set document(title: "Học bạ thử", date: datetime(year: 2026, month: 11, day: 24))
#set text(lang: "vi", font: "Libertinus Serif", size: 11pt, fallback: false)
#pdf.attach("/transcript.json", bytes("{}"), relationship: "data", mime-type: "application/json",
  description: "Dữ liệu học bạ")
= Học bạ thử
#for n in range(PAGES) [
  #table(columns: 3, table.header([Môn], [Học kì I], [Học kì II]),
    ..range(60).map(i => ([Ngữ văn #n.#i], [8.0], [7.5])).flatten())
  #pagebreak(weak: true)
]
#v(120pt)
"""
_PANEL = """
#set page(width: 170pt, height: 60pt, margin: 2pt, fill: none)
#set document(title: "Chữ ký", date: datetime(year: 2026, month: 11, day: 24))
#set text(lang: "vi", font: "Libertinus Serif", size: 9pt, fill: rgb(COLOUR), fallback: false)
#rect(width: 100%, height: 100%, stroke: 1pt + rgb(COLOUR))[TEXT]
"""


def make_panel(text: str, colour: str = "#0033a0") -> bytes:
    """Set one signature panel: a single untagged page, as an appearance needs it."""
    source = _PANEL.replace("COLOUR", f'"{colour}"').replace("TEXT", text)
    panel = typst.compile(
        source.encode(), format="pdf", pdf_standards=["a-3b"], pdf_tags=False, ignore_system_fonts=True
    )
    assert isinstance(panel, bytes)
    return panel


def make_sample_pdf(*, pages: int = 1) -> bytes:
    """Make an unsigned page with the fields of profile 1, the seal's with its lock."""
    source = _PAGE.replace("PAGES", str(pages))
    page = typst.compile(
        source.encode(), format="pdf", pdf_standards=["a-3a", "ua-1"], ignore_system_fonts=True
    )
    assert isinstance(page, bytes)
    with pikepdf.open(io.BytesIO(page)) as pdf:
        pdf.Root.AcroForm = pdf.make_indirect(
            pikepdf.Dictionary(
                SigFlags=3,
                Fields=pikepdf.Array(
                    [
                        _add_field(
                            pdf, SignatureField.PRINCIPAL, "Chữ ký của hiệu trưởng", (320, 60, 490, 120)
                        ),
                        _add_field(
                            pdf, SignatureField.SEAL, "Dấu của nhà trường", (260, 50, 380, 130), locks=True
                        ),
                    ]
                ),
            )
        )
        signable = io.BytesIO()
        pdf.save(signable, linearize=False)
    return signable.getvalue()


def _add_field(
    pdf: pikepdf.Pdf, name: str, label: str, box: tuple[int, int, int, int], *, locks: bool = False
) -> pikepdf.Object:
    page = pdf.pages[-1].obj
    tree = pdf.Root.StructTreeRoot
    key = int(tree.ParentTreeNextKey)
    appearance = pdf.make_stream(b"", Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form, BBox=[0, 0, 1, 1])
    field = pdf.make_indirect(
        pikepdf.Dictionary(
            Type=pikepdf.Name.Annot,
            Subtype=pikepdf.Name.Widget,
            FT=pikepdf.Name.Sig,
            T=pikepdf.String(str(name)),
            TU=label,
            F=132,
            Rect=list(box),
            P=page,
            StructParent=key,
            AP=pikepdf.Dictionary(N=appearance),
        )
    )
    if locks:
        lock = pikepdf.Dictionary(Type=pikepdf.Name.SigFieldLock, Action=pikepdf.Name.All, P=1)
        field.Lock = pdf.make_indirect(lock)
    document = tree.K if not isinstance(tree.K, pikepdf.Array) else tree.K[0]
    element = pdf.make_indirect(
        pikepdf.Dictionary(
            Type=pikepdf.Name.StructElem,
            S=pikepdf.Name.Form,
            P=document,
            Alt=label,
            K=pikepdf.Dictionary(Type=pikepdf.Name.OBJR, Obj=field, Pg=page),
        )
    )
    document.K = pikepdf.Array([*_as_list(document.K), element])
    tree.ParentTree.Nums = pikepdf.Array([*tree.ParentTree.Nums, key, element])
    tree.ParentTreeNextKey = key + 1
    page.Tabs = pikepdf.Name.S
    page.Annots = pikepdf.Array([*_as_list(page.get("/Annots", pikepdf.Array())), field])
    return field


def _as_list(value: pikepdf.Object) -> list[pikepdf.Object]:
    return list(value) if isinstance(value, pikepdf.Array) else [value]

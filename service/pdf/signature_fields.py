"""The empty, tagged signature fields of a page, all made before the first signature (docs/formats/pdf.md).

Draws nothing: a field is empty until its signature brings its panel. The boxes lie over the signature block with which
each form ends its last page: on the right, or on the left as in primary school.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import pikepdf

from schemas.pdf_profile import PROFILES, SignatureField

Box = tuple[float, float, float, float]

_MM: Final = 72 / 25.4
# The block is 90 mm wide, ends at the margins (20 mm), and keeps 12 mm for the name.
_PANEL_BOTTOM: Final = (20 + 13) * _MM
PRINCIPAL_SIZE: Final = (180.0, 72.0)
SEAL_DIAMETER: Final = 36 * _MM
"""The seal in its true size."""


class Side(StrEnum):
    """Where the signature block stands: on the form of secondary school, and on that of primary school."""

    RIGHT = "right"
    LEFT = "left"


def _boxes(centre: float) -> Mapping[SignatureField, Box]:
    left = centre - PRINCIPAL_SIZE[0] / 2
    # NĐ 30/2020: the seal covers about the left third of the signature.
    seal_right = left + PRINCIPAL_SIZE[0] / 3
    seal_bottom = _PANEL_BOTTOM + (PRINCIPAL_SIZE[1] - SEAL_DIAMETER) / 2 + 6
    return {
        SignatureField.PRINCIPAL: (
            left,
            _PANEL_BOTTOM,
            left + PRINCIPAL_SIZE[0],
            _PANEL_BOTTOM + PRINCIPAL_SIZE[1],
        ),
        SignatureField.SEAL: (
            seal_right - SEAL_DIAMETER,
            seal_bottom,
            seal_right,
            seal_bottom + SEAL_DIAMETER,
        ),
    }


BOXES_AT: Final[Mapping[Side, Mapping[SignatureField, Box]]] = {
    Side.RIGHT: _boxes((210 - 20 - 45) * _MM),
    Side.LEFT: _boxes((20 + 45) * _MM),
}
BOXES: Final = BOXES_AT[Side.RIGHT]
"""The boxes of the form of secondary school."""
_LABELS: Final[Mapping[SignatureField, str]] = {
    SignatureField.PRINCIPAL: "Chữ ký của hiệu trưởng",
    SignatureField.SEAL: "Dấu của nhà trường",
}
_PRINT_AND_LOCKED: Final = 132


def add_signature_fields(pdf: pikepdf.Pdf, profile: int, side: Side = Side.RIGHT) -> None:
    """Put the fields of `profile` on the last page, in file order; the seal's carries its lock."""
    boxes = BOXES_AT[side]
    fields = pikepdf.Array([_add_field(pdf, field, boxes[field]) for field in PROFILES[profile]])
    pdf.Root.AcroForm = pdf.make_indirect(pikepdf.Dictionary(SigFlags=3, Fields=fields))


def _add_field(pdf: pikepdf.Pdf, field: SignatureField, box: Box) -> pikepdf.Object:
    page = pdf.pages[-1].obj
    tree = pdf.Root.StructTreeRoot
    key = int(tree.ParentTreeNextKey)
    widget = _widget(pdf, page, field, box, key)
    document = tree.K[0] if isinstance(tree.K, pikepdf.Array) else tree.K
    element = pdf.make_indirect(
        pikepdf.Dictionary(
            Type=pikepdf.Name.StructElem,
            S=pikepdf.Name.Form,
            P=document,
            Alt=_LABELS[field],
            K=pikepdf.Dictionary(Type=pikepdf.Name.OBJR, Obj=widget, Pg=page),
        )
    )
    document.K = pikepdf.Array([*_as_list(document.K), element])
    tree.ParentTree.Nums = pikepdf.Array([*tree.ParentTree.Nums, key, element])
    tree.ParentTreeNextKey = key + 1
    page.Tabs = pikepdf.Name.S
    page.Annots = pikepdf.Array([*_as_list(page.get("/Annots", pikepdf.Array())), widget])
    return widget


def _widget(
    pdf: pikepdf.Pdf, page: pikepdf.Object, field: SignatureField, box: Box, key: int
) -> pikepdf.Object:
    x0, y0, x1, y1 = (round(edge, 2) for edge in box)
    appearance = pdf.make_stream(
        b"",
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Form,
        BBox=[0, 0, round(x1 - x0, 2), round(y1 - y0, 2)],
    )
    widget = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot,
        Subtype=pikepdf.Name.Widget,
        FT=pikepdf.Name.Sig,
        T=pikepdf.String(str(field)),
        TU=_LABELS[field],
        F=_PRINT_AND_LOCKED,
        Rect=[x0, y0, x1, y1],
        P=page,
        StructParent=key,
        AP=pikepdf.Dictionary(N=appearance),
    )
    if field is SignatureField.SEAL:
        lock = pikepdf.Dictionary(Type=pikepdf.Name.SigFieldLock, Action=pikepdf.Name.All, P=1)
        widget.Lock = pdf.make_indirect(lock)
    return pdf.make_indirect(widget)


def _as_list(value: pikepdf.Object) -> list[pikepdf.Object]:
    return list(value) if isinstance(value, pikepdf.Array) else [value]

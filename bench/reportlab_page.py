"""A peer's page: flowables and tables, set by reportlab's Platypus."""

from __future__ import annotations

import io
from functools import cache
from xml.sax.saxutils import escape

import segno
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, Image, Paragraph, SimpleDocTemplate, Spacer, TableStyle
from reportlab.platypus import PageBreak as NextPage
from reportlab.platypus import Table as RuledTable

from bench.content import Block, Code, Heading, Line, PageBreak, Table, blocks
from bench.paper import FONTS, Paper

_WIDTH = 170 * mm
_RULED = TableStyle([("GRID", (0, 0), (-1, -1), 0.5, "#444444"), ("VALIGN", (0, 0), (-1, -1), "MIDDLE")])


def render(paper: Paper) -> bytes:
    """Return the unsigned page."""
    output = io.BytesIO()
    document = SimpleDocTemplate(
        output,
        pagesize=A4,
        leftMargin=20 * mm,
        rightMargin=20 * mm,
        topMargin=18 * mm,
        bottomMargin=20 * mm,
        title=paper.transcript.learner.full_name,
        lang="vi",
    )
    document.build([_flowable(block) for block in blocks(paper)])
    return output.getvalue()


@cache
def _styles() -> tuple[ParagraphStyle, ParagraphStyle]:
    for name, file in (("Transcript", "Regular"), ("Transcript-Bold", "Bold")):
        registerFont(TTFont(name, FONTS / f"LiberationSerif-{file}.ttf"))
    line = ParagraphStyle("line", fontName="Transcript", fontSize=10.5, leading=13, spaceAfter=4)
    heading = ParagraphStyle("heading", line, fontName="Transcript-Bold", fontSize=12.5, leading=16)
    return line, heading


def _flowable(block: Block) -> Flowable:
    line, heading = _styles()
    match block:
        case Heading(text):
            return Paragraph(escape(text), heading)
        case Line(text):
            return Paragraph(escape(text), line) if text else Spacer(1, 13)
        case PageBreak():
            return NextPage()
        case Code(address):
            png = io.BytesIO()
            segno.make_qr(address, error="m").save(png, kind="png", scale=2)
            return Image(png, 40 * mm, 40 * mm)
        case Table(widths, head, rows):
            cells = [[Paragraph(escape(cell), line) for cell in row] for row in (head, *rows)]
            return RuledTable(cells, [_WIDTH * width / 100 for width in widths], repeatRows=1, style=_RULED)

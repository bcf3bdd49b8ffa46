"""A peer's page: HTML by string formatting, set by WeasyPrint.

Kind to the peer: the style sheet and the fonts are loaded once, not for each document as in its first steps.
"""

from __future__ import annotations

import base64
import io
from functools import cache
from html import escape

import segno
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from bench.content import Block, Code, Heading, Line, PageBreak, Table, blocks
from bench.paper import FONTS, Paper

_CSS = f"""
@font-face {{ font-family: "Transcript"; src: url("{(FONTS / "LiberationSerif-Regular.ttf").as_uri()}"); }}
@font-face {{ font-family: "Transcript"; font-weight: bold;
  src: url("{(FONTS / "LiberationSerif-Bold.ttf").as_uri()}"); }}
@page {{ size: A4; margin: 18mm 20mm 20mm; font-family: "Transcript";
  @bottom-right {{ content: counter(page) " / " counter(pages); }} }}
body {{ font: 10.5pt "Transcript"; }}
h2 {{ font-size: 12.5pt; margin: 8pt 0 5pt; }}
p {{ margin: 4pt 0; }}
table {{ border-collapse: collapse; width: 100%; table-layout: fixed; }}
td, th {{ border: 0.5pt solid #444; padding: 3pt 4pt; }}
img {{ width: 40mm; image-rendering: pixelated; }}
"""


def render(paper: Paper) -> bytes:
    """Return the unsigned page."""
    fonts, style = _style()
    html = "".join(_html(block) for block in blocks(paper))
    title = escape(paper.transcript.learner.full_name)
    document = HTML(string=f'<html lang="vi"><title>{title}</title><body>{html}</body></html>')
    pdf: bytes = document.write_pdf(stylesheets=[style], font_config=fonts)
    return pdf


@cache
def _style() -> tuple[FontConfiguration, CSS]:
    fonts = FontConfiguration()
    return fonts, CSS(string=_CSS, font_config=fonts)


def _html(block: Block) -> str:
    match block:
        case Heading(text):
            return f"<h2>{escape(text)}</h2>"
        case Line(text):
            return f"<p>{escape(text)}</p>"
        case PageBreak():
            return '<div style="break-before: page"></div>'
        case Code(address):
            png = io.BytesIO()
            segno.make_qr(address, error="m").save(png, kind="png", scale=2)
            return f'<img alt="QR" src="data:image/png;base64,{base64.b64encode(png.getvalue()).decode()}">'
        case Table(widths, head, rows):
            columns = "".join(f'<col style="width: {width}%">' for width in widths)
            heads = "".join(f"<th>{escape(cell)}</th>" for cell in head)
            body = "".join(
                "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
            )
            return f"<table>{columns}<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"

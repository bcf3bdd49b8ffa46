"""The visible panels of the signatures: the principal's in blue, the school's round seal in red (NĐ 30/2020).

They name people and school and show no time: the time of a signature is in the signature. Making one takes some
milliseconds; the caller keeps it.
"""

from __future__ import annotations

import typst

from keys.appearance import Appearance
from service.pdf.render import FONTS, TEMPLATES, refusal


def principal_panel(name: str, title: str) -> Appearance:
    """Return the panel of the person who signs for the school.

    Raises:
        ServiceError: `page-character-missing`, `page-unrenderable`.
    """
    return _panel("principal-panel.typ", {"name": name, "title": title})


def seal_panel(school_name: str) -> Appearance:
    """Return the school's seal, its name along the rim.

    Raises:
        ServiceError: `page-character-missing`, `page-unrenderable`.
    """
    return _panel("seal-panel.typ", {"school": school_name})


def _panel(template: str, inputs: dict[str, str]) -> Appearance:
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])
    compiler = typst.Compiler(TEMPLATES / template, root=TEMPLATES, font_paths=fonts, sys_inputs=inputs)
    try:
        # Untagged: a panel is drawn inside a field that has its own alternative text.
        panel = compiler.compile(format="pdf", pdf_standards=["a-3b"], pdf_tags=False)
    except typst.TypstError as error:
        raise refusal(error) from error
    if not isinstance(panel, bytes):
        raise TypeError("typst returned no single PDF")
    return Appearance(panel)

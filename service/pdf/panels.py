"""The visible panels of the signatures: the principal's in blue, the school's round seal in red (NĐ 30/2020).

They name people and school and show no time: the time of a signature is in the signature. Making one takes some
milliseconds; the caller keeps it.
"""

from __future__ import annotations

from pathlib import Path

import typst

from keys.appearance import Appearance
from service.pdf.render import FONTS, TEMPLATES, refusal


def principal_panel(name: str, title: str, image: Path | None = None) -> Appearance:
    """Return the panel of the person who signs for the school.

    Args:
        name: the person's.
        title: the person's.
        image: the handwritten signature, checked (`service.pdf.signature_image`); None for a flourish in its place.

    Raises:
        ServiceError: `page-character-missing`, `page-unrenderable`.
    """
    return _panel("principal-panel.typ", {"name": name, "title": title}, image)


def seal_panel(school_name: str, image: Path | None = None) -> Appearance:
    """Return the school's seal: its image, or one drawn with its name along the rim.

    Raises:
        ServiceError: `page-character-missing`, `page-unrenderable`.
    """
    return _panel("seal-panel.typ", {"school": school_name}, image)


def _panel(template: str, inputs: dict[str, str], image: Path | None) -> Appearance:
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])
    # The template may read the folder of the image, and nothing else; without one, its own.
    root = TEMPLATES if image is None else image.parent
    shown = {} if image is None else {"image": f"/{image.name}"}
    compiler = typst.Compiler(
        (TEMPLATES / template).read_bytes(), root=root, font_paths=fonts, sys_inputs={**inputs, **shown}
    )
    try:
        # Untagged: a panel is drawn inside a field that has its own alternative text.
        panel = compiler.compile(format="pdf", pdf_standards=["a-3b"], pdf_tags=False)
    except typst.TypstError as error:
        raise refusal(error) from error
    if not isinstance(panel, bytes):
        raise TypeError("typst returned no single PDF")
    return Appearance(panel)

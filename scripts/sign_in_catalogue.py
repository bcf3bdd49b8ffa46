"""Compiles the Vietnamese catalogue of Flask-Security, which is written by hand, into what is read while serving.

python -m scripts.sign_in_catalogue
"""

from __future__ import annotations

import io
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

CATALOGUE = Path(__file__).parent.parent / "service/web/translations/vi/LC_MESSAGES/flask_security.po"


def compiled() -> bytes:
    """Return the compiled catalogue."""
    with CATALOGUE.open("rb") as source:
        catalogue = read_po(source)
    target = io.BytesIO()
    write_mo(target, catalogue)
    return target.getvalue()


def main() -> None:
    """Write it beside its source."""
    CATALOGUE.with_suffix(".mo").write_bytes(compiled())


if __name__ == "__main__":
    main()

"""The built style sheet: made from the sources that stand beside it, and free of what is another government's."""

from __future__ import annotations

from hashlib import sha256

from tests.meta.repository import ROOT, read

BUILT = "verify/web/static/portal.css"


def test_style_sheet_is_built_from_the_sources() -> None:
    """`make assets` was run after the last change of assets/."""
    folder = ROOT / "assets"
    sources = sorted([*folder.glob("*.scss"), folder / "package-lock.json"], key=lambda path: path.name)
    digest = sha256()
    for path in sources:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    assert f"sources sha256 {digest.hexdigest()}." in read(BUILT), "run `make assets`"


def test_nothing_of_the_crown() -> None:
    """The style sheet names neither GDS Transport nor crown nor crest, and both licences stand beside it."""
    built = read(BUILT)
    assert [word for word in ("GDS Transport", "crown", "crest", "govuk-logo") if word in built] == []
    assert "Crown Copyright" in read("verify/web/static/licences/govuk-frontend.txt")
    assert "SIL OPEN FONT LICENSE" in read("verify/web/static/licences/be-vietnam-pro.txt").upper()

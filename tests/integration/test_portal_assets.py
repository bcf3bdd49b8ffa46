"""The static files of the portal: kept for ever under an address that changes with them, and compressed beforehand."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.support.demonstration import Demonstration
from verify.web.app import create_app
from verify.web.assets import FOLDER, Assets


@pytest.fixture
def client(released: Demonstration) -> FlaskClient:
    """The verifying application."""
    verifier = released.verifier()
    client = create_app(verifier).test_client()
    verifier.close()
    return client


def test_style_sheet_is_immutable_and_compressed(client: FlaskClient) -> None:
    """The address on a page gives the style sheet by gzip to whoever takes it, to be kept for a year."""
    address = re.search(r'href="(/static/[0-9a-f]{16}/portal\.css)"', client.get("/").text)
    assert address is not None
    packed = client.get(address[1], headers={"Accept-Encoding": "gzip, br"})
    plain = client.get(address[1])
    assert (packed.headers["Content-Encoding"], packed.headers["Vary"]) == ("gzip", "Accept-Encoding")
    assert gzip.decompress(packed.data) == plain.data == (FOLDER / "portal.css").read_bytes()
    assert plain.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert plain.headers["X-Content-Type-Options"] == "nosniff"


def test_every_address_inside_the_style_sheet_is_a_file(client: FlaskClient) -> None:
    """What the style sheet names lies beside it, and nothing comes from elsewhere."""
    assets = Assets()
    named = re.findall(r"url\(([^)]*)\)", assets.files["portal.css"].data.decode())
    assert named
    for name in named:
        answer = client.get(f"/static/{assets.release}/{name.strip(chr(34))}")
        assert (answer.status_code, answer.mimetype) == (200, "font/woff2")


def test_another_release_is_answered_and_not_kept(client: FlaskClient) -> None:
    """While processes of two releases run, a page of either finds its files; what may be another file is not kept."""
    answer = client.get("/static/0123456789abcdef/portal.css")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")


def test_release_follows_every_file(tmp_path: Path) -> None:
    """A byte of any file, or its name, changes the address of all."""
    (tmp_path / "a.js").write_text("1;")
    first = Assets(tmp_path).release
    (tmp_path / "a.js").write_text("2;")
    second = Assets(tmp_path).release
    (tmp_path / "a.js").rename(tmp_path / "b.js")
    assert len({first, second, Assets(tmp_path).release}) == 3


@pytest.mark.parametrize("name", ["../app.py", "nothing.css", "%2e%2e/app.py"])
def test_nothing_else_is_given_out(client: FlaskClient, name: str) -> None:
    """Only the files that were read at the start have an address."""
    assert client.get(f"/static/{Assets().release}/{name}").status_code == 404


def test_fonts_fit_their_budget() -> None:
    """All fonts together weigh at most 70 KB."""
    assert (
        sum(len(asset.data) for name, asset in Assets().files.items() if name.startswith("fonts/")) <= 70_000
    )

"""The browser's own verifier reads the vectors that Python reads, in Chromium, and says the same."""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route

from scripts import browser_tables
from tests.support.browser import browser_page
from tests.support.record import ed25519_key
from verify.web.assets import FOLDER
from verify.web.offline_words import WORDS_OF_CHECKS

VECTORS = Path(__file__).parent.parent / "vectors"
HARNESS = Path(__file__).parent.parent / "support" / "browser_vectors.js"
FORMATS = ("qr", "claims", "cose", "offline-pack")


def _give(route: Route) -> None:
    """Answer from the portal's static files; the harness stands among them."""
    name = route.request.url.split("/", 3)[3]
    if name == "":
        route.fulfill(content_type="text/html", body='<script type="module" src="/harness.js"></script>')
        return
    path = HARNESS if name == "harness.js" else FOLDER / name
    route.fulfill(content_type=mimetypes.guess_type(path.name)[0], body=path.read_bytes())


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    """A page that has the portal's scripts; no server is asked."""
    with browser_page() as page:
        page.route("http://localhost/**", _give)
        page.goto("http://localhost/")
        page.wait_for_function("Boolean(window.checkSignatures)")
        yield page


def _file(name: str) -> Any:
    return json.loads((VECTORS / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("format_name", FORMATS)
def test_vectors_are_read_as_in_python(page: Page, format_name: str) -> None:
    """Each vector gives the value that it names, or is refused with its code."""
    file = _file(f"{format_name}/vectors.json")
    answers = page.evaluate("([format, file]) => readVectors(format, file)", [format_name, file])
    expected = {
        one["name"]: {"error": one["error"]} if "error" in one else {"value": one["value"]}
        for one in file["vectors"]
    }
    assert answers == expected


def test_verdicts_are_those_of_python(page: Page) -> None:
    """Verdict, checks and refused packs are those of the cases, and every word has its sentence."""
    file = _file("offline/cases.json")
    answers = page.evaluate("(file) => readCases(file)", file)
    hidden = {"unreadable", "altered", "untrusted_issuer"}
    for case in file["cases"]:
        answer = answers.pop(case["name"])
        assert [word for word in answer.pop("words") if word not in WORDS_OF_CHECKS] == []
        expected = {key: case[key] for key in ("verdict", "checks", "refused")}
        assert answer == {**expected, "shown": case["verdict"] not in hidden}, case["name"]
    assert answers == {}


def test_both_ways_to_check_a_signature_agree(page: Page) -> None:
    """WebCrypto and noble take a good signature, and refuse a changed one and one whose S is not reduced."""
    key = ed25519_key("a key")
    message = b"message"
    good = key.sign(message)
    order = 2**252 + 27742317777372353535851937790883648493
    unreduced = good[:32] + (int.from_bytes(good[32:], "little") + order).to_bytes(32, "little")
    changed = good[:-1] + bytes([good[-1] ^ 1])
    cases = [[key.public_key.hex(), one.hex(), message.hex()] for one in (good, changed, unreduced)]
    cases.append([sha256(b"no point").hexdigest(), good.hex(), message.hex()])
    answers = page.evaluate("(cases) => checkSignatures(cases)", cases)
    assert answers == [[True, True], *[[False, False]] * 3]


def test_tables_are_those_of_the_formats() -> None:
    """`make docs` was run after the last change of a subject, a word or a code."""
    assert (FOLDER.parent.parent.parent / browser_tables.PATH).read_text("utf-8") == browser_tables.text()

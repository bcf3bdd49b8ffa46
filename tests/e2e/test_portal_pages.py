"""The portal in a browser: every verdict in both languages, on a phone and on a desk, with scripts and without.

`make test` takes every pair of verdict, language, width and scripts; `make e2e` takes them all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from schemas.verdict import VerdictCode
from tests.support.accessibility import violations
from tests.support.browser import browser_page
from tests.support.demonstration import Demonstration
from tests.support.verdict_cases import FILES, UNKNOWN_SERIAL, VerdictCases

WIDTHS = (390, 1366)
LANGUAGES = ("vi", "en")


@dataclass(frozen=True)
class Portals:
    """What the browser opens, and what it hands in."""

    cases: VerdictCases
    addresses: Mapping[VerdictCode, str]
    files: Mapping[VerdictCode, Path]


@pytest.fixture(scope="module")
def portals(_demonstration: Demonstration, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portals]:
    """The portal as it is, one without a record, one whose trust root has expired; and a file for each verdict."""
    folder = tmp_path_factory.mktemp("portals")
    cases = VerdictCases(_demonstration.copy(folder / "data"))
    files = {}
    for code, pdf in cases.files.items():
        files[code] = folder / f"{code.value}.pdf"
        files[code].write_bytes(pdf)
    with ExitStack() as stack:
        usual = stack.enter_context(cases.serving(VerdictCode.VALID))
        others = {
            code: stack.enter_context(cases.serving(code))
            for code in (VerdictCode.UNCONFIRMED, VerdictCode.SERVICE_ERROR)
        }
        yield Portals(cases, {code: others.get(code, usual) for code in VerdictCode}, files)


def combinations(*, every: bool) -> list[tuple[VerdictCode, str, int, bool]]:
    """Return verdict, language, width and whether scripts run: all, or so many that each pair occurs."""
    if every:
        return list(product(VerdictCode, LANGUAGES, WIDTHS, (True, False)))
    chosen = []
    for number, code in enumerate(VerdictCode):
        width, scripts = number % 2, number % 4 < 2
        chosen.append((code, "vi", WIDTHS[width], scripts))
        chosen.append((code, "en", WIDTHS[1 - width], not scripts))
    return chosen


def test_each_pair_occurs() -> None:
    """The shorter list has each pair of values that the longer one has."""
    every, chosen = combinations(every=True), combinations(every=False)
    for first, second in product(range(4), repeat=2):
        assert {(row[first], row[second]) for row in every} == {(row[first], row[second]) for row in chosen}


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
@pytest.mark.parametrize("width", WIDTHS)
def test_verdicts_as_people_see_them(
    portals: Portals, *, width: int, scripts: bool, request: pytest.FixtureRequest
) -> None:
    """Each verdict is the heading and the title, fits the screen, and axe-core finds nothing on its page."""
    every = request.config.getoption("--every-combination")
    rows = [row for row in combinations(every=every) if row[2:] == (width, scripts)]
    with browser_page(width=width, height=800, javascript=scripts) as page, audit_page(page, width) as audit:
        for code, lang, _, _ in rows:
            earn(page, portals, code, lang)
            headline = getattr(code.headline, lang)
            expect(page.get_by_role("heading", level=1)).to_have_text(headline)
            expect(page.get_by_role("status")).to_contain_text(headline)
            assert page.title().startswith(headline)
            assert page.locator("html").get_attribute("lang") == lang
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (
                code,
                "wider than the screen",
            )
            if not scripts:
                # axe-core is a script itself: it looks at what this page became, in a page where scripts run.
                audit.goto(portals.addresses[code] + "/livez")
                audit.set_content(without_scripts(page.content()))
            assert violations(page if scripts else audit) == [], code


@contextmanager
def audit_page(page: Page, width: int) -> Iterator[Page]:
    """Open a page of the same browser where scripts run."""
    browser = page.context.browser
    assert browser is not None
    context = browser.new_context(viewport={"width": width, "height": 800})
    yield context.new_page()
    context.close()


def without_scripts(html: str) -> str:
    """Return a page as it stands where no script runs."""
    html = re.sub(r"<script\b[^>]*>.*?</script>", "", html, flags=re.DOTALL)
    return html.replace("<noscript>", "<div>").replace("</noscript>", "</div>")


def earn(page: Page, portals: Portals, code: VerdictCode, lang: str) -> None:
    """Earn a verdict as a person would: hand a file in, type a serial, open the address of a QR code."""
    address = portals.addresses[code]
    if code in FILES:
        page.goto(f"{address}/?lang={lang}")
        page.set_input_files("#file", portals.files[code])
        page.locator("form:has(#file) button").click()
    elif code is VerdictCode.NOT_FOUND:
        page.goto(f"{address}/?lang={lang}")
        page.fill("#serial", UNKNOWN_SERIAL.lower())
        page.press("#serial", "Enter")
    else:
        qr = portals.cases.demonstration.qr()
        page.goto(address + qr[qr.index("/V/") :].replace("#", f"?lang={lang}#"))


@pytest.mark.parametrize("width", WIDTHS)
def test_way_in_is_accessible(portals: Portals, width: int) -> None:
    """The first page and a page that is not there pass axe-core in both languages, and work by keyboard."""
    with browser_page(width=width, height=800) as page:
        for lang, path in product(LANGUAGES, ("/", "/nowhere")):
            page.goto(f"{portals.addresses[VerdictCode.VALID]}{path}?lang={lang}")
            assert violations(page) == [], (lang, path)
        page.goto(portals.addresses[VerdictCode.VALID])
        page.keyboard.press("Tab")
        expect(page.locator(".govuk-skip-link")).to_be_focused()
        page.get_by_role("link", name="English").press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Verify a school transcript")


def test_scanned_code_shows_the_signed_marks(portals: Portals) -> None:
    """Digits leave the address bar and the marks are shown; without scripts a scanner's typing shows them too."""
    qr, address = portals.cases.demonstration.qr(), portals.addresses[VerdictCode.RECORDED]
    name = portals.cases.demonstration.verifier().qr(qr).document
    assert name is not None
    with browser_page(width=390, height=800) as page:
        page.goto(address + qr[qr.index("/V/") :])
        expect(page.locator(".portal-own").get_by_text(name.full_name)).to_be_visible()
        assert "#" not in page.url
    with browser_page(width=1366, height=800, javascript=False) as page:
        page.goto(address)
        page.locator("#serial").press_sequentially(qr[:40])
        page.fill("#serial", qr)
        page.press("#serial", "Enter")
        expect(page.locator(".portal-own").get_by_text(name.full_name)).to_be_visible()
        assert qr[-40:] not in page.url


@pytest.mark.parametrize("javascript", [True, False])
def test_answer_to_an_upload_is_one_tap_from_english(portals: Portals, *, javascript: bool) -> None:
    """The link shows the answer in English in place of the Vietnamese one, and leads back, without asking again."""
    with browser_page(width=390, height=800, javascript=javascript) as page:
        earn(page, portals, VerdictCode.VALID, "vi")
        heading = page.get_by_role("heading", level=1)
        expect(heading).to_have_text(VerdictCode.VALID.headline.vi)
        asked: list[str] = []
        page.on(
            "request", lambda request: asked.append(request.url) if request.is_navigation_request() else None
        )
        page.get_by_role("link", name="English").click()
        expect(heading).to_have_text(VerdictCode.VALID.headline.en)
        assert not javascript or violations(page) == []
        page.get_by_role("link", name="Tiếng Việt").click()
        expect(heading).to_have_text(VerdictCode.VALID.headline.vi)
        assert asked == []


def test_nothing_comes_from_elsewhere(portals: Portals) -> None:
    """A page asks its own server for everything, sets no cookie, breaks no policy and logs no error."""
    asked, said = [], []
    with browser_page(width=390, height=800) as page:
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        earn(page, portals, VerdictCode.VALID, "vi")
        expect(page.get_by_role("heading", level=1)).to_have_text(VerdictCode.VALID.headline.vi)
        cookies = page.context.cookies()
    address = portals.addresses[VerdictCode.VALID]
    assert [url for url in asked if not url.startswith(address)] == []
    assert (said, cookies) == ([], [])


def test_report_on_paper(portals: Portals) -> None:
    """Printed, a result shows the report that a screen folds away, and no navigation."""
    with browser_page(width=1366, height=800) as page:
        earn(page, portals, VerdictCode.VALID, "vi")
        report = page.get_by_role("heading", name="Phiếu kết quả kiểm tra")
        expect(page.get_by_role("button", name="In phiếu kết quả")).to_be_visible()
        expect(report).to_be_hidden()
        page.emulate_media(media="print")
        expect(report).to_be_visible()
        expect(page.get_by_role("navigation")).to_be_hidden()
        assert page.pdf(format="A4")[:5] == b"%PDF-"

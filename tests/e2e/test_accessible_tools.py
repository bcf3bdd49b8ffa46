"""The desk and the scanning page, empty and with results: axe-core finds nothing, nothing must be scrolled sideways."""

from __future__ import annotations

import zipfile
from itertools import product
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.accessibility import violations
from tests.support.browser import browser_page
from tests.support.commands import portal
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.desk_page import hand_in
from tests.support.pictures import png
from tests.support.qr_pictures import qr_picture

WIDTHS = (390, 1366)
LANGUAGES = ("vi", "en")
both = pytest.mark.parametrize(("width", "lang"), list(product(WIDTHS, LANGUAGES)))


def check(page: Page, width: int, what: str) -> None:
    """Refuse what axe-core finds, and what must be scrolled sideways."""
    assert violations(page) == [], what
    assert page.evaluate("document.documentElement.scrollWidth") <= width, what


@both
def test_desk(released: Demonstration, tmp_path: Path, width: int, lang: str) -> None:
    """With files of every kind, long names, and a list of applicants whom nobody answers for."""
    long_name = f"{'ho-so-tuyen-sinh-' * 8}.pdf"
    with zipfile.ZipFile(tmp_path / "many.zip", "w") as archive:
        archive.writestr(long_name, released.pdf(0))
        archive.writestr("again.pdf", released.pdf(0))
        archive.writestr("altered.pdf", released.pdf(1) + b"\n")
        archive.writestr("words.txt", b"x")
    rows = "Họ và tên;Ngày sinh\nLê Văn Tám;01/01/2010\n"
    (tmp_path / "list.csv").write_text(rows, encoding="utf-8")
    with portal(released.data) as address, browser_page(width=width) as page:
        page.goto(f"{address}/desk?lang={lang}")
        check(page, width, "empty")
        hand_in(page, [tmp_path / "many.zip"], total=4)
        check(page, width, "with results")
        page.set_input_files("#applicants", tmp_path / "list.csv")
        expect(page.locator("#desk-attention")).to_contain_text("Lê Văn Tám")
        check(page, width, "with a list")
        for folded in page.locator("details:not([open]) > summary:visible").all():
            folded.click()
        check(page, width, "unfolded")


@both
def test_scanning_page(demonstration: Demonstration, width: int, lang: str) -> None:
    """Without anything, with a kept pack, with a code that the record knows, and with a picture that shows none."""
    # The browser reads the real clock, and packs come with each hourly checkpoint.
    demonstration.clock.catch_up()
    demonstration.installation.publish()
    code = qr_picture(demonstration.qr())
    with portal(demonstration.data) as address, browser_page(width=width) as page:
        # Browsers take localhost for safe without TLS.
        page.goto(f"{address.replace('127.0.0.1', 'localhost')}/scan/?lang={lang}")
        expect(page.locator("body[data-ready]")).to_be_attached()
        check(page, width, "empty")
        page.click("#keep button")
        expect(page.locator(f"#packs [data-school='{SCHOOL}']")).to_be_visible()
        check(page, width, "with a pack")
        for picture in (png(code), png(code.resize((20, 20)))):
            page.set_input_files("#photo", {"name": "a.png", "mimeType": "image/png", "buffer": picture})
            expect(page.locator("#result h2, #status:has-text('QR')").first).to_be_visible()
            check(page, width, "with a result")


def test_first_page_leads_to_the_scanning_page(released: Demonstration) -> None:
    """Whoever has a paper and a phone is led to where a code is scanned; a command's name is never broken."""
    with portal(released.data) as address, browser_page(width=390) as page:
        page.goto(address)
        assert page.locator(".portal-command").evaluate("one => one.getClientRects().length") == 1
        page.get_by_role("link", name="Có tờ giấy và điện thoại").click()
        assert page.url.endswith("/scan/")

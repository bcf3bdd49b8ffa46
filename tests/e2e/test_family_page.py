"""The family's page on a phone: from the address and the PIN to the file, without JavaScript, and nothing axe finds."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.accessibility import violations
from tests.support.browser import browser_page
from tests.support.changes import correct
from tests.support.commands import console
from tests.support.demonstration import Demonstration
from tests.support.families import made_link, other_pin, token_of

PHONE = 390


def fits(page: Page) -> bool:
    """Whether nothing of a page lies beside the screen."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_from_a_message_to_the_file(demonstration: Demonstration) -> None:
    """A parent mistypes the PIN, reads why, types it again and has the very file, without JavaScript."""
    made = made_link(demonstration)
    with console(demonstration.data) as address, browser_page(width=PHONE, javascript=False) as page:
        page.goto(f"{address}/hoc-ba/{token_of(made)}")
        expect(page.locator("#pin")).to_be_focused()
        page.keyboard.type(other_pin(made))
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("mã PIN chưa đúng")
        page.fill("#pin", made.pin)
        page.get_by_role("button", name="Mở học bạ").click()
        expect(page.get_by_role("status")).to_contain_text("Học bạ hợp lệ")
        with page.expect_download() as download:
            page.get_by_role("link", name="Tải tệp PDF").click()
        assert Path(download.value.path()).read_bytes() == demonstration.pdf()
        page.reload()
        expect(page.get_by_role("status")).to_contain_text("Học bạ hợp lệ")


@pytest.mark.parametrize("language", ["vi", "en"])
def test_axe_finds_nothing_on_a_phone(demonstration: Demonstration, language: str) -> None:
    """Form, refusal, document and a corrected document, in both languages at 390 px: no fault, nothing cut off."""
    made = made_link(demonstration)
    correct(demonstration)
    with console(demonstration.data) as address, browser_page(width=PHONE, height=844) as page:
        # axe is put into the page, which the page's own policy would not let it do.
        where = f"{address}/hoc-ba/{token_of(made)}?lang={language}"
        page.goto(where)
        assert (violations(page), fits(page)) == ([], True)
        page.fill("#pin", other_pin(made))
        page.get_by_role("button").click()
        expect(page.get_by_role("alert")).to_be_visible()
        assert (violations(page), fits(page)) == ([], True)
        page.fill("#pin", made.pin)
        page.get_by_role("button").click()
        expect(page.get_by_role("status")).to_be_visible()
        assert (violations(page), fits(page)) == ([], True)
        assert page.locator("html").get_attribute("lang") == language

"""Signing in and the people's pages in a browser: without JavaScript, by keyboard, at 1024 × 600; axe finds nothing."""

from __future__ import annotations

import re

from passlib.totp import TOTP
from playwright.sync_api import Page, expect

from service.people.accounts import OPERATOR
from service.people.roles import Role
from tests.support.accessibility import violations
from tests.support.browser import browser_page
from tests.support.commands import console
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.sign_in import sign_in_on_page

PASSWORD = "bốn cái cây bàng xanh"


def fits(page: Page) -> bool:
    """Return whether nothing of the page is to be scrolled to sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_somebody_is_invited_joins_and_is_disabled(demonstration: Demonstration) -> None:
    """An administrator invites a clerk, who joins by the link and signs in; once disabled, the next page is shut."""
    with (
        console(demonstration.data) as address,
        browser_page(javascript=False, height=600) as page,
    ):
        browser = page.context.browser
        assert browser is not None
        other = browser.new_context(
            java_script_enabled=False, viewport={"width": 1024, "height": 600}
        ).new_page()
        page.goto(address)
        sign_in_on_page(page, demonstration, Role.ADMINISTRATOR)
        expect(page.locator("h1")).to_have_text("Người dùng")
        page.get_by_role("link", name="Mời người dùng").click()
        page.get_by_label("Họ và tên người dùng").fill("Trần Thị Mới")
        page.get_by_label("Tên đăng nhập").fill("moi@truong.example")
        page.get_by_label("Văn thư").check()
        page.get_by_role("button", name="Mời").click()
        link = page.get_by_role("status").locator(".link").inner_text()
        other.goto(link)
        expect(other).to_have_url(re.compile("/invitation$"))
        other.get_by_label("Mật khẩu mới", exact=True).fill(PASSWORD)
        other.get_by_label("Mật khẩu mới lần nữa").fill(PASSWORD)
        other.keyboard.press("Enter")
        expect(other.get_by_role("status")).to_contain_text("Hãy đăng nhập")
        other.get_by_label("Tên đăng nhập").fill("MOI@truong.example")
        other.get_by_label("Mật khẩu").fill(PASSWORD)
        other.keyboard.press("Enter")
        expect(other.get_by_role("link", name="Trần Thị Mới")).to_be_visible()
        page.goto(f"{address}/people")
        page.get_by_role("link", name="Trần Thị Mới").click()
        expect(page.get_by_role("cell", name="mời: Văn thư")).to_be_visible()
        page.get_by_role("button", name="Ngừng dùng tài khoản").click()
        expect(page.get_by_role("button", name="Mở lại tài khoản")).to_be_visible()
        other.get_by_role("link", name="Trần Thị Mới").click()
        expect(other.locator("h1")).to_have_text("Đăng nhập")


def test_an_authenticator_is_set_up_and_asked_for(demonstration: Demonstration) -> None:
    """The QR code has its key beside it; from then on a code is asked for, and a recovery code stands in for one."""
    with console(demonstration.data) as address, browser_page(javascript=False, height=600) as page:
        page.goto(address)
        sign_in_on_page(page, demonstration, Role.CLERK)
        page.get_by_role("link", name="Phạm Thị Văn").click()
        page.get_by_role("link", name="Thiết lập ứng dụng xác thực").click()
        page.get_by_role("button", name="Thiết lập ứng dụng xác thực").click()
        expect(page.get_by_role("img", name="Mã QR")).to_be_visible()
        key = re.sub("[^A-Z2-7]", "", page.locator("span.code").inner_text())
        page.get_by_label("Mã 6 số").fill(str(TOTP(key=key).generate().token))
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_have_text("Đã thiết lập ứng dụng xác thực.")
        page.get_by_role("link", name="Mã khôi phục").click()
        page.get_by_role("button", name="Tạo các mã mới").click()
        recovery = page.locator("li.code").first.inner_text()
        page.get_by_role("button", name="Đăng xuất").click()
        sign_in_on_page(page, demonstration, Role.CLERK)
        expect(page.locator("h1")).to_have_text("Mã xác thực")
        page.get_by_label("Mã 6 số").fill("000000")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("Mã không đúng")
        page.get_by_role("link", name="Dùng mã khôi phục").click()
        page.get_by_label("Một mã khôi phục").fill(recovery)
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_have_text("Các lớp")


def test_the_pages_are_accessible_and_fit(demonstration: Demonstration) -> None:
    """On each page of signing in and of people axe finds nothing, and nothing stands beside a narrow screen."""
    installation = demonstration.installation
    _, code = installation.administration.invite(SCHOOL, "Lê Mới", "moi", [Role.CLERK], by=OPERATOR)
    person = installation.administration.find(SCHOOL, "chu-nhiem").person.id
    mine = ("/account", "/account/password", "/sign-in/authenticator", "/sign-in/again")
    pages = {
        Role.ADMINISTRATOR: (*mine, "/people", "/people/invite", f"/people/{person}", "/imports"),
        Role.SUBJECT_TEACHER: ("/", "/classes/2025-2026/6A"),
    }
    with console(demonstration.data) as address, browser_page(height=600) as page:
        for path in ("/sign-in", f"/invitation?code={code}", "/invitation?code=x"):
            page.goto(address + path)
            assert (path, violations(page), fits(page)) == (path, [], True)
        for role, paths in pages.items():
            page.goto(f"{address}/sign-in")
            sign_in_on_page(page, demonstration, role)
            for path in paths:
                page.goto(address + path)
                assert (path, violations(page), fits(page)) == (path, [], True)
            page.get_by_role("button", name="Đăng xuất").click()
        sign_in_on_page(page, demonstration, Role.INSPECTOR, of_office=True)
        expect(page.locator("h1")).to_have_text("Các trường")
        assert (violations(page), fits(page)) == ([], True)

"""The school's settings, the Sở's schools and families' addresses in a browser: no JavaScript, wide and narrow, axe."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
from playwright.sync_api import Page, expect

from service.people.roles import Role
from tests.support.accessibility import violations
from tests.support.browser import browser_page
from tests.support.commands import console
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.sign_in import sign_in_on_page

SETTINGS = f"/schools/{SCHOOL}/settings"


def fits(page: Page) -> bool:
    """Return whether nothing of the page is to be scrolled to sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def addresses(demonstration: Demonstration, folder: Path) -> Path:
    """Write a file with an address for each student."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["Mã học sinh", "Họ và tên", "Email"])
    for number, one in enumerate(demonstration.installation.register.student_years(SCHOOL, "2025-2026")):
        sheet.append([one.learner.student_code, one.learner.full_name, f"nha{number}@example.vn"])
    target = io.BytesIO()
    book.save(target)
    path = folder / "dia-chi.xlsx"
    path.write_bytes(target.getvalue())
    return path


def test_an_administrator_enters_a_new_principal(demonstration: Demonstration) -> None:
    """Without JavaScript: the link of the first page, the form, and old and new in the history."""
    with console(demonstration.data) as address, browser_page(javascript=False, height=600) as page:
        page.goto(address)
        sign_in_on_page(page, demonstration, Role.ADMINISTRATOR)
        page.get_by_role("link", name="Cài đặt trường").click()
        card = page.locator("#principal")
        card.get_by_label("Họ và tên").fill("Lê Thị Mới")
        card.get_by_label("Từ ngày").fill("2027-01-04")
        card.get_by_role("button", name="Ghi hiệu trưởng mới").click()
        expect(page.locator("#principal")).to_contain_text("04/01/2027")
        history = page.get_by_role("region", name="Lịch sử thay đổi")
        expect(history).to_contain_text("Nguyễn Thị Thử")
        expect(history).to_contain_text("Lê Thị Mới")


def test_a_clerk_imports_addresses(demonstration: Demonstration, tmp_path: Path) -> None:
    """Checked, shown, imported, undone, each by one button."""
    with console(demonstration.data) as address, browser_page(javascript=False, height=600) as page:
        page.goto(address)
        sign_in_on_page(page, demonstration, Role.CLERK)
        page.get_by_role("link", name="Thông báo cho gia đình").click()
        page.get_by_role("link", name="Địa chỉ thư của gia đình").click()
        page.get_by_label("Tệp .xlsx").set_input_files(addresses(demonstration, tmp_path))
        page.get_by_role("button", name="Kiểm tra tệp").click()
        expect(page.get_by_role("status")).to_contain_text("Sẽ thêm")
        page.get_by_role("button", name="Nhập các địa chỉ này").click()
        expect(page.get_by_role("status")).to_contain_text("Đã nhập")
        page.get_by_role("button", name="Hoàn tác").click()
        expect(page.get_by_role("cell", name="Đã hoàn tác")).to_be_visible()


def test_the_pages_are_accessible_and_fit(demonstration: Demonstration, tmp_path: Path) -> None:
    """At 390 and 1366 px axe finds nothing on them, and nothing stands beside the screen; in both languages."""
    file = addresses(demonstration, tmp_path)
    with console(demonstration.data) as address, browser_page() as page:
        page.goto(address)
        sign_in_on_page(page, demonstration, Role.ADMINISTRATOR, of_office=True)
        paths = (
            "/schools",
            "/schools/add",
            SETTINGS,
            f"/schools/{SCHOOL}/people",
            f"/schools/{SCHOOL}/certificates",
        )
        for _language in ("vi", "en"):
            _look(page, address, paths)
            page.get_by_role("button", name="English").or_(
                page.get_by_role("button", name="Tiếng Việt")
            ).click()
        page.get_by_role("button", name="Đăng xuất").click()
        sign_in_on_page(page, demonstration, Role.CLERK)
        _look(page, address, ("/contacts", "/notices"))
        page.goto(f"{address}/contacts")
        page.get_by_label("Tệp .xlsx").set_input_files(file)
        page.get_by_role("button", name="Kiểm tra tệp").click()
        assert (violations(page), fits(page)) == ([], True)


def _look(page: Page, address: str, paths: tuple[str, ...]) -> None:
    for path in paths:
        page.goto(address + path)
        for width, height in ((390, 844), (1366, 768)):
            page.set_viewport_size({"width": width, "height": height})
            assert (path, width, violations(page), fits(page)) == (path, width, [], True)

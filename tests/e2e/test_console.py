"""The school's console in a browser: sign in, import, issue, fetch a file; without JavaScript too."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from service.demo import SCHOOL_YEAR
from service.people.roles import Role
from service.sample import sample_class
from tests.support.browser import browser_page
from tests.support.commands import console
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.sign_in import sign_in_on_page


@pytest.mark.parametrize("javascript", [True, False])
def test_a_class_from_workbook_to_file(
    demonstration: Demonstration, tmp_path: Path, *, javascript: bool
) -> None:
    """An office imports a class, issues it and fetches a file, by mouse and keyboard alone."""
    workbook = tmp_path / "lop-6B.xlsx"
    workbook.write_bytes(sample_class(2, class_name="6B", first_student=101))
    with console(demonstration.data) as address, browser_page(javascript=javascript, height=600) as page:
        page.goto(address)
        page.fill("#sign_in_name", "van-thu")
        page.fill("#password", "not the password")
        page.get_by_role("button", name="Đăng nhập").click()
        expect(page.get_by_role("alert")).to_contain_text("Tên đăng nhập hoặc mật khẩu không đúng")
        sign_in_on_page(page, demonstration, Role.CLERK)
        page.set_input_files("#file", workbook)
        page.get_by_role("button", name="Kiểm tra tệp").click()
        expect(page.locator("h1")).to_contain_text("sẽ nhập 2 học sinh lớp 6B")
        page.get_by_role("button", name="Nhập vào hệ thống").click()
        expect(page.get_by_text("Chưa cấp")).to_have_count(2)
        demonstration.installation.approve(SCHOOL, SCHOOL_YEAR)
        page.get_by_role("link", name="Cấp học bạ cả lớp").click()
        page.get_by_role("button", name="Ký và cấp").click()
        # The page asks for itself again until the worker is done.
        expect(page.get_by_role("status")).to_have_text("Đã ký 2/2 · lỗi 0")
        expect(page.get_by_text("Đã làm xong.")).to_be_visible()
        expect(page.locator("meta[http-equiv=refresh]")).to_have_count(0)
        expect(page.get_by_role("cell", name="Đã cấp")).to_have_count(2)
        page.get_by_role("link", name="6B", exact=True).click()
        with page.expect_download() as download:
            page.get_by_role("link", name="PDF").first.click()
        assert download.value.suggested_filename.endswith(".pdf")
        page.get_by_role("button", name="English").click()
        expect(page.locator("h1")).to_have_text("Classes")
        page.get_by_role("button", name="Sign out").click()
        expect(page).to_have_url(re.compile("/sign-in"))


def test_bad_workbook_shows_what_to_mend(demonstration: Demonstration, tmp_path: Path) -> None:
    """A file that is no workbook is refused on the page, with what to do."""
    bad = tmp_path / "bad.xlsx"
    bad.write_bytes(b"not a workbook")
    with console(demonstration.data) as address, browser_page() as page:
        page.goto(address)
        sign_in_on_page(page, demonstration, Role.CLERK)
        page.set_input_files("#file", bad)
        page.get_by_role("button", name="Kiểm tra tệp").click()
        expect(page.locator("h1")).to_contain_text("Chưa nhập gì")
        expect(page.get_by_text("Không đọc được tệp")).to_have_count(1)

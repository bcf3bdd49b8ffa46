"""A whole season at a school, as its people play it in a browser: from the workbook to a corrected transcript."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from schemas.verdict import VerdictCode
from service.demo import SCHOOL_YEAR
from service.issuing import released_path
from service.people.accounts import OPERATOR
from service.people.roles import Assignment
from service.sample import sample_class
from tests.support.accessibility import violations
from tests.support.browser import browser_page
from tests.support.commands import console, portal
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.grace import GraceSchool
from tests.support.office import Office, move_to_office
from tests.support.sign_in import password_of
from tests.support.softhsm import SoftHSM
from tests.support.workbooks import with_birth_place

CLASS, STUDENTS = "6B", 2
TEACHERS = ("giao-vien-toan", "giao-vien-anh", "chu-nhiem")
RETURNED = "Xin xem lại điểm học kì II"


@dataclass
class School:
    """A school in its season: its console in a browser, and its office where its keys are there."""

    demonstration: Demonstration
    page: Page
    address: str
    office: Office | None
    pictures: Path | None = None
    """Where pictures of the pages are kept, if anywhere."""

    def enter(self, name: str) -> None:
        """Have somebody sign in, after whoever was there has signed out."""
        self.page.goto(self.address)
        if (leave := self.page.get_by_role("button", name="Đăng xuất")).count():
            leave.click()
        self.page.fill("#sign_in_name", name)
        self.page.fill("#password", password_of(self.demonstration))
        self.page.get_by_role("button", name="Đăng nhập").click()
        expect(self.page.get_by_role("button", name="Đăng xuất")).to_be_visible()

    def look(self, path: str) -> None:
        """Open a page, on which axe finds nothing and nothing lies beside the screen."""
        self.page.goto(self.address + path)
        self.check()

    def check(self) -> None:
        """Hold the page against WCAG, and against the width of an old screen."""
        assert violations(self.page) == []
        assert self.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")

    def picture(self, name: str) -> None:
        """Keep a picture of the page for the guides."""
        if self.pictures is not None:
            self.pictures.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=self.pictures / f"{name}.png")

    def confirm_all(self, name: str) -> None:
        """Have somebody do all that waits for them in the class, each time by the first card that has a button."""
        self.enter(name)
        self.look("/tasks")
        self.picture(f"viec-can-lam-{name}")
        self.look(f"/classes/{SCHOOL_YEAR}/{CLASS}/approvals")
        self.picture(f"xac-nhan-{name}")
        while (button := self.page.locator("section.card button[type=submit]").first).count():
            card = (
                self.page.locator("section.card").filter(has=self.page.locator("button[type=submit]")).first
            )
            if (reason := card.locator("input[name=reason]")).count():
                reason.fill("Đã đối chiếu với sổ điểm")
            button.click()
            expect(self.page.get_by_role("status")).to_contain_text("Đã ghi nhận cho")

    def sign(self) -> None:
        """Have the office sign all that waits."""
        assert self.office is not None
        signed = self.office.sign()
        assert signed.returncode == 0, signed.stdout + signed.stderr


@pytest.fixture
def school(
    demonstration: Demonstration, soft_hsm: SoftHSM, tmp_path: Path, pytestconfig: pytest.Config
) -> Iterator[School]:
    """The demonstration's school, whose keys are on a token at its office and whose teachers have another class."""
    installation = demonstration.installation
    for name in TEACHERS:
        account = installation.people.account_of_name(name)
        assert account is not None
        mine = [Assignment(SCHOOL_YEAR, CLASS, one.subject) for one in account.person.assignments]
        installation.administration.assign(account, mine, by=OPERATOR)
    move_to_office(demonstration, soft_hsm)
    with console(demonstration.data) as address, browser_page(height=600) as page:
        office = Office(tmp_path / "office", soft_hsm)
        demonstration.clock.catch_up()
        assert office.pair(demonstration, address).returncode == 0
        yield School(demonstration, page, address, office, pytestconfig.getoption("--pictures"))


def _workbook() -> bytes:
    return sample_class(STUDENTS, class_name=CLASS, first_student=101)


def _import(school: School, folder: Path) -> None:
    school.enter("van-thu")
    workbook = folder / "lop-6B.xlsx"
    workbook.write_bytes(_workbook())
    school.page.set_input_files("#file", workbook)
    school.page.get_by_role("button", name="Kiểm tra tệp").click()
    school.check()
    school.picture("nhap-tep")
    school.page.get_by_role("button", name="Nhập vào hệ thống").click()
    expect(school.page.get_by_text("Chưa cấp")).to_have_count(STUDENTS)
    school.check()


def _return_one(school: School) -> None:
    """The homeroom teacher has the teacher of mathematics look again at one student."""
    school.enter("chu-nhiem")
    school.look(f"/classes/{SCHOOL_YEAR}/{CLASS}/approvals")
    school.page.locator("input[name=student]").first.check()
    school.page.select_option("#return-to", "toan")
    school.page.fill("#return-reason", RETURNED)
    school.picture("tra-lai")
    school.page.get_by_role("button", name="Trả lại").click()
    expect(school.page.get_by_role("status")).to_contain_text("Đã trả lại 1 học sinh")
    school.enter("giao-vien-toan")
    school.look(f"/classes/{SCHOOL_YEAR}/{CLASS}/approvals")
    expect(school.page.get_by_text(RETURNED)).to_be_visible()


def _issue(school: School) -> None:
    school.enter("van-thu")
    school.look(f"/years/{SCHOOL_YEAR}/issue")
    school.picture("cap-nhieu-lop")
    school.look(f"/classes/{SCHOOL_YEAR}/{CLASS}/issue")
    school.picture("ky-va-cap")
    school.page.get_by_role("button", name="Ký và cấp").click()
    expect(school.page.get_by_role("cell", name="Chờ chữ ký")).to_have_count(STUDENTS)
    batch = school.page.url.removeprefix(school.address)
    # As somebody reads it who does not want it to reload under their eyes.
    school.look("/batches")
    school.look(f"{batch}?still=1")
    school.page.get_by_role("link", name="Tự tải lại trang").click()
    school.picture("dot-cap")
    school.sign()
    expect(school.page.get_by_role("status")).to_contain_text(f"Đã ký {STUDENTS}/{STUDENTS}")
    school.look(f"/classes/{SCHOOL_YEAR}/{CLASS}")
    expect(school.page.get_by_role("cell", name="Đã cấp")).to_have_count(STUDENTS)
    school.picture("da-cap")


def _give_to_family(school: School) -> Path:
    """The clerk makes a link; a parent opens it with the PIN and has the file."""
    school.page.get_by_role("link", name=re.compile("^Gia đình")).first.click()
    school.check()
    school.page.locator("form.card button").first.click()
    address, pin = (school.page.locator(".card .code").nth(at).inner_text() for at in range(2))
    school.picture("duong-dan-gia-dinh")
    path = address[address.index("/hoc-ba/") :]
    school.page.goto(school.address + path)
    school.page.fill("#pin", pin)
    school.page.get_by_role("button", name="Mở học bạ").click()
    expect(school.page.get_by_role("status")).to_contain_text("Học bạ hợp lệ")
    with school.page.expect_download() as download:
        school.page.get_by_role("link", name="Tải tệp PDF").click()
    return Path(download.value.path())


def _correct(school: School, folder: Path) -> None:
    """The clerk asks with a mended workbook; its rows are confirmed and approved, then issued in place of the old ones.

    The homeroom teacher answers for them; the principal sees what changes; the office signs.
    """
    school.look(f"/classes/{SCHOOL_YEAR}/{CLASS}")
    school.page.get_by_role("link", name=re.compile("^Thu hồi, đính chính")).first.click()
    school.check()
    workbook = folder / "lop-6B-da-sua.xlsx"
    workbook.write_bytes(with_birth_place(_workbook(), "Thành phố Huế"))
    school.page.set_input_files("#file", workbook)
    school.page.fill("#why", "Sai nơi sinh")
    school.page.get_by_role("button", name="Đề nghị đính chính").click()
    expect(school.page.get_by_text("Chờ người khác xác nhận")).to_be_visible()
    for name in ("chu-nhiem", "hieu-truong"):
        school.confirm_all(name)
    school.look("/changes")
    expect(school.page.locator("ins", has_text="Thành phố Huế")).to_be_visible()
    school.picture("dinh-chinh")
    school.page.get_by_role("button", name="Xác nhận và cấp bản đính chính").click()
    school.sign()
    school.look("/changes")
    expect(school.page.get_by_text("Đã ghi sổ")).to_be_visible()
    school.look("/issuance-register")
    school.picture("so-cap-hoc-ba")
    school.look("/certificates")


@pytest.fixture
def standing(
    demonstration: Demonstration, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config
) -> Iterator[School]:
    """The demonstration's school with the transcripts of a class signed a moment ago, in their grace window."""
    # The server's clock is the real one: by it the window must have just begun.
    demonstration.clock.catch_up()
    GraceSchool.of(demonstration, monkeypatch, students=3)
    demonstration.installation.verifier.close()
    with console(demonstration.data) as address, browser_page(height=600) as page:
        yield School(demonstration, page, address, None, pytestconfig.getoption("--pictures"))


def test_second_thoughts(standing: School) -> None:
    """A clerk takes one back with a reason and has the others released; the administrator enters a new principal."""
    standing.enter("van-thu")
    standing.look(f"/classes/{SCHOOL_YEAR}/{CLASS}")
    standing.picture("cho-phat-hanh")
    standing.page.get_by_role("link", name=re.compile("^Lấy lại")).first.click()
    standing.check()
    standing.page.fill("#reason", "Sai ngày sinh")
    standing.picture("lay-lai")
    standing.page.get_by_role("button", name="Lấy lại").click()
    expect(standing.page.get_by_role("status")).to_contain_text("Đã lấy lại")
    expect(standing.page.get_by_role("cell", name="Chưa cấp")).to_have_count(1)
    standing.page.get_by_role("link", name="Phát hành ngay cả lớp").click()
    standing.check()
    standing.page.get_by_role("button", name="Phát hành ngay cả lớp").click()
    expect(standing.page.get_by_role("cell", name="Đã cấp")).to_have_count(2)
    standing.enter("quan-tri")
    standing.look(f"/schools/{SCHOOL}/settings")
    card = standing.page.locator("#principal")
    card.get_by_label("Họ và tên").fill("Lê Thị Mới (thử)")
    card.get_by_label("Từ ngày").fill("2027-01-04")
    card.scroll_into_view_if_needed()
    standing.picture("cai-dat-truong")
    card.get_by_role("button", name="Ghi hiệu trưởng mới").click()
    history = standing.page.get_by_role("region", name="Lịch sử thay đổi")
    expect(history).to_contain_text("Lê Thị Mới (thử)")
    history.scroll_into_view_if_needed()
    standing.picture("lich-su-thay-doi")


def test_a_season(school: School, tmp_path: Path) -> None:
    """Imported, confirmed by three teachers, one row returned, approved, signed at the office, given out, corrected.

    Nothing is issued before the principal has approved; at the end the file of the family is superseded and the new one
    valid, on the portal as in the record. No page on the way has a fault that axe finds.
    """
    _import(school, tmp_path)
    for name in TEACHERS[:2]:
        school.confirm_all(name)
    _return_one(school)
    for name in ("giao-vien-toan", "chu-nhiem", "hieu-truong"):
        school.confirm_all(name)
    _issue(school)
    file = _give_to_family(school)
    assert school.demonstration.verify(file.read_bytes()).verdict is VerdictCode.VALID
    school.enter("van-thu")
    _correct(school, tmp_path)
    school.demonstration.clock.catch_up()
    with portal(school.demonstration.data) as address:
        school.page.goto(address)
        school.page.set_input_files("#file", file)
        school.page.get_by_role("button", name="Kiểm tra").first.click()
        expect(school.page.get_by_role("heading", level=1)).to_contain_text("đính chính")
        school.picture("kiem-tra-ban-cu")
    newest = school.demonstration.installation.register.issuances(SCHOOL, SCHOOL_YEAR, class_name=CLASS)
    corrected = [one for one in newest if one.version > 1]
    assert len(corrected) == 1
    pdf = released_path(school.demonstration.data / "issued", corrected[0]).read_bytes()
    assert school.demonstration.verify(pdf).verdict is VerdictCode.VALID

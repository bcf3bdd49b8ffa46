"""The admissions desk in a browser, with JavaScript and without."""

from __future__ import annotations

import zipfile
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Route, expect

from tests.support.browser import browser_page
from tests.support.commands import portal
from tests.support.demonstration import Demonstration
from tests.support.desk_page import counted, hand_in


def many(released: Demonstration, folder: Path) -> tuple[Path, Path]:
    """Return a genuine file, and an archive of the two others, one of them again, and spoilt ones."""
    (folder / "one.pdf").write_bytes(released.pdf(0))
    with zipfile.ZipFile(folder / "many.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, number in (("b/two.pdf", 1), ("b/three.pdf", 2), ("b/again.pdf", 2)):
            archive.writestr(name, released.pdf(number))
        for number in range(20):
            archive.writestr(f"spoilt/{number}.pdf", released.pdf(1) + b"\n" * (number + 1))
        archive.writestr("__MACOSX/._x", b"x")
    packed = folder / "many.zip"
    # As a Vietnamese Windows writes a name.
    packed.write_bytes(packed.read_bytes().replace(b"b/two.pdf", b"b/\xd0\xf4\xde.pdf"))
    return folder / "one.pdf", packed


def test_desk_with_script(released: Demonstration, tmp_path: Path) -> None:
    """Files and a zip, a list, a scanner that types wherever the cursor is, and the results as a workbook."""
    (tmp_path / "list.csv").write_text("Họ và tên;Ngày sinh\nLê Văn Tám;01/01/2010\n", encoding="utf-8")
    with portal(released.data) as address, browser_page() as page:
        failures: list[str] = []
        page.on("pageerror", lambda error: failures.append(str(error)))
        page.goto(f"{address}/desk")
        assert page.evaluate("document.activeElement.id") == "code"
        hand_in(page, many(released, tmp_path), total=24)
        expect(page.locator("#desk-settled .desk-row")).to_have_count(3)
        assert "many.zip/b/Đỗ.pdf" in page.inner_text("#desk-settled")
        said = counted(page)
        assert (said["Cần xử lý"], said["Nội dung không khớp với bản đã ký"]) == (21, 20)
        # Which of the two comes back first is chance.
        assert "Trùng từng byte với many.zip/b/" in page.inner_text("#desk-attention")

        page.locator("#desk-xlsx").focus()
        page.keyboard.type(released.qr())
        page.keyboard.press("Enter")
        expect(page.locator("#desk-state")).to_contain_text("25/25")
        page.set_input_files("#applicants", tmp_path / "list.csv")
        expect(page.locator("#desk-attention")).to_contain_text("Chưa nộp học bạ")
        expect(page.locator("#desk-settled .desk-row")).to_have_count(0)
        with page.expect_download() as download:
            page.click("#desk-xlsx")
        download.value.save_as(tmp_path / "out.xlsx")
        assert openpyxl.load_workbook(tmp_path / "out.xlsx").worksheets[0].max_row == 27
        assert failures == []


def test_desk_waits_for_a_busy_server(released: Demonstration, tmp_path: Path) -> None:
    """What the server has no time for, or a broken line, is sent again when it says; nothing is lost or asked twice."""
    refusals = iter([429, 503, 429])
    with portal(released.data) as address, browser_page() as page:

        def answer(route: Route) -> None:
            status = next(refusals, None)
            if status is None:
                route.continue_()
            else:
                route.fulfill(status=status, headers={"Retry-After": "1"})

        page.route("**/desk/document*", answer)
        page.goto(f"{address}/desk")
        hand_in(page, many(released, tmp_path)[:1], total=1)
        assert counted(page)["Cần xử lý"] == 0
        assert next(refusals, None) is None


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_doubtful_documents_are_not_settled(released: Demonstration, tmp_path: Path, lang: str) -> None:
    """A valid document with something to do stands under what needs attention, with a list that agrees too."""
    notes = {"to_do": [{"vi": "Xin bản mới", "en": "Get the newest"}], "notes": [{"vi": "Cũ", "en": "Old"}]}
    person: dict[str, str] = {}

    def answer(route: Route) -> None:
        got = route.fetch()
        person.update(got.json())
        route.fulfill(response=got, json=got.json() | notes)

    with portal(released.data) as address, browser_page() as page:
        page.route("**/desk/document*", answer)
        page.goto(f"{address}/desk?lang={lang}")
        hand_in(page, many(released, tmp_path)[:1], total=1)
        born = "/".join(reversed(person["birth_date"].split("-")))
        (tmp_path / "list.csv").write_text(
            f"Họ và tên;Ngày sinh\n{person['full_name']};{born}\n", encoding="utf-8"
        )
        page.set_input_files("#applicants", tmp_path / "list.csv")
        row = page.locator("#desk-attention .desk-row")
        expect(row).to_contain_text({"vi": "Khớp với danh sách", "en": "Agrees with the list"}[lang])
        expect(row).to_contain_text({"vi": "→ Xin bản mới", "en": "→ Get the newest"}[lang])
        expect(row.locator("[data-part=notes]")).to_have_text({"vi": "Cũ", "en": "Old"}[lang])
        assert counted(page)[{"vi": "Việc cần làm", "en": "To do"}[lang]] == 1
        page.emulate_media(media="print")
        expect(row.locator("[data-part=to_do]")).to_be_visible()


def test_other_bytes_of_one_transcript_are_named(released: Demonstration, tmp_path: Path) -> None:
    """Two files of one place in the record: the later one says which came before it."""
    digests = iter("01")

    def answer(route: Route) -> None:
        got = route.fetch()
        route.fulfill(response=got, json=got.json() | {"sha256": next(digests) * 64})

    for name in ("a.pdf", "b.pdf"):
        (tmp_path / name).write_bytes(released.pdf())
    with portal(released.data) as address, browser_page() as page:
        page.route("**/desk/document*", answer)
        page.goto(f"{address}/desk")
        hand_in(page, [tmp_path / "a.pdf"], total=1)
        hand_in(page, [tmp_path / "b.pdf"], total=2)
        expect(page.locator("#desk-attention .desk-row")).to_contain_text(
            "chỉ tính một lần; tệp trước là a.pdf"
        )
        expect(page.locator("#desk-settled .desk-row")).to_have_count(1)


def test_desk_without_script(released: Demonstration, tmp_path: Path) -> None:
    """The plain form takes the same files in one sending, and its page has no field that only a script could use."""
    with portal(released.data) as address, browser_page(width=390, javascript=False) as page:
        page.goto(f"{address}/desk?lang=en")
        expect(page.locator("#folder")).to_be_hidden()
        page.set_input_files("#files", list(many(released, tmp_path)))
        page.click("#desk button[type=submit]")
        expect(page.locator(".desk-row")).to_have_count(24)
        expect(page.locator("#desk-settled .desk-row")).to_have_count(3)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_hostile_archives_in_the_browser(released: Demonstration, tmp_path: Path) -> None:
    """Bombs, passwords, archives too deep, broken ones and office documents are rows of their own, never valid."""

    def archive(name: str, *members: tuple[str, bytes]) -> Path:
        with zipfile.ZipFile(tmp_path / name, "w", zipfile.ZIP_DEFLATED) as made:
            for member, data in members:
                made.writestr(member, data)
        return tmp_path / name

    deep = archive("1.zip", ("a.pdf", released.pdf()))
    for number in (2, 3):
        deep = archive(f"{number}.zip", ("in.zip", deep.read_bytes()))
    locked = bytearray(archive("locked.zip", ("a.pdf", released.pdf())).read_bytes())
    locked[locked.rindex(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "locked.zip").write_bytes(locked)
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04 and nothing else")
    hostile = [
        archive("bomb.zip", ("bomb.pdf", bytes(40 * 2**20))),
        archive("words.docx", ("[Content_Types].xml", b"x"), ("word/document.xml", b"x")),
        tmp_path / "locked.zip",
        tmp_path / "broken.zip",
        deep,
    ]
    with portal(released.data) as address, browser_page() as page:
        page.goto(f"{address}/desk")
        hand_in(page, hostile, total=5)
        said = counted(page)
        assert (said["Chưa kiểm"], said["Không đọc được tệp hoặc mã"]) == (4, 1)
        hand_in(page, [tmp_path / "2.zip"], total=6)
        assert counted(page)["Học bạ hợp lệ, đang có hiệu lực"] == 1

"""What waits at the desk in a browser: a busy server, archives that would fill the list, and files taken off it."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from time import sleep
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.support.accessibility import violations
from tests.support.browser import browser_page
from tests.support.commands import portal
from tests.support.demonstration import Demonstration
from tests.support.desk_page import counted
from verify.desk.xlsx_reader import read_xlsx

BUSY: dict[str, Any] = {"status": 503, "headers": {"Retry-After": "100"}}


def archive(path: Path, *members: tuple[str, bytes]) -> Path:
    """Write an archive."""
    with zipfile.ZipFile(path, "w") as made:
        for name, data in members:
            made.writestr(name, data)
    return path


def junk(count: int) -> list[tuple[str, bytes]]:
    """Return empty members of an archive."""
    return [(f"{number}.pdf", b"") for number in range(count)]


def is_busy(page: Page) -> None:
    """Have no document checked: the server is busy for long."""
    page.route("**/desk/document*", lambda route: route.fulfill(**BUSY))


def test_nothing_waits_behind_a_junk_archive(released: Demonstration, tmp_path: Path) -> None:
    """A genuine file dropped after an archive of thousands has its turn at once; the archive is taken off at once."""
    (tmp_path / "one.pdf").write_bytes(released.pdf())
    junk_zip = archive(tmp_path / "junk.zip", *junk(5000))

    def answer(route: Route) -> None:
        # Ten in a second: the allowance of 300 in a minute is for another test.
        sleep(0.1)
        route.continue_()

    with portal(released.data) as address, browser_page() as page:
        page.route("**/desk/document*", answer)
        page.goto(f"{address}/desk")
        page.set_input_files("#files", junk_zip)
        expect(page.locator("#desk-state")).to_contain_text("/5000")
        page.set_input_files("#files", tmp_path / "one.pdf")
        expect(page.locator("#desk-settled .desk-row")).to_have_count(1, timeout=10_000)
        page.click("#desk-waiting summary")
        expect(page.locator("#desk-waiting-list > li")).to_have_count(1)
        page.get_by_role("button", name="Bỏ tệp này: junk.zip", exact=True).click()
        expect(page.locator("#desk-waiting")).to_be_hidden()
        expect(page.locator("#desk-attention")).to_contain_text(
            "tệp ra khỏi hàng chờ theo yêu cầu, chưa kiểm"
        )
        expect(page.locator("#desk-results")).to_have_attribute("aria-busy", "false")
        done, total = page.inner_text("#desk-state").split()[2].split("/")
        assert int(done) == int(total) < 1000


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_files_and_members_are_taken_off(released: Demonstration, tmp_path: Path, lang: str) -> None:
    """Each that waits can be taken off, and stays a row that was not checked until that is taken off too."""
    off, unchecked, waits = {
        "vi": ("Bỏ tệp này", "Chưa kiểm", "Máy chủ đang bận"),
        "en": ("Take it off", "Not checked", "The server is busy"),
    }[lang]
    for number in range(5):
        (tmp_path / f"{number}.pdf").write_bytes(released.pdf())
    packed = archive(tmp_path / "all.zip", *((f"in-{number}.pdf", released.pdf(1)) for number in range(4)))
    (tmp_path / "list.csv").write_text("Họ và tên;Ngày sinh\nLê Văn Tám;01/01/2010\n", encoding="utf-8")
    with portal(released.data) as address, browser_page(width=390) as page:
        is_busy(page)
        page.goto(f"{address}/desk?lang={lang}")
        page.set_input_files("#files", [packed, *(tmp_path / f"{number}.pdf" for number in range(5))])
        expect(page.locator("#desk-state")).to_contain_text(waits)
        expect(page.locator("#desk-state")).to_contain_text("0/9")
        page.click("#desk-waiting summary")
        page.get_by_role("button", name=f"{off}: 4.pdf", exact=True).click()
        page.click("#desk-waiting-list details summary")
        page.get_by_role("button", name=f"{off}: all.zip/in-3.pdf", exact=True).click()
        rows = page.locator("#desk-attention .desk-row")
        expect(rows).to_have_count(2)
        expect(rows.first).to_contain_text(unchecked)
        assert page.evaluate("document.activeElement.id") == "code"
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.set_input_files("#applicants", tmp_path / "list.csv")
        missing = {"vi": "Chưa rõ đã nộp chưa", "en": "Not clear whether submitted"}[lang]
        expect(page.locator("#desk-attention")).to_contain_text(missing)
        rows.filter(has_text="4.pdf").get_by_role("button").click()
        expect(page.locator("#desk-state")).to_contain_text("1/8")
        expect(rows.filter(has_text="4.pdf")).to_have_count(0)


def test_busy_server_is_waited_for_however_often(released: Demonstration, tmp_path: Path) -> None:
    """While it says when to come again, a document is never given up; and a code is checked meanwhile."""
    refusals = iter(range(13))
    (tmp_path / "one.pdf").write_bytes(released.pdf())

    def answer(route: Route) -> None:
        if next(refusals, None) is None:
            route.continue_()
        else:
            route.fulfill(status=503, headers={"Retry-After": "1"})

    with portal(released.data) as address, browser_page() as page:
        page.route("**/desk/document*", answer)
        page.goto(f"{address}/desk")
        page.set_input_files("#files", tmp_path / "one.pdf")
        expect(page.locator("#desk-state")).to_contain_text("Máy chủ đang bận")
        page.keyboard.type(released.qr())
        page.keyboard.press("Enter")
        expect(page.locator("#desk-state")).to_contain_text("1/2")
        expect(page.locator("#desk-settled .desk-row")).to_have_count(1)
        assert next(refusals, None) is None


def test_one_budget_for_a_drop(released: Demonstration, tmp_path: Path) -> None:
    """Archives in an archive, and archives beside each other, share 20,000 members; the rest is a row that says so."""
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as made:
        for name, data in junk(7000):
            made.writestr(name, data)
    nested = archive(tmp_path / "nested.zip", *((f"{number}.zip", inner.getvalue()) for number in range(2)))
    (tmp_path / "beside.zip").write_bytes(inner.getvalue())
    with portal(released.data) as address, browser_page() as page:
        is_busy(page)
        page.goto(f"{address}/desk")
        page.set_input_files("#files", [nested, tmp_path / "beside.zip"])
        # Two of the members were the archives inside; whichever archive came last is told that it was cut.
        expect(page.locator("#desk-state")).to_contain_text("1/19999")
        expect(page.locator("#desk-attention .desk-row")).to_contain_text("nhiều hơn 20.000 tệp")
        expect(page.locator("#desk-attention .desk-row")).to_contain_text("Chưa kiểm")


def test_more_rows_than_one_request_takes(released: Demonstration, tmp_path: Path) -> None:
    """10,002 rows come down as two workbooks, those that the list can name in the first; nothing is left out."""
    (tmp_path / "one.pdf").write_bytes(released.pdf())
    (tmp_path / "list.csv").write_text("Họ và tên;Ngày sinh\nLê Văn Tám;01/01/2010\n", encoding="utf-8")
    with portal(released.data) as address, browser_page() as page:
        page.goto(f"{address}/desk")
        page.set_input_files("#files", tmp_path / "one.pdf")
        expect(page.locator("#desk-settled .desk-row")).to_have_count(1)
        is_busy(page)
        page.set_input_files("#files", archive(tmp_path / "junk.zip", *junk(10_001)))
        expect(page.locator("#desk-state")).to_contain_text("1/10002")
        page.set_input_files("#applicants", tmp_path / "list.csv")
        expect(page.locator("#desk-attention")).to_contain_text("Chưa rõ đã nộp chưa")
        with (
            page.expect_download(lambda one: one.suggested_filename == "ket-qua-1.xlsx") as first,
            page.expect_download(lambda one: one.suggested_filename == "ket-qua-2.xlsx") as second,
        ):
            page.click("#desk-xlsx")
        names = []
        for download in (first, second):
            rows, _ = read_xlsx(download.value.path().read_bytes())
            names.append([row[2].text for row in rows[1:]])
        assert [len(part) for part in names] == [10_001, 2]
        assert sorted(names[0] + names[1]) == sorted(
            ["", "one.pdf", *(f"junk.zip/{name}" for name, _ in junk(10_001))]
        )
        assert {"", "one.pdf"} <= set(names[0])


def test_crafted_name_costs_nobody_his_results(released: Demonstration, tmp_path: Path) -> None:
    """A name that would be cut within a character is cut before it; matching and both downloads go on."""
    (tmp_path / "one.pdf").write_bytes(released.pdf())
    locked = bytearray(archive(tmp_path / "x.zip", (f"{'😀' * 200}a.pdf", b"x")).read_bytes())
    locked[locked.rindex(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "x.zip").write_bytes(locked)
    (tmp_path / "list.csv").write_text("Họ và tên;Ngày sinh\nLê Văn Tám;01/01/2010\n", encoding="utf-8")
    with portal(released.data) as address, browser_page() as page:
        page.goto(f"{address}/desk")
        page.set_input_files("#files", [tmp_path / "one.pdf", tmp_path / "x.zip"])
        expect(page.locator("#desk-state")).to_contain_text("2/2")
        assert page.inner_text("#desk-attention [data-part=name]") == "😀" * 195 + "a.pdf"
        page.set_input_files("#applicants", tmp_path / "list.csv")
        expect(page.locator("#desk-attention")).to_contain_text("Lê Văn Tám")
        for kind in ("xlsx", "csv"):
            with page.expect_download() as download:
                page.click(f"#desk-{kind}")
            assert download.value.suggested_filename == f"ket-qua.{kind}"
        assert counted(page)["Chưa kiểm"] == 1
        expect(page.locator("#applicants-problem")).to_be_hidden()

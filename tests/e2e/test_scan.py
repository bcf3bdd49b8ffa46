"""The scanning page in Chromium: a camera, a photo, the server there, gone, and there again."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from tests.support.browser import browser_page
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.pictures import png
from tests.support.qr_pictures import camera_file, qr_picture
from verify.verifier import Verifier
from verify.web.app import create_app

IN_CHARGE = """navigator.serviceWorker.controller ||
    new Promise((done) => navigator.serviceWorker.addEventListener("controllerchange", done)).then(() => true)"""
RECORDED = "Mã có trong sổ cấp: hãy so với tờ giấy"


class _Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Write nothing."""


@dataclass
class Portal:
    """The portal on a port of its own, which can be stopped and begun again."""

    verifier: Verifier
    port: int = 0
    server: BaseWSGIServer | None = None

    def begin(self) -> None:
        """Serve."""
        self.server = make_server(
            "127.0.0.1", self.port, create_app(self.verifier), threaded=True, request_handler=_Quiet
        )
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """Be gone: connections are refused."""
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
        self.server = None

    @property
    def address(self) -> str:
        """The scanning page. Browsers take localhost for safe without TLS."""
        return f"http://localhost:{self.port}/scan/"


@contextmanager
def _portal(demonstration: Demonstration) -> Iterator[Portal]:
    # The browser reads the real clock, and says how old a pack is.
    demonstration.clock.catch_up()
    demonstration.installation.publish()
    portal = Portal(demonstration.verifier())
    portal.begin()
    try:
        yield portal
    finally:
        portal.stop()
        portal.verifier.close()


def _opened(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.locator("body[data-ready]")).to_be_attached()


def _beside(left: Image.Image, right: Image.Image) -> Image.Image:
    picture = Image.new("L", (left.width + right.width + 120, max(left.height, right.height) + 80), 255)
    picture.paste(left, (40, 40))
    picture.paste(right, (left.width + 80, 40))
    return picture


def _photo(page: Page, picture: bytes) -> None:
    page.set_input_files("#photo", {"name": "a.png", "mimeType": "image/png", "buffer": picture})


def test_code_before_the_camera_is_verified(demonstration: Demonstration, tmp_path: Path) -> None:
    """The camera reads a code as it is printed; the answer is the record's, with the signed marks, and is not green."""
    options = camera_file(tmp_path / "camera.y4m", demonstration.qr())
    with _portal(demonstration) as portal, browser_page(width=390, options=options) as page:
        _opened(page, portal.address)
        page.click("#camera")
        expect(page.locator("#result h2")).to_have_text(RECORDED)
        expect(page.locator(".portal-verdict--neutral")).to_be_visible()
        expect(page.locator("#result")).to_contain_text("Đã kiểm lại với sổ cấp ở máy chủ.")
        expect(page.locator("#result table").first).to_contain_text("Toán")
        expect(page.locator("#video")).to_be_hidden()


def test_photo_is_verified_with_the_server_gone_and_again_when_it_is_back(
    demonstration: Demonstration,
) -> None:
    """A kept pack answers without the server, says its age, and gives way to the record once that can be asked."""
    picture, other = png(qr_picture(demonstration.qr())), png(qr_picture(demonstration.qr(1)))
    with _portal(demonstration) as portal, browser_page() as page:
        _opened(page, portal.address)
        page.click("#keep button")
        expect(page.locator(f"#packs [data-school='{SCHOOL}']")).to_contain_text("vừa xong")
        page.evaluate(IN_CHARGE)
        portal.stop()
        _opened(page, portal.address)
        expect(page.locator("#keep")).to_be_hidden()
        _photo(page, picture)
        expect(page.locator("#result h2")).to_have_text(RECORDED)
        expect(page.locator(".portal-verdict--neutral")).to_be_visible()
        said = page.locator("#result")
        expect(said).to_contain_text("Kiểm trên máy này, không hỏi máy chủ. Gói ngoại tuyến có từ vừa xong.")
        expect(said).to_contain_text(
            "Kết quả này chỉ dựa trên gói ngoại tuyến; hãy kiểm tra lại khi có mạng."
        )
        expect(said.locator("table").first).to_contain_text("Toán")
        portal.begin()
        page.evaluate("window.dispatchEvent(new Event('online'))")
        expect(said).to_contain_text("Đã kiểm lại với sổ cấp ở máy chủ.")
        portal.stop()
        _photo(page, other)
        expect(said).to_contain_text("Kiểm trên máy này, không hỏi máy chủ.")
        _photo(page, png(_beside(qr_picture(demonstration.qr()), qr_picture(demonstration.qr(1)))))
        expect(page.locator("#status")).to_contain_text("Ảnh có hai mã QR học bạ khác nhau")
        _photo(page, png(qr_picture(demonstration.qr()).resize((20, 20))))
        expect(page.locator("#status")).to_contain_text("Không thấy mã QR trong ảnh")


def test_old_pack_concludes_nothing(demonstration: Demonstration) -> None:
    """Two days on, with the server gone, the same code is not confirmed, and the page says how old its pack is."""
    with _portal(demonstration) as portal, browser_page() as page:
        _opened(page, portal.address + "?lang=en")
        page.click("#keep button")
        expect(page.locator("#packs [data-school]")).to_contain_text("just now")
        portal.stop()
        page.evaluate("() => { const now = Date.now() + 2 * 86400000; Date.now = () => now; }")
        _photo(page, png(qr_picture(demonstration.qr())))
        expect(page.locator("#result h2")).to_have_text("Could not be fully checked, no conclusion")
        expect(page.locator("#result")).to_contain_text("Offline pack of 2 days ago.")


@pytest.mark.parametrize("path", ["/", "/scan/", "/scan/worker.js"])
def test_only_the_scanning_page_may_use_the_camera(demonstration: Demonstration, path: str) -> None:
    """Camera and WebAssembly are for that page alone; its worker names files that are there."""
    verifier = demonstration.verifier()
    client = create_app(verifier).test_client()
    answer = client.get(path)
    is_scan = path == "/scan/"
    assert answer.headers["Permissions-Policy"].startswith("camera=(self)" if is_scan else "camera=()")
    assert ("'wasm-unsafe-eval'" in answer.headers["Content-Security-Policy"]) == is_scan
    assert "unsafe-inline" not in answer.headers["Content-Security-Policy"]
    if path.endswith("worker.js"):
        lists = re.findall(r"^const (?:FILES|ZXING) = (.*);$", answer.text, re.MULTILINE)
        named = [name for names in lists for name in json.loads(names)]
        assert len(named) > 20
        assert [name for name in named if client.get(name).status_code != 200] == []
        root = client.get("/scan/trust-root.json").get_json()
        assert (root["version"], root["test"], "anchors" in root) == (1, True, False)
        assert client.get("/scan/manifest.webmanifest").get_json()["start_url"] == "/scan/"
    verifier.close()

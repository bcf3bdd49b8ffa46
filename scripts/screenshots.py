"""Takes the pictures of the README from a demonstration: `make screenshots`."""

from __future__ import annotations

import secrets
import subprocess
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Page

from service.demo import ALTERED_FILE, run_once, set_up
from service.demo_people import PASSWORD_FILE, PEOPLE
from tests.support.browser import browser_page
from tests.support.commands import console, portal

FOLDER = Path(__file__).parent.parent / "docs/images"
STUDENTS = 8


def main() -> None:
    """Write every picture."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        data = Path(temporary) / "data"
        installation = set_up(
            data,
            students=STUDENTS,
            now=lambda: datetime.now(UTC).replace(microsecond=0),
            token_bytes=secrets.token_bytes,
            say=print,
        )
        run_once(installation, students=STUDENTS, say=lambda _: None)
        installation.verifier.close()
        file = min((data / "issued").iterdir())
        subprocess.run(
            [
                "pdftoppm",
                "-png",
                "-r",
                "60",
                "-f",
                "1",
                "-l",
                "1",
                "-singlefile",
                file,
                FOLDER / "transcript",
            ],
            check=True,
        )
        with portal(data) as address, browser_page(width=900, height=700) as page:
            _verdict(page, address, file, "valid")
            _verdict(page, address, data / ALTERED_FILE, "altered")
        with portal(data) as address, browser_page(width=390, height=844) as page:
            page.goto(address)
            page.screenshot(path=FOLDER / "portal-phone.png")
            serial = file.stem.replace("-", "")
            page.goto(f"{address}/V/{serial}?lang=en")
            page.screenshot(path=FOLDER / "serial-phone.png")
        with console(data) as address, browser_page(width=1024, height=520) as page:
            page.goto(address)
            page.fill("#sign_in_name", PEOPLE[0].sign_in_name)
            page.fill("#password", (data / PASSWORD_FILE).read_text().strip())
            page.get_by_role("button", name="Đăng nhập").click()
            page.get_by_role("link", name="6A").click()
            page.screenshot(path=FOLDER / "console.png")


def _verdict(page: Page, address: str, file: Path, name: str) -> None:
    page.goto(address)
    page.set_input_files("#file", file)
    page.get_by_role("button", name="Kiểm tra tệp").click()
    page.screenshot(path=FOLDER / f"{name}.png")


if __name__ == "__main__":
    main()

"""500 genuine transcripts at the desk at once: in a browser under the usual allowances, and on the command line."""

from __future__ import annotations

from pathlib import Path
from time import monotonic

import pytest

from tests.support.browser import browser_page
from tests.support.commands import portal, run
from tests.support.demonstration import Demonstration
from tests.support.desk_page import counted

STUDENTS = 500


@pytest.fixture(scope="module")
def released_500(tmp_path_factory: pytest.TempPathFactory) -> Demonstration:
    """500 released transcripts; issuing them takes a minute or more."""
    return Demonstration.make(tmp_path_factory.mktemp("desk") / "data", students=STUDENTS)


def files_of(demonstration: Demonstration) -> list[Path]:
    """Return the released files."""
    return sorted((demonstration.data / "issued").iterdir())


def test_page_and_service_do_not_falter(released_500: Demonstration) -> None:
    """All are done and valid though the allowance is 300 a minute; health answers within two seconds throughout."""
    with portal(released_500.data) as address, browser_page() as page:
        failures: list[str] = []
        page.on("pageerror", lambda error: failures.append(str(error)))
        page.goto(f"{address}/desk")
        began, slowest = monotonic(), 0.0
        page.set_input_files("#files", files_of(released_500))
        while f"{STUDENTS}/{STUDENTS}" not in page.inner_text("#desk-state"):
            asked = monotonic()
            assert page.request.get(f"{address}/healthz").ok
            slowest = max(slowest, monotonic() - asked)
            assert monotonic() - began < 400
            page.wait_for_timeout(500)
        print(f"{STUDENTS} in {monotonic() - began:.1f} s; slowest health answer {slowest:.2f} s")  # noqa: T201
        assert slowest < 2
        assert counted(page)["Cần xử lý"] == 0
        assert page.locator("#desk-settled .desk-row").count() == STUDENTS
        assert failures == []


def test_command_takes_a_folder(released_500: Demonstration, tmp_path: Path) -> None:
    """The command verifies the folder and ends with 0; its workbook has a row for each."""
    out = tmp_path / "out.csv"
    options = ("--trust", released_500.trust_file, "--record", released_500.record, "--out", out)
    began = monotonic()
    answer = run("hocba-verify", released_500.data / "issued", *options)
    print(f"{STUDENTS} in {monotonic() - began:.1f} s")  # noqa: T201
    assert answer.returncode == 0
    assert out.read_text("utf-8").count("\n") == STUDENTS + 1

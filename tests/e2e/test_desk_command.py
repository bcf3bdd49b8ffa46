"""`hocba-verify` as an admissions desk uses it: folders, archives, a list of applicants, a file of results."""

from __future__ import annotations

import io
import json
import os
import pty
import subprocess
import zipfile
from pathlib import Path

import openpyxl

from tests.support.commands import BIN, run
from tests.support.demonstration import Demonstration


def options(released: Demonstration) -> tuple[str | Path, ...]:
    """Return whom to believe."""
    return ("--trust", released.trust_file, "--record", released.record)


def test_folder_archive_list_and_results(released: Demonstration, tmp_path: Path) -> None:
    """Documents in a folder and a zip are matched with a list; the workbook says the same as the screen."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in/one.pdf").write_bytes(released.pdf(0))
    with zipfile.ZipFile(tmp_path / "in/two.zip", "w") as archive:
        archive.writestr("=two.pdf", released.pdf(1))
    first, second = (run_json(released, tmp_path / "in")[at]["outcome"] for at in (0, 1))
    born = "/".join(reversed(first["birth_date"].split("-")))
    lines = [
        "Số báo danh;Họ và tên;Ngày sinh;Mã học bạ",
        f"TS1;{first['full_name'].upper()};{born};",
        f"TS2;{second['full_name']} Khác;;{second['serial']}",
        "TS3;Lê Văn Tám;01/01/2010;",
    ]
    (tmp_path / "list.csv").write_text("\n".join(lines), encoding="utf-8")
    out = tmp_path / "out.xlsx"
    arguments = [tmp_path / "in", "--applicants", tmp_path / "list.csv", "--out", out, *options(released)]
    answer = run("hocba-verify", *arguments)
    assert (answer.returncode, answer.stderr) == (1, f"Đã ghi / written: {out}\n")
    assert answer.stdout.splitlines()[1].startswith("! Học bạ hợp lệ")
    assert "Khác họ tên so với danh sách" in answer.stdout
    assert "Dòng / row 4: TS3, Lê Văn Tám, 01/01/2010" in answer.stdout
    sheet = openpyxl.load_workbook(io.BytesIO(out.read_bytes())).worksheets[0]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert [(row[2], row[11], row[13]) for row in rows] == [
        ("two.zip/=two.pdf", "Khác họ tên so với danh sách", "TS2"),
        (None, None, "TS3"),
        ("one.pdf", "Khớp với danh sách", "TS1"),
    ]


def run_json(released: Demonstration, *paths: Path) -> list[dict[str, dict[str, str]]]:
    """Return the lines of `--json`; everything is valid."""
    answer = run("hocba-verify", *paths, "--json", *options(released))
    assert (answer.returncode, answer.stderr) == (0, "")
    return [json.loads(line) for line in answer.stdout.splitlines()]


def test_what_is_wrong_with_options_and_lists(released: Demonstration, tmp_path: Path) -> None:
    """A list that is none, a list without files, and results of no known kind end with 2, before any check."""
    (tmp_path / "list.csv").write_text("a;b\n1;2\n")
    file = tmp_path / "a.pdf"
    refused = run("hocba-verify", file, "--applicants", tmp_path / "list.csv", *options(released))
    assert (refused.returncode, "[list-columns]" in refused.stderr) == (2, True)
    assert run("hocba-verify", file, "--out", tmp_path / "out.txt", *options(released)).returncode == 2
    alone = run("hocba-verify", "--serial", "x", "--applicants", tmp_path / "list.csv", *options(released))
    assert alone.returncode == 2


def test_nobody_is_missing_beside_an_archive_with_a_password(released: Demonstration, tmp_path: Path) -> None:
    """What was not checked has a code of its own; whoever it may be of is unclear, on the screen and as JSON."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("a.pdf", released.pdf())
    locked = bytearray(target.getvalue())
    locked[locked.rindex(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "locked.zip").write_bytes(locked)
    (tmp_path / "list.csv").write_text("Họ và tên;Ngày sinh\nLê Văn Tám;01/01/2010\n", encoding="utf-8")
    arguments = [tmp_path / "locked.zip", "--applicants", tmp_path / "list.csv", *options(released)]
    said = run("hocba-verify", *arguments).stdout
    assert "Chưa kiểm / Not checked [unchecked]" in said
    assert "Chưa rõ đã nộp chưa" in said
    assert "Chưa nộp học bạ" not in said
    document, applicant = map(json.loads, run("hocba-verify", *arguments, "--json").stdout.splitlines())
    assert (document["outcome"]["unchecked"], applicant["match"]) == (True, "unclear")


def test_progress_is_for_terminals(released: Demonstration, tmp_path: Path) -> None:
    """On a terminal a bar counts the documents, those in archives too."""
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for number in range(3):
            archive.writestr(f"{number}.pdf", released.pdf(number))
    leader, follower = pty.openpty()
    command = [BIN / "hocba-verify", tmp_path / "all.zip", *options(released)]
    try:
        finished = subprocess.run(command, stdout=subprocess.PIPE, stderr=follower, check=True)
        shown = os.read(leader, 65536).decode()
    finally:
        os.close(leader)
        os.close(follower)
    assert "3/3" in shown
    assert finished.stdout.decode().count("✓") == 3

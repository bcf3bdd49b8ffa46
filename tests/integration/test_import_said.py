"""What `hocba import` says: counts that agree, a hint that runs as it is printed, places only where there are any."""

from __future__ import annotations

import io
import shlex
from pathlib import Path

import pytest
from openpyxl import load_workbook

from service.cli.importing import echo_complaints
from service.comparing.findings import with_comma
from service.demo import SCHOOL_YEAR
from service.errors import ServiceError
from service.importing.complaints import Complaints, Place
from service.importing.formats import SourceFile
from service.importing.reader import ImportResult
from service.importing.school_files import read_school_files
from service.sample import DEMO_SCHOOL, sample_class
from tests.support.commands import run
from tests.support.demonstration import SCHOOL, Demonstration


def edited(data: bytes, sheet: str, cell: str, value: str | None) -> bytes:
    """Return a workbook with one cell changed."""
    book = load_workbook(io.BytesIO(data))
    book[sheet][cell] = value
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def test_import_says_what_it_wrote_and_how_to_undo_it(demonstration: Demonstration, tmp_path: Path) -> None:
    """Of three students one is changed: one is imported; the printed command takes that back."""
    file = tmp_path / "6B.xlsx"
    where = ("--data", demonstration.data, "--year", SCHOOL_YEAR)
    workbook = sample_class(3, class_name="6B", first_student=101)
    file.write_bytes(workbook)
    assert "Đã nhập 3 học sinh" in run("hocba", "import", file, *where, check=True).stdout
    file.write_bytes(edited(workbook, "Học sinh", "I2", "Cà Mau"))
    said = run("hocba", "import", file, *where, check=True).stdout
    assert "sửa 1, giữ nguyên 2 học sinh" in said
    assert "Đã nhập 1 học sinh" in said
    command = shlex.split(said.splitlines()[-1].partition(": ")[2])
    assert "undone for 1 students" in run(*command, check=True).stdout


def test_place_is_said_where_there_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    """A cell with what stands in it; a class; nothing before the sentence of everything together."""
    complaints = Complaints()
    for number, place in enumerate((Place("Toán", 2, "D", "11"), Place(value="6A"), Place())):
        complaints.add(place, ServiceError(f"fault-{number}", f"Lỗi {number}.", f"Fault {number}."))
    echo_complaints(ImportResult("", "", (), complaints.report()))
    assert capsys.readouterr().err.splitlines() == [
        "[error] Toán D2 (11): Lỗi 0. / Fault 0. [fault-0]",
        "[error] 6A: Lỗi 1. / Fault 1. [fault-1]",
        "[error] Lỗi 2. / Fault 2. [fault-2]",
    ]


def test_a_name_that_is_missing_is_said_to_be(demonstration: Demonstration) -> None:
    """No empty brackets where the list has no name."""
    data = edited(sample_class(1), "Học sinh", "F2", None)
    result = demonstration.installation.import_workbook(data, SCHOOL_YEAR, dry_run=True)
    files = read_school_files(
        [SourceFile("6A.xlsx", data)],
        find_school=lambda _: DEMO_SCHOOL,
        default_school=lambda: SCHOOL,
        school_year=SCHOOL_YEAR,
    )
    for read in (result, files):
        (said, *_) = [one for one in read.complaints if one.code == "student-name-differs"]
        assert ("(trống)" in said.vi, "()" in said.vi + said.en) == (True, False)


@pytest.mark.parametrize(
    ("recorded", "shown"), [("8.6", "8,6"), ("10.0", "10,0"), ("Tốt.", "Tốt."), (None, None)]
)
def test_marks_have_a_comma(recorded: str | None, shown: str | None) -> None:
    """A mark as it is read, anything else as it stands."""
    assert with_comma(recorded) == shown


def test_help_names_the_other_command() -> None:
    """Whoever looks for verifying among the commands finds where it is."""
    assert "hocba-verify" in run("hocba", "--help", check=True).stdout

"""The issuance register: what was recorded, numbered in its order, and written as files that compute nothing."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from schemas.serial import display_serial
from service.demo import SCHOOL_YEAR
from service.errors import ServiceError
from service.extracting import ExtractRequest
from service.issuance_register import count_of_year, entries_of_year, format_register, table_of
from service.storage.records import Standing
from tests.support.changes import correct, revoke
from tests.support.commands import run
from tests.support.demonstration import SCHOOL, Demonstration


def _year(demonstration: Demonstration) -> int:
    return demonstration.clock().year


def _lines(demonstration: Demonstration) -> list[tuple[int, str, str]]:
    entries = entries_of_year(demonstration.installation.register, SCHOOL, _year(demonstration))
    return [(one.number, one.issuance.id, one.form) for one in entries]


def test_lines_are_those_of_the_record(demonstration: Demonstration) -> None:
    """Each document that has an entry has one line, and the lines are in the order of the entries."""
    entries = entries_of_year(demonstration.installation.register, SCHOOL, _year(demonstration))
    expected = sorted(demonstration.issuances(), key=lambda one: one.log_index or 0)
    assert [one.issuance.id for one in entries] == [one.id for one in expected]
    assert [one.number for one in entries] == list(range(1, len(expected) + 1))
    assert len(entries) == count_of_year(demonstration.installation.register, SCHOOL, _year(demonstration))
    assert all(one.student_name and one.signed_by for one in entries)


def test_numbers_stay(demonstration: Demonstration) -> None:
    """Corrections, revocations and extracts add lines and words of state; no number moves."""
    before = _lines(demonstration)
    first, second, third = demonstration.issuances()[:3]
    revoke(demonstration, 0)
    replacement = correct(demonstration, 1)
    demonstration.installation.extract(ExtractRequest(SCHOOL, third.student_code, SCHOOL_YEAR))
    after = entries_of_year(demonstration.installation.register, SCHOOL, _year(demonstration))
    assert [(one.number, one.issuance.id, one.form) for one in after[: len(before)]] == before
    assert [(one.issuance.student_code, one.form) for one in after[len(before) :]] == [
        (replacement.student_code, "transcript"),
        (third.student_code, "extract"),
    ]
    standings = {one.issuance.id: one.issuance.standing for one in after}
    assert (standings[first.id], standings[second.id]) == (Standing.REVOKED, Standing.SUPERSEDED)


def test_pages_are_parts_of_the_whole(demonstration: Demonstration) -> None:
    """Lines that are read in parts have the numbers of the whole."""
    register, year = demonstration.installation.register, _year(demonstration)
    whole = entries_of_year(register, SCHOOL, year)
    assert entries_of_year(register, SCHOOL, year, start=2, count=1) == whole[2:3]


def test_other_years_and_schools_are_empty(demonstration: Demonstration) -> None:
    """A year in which nothing was issued has no lines, nor has a school that issued nothing."""
    register, year = demonstration.installation.register, _year(demonstration)
    assert entries_of_year(register, SCHOOL, year - 1) == entries_of_year(register, "00000000", year) == ()


@pytest.mark.parametrize("year", [-1, 0, 1999, 9999, 100_000])
def test_year_is_one(demonstration: Demonstration, year: int) -> None:
    """What can be no year is refused by name."""
    with pytest.raises(ServiceError) as refused:
        entries_of_year(demonstration.installation.register, SCHOOL, year)
    assert refused.value.code == "register-year"


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
def test_files_hold_the_lines(demonstration: Demonstration, suffix: str) -> None:
    """A program that nobody here wrote reads every value as the text that it is."""
    entries = entries_of_year(demonstration.installation.register, SCHOOL, _year(demonstration))
    data = format_register(entries, suffix)
    if suffix == ".xlsx":
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0)
        found = [[str(value) for value in row] for row in sheet.to_python()]
    else:
        found = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    assert found == table_of(entries)
    assert display_serial(entries[0].issuance.serial) in found[1]


def test_command_writes_a_private_file(demonstration: Demonstration, tmp_path: Path) -> None:
    """`hocba register --out` writes the book for whoever asked alone, and refuses another kind of file by name."""
    out = tmp_path / "so.xlsx"
    written = run("hocba", "register", "--data", demonstration.data, "--out", out)
    assert written.returncode == 0, written.stderr
    assert out.stat().st_mode & 0o777 == 0o600
    refused = run("hocba", "register", "--data", demonstration.data, "--out", tmp_path / "so.pdf")
    assert (refused.returncode, "[register-file-kind]" in refused.stderr) == (1, True)
    assert not (tmp_path / "so.pdf").exists()

"""The demonstration class as a workbook, edited as people and attackers edit one."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

from openpyxl import Workbook, load_workbook

from schemas.transcript.model import School, Signatory
from service.errors import ServiceError
from service.importing.reader import Complaint, ImportResult, read_class
from service.sample import DEMO_SCHOOL, sample_class

CLASS = sample_class(5)
YEAR = "2025-2026"


def find_school(code: str) -> tuple[School, Signatory]:
    """Know the demonstration school and no other."""
    if code != DEMO_SCHOOL[0].code:
        raise ServiceError("school-unknown", f"Chưa có trường {code}.", f"No school {code}.")
    return DEMO_SCHOOL


def read(data: bytes, school_year: str = YEAR) -> ImportResult:
    """Read a workbook of the demonstration school."""
    return read_class(data, find_school=find_school, school_year=school_year)


def edited(edit: Callable[[Any], object]) -> bytes:
    """Return the class after an edit in a spreadsheet program."""
    book = load_workbook(io.BytesIO(CLASS))
    edit(book)
    return saved(book)


def with_birth_place(workbook: bytes, place: str) -> bytes:
    """Return a class in which every student was born somewhere else."""
    book = load_workbook(io.BytesIO(workbook))
    titles, *rows = book["Học sinh"].iter_rows()
    column = [cell.value for cell in titles].index("Nơi sinh")
    for row in rows:
        row[column].value = place
    return saved(book)


def saved(book: Workbook) -> bytes:
    """Return the bytes of a workbook."""
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def with_cell(sheet: str, cell: str, value: object, number_format: str | None = None) -> ImportResult:
    """Read the class with one cell changed."""

    def edit(book: Any) -> None:
        book[sheet][cell] = value
        if number_format:
            book[sheet][cell].number_format = number_format

    return read(edited(edit))


def rezipped(change: Callable[[dict[str, bytes]], object]) -> bytes:
    """Return the class with other parts in its archive."""
    with zipfile.ZipFile(io.BytesIO(CLASS)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


def only(result: ImportResult, severity: str = "error") -> Complaint:
    """Return the one complaint; nothing is imported where it is an error."""
    assert len(result.complaints) == 1, result.complaints
    complaint = result.complaints[0]
    assert complaint.severity == severity
    assert result.ok is (severity == "warning")
    assert bool(result.rows) is result.ok
    return complaint


def where(complaint: Complaint) -> tuple[str, str | None, int | None, str | None]:
    """Return code, sheet, row and column."""
    return complaint.code, complaint.sheet, complaint.row, complaint.column

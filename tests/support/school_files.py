"""The files of a small invented school in the shapes of the systems, one of them edited where a test says so."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any

from openpyxl import load_workbook

from service.importing.formats import SourceFile
from service.importing.school_files import SchoolFiles, read_school_files
from service.sample import DEMO_SCHOOL
from service.sample.school import SCHOOL_YEAR, sample_school
from service.sample.vendors import Vendor, vendor_files
from tests.support.demonstration import SCHOOL

STUDENTS = sample_school(students=12, seed=7, first_student=501)


def files_of(vendor: Vendor) -> list[SourceFile]:
    """Return a small school's files."""
    return [SourceFile(name, data) for name, data in vendor_files(STUDENTS, vendor).items()]


def read(files: Sequence[SourceFile], *, school_year: str = SCHOOL_YEAR, **options: object) -> SchoolFiles:
    """Read files as those of the demonstration school."""
    return read_school_files(
        files,
        find_school=lambda _: DEMO_SCHOOL,
        default_school=lambda: SCHOOL,
        school_year=school_year,
        **options,  # type: ignore[arg-type]
    )


def edited_misa(edit: Callable[[Any], None], name: str = "6A_toan.xlsx") -> list[SourceFile]:
    """Return the files of a system without student codes, the first sheet of one of them edited."""
    book = load_workbook(io.BytesIO(vendor_files(STUDENTS, Vendor.MISA)[name]))
    edit(book.worksheets[0])
    target = io.BytesIO()
    book.save(target)
    edited = SourceFile(name, target.getvalue())
    return [edited if file.name == name else file for file in files_of(Vendor.MISA)]

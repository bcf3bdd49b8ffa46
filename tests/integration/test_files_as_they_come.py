"""What stands in real files beside what should: another school's head, other words, sheets that are no tables."""

from __future__ import annotations

from typing import Any

from service.sample import DEMO_SCHOOL
from tests.support.school_files import edited_misa, read


def test_files_of_another_school_are_refused() -> None:
    """A head that names another school forbids the import and is named; the school's name in other writing does not."""

    def other(sheet: Any) -> None:
        sheet["A2"] = "Trường THCS Nguyễn Du"

    result = read(edited_misa(other))
    assert result.rows == ()
    (found,) = (one for one in result.complaints if one.code == "school-name-differs")
    assert (found.file, found.column, found.row) == ("6A_toan.xlsx", "A", 2)
    assert "“Trường THCS Nguyễn Du”" in found.vi
    assert f"“{DEMO_SCHOOL[0].name}”" in found.en

    def written_otherwise(sheet: Any) -> None:
        sheet["A2"] = "TRUNG HỌC CƠ SỞ  BAN MAI"

    assert read(edited_misa(written_otherwise)).ok

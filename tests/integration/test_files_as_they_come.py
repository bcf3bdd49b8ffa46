"""What stands in real files beside what should: another school's head, other words, sheets that are no tables."""

from __future__ import annotations

from typing import Any

from schemas.transcript.model import Promotion
from service.sample import DEMO_SCHOOL
from tests.support.school_files import STUDENTS, edited_misa, read
from tests.support.transcripts import secondary


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


def test_results_in_the_words_of_systems() -> None:
    """The title “Lên lớp / Không lên lớp” is the result of the year, and what is below is read."""
    words = ("Lên lớp", "Không lên lớp", "Lưu ban", "Ở lại", "Ở LẠI LỚP", "Được lên lớp")

    def otherwise(sheet: Any) -> None:
        (title,) = (cell for row in sheet.iter_rows() for cell in row if cell.value == "Kết quả")
        title.value = "Lên lớp / Không lên lớp"
        for number in range(12):
            sheet.cell(title.row + 1 + number, title.column).value = words[number % 6]

    result = read(edited_misa(otherwise, "6A_KetQuaCaNam.xlsx"))
    assert result.ok, result.complaints
    by_name = {row.learner.full_name: secondary(row.year).promotion for row in result.rows}
    in_order = [by_name[student.named.full_name] for student in STUDENTS.students[:6]]
    assert in_order == [
        Promotion.PROMOTED,
        *[Promotion.NOT_PROMOTED] * 4,
        Promotion.PROMOTED,
    ]

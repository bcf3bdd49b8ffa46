"""What schools have: files of four systems, in any order, read to the same years; guesses, previews, undoing."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pytest
from openpyxl import load_workbook

from service.errors import ServiceError
from service.importing.annotating import LIST_SHEET, annotate
from service.importing.formats import SourceFile, open_book
from service.importing.guessing import Certainty
from service.importing.school_files import SchoolFiles, read_school_files
from service.importing.school_import import FilesImport
from service.sample import DEMO_SCHOOL, sample_class
from service.sample.broken import broken_workbooks
from service.sample.school import SCHOOL_YEAR, sample_school
from service.sample.vendors import Vendor, vendor_files
from tests.support.demonstration import SCHOOL, Demonstration

BROKEN = broken_workbooks()
STUDENTS = sample_school(students=12, seed=7, first_student=501)


def files_of(vendor: Vendor) -> list[SourceFile]:
    """Return a small school's files."""
    return [SourceFile(name, data) for name, data in vendor_files(STUDENTS, vendor).items()]


def read(files: Sequence[SourceFile], **options: object) -> SchoolFiles:
    """Read files as those of the demonstration school."""
    return read_school_files(
        files,
        find_school=lambda _: DEMO_SCHOOL,
        default_school=lambda: SCHOOL,
        school_year=SCHOOL_YEAR,
        **options,  # type: ignore[arg-type]
    )


def imported(
    demonstration: Demonstration, files: Sequence[SourceFile], *, dry_run: bool = False
) -> FilesImport:
    """Import files, guesses accepted."""
    result = demonstration.installation.import_files(files, SCHOOL_YEAR, dry_run=dry_run, accept_guesses=True)
    assert result.read.ok, result.read.complaints
    return result


@pytest.mark.parametrize("vendor", Vendor)
def test_every_system_is_read_whole(vendor: Vendor) -> None:
    """All students of the school come out, each with every subject of the class, and nobody else."""
    result = read(files_of(vendor), accept_guesses=True)
    assert result.ok, result.complaints
    known = {student.code: student for student in STUDENTS.students}
    assert {row.learner.student_code for row in result.rows} == set(known)
    for row in result.rows:
        student = known[row.learner.student_code]
        assert row.learner.full_name == student.named.full_name
        assert row.learner.birth_date == student.birth_date
        assert {each.subject: each.year for each in row.year.subjects} == {
            code: own.year for code, own in student.subjects.items()
        }
        assert (row.year.conduct.year, row.year.learning.year) == (
            student.conduct.year,
            student.learning.year,
        )


@pytest.mark.parametrize("vendor", Vendor)
def test_order_of_files_does_not_matter(vendor: Vendor) -> None:
    """Shuffled files give the same years."""
    files = files_of(vendor)
    first = read(files, accept_guesses=True)
    second = read([*files[::2], *files[1::2]][::-1], accept_guesses=True)
    assert sorted(first.rows, key=lambda row: row.learner.student_code) == sorted(
        second.rows, key=lambda row: row.learner.student_code
    )


@pytest.mark.parametrize("name", BROKEN)
def test_broken_workbook_is_refused_by_name(name: str) -> None:
    """Each of the ten names its fault in two languages, and gives no row."""
    result = read([SourceFile(name, BROKEN[name].data)])
    assert not result.ok
    assert result.rows == ()
    found = next(each for each in result.complaints if each.code == BROKEN[name].code)
    assert found.vi
    assert found.en


def test_generator_repeats_itself() -> None:
    """The same seed gives the same bytes, another seed other people."""
    again = sample_school(students=12, seed=7, first_student=501)
    other = sample_school(students=12, seed=8, first_student=501)
    assert vendor_files(STUDENTS, Vendor.SMAS) == vendor_files(again, Vendor.SMAS)
    assert STUDENTS.students != other.students


def test_generator_invents_what_schools_have() -> None:
    """All grades, every Vietnamese vowel, namesakes, minorities' names, transfers, summer cases and exemptions."""
    school = sample_school(students=300, seed=1)
    students = school.students
    assert len(students) == 300
    assert {each.grade for each in school.classes} == {6, 7, 8, 9}
    assert set("".join(each.named.full_name for each in students).lower()) >= set("ăâđêôơưáàảãạấầẩẫậắằẳẵặ")
    assert len({each.named.full_name for each in students}) < len({each.code for each in students}) == 300
    assert len({each.named.ethnicity for each in students}) > 5
    assert any(each.note for each in students)
    assert any(own.reassessed for each in students for own in each.subjects.values())
    assert any(own.year == "M" for each in students for own in each.subjects.values())


def test_guess_waits_for_a_confirmation_and_is_remembered(demonstration: Demonstration) -> None:
    """A column that is guessed refuses the import until somebody says yes; then the school need not say so again."""
    files = [_with_title(each, "Ngày sinh", "Chào đời hôm") for each in files_of(Vendor.MISA)]
    installation = demonstration.installation
    unsure = installation.import_files(files, SCHOOL_YEAR, dry_run=False)
    assert not unsure.read.ok
    assert any(each.code == "column-unsure" for each in unsure.read.complaints)
    assert any(each.certainty is Certainty.GUESSED for each in unsure.read.columns)
    imported(demonstration, files)
    assert installation.import_files(files, SCHOOL_YEAR, dry_run=True).read.ok


def test_preview_says_what_will_change(demonstration: Demonstration) -> None:
    """A dry run counts new, changed and unchanged students, names each difference, and writes nothing."""
    files = files_of(Vendor.VNEDU)
    before = imported(demonstration, files, dry_run=True).preview
    assert before is not None
    assert (before.added, before.unchanged, before.changed) == (12, 0, ())
    assert demonstration.installation.imports.all(SCHOOL) == ()
    imported(demonstration, files)
    again = imported(demonstration, files).preview
    assert again is not None
    assert (again.added, again.unchanged, again.changed) == (0, 12, ())
    assert len(demonstration.installation.imports.all(SCHOOL)) == 1


def test_import_is_undone_until_something_stands_on_it(demonstration: Demonstration) -> None:
    """Undoing takes new students away again; once a transcript is issued, or undone already, it is refused by name."""
    installation = demonstration.installation
    stored = imported(demonstration, files_of(Vendor.SECTOR)).stored
    assert stored is not None
    assert installation.undo_import(SCHOOL, stored.id) == 12
    assert _refusal(demonstration, stored.id) == "import-undone"
    again = imported(demonstration, files_of(Vendor.SECTOR)).stored
    assert again is not None
    assert again.students == 12
    student = STUDENTS.students[0].code
    assert installation.issue(SCHOOL, SCHOOL_YEAR, student_code=student).released
    assert _refusal(demonstration, again.id) == "import-issued"
    assert _refusal(demonstration, "0" * 32) == "import-unknown"


def test_later_import_of_the_same_student_is_undone_first(demonstration: Demonstration) -> None:
    """An import that a later one wrote over is not undone past it; in the right order both go."""
    installation = demonstration.installation
    workbook = sample_class(2, class_name="6B", first_student=101)
    first = imported(demonstration, [SourceFile("6B.xlsx", workbook)]).stored
    book = load_workbook(io.BytesIO(workbook))
    book["Kết quả năm học"]["L2"] = 9
    changed = io.BytesIO()
    book.save(changed)
    second = imported(demonstration, [SourceFile("6B.xlsx", changed.getvalue())]).stored
    assert first is not None
    assert second is not None
    assert _refusal(demonstration, first.id) == "import-superseded"
    assert installation.undo_import(SCHOOL, second.id) == 1


def test_undoing_an_import_after_an_erasure_gives_nothing_back(demonstration: Demonstration) -> None:
    """What a family had erased is not in the import's memory either."""
    installation = demonstration.installation
    workbook = sample_class(2, class_name="6B", first_student=101)
    stored = imported(demonstration, [SourceFile("6B.xlsx", workbook)]).stored
    assert stored is not None
    code = next(
        row.learner.student_code
        for row in installation.register.student_years(SCHOOL, SCHOOL_YEAR, class_name="6B")
    )
    installation.erase(SCHOOL, code, dry_run=False)
    assert installation.undo_import(SCHOOL, stored.id) == 1
    assert code.encode() not in (demonstration.data / "hocba.sqlite3").read_bytes()


def test_workbook_comes_back_marked() -> None:
    """The person's own file: the cell red with what to do, and a sheet that lists it; nothing else changes."""
    file = SourceFile("diem-11.xlsx", BROKEN["diem-11.xlsx"].data)
    result = read([file])
    book = load_workbook(io.BytesIO(annotate(open_book(file), result.places)))
    cell = book["Toán"]["D2"]
    assert cell.value == 11
    assert cell.comment is not None
    assert cell.fill.start_color.rgb == "00FFC7CE"
    assert [row[2].value for row in book[LIST_SHEET].iter_rows(min_row=2)] == ["D2"]


def _refusal(demonstration: Demonstration, import_id: str) -> str:
    with pytest.raises(ServiceError) as refusal:
        demonstration.installation.undo_import(SCHOOL, import_id)
    return refusal.value.code


def _with_title(file: SourceFile, old: str, new: str) -> SourceFile:
    book = load_workbook(io.BytesIO(file.data))
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value == old:
                    cell.value = new
    target = io.BytesIO()
    book.save(target)
    return SourceFile(file.name, target.getvalue())

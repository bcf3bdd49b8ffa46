"""What schools have: files of four systems, in any order, read to the same years; guesses, previews, undoing."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from pypdf import PdfReader

from schemas.transcript.model import Kind
from schemas.transcript.subjects import CURRICULUM, Choice
from schemas.verdict import VerdictCode
from service.errors import ServiceError
from service.importing.annotating import annotate
from service.importing.complaints import repeated
from service.importing.formats import LIST_SHEET, SourceFile, open_book
from service.importing.guessing import Certainty
from service.importing.preview import preview
from service.importing.school_import import FilesImport
from service.issuing import released_path
from service.sample import sample_class
from service.sample.broken import broken_workbooks
from service.sample.school import SCHOOL_YEAR, sample_school
from service.sample.vendors import Vendor, vendor_files
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.school_files import STUDENTS, edited_misa, files_of, read
from tests.support.transcripts import secondary

BROKEN = broken_workbooks()
UPPER = sample_school(students=140, seed=7, first_student=501, kind=Kind.UPPER_SECONDARY)


def _ods() -> bytes:
    return next(file.data for file in files_of(Vendor.SECTOR) if file.name.endswith(".ods"))


def _part(archive: bytes, name: str) -> bytes:
    return zipfile.ZipFile(io.BytesIO(archive)).read(name)


def _with_part(archive: bytes, name: str, content: bytes) -> bytes:
    """Return an archive with another content of a part; the order and the packing of parts stay."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(target, "w") as new:
        for part in old.infolist():
            new.writestr(part, content if part.filename == name else old.read(part))
    return target.getvalue()


def _empty_workbook() -> bytes:
    target = io.BytesIO()
    Workbook().save(target)
    return target.getvalue()


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
        student, year = known[row.learner.student_code], secondary(row.year)
        assert row.learner.full_name == student.named.full_name
        assert row.learner.birth_date == student.birth_date
        assert {each.subject: each.year for each in year.subjects} == {
            code: own.year for code, own in student.subjects.items()
        }
        assert (year.conduct.year, year.learning.year) == (
            student.conduct.year,
            student.learning.year,
        )


@pytest.mark.parametrize("vendor", Vendor)
def test_upper_secondary_schools_are_read_whole(vendor: Vendor) -> None:
    """Each class with the four subjects that it chose, in the order of the form, in every system's shape."""
    files = [SourceFile(name, data) for name, data in vendor_files(UPPER, vendor).items()]
    result = read(files, accept_guesses=True)
    assert result.ok, result.complaints
    known = {student.code: student for student in UPPER.students}
    assert {row.learner.student_code for row in result.rows} == set(known)
    chosen = set()
    for row in result.rows:
        year = secondary(row.year)
        subjects = [each.subject for each in year.subjects]
        assert subjects == list(known[row.learner.student_code].subjects)
        taught = [CURRICULUM.find(code, year.grade) for code in subjects]
        group = frozenset(one.code for one in taught if one and one.choice is Choice.OF_GROUP)
        assert len(group) == 4
        chosen.add(group)
    assert len(chosen) >= 3


def test_upper_secondary_school_is_imported_issued_and_verified(demonstration: Demonstration) -> None:
    """From the files of a system to documents on the form of upper secondary school that anybody can verify."""
    school = sample_school(students=3, seed=7, first_student=901, kind=Kind.UPPER_SECONDARY)
    files = [SourceFile(name, data) for name, data in vendor_files(school, Vendor.SMAS).items()]
    imported(demonstration, files)
    report = demonstration.installation.issue(SCHOOL, SCHOOL_YEAR, class_name="10A")
    assert (len(report.released), report.failed) == (3, ())
    for issuance in report.released:
        pdf = released_path(demonstration.data / "issued", issuance).read_bytes()
        assert demonstration.verify(pdf).verdict is VerdictCode.VALID
        texts = [each.extract_text() for each in PdfReader(io.BytesIO(pdf)).pages]
        assert "TRUNG HỌC PHỔ THÔNG" in texts[0]
        assert texts[3].count("(lựa chọn)") == 4


def test_subject_of_another_level_is_refused() -> None:
    """A sheet of Vật lí in a class of grade 6 is named, not read."""
    upper = vendor_files(UPPER, Vendor.MISA)
    name, data = next((name, data) for name, data in upper.items() if name.endswith("_vat-li.xlsx"))
    book = load_workbook(io.BytesIO(data))
    for row in book.worksheets[0].iter_rows():
        for cell in row:
            if isinstance(cell.value, str):
                cell.value = cell.value.replace(name.split("_")[0], "6A")
    target = io.BytesIO()
    book.save(target)
    result = read(
        [*files_of(Vendor.MISA), SourceFile("6A_vat-li.xlsx", target.getvalue())], accept_guesses=True
    )
    assert "subject-of-grade" in {each.code for each in result.complaints}


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


@pytest.mark.parametrize("kind", ["empty", "text-document"])
def test_files_without_a_student_are_refused(kind: str) -> None:
    """An empty workbook, or a document of another kind, is never "0 students imported"."""
    data = _empty_workbook()
    if kind == "text-document":
        data = _with_part(_ods(), "mimetype", b"application/vnd.oasis.opendocument.text")
    result = read([SourceFile("a", data)])
    assert not result.ok
    assert [one.code for one in result.complaints] == [
        {"empty": "files-empty", "text-document": "workbook-unreadable"}[kind]
    ]


@pytest.mark.parametrize("value", [b"8_5", b"1_0", b"nan", b"inf", b""])
def test_number_of_an_ods_has_one_spelling(value: bytes) -> None:
    """What only a programming language takes for a number is no mark."""
    written = rb'office:value="[0-9]+\.[0-9]"'
    content = re.sub(written, b'office:value="%s"' % value, _part(_ods(), "content.xml"), count=1)
    result = read([SourceFile("a.ods", _with_part(_ods(), "content.xml", content))])
    assert [one.code for one in result.complaints] == ["workbook-unreadable"]


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


def test_preview_writes_as_people_do() -> None:
    """Day before month, a comma in a mark."""
    (row, *_) = read([SourceFile("6B.xlsx", sample_class(1, class_name="6B"))]).rows
    first, *others = row.year.subjects
    mended = replace(
        row,
        learner=row.learner.model_copy(update={"birth_date": dt.date(2014, 9, 5)}),
        year=row.year.model_copy(
            update={"subjects": (first.model_copy(update={"semester1": "9.9"}), *others)}
        ),
    )
    (student,) = preview([mended], [row]).changed
    assert [one.after for one in student.differences] == ["05/09/2014", "9,9"]


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


def test_another_birth_date_is_told_as_such() -> None:
    """Where a name is listed with another birth date, the complaint is at the date and names the listed one."""

    def edit(sheet: Any) -> None:
        sheet["C8"] = "05/09/2014"

    result = read(edited_misa(edit))
    found = next(one for one in result.complaints if one.code == "student-birth-date-differs")
    assert (found.file, found.column, found.row) == ("6A_toan.xlsx", "C", 8)
    assert re.search(r"\([0-9]{2}/[0-9]{2}/20[0-9]{2}\)", found.vi)


def test_missing_files_of_a_class_are_named_one_by_one() -> None:
    """What a class lacks is told for each subject, however many there are: none is a repeat of another."""
    result = read([file for file in files_of(Vendor.MISA) if "hoc sinh" in file.name])
    missing = [one.vi for one in result.complaints if one.code == "sheet-missing"]
    assert len(missing) == len(set(missing)) == 13


def test_the_same_fault_of_a_column_is_one_line() -> None:
    """Ten cells of one column with one fault are read as one line: its cells, what stands in them, how many more."""

    def edit(sheet: Any) -> None:
        for row in range(7, 19):
            sheet.cell(row, 5).value = 40 + row

    lines = repeated(read(edited_misa(edit)).complaints)
    (line,) = (one for one in lines if one.fault.code == "mark-invalid")
    assert line.cells == tuple(f"E{row}" for row in range(7, 17))
    assert line.values == tuple(str(40 + row) for row in range(7, 17))
    assert "Còn 2 dòng khác" in line.fault.vi

"""Importing what a school hands over: everything or nothing, with what will change, and how to undo it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from schemas.change_trail import Act, Actor
from schemas.transcript.model import Kind, School, Signatory, kind_of
from schemas.vietnam_time import day_in_vietnam
from service.errors import ServiceError
from service.importing.complaints import Complaints, Place
from service.importing.formats import SourceFile
from service.importing.guessing import Confirmed
from service.importing.preview import Preview, preview
from service.importing.reader import FindSchool
from service.importing.school_files import Progress, SchoolFiles, read_school_files
from service.importing.vocabulary import Role
from service.school_years import check_begun
from service.storage.drafts import already_issued, year_taken_over
from service.storage.imports import Imports, StoredImport
from service.storage.readings import Shown
from service.storage.register import Register
from service.storage.trail_writing import Cause


@dataclass(frozen=True, slots=True)
class ImportTools:
    """What an import needs from elsewhere."""

    register: Register
    imports: Imports
    default_school: Callable[[], str]
    """The school of files that name none, or raises ServiceError."""
    import_id: str
    now: dt.datetime
    actor: Actor
    """Who imports, for the trail."""


@dataclass(frozen=True, slots=True)
class FilesImport:
    """What files say; what it will change, where they may be imported; and the import, where it was made."""

    read: SchoolFiles
    preview: Preview | None
    stored: StoredImport | None


def import_files(
    tools: ImportTools,
    files: Sequence[SourceFile],
    school_year: str,
    *,
    dry_run: bool,
    school: str | None,
    columns: Confirmed,
    accept_guesses: bool,
    progress: Progress,
) -> FilesImport:
    """Import what a school hands over: everything or nothing. A dry run checks the same and writes nothing.

    Args:
        tools: the register, the imports, the clock.
        files: the files, of any system, in any order.
        school_year: the year that the person says they are of.
        dry_run: whether to stop after checking and comparing with what is stored.
        school: the only school that they may be of; else the one they name, else the installation's only one.
        columns: what the person says that columns are.
        accept_guesses: whether the person confirms what was guessed.
        progress: told how many of how many steps are done.

    Raises:
        ServiceError: `school-year-not-begun`; the school is unknown, or to be named.
    """
    check_begun(school_year, day_in_vietnam(tools.now))

    def confirmed(code: str) -> Confirmed:
        known = {(Role(role), title): key for (role, title), key in tools.imports.confirmed(code).items()}
        return known | dict(columns)

    read = read_school_files(
        files,
        find_school=school_finder(tools.register, school, day_in_vietnam(tools.now)),
        default_school=tools.default_school if school is None else lambda: school,
        school_year=school_year,
        confirmed=confirmed,
        accept_guesses=accept_guesses,
        progress=progress,
    )
    if not read.ok:
        return FilesImport(read, None, None)
    changes = preview(read.rows, tools.register.student_years(read.school_code, school_year))
    # What is stored is shown beside what the files say.
    tools.register.note_reading(
        read.school_code,
        tools.actor,
        changes.shows_sensitive,
        Shown.IMPORT_PREVIEW,
        at=int(tools.now.timestamp()),
    )
    issued = tools.register.issued_students(read.school_code, school_year)
    refused = [
        (_place(one.class_name, one.full_name), already_issued(one.student_code, school_year))
        for one in changes.changed
        if one.student_code in issued
    ]
    taken = tools.register.taken_over(read.school_code, school_year)
    refused += [
        (
            _place(row.class_name, row.learner.full_name),
            year_taken_over(row.learner.student_code, school_year),
        )
        for row in read.rows
        if row.learner.student_code in taken
    ]
    refused += _of_other_levels(read, tools.register.levels(read.school_code))
    if refused:
        return FilesImport(_with_refusals(read, refused), changes, None)
    if dry_run:
        return FilesImport(read, changes, None)
    stored = tools.imports.put(
        read.school_code,
        school_year,
        read.rows,
        [(file.name, file.data) for file in files],
        cause=Cause(Act.IMPORT, tools.actor, int(tools.now.timestamp()), reference=tools.import_id),
    )
    if read.confirmations:
        tools.imports.confirm(
            read.school_code,
            {(str(role), title): key for (role, title), key in read.confirmations.items()},
        )
    return FilesImport(read, changes, stored)


def _of_other_levels(read: SchoolFiles, levels: Sequence[Kind]) -> list[tuple[Place, ServiceError]]:
    """Return the classes of a level that the school does not teach, where somebody has said which it teaches."""
    grades = {row.class_name: row.year.grade for row in read.rows}
    return [
        (
            Place(value=name),
            ServiceError(
                "level-not-taught",
                f"Trường không dạy cấp của khối {grade}; hãy xem lại tệp, hoặc sửa cấp học trong Cài đặt trường.",
                f"The school does not teach the level of grade {grade}; check the file, or the school's settings.",
            ),
        )
        for name, grade in grades.items()
        if levels and kind_of(grade) not in levels
    ]


def _place(class_name: str, full_name: str) -> Place:
    """Return where a fault of a student as a whole is."""
    return Place(value=f"{class_name} {full_name}")


def _with_refusals(read: SchoolFiles, refused: Sequence[tuple[Place, ServiceError]]) -> SchoolFiles:
    """Return what was read, refused because of what is issued or taken over: as the write itself would refuse it."""
    complaints = Complaints()
    for place, fault in refused:
        complaints.add(place, fault)
    return replace(
        read,
        rows=(),
        complaints=(*complaints.report(), *read.complaints),
        places=(*complaints.all, *read.places),
    )


def school_finder(register: Register, school: str | None, day: dt.date) -> FindSchool:
    """Return what finds a school of an upload, and who leads it on a day; where `school` is given, only that one."""

    def find_school(code: str) -> tuple[School, Signatory]:
        if school is not None and code != school:
            raise _other_school(code, school)
        return register.school(code)[0], register.principal_on(code, day)

    return find_school


def _other_school(code: str, school: str) -> ServiceError:
    return ServiceError(
        "school-other",
        f"Tệp ghi mã trường {code}, không phải trường đang đăng nhập ({school}).",
        f"The workbook names school {code}, not the one signed in ({school}).",
    )

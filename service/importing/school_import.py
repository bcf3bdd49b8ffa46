"""Importing what a school hands over: everything or nothing, with what will change, and how to undo it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from schemas.transcript.model import School, Signatory
from service.errors import ServiceError
from service.importing.formats import SourceFile
from service.importing.guessing import Confirmed
from service.importing.preview import Preview, preview
from service.importing.reader import FindSchool
from service.importing.school_files import Progress, SchoolFiles, read_school_files
from service.importing.vocabulary import Role
from service.storage.imports import Imports, StoredImport
from service.storage.register import Register


@dataclass(frozen=True, slots=True)
class ImportTools:
    """What an import needs from elsewhere."""

    register: Register
    imports: Imports
    default_school: Callable[[], str]
    """The school of files that name none, or raises ServiceError."""
    import_id: str
    now: dt.datetime


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
    """

    def confirmed(code: str) -> Confirmed:
        known = {(Role(role), title): key for (role, title), key in tools.imports.confirmed(code).items()}
        return known | dict(columns)

    read = read_school_files(
        files,
        find_school=school_finder(tools.register, school),
        default_school=tools.default_school if school is None else lambda: school,
        school_year=school_year,
        confirmed=confirmed,
        accept_guesses=accept_guesses,
        progress=progress,
    )
    if not read.ok:
        return FilesImport(read, None, None)
    changes = preview(read.rows, tools.register.student_years(read.school_code, school_year))
    if dry_run:
        return FilesImport(read, changes, None)
    stored = tools.imports.put(
        read.school_code,
        school_year,
        read.rows,
        [(file.name, file.data) for file in files],
        import_id=tools.import_id,
        at=int(tools.now.timestamp()),
    )
    if read.confirmations:
        tools.imports.confirm(
            read.school_code,
            {(str(role), title): key for (role, title), key in read.confirmations.items()},
        )
    return FilesImport(read, changes, stored)


def school_finder(register: Register, school: str | None) -> FindSchool:
    """Return what finds a school of an upload; where `school` is given, only that one is found."""

    def find_school(code: str) -> tuple[School, Signatory]:
        if school is not None and code != school:
            raise _other_school(code, school)
        return register.school(code)

    return find_school


def _other_school(code: str, school: str) -> ServiceError:
    return ServiceError(
        "school-other",
        f"Tệp ghi mã trường {code}, không phải trường đang đăng nhập ({school}).",
        f"The workbook names school {code}, not the one signed in ({school}).",
    )

"""What the page of a checked import shows: columns to confirm, what to mend, what will change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from service.importing.column_labels import choices, label_of
from service.importing.complaints import Complaint, Repeated, repeated
from service.importing.guessing import Certainty
from service.importing.preview import ChangedStudent, Preview
from service.importing.school_files import ShownColumn
from service.importing.school_import import FilesImport
from service.importing.vocabulary import Role
from service.web.console.names import name_key

COLUMN_FIELD = "column:"
_SHOWN_STUDENTS = 100
_ASKED = frozenset({"column-unknown", "column-unsure"})
"""Complaints that the table of columns takes the place of."""
_OPEN = frozenset({Certainty.GUESSED, Certainty.UNKNOWN})
_OF_COLUMNS = ("column-", "header-", "table-")


@dataclass(frozen=True, slots=True)
class ColumnLine:
    """One column as it stands on some sheets: what it is taken for, and what it may be where that is to be said."""

    field: str
    role: Role
    title: str
    key: str | None
    label: str
    certainty: Certainty
    where: str
    sheets: int
    example: str | None
    choices: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ImportPage:
    """The page. `asked` are columns to be confirmed; nothing is imported before they are."""

    ok: bool
    students: int
    classes: tuple[str, ...]
    asked: tuple[ColumnLine, ...]
    named: tuple[ColumnLine, ...]
    known: tuple[ColumnLine, ...]
    of_columns: tuple[Repeated, ...]
    of_rows: tuple[Repeated, ...]
    warnings: tuple[Repeated, ...]
    several_files: bool
    can_be_marked: bool
    preview: Preview | None
    changed: tuple[ChangedStudent, ...]


def page_of(result: FilesImport) -> ImportPage:
    """Return what the page shows of a result."""
    read = result.read
    lines = _lines(read.columns)
    open_columns = {(one.file, one.sheet, one.column) for one in read.columns if one.certainty in _OPEN}
    errors = [
        one
        for one in read.complaints
        if one.severity == "error"
        and not (one.code in _ASKED and (one.file, one.sheet, one.column) in open_columns)
    ]
    changed = result.preview.changed if result.preview else ()
    return ImportPage(
        ok=read.ok,
        students=len(read.rows),
        classes=tuple(sorted(read.classes)),
        asked=tuple(one for one in lines if one.certainty in _OPEN),
        named=tuple(one for one in lines if one.certainty is Certainty.REMEMBERED),
        known=tuple(one for one in lines if one.certainty is Certainty.SURE),
        of_columns=repeated(one for one in errors if _is_of_columns(one)),
        of_rows=repeated(one for one in errors if not _is_of_columns(one)),
        warnings=repeated(one for one in read.complaints if one.severity == "warning"),
        several_files=len({one.file for one in read.complaints if one.file}) > 1,
        can_be_marked=any(one.sheet for one in read.places),
        preview=result.preview,
        changed=tuple(sorted(changed, key=lambda one: (one.class_name, name_key(one.full_name))))[
            :_SHOWN_STUDENTS
        ],
    )


def _is_of_columns(complaint: Complaint) -> bool:
    """Whether a fault is of a file, a sheet or a column, and so makes every row wrong."""
    return complaint.row is None or complaint.code.startswith(_OF_COLUMNS)


def _lines(columns: Sequence[ShownColumn]) -> list[ColumnLine]:
    """Return each way in which columns were understood once, however many sheets have it."""
    found = {(one.role, one.title, one.key, one.certainty): one for one in reversed(columns)}
    count = Counter((one.role, one.title, one.key, one.certainty) for one in columns)
    return [
        ColumnLine(
            field=f"{COLUMN_FIELD}{one.role}:{one.title}",
            role=one.role,
            title=one.title,
            key=one.key,
            label=label_of(one.key) if one.key else "",
            certainty=one.certainty,
            where=" – ".join(part for part in (one.file, one.sheet, one.column) if part),
            sheets=count[kind],
            example=one.example,
            choices=tuple((key, label_of(key)) for key in choices(one.role)),
        )
        for kind, one in reversed(found.items())
    ]

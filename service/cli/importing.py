"""`hocba import`: a school's files become drafts, or a list of what to mend; `hocba imports`: see and undo them."""

from __future__ import annotations

import gc
import json
import os
import shlex
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from service.cli.command import (
    chosen_school,
    data_option,
    json_option,
    listed,
    open_installation,
    refusals,
    school_option,
    shown_progress,
    year_option,
)
from service.files import PRIVATE, make_folder, replace_file
from service.importing.annotating import annotated_files
from service.importing.column_labels import label_of
from service.importing.column_names import parse_column_names
from service.importing.complaints import Repeated, repeated
from service.importing.folder_archive import MAX_FILES, MAX_UNPACKED, is_workbook_name, unpacked
from service.importing.formats import SourceFile
from service.importing.guessing import Certainty
from service.importing.preview import Preview
from service.importing.reader import MAX_WORKBOOK_BYTES, ImportResult
from service.importing.school_files import SchoolFiles, ShownColumn
from service.importing.school_import import FilesImport
from verify.files import read_regular_file

_SHOWN_CHANGES = 20
_SHOWN_DIFFERENCES = 6
_SHOWN_VALUES = 5
_CERTAINTY = {
    Certainty.SURE: "rõ / sure",
    Certainty.REMEMBERED: "đã xác nhận / confirmed",
    Certainty.GUESSED: "ĐOÁN / GUESSED",
    Certainty.UNKNOWN: "KHÔNG RÕ / UNKNOWN",
}
_CERTAIN = (Certainty.SURE, Certainty.REMEMBERED)


@click.command("import")
@click.argument(
    "paths", metavar="FILE…", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path)
)
@data_option
@year_option
@school_option
@click.option("--dry-run", is_flag=True, help="Check everything, show what will change, write nothing.")
@click.option(
    "--accept-guesses", is_flag=True, help="Confirm the columns that were guessed; they are remembered."
)
@click.option(
    "--mapping",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A JSON file that says what columns are.",
)
@click.option(
    "--annotate",
    "annotated",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write the files back into this folder, with what to mend marked in them.",
)
@json_option
@refusals
def import_workbook(  # noqa: PLR0913 - its options
    *,
    paths: Sequence[Path],
    data: Path,
    school_year: str,
    school: str | None,
    dry_run: bool,
    accept_guesses: bool,
    mapping: Path | None,
    annotated: Path | None,
    as_json: bool,
) -> None:
    """Import workbooks, one or several files or folders: everything, or nothing with a list of what to mend."""
    # A school is a million small objects that live until the end: looking for garbage among them takes its time.
    gc.set_threshold(100_000, 50, 50)
    installation = open_installation(data)
    columns = parse_column_names(read_regular_file(mapping, MAX_WORKBOOK_BYTES)) if mapping else None
    files = list(_source_files(paths))
    with shown_progress("Đang đọc / reading") as progress:
        result = installation.import_files(
            files,
            school_year,
            dry_run=dry_run,
            school=school,
            columns=columns,
            accept_guesses=accept_guesses,
            progress=progress,
        )
    if not as_json:
        _echo_columns(result.read.columns, whole=dry_run)
    for same in repeated(result.read.complaints):
        click.echo(_complaint(same, several=len(files) > 1), err=True)
    _echo_result(result, dry_run=dry_run, as_json=as_json)
    if not as_json and result.stored is not None and result.stored.students:
        where = f"--data {shlex.quote(str(data))}" + (f" --school {shlex.quote(school)}" if school else "")
        click.echo(f"Hoàn tác / undo: hocba imports undo {result.stored.id} {where}")
    # Last: a folder that cannot be written must not hide what was imported.
    if annotated is not None:
        _annotate(files, result.read, annotated)
    if not result.read.ok:
        click.echo(
            "Chưa nhập gì; hãy sửa các lỗi trên rồi nhập lại / Nothing was imported; mend the above.",
            err=True,
        )
        sys.exit(1)


def echo_complaints(result: ImportResult) -> None:
    """Say what is wrong with a workbook, a line for each complaint."""
    for same in repeated(result.complaints):
        click.echo(_complaint(same, several=False), err=True)


@click.group("imports")
def imports_group() -> None:
    """See the imports that were made, and undo one."""


@imports_group.command("list")
@data_option
@school_option
@refusals
def list_imports(*, data: Path, school: str | None) -> None:
    """List the imports of a school, newest first."""
    installation = open_installation(data)
    for one in listed(installation.imports.all(chosen_school(installation, school))):
        at = datetime.fromtimestamp(one.imported_at, UTC).isoformat()
        state = "  đã hoàn tác / undone" if one.undone_at is not None else ""
        state += "  đã có người xác nhận / confirmed" if one.confirmed else ""
        click.echo(f"{one.id}  {at}  {one.school_year}  {one.students} học sinh, {len(one.files)} tệp{state}")


@imports_group.command("undo", short_help="Undo an import that nobody has confirmed.")
@click.argument("import_id")
@data_option
@school_option
@refusals
def undo_import(*, import_id: str, data: Path, school: str | None) -> None:
    """Undo an import: possible until somebody has confirmed rows of it, or a later import changed the same students.

    A confirmation that is returned (`hocba approve return`) no longer counts.
    """
    installation = open_installation(data)
    count = installation.undo_import(chosen_school(installation, school), import_id)
    click.echo(f"Đã hoàn tác {count} học sinh / undone for {count} students")


def _source_files(paths: Sequence[Path]) -> Iterator[SourceFile]:
    """Yield the files, those of a folder or a .zip by name; one that is named itself is read whatever it is called."""
    found = [file for path in paths for file in (sorted(_below(path)) if path.is_dir() else (path,))]
    if len(found) > MAX_FILES:
        raise click.UsageError(f"More than {MAX_FILES} files.")
    several = len({file.name for file in found}) != len(found)
    above = Path(os.path.commonpath([file.absolute().parent for file in found])) if several else None
    for file in found:
        name = file.name if above is None else str(file.absolute().relative_to(above))
        most = MAX_UNPACKED if file.suffix.lower() == ".zip" else MAX_WORKBOOK_BYTES
        yield from unpacked(SourceFile(name, read_regular_file(file, most)))


def _below(folder: Path) -> Iterator[Path]:
    for file in folder.rglob("*"):
        if is_workbook_name(file.name) and file.is_file():
            yield file


def _annotate(files: Sequence[SourceFile], read: SchoolFiles, folder: Path) -> None:
    make_folder(folder)
    for name, marked in annotated_files(files, read.places):
        replace_file(folder / name, marked, mode=PRIVATE)
        click.echo(f"{folder / name}", err=True)


def _echo_columns(columns: Sequence[ShownColumn], *, whole: bool) -> None:
    """Print each way in which columns were understood once, however many sheets have it.

    Unless the `whole` is wanted, the columns whose titles leave no doubt are only counted.
    """
    seen: dict[tuple[str, str, str | None, Certainty], list[ShownColumn]] = {}
    for column in columns:
        seen.setdefault((column.role, column.title, column.key, column.certainty), []).append(column)
    plain = 0
    for (role, title, key, certainty), found in seen.items():
        if not whole and key != "-" and certainty in _CERTAIN:
            plain += 1
            continue
        meaning = "không đọc / left out" if key == "-" else f"{label_of(key)} ({key})" if key else "?"
        sheets = (
            f"{len(found)} trang / sheets" if len(found) > 1 else f"{found[0].file or ''} {found[0].sheet}"
        )
        click.echo(f"{role:9} {title} → {meaning}  [{_CERTAINTY[certainty]}; {sheets}]")
    if plain:
        click.echo(
            f"{plain} cột đọc theo tiêu đề (xem từng cột: --dry-run) / "
            f"{plain} columns read by their titles (each of them: --dry-run)"
        )


def _echo_result(result: FilesImport, *, dry_run: bool, as_json: bool) -> None:
    accepted = len(result.read.rows) if result.read.ok else 0
    if as_json:
        complaints = len(result.read.complaints)
        click.echo(
            json.dumps(
                {"imported": 0 if dry_run else accepted, "accepted": accepted, "complaints": complaints}
            )
        )
        return
    if result.preview is not None:
        _echo_preview(result.preview, dry_run=dry_run or not result.read.ok)
    if result.read.ok:
        written = accepted - (result.preview.unchanged if result.preview else 0)
        click.echo(
            f"{'Sẽ nhập' if dry_run else 'Đã nhập'} {written} học sinh / "
            f"{'would import' if dry_run else 'imported'} {written} students"
        )


def _echo_preview(changes: Preview, *, dry_run: bool) -> None:
    vi, en = ("Sẽ", "would be") if dry_run else ("Đã", "were")
    click.echo(
        f"{vi} thêm {changes.added}, sửa {len(changes.changed)}, giữ nguyên {changes.unchanged} học sinh / "
        f"{changes.added} {en} added, {len(changes.changed)} changed, {changes.unchanged} left as they are"
    )
    for student in changes.changed[:_SHOWN_CHANGES]:
        shown = student.differences[:_SHOWN_DIFFERENCES]
        parts = [f"{one.what}: {one.before or '–'} → {one.after or '–'}" for one in shown]
        if len(shown) < len(student.differences):
            parts.append(f"… {len(student.differences) - len(shown)}")
        click.echo(f"  {student.class_name} {student.student_code} {student.full_name}: {'; '.join(parts)}")
    if len(changes.changed) > _SHOWN_CHANGES:
        click.echo(f"  … {len(changes.changed) - _SHOWN_CHANGES}")
    if changes.left:
        click.echo(
            f"{changes.left} học sinh đã có của các lớp này không có trong tệp và giữ nguyên / "
            f"{changes.left} stored students of these classes are not in the files and stay"
        )


def _complaint(same: Repeated, *, several: bool) -> str:
    fault = same.fault
    parts = (fault.file if several or not fault.sheet else None, fault.sheet, ", ".join(same.cells))
    place = " ".join(part for part in parts if part)
    shown = (*same.values[:_SHOWN_VALUES], *("…" for _ in same.values[_SHOWN_VALUES : _SHOWN_VALUES + 1]))
    values = "; ".join(shown)
    # A fault of a class has no cell, one of everything together has no place at all.
    where = f"{place} ({values})" if place and values else place or values
    return f"[{fault.severity}] {f'{where}: ' if where else ''}{fault.vi} / {fault.en} [{fault.code}]"

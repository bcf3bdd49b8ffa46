"""Importing in the console: files are checked, columns confirmed, changes shown, then imported; an import is undone.

The functions are those of `hocba import`. What was uploaded waits on disk under its digest, which each form carries:
what was shown is what is imported.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import PurePosixPath

from flask import Blueprint, Response, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response as Redirect

from schemas.vietnam_time import VIETNAM
from service.errors import ServiceError
from service.importing.annotating import annotated_files
from service.importing.column_names import parse_column
from service.importing.folder_archive import packed, unpacked
from service.importing.formats import SourceFile
from service.importing.guessing import Confirmed
from service.importing.school_import import FilesImport
from service.installation import Installation
from service.people.roles import Role
from service.school_years import parse_school_year
from service.storage.imports import StoredImport, import_confirmed
from service.uploads import UPLOADS, Uploads
from service.web.console.import_page import COLUMN_FIELD, page_of
from service.web.policy import WHOLE_SCHOOL, allow, change_actor
from service.web.words import TEXTS

MAX_UPLOAD = 64 * 2**20
"""Of all files of one import together; more are sent in groups, or imported by `hocba import`."""
MAX_UPLOAD_PARTS = 5000
_SHEETS = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def add_imports(console: Blueprint, installation: Installation) -> None:
    """Add the pages."""
    _add_upload(console, installation)
    _add_list(console, installation)


def _add_upload(console: Blueprint, installation: Installation) -> None:
    uploads = Uploads(installation.folder(UPLOADS))

    @console.post("/import")
    @allow(Role.CLERK, upload=(MAX_UPLOAD, MAX_UPLOAD_PARTS))
    def check_files(school: str) -> str:
        """Check uploaded files, and keep them until the person says that they shall be imported."""
        year = parse_school_year(request.form.get("year", ""))
        files = list(_uploaded())
        upload = uploads.keep(school, files)
        return _shown(_import(installation, school, files, year, dry_run=True), year, upload)

    @console.post("/import/columns")
    @allow(Role.CLERK)
    def check_columns(school: str) -> str:
        """Check the same files again, with columns as the person named them."""
        year, upload, files = _kept(uploads, school)
        return _shown(_import(installation, school, files, year, dry_run=True), year, upload)

    @console.post("/import/confirm")
    @allow(Role.CLERK)
    def import_files(school: str) -> str | Redirect:
        """Import the files that were just checked."""
        year, upload, files = _kept(uploads, school)
        result = _import(installation, school, files, year, dry_run=False)
        if not result.read.ok:
            return _shown(result, year, upload)
        uploads.forget(school)
        if len(result.read.classes) == 1:
            name = result.read.classes[0]
            return redirect(url_for("console.show_class", school_year=year, class_name=name), 303)
        return redirect(url_for("console.imports"), 303)

    @console.post("/import/marked")
    @allow(Role.CLERK)
    def mark_files(school: str) -> Response:
        """Give the files back with what to mend marked in them: one workbook, or several as a .zip."""
        year, _, files = _kept(uploads, school)
        result = _import(installation, school, files, year, dry_run=True)
        marked = [SourceFile(*each) for each in annotated_files(files, result.read.places)]
        if len(marked) == 1:
            return _download(marked[0].data, marked[0].name, _SHEETS)
        return _download(packed(marked), "loi.zip", "application/zip")


def _add_list(console: Blueprint, installation: Installation) -> None:
    @console.get("/imports")
    @allow(*WHOLE_SCHOOL)
    def imports(school: str) -> str:
        """List the school's imports, newest first."""
        found = [(one, _at(one)) for one in installation.imports.all(school)]
        return render_template("imports.html", imports=found)

    @console.get("/imports/<import_id>/undo")
    @allow(Role.CLERK)
    def ask_undo(school: str, import_id: str) -> str:
        """Ask once before undoing."""
        found = next((one for one in installation.imports.all(school) if one.id == import_id), None)
        if found is None:
            raise ServiceError("import-unknown", "Không có lần nhập này.", "There is no such import.")
        if found.confirmed:
            raise import_confirmed()
        return render_template("undo.html", one=found, at=_at(found))

    @console.post("/imports/<import_id>/undo")
    @allow(Role.CLERK)
    def undo(school: str, import_id: str) -> Redirect:
        """Give every student the state before an import."""
        installation.undo_import(school, import_id, actor=change_actor(installation))
        return redirect(url_for("console.imports"), 303)


def _import(
    installation: Installation, school: str, files: list[SourceFile], year: str, *, dry_run: bool
) -> FilesImport:
    return installation.import_files(
        files,
        year,
        dry_run=dry_run,
        school=school,
        columns=_columns(),
        actor=change_actor(installation),
    )


def _columns() -> Confirmed:
    """Return what the person says that columns are; a column that was left open is left out."""
    found = {}
    for name, key in request.form.items():
        if name.startswith(COLUMN_FIELD) and key:
            role, _, title = name.removeprefix(COLUMN_FIELD).partition(":")
            column, known = parse_column(role, title, key)
            found[column] = known
    return found


def _kept(uploads: Uploads, school: str) -> tuple[str, str, list[SourceFile]]:
    """Return year, digest and files of the upload that the form is about.

    Raises:
        ServiceError: `form-stale`: the files are gone, or others were uploaded since; `school-year-invalid`.
    """
    upload = request.form.get("upload", "")
    files = uploads.files(school, upload)
    if files is None:
        raise ServiceError("form-stale", TEXTS["vi"]["form_stale"], TEXTS["en"]["form_stale"])
    return parse_school_year(request.form.get("year", "")), upload, list(files)


def _uploaded() -> Iterator[SourceFile]:
    """Yield the uploaded files, those of a .zip too, each under a name of its own."""
    seen: set[str] = set()
    for part in request.files.getlist("file"):
        with closing(part) as upload:
            if not upload.filename:
                continue
            for file in unpacked(SourceFile(_plain_name(upload.filename), upload.read())):
                name, number = _plain_name(file.name), 1
                path = PurePosixPath(name)
                while name in seen:
                    number += 1
                    name = str(path.with_name(f"{path.stem} ({number}){path.suffix}"))
                seen.add(name)
                yield SourceFile(name, file.data)


def _plain_name(name: str) -> str:
    """Return a name that is shown and written into archives: no control characters, no way out of a folder."""
    printable = "".join(character for character in name if character.isprintable())
    parts = [part for part in printable.replace("\\", "/").split("/") if part not in {"", ".", ".."}]
    return "/".join(parts)[-200:] or "?"


def _at(one: StoredImport) -> datetime:
    return datetime.fromtimestamp(one.imported_at, VIETNAM)


def _shown(result: FilesImport, year: str, upload: str) -> str:
    return render_template("import.html", page=page_of(result), year=year, upload=upload)


def _download(data: bytes, name: str, kind: str) -> Response:
    return send_file(io.BytesIO(data), mimetype=kind, as_attachment=True, download_name=name)

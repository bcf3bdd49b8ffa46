"""The school's console: sign in, import a class, issue it, fetch the files. Works without JavaScript.

A session belongs to one school, and every page reads that school's rows alone. Each form carries the session's own
token against forged requests.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from typing import ParamSpec, TypeVar

from flask import Blueprint, Response, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as Redirect

from schemas.serial import display_serial
from service.errors import ServiceError
from service.files import PRIVATE, make_folder, replace_file
from service.importing.reader import ImportResult
from service.installation import UPLOADS, Installation
from service.storage.records import Issuance, StudentYear
from service.web.api import send_pdf, uploaded
from service.web.language import TEXTS, change_words, language, state_words, texts
from service.web.names import name_key

_P = ParamSpec("_P")
_T = TypeVar("_T")


def make_console(installation: Installation) -> Blueprint:
    """Return the pages."""
    console = Blueprint("console", __name__)
    register = installation.register

    @console.context_processor
    def _common() -> dict[str, object]:
        school = register.school(session["school"])[0] if "school" in session else None
        return {
            "t": texts(),
            "lang": language(),
            "school": school,
            "form_token": session.get("form"),
            "test": installation.trust.test,
            "display_serial": display_serial,
            "state_words": state_words,
            "change_words": change_words,
        }

    @console.before_request
    def _check_form() -> None:
        session.setdefault("form", installation.token_bytes(16).hex())
        sent = request.form.get("form", "") if request.method == "POST" else session["form"]
        if not hmac.compare_digest(sent.encode(), session["form"].encode()):
            raise ServiceError("form-stale", TEXTS["vi"]["form_stale"], TEXTS["en"]["form_stale"])

    _add_sessions(console, installation)
    _add_classes(console, installation)
    _add_imports(console, installation)
    return console


def _add_sessions(console: Blueprint, installation: Installation) -> None:
    @console.get("/sign-in")
    def sign_in() -> str:
        """Ask for the school's token."""
        return render_template("sign-in.html", wrong=False)

    @console.post("/sign-in")
    def check_token() -> str | Redirect | tuple[str, int]:
        """Begin a session of the school that the token speaks for."""
        token = installation.register.token_of(request.form.get("token", "").strip())
        if token is None:
            return render_template("sign-in.html", wrong=True), 401
        lang = session.get("lang")
        session.clear()
        session.permanent = True
        session.update(
            {"school": token.school_code, "form": installation.token_bytes(16).hex(), "lang": lang}
        )
        return redirect(url_for("console.classes"), 303)

    @console.post("/sign-out")
    def sign_out() -> Redirect:
        """End the session, and forget an upload that was never imported."""
        if "school" in session:
            (installation.folder(UPLOADS) / f"{session['school']}.xlsx").unlink(missing_ok=True)
        session.clear()
        return redirect(url_for("console.sign_in"), 303)

    @console.post("/language")
    def change_language() -> Redirect:
        """Switch between Vietnamese and English."""
        session["lang"] = "vi" if language() == "en" else "en"
        return redirect(url_for("console.classes"), 303)


def _add_classes(console: Blueprint, installation: Installation) -> None:
    register = installation.register

    @console.get("/")
    @_signed_in
    def classes(school: str) -> str:
        """List the classes with their counts."""
        return render_template("classes.html", classes=register.class_counts(school))

    @console.get("/classes/<school_year>/<class_name>")
    @_signed_in
    def show_class(school: str, school_year: str, class_name: str) -> str:
        """List a class with the state of each transcript."""
        rows = _rows(installation, school, school_year, class_name)
        documents = [issuance for _, issuance in rows if issuance is not None]
        # The newest request of a document, about it or for it, by the document.
        changes = {
            issuance_id: change
            for change in register.changes_of(documents)
            for issuance_id in (change.issuance_id, change.replacement_id)
        }
        return render_template(
            "class.html", rows=rows, changes=changes, school_year=school_year, class_name=class_name
        )

    @console.get("/classes/<school_year>/<class_name>/issue")
    @_signed_in
    def ask_issue(school: str, school_year: str, class_name: str) -> str:
        """Ask once before signing."""
        rows = _rows(installation, school, school_year, class_name)
        return render_template("issue.html", rows=rows, school_year=school_year, class_name=class_name)

    @console.post("/classes/<school_year>/<class_name>/issue")
    @_signed_in
    def issue(school: str, school_year: str, class_name: str) -> Redirect:
        """Issue for a class; what an earlier try left is finished."""
        installation.issue(school, school_year, class_name=class_name)
        return redirect(url_for("console.show_class", school_year=school_year, class_name=class_name), 303)

    @console.get("/transcripts/<issuance_id>.pdf")
    @_signed_in
    def read_pdf(school: str, issuance_id: str) -> Response:
        """Return a released transcript."""
        issuance = register.issuance(school, issuance_id)
        if issuance is None:
            raise ServiceError("transcript-unknown", "Không có học bạ này.", "There is no such transcript.")
        return send_pdf(installation, issuance)


def _add_imports(console: Blueprint, installation: Installation) -> None:
    @console.post("/import")
    @_signed_in
    def check_workbook(school: str) -> str:
        """Check an uploaded workbook, and keep it until the person says that it shall be imported."""
        data = uploaded()
        school_year = request.form.get("year", "")
        result = installation.import_workbook(data, school_year, dry_run=True, school=school)
        if result.ok:
            make_folder(installation.folder(UPLOADS))
            # One upload a school: a new one takes the place of one that was never imported.
            replace_file(installation.folder(UPLOADS) / f"{school}.xlsx", data, mode=PRIVATE)
        return _preview(result, school_year, data)

    @console.post("/import/confirm")
    @_signed_in
    def import_workbook(school: str) -> str | Redirect:
        """Import the workbook that was just checked."""
        kept = installation.folder(UPLOADS) / f"{school}.xlsx"
        school_year = request.form.get("year", "")
        data = kept.read_bytes() if kept.exists() else b""
        if sha256(data).hexdigest() != request.form.get("workbook"):
            raise ServiceError("form-stale", TEXTS["vi"]["form_stale"], TEXTS["en"]["form_stale"])
        result = installation.import_workbook(data, school_year, dry_run=False, school=school)
        if not result.ok:
            return _preview(result, school_year, data)
        kept.unlink(missing_ok=True)
        return redirect(
            url_for("console.show_class", school_year=school_year, class_name=result.class_name), 303
        )


def _signed_in(page: Callable[_P, _T]) -> Callable[..., _T | Redirect]:
    """Hand the session's school to a page, or ask for a token."""

    @wraps(page)
    def wrapped(*args: _P.args, **kwargs: _P.kwargs) -> _T | Redirect:
        school = session.get("school")
        if school is None:
            return redirect(url_for("console.sign_in"), 303)
        return page(school, *args, **kwargs)

    return wrapped


def _rows(
    installation: Installation, school: str, school_year: str, class_name: str
) -> list[tuple[StudentYear, Issuance | None]]:
    register = installation.register
    years = register.student_years(school, school_year, class_name=class_name)
    issuances = register.issuances(school, school_year, class_name=class_name)
    by_code = {issuance.student_code: issuance for issuance in issuances}
    if not years:
        raise ServiceError("nothing-to-issue", "Không có lớp này.", "There is no such class.")
    return [
        (year, by_code.get(year.learner.student_code))
        for year in sorted(years, key=lambda year: name_key(year.learner.full_name))
    ]


def _preview(result: ImportResult, school_year: str, data: bytes) -> str:
    # The form names the workbook by its digest: what was previewed is what is imported.
    workbook = sha256(data).hexdigest()
    return render_template("import.html", result=result, school_year=school_year, workbook=workbook)

"""The admissions desk as pages: one form without a script; with it one upload for each document, and results on demand.

Nothing is kept here: the list of results is in the browser, or in the one answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from time import monotonic
from typing import Annotated, Any, Final, cast

from flask import Blueprint, Response, render_template, request
from pydantic import FailFast, Field, PlainValidator, TypeAdapter, ValidationError, ValidationInfo
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge

from schemas.errors import Text
from verify.desk.applicants import Applicant, read_applicants
from verify.desk.archive import Opening, count_members, is_archive
from verify.desk.export import format_csv, format_xlsx
from verify.desk.grid import MAX_LIST_BYTES
from verify.desk.outcome import Outcome, mark_repeated, verify_code, verify_submitted
from verify.desk.results import Result, Results, make_results, match_words, reason_words, verdict_words
from verify.desk.submitted import Submitted, shown_name
from verify.findings import BusyError, VerifyError
from verify.transcript import MAX_FILE_BYTES
from verify.verifier import Verifier
from verify.web.desk_words import DESK, SCRIPT_WORDS
from verify.web.language import Words, language, say
from verify.web.limits import UPLOAD, AtOnceError, charge
from verify.web.metrics import note_outcome
from verify.web.problems import problem

MAX_FORM_BYTES: Final = 32 * 2**20
MAX_FORM_DOCUMENTS: Final = 100
MAX_FORM_NAMES: Final = 2000
"""Documents of one form that are named: those in its archives that are not checked have a row each too."""
FORM_SECONDS: Final = 20.0
"""After so long the form answers with what is done; a front would soon give the request up."""
MAX_OUTCOMES: Final = 10_000
_LONE_SURROGATE: Final = re.compile(
    rb"(\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
)
_SCRIPT_HEADER: Final = "X-Hocba-Desk"
_FILES: Final = {
    "xlsx": (format_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "csv": (format_csv, "text/csv; charset=utf-8"),
}


def make_desk(verifier: Verifier) -> Blueprint:
    """Return the routes."""
    desk = Blueprint("desk", __name__, url_prefix="/desk")

    @desk.get("")
    def show() -> str:
        """Offer the desk."""
        return _page(None)

    @desk.post("")
    def check_form() -> Response | str | tuple[str, int]:
        """Check everything that a form without a script sends, in one answer."""
        return _check_form(verifier)

    @desk.post("/document")
    def check_document() -> Response:
        """Check one document for the script: the outcome as JSON."""
        if "file" not in request.files:
            return _malformed()
        upload = request.files["file"]
        submitted = Submitted(shown_name(upload.filename or "?"), upload.read())
        return _outcome(verify_submitted(verifier, submitted))

    @desk.post("/code")
    def check_code() -> Response:
        """Check what a scanner typed, for the script."""
        return _outcome(verify_code(verifier, request.form.get("code", "")))

    @desk.post("/results")
    def show_results() -> Response:
        """Match and export the outcomes that a browser holds."""
        return _show_results(verifier)

    @desk.errorhandler(RequestEntityTooLarge)
    def too_large(_error: RequestEntityTooLarge) -> Response | tuple[str, int]:
        """Name the desk's own limits: no single file need be too large."""
        if request.endpoint == "desk.check_form":
            return _page(None, problem=DESK["desk_too_large"]), 413
        return problem(
            413,
            "desk-request-too-large",
            "Dữ liệu gửi đi quá lớn (một học bạ: 10 MB; kết quả kèm danh sách thí sinh: 10 MB). Kết quả trên trang "
            "vẫn còn.",
            "What was sent is too large (one transcript: 10 MB; results with the list of applicants: 10 MB). The "
            "results on the page are still there.",
        )

    return desk


def _check_form(verifier: Verifier) -> Response | str | tuple[str, int]:
    request.max_content_length = MAX_FORM_BYTES
    try:
        applicants = _applicants()
    except VerifyError as error:
        return _page(None, problem=error.text), 400
    submitted = [file for file in request.files.getlist("files") if file.filename]
    try:
        charge(UPLOAD, max(0, min(sum(map(_count, submitted)), MAX_FORM_DOCUMENTS) - 1), counted=1)
    except AtOnceError as error:
        return _page(None, problem=error.text), 413
    outcomes = list(mark_repeated(_checked(verifier, submitted, request.form.get("code", ""))))
    results = make_results(outcomes, applicants)
    return _file(results) or _page(results)


def _show_results(verifier: Verifier) -> Response:
    """Answer with what a browser says.

    Only our script may ask, which a form on another site cannot imitate: nobody is handed invented results from our
    address.
    """
    if request.headers.get(_SCRIPT_HEADER) != "1" or "outcomes" not in request.files:
        return _malformed()
    # Half a character at the end of a name is a character that is shown as missing; the list is read all the same.
    held = _LONE_SURROGATE.sub(lambda found: found[1] or rb"\ufffd", request.files["outcomes"].read())
    try:
        outcomes = _OUTCOMES.validate_json(held, context=verifier)
    except ValidationError as error:
        return _too_many_rows() if error.errors()[0]["type"] == "too_long" else _malformed()
    try:
        results = make_results(outcomes, _applicants())
    except VerifyError as error:
        return problem(400, error.code, error.text.vi, error.text.en)
    return _file(results) or _as_json(results, outcomes)


def _page(results: Results | None, *, problem: Text | None = None) -> str:
    words = Words(language())
    return render_template(
        "desk/desk.html",
        results=results,
        problem=problem,
        verdict_words=verdict_words,
        match_words=match_words,
        reason_words=reason_words,
        applicant_words=applicant_words,
        script_words={name: words[name] for name in SCRIPT_WORDS} | _unread(),
    )


def _unread() -> dict[str, dict[str, str]]:
    """Return what the script says, in both languages, of what it could not send."""
    names = (
        *("desk_unread_headline", "desk_unchecked_headline"),
        *("desk_unread", "desk_lost", "desk_queued", "desk_holds_none", "desk_too_many", "desk_off"),
    )
    return {f"{name}_both": {"vi": DESK[name].vi, "en": DESK[name].en} for name in names}


def _applicants() -> tuple[Applicant, ...] | None:
    upload = request.files.get("applicants")
    if upload is None or not upload.filename:
        return None
    return read_applicants(upload.read(MAX_LIST_BYTES + 1))


def _count(upload: FileStorage) -> int:
    beginning = upload.stream.read(4)
    upload.stream.seek(0)
    members = count_members(upload.stream) if is_archive(beginning) else 1  # type: ignore[arg-type]
    upload.stream.seek(0)
    return members


def _checked(verifier: Verifier, uploads: list[FileStorage], code: str) -> Iterator[Outcome]:
    if code.strip():
        yield _noted(verify_code(verifier, code))
    end, number = monotonic() + FORM_SECONDS, 0

    def stopped() -> Text | None:
        return DESK["desk_unchecked"] if number >= MAX_FORM_DOCUMENTS or monotonic() >= end else None

    opening = Opening(MAX_FORM_NAMES, stopped)
    for submitted in (document for upload in uploads for document in _documents(upload, opening, stopped)):
        number += 1
        try:
            outcome = verify_submitted(verifier, submitted)
        except BusyError as busy:
            outcome = verify_submitted(verifier, Submitted(submitted.name, refusal=busy.text))
        yield outcome if outcome.unchecked else _noted(outcome)


def _documents(
    upload: FileStorage, opening: Opening, stopped: Callable[[], Text | None]
) -> Iterator[Submitted]:
    beginning = upload.stream.read(4)
    upload.stream.seek(0)
    name = upload.filename or "?"
    if is_archive(beginning):
        yield from opening.members(upload.stream, name)  # type: ignore[arg-type]
    elif (refusal := stopped()) is not None:
        yield Submitted(shown_name(name), refusal=refusal)
    else:
        yield Submitted(shown_name(name), upload.stream.read(MAX_FILE_BYTES + 1))


def _noted(outcome: Outcome) -> Outcome:
    note_outcome(outcome)
    return outcome


def _outcome(outcome: Outcome) -> Response:
    return Response(_noted(outcome).model_dump_json(), mimetype="application/json")


def _file(results: Results) -> Response | None:
    """Return the results as the file that was asked for; None where none was."""
    kind = request.form.get("as", "")
    if kind not in _FILES:
        return None
    form, mimetype = _FILES[kind]
    answer = Response(form(results, english=language() == "en"), content_type=mimetype)
    answer.headers["Content-Disposition"] = f'attachment; filename="ket-qua.{kind}"'
    return answer


def _as_json(results: Results, outcomes: list[Outcome]) -> Response:
    positions = {id(outcome): at for at, outcome in enumerate(outcomes)}
    rows = [_row(row, positions) for row in results.rows]
    counts = [[say(text), count] for text, count in results.counts()]
    body = json.dumps({"rows": rows, "counts": counts}, ensure_ascii=False)
    return Response(body, mimetype="application/json")


def _row(row: Result, positions: dict[int, int]) -> dict[str, object]:
    words = match_words(row)
    return {
        "position": None if row.outcome is None else positions[id(row.outcome)],
        "needs_attention": row.needs_attention,
        "words": say(verdict_words(row)),
        "match": say(words) if words else "",
        "applicants": [applicant_words(one) for one in row.match.applicants] if row.match else [],
    }


def applicant_words(one: Applicant) -> str:
    """Return an applicant on one line."""
    born = f"{one.birth_date:%d/%m/%Y}" if one.birth_date else ""
    said = ", ".join(filter(None, [one.label, one.full_name, born, one.student_code]))
    return f"{say(DESK['desk_row'])} {one.row}: {said}"


def _understood(row: Any, info: ValidationInfo) -> Outcome:
    """Return an outcome, or in the place of what is none a row that names it: one bad row refuses no list."""
    try:
        return Outcome.model_validate_json(json.dumps(row))
    except ValidationError:
        name = row.get("name") if isinstance(row, dict) else None
        bad = Submitted(shown_name(name if isinstance(name, str) else "?"), refusal=DESK["desk_bad_row"])
        return verify_submitted(cast("Verifier", info.context), bad)


_OUTCOMES: Final = TypeAdapter(
    Annotated[
        list[Annotated[Outcome, PlainValidator(_understood)]], FailFast(), Field(max_length=MAX_OUTCOMES)
    ]
)


def _too_many_rows() -> Response:
    return problem(
        400,
        "desk-rows-too-many",
        "Một lần đối chiếu hoặc tải về nhiều nhất 10.000 dòng. Kết quả trên trang vẫn còn.",
        "At most 10,000 rows can be matched or downloaded at once. The results on the page are still there.",
    )


def _malformed() -> Response:
    return problem(
        400,
        "desk-request-invalid",
        "Yêu cầu không đúng dạng. Kết quả trên trang vẫn còn: đừng đóng trang, hãy thử lại hoặc in báo cáo.",
        "Malformed request. The results on the page are still there: keep it open, try again, or print the report.",
    )

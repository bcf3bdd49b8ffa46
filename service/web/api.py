"""The issuing API: import, issue, read. A token speaks for one school, and nothing of another school can be reached."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from flask import Response, g, request, send_file
from flask_openapi.blueprint import APIBlueprint
from pydantic import BaseModel, ConfigDict, Field

from schemas.change_trail import Actor
from schemas.record.proof import format_proof
from schemas.serial import display_serial
from service.errors import ServiceError
from service.importing.complaints import Complaint
from service.importing.reader import ImportResult
from service.installation import Installation
from service.issuing import released_path
from service.storage.readings import Shown
from service.storage.records import Batch, Issuance, State, token_actor
from service.storage.row_security import limit_to_school
from service.web.batches_api import asked_for, job_answer, wants_no_waiting

SCHOOL_YEAR = r"^20[0-9]{2}-20[0-9]{2}$"


class ImportQuery(BaseModel):
    """Which year a workbook is of, and whether to stop after checking it."""

    year: str = Field(pattern=SCHOOL_YEAR)
    dry_run: bool = False


class YearQuery(BaseModel):
    """A school year, and a class of it."""

    year: str = Field(pattern=SCHOOL_YEAR)
    class_name: str | None = Field(default=None, alias="class", max_length=200)


class Named(BaseModel):
    """A batch or a transcript by its id."""

    id: str = Field(pattern=r"^[0-9a-f]{32}$")


class BatchBody(BaseModel):
    """What to issue: a class, a student, or with neither the whole school year."""

    model_config = ConfigDict(extra="forbid")

    school_year: str = Field(pattern=SCHOOL_YEAR)
    class_name: str | None = None
    student_code: str | None = None


def make_api(installation: Installation) -> APIBlueprint:
    """Return the routes below `/api/v1`."""
    api = APIBlueprint("api", __name__, url_prefix="/api/v1", abp_security=[{"token": []}], doc_ui=True)
    register = installation.register

    @api.before_request
    def _sign_in() -> None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or not token:
            raise token_missing()
        known = register.token_of(token)
        if known is None:
            raise token_wrong()
        g.token, g.school = known, known.school_code
        limit_to_school(known.school_code)

    _add_imports_and_batches(api, installation)
    _add_transcripts(api, installation)
    return api


def _add_imports_and_batches(api: APIBlueprint, installation: Installation) -> None:
    register = installation.register

    @api.post("/imports")
    def import_class(query: ImportQuery) -> tuple[dict[str, Any], int]:
        """Import a class workbook, sent as the body or as a part `file`: everything, or nothing with complaints."""
        data = uploaded() if "file" in request.files else request.get_data(cache=False)
        result = installation.import_workbook(
            data, query.year, dry_run=query.dry_run, school=g.school, actor=token_actor(g.token)
        )
        return import_answer(result, dry_run=query.dry_run), 200 if result.ok else 422

    @api.post("/batches")
    def issue(body: BatchBody) -> dict[str, Any] | Response:
        """Issue for a class, a student or a school year; the header `Idempotency-Key` makes repeating safe.

        With `Prefer: respond-async` it is stored and answered at once, by 202 and the address to ask how far it is.
        """
        if wants_no_waiting():
            key = idempotency_key()
            return asked_for(installation, body.school_year, body.class_name, body.student_code, key)
        who = (g.token.person_id or g.token.id, g.token.holder)
        installation.approvals.check_release(
            g.school, body.school_year, body.class_name, body.student_code, *who
        )
        report = installation.issue(
            g.school,
            body.school_year,
            class_name=body.class_name,
            student_code=body.student_code,
            idempotency_key=idempotency_key(),
        )
        return _batch_answer(report.batch, report.issuances) | {
            "unapproved": [
                {"student_code": one.student_code, "code": one.code, "vi": one.text.vi, "en": one.text.en}
                for one in report.unapproved
            ]
        }

    @api.get("/batches/<id>")
    def read_batch(path: Named) -> dict[str, Any]:
        """Return how far a batch is; `job` says it of one that was asked for without waiting."""
        batch = register.batch(g.school, path.id)
        if batch is None:
            raise _batch_unknown()
        # What the batch asked for, whichever batch it was that issued it first.
        issuances = register.issuances(g.school, batch.school_year, class_name=batch.class_name)
        asked, job = batch.student_code, register.job(g.school, batch.id)
        found = tuple(
            one
            for one in issuances
            if asked in {None, one.student_code} and (job is None or one.class_name in job.classes)
        )
        return _batch_answer(batch, found) | {"job": None if job is None else job_answer(installation, job)}


def _add_transcripts(api: APIBlueprint, installation: Installation) -> None:
    @api.get("/transcripts")
    def list_transcripts(query: YearQuery) -> dict[str, Any]:
        """List the transcripts of a school year or of a class."""
        issuances = installation.register.issuances(g.school, query.year, class_name=query.class_name)
        return {"transcripts": [transcript_answer(issuance) for issuance in issuances]}

    @api.get("/transcripts/<id>")
    def read_transcript(path: Named) -> dict[str, Any]:
        """Return how far a transcript is."""
        return transcript_answer(known_issuance(installation, path.id))

    @api.get("/transcripts/<id>/pdf")
    def read_pdf(path: Named) -> Response:
        """Return a released transcript."""
        return send_pdf(installation, known_issuance(installation, path.id), reader=token_actor(g.token))

    @api.get("/transcripts/<id>/proof")
    def read_proof(path: Named) -> Response:
        """Return the inclusion proof of a recorded transcript (c2sp.org/tlog-proof)."""
        issuance = known_issuance(installation, path.id)
        if issuance.log_index is None:
            raise _not_released()
        proof = format_proof(installation.sequencer.prove(issuance.log_index))
        return Response(proof, mimetype="text/plain")


def idempotency_key() -> str:
    """Return the key that makes repeating the request safe.

    Raises:
        ServiceError: `idempotency-key-missing`.
    """
    key = request.headers.get("Idempotency-Key", "")
    if not key or len(key) > 200 or not key.isprintable():
        raise _key_missing()
    return key


def uploaded() -> bytes:
    """Return the bytes of the uploaded part `file`; none where there is none."""
    if "file" not in request.files:
        return b""
    with closing(request.files["file"]) as upload:
        data: bytes = upload.read()
    return data


def send_pdf(installation: Installation, issuance: Issuance, *, reader: Actor | None) -> Response:
    """Return the file of a released transcript, named by its serial and by nothing about the child.

    `reader` is noted first; None for a family's link, whose openings are noted by themselves.

    Raises:
        ServiceError: `not-released`.
    """
    if issuance.state is not State.RELEASED:
        raise _not_released()
    if reader is not None:
        at = int(installation.now().timestamp())
        installation.register.note_reading(
            issuance.school_code, reader, [issuance.student_code], Shown.TRANSCRIPT, at=at
        )
    path = released_path(installation.folder("issued"), issuance).absolute()
    return send_file(path, mimetype="application/pdf", as_attachment=True, download_name=path.name)


def known_issuance(installation: Installation, issuance_id: str) -> Issuance:
    """Return a document of the caller's school.

    Raises:
        ServiceError: `transcript-unknown`.
    """
    issuance = installation.register.issuance(g.school, issuance_id)
    if issuance is None:
        raise ServiceError("transcript-unknown", "Không có học bạ này.", "There is no such transcript.")
    return issuance


def import_answer(result: ImportResult, *, dry_run: bool) -> dict[str, Any]:
    """Return what became of a workbook."""
    accepted = len(result.rows) if result.ok else 0
    return {
        "class_name": result.class_name,
        "accepted": accepted,
        "imported": 0 if dry_run else accepted,
        "complaints": [_complaint(complaint) for complaint in result.complaints],
    }


def _complaint(complaint: Complaint) -> dict[str, Any]:
    return {name: getattr(complaint, name) for name in Complaint.__slots__}


def _batch_answer(batch: Batch, issuances: tuple[Issuance, ...]) -> dict[str, Any]:
    return {
        "batch": batch.id,
        "issued": sum(issuance.is_current for issuance in issuances),
        "waiting": sum(issuance.is_waiting for issuance in issuances),
        "failed": sum(issuance.has_failed for issuance in issuances),
        "transcripts": [transcript_answer(issuance) for issuance in issuances],
    }


def transcript_answer(issuance: Issuance) -> dict[str, Any]:
    """Return how far a document is."""
    failure = issuance.failure
    return {
        "id": issuance.id,
        "student_code": issuance.student_code,
        "class_name": issuance.class_name,
        "serial": display_serial(issuance.serial),
        "state": issuance.state.value,
        "standing": issuance.standing.value,
        "log_index": issuance.log_index,
        "waiting": issuance.is_waiting,
        "failure": None
        if failure is None
        else {"code": issuance.failure_code, "vi": failure.vi, "en": failure.en},
    }


def token_missing() -> ServiceError:
    """Return the refusal of whoever brings no token."""
    return ServiceError(
        "token-missing",
        "Cần mã truy cập của trường: Authorization: Bearer …",
        "The school's access token is needed: Authorization: Bearer …",
    )


def token_wrong() -> ServiceError:
    """Return the refusal of a token that is not known here."""
    return ServiceError(
        "token-wrong",
        "Mã truy cập không đúng; hãy hỏi người quản trị.",
        "The access token is wrong; ask the operator.",
    )


def _key_missing() -> ServiceError:
    return ServiceError(
        "idempotency-key-missing",
        "Cần Idempotency-Key (tối đa 200 ký tự), để gửi lại yêu cầu mà không cấp hai lần.",
        "An Idempotency-Key (200 characters at most) is needed, so that repeating never issues twice.",
    )


def _batch_unknown() -> ServiceError:
    return ServiceError("batch-unknown", "Không có đợt cấp này.", "There is no such batch.")


def _not_released() -> ServiceError:
    return ServiceError(
        "not-released",
        "Học bạ này chưa phát hành; hãy chạy cấp học bạ cho lớp lần nữa.",
        "This transcript has not been released; issue for the class again.",
    )

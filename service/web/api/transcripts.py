"""The issuing API: import, issue, read. A token speaks for one school, and nothing of another school can be reached."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated, Any, Final

from flask import Response, g, request, send_file
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from schemas.change_trail import Actor
from schemas.record.proof import format_proof
from schemas.serial import display_serial
from schemas.transcript.parts import SCHOOL_YEAR, is_school_year
from service.errors import ServiceError
from service.grace import when_released
from service.importing.complaints import Complaint
from service.importing.reader import ImportResult
from service.installation import Installation
from service.issuing import released_path
from service.scopes import Scope
from service.storage.readings import Shown
from service.storage.records import Batch, Issuance, State, token_actor
from service.web.api.answers import (
    ImportAnswer,
    IssuedAnswer,
    JobAnswer,
    ReadBatchAnswer,
    TranscriptAnswer,
    TranscriptsAnswer,
)
from service.web.api.batches import asked_for, job_answer, wants_no_waiting
from service.web.api.operations import IssuingAPI, idempotency_key
from service.web.problems import SIGNER_REFUSALS


def _one_school_year(written: str) -> str:
    if not is_school_year(written):
        raise ValueError("school-year")
    return written


SchoolYear = Annotated[
    str,
    Field(pattern=SCHOOL_YEAR, description="The school year.", examples=["2025-2026"]),
    AfterValidator(_one_school_year),
]
"""A school year of a request."""
ISSUING_REFUSALS: Final = (
    "nothing-to-issue",
    "nothing-approved",
    "not-approved",
    "changed-after-approval",
    "approval-returned",
    "batch-too-large",
    "issuing-too-fast",
    "reservation-abandoned",
    *SIGNER_REFUSALS,
)
"""Why nothing of a request to issue is issued."""


class ImportQuery(BaseModel):
    """Which year a workbook is of, and whether to stop after checking it."""

    year: SchoolYear
    dry_run: bool = Field(default=False, description="Check the workbook, and write nothing.")


class YearQuery(BaseModel):
    """A school year, and a class of it."""

    year: SchoolYear
    class_name: str | None = Field(
        default=None, alias="class", max_length=200, description="Only this class.", examples=["6A"]
    )


class Named(BaseModel):
    """Something of the school by its id."""

    id: str = Field(pattern=r"^[0-9a-f]{32}$", description="As an earlier answer named it.")


class BatchBody(BaseModel):
    """What to issue: a class, a student, or with neither the whole school year."""

    model_config = ConfigDict(extra="forbid")

    school_year: SchoolYear
    class_name: str | None = Field(default=None, max_length=200)
    student_code: str | None = Field(default=None, max_length=20)


def add_transcripts(api: IssuingAPI, installation: Installation) -> None:
    """Add the routes of importing, issuing and reading."""
    _add_imports_and_batches(api, installation)
    _add_transcripts(api, installation)


def _add_imports_and_batches(api: IssuingAPI, installation: Installation) -> None:
    register = installation.register

    @api.acts(
        "/imports",
        Scope.IMPORT,
        answers={200: ImportAnswer, 422: ImportAnswer},
        refusals=("already-issued", "year-taken-over", "draft-changed", "school-year-not-begun"),
    )
    def import_class(query: ImportQuery) -> tuple[dict[str, Any], int]:
        """Import a class workbook: everything of it, or nothing.

        The workbook is the body, or a part `file` of a form. What is wrong with it is answered with the status 422, as
        complaints that name sheet, row and column.
        """
        data = uploaded() if "file" in request.files else request.get_data(cache=False)
        result = installation.import_workbook(
            data, query.year, dry_run=query.dry_run, school=g.school, actor=token_actor(g.token)
        )
        return import_answer(result, dry_run=query.dry_run), 200 if result.ok else 422

    @api.acts(
        "/batches",
        Scope.ISSUE,
        answers={200: IssuedAnswer, 202: JobAnswer},
        refusals=("release-four-eyes", "class-not-chosen", *ISSUING_REFUSALS),
        example={"school_year": "2025-2026", "class_name": "6A"},
        is_final=lambda answer: (
            "waiting" in answer and not (answer["waiting"] or answer["failed"] or answer["signed"])
        ),
    )
    def issue(body: BatchBody) -> dict[str, Any] | Response:
        """Issue for a class, a student or a school year.

        Whoever is not approved as the data stand now is left out, and named with the reason. Where something waits or
        has failed, the same request again goes on with it. With `Prefer: respond-async` it is stored and answered at
        once, by 202 and the address to ask how far it is.
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

    @api.looks("/batches/<id>", Scope.READ, answers={200: ReadBatchAnswer}, refusals=("batch-unknown",))
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


def _add_transcripts(api: IssuingAPI, installation: Installation) -> None:
    @api.looks("/transcripts", Scope.READ, answers={200: TranscriptsAnswer})
    def list_transcripts(query: YearQuery) -> dict[str, Any]:
        """List the transcripts of a school year or of a class."""
        issuances = installation.register.issuances(g.school, query.year, class_name=query.class_name)
        return {"transcripts": [transcript_answer(issuance) for issuance in issuances]}

    @api.looks(
        "/transcripts/<id>", Scope.READ, answers={200: TranscriptAnswer}, refusals=("transcript-unknown",)
    )
    def read_transcript(path: Named) -> dict[str, Any]:
        """Return how far a transcript is."""
        return transcript_answer(known_issuance(installation, path.id))

    @api.looks(
        "/transcripts/<id>/pdf",
        Scope.READ,
        answers={200: "application/pdf"},
        refusals=("transcript-unknown", "not-released"),
    )
    def read_pdf(path: Named) -> Response:
        """Return the file of a released transcript; that it was fetched is noted."""
        return send_pdf(installation, known_issuance(installation, path.id), reader=token_actor(g.token))

    @api.looks(
        "/transcripts/<id>/proof",
        Scope.READ,
        answers={200: "text/plain"},
        refusals=("transcript-unknown", "not-released"),
    )
    def read_proof(path: Named) -> Response:
        """Return the inclusion proof of a recorded transcript (c2sp.org/tlog-proof)."""
        issuance = known_issuance(installation, path.id)
        if issuance.log_index is None:
            raise _not_released()
        proof = format_proof(installation.sequencer.prove(issuance.log_index))
        return Response(proof, mimetype="text/plain")


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
        "signed": sum(issuance.is_in_window for issuance in issuances),
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
        "releases_at": _time_of(issuance),
        "waiting": issuance.is_waiting,
        "failure": None
        if failure is None
        else {"code": issuance.failure_code, "vi": failure.vi, "en": failure.en},
    }


def _time_of(issuance: Issuance) -> int | None:
    until = when_released(issuance)
    return int(until.timestamp()) if until else None


def _batch_unknown() -> ServiceError:
    return ServiceError("batch-unknown", "Không có đợt cấp này.", "There is no such batch.")


def _not_released() -> ServiceError:
    return ServiceError(
        "not-released",
        "Học bạ này chưa phát hành; hãy chạy cấp học bạ cho lớp lần nữa.",
        "This transcript has not been released; issue for the class again.",
    )

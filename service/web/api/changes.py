"""The API of revoking and correcting: one token asks, another of the same school confirms or withdraws."""

from __future__ import annotations

from typing import Any, Final, Literal

from flask import g
from flask_openapi.models.file import FileStorage
from pydantic import BaseModel, ConfigDict, Field

from schemas.serial import display_serial, parse_typed_serial
from service.changing import find_change
from service.correcting import request_correction, row_of, withdraw_correction
from service.installation import Installation
from service.revoking import CLASSES, confirm_revocation, request_revocation, withdraw_revocation
from service.scopes import Scope
from service.storage.records import Change, ChangeKind, ChangeState
from service.web.api.answers import (
    CorrectionAnswer,
    CorrectionsAnswer,
    ImportAnswer,
    RevocationAnswer,
    RevocationsAnswer,
)
from service.web.api.operations import IssuingAPI, idempotency_key
from service.web.api.transcripts import ISSUING_REFUSALS, Named, SchoolYear, import_answer, uploaded

Answer = dict[str, Any]
_CONFIRMING: Final = (
    "change-unknown",
    "confirmation-same-token",
    "confirmation-same-holder",
    "change-withdrawn",
    "change-lapsed",
)


class RevocationBody(BaseModel):
    """Which transcript to revoke, and why: the class goes to the public record, the reason stays here."""

    model_config = ConfigDict(extra="forbid")

    serial: str = Field(max_length=64)
    revocation_class: Literal["error", "compromise", "other"] = Field(alias="class")
    reason: str = Field(max_length=1000)


class CorrectionForm(BaseModel):
    """Whose transcript to correct, and why; the part `file` is the workbook with the mended data."""

    year: SchoolYear
    student_code: str = Field(max_length=20)
    reason: str = Field(max_length=1000)
    file: FileStorage


def add_changes(api: IssuingAPI, installation: Installation) -> None:
    """Add the routes."""
    _add_revocations(api, installation)
    _add_corrections(api, installation)


def _add_revocations(api: IssuingAPI, installation: Installation) -> None:
    @api.acts(
        "/revocations",
        Scope.REVOKE,
        answers={200: RevocationAnswer},
        refusals=(
            "serial-invalid",
            "reason-invalid",
            "transcript-unknown",
            "not-recorded",
            "already-revoked",
            "change-pending",
        ),
        example={"serial": "0123-4567-89AB-CDEFG", "class": "error", "reason": "Nhập nhầm điểm môn Toán."},
    )
    def ask_revocation(body: RevocationBody) -> Answer:
        """Ask for a transcript to be revoked; another person confirms within 30 days."""
        change = request_revocation(
            installation.revoking,
            g.token,
            serial=parse_typed_serial(body.serial),
            revocation_class=CLASSES[body.revocation_class],
            reason=body.reason,
            idempotency_key=idempotency_key(),
        )
        return _answer(installation, change)

    _add_reading(api, installation, ChangeKind.REVOCATION)

    @api.acts(
        "/revocations/<id>/confirm",
        Scope.REVOKE,
        answers={200: RevocationAnswer},
        refusals=_CONFIRMING,
        is_final=_is_done,
    )
    def revoke(path: Named) -> Answer:
        """Confirm with another token and revoke; again, to finish what was left."""
        return _answer(installation, confirm_revocation(installation.revoking, g.token, path.id))

    @api.acts(
        "/revocations/<id>/withdraw",
        Scope.REVOKE,
        answers={200: RevocationAnswer},
        refusals=("change-unknown", "change-confirmed"),
    )
    def drop_revocation(path: Named) -> Answer:
        """Take a request back that nobody has confirmed."""
        return _answer(installation, withdraw_revocation(installation.revoking, g.token, path.id))


def _add_corrections(api: IssuingAPI, installation: Installation) -> None:
    @api.acts(
        "/corrections",
        Scope.CORRECT,
        answers={200: CorrectionAnswer, 422: ImportAnswer},
        refusals=(
            "student-not-in-workbook",
            "reason-invalid",
            "nothing-to-correct",
            "correction-of-revoked",
            "correction-too-early",
            "correction-changes-nothing",
            "change-pending",
        ),
    )
    def ask_correction(form: CorrectionForm) -> Answer | tuple[Answer, int]:
        """Ask for a student's transcript to be corrected by the row of a workbook.

        Another person confirms within 30 days. A workbook that is refused is answered with its complaints.
        """
        key = idempotency_key()
        result = installation.import_workbook(uploaded(), form.year, dry_run=True, school=g.school)
        if not result.ok:
            return import_answer(result, dry_run=True), 422
        mended = row_of(result.rows, form.student_code)
        with installation.correcting() as tools:
            change = request_correction(tools, g.token, mended, reason=form.reason, idempotency_key=key)
        return _answer(installation, change)

    _add_reading(api, installation, ChangeKind.CORRECTION)

    @api.acts(
        "/corrections/<id>/confirm",
        Scope.CORRECT,
        answers={200: CorrectionAnswer},
        refusals=(*_CONFIRMING, *ISSUING_REFUSALS),
        is_final=_is_done,
    )
    def correct(path: Named) -> Answer:
        """Confirm with another token and issue the corrected transcript; again, to finish what was left."""
        change, _ = installation.confirm_correction(g.token, path.id)
        return _answer(installation, change)

    @api.acts(
        "/corrections/<id>/withdraw",
        Scope.CORRECT,
        answers={200: CorrectionAnswer},
        refusals=("change-unknown", "change-confirmed"),
    )
    def drop_correction(path: Named) -> Answer:
        """Take a request back whose transcript has not been signed."""
        with installation.correcting() as tools:
            return _answer(installation, withdraw_correction(tools, g.token, path.id))


def _add_reading(api: IssuingAPI, installation: Installation, kind: ChangeKind) -> None:
    one_of, many_of, scope = _READING[kind]

    def list_changes() -> Answer:
        changes = installation.register.changes(g.school)
        return {f"{kind}s": [_answer(installation, one) for one in changes if one.kind is kind]}

    def read_change(path: Named) -> Answer:
        return _answer(installation, find_change(installation.register, g.token, path.id, kind))

    list_changes.__name__, list_changes.__doc__ = (
        f"list_{kind}s",
        f"List requests: {kind}s, the newest first.",
    )
    read_change.__name__, read_change.__doc__ = f"read_{kind}", f"Return how far a {kind} is."
    api.looks(f"/{kind}s", Scope.READ, scope, answers={200: many_of})(list_changes)
    refusals = ("change-unknown",)
    api.looks(f"/{kind}s/<id>", Scope.READ, scope, answers={200: one_of}, refusals=refusals)(read_change)


_READING: Final[dict[ChangeKind, tuple[type[BaseModel], type[BaseModel], Scope]]] = {
    ChangeKind.REVOCATION: (RevocationAnswer, RevocationsAnswer, Scope.REVOKE),
    ChangeKind.CORRECTION: (CorrectionAnswer, CorrectionsAnswer, Scope.CORRECT),
}


def _is_done(answer: Answer) -> bool:
    """Whether a confirmed request is on record; otherwise confirming again finishes it."""
    return ChangeState(answer["state"]) is ChangeState.DONE


def _answer(installation: Installation, change: Change) -> Answer:
    register = installation.register
    issuance = register.issuance_of_change(change)
    replacement = register.issuance(change.school_code, change.replacement_id or "")
    answer: Answer = {
        "id": change.id,
        "state": change.state.value,
        "serial": display_serial(issuance.serial),
        "reason": change.reason,
        "requested_by": change.requested_by,
        "confirmed_by": change.confirmed_by,
        "withdrawn_by": change.withdrawn_by,
        "log_index": change.log_index,
    }
    if change.revocation_class is not None:
        return answer | {"class": change.revocation_class.name.lower()}
    failure = replacement.failure if replacement else None
    return answer | {
        "replacement": display_serial(replacement.serial) if replacement else None,
        "replacement_id": change.replacement_id,
        "failure": {"code": replacement.failure_code, "vi": failure.vi, "en": failure.en}
        if replacement and failure
        else None,
    }

"""The one place where refusals become HTTP statuses and RFC 9457 problem documents.

People get a page with the sentence, programs a document with the code. What is not a refusal of ours is a bare 500.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import structlog
from flask import Flask, Response, current_app, make_response, render_template, request, session
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException

from schemas.errors import HocbaError
from service.web.language import language
from verify.web.problems import problem

_LOG = structlog.get_logger("service.web")

SIGNER_REFUSALS: Final = (
    "pin-needed",
    "clock-off",
    "certificate-expired",
    "certificate-not-yet-valid",
    "certificate-not-for-signing",
    "certificate-revoked",
    "signer-wrong-person",
    "signer-untrusted",
    "signer-revocation-unknown",
    "awaiting-revocation-evidence",
    "signer-unregistered",
    "signer-other-school",
    "signer-other-role",
    "signer-retired",
    "signer-compromised",
)
"""Why a school cannot sign now: its own people mend that, and the sentences name nothing of the server."""
STATUSES: Final[Mapping[str, int]] = {
    "token-missing": 401,
    "token-wrong": 401,
    "token-expired": 401,
    "scope-missing": 403,
    "too-many-requests": 429,
    "request-in-progress": 409,
    "form-stale": 400,
    "role-missing": 403,
    "own-account": 403,
    "password-length": 422,
    "password-common": 422,
    "idempotency-key-missing": 400,
    "idempotency-key-reused": 409,
    "already-issued": 409,
    "year-taken-over": 409,
    "transcript-unknown": 404,
    "batch-unknown": 404,
    "class-not-chosen": 422,
    "not-released": 409,
    "not-recorded": 409,
    "already-revoked": 409,
    "change-unknown": 404,
    "change-pending": 409,
    "change-confirmed": 409,
    "change-withdrawn": 409,
    "change-lapsed": 409,
    "confirmation-same-token": 403,
    "confirmation-same-holder": 403,
    "person-unknown": 404,
    "school-unknown": 404,
    "contact-import-unknown": 404,
    "contact-file-missing": 422,
    "school-known": 409,
    "school-invalid": 422,
    "principal-day": 422,
    "day-invalid": 422,
    "delegation-decision": 422,
    "delegation-dates": 422,
    "delegation-overlaps": 409,
    "delegation-unknown": 404,
    "person-disabled": 409,
    "sign-in-name-taken": 409,
    "sign-in-name-invalid": 422,
    "name-invalid": 422,
    "roles-missing": 422,
    "role-not-of-office": 422,
    "roles-conflict": 422,
    "assignment-invalid": 422,
    "assignment-without-role": 422,
    "reason-invalid": 422,
    "school-year-invalid": 422,
    "school-year-not-begun": 422,
    "register-year": 422,
    "register-file-kind": 422,
    "revocation-class": 422,
    "serial-invalid": 422,
    "student-not-in-workbook": 422,
    "nothing-to-correct": 404,
    "correction-of-revoked": 409,
    "correction-too-early": 409,
    "correction-changes-nothing": 409,
    "reservation-abandoned": 409,
    "nothing-to-issue": 404,
    "not-approved": 409,
    "nothing-approved": 409,
    "changed-after-approval": 409,
    "approval-returned": 409,
    "class-unknown": 404,
    "step-not-of-class": 404,
    "student-not-in-class": 404,
    "rows-not-yours": 403,
    "person-needed": 403,
    "on-behalf-needed": 422,
    "rows-changed": 409,
    "class-not-ready": 409,
    "exceptions-open": 409,
    "exception-impossible": 409,
    "four-eyes": 403,
    "four-eyes-alone": 403,
    "release-four-eyes": 403,
    "release-role": 403,
    "nothing-stands": 409,
    "already-recorded": 409,
    "not-in-window": 409,
    "issuing-busy": 409,
    "earlier-year-in-window": 409,
    "already-approved-and-issued": 409,
    "demonstration-only": 403,
    "difference-unknown": 404,
    "difference-impossible": 409,
    "draft-changed": 409,
    "draft-unknown": 404,
    "mark-not-yours": 403,
    "mark-place-unknown": 422,
    "mark-unchanged": 422,
    "mark-inconsistent": 422,
    "mark-year-closed": 409,
    "mark-invalid": 422,
    "mark-needs-comment": 422,
    "mark-needs-number": 422,
    "level-invalid": 422,
    "test-invalid": 422,
    "word-unknown": 422,
    "year-mark-impossible": 422,
    "batch-too-large": 422,
    "issuing-too-fast": 429,
    "reason-missing": 422,
    "text-too-long": 422,
    "text-invisible-character": 422,
    "text-strange-letter": 422,
    "nothing-to-extract": 404,
    "import-unknown": 404,
    "import-undone": 409,
    "import-superseded": 409,
    "import-issued": 409,
    "import-confirmed": 409,
    "archive-unreadable": 422,
    "archive-swollen": 422,
    "mapping-invalid": 422,
    **dict.fromkeys(SIGNER_REFUSALS, 409),
    "link-refused": 403,
    "link-unknown": 404,
    "link-days-invalid": 422,
    "link-purpose-unknown": 422,
    "family-address-missing": 409,
    "email-invalid": 422,
    "request-unknown": 404,
    "request-closed": 409,
    "request-form-invalid": 422,
    "request-day-invalid": 422,
    "request-note-invalid": 422,
    "student-unknown": 404,
    "notice-unknown": 404,
    "mail-server-missing": 409,
    "mail-server-unavailable": 503,
    "pairing-code-wrong": 403,
    "signature-not-awaited": 404,
    "signature-claimed": 409,
    "signature-already-there": 409,
    "signature-not-by-certificate": 422,
    "signature-not-base64": 422,
    "database-unavailable": 503,
    "disk-full": 507,
}
"""Statuses of refusals by code. Any other is the operator's to mend, and may name paths of the server: a bare 500."""
_AGAIN: Final = 30
"""After how many seconds to ask again where a server that ours needs is away."""


def malformed(_error: ValidationError) -> Response:
    """Answer a request that its description does not allow; what was sent is not repeated."""
    return problem(422, "request-malformed", *_SENTENCES[400])


def register_problems(app: Flask) -> None:
    """Answer every refusal and every error of the application."""

    @app.errorhandler(HocbaError)
    def _refused(error: HocbaError) -> Response | tuple[str, int]:
        if error.code not in STATUSES:
            _LOG.error("refused", code=error.code, endpoint=request.endpoint)
            return _answer(500, "internal-error", *_SENTENCES[500])
        status = STATUSES[error.code]
        answer = make_response(_answer(status, error.code, error.text.vi, error.text.en))
        seconds = getattr(error, "retry_after", None) or (_AGAIN if status == 503 else None)
        if seconds is not None:
            answer.headers["Retry-After"] = str(seconds)
        return answer

    @app.errorhandler(HTTPException)
    def _known(error: HTTPException) -> Response | tuple[str, int]:
        status = error.code or 500
        return _answer(status, f"http-{status}", *_SENTENCES.get(status, _SENTENCES[400]))

    @app.errorhandler(RecursionError)
    def _too_deep(_error: RecursionError) -> Response | tuple[str, int]:
        return _answer(400, "json-invalid", *_SENTENCES[400])

    @app.errorhandler(Exception)
    def _unknown(error: Exception) -> Response | tuple[str, int]:
        # The message may hold what a person typed: only the kind of the error goes into the log.
        _LOG.error("request-failed", kind=type(error).__name__, endpoint=request.endpoint)
        return _answer(500, "internal-error", *_SENTENCES[500])


def _answer(status: int, code: str, vi: str, en: str) -> Response | tuple[str, int]:
    if request.path.startswith("/api/"):
        answer = problem(status, code, vi, en)
        if status == 401:
            answer.headers["WWW-Authenticate"] = "Bearer"
        return answer
    sentence = en if language() == "en" else vi
    return _page_of_outage(sentence) if status >= 500 else _page(sentence), status


def _page(sentence: str) -> str:
    return render_template("problem.html", sentence=sentence)


def _page_of_outage(sentence: str) -> str:
    """Return a page without the person and the school of the request: what failed to read them would fail again."""
    lang = session.get("lang")
    with current_app.app_context(), current_app.test_request_context():
        session["lang"] = lang
        return _page(sentence)


_SENTENCES = {
    400: (
        "Yêu cầu không đúng dạng; hãy quay lại và thử lại.",
        "The request is malformed; go back and try again.",
    ),
    404: ("Không có trang này.", "There is no such page."),
    405: ("Địa chỉ này không nhận cách gửi đó.", "This address does not take that method."),
    413: (
        "Tệp lớn hơn 20 MB; hãy chọn đúng tệp của một lớp.",
        "The file is larger than 20 MB; choose one class.",
    ),
    500: (
        "Hệ thống gặp sự cố; chưa có gì bị mất. Hãy thử lại, việc dở dang sẽ được làm tiếp.",
        "Our fault; nothing was lost. Try again: unfinished work is continued.",
    ),
}

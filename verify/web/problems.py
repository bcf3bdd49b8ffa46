"""What is not a verdict: problem documents (RFC 9457) for programs, one sentence for people, never a trace."""

from __future__ import annotations

import json
import logging

from flask import Flask, Response, render_template, request
from werkzeug.exceptions import HTTPException

from verify.transcript import MAX_FILE_BYTES
from verify.verifier import Verifier
from verify.web.language import language, texts

_LOG = logging.getLogger("verify.web")


def problem(status: int, code: str, vi: str, en: str) -> Response:
    """Return a problem document."""
    body = {
        "type": f"urn:hocba:problem:{code}",
        "title": en,
        "status": status,
        "code": code,
        "vi": vi,
        "en": en,
    }
    return Response(json.dumps(body, ensure_ascii=False), status=status, mimetype="application/problem+json")


def register_problems(app: Flask, verifier: Verifier) -> None:
    """Answer every error of the application."""

    @app.errorhandler(HTTPException)
    def _known(error: HTTPException) -> Response | tuple[str, int]:
        status = error.code or 500
        if status == 413:
            return _too_large(verifier)
        vi, en = _SENTENCES.get(status, _SENTENCES[400])
        return _answer(status, f"http-{status}", vi, en)

    @app.errorhandler(RecursionError)
    def _too_deep(_error: RecursionError) -> Response | tuple[str, int]:
        return _answer(400, "json-invalid", *_SENTENCES[400])

    @app.errorhandler(Exception)
    def _unknown(error: Exception) -> Response | tuple[str, int]:
        # The message may quote what was uploaded; only the kind of the error goes into the log.
        _LOG.error("request failed: %s", type(error).__name__)
        return _answer(500, "internal-error", *_SENTENCES[500])


def _too_large(verifier: Verifier) -> Response | tuple[str, int]:
    verdict = verifier.file(bytes(MAX_FILE_BYTES + 1))
    if request.path.startswith("/api/"):
        return Response(verdict.to_json(), status=413, mimetype="application/json")
    return render_template("result.html", verdict=verdict, lang=language(), t=texts(), test=verdict.test), 413


def _answer(status: int, code: str, vi: str, en: str) -> Response | tuple[str, int]:
    if request.path.startswith("/api/"):
        return problem(status, code, vi, en)
    sentence = en if language() == "en" else vi
    return render_template("problem.html", sentence=sentence, lang=language(), t=texts()), status


_SENTENCES = {
    400: (
        "Yêu cầu không đúng dạng; hãy thử lại từ trang đầu.",
        "The request is malformed; start again from the first page.",
    ),
    404: ("Không có trang này.", "There is no such page."),
    405: ("Địa chỉ này không nhận cách gửi đó.", "This address does not take that method."),
    500: (
        "Hệ thống gặp sự cố, chưa có kết luận. Hãy thử lại sau ít phút.",
        "Our fault, no conclusion. Try again in a few minutes.",
    ),
}

"""What is not a verdict: problem documents (RFC 9457) for programs, one sentence for people, never a trace."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Sequence
from typing import Final

from flask import Flask, Response, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from schemas.errors import Text
from schemas.verdict import VerdictCode
from verify.findings import BusyError, VerifyError
from verify.transcript import MAX_FILE_BYTES
from verify.verifier import Verifier
from verify.web.language import language
from verify.web.limits import AtOnceError, NoRoomError, TooManyError, UnknownTokenError, too_many
from verify.web.metrics import note_shed, note_verdict
from verify.web.views import render_result

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
    _register_refusals(app)
    fault = _answer_of_faults(app)

    @app.errorhandler(HTTPException)
    def _known(error: HTTPException) -> Response | tuple[str, int]:
        status = error.code or 500
        if status == 413:
            return _too_large(verifier)
        if status == 500:
            return fault()
        vi, en = _SENTENCES.get(status, _SENTENCES[400])
        return _answer(status, f"http-{status}", vi, en)

    @app.errorhandler(VerifyError)
    def _no_conclusion(error: VerifyError) -> Response | tuple[str, int]:
        # Nothing can be verified here now, as with a trust root that has expired: no verdict, least of all a green one.
        _LOG.error("no verdict: %s", error.code)
        return _out_of_order(error)

    @app.errorhandler(RecursionError)
    def _too_deep(_error: RecursionError) -> Response | tuple[str, int]:
        return _answer(400, "json-invalid", *_SENTENCES[400])

    @app.errorhandler(Exception)
    def _unknown(_error: Exception) -> Response:
        app.log_exception(sys.exc_info())
        return fault()


def _register_refusals(app: Flask) -> None:
    """Answer whoever asked too much, or nobody has room for, or has no right to ask."""

    @app.errorhandler(TooManyError)
    def _too_many(error: TooManyError) -> Response | tuple[str, int]:
        text = too_many(error.seconds)
        answer = make_response(_answer(429, "too-many-requests", text.vi, text.en))
        answer.headers["Retry-After"] = str(error.seconds)
        return answer

    @app.errorhandler(AtOnceError)
    def _too_many_at_once(error: AtOnceError) -> Response | tuple[str, int]:
        return _answer(400, "too-many-at-once", error.text.vi, error.text.en)

    @app.errorhandler(NoRoomError)
    def _no_room(_error: NoRoomError) -> Response:
        return _busy("upload")

    @app.errorhandler(BusyError)
    def _no_child(_error: BusyError) -> Response:
        return _busy("file")

    @app.errorhandler(UnknownTokenError)
    def _unknown_token(_error: UnknownTokenError) -> Response | tuple[str, int]:
        answer = make_response(_answer(401, "token-unknown", *_SENTENCES[401]))
        answer.headers["WWW-Authenticate"] = 'Bearer realm="hocba"'
        return answer


def _answer_of_faults(app: Flask) -> Callable[[], Response]:
    """Return what answers after a fault of ours, by pages rendered beforehand: rendering may be what failed."""
    pages = {}
    for lang in ("vi", "en"):
        with app.test_request_context("/fault", query_string={"lang": lang}):
            pages[lang], _ = _page(500, *_SENTENCES[500])

    def answer() -> Response:
        if request.path.startswith("/api/"):
            return problem(500, "internal-error", *_SENTENCES[500])
        return make_response(pages[language()], 500)

    return answer


def _too_large(verifier: Verifier) -> Response | tuple[str, int]:
    try:
        verdict = verifier.file(bytes(MAX_FILE_BYTES + 1))
    except VerifyError as error:
        return _out_of_order(error)
    if request.path.startswith("/api/"):
        note_verdict(verdict)
        return Response(verdict.to_json(), status=413, mimetype="application/json")
    return render_result(verdict), 413


def _busy(what: str) -> Response:
    """Say that there is no room for this upload now, and what can be done meanwhile."""
    note_shed(what)
    text = BusyError().text
    if request.path.startswith("/api/"):
        answer = problem(503, "verifier-busy", text.vi, text.en)
    else:
        answer = make_response(_page(503, text.vi, text.en, _WHEN_BUSY))
    answer.headers["Retry-After"] = str(_AGAIN)
    return answer


def _out_of_order(error: VerifyError) -> Response | tuple[str, int]:
    """Say that nothing can be concluded here: to programs and their operators why, to people what they can do."""
    said = error.text if request.path.startswith("/api/") else _NO_CONCLUSION
    return _answer(503, error.code, said.vi, said.en)


def _answer(status: int, code: str, vi: str, en: str) -> Response | tuple[str, int]:
    if request.path.startswith("/api/"):
        return problem(status, code, vi, en)
    return _page(status, vi, en)


def _page(status: int, vi: str, en: str, steps: Sequence[Text] = ()) -> tuple[str, int]:
    sentence = en if language() == "en" else vi
    outage = _OUTAGE if status >= 500 and not steps else None
    return render_template("problem.html", sentence=sentence, outage=outage, steps=steps), status


_AGAIN: Final = 5
"""After how many seconds to send a file again that there was no room for: a child is free in six at the latest."""
_WHEN_BUSY: Final = (
    Text(
        f"Hãy chờ {_AGAIN} giây rồi gửi lại tệp: tải lại trang này, hoặc chọn lại tệp ở trang đầu.",
        f"Wait {_AGAIN} seconds, then send the file again: reload this page, or choose the file on the first page.",
    ),
    Text(
        "Trong lúc chờ vẫn kiểm tra được bằng mã học bạ, hoặc bằng cách quét mã QR trên tờ học bạ.",
        "Meanwhile a serial can be checked, and so can the QR code on the paper, scanned by the phone.",
    ),
)
_NO_CONCLUSION = Text(
    "Nơi kiểm tra này chưa kết luận được gì; lỗi không phải ở học bạ. Hãy thử lại sau, hoặc kiểm tra ở nơi khác.",
    "This site cannot conclude anything now; the fault is not the transcript's. Try again later, or check elsewhere.",
)
_OUTAGE = VerdictCode.SERVICE_ERROR.headline
_SENTENCES = {
    400: (
        "Yêu cầu không đúng dạng; hãy thử lại từ trang đầu.",
        "The request is malformed; start again from the first page.",
    ),
    401: (
        "Mã truy cập API không đúng hoặc đã hết hiệu lực; hãy hỏi nơi vận hành.",
        "The API token is wrong or no longer valid; ask the operator.",
    ),
    404: ("Không có trang này.", "There is no such page."),
    405: ("Địa chỉ này không nhận cách gửi đó.", "This address does not take that method."),
    500: (
        "Lỗi ở phía chúng tôi, không phải ở học bạ. Hãy thử lại sau ít phút.",
        "The fault is ours, not the transcript's. Try again in a few minutes.",
    ),
}

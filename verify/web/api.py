"""The verifying API: a file, a QR code or a serial in, a verdict out (docs/formats/verdict.md)."""

from __future__ import annotations

from contextlib import closing

from flask import Blueprint, Response, request

from schemas.verdict import Verdict
from verify.verifier import Verifier
from verify.web.problems import problem

_MAX_QR = 8192


def answer(verdict: Verdict, status: int = 200) -> Response:
    """Return a verdict as JSON. A verdict is an answer, whatever it says: the status is 200."""
    return Response(verdict.to_json(), status=status, mimetype="application/json")


def make_api(verifier: Verifier) -> Blueprint:
    """Return the routes."""
    api = Blueprint("api", __name__, url_prefix="/api/v1")

    @api.post("/verify")
    def verify_document() -> Response:
        """Verify a PDF (`application/pdf`, or `multipart/form-data` with a part `file`), or `{"qr": "…"}`."""
        match request.mimetype:
            case "application/pdf":
                return answer(verifier.file(request.get_data(cache=False)))
            case "multipart/form-data" if "file" in request.files:
                with closing(request.files["file"]) as upload:
                    return answer(verifier.file(upload.read(), name=upload.filename or None))
            case "application/json":
                return _verify_qr()
            case _:
                return problem(
                    415,
                    "media-type",
                    'Hãy gửi application/pdf, multipart/form-data có phần “file”, hoặc JSON {"qr": …}.',
                    'Send application/pdf, multipart/form-data with a part "file", or JSON {"qr": …}.',
                )

    def _verify_qr() -> Response:
        body = request.get_json(silent=True) if (request.content_length or 0) <= _MAX_QR else None
        if not isinstance(body, dict) or set(body) != {"qr"} or not isinstance(body["qr"], str):
            return problem(
                400,
                "json-invalid",
                "Cần JSON có đúng một mục “qr”.",
                'The body must be JSON with exactly one member "qr".',
            )
        return answer(verifier.qr(body["qr"]))

    @api.get("/serials/<serial>")
    def look_up(serial: str) -> Response:
        """Look a serial up."""
        return answer(verifier.serial(serial))

    return api

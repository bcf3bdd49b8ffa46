"""The verifying API: a file, a photo, a QR code or serials in, verdicts out (docs/portal.md)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from flask import Blueprint, Response, request

from schemas.verdict import Verdict
from verify.verifier import Verifier
from verify.web.limits import LOOK_UP, charge
from verify.web.metrics import note_verdict
from verify.web.openapi import MAX_SERIALS, openapi
from verify.web.problems import problem

_MAX_JSON = 8192
_PHOTOS = ("image/jpeg", "image/png", "image/webp")


def answer(verdict: Verdict, status: int = 200) -> Response:
    """Return a verdict as JSON. A verdict is an answer, whatever it says: the status is 200."""
    note_verdict(verdict)
    return Response(verdict.to_json(), status=status, mimetype="application/json")


def make_api(verifier: Verifier) -> Blueprint:
    """Return the routes."""
    api = Blueprint("api", __name__, url_prefix="/api/v1")
    description = json.dumps(openapi(), ensure_ascii=False)

    @api.post("/verify")
    def verify_document() -> Response:
        """Verify a PDF or a photo (its bytes, or `multipart/form-data` with a part `file`), or `{"qr": "…"}`."""
        return _verify(verifier)

    @api.get("/serials/<serial>")
    def look_up(serial: str) -> Response:
        """Look a serial up."""
        return answer(verifier.serial(serial))

    @api.post("/serials")
    def look_up_many() -> Response:
        """Look up to 100 serials up: `{"serials": ["…", …]}`; the verdicts come in the same order."""
        return _json_answer("serials", _are_serials, _look_up_all)

    def _look_up_all(serials: list[str]) -> Response:
        charge(LOOK_UP, len(serials))
        verdicts = [verifier.serial(serial) for serial in serials]
        for verdict in verdicts:
            note_verdict(verdict)
        body = ",".join(verdict.to_json() for verdict in verdicts)
        return Response(f'{{"verdicts":[{body}]}}', mimetype="application/json")

    @api.get("/openapi.json")
    def describe() -> Response:
        """Describe this API (OpenAPI 3.1)."""
        return Response(description, mimetype="application/json")

    return api


def _verify(verifier: Verifier) -> Response:
    match request.mimetype:
        case "application/pdf":
            return answer(verifier.file(request.get_data(cache=False)))
        case photo if photo in _PHOTOS:
            return answer(verifier.photo(request.get_data(cache=False)))
        case "multipart/form-data" if "file" in request.files:
            upload = request.files["file"]
            return answer(verifier.upload(upload.read(), name=upload.filename or None))
        case "application/json":
            return _json_answer("qr", _is_text, lambda qr: answer(verifier.qr(qr)))
        case _:
            return problem(
                415,
                "media-type",
                "Hãy gửi application/pdf, image/jpeg, image/png, image/webp, multipart/form-data có phần “file”, "
                'hoặc JSON {"qr": …}.',
                'Send application/pdf, image/jpeg, image/png, image/webp, multipart/form-data with a part "file", '
                'or JSON {"qr": …}.',
            )


def _json_answer(
    member: str, is_right: Callable[[object], bool], reply: Callable[[Any], Response]
) -> Response:
    """Reply to the one member of a JSON body, or say what is wrong with the body."""
    # Not by its length as announced: none is, where a body comes in pieces.
    data = request.stream.read(_MAX_JSON + 1)
    body = None
    if len(data) <= _MAX_JSON and request.is_json:
        with suppress(ValueError):
            body = json.loads(data)
    if not isinstance(body, Mapping) or set(body) != {member} or not is_right(body[member]):
        return problem(
            400,
            "json-invalid",
            f"Cần JSON có đúng một mục “{member}” đúng dạng, dài nhất {_MAX_JSON} byte.",
            f'The body must be JSON with exactly one well-formed member "{member}", {_MAX_JSON} bytes at most.',
        )
    return reply(body[member])


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _are_serials(value: object) -> bool:
    return isinstance(value, list) and 1 <= len(value) <= MAX_SERIALS and all(map(_is_text, value))

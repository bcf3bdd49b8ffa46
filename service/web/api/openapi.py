"""The OpenAPI document of the issuing API: what its routes declare, with every refusal by its code.

Paths, parameters and bodies come from the models of the views; scopes, answers, refusals and examples from what the
routes declare (`service.web.api.operations`). The committed copy (docs/formats/schemas) is compared with it by a test.
"""

from __future__ import annotations

import copy
import inspect
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Final

from flask_openapi.openapi import OpenAPI

from service.web.api.examples import example_of
from service.web.api.operations import REPLAYED, IssuingAPI, Operation
from service.web.problems import STATUSES

_EVERY: Final = ("token-missing", "token-wrong", "token-expired", "scope-missing", "too-many-requests")
_ACTS: Final = ("idempotency-key-missing", "idempotency-key-reused", "request-in-progress", "disk-full")
_OF_SERVER: Final = {"database-unavailable": 503, "internal-error": 500}
_TOO_LARGE: Final = {"http-413": 413}
_MALFORMED: Final = {"request-malformed": 422}
_UNREADABLE: Final = {"http-400": 400, "json-invalid": 400, "http-415": 415}
_AGAIN: Final = {
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}
}
_WORKBOOK: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_BYTES: Final = {"schema": {"type": "string", "format": "binary"}}
_PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "description": "A problem document (RFC 9457) with a stable code and a sentence in both languages.",
    "required": ["type", "title", "status", "code", "vi", "en"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "vi": {"type": "string"},
        "en": {"type": "string"},
    },
    "example": {
        "type": "urn:hocba:problem:batch-unknown",
        "title": "There is no such batch.",
        "status": 404,
        "code": "batch-unknown",
        "vi": "Không có đợt cấp này.",
        "en": "There is no such batch.",
    },
}
_KEY: Final[dict[str, Any]] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "A key of your own, such as a UUID. The same request with it again gets the same answer for a day; "
    "another request with it is refused.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
    "example": "0d9f6c1e-6f5b-4c0e-9d0a-5d1f6f1e2a77",
}
_ABOUT: Final = (
    "A token speaks for one school, for the acts that it was given out for, and for a time (docs/acts.md). Every act "
    "takes an `Idempotency-Key`. Refusals are problem documents with stable codes (docs/errors.md). Times are seconds "
    "since 1970 in UTC, days YYYY-MM-DD."
)


def describe(app: OpenAPI, api: IssuingAPI) -> dict[str, Any]:
    """Return the document."""
    document: dict[str, Any] = copy.deepcopy(app.api_doc)
    document["openapi"] = "3.1.0"
    document["info"] |= {
        "description": _ABOUT,
        "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    }
    document["components"]["schemas"].pop("ValidationErrorModel", None)
    document["components"]["schemas"]["Problem"] = _PROBLEM
    for described, operation in _described(app, api, document):
        _complete(described, operation)
    return document


def _described(
    app: OpenAPI, api: IssuingAPI, document: dict[str, Any]
) -> Iterator[tuple[dict[str, Any], Operation]]:
    """Give each operation of the document with what its route declares."""
    for rule in app.url_map.iter_rules():
        operation = api.operations.get(rule.endpoint)
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        if operation is not None and path in document["paths"]:
            yield document["paths"][path]["post" if operation.is_act else "get"], operation


def _complete(described: dict[str, Any], operation: Operation) -> None:
    scopes = " or ".join(f"`{scope}`" for scope in operation.scopes)
    described["operationId"] = operation.view.__name__
    described["description"] = f"{inspect.getdoc(operation.view)}\n\nScope: {scopes}."
    described["x-scopes"] = list(operation.scopes)
    codes = dict.fromkeys((*_EVERY, *operation.refusals))
    statuses = {**_OF_SERVER}
    if described.get("parameters") or "requestBody" in described:
        statuses |= _MALFORMED
    if operation.is_act:
        codes |= dict.fromkeys(_ACTS)
        statuses |= _TOO_LARGE | _UNREADABLE
        described["parameters"] = [*described.get("parameters", ()), _KEY]
    if operation.example is not None:
        (content,) = described["requestBody"]["content"].values()
        content["example"] = operation.example
    if described["operationId"] == "import_class":
        form = {"type": "object", "required": ["file"], "properties": {"file": _BYTES["schema"]}}
        described["requestBody"] = {
            "required": True,
            "description": "The workbook; a form with a part `file` is taken as well.",
            "content": {_WORKBOOK: _BYTES, "multipart/form-data": {"schema": form}},
        }
    statuses |= {code: STATUSES[code] for code in codes if code in STATUSES}
    for status, answer in operation.answers.items():
        known = described["responses"][str(status)]
        known["description"] = "The file." if isinstance(answer, str) else inspect.getdoc(answer)
        if not isinstance(answer, str):
            known["content"]["application/json"]["example"] = example_of(answer)
    _close(described, tuple(map(str, operation.answers)), statuses)
    if operation.is_act:
        for status in operation.answers:
            described["responses"][str(status)].setdefault("headers", {})[REPLAYED] = {
                "description": "`true` where the answer was given before.",
                "schema": {"type": "string", "const": "true"},
            }


def _close(described: dict[str, Any], answered: Sequence[str], statuses: dict[str, int]) -> None:
    """Give an operation its refusals, by status, with the codes that each may have."""
    of_status: dict[int, list[str]] = defaultdict(list)
    for code, status in statuses.items():
        of_status[status].append(code)
    responses = {status: one for status, one in described["responses"].items() if status in answered}
    for status, codes in of_status.items():
        refusal = _refusal(status, sorted(codes))
        known = responses.get(str(status))
        if known is None:
            responses[str(status)] = refusal
        else:  # complaints of a workbook, and refusals
            known["description"] += f" {refusal['description']}"
            known["content"] |= refusal["content"]
    described["responses"] = dict(sorted(responses.items()))


def _refusal(status: int, codes: list[str]) -> dict[str, Any]:
    schema = {
        "allOf": [
            {"$ref": "#/components/schemas/Problem"},
            {"properties": {"status": {"const": status}, "code": {"enum": codes}}},
        ]
    }
    answer: dict[str, Any] = {
        "description": f"Refused: {', '.join(f'`{code}`' for code in codes)}.",
        "content": {"application/problem+json": {"schema": schema}},
    }
    return answer | ({"headers": _AGAIN} if status in {429, 503} else {})

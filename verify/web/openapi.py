"""The OpenAPI document of the verifying API, made from the same models as its answers."""

from __future__ import annotations

from typing import Any, Final

from pydantic.json_schema import models_json_schema

from schemas.record.offline_pack import MAX_PACK_BYTES, TYP
from schemas.verdict import Verdict
from verify.transcript import MAX_FILE_BYTES

MAX_SERIALS: Final = 100
_REFERENCE: Final = "#/components/schemas/{model}"
_AGAIN: Final = {
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}
}
_BYTES: Final = {"schema": {"type": "string", "format": "binary", "maxLength": MAX_FILE_BYTES}}


def openapi() -> dict[str, Any]:
    """Return the document."""
    _, models = models_json_schema([(Verdict, "serialization")], ref_template=_REFERENCE)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "hocba: verification of digital school transcripts",
            "version": "1",
            "description": "Answers rest on the public record and on signatures; nothing sent is kept. A verdict is an "
            "answer whatever it says, so its status is 200.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "security": [{}, {"institution": []}],
        "paths": {
            "/api/v1/verify": _verify(),
            "/api/v1/serials/{serial}": _look_up(),
            "/api/v1/serials": _look_up_many(),
            "/api/v1/packs": _list_packs(),
            "/api/v1/packs/{school}": _show_pack(),
        },
        "components": {
            "securitySchemes": {
                "institution": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token of an institution; without one an address has a smaller allowance.",
                }
            },
            "schemas": {**models["$defs"], "Problem": _PROBLEM},
        },
    }


def _verify() -> dict[str, Any]:
    photos = {f"image/{kind}": _BYTES for kind in ("jpeg", "png", "webp")}
    part = {
        "type": "object",
        "required": ["file"],
        "properties": {"file": {"type": "string", "format": "binary"}},
    }
    return {
        "post": {
            "operationId": "verify",
            "summary": "Verify a file, a photo of a QR code, or the address in a QR code.",
            "requestBody": {
                "required": True,
                "content": {
                    "application/pdf": _BYTES,
                    **photos,
                    "multipart/form-data": {"schema": part},
                    "application/json": {"schema": _one_member("qr", {"type": "string"})},
                },
            },
            "responses": {
                **_answers("The verdict.", {"$ref": "#/components/schemas/Verdict"}),
                "413": _json(
                    "The verdict on a body over the limit: `unreadable`.",
                    {"$ref": "#/components/schemas/Verdict"},
                ),
                "415": _problem("The body is of none of these kinds."),
                "503": {
                    **_problem("There is no room for this file now, or nothing can be verified at all."),
                    "headers": _AGAIN,
                },
            },
        }
    }


def _look_up() -> dict[str, Any]:
    parameter = {
        "name": "serial",
        "in": "path",
        "required": True,
        "description": "As typed: any case, with or without hyphens. What is no serial is `unreadable`.",
        "schema": {"type": "string", "minLength": 1},
    }
    return {
        "get": {
            "operationId": "lookUp",
            "summary": "Look a serial up: status, school and dates, nothing else.",
            "parameters": [parameter],
            "responses": {
                **_answers("The verdict.", {"$ref": "#/components/schemas/Verdict"}, malformed=False),
                "404": _problem("The path holds no serial at all."),
            },
        }
    }


def _look_up_many() -> dict[str, Any]:
    serials = {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": MAX_SERIALS}
    verdicts = {
        "type": "object",
        "required": ["verdicts"],
        "additionalProperties": False,
        "properties": {"verdicts": {"type": "array", "items": {"$ref": "#/components/schemas/Verdict"}}},
    }
    return {
        "post": {
            "operationId": "lookUpMany",
            "summary": "Look many serials up; the verdicts come in the order of the serials.",
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": _one_member("serials", serials)}},
            },
            "responses": _answers("The verdicts.", verdicts),
        }
    }


def _list_packs() -> dict[str, Any]:
    properties = {"school": {"type": "string"}, "name": {"type": "string"}, "bytes": {"type": "integer"}}
    one = {"type": "object", "required": list(properties), "properties": properties}
    packs = {"type": "array", "items": one}
    return {
        "get": {
            "operationId": "listPacks",
            "summary": "List the schools whose offline packs are here.",
            "responses": _answers("The packs.", _one_member("packs", packs), malformed=False),
        }
    }


def _show_pack() -> dict[str, Any]:
    parameter = {
        "name": "school",
        "in": "path",
        "required": True,
        "description": "The code of the school.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 20},
    }
    content = {TYP: {"schema": {"type": "string", "format": "binary", "maxLength": MAX_PACK_BYTES}}}
    return {
        "get": {
            "operationId": "showPack",
            "summary": "Give out the offline pack of a school (docs/formats/offline-pack.md).",
            "parameters": [parameter],
            "responses": {
                **_answers("The pack.", {}, malformed=False),
                "200": {"description": "The pack.", "content": content},
                "304": {"description": "The pack is the one that the client has."},
                "404": _problem("There is no pack of this school."),
            },
        }
    }


def _one_member(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": [name], "additionalProperties": False, "properties": {name: schema}}


def _answers(description: str, schema: dict[str, Any], *, malformed: bool = True) -> dict[str, Any]:
    problem = _problem("The body is malformed, or asks for more than is ever allowed at a time.")
    return {
        "200": _json(description, schema),
        **({"400": problem} if malformed else {}),
        "401": _problem("The token is nobody's."),
        "429": {**_problem("Too many requests."), "headers": _AGAIN},
        "500": _problem("Our fault; no conclusion."),
        "503": _problem("Nothing can be verified here now, as with a trust root that has expired."),
    }


def _json(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _problem(description: str) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": description, "content": content}


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
}

"""Issuer statements on their way to the registrar and back: files that people carry, and can read (docs/issuers.md).

A request says everything that will be signed, in words. What comes back is the signed statement alone: there is no
second copy of the request that could say something else.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any, Final

from schemas.errors import SchemaError
from schemas.record.statement import (
    IssuerStatement,
    KeyState,
    KeyStatement,
    Role,
    Succession,
    format_statement,
    parse_statement,
)

MAX_FILE_BYTES: Final = 16 * 1024
_REQUEST: Final = "hocba/issuer-request/v1"
_SIGNED: Final = "hocba/issuer-statement/v1"


def format_request(statement: IssuerStatement) -> bytes:
    """Return the file that asks a registrar to sign `statement`.

    Raises:
        SchemaError: as `format_statement`.
    """
    format_statement(statement)
    return _text({"format": _REQUEST, **_shown(statement)})


def parse_request(data: bytes) -> IssuerStatement:
    """Parse a request: read it, write it again, compare.

    Raises:
        SchemaError: `issuer-request-invalid`, or what `format_statement` finds.
    """
    try:
        statement = _statement(_object(data, _REQUEST))
    except (KeyError, TypeError, ValueError) as error:
        raise _invalid("issuer-request-invalid") from error
    if format_request(statement) != data:
        raise _invalid("issuer-request-invalid")
    return statement


def format_signed(statement: bytes) -> bytes:
    """Return the file in which a signed statement (COSE_Sign1) is carried back."""
    return _text({"format": _SIGNED, "statement": base64.b64encode(statement).decode("ascii")})


def parse_signed(data: bytes) -> bytes:
    """Return the signed statement in a file; whether it counts is the record's matter.

    Raises:
        SchemaError: `issuer-statement-invalid`.
    """
    try:
        statement = base64.b64decode(_object(data, _SIGNED)["statement"], validate=True)
    except (KeyError, TypeError, ValueError, binascii.Error) as error:
        raise _invalid("issuer-statement-invalid") from error
    if format_signed(statement) != data:
        raise _invalid("issuer-statement-invalid")
    return statement


def _shown(statement: IssuerStatement) -> dict[str, Any]:
    if isinstance(statement, Succession):
        return {
            "school": statement.school,
            "succeeds": statement.predecessor,
            "number": statement.number,
            "time": statement.time,
        }
    identity = statement.thumbprint or statement.public_key or b""
    return {
        "school": statement.school,
        "name": statement.name,
        "province": statement.province,
        "role": statement.role.name.lower(),
        "state": statement.state.name.lower(),
        "from_index": statement.from_index,
        "certificate" if statement.thumbprint else "public_key": identity.hex(),
        "number": statement.number,
        "time": statement.time,
    }


def _statement(said: dict[str, Any]) -> IssuerStatement:
    if "succeeds" in said:
        found: IssuerStatement = Succession(
            time=said["time"],
            school=said["school"],
            predecessor=said["succeeds"],
            number=said["number"],
        )
    else:
        found = KeyStatement(
            time=said["time"],
            school=said["school"],
            name=said["name"],
            province=said["province"],
            thumbprint=bytes.fromhex(said["certificate"]) if "certificate" in said else None,
            public_key=bytes.fromhex(said["public_key"]) if "public_key" in said else None,
            role=Role[said["role"].upper()],
            state=KeyState[said["state"].upper()],
            number=said["number"],
            from_index=said["from_index"],
        )
    return parse_statement(format_statement(found))


def _object(data: bytes, expected: str) -> dict[str, Any]:
    if len(data) > MAX_FILE_BYTES:
        raise ValueError("too large")
    said = json.loads(data)
    if not isinstance(said, dict) or said.pop("format", None) != expected:
        raise ValueError("another format")
    return said


def _text(said: dict[str, Any]) -> bytes:
    return (json.dumps(said, ensure_ascii=False, indent=2) + "\n").encode("utf-8")


def _invalid(code: str) -> SchemaError:
    return SchemaError(
        code,
        "$",
        "Tệp này không phải tệp yêu cầu hoặc tuyên bố đã ký của hocba, hoặc đã bị sửa; hãy lập lại tệp.",
        "This is no request and no signed statement of hocba, or it was changed; make it again.",
    )

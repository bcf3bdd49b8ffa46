"""What the generators of tests/vectors share: how one vector is spelled, and where each format's file lies."""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import json
from collections.abc import Sequence
from enum import Enum
from pathlib import Path
from typing import Any, TypeAlias

from pydantic import BaseModel

FOLDER = Path(__file__).parent.parent / "vectors"
Vector: TypeAlias = dict[str, Any]


def sound(name: str, data: bytes | str, value: object) -> Vector:
    """Return a vector that is accepted and means `value`."""
    return {"name": name, "input": _spelled(data), "value": described(value)}


def failure(name: str, data: bytes | str, error: str) -> Vector:
    """Return a vector that is refused with the code `error`."""
    return {"name": name, "input": _spelled(data), "error": error}


def described(value: object) -> Any:
    """Return a parsed value as JSON: bytes in hexadecimal, members of enumerations by their value, records by field."""
    match value:
        case BaseModel():
            return value.model_dump(mode="json", by_alias=True, exclude_none=True)
        case Enum():
            return value.value
        case bytes():
            return value.hex()
        case dt.date():
            return value.isoformat()
        case tuple() | list():
            return [described(one) for one in value]
        case dict():
            return {str(key): described(one) for key, one in value.items()}
    if dataclasses.is_dataclass(value):
        return {field.name: described(getattr(value, field.name)) for field in dataclasses.fields(value)}
    return value


def file_text(page: str, encoding: str, vectors: Sequence[Vector], **context: str) -> str:
    """Return the text of a vector file; `context` are the keys that the check needs."""
    content = {"page": page, "input": encoding, **context, "vectors": vectors}
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def write(folder: str, text: str) -> None:
    """Write the vector file of one format."""
    path = FOLDER / folder / "vectors.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _spelled(data: bytes | str) -> str:
    return data if isinstance(data, str) else data.hex()


def base64_of(data: bytes) -> str:
    """Return standard base64, as JSON spells keys."""
    return base64.b64encode(data).decode()

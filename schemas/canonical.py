"""The one canonical JSON of everything signed or hashed: RFC 8785 (JCS), integers and NFC strings only.

Floats are refused on both sides: a mark is the string "8.0", never the number 8.0.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from typing import Any, NoReturn, TypeAlias, cast

import rfc8785

from schemas.errors import SchemaError

JSONValue: TypeAlias = "bool | int | str | list[JSONValue] | dict[str, JSONValue] | None"

MAX_INTEGER = 2**53 - 1
MAX_DEPTH = 32
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode
_BEYOND_UTF16_UNIT = re.compile(rb"[\xf0-\xf4]")


def check_text(value: str, path: str) -> None:
    """Refuse text that is not NFC or holds control, format or unassigned characters.

    Raises:
        SchemaError: `text-not-nfc` or `text-control-character`.
    """
    if not unicodedata.is_normalized("NFC", value):
        raise SchemaError(
            "text-not-nfc",
            path,
            "Chữ phải ở dạng Unicode dựng sẵn (NFC).",
            "Text must be in Unicode form NFC.",
        )
    # What is printable has none of these; only the rest is looked at character by character.
    if not value.isprintable() and any(
        unicodedata.category(character) in {"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"} for character in value
    ):
        raise SchemaError(
            "text-control-character",
            path,
            "Chữ có ký tự điều khiển hoặc ký tự ẩn; hãy gõ lại.",
            "Text holds a control or invisible character; type it again.",
        )


def canonical_bytes(value: JSONValue) -> bytes:
    """Return the RFC 8785 bytes of `value`.

    Raises:
        SchemaError: a float, an integer beyond 2^53 - 1, text that `check_text` refuses, nesting over 32.
    """
    text = _encode(value) if _has_plain_types(value, MAX_DEPTH) else ""
    # All text at once: what is escaped shows by its backslash, and no quotation mark composes with what follows it.
    if not (text and "\\" not in text and text.isprintable() and unicodedata.is_normalized("NFC", text)):
        _check(value, "$", depth=0)
        text = _encode(value)
    encoded = text.encode()
    # RFC 8785 sorts names by UTF-16 code units, Python by code points: the same up to U+FFFF.
    return rfc8785.dumps(cast("Any", value)) if _BEYOND_UTF16_UNIT.search(encoded) else encoded


def parse_canonical(data: bytes) -> JSONValue:
    """Parse JSON that must be canonical already: decode, encode again, compare.

    Raises:
        SchemaError: `json-invalid`, `json-not-canonical`, or what `canonical_bytes` raises.
    """
    try:
        value = json.loads(data.decode("utf-8"), parse_float=_refuse_number, parse_constant=_refuse_number)
    except (ValueError, RecursionError) as error:
        raise SchemaError(
            "json-invalid", "$", "Dữ liệu không phải JSON hợp lệ.", "The data are not valid JSON."
        ) from error
    if canonical_bytes(value) != data:
        raise SchemaError(
            "json-not-canonical",
            "$",
            "Dữ liệu JSON không ở dạng chuẩn tắc (RFC 8785).",
            "The JSON is not in canonical form (RFC 8785).",
        )
    return cast("JSONValue", value)


def _refuse_number(literal: str) -> NoReturn:
    raise ValueError(f"number not allowed: {literal[:20]}")


def _has_plain_types(value: JSONValue, depth: int) -> bool:
    """Whether `_check` would find no fault but in text: the same without saying where."""
    kind = type(value)
    if kind is str or value is None or kind is bool:
        return True
    if kind is int:
        return -MAX_INTEGER <= cast("int", value) <= MAX_INTEGER
    if depth == 0:
        return False
    if kind is dict:
        members = cast("dict[str, JSONValue]", value)
        return all(type(key) is str for key in members) and _have_plain_types(members.values(), depth - 1)
    return kind is list and _have_plain_types(cast("list[JSONValue]", value), depth - 1)


def _have_plain_types(values: Iterable[JSONValue], depth: int) -> bool:
    # Nearly all of a transcript is text.
    return all(_has_plain_types(value, depth) for value in values if type(value) is not str)


def _check(value: JSONValue, path: str, *, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise SchemaError(
            "json-too-deep", path, "Dữ liệu JSON lồng quá sâu.", "The JSON is nested too deeply."
        )
    if value is None or type(value) is bool:
        return
    if type(value) is str:
        check_text(value, path)
    elif type(value) is int:
        if abs(value) > MAX_INTEGER:
            raise SchemaError(
                "json-integer-too-large", path, "Số nguyên quá lớn.", "The integer is too large."
            )
    elif type(value) is list:
        for position, item in enumerate(value):
            _check(item, f"{path}[{position}]", depth=depth + 1)
    elif type(value) is dict:
        for key, item in value.items():
            check_text(key, path)
            _check(item, f"{path}.{key}", depth=depth + 1)
    else:
        raise SchemaError(
            "json-type-not-allowed",
            path,
            'Chỉ dùng số nguyên và chuỗi; điểm viết dạng chuỗi như "8.0".',
            'Only integers and strings are allowed; marks are strings such as "8.0".',
        )

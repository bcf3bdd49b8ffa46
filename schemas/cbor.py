"""Deterministic CBOR (RFC 8949 §4.2.1), the small part of it that our formats use.

Integers, byte strings, text, arrays, and maps whose keys are all non-negative integers or, where an IETF specification
wants it so, all text. No floats, booleans, null, tags, indefinite lengths or duplicate keys. The one tag in our
formats, COSE_Sign1's, is the affair of `schemas.cose`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NoReturn, TypeAlias, cast

import cbor2

from schemas.canonical import check_text
from schemas.errors import SchemaError

CBORValue: TypeAlias = "int | bytes | str | list[CBORValue] | dict[int, CBORValue]"
"""A map with text keys, which one format has, is cast where it is met."""

MAX_BYTES = 4096
MAX_DEPTH = 8
_INTEGER_LIMIT = 1 << 64


def encode(value: CBORValue) -> bytes:
    """Return the deterministic encoding of `value`; map keys may come in any order.

    Raises:
        SchemaError: what `decode` refuses as a value.
    """
    _check(value, "$")
    # cbor2 sorts keys length-first (RFC 7049); among non-negative integers, and among texts, that is RFC 8949's order.
    return cbor2.dumps(value, canonical=True)


def decode(data: bytes, path: str, *, max_bytes: int = MAX_BYTES) -> CBORValue:
    """Decode one item that fills `data`: decode, encode again, compare. `path` names the data in errors.

    Raises:
        SchemaError: `cbor-too-large`, `cbor-invalid`, `cbor-not-deterministic`, `cbor-type-not-allowed`,
            `cbor-integer-too-large`, or what `schemas.canonical.check_text` raises.
    """
    if len(data) > max_bytes:
        raise SchemaError(
            "cbor-too-large",
            path,
            f"Dữ liệu CBOR dài hơn {max_bytes} byte.",
            f"The CBOR data are longer than {max_bytes} bytes.",
        )
    try:
        value = cbor2.loads(
            data,
            semantic_decoders=_NO_TAGS,
            max_depth=MAX_DEPTH,
            allow_indefinite=False,
            allow_duplicate_keys=False,
        )
    except (cbor2.CBORDecodeError, ValueError, TypeError, OverflowError) as error:
        raise SchemaError(
            "cbor-invalid", path, "Dữ liệu không phải CBOR hợp lệ.", "The data are not valid CBOR."
        ) from error
    _check(value, path)
    if cbor2.dumps(value, canonical=True) != data:
        raise SchemaError(
            "cbor-not-deterministic",
            path,
            "Dữ liệu CBOR không ở dạng tất định (RFC 8949, mục 4.2.1).",
            "The CBOR is not in deterministic form (RFC 8949 section 4.2.1).",
        )
    return cast("CBORValue", value)


class _NoTags(Mapping[int, Any]):
    """A decoder for every tag, and it refuses: cbor2 would else turn tags into dates, patterns and huge numbers."""

    def __getitem__(self, tag: int) -> Any:
        return _refuse_tag

    def __iter__(self) -> Iterator[int]:
        return iter(())

    def __len__(self) -> int:
        return 0


def _refuse_tag(*_: object) -> NoReturn:
    raise ValueError("tags are not allowed")


_NO_TAGS = _NoTags()


def _check(value: object, path: str) -> None:
    items = [value]
    for item in items:  # grows while it is walked
        kind = type(item)
        if kind is bytes:
            continue
        if kind is int:
            if not -_INTEGER_LIMIT <= cast("int", item) < _INTEGER_LIMIT:
                raise SchemaError(
                    "cbor-integer-too-large", path, "Số nguyên quá lớn.", "The integer is too large."
                )
        elif kind is str:
            _check_text(cast("str", item), path)
        elif kind is dict:
            _check_keys(cast("dict[object, object]", item), path)
            items.extend(cast("dict[int, object]", item).values())
        elif kind is list:
            items.extend(cast("list[object]", item))
        else:
            _refuse_type(path)


def _check_text(text: str, path: str) -> None:
    if not (text.isascii() and text.isprintable()):
        check_text(text, path)


def _check_keys(fields: dict[object, object], path: str) -> None:
    kinds = {type(key) for key in fields}
    if kinds == {int}:
        keys = cast("dict[int, object]", fields)
        if min(keys) < 0 or max(keys) >= _INTEGER_LIMIT:
            _refuse_type(path)
    elif kinds == {str}:
        for key in fields:
            _check_text(cast("str", key), path)
    elif kinds:
        _refuse_type(path)


def _refuse_type(path: str) -> NoReturn:
    raise SchemaError(
        "cbor-type-not-allowed",
        path,
        "Chỉ dùng số nguyên, chuỗi byte, chuỗi chữ, mảng và bảng có khóa là số nguyên không âm.",
        "Only integers, byte strings, text, arrays and maps with non-negative integer keys are allowed.",
    )

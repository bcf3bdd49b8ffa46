"""The fields of a CBOR map, taken one by one: the reader that entries, statements and status lists share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeVar, cast

from schemas.cbor import CBORValue
from schemas.errors import SchemaError

MAX_UNSIGNED = 2**53 - 1
MAX_TIME = 253_402_300_799
"""The last second of the year 9999."""
DIGEST_BYTES = 32
ORIGIN_HASH_BYTES = 8
_SCHOOL = re.compile(r"[0-9A-Z][0-9A-Z-]{0,19}")
_E = TypeVar("_E", bound=IntEnum)


@dataclass(frozen=True, slots=True)
class Reference:
    """An earlier `issued` entry; `origin_hash` is None for this log, else the first 8 bytes of SHA-256(origin)."""

    index: int
    origin_hash: bytes | None = None


def is_school_code(text: str) -> bool:
    """Say whether `text` has the form of a school code."""
    return _SCHOOL.fullmatch(text) is not None


class Fields:
    """A map's fields, taken one by one; what is left at the end is refused.

    Every method raises `SchemaError` with the path of the field: `entry-field-missing`, `entry-field-invalid`,
    `entry-field-unknown`.
    """

    __slots__ = ("_left", "_path")

    def __init__(self, value: CBORValue, path: str) -> None:
        if type(value) is not dict:
            raise invalid_field(path)
        self._left = value
        self._path = path

    def value(self, key: int) -> CBORValue:
        """Take the value of `key`."""
        try:
            return self._left.pop(key)
        except KeyError:
            raise SchemaError(
                "entry-field-missing",
                f"{self._path}.{key}",
                "Thiếu một trường bắt buộc.",
                "A required field is missing.",
            ) from None

    def unsigned(self, key: int, *, least: int = 0, most: int = MAX_UNSIGNED) -> int:
        """Take an unsigned integer between `least` and `most`."""
        value = self.value(key)
        if type(value) is not int or not least <= value <= most:
            raise invalid_field(f"{self._path}.{key}")
        return value

    def time(self, key: int) -> int:
        """Take a time in seconds."""
        return self.unsigned(key, most=MAX_TIME)

    def digest(self, key: int) -> bytes:
        """Take 32 bytes."""
        value = self.value(key)
        if type(value) is not bytes or len(value) != DIGEST_BYTES:
            raise invalid_field(f"{self._path}.{key}")
        return value

    def octets(self, key: int) -> bytes:
        """Take a byte string of any length."""
        value = self.value(key)
        if type(value) is not bytes:
            raise invalid_field(f"{self._path}.{key}")
        return value

    def text(self, key: int, *, most_bytes: int) -> str:
        """Take text of 1 to `most_bytes` bytes of UTF-8."""
        value = self.value(key)
        if type(value) is not str or not 1 <= len(value.encode()) <= most_bytes:
            raise invalid_field(f"{self._path}.{key}")
        return value

    def school(self, key: int, *, may_be_empty: bool = False) -> str:
        """Take a school code, or a prefix of codes, which may be empty."""
        value = self.value(key)
        if type(value) is not str or not (is_school_code(value) or (may_be_empty and not value)):
            raise invalid_field(f"{self._path}.{key}")
        return value

    def member(self, key: int, kind: type[_E]) -> _E:
        """Take a member of the enumeration `kind`."""
        value = self.value(key)
        try:
            return kind(cast("int", value))
        except ValueError:
            raise invalid_field(f"{self._path}.{key}") from None

    def reference(self, key: int) -> Reference:
        """Take a reference to another entry."""
        match self.value(key):
            case int(index) if 0 <= index <= MAX_UNSIGNED:
                return Reference(index)
            case [bytes(origin), int(index)] if (
                len(origin) == ORIGIN_HASH_BYTES and 0 <= index <= MAX_UNSIGNED
            ):
                return Reference(index, origin)
            case _:
                raise invalid_field(f"{self._path}.{key}")

    def check_none_left(self) -> None:
        """Refuse fields that nobody took."""
        if self._left:
            raise SchemaError(
                "entry-field-unknown",
                f"{self._path}.{min(self._left)}",
                "Có trường không thuộc loại mục này.",
                "A field does not belong to this kind of entry.",
            )


def invalid_field(path: str) -> SchemaError:
    """Return the refusal of the field at `path`."""
    return SchemaError(
        "entry-field-invalid",
        path,
        "Một trường có giá trị hoặc kiểu không được phép.",
        "A field has a value or a type that is not allowed.",
    )

"""Examples in the description of the issuing API, made from the models of its answers: invented, and valid by them."""

from __future__ import annotations

from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin

from pydantic import BaseModel

_AT: Final = 1_780_000_000
_ID: Final = "3f2a9c1e5b7d4806a1c2e3f405162738"
_BY_NAME: Final[Mapping[str, Any]] = {
    "id": _ID,
    "batch": _ID,
    "act": _ID,
    "replacement_id": _ID,
    "student_code": "0123456789",
    "class_name": "6A",
    "school_year": "2025-2026",
    "serial": "0123-4567-89AB-CDEFG",
    "replacement": "0123-4567-89AB-CDEFG",
    "reason": "Nhập nhầm điểm môn Toán.",
    "requested_by": "9c1e5b7d4806a1c2",
    "confirmed_by": "5b7d4806a1c2e3f4",
    "withdrawn_by": None,
    "made_by": "9c1e5b7d4806a1c2",
    "by": "Trần Thị Lan",
    "address": "https://hocba.example.vn/hoc-ba/AAAAAAAAAAAAAAAAAAAAAA",
    "pin": "483920",
    "email": "me@example.test",
    "note": "Sai ngày sinh",
    "number": "2026-00012",
    "received_on": "2026-06-01",
    "acknowledge_by": "2026-06-04",
    "due_on": "2026-06-15",
    "acknowledged_on": "2026-06-02",
    "closed_on": None,
    "calendar": "2026.1",
    "detail": "",
    "subject": "toan",
    "missing": ["toan"],
    "returned": None,
    "stopped": None,
    "seconds_left": 12,
    "asked_at": _AT,
    "ended_at": None,
    "delegation": None,
    "failure": None,
    "code": "mark-needs-number",
    "vi": "Điểm phải là số từ 0 đến 10.",
    "en": "A mark is a number from 0 to 10.",
    "at": _AT,
    "made_at": _AT,
    "expires_at": _AT + 30 * 86_400,
    "revoked_at": None,
    "happened_at": _AT,
    "next_try_at": None,
    "settled_at": _AT,
    "answer": None,
    "sheet": "Toán",
    "row": 7,
    "column": "D",
    "value": "8;5",
    "file": "6A.xlsx",
    "more": 0,
    "waiting": 0,
    "failed": 0,
}
_PLAIN: Final = frozenset({bool, int, str})


def example_of(model: type[BaseModel]) -> dict[str, Any]:
    """Return an example of an answer, as JSON."""
    found = {
        name: field.examples[0] if field.examples else _member(name, field.annotation)
        for name, field in model.model_fields.items()
    }
    return model.model_validate(found, by_name=True).model_dump(mode="json", by_alias=True)


def _member(name: str, kind: Any) -> Any:
    origin, of = get_origin(kind), get_args(kind)
    if origin in {Union, UnionType}:
        known = _BY_NAME.get(name, ...)
        return _member(name, next(one for one in of if one is not NoneType)) if known is ... else known
    if origin is list:
        return _BY_NAME[name] if of[0] is str else [_member(name, of[0])]
    if origin is dict:
        return {"6A": example_of(of[1])} if of[0] is str else {next(iter(of[0])): 1}
    if origin is Literal:
        return of[0]
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return example_of(kind)
    if kind in _PLAIN:
        return False if kind is bool else _BY_NAME.get(name, 1)
    return next(iter(kind))  # an enumeration

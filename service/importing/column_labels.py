"""What columns are called for people, by their keys, and what a person may choose from."""

from __future__ import annotations

import re
from typing import Final

from schemas.transcript.rulesets import Ruleset
from service.importing.primary_shape import PRIMARY_SUBJECT_COLUMNS, results_columns
from service.importing.shape import (
    PRIMARY_STUDENTS_COLUMNS,
    RESULTS_COLUMNS,
    RESULTS_COLUMNS_TT58,
    SUBJECT_COLUMNS,
)
from service.importing.vocabulary import LEFT_OUT, WORDS, Role

_LABELS: Final = {
    column.key: column.title
    for column in (
        *results_columns(5),
        *results_columns(5, Ruleset.TT22_2016),
        *PRIMARY_SUBJECT_COLUMNS,
        *PRIMARY_STUDENTS_COLUMNS,
        *RESULTS_COLUMNS_TT58,
        *RESULTS_COLUMNS,
        *SUBJECT_COLUMNS,
    )
} | {
    LEFT_OUT: "(không đọc)",
    "class_name": "Lớp",
    "remark_1": "Nhận xét HKI",
    "remark_2": "Nhận xét HKII",
    "absences_excused": "Nghỉ có phép",
    "absences_unexcused": "Nghỉ không phép",
}
_PART: Final = re.compile(r"(regular|midterm|final)_([12])(?:_([1-9]))?")
_PARTS: Final = {"regular": "ĐĐGtx", "midterm": "ĐĐGgk", "final": "ĐĐGck"}


def label_of(key: str) -> str:
    """Return what a column is called on the forms."""
    if part := _PART.fullmatch(key):
        number = f" {part[3]}" if part[3] else ""
        return f"{_PARTS[part[1]]}{number}, HK{'I' * int(part[2])}"
    return _LABELS.get(key, key)


def choices(role: Role) -> tuple[str, ...]:
    """Return the keys that a column of such a sheet may be."""
    return tuple(WORDS[role])

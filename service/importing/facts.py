"""What stands around a table: school, class, subject, teacher, semester, year above it; place, date and names below.

Schools' systems print these as lines of text ("Lớp: 6A   Năm học: 2025-2026"), label and value in one cell or in two.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import PurePath
from typing import Final

from service.importing.school_names import school_named
from service.importing.sheets import Sheet
from service.importing.subject_words import LANGUAGES, SUBJECT_WORDS
from service.importing.tables import Cell
from service.importing.values import CellValue, shown
from service.importing.vocabulary import plain

_CLASS = r"([1-9][0-9]?(?:[A-ZĐ][A-ZĐ0-9]{0,5}|[/.][A-Z0-9]{1,3}))"
_UNTIL = r"(.+?)(?=\s{2,}|\s[-–|]\s|$)"
_LABELS: Final[dict[str, re.Pattern[str]]] = {
    key: re.compile(pattern, re.IGNORECASE)
    for key, pattern in {
        "school_code": r"\bmã trường\s*:?\s*([0-9A-Z][0-9A-Z-]{1,19})\b",
        "school_year": r"\bnăm học\s*:?\s*(20[0-9]{2}\s*[-–]\s*20[0-9]{2})\b",
        "class_name": r"\blớp\s*:?\s*" + _CLASS + r"\b",
        "subject": r"\bmôn(?: học)?(?:/hđgd)?\s*:?\s*" + _UNTIL,
        "homeroom_teacher": r"\b(?:giáo viên chủ nhiệm|gvcn)\s*:\s*" + _UNTIL,
        "teacher": r"\b(?:giáo viên(?: bộ môn| giảng dạy| dạy)?|gvbm|gv)\s*:\s*" + _UNTIL,
        "semester": r"\b(?:học k[ìỳ]|hk)\s*:?\s*(II|I|2|1)\b(?!\s*(?:và|,|&))",
    }.items()
}
_SCHOOL_CODE_WORDS = re.compile(r"m(?:ã|a\u0303)\s+tr", re.IGNORECASE)
"""The beginning of the label "school_code", composed or not."""
_PLACE_AND_DATE = re.compile(
    r"([^,]{1,100}),\s*ngày\s*([0-9]{1,2})\s*tháng\s*([0-9]{1,2})\s*năm\s*(20[0-9]{2})", re.IGNORECASE
)
_SIGNERS = {
    "giao vien chu nhiem": "homeroom_teacher",
    "gvcn": "homeroom_teacher",
    "giao vien bo mon": "teacher",
}
_SIGNERS |= {"hieu truong": "principal", "pho hieu truong": "deputy"}
_SIGNERS |= {"gvbm": "teacher", "giao vien": "teacher", "giao vien giang day": "teacher"}
_NAME_WITHIN = 8
_LONGEST = 300
"""Of a text that may be such a line; longer ones are remarks, and searching them would take its time."""
_IN_NAMES = re.compile(r"(?<![0-9A-Za-z])" + _CLASS + r"(?![0-9A-Za-z])")
_FILLERS = frozenset(("bang", "diem", "mon", "so", "lop", "hk1", "hk2", "ca", "nam", "tong", "hop"))
_SUBJECTS = sorted(
    ((word, code) for code, words in SUBJECT_WORDS.items() for word in words),
    key=lambda pair: -len(pair[0]),
)


def read_facts(sheet: Sheet, above: int, below: int) -> dict[str, Cell]:
    """Return what the lines before row `above` and from row `below` (from 0) say, by key; the first word counts."""
    facts: dict[str, Cell] = {}
    for number, row in enumerate(sheet.rows[:above]):
        for key, value, position in _labelled(row):
            facts.setdefault(key, _cell(sheet, number, position, value))
        for position, school in _schools(row):
            facts.setdefault("school_name", _cell(sheet, number, position, school))
    for number, position, value in _texts(sheet, below):
        if match := _PLACE_AND_DATE.search(value):
            facts.setdefault("place", _cell(sheet, number, position, match[1]))
            date = f"{match[2]}/{match[3]}/{match[4]}"
            facts.setdefault("approved_on", _cell(sheet, number, position, date))
        elif (signer := _SIGNERS.get(plain(value))) and (name := _name_below(sheet, number, position)):
            facts.setdefault(signer, _cell(sheet, *name))
    return facts


def school_code_above(sheet: Sheet, above: int) -> str | None:
    """Return the school code that stands in the lines before row `above` (from 0)."""
    # Few lines have these words, and the students below a header are among those that are looked at.
    rows = (
        row
        for row in sheet.rows[:above]
        if any(isinstance(value, str) and _SCHOOL_CODE_WORDS.search(value) for value in row)
    )
    found = (value for row in rows for _, value, _ in _labelled(row, ("school_code",)))
    return next(found, None)


def class_in_name(name: str) -> str | None:
    """Return the class that a sheet's or a file's name tells: "6A_Toan" → "6A"."""
    match = _IN_NAMES.search(PurePath(name).stem.upper().replace("_", " "))
    return match[1] if match else None


def subject_in(text: str) -> tuple[str, str | None] | None:
    """Return the code of the subject that a text names, and the language where it is one ("Tiếng Anh")."""
    words = plain(text)
    for word, code in _SUBJECTS:
        if words == word or re.search(rf"(?:^|\bmon (?:hoc )?){word}\b", words):
            language = next((name for spoken, name in LANGUAGES.items() if spoken in words), None)
            return code, language
    return None


def subject_in_name(name: str) -> tuple[str, str | None] | None:
    """Return the subject that a sheet's or a file's name tells: "6A_Toan" → "toan"."""
    words = _IN_NAMES.sub(" ", PurePath(name).stem.upper().replace("_", " ").replace("-", " "))
    left = [word for word in plain(words).split() if word not in _FILLERS and not word.isdecimal()]
    return subject_in(" ".join(left)) if left else None


def tidy_class(name: str) -> str:
    """Return a class's name in one spelling: "6 a" → "6A"."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFC", name)).upper()


def _labelled(row: Sequence[CellValue], keys: Iterable[str] = _LABELS) -> Iterator[tuple[str, str, int]]:
    cells = [
        (
            position,
            " ".join(unicodedata.normalize("NFC", value).split()) if isinstance(value, str) else shown(value),
        )
        for position, value in enumerate(row)
        if value != "" and not (isinstance(value, str) and len(value) > _LONGEST)
    ]
    line = "   ".join(text for _, text in cells)
    starts = []
    at = 0
    for position, text in cells:
        starts.append((at, position))
        at += len(text) + 3
    for key in keys:
        if match := _LABELS[key].search(line):
            position = next(position for start, position in reversed(starts) if start <= match.start(1))
            yield key, match[1].strip(), position


def _schools(row: Sequence[CellValue]) -> Iterator[tuple[int, str]]:
    """Give the schools that a line names, and where; "Trường:" may have the name in the cell that follows."""
    texts = [
        (position, value)
        for position, value in enumerate(row)
        if isinstance(value, str) and len(value) <= _LONGEST and not value.isspace() and value
    ]
    for (position, text), (_, following) in pairwise([*texts, (0, "")]):
        if name := school_named(f"{text} {following}" if text.rstrip().endswith(":") else text):
            yield position, name


def _texts(sheet: Sheet, below: int) -> Iterator[tuple[int, int, str]]:
    for number in range(below, len(sheet.rows)):
        for position, value in enumerate(sheet.rows[number]):
            if isinstance(value, str) and len(value) <= _LONGEST and value.strip():
                yield number, position, " ".join(unicodedata.normalize("NFC", value).split())


def _name_below(sheet: Sheet, number: int, position: int) -> tuple[int, int, str] | None:
    for row in range(number + 1, min(number + _NAME_WITHIN, len(sheet.rows))):
        value = sheet.rows[row][position]
        if isinstance(value, str) and value.strip() and not value.strip().startswith("("):
            return row, position, value
    return None


def _cell(sheet: Sheet, row: int, position: int, value: CellValue) -> Cell:
    is_formula = (row + 1, position + 1) in sheet.formulas
    return Cell(value, is_formula, sheet.name, row + 1, position, sheet.file)

"""The years of the QR's claims, one shape a ruleset: every mark and result in a byte (docs/formats/qr.md, Claims).

Whoever parses one compares what it gives back: `schemas.claims` does, for the claims as a whole. What is no year raises
KeyError, IndexError, TypeError or ValueError.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias, TypeVar

from schemas.cbor import CBORValue
from schemas.transcript.model import (
    PrimaryYear,
    Promotion,
    Year,
    YearTT22,
    YearTT22Of2016,
    YearTT27,
    YearTT58,
)
from schemas.transcript.rulesets import RULESET_NUMBERS, Ruleset, tt27_2020, tt58_2011
from schemas.transcript.rulesets.tt22_2021 import Level
from schemas.transcript.subjects import SUBJECTS, SUBJECTS_BY_NUMBER
from schemas.transcript.traits import TRAITS, TRAITS_TT22_2016, Trait

_Code = TypeVar("_Code", bound=StrEnum)

MARK_WORDS: Final = {"Đ": 110, "CĐ": 111, "M": 112}
_MARK_TEXTS: Final = {0: None, **{value + 1: f"{value // 10}.{value % 10}" for value in range(101)}} | {
    number: word for word, number in MARK_WORDS.items()
}
_EXEMPT: Final = 4
_ROW = 5
_PRIMARY_ROW = 3
_TT22_RESULTS = 11
_TT58_RESULTS = 16
_TT27_RESULTS = 6 + len(TRAITS)
_TT22_2016_RESULTS = 5 + len(TRAITS_TT22_2016)


@dataclass(frozen=True, slots=True)
class ClaimedSubject:
    """A subject and its marks: semester I, semester II, year, after re-assessment; None where empty."""

    subject: str
    marks: tuple[str | None, str | None, str | None, str | None]


@dataclass(frozen=True, slots=True)
class ClaimedYear:
    """A year under TT 22/2021; levels are semester I, II, year, after re-assessment or summer training."""

    first_year: int
    grade: int
    subjects: tuple[ClaimedSubject, ...]
    conduct: tuple[Level | None, ...]
    learning: tuple[Level | None, ...]
    promotion: Promotion | None
    absences: int


@dataclass(frozen=True, slots=True)
class ClaimedPrimarySubject:
    """A subject of primary school: level and year-end test, or exempt."""

    subject: str
    level: tt27_2020.Achievement | None
    test: int | None
    exempt: bool


@dataclass(frozen=True, slots=True)
class ClaimedPrimaryYear:
    """A year under TT 27/2020; `traits` are the levels of all qualities and competences, in the order of the form."""

    first_year: int
    grade: int
    subjects: tuple[ClaimedPrimarySubject, ...]
    result: tt27_2020.YearResult | None
    completion: tt27_2020.Completion | None
    traits: tuple[tt27_2020.Growth | None, ...]
    absences_excused: int
    absences_unexcused: int


@dataclass(frozen=True, slots=True)
class ClaimedOldYear:
    """A year under TT 58/2011 as recorded; levels and averages are semester I, II, year, and afterwards."""

    first_year: int
    grade: int
    subjects: tuple[ClaimedSubject, ...]
    conduct: tuple[tt58_2011.Conduct | None, ...]
    learning: tuple[tt58_2011.Learning | None, ...]
    averages: tuple[str | None, ...]
    honour: tt58_2011.Honour | None
    promotion: Promotion | None
    absences: int


@dataclass(frozen=True, slots=True)
class ClaimedOldPrimaryYear:
    """A year under TT 22/2016 as recorded; `traits` are the levels of `TRAITS_TT22_2016`."""

    first_year: int
    grade: int
    subjects: tuple[ClaimedPrimarySubject, ...]
    completion: tt27_2020.Completion | None
    traits: tuple[tt27_2020.Growth | None, ...]
    absences_excused: int
    absences_unexcused: int


AnyClaimedYear: TypeAlias = ClaimedYear | ClaimedPrimaryYear | ClaimedOldYear | ClaimedOldPrimaryYear


def claimed_year(year: Year) -> AnyClaimedYear:
    """Return what the claims say of a year."""
    first_year = int(year.school_year[:4])
    match year:
        case YearTT27():
            return ClaimedPrimaryYear(
                first_year,
                year.grade,
                _claimed_levels(year),
                year.result,
                year.completion,
                _claimed_traits(year, TRAITS),
                year.absences_excused,
                year.absences_unexcused,
            )
        case YearTT22Of2016():
            return ClaimedOldPrimaryYear(
                first_year,
                year.grade,
                _claimed_levels(year),
                year.completion,
                _claimed_traits(year, TRAITS_TT22_2016),
                year.absences_excused,
                year.absences_unexcused,
            )
        case YearTT58():
            return ClaimedOldYear(
                first_year,
                year.grade,
                _claimed_rows(year),
                (year.conduct.semester1, year.conduct.semester2, year.conduct.year, year.conduct.after),
                (year.learning.semester1, year.learning.semester2, year.learning.year, year.learning.after),
                (year.averages.semester1, year.averages.semester2, year.averages.year, year.averages.after),
                year.honour,
                year.promotion,
                year.absences,
            )
        case YearTT22():
            return ClaimedYear(
                first_year,
                year.grade,
                _claimed_rows(year),
                (year.conduct.semester1, year.conduct.semester2, year.conduct.year, year.conduct.after),
                (year.learning.semester1, year.learning.semester2, year.learning.year, year.learning.after),
                year.promotion,
                year.absences,
            )


def format_year(year: AnyClaimedYear) -> list[CBORValue]:
    """Return the array of a year."""
    ruleset, marks, results = _parts(year)
    return [year.first_year, year.grade, RULESET_NUMBERS[ruleset], marks, results]


def parse_year(value: CBORValue) -> AnyClaimedYear:
    """Return the year of an array; what is none raises one of the errors that the module names."""
    if not isinstance(value, list):
        raise TypeError("a year is an array")
    first_year, grade, ruleset, marks, results = value
    if not (isinstance(marks, bytes) and isinstance(results, bytes)):
        raise TypeError("marks and results are bytes")
    start = _unsigned(first_year), _unsigned(grade)
    match ruleset:
        case 1 if len(results) == _TT27_RESULTS:
            return _parse_primary(*start, marks, results)
        case 2 if len(results) == _TT22_RESULTS:
            conduct, learning = _codes(Level, results[:4]), _codes(Level, results[4:8])
            promotion, absences = _codes(Promotion, results[8:9])[0], int.from_bytes(results[9:])
            return ClaimedYear(*start, _parse_rows(marks), conduct, learning, promotion, absences)
        case 3 if len(results) == _TT58_RESULTS:
            return ClaimedOldYear(
                *start,
                _parse_rows(marks),
                _codes(tt58_2011.Conduct, results[:4]),
                _codes(tt58_2011.Learning, results[4:8]),
                tuple(_MARK_TEXTS[byte] for byte in results[8:12]),
                _codes(tt58_2011.Honour, results[12:13])[0],
                _codes(Promotion, results[13:14])[0],
                int.from_bytes(results[14:]),
            )
        case 4 if len(results) == _TT22_2016_RESULTS:
            return _parse_old_primary(*start, marks, results)
    raise ValueError("no results of this ruleset")


def _parts(year: AnyClaimedYear) -> tuple[Ruleset, bytes, bytes]:
    match year:
        case ClaimedPrimaryYear():
            return Ruleset.TT27_2020, _primary_marks(year.subjects), _primary_results(year)
        case ClaimedOldPrimaryYear():
            return Ruleset.TT22_2016, _primary_marks(year.subjects), _primary_ends(year)
        case ClaimedOldYear():
            return Ruleset.TT58_2011, _marks(year.subjects), _old_results(year)
        case ClaimedYear():
            return Ruleset.TT22_2021, _marks(year.subjects), _results(year)


def _claimed_levels(year: PrimaryYear) -> tuple[ClaimedPrimarySubject, ...]:
    return tuple(
        ClaimedPrimarySubject(row.subject, row.level, row.test, bool(row.exempt)) for row in year.subjects
    )


def _claimed_traits(year: PrimaryYear, order: Sequence[Trait]) -> tuple[tt27_2020.Growth | None, ...]:
    levels = {one.trait: one.level for group in year.traits.values() for one in group.results}
    return tuple(levels.get(trait.code) for trait in order)


def _claimed_rows(year: YearTT22 | YearTT58) -> tuple[ClaimedSubject, ...]:
    return tuple(
        ClaimedSubject(row.subject, (row.semester1, row.semester2, row.year, row.reassessed))
        for row in year.subjects
    )


def _marks(rows: Sequence[ClaimedSubject]) -> bytes:
    return b"".join(
        bytes([SUBJECTS[row.subject].number, *(_mark_byte(mark) for mark in row.marks)]) for row in rows
    )


def _primary_marks(rows: Sequence[ClaimedPrimarySubject]) -> bytes:
    levels = (_EXEMPT if row.exempt else _bytes(tt27_2020.Achievement, row.level)[0] for row in rows)
    return b"".join(
        bytes([SUBJECTS[row.subject].number, level, row.test or 0])
        for row, level in zip(rows, levels, strict=True)
    )


def _results(year: ClaimedYear) -> bytes:
    levels = _bytes(Level, *year.conduct, *year.learning)
    return levels + _bytes(Promotion, year.promotion) + year.absences.to_bytes(2)


def _old_results(year: ClaimedOldYear) -> bytes:
    levels = _bytes(tt58_2011.Conduct, *year.conduct) + _bytes(tt58_2011.Learning, *year.learning)
    averages = bytes(_mark_byte(mark) for mark in year.averages)
    ends = _bytes(tt58_2011.Honour, year.honour) + _bytes(Promotion, year.promotion)
    return levels + averages + ends + year.absences.to_bytes(2)


def _primary_results(year: ClaimedPrimaryYear) -> bytes:
    return _bytes(tt27_2020.YearResult, year.result) + _primary_ends(year)


def _primary_ends(year: ClaimedPrimaryYear | ClaimedOldPrimaryYear) -> bytes:
    absences = year.absences_excused.to_bytes(2) + year.absences_unexcused.to_bytes(2)
    return _bytes(tt27_2020.Completion, year.completion) + _bytes(tt27_2020.Growth, *year.traits) + absences


def _parse_primary(first_year: int, grade: int, marks: bytes, results: bytes) -> ClaimedPrimaryYear:
    return ClaimedPrimaryYear(
        first_year,
        grade,
        _parse_primary_rows(marks),
        _codes(tt27_2020.YearResult, results[:1])[0],
        *_parse_primary_ends(results[1:]),
    )


def _parse_old_primary(first_year: int, grade: int, marks: bytes, results: bytes) -> ClaimedOldPrimaryYear:
    return ClaimedOldPrimaryYear(first_year, grade, _parse_primary_rows(marks), *_parse_primary_ends(results))


def _parse_primary_ends(
    results: bytes,
) -> tuple[tt27_2020.Completion | None, tuple[tt27_2020.Growth | None, ...], int, int]:
    return (
        _codes(tt27_2020.Completion, results[:1])[0],
        _codes(tt27_2020.Growth, results[1:-4]),
        int.from_bytes(results[-4:-2]),
        int.from_bytes(results[-2:]),
    )


def _parse_primary_rows(marks: bytes) -> tuple[ClaimedPrimarySubject, ...]:
    return tuple(_parse_primary_row(row) for row in _rows(marks, _PRIMARY_ROW))


def _parse_primary_row(row: bytes) -> ClaimedPrimarySubject:
    number, level, test = row
    exempt = level == _EXEMPT
    if test > 10 or (exempt and test):
        raise ValueError("no test of primary school")
    achieved = None if exempt else _codes(tt27_2020.Achievement, bytes([level]))[0]
    return ClaimedPrimarySubject(SUBJECTS_BY_NUMBER[number].code, achieved, test or None, exempt)


def _parse_rows(marks: bytes) -> tuple[ClaimedSubject, ...]:
    return tuple(_parse_row(row) for row in _rows(marks, _ROW))


def _parse_row(row: bytes) -> ClaimedSubject:
    first, second, year, after = (_MARK_TEXTS[byte] for byte in row[1:])
    return ClaimedSubject(SUBJECTS_BY_NUMBER[row[0]].code, (first, second, year, after))


def _rows(marks: bytes, size: int) -> Iterator[bytes]:
    if len(marks) % size:
        raise ValueError("a row is cut short")
    return (marks[start : start + size] for start in range(0, len(marks), size))


def _mark_byte(mark: str | None) -> int:
    if mark is None:
        return 0
    return MARK_WORDS.get(mark) or int(mark.replace(".", "")) + 1


def _bytes(codes: type[_Code], *values: _Code | None) -> bytes:
    """Return the place of each value in the order of its enumeration, from 1; 0 where it is empty."""
    order = (None, *codes)
    return bytes(order.index(value) for value in values)


def _codes(codes: type[_Code], values: bytes) -> tuple[_Code | None, ...]:
    order: tuple[_Code | None, ...] = (None, *codes)
    return tuple(order[value] for value in values)


def _unsigned(value: object) -> int:
    if type(value) is not int or value < 0:
        raise TypeError("no unsigned number")
    return value

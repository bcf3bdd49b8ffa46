"""What is wrong with a workbook, cell by cell, in the file's own row numbers and column letters.

A complaint is data for people and programs; nothing here decides what is wrong.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from service.errors import ServiceError

MAX_COMPLAINTS = 500
MAX_REPEATS = 10
MAX_NAMED_SHEETS = 3

_ONE_CAUSE = frozenset(
    {
        "column-unknown",
        "column-unsure",
        "student-absent",
        "student-ambiguous",
        "student-birth-date-differs",
        "student-name-differs",
        "student-unlisted",
    }
)
"""What one slip, as a wrong name in the list of a class, brings about in every sheet: told once."""

Severity = Literal["error", "warning"]
_Kind: TypeAlias = tuple[str | None, str | None, str | None, str, str]


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the workbook, and what stands there; whatever is not known is None."""

    sheet: str | None = None
    row: int | None = None
    column: str | None = None
    value: str | None = None
    file: str | None = None


@dataclass(frozen=True, slots=True)
class Complaint:
    """One fault, or one thing to look at; `row` and `column` are those the spreadsheet program shows."""

    severity: Severity
    sheet: str | None
    row: int | None
    column: str | None
    value: str | None
    code: str
    vi: str
    en: str
    file: str | None = None
    more: int = 0
    """How many rows of the column it stands for, beside its own."""


@dataclass(frozen=True, slots=True)
class Repeated:
    """The same fault in one cell, or in several of one column: the sentence, the cells, and what stands in them."""

    fault: Complaint
    cells: tuple[str, ...]
    values: tuple[str, ...]


def repeated(complaints: Iterable[Complaint]) -> tuple[Repeated, ...]:
    """Put the same fault of one column into one, as people read it."""
    found: dict[tuple[object, ...], list[Complaint]] = {}
    for one in complaints:
        kind = (one.severity, *_kind(one), one.vi.removesuffix(_more_vi(one.more)))
        found.setdefault(kind, []).append(one)
    return tuple(
        Repeated(
            same[-1],
            tuple(f"{one.column or ''}{one.row or ''}" for one in same if one.column or one.row),
            tuple(one.value for one in same if one.value),
        )
        for same in found.values()
    )


class Complaints:
    """Collects complaints while a workbook is read; `file` names it where a place does not."""

    def __init__(self, file: str | None = None) -> None:
        self._all: list[Complaint] = []
        self._has_errors = False
        self._file = file

    def add(self, place: Place, fault: ServiceError, severity: Severity = "error") -> None:
        """Note a fault at a place."""
        self._has_errors |= severity == "error"
        self._all.append(
            Complaint(
                severity,
                place.sheet,
                place.row,
                place.column,
                place.value,
                fault.code,
                fault.text.vi,
                fault.text.en,
                place.file or self._file,
            )
        )

    def take(self, others: Complaints) -> None:
        """Add what was collected elsewhere."""
        self._all += others.all
        self._has_errors |= others.has_errors

    @property
    def has_errors(self) -> bool:
        """Whether anything so far forbids the import."""
        return self._has_errors

    @property
    def all(self) -> tuple[Complaint, ...]:
        """Every complaint, in the order in which they came."""
        return tuple(self._all)

    def report(self) -> tuple[Complaint, ...]:
        """Return errors before warnings, by sheet and row, repeats grouped, at most `MAX_COMPLAINTS`.

        Repeats are the same fault in one column, and in several sheets what one slip elsewhere brings about.
        """
        sheets = {place: index for index, place in enumerate(dict.fromkeys(map(_sheet, self._all)))}
        ordered = sorted(self._all, key=lambda complaint: (sheets[_sheet(complaint)], complaint.row or 0))
        errors = [complaint for complaint in ordered if complaint.severity == "error"]
        warnings = [complaint for complaint in ordered if complaint.severity == "warning"]
        grouped = (*_grouped(_told_once(errors)), *_grouped(_told_once(warnings)))
        if len(grouped) <= MAX_COMPLAINTS:
            return grouped
        more = len(grouped) - MAX_COMPLAINTS + 1
        last = ServiceError(
            "more-complaints",
            f"Còn {more} lỗi hoặc lưu ý khác; hãy sửa các lỗi trên rồi nhập lại.",
            f"There are {more} more complaints; mend the above and import again.",
        )
        # An error among the cut ones stays an error: the last line takes the severity of the first line it stands for.
        severity = grouped[MAX_COMPLAINTS - 1].severity
        closing = Complaint(severity, None, None, None, None, last.code, last.text.vi, last.text.en)
        return (*grouped[: MAX_COMPLAINTS - 1], closing)


def _told_once(complaints: Iterable[Complaint]) -> list[Complaint]:
    """Return the complaints with what has one cause told at the first of its sheets, the others named there."""
    found: dict[object, list[Complaint]] = {}
    seen: Counter[object] = Counter()
    for one in complaints:
        cause = (one.code, one.vi, one.value) if one.code in _ONE_CAUSE else id(one)
        # Twice in one sheet, as of two students of one name, are two causes.
        seen[cause, _sheet(one)] += 1
        found.setdefault((cause, seen[cause, _sheet(one)]), []).append(one)
    return [_with_sheets(same) for same in found.values()]


def _with_sheets(same: list[Complaint]) -> Complaint:
    others = [_sheet(one) for one in same[1:]]
    if not others:
        return same[0]
    named = [" ".join(part for part in sheet if part) for sheet in others[:MAX_NAMED_SHEETS]]
    which = ", ".join(named) + (", …" if len(others) > MAX_NAMED_SHEETS else ".")
    return replace(
        same[0],
        vi=f"{same[0].vi} Cũng vậy ở {len(others)} trang khác: {which}",
        en=f"{same[0].en} So it is in {len(others)} more sheets: {which}",
    )


def _grouped(complaints: list[Complaint]) -> Iterable[Complaint]:
    total = Counter(map(_kind, complaints))
    seen: Counter[_Kind] = Counter()
    for complaint in complaints:
        kind = _kind(complaint)
        seen[kind] += 1
        more = total[kind] - MAX_REPEATS
        if seen[kind] < MAX_REPEATS or (seen[kind] == MAX_REPEATS and not more):
            yield complaint
        elif seen[kind] == MAX_REPEATS:
            yield replace(
                complaint,
                vi=complaint.vi + _more_vi(more),
                en=f"{complaint.en} So have {more} more rows of this column.",
                more=more,
            )


def _more_vi(more: int) -> str:
    return f" Còn {more} dòng khác trong cột này cũng vậy." if more else ""


def _sheet(complaint: Complaint) -> tuple[str | None, str | None]:
    return complaint.file, complaint.sheet


def _kind(complaint: Complaint) -> _Kind:
    # What is said of a class or a file as a whole is no repeat, unless it is the same.
    said = complaint.vi if complaint.row is None else ""
    return complaint.file, complaint.sheet, complaint.column, complaint.code, said

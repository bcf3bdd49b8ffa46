"""Trong trang này có sửa chữa ở … chỗ: what page A says was mended since the document before (docs/forms.md).

A place is corrected where something stood and something else, or nothing, stands now. What was empty and is filled
later, as a mark after re-assessment in summer, is no correction.
"""

from __future__ import annotations

from typing import Final

from schemas.transcript.model import Corrections, PrimaryYear, SubjectResult, Transcript, Year
from schemas.transcript.subjects import SUBJECTS

_CELLS: Final = ("semester1", "semester2", "year", "reassessed", "remark", "teacher")
_MOST: Final = 99


def with_corrections(year: Year, earlier: Transcript | None) -> Year:
    """Return the year with what was corrected in it, counted from the document that it continues or corrects.

    What that document says of corrections stays: on paper they stay to be seen.
    """
    said = (
        next((each for each in earlier.years if each.school_year == year.school_year), None)
        if earlier
        else None
    )
    if said is None or isinstance(year, PrimaryYear) or isinstance(said, PrimaryYear):
        return year
    new = {row.subject: row for row in year.subjects}
    counts = {row.subject: _corrected(row, new.get(row.subject)) for row in said.subjects}
    noted, known = (said.corrections.count, said.corrections.subjects) if said.corrections else (0, ())
    count = noted + sum(counts.values())
    if not count:
        return year
    titles = {
        row.subject: row.title or SUBJECTS[row.subject].name for row in (*said.subjects, *year.subjects)
    }
    found = {titles[subject] for subject, places in counts.items() if places} | set(known)
    subjects = tuple(title for title in dict.fromkeys((*titles.values(), *known)) if title in found)
    return year.model_copy(update={"corrections": Corrections(count=min(count, _MOST), subjects=subjects)})


def _corrected(old: SubjectResult, new: SubjectResult | None) -> int:
    """Return in how many places a row was corrected; a row that is gone is one."""
    if new is None:
        return 1
    cells = ((getattr(old, cell), getattr(new, cell)) for cell in _CELLS)
    return sum(was is not None and was != now for was, now in cells)

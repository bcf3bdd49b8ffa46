"""How the forms spell days, places, people, schools and choices."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Final

from schemas.transcript.model import Kind, RecordedYear, School, Signatory, Year
from schemas.transcript.subjects import CURRICULUM, SUBJECTS, Choice
from schemas.vietnam_time import day_in_vietnam

STAGES: Final[Mapping[Kind, str]] = {
    Kind.PRIMARY: "Tiểu học",
    Kind.LOWER_SECONDARY: "Trung học cơ sở",
    Kind.UPPER_SECONDARY: "Trung học phổ thông",
}
NOTHING: Final = "Không có."
_NO_BREAK: Final = str.maketrans({" ": "\N{NO-BREAK SPACE}"})
# What is longer could be wider than its column.
_KEPT_WHOLE: Final = 24
_IN_BRACKETS: Final = re.compile(r"\([^()]*\)")
_CHOICES: Final[Mapping[Choice, str]] = {Choice.OF_GROUP: "(lựa chọn)", Choice.OPTIONAL: "(tự chọn)"}


def day(value: dt.date) -> str:
    """Return a day as people write it: 29/05/2026."""
    return f"{value:%d/%m/%Y}"


def place_and_day(place: str, value: dt.date) -> str:
    """Return the line above a signature."""
    return f"{place}, ngày {value:%d} tháng {value:%m} năm {value:%Y}"


def titles(person: Signatory) -> dict[str, object]:
    """Return who signs: the name, and the titles above it (KT. HIỆU TRƯỞNG, PHÓ HIỆU TRƯỞNG)."""
    lines = [person.on_behalf, person.title]
    return {"name": person.name, "titles": [title.upper() for title in lines if title]}


def school_line(school: School, school_year: str) -> str:
    """Return a school with its places as they were in a school year."""
    school = school.in_year(school_year)
    places = filter(None, (school.commune, school.district, school.province))
    return ", ".join((school.name, *map(_whole, places)))


def subject_titles(year: Year) -> list[dict[str, str | None]]:
    """Return each subject of a year by its printed title, with a note where it was chosen or is optional."""
    return [
        {
            "title": _IN_BRACKETS.sub(
                lambda found: _whole(found[0]), row.title or SUBJECTS[row.subject].name
            ),
            "choice": _choice(row.subject, year),
        }
        for row in year.subjects
    ]


def _whole(text: str) -> str:
    """Return a short text so that no line breaks within it."""
    return text.translate(_NO_BREAK) if len(text) <= _KEPT_WHOLE else text


def _choice(code: str, year: Year) -> str | None:
    subject = CURRICULUM.find(code, year.grade)
    # In years of old rules the curriculum was another.
    return None if subject is None or isinstance(year, RecordedYear) else _CHOICES.get(subject.choice)


def confirmed_on(year: Year) -> str | None:
    """Return the words on the homeroom teacher's confirmation; None where the year has none."""
    days = [day_in_vietnam(each.at) for each in year.confirmations if each.role == "homeroom-teacher"]
    if not days:
        return None
    # Whoever taught in an old year did not confirm it then: somebody compared it with the paper since.
    said = "Theo học bạ cũ, xác nhận" if isinstance(year, RecordedYear) else "Đã xác nhận điện tử"
    return f"{said} ngày {day(days[-1])}"

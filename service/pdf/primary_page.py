"""The words of a year of primary school (TT 27/2020): subjects, qualities, competences, results, completion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from schemas.transcript.model import PrimaryResult, Traits, YearTT27
from schemas.transcript.traits import TRAITS_BY_CODE, TraitGroup
from service.pdf.fields import FULL_WIDTH, MM, Even, Field, Room
from service.pdf.glyphs import Face
from service.pdf.words import (
    NOTHING,
    confirmed_on,
    day,
    place_and_day,
    school_line,
    subject_titles,
    titles,
)

GROUPS: Final[Mapping[TraitGroup, str]] = {
    TraitGroup.QUALITY: "qualities",
    TraitGroup.GENERAL: "general_competences",
    TraitGroup.SPECIFIC: "specific_competences",
}
"""The groups of traits by their member of the year, in the order of the form."""

# The columns of the templates, less the insets of their cells.
_CLASS: Final = Room(Face.BOLD, 11.5, 42 * MM, "Lớp")
_CLASS_OF_PROCESS: Final = Room(Face.REGULAR, 11.5, 15 * MM - 10)
_NAME: Final = Room(Face.BOLD, 11.5, 80 * MM, "Họ và tên")
_REMARK: Final = Room(Face.REGULAR, 10.5, 89 * MM - 8)
_TRAITS_REMARK: Final = Room(Face.REGULAR, 10.5, 95 * MM - 8)
_HOMEROOM: Final = Room(Face.BOLD, 11.5, 74 * MM)
_LINE: Final = Room(Face.REGULAR, 11.5, FULL_WIDTH)
_AWARDS: Final = Room(Face.REGULAR, 11.5, 107 * MM)
_REGISTER: Final = Room(Face.REGULAR, 11.5, 25 * MM - 10)

NAME_ROOMS: Final = (_NAME,)
"""Where a year says the learner's name."""


def completion_of(year: YearTT27) -> str:
    """Return the completion, which names the grade."""
    if year.completion is None:
        return ""
    return year.completion.replace("chương trình lớp học", f"chương trình lớp {year.grade}")


def year_form(year: YearTT27) -> dict[str, object]:
    """Return what is the same for every student of the year's form."""
    return {
        "school_year": year.school_year,
        "school": school_line(year.school, year.school_year),
        "subjects": subject_titles(year),
        **{
            GROUPS[group]: {"traits": [TRAITS_BY_CODE[result.trait].name for result in traits.results]}
            for group, traits in year.traits.items()
        },
        "principal": titles(year.principal),
        "confirmed": confirmed_on(year) is not None,
        "from_another": year.source is not None,
        "approved": day(year.approved_on),
        "approved_at": place_and_day(year.place, year.approved_on),
    }


def year_fields(at: str, year: YearTT27) -> Iterator[Field]:
    """Yield the fields of a year, their names beginning with `at`."""
    yield Field(f"{at}class", year.class_name, (_CLASS, _CLASS_OF_PROCESS))
    yield Field(f"{at}register", year.register_number or "", (_REGISTER,))
    yield Field(f"{at}entered", day(year.entered_on) if year.entered_on else "")
    yield Field(f"{at}height", _measure(year.height_cm, "cm"))
    yield Field(f"{at}weight", _measure(year.weight_kg, "kg"))
    yield Field(f"{at}excused", str(year.absences_excused))
    yield Field(f"{at}unexcused", str(year.absences_unexcused))
    yield Field(f"{at}homeroom", year.homeroom_teacher, (_HOMEROOM,))
    confirmed = confirmed_on(year)
    if confirmed is not None:
        yield Field(f"{at}confirmed", confirmed)
    for number, row in enumerate(year.subjects):
        yield from _row_fields(f"{at}{number}.", row, at)
    for group, traits in year.traits.items():
        yield from _traits_fields(f"{at}{GROUPS[group]}.", traits)
    yield Field(f"{at}result", year.result or "")
    yield Field(f"{at}awards", year.awards or NOTHING, (_AWARDS,), wraps=True)
    yield Field(f"{at}completion", completion_of(year), (_LINE,))


def _row_fields(at: str, row: PrimaryResult, year: str) -> Iterator[Field]:
    yield Field(f"{at}level", level_text(row))
    yield Field(f"{at}test", str(row.test or ""))
    yield Field(f"{at}remark", row.remark or "", (_REMARK,), wraps=True, even=Even(f"{year}remarks", 1, 2))


def _traits_fields(at: str, traits: Traits) -> Iterator[Field]:
    for number, result in enumerate(traits.results):
        yield Field(f"{at}{number}", result.level)
    # One remark beside all rows of its group, which are as high as one line at least.
    room = max(1, len(traits.results))
    yield Field(
        f"{at}remark", traits.remark or "", (_TRAITS_REMARK,), wraps=True, even=Even(at, room, 2 * room)
    )


def level_text(row: PrimaryResult) -> str:
    """Return the letter of a subject's level; M where the learner is exempt."""
    return "M" if row.exempt else row.level or ""


def _measure(value: str | None, unit: str) -> str:
    return f"{value.replace('.', ',')} {unit}" if value else ""

"""The words of a year of primary school, under TT 27/2020 and TT 22/2016: subjects, traits, results, completion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from schemas.transcript.model import PrimaryResult, PrimaryYear, Traits, YearTT27
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
    TraitGroup.COMPETENCE: "competences",
}
"""The groups of traits by their member of the year."""


def _group(
    group: TraitGroup, name: str, rows: str, title: str | None, below: str | None = None
) -> dict[str, str | None]:
    """Return how a group of traits is headed: in short, over its rows, and by up to two titles."""
    return {"member": GROUPS[group], "name": name, "rows": rows, "title": title, "below": below}


_SECTIONS_TT27: Final = {
    "rules": None,
    "groups": [
        _group(TraitGroup.QUALITY, "Phẩm chất chủ yếu", "Phẩm chất", "2. Những phẩm chất chủ yếu"),
        _group(
            TraitGroup.GENERAL,
            "Năng lực chung",
            "Năng lực",
            "3. Những năng lực cốt lõi",
            "3.1. Những năng lực chung",
        ),
        _group(TraitGroup.SPECIFIC, "Năng lực đặc thù", "Năng lực", None, "3.2. Những năng lực đặc thù"),
    ],
    "result": "4. Đánh giá kết quả giáo dục",
    "awards": "5. Khen thưởng",
    "completion": "6. Hoàn thành chương trình lớp học/chương trình tiểu học",
}
_SECTIONS_TT22_2016: Final = {
    "rules": (
        "Năm học được đánh giá theo Thông tư 22/2016/TT-BGDĐT; kết quả được giữ nguyên như đã ghi trong học bạ của "
        "năm đó."
    ),
    "groups": [
        _group(TraitGroup.COMPETENCE, "Năng lực", "Năng lực", "2. Năng lực"),
        _group(TraitGroup.QUALITY, "Phẩm chất", "Phẩm chất", "3. Phẩm chất"),
    ],
    "result": None,
    "awards": "4. Khen thưởng",
    "completion": "5. Hoàn thành chương trình lớp học/chương trình tiểu học",
}

# The columns of the templates, less the insets of their cells.
_CLASS: Final = Room(Face.BOLD, 11.5, 42 * MM, "Lớp")
_CLASS_OF_PROCESS: Final = Room(Face.REGULAR, 11.5, 15 * MM - 10)
_NAME: Final = Room(Face.BOLD, 11.5, 80 * MM, "Họ và tên")
_REMARK: Final = Room(Face.REGULAR, 10.5, 89 * MM - 8)
_TRAITS_REMARK: Final = Room(Face.REGULAR, 10.5, 95 * MM - 8)
_HOMEROOM: Final = Room(Face.BOLD, 11.5, 74 * MM)
_LINE: Final = Room(Face.REGULAR, 11.5, FULL_WIDTH)
_AWARDS: Final = Room(Face.REGULAR, 11.5, 107 * MM)
_REGISTER: Final = Room(Face.REGULAR, 11.5, 24 * MM - 10)

NAME_ROOMS: Final = (_NAME,)
"""Where a year says the learner's name."""


def completion_of(year: PrimaryYear) -> str:
    """Return the completion, which names the grade."""
    if year.completion is None:
        return ""
    return year.completion.replace("chương trình lớp học", f"chương trình lớp {year.grade}")


def year_form(year: PrimaryYear) -> dict[str, object]:
    """Return what is the same for every student of the year's form."""
    return {
        "school_year": year.school_year,
        "school": school_line(year.school, year.school_year),
        "subjects": subject_titles(year),
        "sections": _SECTIONS_TT27 if isinstance(year, YearTT27) else _SECTIONS_TT22_2016,
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


def year_fields(at: str, year: PrimaryYear) -> Iterator[Field]:
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
    if isinstance(year, YearTT27):
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

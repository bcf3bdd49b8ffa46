"""The years of each level and ruleset, and the school as a year prints it."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from schemas.transcript.model import (
    Kind,
    YearTT22Of2016,
    YearTT27,
    YearTT58,
    format_transcript,
    kind_of,
    parse_transcript,
    parse_year,
)
from schemas.transcript.traits import TRAITS_TT22_2016, TraitGroup
from tests.support.transcript_members import (
    json_text,
    old_primary_year_members,
    old_year_members,
    primary_members,
    primary_year_members,
    transcript_members,
    transcript_of,
    upper_members,
    year_members,
)
from tests.support.transcripts import SCHOOL

REPEATED = primary_members() | {"years": [old_primary_year_members(), primary_year_members("2022-2023", 3)]}
OLD = transcript_members() | {"years": [old_year_members(), year_members("2021-2022", 6)]}


@pytest.mark.parametrize("members", [primary_members(), upper_members(), OLD, REPEATED])
def test_parse_undoes_format(members: dict[str, object]) -> None:
    """Bytes made without our code come back, at every level."""
    data = json_text(members).encode()
    assert format_transcript(parse_transcript(data)) == data


def test_the_ruleset_chooses_the_year() -> None:
    """A year is read as one of the ruleset that it names."""
    assert isinstance(parse_year(json_text(primary_year_members()).encode()), YearTT27)
    assert isinstance(parse_year(json_text(old_year_members()).encode()), YearTT58)
    assert isinstance(parse_year(json_text(old_primary_year_members()).encode()), YearTT22Of2016)


def test_an_old_year_of_primary_school_has_the_traits_of_its_time() -> None:
    """Three competences, then four qualities: as many bytes in the QR, in this order."""
    year = parse_year(json_text(old_primary_year_members()).encode())
    assert isinstance(year, YearTT22Of2016)
    found = [(group, [one.trait for one in traits.results]) for group, traits in year.traits.items()]
    assert [(group, len(codes)) for group, codes in found] == [
        (TraitGroup.COMPETENCE, 3),
        (TraitGroup.QUALITY, 4),
    ]
    assert [code for _, codes in found for code in codes] == [one.code for one in TRAITS_TT22_2016]


def test_a_year_before_all_rules_is_refused_by_name() -> None:
    """What the year's error says is which rule it is that nobody here knows."""
    members = old_primary_year_members() | {"school_year": "2015-2016"}
    with pytest.raises(ValidationError, match="ruleset-too-old"):
        parse_year(json_text(members).encode())


@pytest.mark.parametrize("grade", range(1, 6))
def test_every_grade_of_primary_school(grade: int) -> None:
    """Each grade has its subjects, and its competences in the order of the form."""
    members = primary_members() | {"years": [primary_year_members("2025-2026", grade)]}
    (year,) = transcript_of(members).years
    assert isinstance(year, YearTT27)
    assert sum(len(group.results) for group in year.traits.values()) == (13 if grade < 3 else 15)


@pytest.mark.parametrize("grade", range(1, 13))
def test_level_of_a_grade(grade: int) -> None:
    """Grades 1 to 5 are primary, 6 to 9 lower, 10 to 12 upper secondary school."""
    expected = Kind.PRIMARY if grade < 6 else Kind.LOWER_SECONDARY if grade < 10 else Kind.UPPER_SECONDARY
    assert kind_of(grade) is expected


@pytest.mark.parametrize(
    ("school_year", "district"), [("2024-2025", "Quận Thử"), ("2025-2026", None), ("2026-2027", None)]
)
def test_districts_are_printed_for_old_years_only(school_year: str, district: str | None) -> None:
    """Districts ended on 1 July 2025: the year 2024-2025 is the last that prints one."""
    school = SCHOOL.model_copy(update={"district": "Quận Thử"})
    assert school.in_year(school_year).district == district

"""Whatever a page shows of a transcript's years has its English beside it."""

from __future__ import annotations

import pytest

from schemas.transcript.rulesets import tt22_2016, tt58_2011
from schemas.transcript.subjects import SUBJECTS
from tests.support.transcript_members import (
    old_primary_year_members,
    old_year_members,
    primary_members,
    transcript_members,
    transcript_of,
)
from verify.compared import compared_year
from verify.web.printed_words import in_english

SUBJECT_NAMES = sorted(
    {subject.name for subject in SUBJECTS.values()}
    | {subject.name for record in (tt22_2016.RECORD, tt58_2011.RECORD) for subject in record.subjects}
)
YEARS = {
    "TT 22/2021": transcript_members(),
    "TT 27/2020": primary_members(),
    "TT 58/2011": transcript_members() | {"years": [old_year_members()]},
    "TT 22/2016": primary_members() | {"years": [old_primary_year_members()]},
}


@pytest.mark.parametrize("name", SUBJECT_NAMES)
def test_every_subject_has_its_english(name: str) -> None:
    """Whoever reads no Vietnamese learns which subject a mark is of."""
    assert in_english(name)


@pytest.mark.parametrize("members", YEARS.values(), ids=YEARS)
def test_every_result_has_its_english(members: dict[str, object]) -> None:
    """Levels, conclusions, absences and traits of each ruleset are named."""
    (year,) = map(compared_year, transcript_of(members).years)
    assert [name for name in year.results if not in_english(name)] == []


@pytest.mark.parametrize(
    ("printed", "english"),
    [
        ("Ngoại ngữ 1 (Tiếng Anh)", "Foreign language 1 (English)"),
        ("Kết quả học tập, học kì I", "Learning result, semester I"),
        ("Phẩm chất: Chăm học, chăm làm", "Qualities: Diligence in study and work"),
        ("Ngoại ngữ 1 (Tiếng Lào)", None),
        ("Bắn cung", None),
    ],
)
def test_words_that_are_put_together(printed: str, english: str | None) -> None:
    """A name of two words is put together; one that nobody knows stays as printed."""
    assert in_english(printed) == english

"""How many places of page A were corrected since the document before."""

from __future__ import annotations

import pytest

from schemas.transcript.model import Corrections, YearTT22
from service.page_corrections import with_corrections
from tests.support.levels import primary_transcript, primary_year
from tests.support.transcripts import sample_rows, sample_transcript, sample_year, secondary


def _changed(subject: str, **changes: str | None) -> YearTT22:
    rows = (row.model_copy(update=changes) if row.subject == subject else row for row in sample_rows())
    return sample_year(subjects=tuple(rows))


def _corrections(year: YearTT22, before: YearTT22 | None = None) -> Corrections | None:
    earlier = sample_transcript(years=(before or sample_year(),))
    return secondary(with_corrections(year, earlier)).corrections


def test_what_stays_is_no_correction() -> None:
    """The same rows, a year that the earlier document has not, and a first document are not corrected."""
    assert _corrections(sample_year()) is None
    later = sample_year(school_year="2026-2027", grade=9)
    assert _corrections(later) is None
    assert with_corrections(later, None) == later


@pytest.mark.parametrize(
    ("changes", "count"),
    [
        ({"year": "9.0"}, 1),
        ({"semester2": "8.0", "year": "8.5", "remark": "Khá."}, 3),
        ({"teacher": "Lê Quang Vỹ"}, 1),
        ({"remark": None}, 1),
        ({"reassessed": "9.0"}, None),
    ],
    ids=["mark", "three", "teacher", "emptied", "filled"],
)
def test_each_changed_place_is_counted(changes: dict[str, str | None], count: int | None) -> None:
    """A place that said something else before is one; one that was empty is none."""
    found = _corrections(_changed("toan", **changes))
    assert found == (None if count is None else Corrections(count=count, subjects=("Toán",)))


def test_a_row_that_is_gone_is_one_correction() -> None:
    """A subject that should not have been there is named."""
    assert _corrections(sample_year(subjects=sample_rows()[1:])) == Corrections(
        count=1, subjects=("Ngữ văn",)
    )


def test_earlier_corrections_are_carried_on() -> None:
    """The count grows, each subject is named once and in the order of the form; 99 is the most."""
    before = sample_year(corrections=Corrections(count=2, subjects=("Tin học",)))
    assert _corrections(sample_year(), before) == before.corrections
    assert _corrections(_changed("toan", year="9.0"), before) == Corrections(
        count=3, subjects=("Toán", "Tin học")
    )
    full = sample_year(corrections=Corrections(count=99, subjects=("Toán",)))
    assert _corrections(_changed("toan", year="9.0"), full) == full.corrections


def test_the_form_of_primary_school_has_no_such_line() -> None:
    """A year of primary school is left as it is."""
    year = primary_year(awards=None)
    assert with_corrections(year, primary_transcript()) == year

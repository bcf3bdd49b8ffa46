"""The signed years as a verdict shows them, to compare with a paper: from a file's data and from claims alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schemas.claimed_years import (
    AnyClaimedYear,
    ClaimedOldPrimaryYear,
    ClaimedOldYear,
    ClaimedPrimaryYear,
    ClaimedYear,
    claimed_year,
)
from schemas.transcript.model import Year
from schemas.transcript.subjects import SUBJECTS
from schemas.transcript.traits import TRAITS, TRAITS_TT22_2016, Trait, TraitGroup
from schemas.verdict import ComparedSubject, ComparedYear

_TIMES = ("học kì I", "học kì II", "cả năm", "sau đánh giá lại")
GROUPS = {
    TraitGroup.QUALITY: "Phẩm chất",
    TraitGroup.GENERAL: "Năng lực chung",
    TraitGroup.SPECIFIC: "Năng lực đặc thù",
    TraitGroup.COMPETENCE: "Năng lực",
}


def compared_year(year: Year) -> ComparedYear:
    """Return a year of a transcript, each subject by the title that is printed."""
    titles = [row.title or SUBJECTS[row.subject].name for row in year.subjects]
    return _compared(claimed_year(year), titles)


def compared_claims(year: AnyClaimedYear) -> ComparedYear:
    """Return a year of the claims."""
    return _compared(year, [SUBJECTS[row.subject].name for row in year.subjects])


def _compared(year: AnyClaimedYear, titles: Sequence[str]) -> ComparedYear:
    results = {name: str(value) for name, value in _results(year) if value is not None}
    return ComparedYear(
        school_year=f"{year.first_year}-{year.first_year + 1}",
        grade=year.grade,
        subjects=tuple(_rows(year, titles)),
        results=results,
    )


def _rows(year: AnyClaimedYear, titles: Sequence[str]) -> Iterator[ComparedSubject]:
    if isinstance(year, ClaimedPrimaryYear | ClaimedOldPrimaryYear):
        for title, primary in zip(titles, year.subjects, strict=True):
            yield ComparedSubject(
                subject=title,
                level="M" if primary.exempt else primary.level,
                test=None if primary.test is None else str(primary.test),
            )
        return
    for title, row in zip(titles, year.subjects, strict=True):
        first, second, whole, after = row.marks
        yield ComparedSubject(subject=title, semester1=first, semester2=second, year=whole, reassessed=after)


def _results(year: AnyClaimedYear) -> Iterator[tuple[str, str | None]]:
    match year:
        case ClaimedPrimaryYear():
            yield from _traits(TRAITS, year.traits)
            yield "Đánh giá kết quả giáo dục", year.result
            yield from _primary_ends(year)
        case ClaimedOldPrimaryYear():
            yield from _traits(TRAITS_TT22_2016, year.traits)
            yield from _primary_ends(year)
        case ClaimedOldYear():
            yield from _timed("Điểm trung bình các môn", year.averages)
            yield from _timed("Học lực", year.learning)
            yield from _timed("Hạnh kiểm", year.conduct)
            yield "Danh hiệu", year.honour
            yield "Kết luận", year.promotion
            yield "Số buổi nghỉ học", str(year.absences)
        case ClaimedYear():
            yield from _timed("Kết quả học tập", year.learning)
            yield from _timed("Kết quả rèn luyện", year.conduct)
            yield "Kết luận", year.promotion
            yield "Số buổi nghỉ học", str(year.absences)


def _traits(order: Sequence[Trait], levels: Sequence[str | None]) -> Iterator[tuple[str, str | None]]:
    return ((f"{GROUPS[one.group]}: {one.name}", level) for one, level in zip(order, levels, strict=True))


def _primary_ends(year: ClaimedPrimaryYear | ClaimedOldPrimaryYear) -> Iterator[tuple[str, str | None]]:
    yield "Kết luận", year.completion
    yield "Số buổi nghỉ có phép", str(year.absences_excused)
    yield "Số buổi nghỉ không phép", str(year.absences_unexcused)


def _timed(name: str, values: Sequence[str | None]) -> Iterator[tuple[str, str | None]]:
    return ((f"{name}, {time}", value) for time, value in zip(_TIMES, values, strict=True))

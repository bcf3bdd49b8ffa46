"""Compares a year of primary school, as recorded, with what TT 27/2020 gives."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.transcript.model import YearTT27
from schemas.transcript.reasons import listed
from schemas.transcript.rulesets.tt27_2020 import (
    Award,
    SubjectLevel,
    TraitLevel,
    explain_award,
    explain_completion,
    explain_result,
)
from schemas.transcript.subjects import CURRICULUM, SUBJECTS
from schemas.transcript.traits import TRAITS
from service.comparing.findings import Differing, Finding, compared
from service.comparing.titles import recorded_title
from service.errors import ServiceError

INSTRUMENT = "Thông tư 27/2020"
_RESULT = Differing(
    "year-result-differs",
    "Đánh giá kết quả giáo dục khác quy tắc",
    "The result of the year differs from the rule",
)
_COMPLETION = Differing(
    "completion-differs",
    "Hoàn thành chương trình khác quy tắc",
    "Whether the programme is completed differs from the rule",
)
_AWARD = Differing("title-differs", "Danh hiệu khác quy tắc", "The title differs from the rule")


def compare_primary(year: YearTT27) -> Iterator[Finding]:
    """Yield everything in which a year differs from the rules, and everything that they leave to a person."""
    yield from _check_curriculum(year)
    outcome = explain_result(_subjects(year), _traits(year))
    if year.result is None:
        return
    found = compared("result", year.result, outcome, INSTRUMENT, _RESULT)
    if found:
        yield found
    # What follows from a result follows from the recorded one: each difference is told once.
    yield from _check_completion(year)
    yield from _check_award(year)


def _check_curriculum(year: YearTT27) -> Iterator[Finding]:
    codes = {row.subject for row in year.subjects}
    missing = sorted(
        one.name for one in CURRICULUM.taught(year.grade) if one.compulsory and one.code not in codes
    )
    if missing:
        shown = listed(missing)
        fault = ServiceError(
            "subject-missing",
            f"Thiếu môn bắt buộc của lớp {year.grade}: {shown.vi}; hãy bổ sung, hoặc giữ nếu có lí do.",
            f"Compulsory subjects of grade {year.grade} are missing: {shown.en}; add them, or keep it for a reason.",
        )
        yield Finding(None, "subjects", fault, recorded=str(len(codes)))


def _check_completion(year: YearTT27) -> Iterator[Finding]:
    if year.result is None or year.completion is None:
        return
    outcome = explain_completion(year.result, year.grade)
    found = compared("completion", year.completion, outcome, INSTRUMENT, _COMPLETION)
    if found:
        yield found


def _check_award(year: YearTT27) -> Iterator[Finding]:
    if year.result is None:
        return
    outcome = explain_award(year.result)
    recorded = recorded_title(year.awards, outcome.value, Award)
    if outcome.is_open and recorded == outcome.value:
        # The class has recognised it, or the school would not have written it.
        return
    found = compared("awards", recorded, outcome, INSTRUMENT, _AWARD)
    if found:
        yield found


def _subjects(year: YearTT27) -> list[SubjectLevel]:
    rows = []
    for row in year.subjects:
        taught = CURRICULUM.find(row.subject, year.grade)
        if not row.exempt:
            name = row.title or SUBJECTS[row.subject].name
            is_tested = taught is not None and year.grade in taught.tested
            rows.append(SubjectLevel(name, row.level, row.test, is_tested))
    return rows


def _traits(year: YearTT27) -> list[TraitLevel]:
    levels = {one.trait: one.level for group in year.traits.values() for one in group.results}
    return [TraitLevel(trait.name, levels.get(trait.code)) for trait in TRAITS if year.grade in trait.grades]

"""A student's year of primary school put together from its rows; under TT 27/2020 compared with the rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from schemas.transcript.model import (
    Learner,
    PrimaryResult,
    PrimaryYear,
    TraitResult,
    Traits,
    YearTT22Of2016,
    YearTT27,
)
from schemas.transcript.rulesets import Ruleset
from schemas.transcript.rulesets.tt27_2020 import Achievement, Completion, Growth, YearResult
from schemas.transcript.traits import Trait
from service.comparing.primary import compare_primary
from service.errors import ServiceError
from service.importing import values
from service.importing.complaints import Complaints
from service.importing.primary_shape import (
    GROUP_MEMBERS,
    PRIMARY_SUBJECT_COLUMNS,
    trait_key,
    traits_of,
)
from service.importing.tables import Fields, Row
from service.importing.values import CellValue
from service.importing.years import ClassFacts

_ACHIEVEMENTS: Final = {
    "hoàn thành tốt": Achievement.GOOD,
    "hoàn thành": Achievement.DONE,
    "chưa hoàn thành": Achievement.NOT_DONE,
}
_GROWTHS: Final = {"tốt": Growth.GOOD, "đạt": Growth.PASS, "cần cố gắng": Growth.TRY_HARDER}
_YEARS: Final[Mapping[Ruleset, type[PrimaryYear]]] = {
    Ruleset.TT27_2020: YearTT27,
    Ruleset.TT22_2016: YearTT22Of2016,
}
_EXEMPT: Final = frozenset({"m", "miễn"})


def read_primary_subject(
    row: Row, subject: str, title: str | None, complaints: Complaints
) -> PrimaryResult | None:
    """Return the result of a row of a subject's sheet, or None after a complaint."""
    fields = Fields(row, PRIMARY_SUBJECT_COLUMNS, complaints)
    level = fields.read("level", primary_level)
    test = fields.read("test", primary_test)
    remark = fields.read("remark", values.remark)
    if level == "M" and test is not None:
        fields.refuse("test", _exempt_tested())
    if fields.failed:
        return None
    return PrimaryResult.model_validate(
        {"subject": subject, "title": title, "test": test, "remark": remark}
        | ({"exempt": True} if level == "M" else {"level": level})
    )


def read_primary_year(
    found: ClassFacts,
    learner: Learner | None,
    row: Row,
    subjects: Mapping[str, tuple[PrimaryResult, Row]],
    complaints: Complaints,
) -> PrimaryYear | None:
    """Return one student's year, or None after a complaint; one under TT 27/2020 is compared with the rules."""
    fields = Fields(row, found.shape.results, complaints)
    ruleset = found.shape.ruleset
    year: dict[str, Any] = {
        "absences_excused": fields.read("absences_excused", values.whole_number),
        "absences_unexcused": fields.read("absences_unexcused", values.whole_number),
        "height_cm": fields.read("height_cm", _measure),
        "weight_kg": fields.read("weight_kg", _measure),
        "completion": fields.read(
            "completion", values.one_of({each.casefold(): each for each in Completion})
        ),
        "awards": fields.read("awards", values.remark),
        "entered_on": fields.read("entered_on", values.date),
    }
    if year["completion"] is Completion.PRIMARY and found.grade != 5:
        fields.refuse("completion", _completion_of_grade())
    if ruleset is Ruleset.TT27_2020:
        year["result"] = fields.read("result", values.one_of({each.casefold(): each for each in YearResult}))
    groups = traits_of(found.grade, ruleset)
    year |= {
        GROUP_MEMBERS[group]: _traits(fields, GROUP_MEMBERS[group], assessed)
        for group, assessed in groups.items()
    }
    if fields.failed or complaints.has_errors or learner is None:
        return None
    whole = _YEARS[ruleset].model_validate(
        found.year
        | year
        | {
            "ruleset": ruleset,
            "school": found.school.in_year(found.year["school_year"]),
            "register_number": learner.register_number,
            "subjects": tuple(result for result, _ in subjects.values()),
        }
    )
    for finding in compare_primary(whole) if isinstance(whole, YearTT27) else ():
        place = (subjects[finding.subject][1] if finding.subject else row).place(finding.column)
        complaints.add(place, finding.fault, finding.severity)
    return whole


def _traits(fields: Fields, member: str, assessed: Sequence[Trait]) -> Traits:
    growth = values.one_of({each.casefold(): each for each in Growth} | _GROWTHS)
    levels = {trait.code: fields.read(trait_key(trait.code), growth) for trait in assessed}
    return Traits(
        results=tuple(TraitResult(trait=code, level=level) for code, level in levels.items() if level),
        remark=fields.read(f"{member}_remark", values.remark),
    )


def primary_level(value: CellValue) -> str:
    """Return mức đạt được, or "M" for who is exempt.

    Raises:
        ServiceError: `word-unknown`, or what `values.text` raises.
    """
    if values.text(value).casefold() in _EXEMPT:
        return "M"
    return values.one_of({each.casefold(): each for each in Achievement} | _ACHIEVEMENTS)(value)


def primary_test(value: CellValue) -> int:
    """Return the mark of a periodic test.

    Raises:
        ServiceError: `test-invalid`.
    """
    written = values.shown(value).strip()
    if not written.isdecimal() or not 1 <= int(written[:3]) <= 10:
        raise ServiceError(
            "test-invalid",
            "Điểm kiểm tra định kì là số nguyên từ 1 đến 10, không có điểm 0 và điểm thập phân; hãy sửa ô này.",
            "A periodic test has a whole number from 1 to 10, neither 0 nor decimals; correct this cell.",
        )
    return int(written)


def _measure(value: CellValue) -> str:
    written = values.shown(value).strip().replace(",", ".").removesuffix(".0")
    whole, point, tenth = written.partition(".")
    is_measure = whole.isdecimal() and len(whole) <= 3 and whole.isascii() and whole[0] != "0"
    if not is_measure or (point and not (tenth.isdecimal() and len(tenth) == 1)):
        raise ServiceError(
            "measure-invalid",
            "Chiều cao (cm) và cân nặng (kg) là số dương có nhiều nhất một chữ số thập phân, ví dụ 27,5.",
            "Height (cm) and weight (kg) are positive numbers with at most one decimal, such as 27.5.",
        )
    return written


def _exempt_tested() -> ServiceError:
    return ServiceError(
        "exempt-assessed",
        "Học sinh được miễn môn này thì không có điểm; hãy xoá điểm hoặc sửa mức đạt được.",
        "Who is exempt has no test; delete the mark or correct the level.",
    )


def _completion_of_grade() -> ServiceError:
    return ServiceError(
        "completion-of-grade",
        "Chỉ lớp 5 hoàn thành chương trình tiểu học; hãy sửa ô này.",
        "Only grade 5 completes primary school; correct this cell.",
    )

"""Compares a recorded year with what TT 22/2021 computes from it, and says where they differ.

The school's word stands: a difference is a warning that names the computed value, for a plan of one's
own is allowed. Only what no rule could give is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from schemas.transcript.model import Levels, Promotion, SubjectResult
from schemas.transcript.rulesets.tt22_2021 import (
    Level,
    conduct_of_year,
    is_promoted,
    learning_level,
    to_decimals,
    year_average,
)
from schemas.transcript.subjects import SUBJECTS, AssessmentKind
from service.errors import ServiceError
from service.importing.complaints import Severity


@dataclass(frozen=True, slots=True)
class Finding:
    """A difference, at a column of the row of one subject, or of the year's results where `subject` is None."""

    subject: str | None
    column: str
    fault: ServiceError
    severity: Severity = "warning"


def check_subject(result: SubjectResult) -> Iterator[Finding]:
    """Compare the year's mark with the semesters."""
    marks = (result.semester1, result.semester2, result.year)
    if None in marks or "M" in marks:
        return
    semester1, semester2, year = (mark or "" for mark in marks)
    if SUBJECTS[result.subject].kind is AssessmentKind.COMMENT:
        if year != semester2:
            yield Finding(result.subject, "year", _differs("year-mark-differs", year, semester2))
        return
    lowest, highest = sorted((Decimal(semester1), Decimal(semester2)))
    computed = year_average(Decimal(semester1), Decimal(semester2))
    if not lowest <= Decimal(year) <= highest:
        fault = ServiceError(
            "year-mark-impossible",
            f"Điểm cả năm {_comma(year)} không nằm giữa hai học kì; theo quy tắc là {_comma(str(computed))}. Hãy sửa.",
            f"The year's mark {year} is not between the two semesters; the rule gives {computed}. Correct it.",
        )
        yield Finding(result.subject, "year", fault, "error")
    elif Decimal(year) != computed:
        yield Finding(
            result.subject, "year", _differs("year-mark-differs", _comma(year), _comma(str(computed)))
        )


def check_learning(subjects: Iterable[SubjectResult], recorded: Levels) -> Iterator[Finding]:
    """Compare the levels of learning with the marks."""
    rows = tuple(subjects)
    columns = {
        "learning1": (recorded.semester1, [row.semester1 for row in rows]),
        "learning2": (recorded.semester2, [row.semester2 for row in rows]),
        "learning_year": (recorded.year, [row.year for row in rows]),
        "learning_after": (recorded.after, [row.reassessed or row.year for row in rows]),
    }
    for column, (level, found) in columns.items():
        marks = [mark for mark in found if mark is not None]
        computed = learning_level(to_decimals(marks), marks.count("CĐ"))
        if level is not None and level is not computed:
            yield Finding(None, column, _differs("learning-level-differs", level, computed))
    if recorded.after is None and any(row.reassessed for row in rows):
        fault = ServiceError(
            "level-after-missing",
            "Có môn được đánh giá lại nhưng chưa ghi mức học tập sau đánh giá lại; hãy xem lại.",
            "A subject was re-assessed but the level of learning afterwards is not recorded; check it.",
        )
        yield Finding(None, "learning_after", fault)


def check_conduct(recorded: Levels) -> Iterator[Finding]:
    """Compare the year's conduct with the semesters."""
    if recorded.semester1 and recorded.semester2 and recorded.year:
        computed = conduct_of_year(recorded.semester1, recorded.semester2)
        if recorded.year is not computed:
            yield Finding(None, "conduct_year", _differs("conduct-level-differs", recorded.year, computed))


def check_promotion(
    recorded: Mapping[str, Levels], absences: int, promotion: Promotion, grade: int
) -> Iterator[Finding]:
    """Compare the result of the year with conduct, learning and absences."""
    conduct, learning = recorded["conduct"], recorded["learning"]
    completed = promotion is Promotion.COMPLETED
    if completed and grade not in (9, 12):
        fault = ServiceError(
            "promotion-impossible",
            f"Lớp {grade} không phải lớp cuối cấp nên không thể hoàn thành chương trình cấp học; hãy sửa.",
            f"Grade {grade} is not the last of its level, so the level cannot be completed; correct it.",
        )
        yield Finding(None, "promotion", fault, "error")
        return
    passes = is_promoted(_last(conduct), _last(learning), absences)
    again = conduct.after is not None or learning.after is not None
    computed = Promotion.NOT_PROMOTED
    if passes:
        computed = Promotion.PROMOTED_AFTER if again else Promotion.PROMOTED
    if promotion is not computed and not (completed and passes):
        yield Finding(None, "promotion", _differs("promotion-differs", promotion, computed))


def _last(levels: Levels) -> Level:
    return levels.after or levels.year or Level.FAIL


def _comma(mark: str) -> str:
    return mark.replace(".", ",")


def _differs(code: str, recorded: str, computed: str) -> ServiceError:
    return ServiceError(
        code,
        f"Ghi “{recorded}” nhưng theo Thông tư 22/2021 là “{computed}”; hãy xem lại, hoặc giữ nếu có lí do.",
        f"Recorded “{recorded}”, but TT 22/2021 gives “{computed}”; check it, or keep it for a reason.",
    )

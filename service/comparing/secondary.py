"""Compares a year of secondary school, as recorded, with what TT 22/2021 gives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from schemas.errors import Text
from schemas.transcript.model import Levels, Promotion, SubjectResult, YearTT22
from schemas.transcript.reasons import Reason, comma, listed
from schemas.transcript.rulesets.tt22_2021 import (
    RULES,
    Level,
    Title,
    comment_of_year,
    learning_level,
    regular_marks,
    semester_average,
    to_decimals,
    year_average,
)
from schemas.transcript.rulesets.tt22_levels import (
    SubjectMark,
    explain_comment_year,
    explain_conduct,
    explain_learning,
    explain_semester,
    explain_year,
)
from schemas.transcript.rulesets.tt22_year import LAST_GRADES, YearEnd, explain_promotion, explain_title
from schemas.transcript.subjects import CURRICULUM, SUBJECTS, AssessmentKind, Choice
from service.comparing.findings import Differing, Finding, compared, differs
from service.comparing.titles import recorded_title
from service.errors import ServiceError

INSTRUMENT = "Thông tư 22/2021"
_CURRICULUM = "Chương trình GDPT 2018"
_YEAR_MARK = Differing(
    "year-mark-differs", "Kết quả cả năm của môn khác quy tắc", "The subject's year differs from the rule"
)
_SEMESTER_MARK = Differing(
    "semester-mark-differs",
    "Điểm học kì khác với điểm tính từ các điểm trong học kì",
    "The semester's mark is not the one that the marks within it give",
)
_LEARNING = Differing(
    "learning-level-differs", "Mức học tập khác quy tắc", "The level of learning differs from the rule"
)
_CONDUCT = Differing(
    "conduct-level-differs", "Mức rèn luyện cả năm khác quy tắc", "The year's conduct differs from the rule"
)
_PROMOTION = Differing(
    "promotion-differs", "Kết quả cuối năm khác quy tắc", "The result of the year differs from the rule"
)
_TITLE = Differing("title-differs", "Danh hiệu khác quy tắc", "The title differs from the rule")
_GROUP = Differing(
    "subjects-of-group",
    "Số môn lựa chọn khác quy định",
    "The number of chosen subjects is not the one laid down",
)


def compare_secondary(year: YearTT22) -> Iterator[Finding]:
    """Yield everything in which a year differs from the rules, and everything that they leave to a person."""
    yield from check_curriculum(year.subjects, year.grade)
    for row in year.subjects:
        yield from check_subject(row)
    yield from check_learning(year.subjects, year.learning)
    yield from check_conduct(year.conduct)
    if year.promotion is not None:
        recorded = {"conduct": year.conduct, "learning": year.learning}
        yield from check_promotion(recorded, year.absences, year.promotion, year.grade)
    yield from check_title(year.subjects, year.conduct, year.learning, year.awards)


def check_curriculum(subjects: Iterable[SubjectResult], grade: int) -> Iterator[Finding]:
    """Compare the subjects with what everybody in the grade has, and with how many of the group one chooses."""
    codes = {row.subject for row in subjects}
    taught = CURRICULUM.taught(grade)
    missing = sorted(one.name for one in taught if one.compulsory and one.code not in codes)
    if missing:
        shown = listed(missing)
        fault = ServiceError(
            "subject-missing",
            f"Thiếu môn bắt buộc của lớp {grade}: {shown.vi}; hãy bổ sung, hoặc giữ nếu có lí do.",
            f"Compulsory subjects of grade {grade} are missing: {shown.en}; add them, or keep it for a reason.",
        )
        yield Finding(None, "subjects", fault, recorded=str(len(codes)))
    wanted = CURRICULUM.chosen_of_group.get(grade, 0)
    chosen = [one.name for one in taught if one.choice is Choice.OF_GROUP and one.code in codes]
    if len(chosen) != wanted:
        reason = Reason(
            "subjects-of-group",
            _CURRICULUM,
            Text(
                f"lớp {grade} chọn {wanted} môn lựa chọn",
                f"grade {grade} chooses {wanted} subjects of the group",
            ),
        )
        fault = differs(_GROUP, str(len(chosen)), str(wanted), _CURRICULUM, (reason,))
        yield Finding(
            None, "subjects", fault, recorded=str(len(chosen)), computed=str(wanted), reasons=(reason,)
        )


@dataclass(frozen=True, slots=True)
class SemesterMarks:
    """The marks of a subject within a semester, 1 or 2, and the semester's mark as recorded."""

    subject: str
    semester: int
    recorded: Decimal
    regular: tuple[Decimal, ...]
    midterm: Decimal
    final: Decimal


def check_semester(marks: SemesterMarks, grade: int) -> Iterator[Finding]:
    """Compare a semester's mark with the marks within it, and their number with the periods of the subject."""
    column = f"semester{marks.semester}"
    taught = CURRICULUM.find(marks.subject, grade)
    needed = regular_marks(taught.periods[grade]) if taught else 0
    count = len(marks.regular)
    if count < needed:
        fault = ServiceError(
            "regular-marks-missing",
            f"Học kì này có {count} điểm thường xuyên, quy định cần {needed}; hãy bổ sung nếu còn thiếu.",
            f"This semester has {count} regular marks where {needed} are laid down; add what is missing.",
        )
        yield Finding(marks.subject, column, fault, recorded=str(count), computed=str(needed))
    if marks.recorded == semester_average(marks.regular, marks.midterm, marks.final):
        return
    outcome = explain_semester(marks.regular, marks.midterm, marks.final)
    recorded, computed = str(marks.recorded), str(outcome.value)
    fault = differs(_SEMESTER_MARK, comma(recorded), comma(computed), INSTRUMENT, outcome.reasons)
    yield Finding(marks.subject, column, fault, recorded=recorded, computed=computed, reasons=outcome.reasons)


def check_subject(result: SubjectResult) -> Iterator[Finding]:
    """Compare the year's mark with the semesters."""
    semester1, semester2, year = result.semester1, result.semester2, result.year
    if semester1 is None or semester2 is None or year is None or "M" in (semester1, semester2, year):
        return
    if SUBJECTS[result.subject].kind is AssessmentKind.COMMENT:
        if year != comment_of_year(semester1, semester2):
            of_comments = explain_comment_year(semester1, semester2)
            yield _year_differs(result.subject, year, of_comments.value, of_comments.reasons)
        return
    lowest, highest = sorted((Decimal(semester1), Decimal(semester2)))
    if Decimal(year) == year_average(Decimal(semester1), Decimal(semester2)):
        return
    computed = explain_year(Decimal(semester1), Decimal(semester2))
    if not lowest <= Decimal(year) <= highest:
        fault = ServiceError(
            "year-mark-impossible",
            f"Điểm cả năm {comma(year)} không nằm giữa hai học kì; theo quy tắc là {comma(computed.value)}. Hãy sửa.",
            f"The year's mark {year} is not between the two semesters; the rule gives {computed.value}. Correct it.",
        )
        yield Finding(
            result.subject, "year", fault, "error", year, str(computed.value), reasons=computed.reasons
        )
    else:
        yield _year_differs(result.subject, year, str(computed.value), computed.reasons)


def check_learning(subjects: Iterable[SubjectResult], recorded: Levels) -> Iterator[Finding]:
    """Compare the levels of learning with the marks."""
    rows = tuple(subjects)
    columns = {
        "learning1": (recorded.semester1, [_mark(row, row.semester1) for row in rows]),
        "learning2": (recorded.semester2, [_mark(row, row.semester2) for row in rows]),
        "learning_year": (recorded.year, [_mark(row, row.year) for row in rows]),
        "learning_after": (recorded.after, [_mark(row, row.reassessed or row.year) for row in rows]),
    }
    for column, (level, marks) in columns.items():
        if level is not None and not _gives(level, marks):
            found = compared(column, level, explain_learning(marks), INSTRUMENT, _LEARNING)
            if found:
                yield found
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
        computed = explain_conduct(recorded.semester1, recorded.semester2)
        found = compared("conduct_year", recorded.year, computed, INSTRUMENT, _CONDUCT)
        if found:
            yield found


def check_promotion(
    recorded: Mapping[str, Levels], absences: int, promotion: Promotion, grade: int
) -> Iterator[Finding]:
    """Compare the result of the year with conduct, learning and absences."""
    conduct, learning = recorded["conduct"], recorded["learning"]
    if promotion is Promotion.COMPLETED and grade not in LAST_GRADES:
        fault = ServiceError(
            "promotion-impossible",
            f"Lớp {grade} không phải lớp cuối cấp nên không thể hoàn thành chương trình cấp học; hãy sửa.",
            f"Grade {grade} is not the last of its level, so the level cannot be completed; correct it.",
        )
        yield Finding(None, "promotion", fault, "error", recorded=str(promotion))
        return
    end = YearEnd(
        conduct.year or Level.FAIL,
        learning.year or Level.FAIL,
        conduct.after,
        learning.after,
        absences,
        grade,
    )
    outcome = explain_promotion(end)
    # In the last grade the form has a line for moving up and one for completing the level: both say that one passes.
    passing = {Promotion.PROMOTED_AFTER if end.again else Promotion.PROMOTED, outcome.value}
    if outcome.value is Promotion.COMPLETED and promotion in passing and not outcome.is_open:
        return
    found = compared("promotion", promotion, outcome, INSTRUMENT, _PROMOTION)
    if found:
        yield found


def check_title(
    subjects: Iterable[SubjectResult], conduct: Levels, learning: Levels, awards: str | None
) -> Iterator[Finding]:
    """Compare the title among the awards with the one that the year earns; other awards are the school's."""
    if conduct.year is None or learning.year is None:
        return
    outcome = explain_title(conduct.year, learning.year, [_mark(row, row.year) for row in subjects])
    recorded = recorded_title(awards, outcome.value, Title)
    found = compared("awards", recorded, outcome, INSTRUMENT, _TITLE)
    if found:
        yield found


def _gives(level: Level, subjects: Iterable[SubjectMark]) -> bool:
    """Whether marks give a level and leave nothing open; why, is asked only where they do not."""
    marks = [subject.mark for subject in subjects if subject.mark != "M"]
    written = [mark for mark in marks if mark is not None]
    scored = to_decimals(written)
    is_open = len(written) < len(marks) or len(scored) < RULES.fewest_scored
    return not is_open and learning_level(scored, written.count("CĐ")) is level


def _mark(row: SubjectResult, mark: str | None) -> SubjectMark:
    # Who is exempt for the whole year has no semester marks.
    exempt = mark is None and row.year == "M"
    return SubjectMark(row.title or SUBJECTS[row.subject].name, "M" if exempt else mark)


def _year_differs(subject: str, year: str, computed: str, reasons: tuple[Reason, ...]) -> Finding:
    fault = differs(_YEAR_MARK, comma(year), comma(computed), INSTRUMENT, reasons)
    return Finding(subject, "year", fault, recorded=year, computed=computed, reasons=reasons)

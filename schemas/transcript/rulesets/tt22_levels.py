"""TT 22/2021/TT-BGDĐT explained: averages, level of learning, conduct of the year, each with its reasons.

What these give is what `tt22_2021` computes; a test says so. The order in which subjects come never matters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from schemas.errors import Text
from schemas.transcript.reasons import Outcome, Reason, comma, listed, plain
from schemas.transcript.rulesets.tt22_2021 import (
    ORDER,
    PERFECT,
    RULES,
    Level,
    Limits,
    can_be_adjusted,
    comment_of_year,
    conduct_of_year,
    is_adjusted,
    level_reached,
    semester_average,
    year_average,
)

_SEMESTER: Final = "TT 22/2021, Điều 9, khoản 1"
_LEVEL: Final = "TT 22/2021, Điều 9, khoản 2"
_ADJUSTMENT: Final = "TT 22/2021, Điều 9, khoản 3"
_CONDUCT: Final = "TT 22/2021, Điều 8, khoản 2"


@dataclass(frozen=True, slots=True)
class SubjectMark:
    """A subject by its printed name and its mark: "8.0", "Đ", "CĐ", "M", or None where there is none."""

    name: str
    mark: str | None


def explain_semester(regular: Sequence[Decimal], midterm: Decimal, final: Decimal) -> Outcome[Decimal]:
    """Return ĐTBmhk with its sum."""
    value = semester_average(regular, midterm, final)
    parts = [plain(mark) for mark in regular] + [f"2 × {plain(midterm)}", f"3 × {plain(final)}"]
    return Outcome(value, (_sum("semester-average", parts, len(regular) + 5, value),))


def explain_year(semester1: Decimal, semester2: Decimal) -> Outcome[Decimal]:
    """Return ĐTBmcn with its sum."""
    value = year_average(semester1, semester2)
    # As they stand on the transcript, with their decimal.
    parts = [f"{semester1:.1f}", f"2 × {semester2:.1f}"]
    return Outcome(value, (_sum("year-average", parts, 3, value),))


def explain_comment_year(semester1: str, semester2: str) -> Outcome[str]:
    """Return the year's result of a subject assessed by comment, which is semester II's."""
    value = comment_of_year(semester1, semester2)
    text = Text(f"Cả năm {value} theo học kì II.", f"The year is {value}, as semester II.")
    return Outcome(value, (Reason("comment-of-year", _SEMESTER, text, (("year", value),)),))


def explain_conduct(semester1: Level, semester2: Level) -> Outcome[Level]:
    """Return kết quả rèn luyện cả năm with the semesters that it follows from."""
    value = conduct_of_year(semester1, semester2)
    text = Text(
        f"{value}: học kì I {semester1}, học kì II {semester2}",
        f"{value}: semester I {semester1}, semester II {semester2}",
    )
    figures = (("semester1", semester1.value), ("semester2", semester2.value))
    return Outcome(value, (Reason("conduct-of-year", _CONDUCT, text, figures),))


def explain_learning(subjects: Sequence[SubjectMark]) -> Outcome[Level | None]:
    """Return kết quả học tập of a semester or a year: why this level, and what keeps it from the next one.

    Open where a mark is missing, or where so few subjects have marks that no level but Chưa đạt could be reached.
    """
    rows = sorted((row for row in subjects if row.mark != "M"), key=lambda row: (row.name, row.mark or ""))
    missing = [row.name for row in rows if row.mark is None]
    if missing:
        return Outcome(None, (_marks_missing(missing),), is_open=True)
    scored = _Scored(
        tuple((row.name, Decimal(row.mark)) for row in rows if row.mark and row.mark[0].isdigit()),
        tuple(row.name for row in rows if row.mark == "CĐ"),
    )
    reached = scored.level
    least = RULES.fewest_scored
    if len(scored.marks) < least:
        return Outcome(reached, (_too_few_scored(len(scored.marks), least),), is_open=True)
    if can_be_adjusted(reached):
        name, spoilt = scored.spoiler()
        if is_adjusted(reached, spoilt):
            raised = ORDER[ORDER.index(reached) - 1]
            adjustment = _adjustment(raised, reached, spoilt, name)
            return Outcome(raised, (adjustment, *_table_reasons(scored, reached)))
    return Outcome(reached, tuple(_table_reasons(scored, reached)))


@dataclass(frozen=True, slots=True)
class _Scored:
    """The scored subjects with their marks, and the comment subjects assessed Chưa đạt; both in order of name."""

    marks: tuple[tuple[str, Decimal], ...]
    failed: tuple[str, ...]

    @property
    def level(self) -> Level:
        return level_reached([mark for _, mark in self.marks], len(self.failed))

    def spoiler(self) -> tuple[str, Level]:
        """Return the one subject without which the level would be best, the weakest first, and that level."""
        weakest = sorted(self.marks, key=lambda row: (row[1], row[0]))
        found = [(name, self._without(name)) for name, _ in weakest]
        if self.failed and RULES.comment_is_adjusted:
            found += [(name, _Scored(self.marks, self.failed[1:]).level) for name in self.failed]
        return min(found, key=lambda each: ORDER.index(each[1]))

    def _without(self, spoiler: str) -> Level:
        marks = tuple((name, PERFECT if name == spoiler else mark) for name, mark in self.marks)
        return _Scored(marks, self.failed).level


def _table_reasons(scored: _Scored, reached: Level) -> Iterator[Reason]:
    if reached is not Level.FAIL:
        yield _reached(scored, reached, RULES.learning[reached])
    if reached is not Level.GOOD:
        better = ORDER[ORDER.index(reached) - 1]
        yield _short_of(scored, reached, better, RULES.learning[better])


def _reached(scored: _Scored, level: Level, limits: Limits) -> Reason:
    count = sum(mark >= limits.enough for _, mark in scored.marks)
    failed = len(scored.failed)
    vi = f"{level}: {count} môn ≥ {comma(limits.enough)}, không môn nào < {comma(limits.floor)}"
    en = f"{level}: {count} subjects ≥ {limits.enough}, none < {limits.floor}"
    if failed:
        vi += f", {failed} môn nhận xét Chưa đạt"
        en += f", {failed} comment subject Chưa đạt"
    figures = (("enough", str(count)), ("comments_failed", str(failed)))
    return Reason("learning-reached", _LEVEL, Text(vi, en), figures)


def _short_of(scored: _Scored, reached: Level, better: Level, limits: Limits) -> Reason:
    parts: list[Text] = []
    count = sum(mark >= limits.enough for _, mark in scored.marks)
    if count < limits.count:
        parts.append(
            Text(
                f"chỉ {count} môn ≥ {comma(limits.enough)} (cần {limits.count})",
                f"only {count} subjects ≥ {limits.enough} ({limits.count} needed)",
            )
        )
    below = [f"{name} {plain(mark)}" for name, mark in scored.marks if mark < limits.floor]
    if below:
        names = listed(below)
        parts.append(Text(f"{comma(names.vi)} < {comma(limits.floor)}", f"{names.en} < {limits.floor}"))
    if len(scored.failed) > limits.comments_failed:
        names = listed(scored.failed)
        parts.append(Text(f"môn nhận xét Chưa đạt: {names.vi}", f"comment subjects Chưa đạt: {names.en}"))
    start = Text(f"Chưa tới mức {better}", f"Not {better}")
    if reached is Level.FAIL:
        start = Text(str(Level.FAIL), str(Level.FAIL))
    text = Text(
        f"{start.vi}: " + "; ".join(part.vi for part in parts),
        f"{start.en}: " + "; ".join(part.en for part in parts),
    )
    figures = (
        ("enough", str(count)),
        ("below", str(len(below))),
        ("comments_failed", str(len(scored.failed))),
    )
    return Reason("learning-short-of", _LEVEL, text, figures)


def _adjustment(raised: Level, reached: Level, spoilt: Level, name: str) -> Reason:
    text = Text(
        f"{raised}: điều chỉnh từ {reached} lên mức liền kề, vì chỉ do môn {name} mà thấp hơn mức {spoilt} từ hai mức",
        f"{raised}: raised from {reached} by one, since {name} alone keeps it two levels or more below {spoilt}",
    )
    return Reason(
        "one-subject-adjustment", _ADJUSTMENT, text, (("subject", name), ("reached", reached.value))
    )


def _marks_missing(names: Sequence[str]) -> Reason:
    shown = listed(names)
    text = Text(
        f"Chưa xếp mức được: thiếu điểm {shown.vi}. Hãy điền điểm, hoặc ghi M nếu học sinh được miễn.",
        f"No level yet: there is no mark in {shown.en}. Fill it in, or write M for who is exempt.",
    )
    return Reason("marks-missing", _LEVEL, text, (("missing", str(len(names))),))


def _too_few_scored(count: int, least: int) -> Reason:
    text = Text(
        f"Chỉ có {count} môn có điểm, quy tắc cần {least} môn: hiệu trưởng quyết định mức học tập.",
        f"Only {count} subjects have marks where the rules ask {least}: the principal decides the level.",
    )
    return Reason("too-few-scored", _LEVEL, text, (("scored", str(count)),))


def _sum(code: str, parts: Sequence[str], divisor: int, value: Decimal) -> Reason:
    total = f"({' + '.join(parts)}) / {divisor}"
    text = Text(f"{comma(total)} = {comma(value)}", f"{total} = {value}")
    return Reason(code, _SEMESTER, text, (("average", str(value)),))

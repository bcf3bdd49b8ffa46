"""What somebody must look at before confirming a class as a whole: missing marks, jumps, names, rules.

An exception is no error: it may stand, for a reason that is kept with the act. Only what no rule could give may not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from schemas.errors import Text
from schemas.transcript.model import PrimaryYear, SubjectResult, Year, YearTT22, YearTT27
from schemas.transcript.subjects import SUBJECTS
from service.approvals.acts import ExceptionKey, ExceptionKind
from service.comparing.years import compare_year
from service.storage.records import Decision, StudentYear

JUMP: Final = Decimal("2.0")
"""Marks between two terms from which somebody looks again: `(?)`, no instrument names one."""


@dataclass(frozen=True, slots=True)
class ClassException:
    """One exception of one student: what it is about, in words, and whether it may stand."""

    key: ExceptionKey
    subject: str | None
    """Whose rows it is in; None where it is the homeroom teacher's."""
    text: Text
    may_stand: bool = True

    @property
    def is_sensitive(self) -> bool:
        """Whether the words say what only whoever is noted may read (docs/sensitive-data.md)."""
        return self.key.place == "policy_category"

    @property
    def brief(self) -> Text:
        """The words for a refusal, which nobody notes: of what is sensitive only where to look."""
        if not self.is_sensitive:
            return self.text
        return Text(
            "đối tượng chính sách cần xem lại; hãy mở trang xác nhận của lớp.",
            "the policy category is to be looked at; open the class's page of approvals.",
        )


def exceptions_of(
    draft: StudentYear, earlier: Sequence[StudentYear], decisions: Sequence[Decision]
) -> tuple[ClassException, ...]:
    """Return the exceptions in a student's year, those of the rows first.

    Args:
        draft: the year as it stands.
        earlier: the student's years before it, the oldest first.
        decisions: what somebody has decided about differences from the rules.
    """
    return (
        *_of_rows(draft.year, earlier),
        *_of_levels(draft.year),
        *_of_names(draft, earlier),
        *_of_rules(draft, decisions),
    )


def teacher_differs(draft: StudentYear, subject: str | None, person: str) -> ClassException | None:
    """Return that a page names another teacher than the one who confirms; None where it is the same."""
    row = next((one for one in draft.year.subjects if one.subject == subject), None)
    printed = row.teacher if isinstance(row, SubjectResult) else draft.year.homeroom_teacher
    if printed.casefold() == person.casefold():
        return None
    what = SUBJECTS[subject].name if subject else "Chủ nhiệm"
    return ClassException(
        ExceptionKey(ExceptionKind.TEACHER_DIFFERS, subject or "homeroom_teacher", f"{printed} → {person}"),
        subject,
        Text(
            f"{what}: học bạ ghi giáo viên {printed}, người xác nhận là {person}.",
            f"{what}: the page names {printed}, {person} confirms.",
        ),
    )


def _of_rows(year: Year, earlier: Sequence[StudentYear]) -> Iterator[ClassException]:
    if isinstance(year, PrimaryYear):
        before = _levels_before(earlier)
        for row in year.subjects:
            name = row.title or SUBJECTS[row.subject].name
            if row.level is None and not row.exempt:
                yield _missing(row.subject, f"{row.subject}.level", name)
            elif row.level and (was := before.get(row.subject)) and {was, row.level} == {"T", "C"}:
                yield _jump(row.subject, f"{row.subject}.level", name, was, row.level)
        return
    for result in year.subjects:
        name = result.title or SUBJECTS[result.subject].name
        if result.year is None:
            yield _missing(result.subject, f"{result.subject}.year", name)
        first, second = result.semester1, result.semester2
        if _is_jump(first, second):
            yield _jump(result.subject, f"{result.subject}.semester2", name, first or "", second or "")


def _levels_before(earlier: Sequence[StudentYear]) -> dict[str, str]:
    if not earlier or not isinstance(earlier[-1].year, PrimaryYear):
        return {}
    return {row.subject: row.level for row in earlier[-1].year.subjects if row.level}


def _is_jump(first: str | None, second: str | None) -> bool:
    if first is None or second is None or not (first[0].isdigit() and second[0].isdigit()):
        return False
    return abs(Decimal(second) - Decimal(first)) >= JUMP


def _of_levels(year: Year) -> Iterator[ClassException]:
    if isinstance(year, PrimaryYear):
        # Before TT 27/2020 a year had no result.
        if isinstance(year, YearTT27) and year.result is None:
            yield _missing(None, "result", "Kết quả giáo dục")
        return
    if year.learning.year is None:
        yield _missing(None, "learning_year", "Kết quả học tập cả năm")
    if year.conduct.year is None:
        yield _missing(None, "conduct_year", "Kết quả rèn luyện cả năm")
    if isinstance(year, YearTT22) and year.promotion is None:
        yield _missing(None, "promotion", "Kết quả cuối năm")


def _of_names(draft: StudentYear, earlier: Sequence[StudentYear]) -> Iterator[ClassException]:
    if not earlier:
        return
    now, before = draft.learner, earlier[-1].learner
    for place, what, new, old in (
        ("full_name", "Họ và tên", now.full_name, before.full_name),
        ("birth_date", "Ngày sinh", f"{now.birth_date:%d/%m/%Y}", f"{before.birth_date:%d/%m/%Y}"),
    ):
        if new != old:
            yield ClassException(
                ExceptionKey(ExceptionKind.NAME_DIFFERS, place, f"{old} → {new}"),
                None,
                Text(
                    f"{what} năm trước ghi {old}, năm nay ghi {new}.",
                    f"{what}: {old} the year before, {new} now.",
                ),
            )


def _of_rules(draft: StudentYear, decisions: Sequence[Decision]) -> Iterator[ClassException]:
    decided = {one.subject for one in decisions}
    for finding in compare_year(draft.learner, draft.year):
        subject = (finding.place, finding.fault.code, finding.recorded, finding.computed)
        if subject not in decided:
            value = f"{finding.fault.code}: {finding.recorded or '–'} / {finding.computed or '–'}"
            yield ClassException(
                ExceptionKey(ExceptionKind.RULE_UNDECIDED, finding.place, value),
                finding.subject,
                finding.fault.text,
                may_stand=finding.severity == "warning",
            )


def _missing(subject: str | None, place: str, name: str) -> ClassException:
    key = ExceptionKey(ExceptionKind.MARK_MISSING, place, "–")
    return ClassException(key, subject, Text(f"{name}: còn trống.", f"{name}: nothing is recorded."))


def _jump(subject: str, place: str, name: str, first: str, second: str) -> ClassException:
    return ClassException(
        ExceptionKey(ExceptionKind.JUMP, place, f"{first} → {second}"),
        subject,
        Text(
            f"{name}: chênh nhiều so với kì trước ({first.replace('.', ',')} → {second.replace('.', ',')}).",
            f"{name}: far from the term before ({first} → {second}).",
        ),
    )

"""Changing marks of a subject by hand: what the import would refuse is refused, and the trail says who did it and why.

A year whose document is signed or issued is not changed here: that takes a correction. What the rules would give
otherwise is a difference for somebody to decide, as after an import.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from pydantic import ValidationError

from schemas.canonical import canonical_bytes
from schemas.change_trail import Act, Actor
from schemas.transcript.model import PrimaryYear, RecordedYear, Year, YearTT22, parse_year
from schemas.transcript.subjects import SUBJECTS
from service.comparing.findings import Finding
from service.comparing.years import compare_year
from service.errors import ServiceError
from service.importing import values
from service.importing.primary_years import primary_level, primary_test
from service.importing.records import mark_of_subject
from service.people.roles import Person, Role
from service.storage.records import StudentYear
from service.storage.register import Register
from service.storage.trail_writing import Cause

WHOLE_YEAR: Final = ("conduct", "learning")
"""What stands beside the subjects, in years of secondary school: Rèn luyện, Học tập."""
_LEVEL_PERIODS: Final[tuple[str, ...]] = ("semester1", "semester2", "year", "after")
_SECONDARY_PERIODS: Final[tuple[str, ...]] = ("semester1", "semester2", "year", "reassessed", "remark")
_PRIMARY_PERIODS: Final[tuple[str, ...]] = ("level", "test", "remark")


@dataclass(frozen=True, slots=True)
class ChangedMark:
    """What was changed, and what differs from the rules now that did not before."""

    before: StudentYear
    after: StudentYear
    findings: tuple[Finding, ...]


def places_of(year: Year) -> dict[str, tuple[str, ...]]:
    """Return what can be changed by hand in a year: the periods by the subject."""
    periods = _PRIMARY_PERIODS if isinstance(year, PrimaryYear) else _SECONDARY_PERIODS
    found: dict[str, tuple[str, ...]] = {row.subject: periods for row in year.subjects}
    if isinstance(year, YearTT22):
        found |= dict.fromkeys(WHOLE_YEAR, _LEVEL_PERIODS)
    return found


def may_change_marks(person: Person, draft: StudentYear, subject: str) -> bool:
    """Whether a mark is somebody's to change: the clerk's, the subject teacher's; of the year the homeroom's."""
    if person.has(Role.CLERK):
        return True
    year, class_name = draft.year.school_year, draft.class_name
    if subject in WHOLE_YEAR or isinstance(draft.year, PrimaryYear):
        return person.leads(year, class_name)
    return person.teaches(year, class_name, subject)


def mark_not_yours() -> ServiceError:
    """Return the refusal of whoever's mark it is not."""
    return ServiceError(
        "mark-not-yours",
        "Chỉ văn thư và giáo viên của môn này ở lớp này được sửa điểm.",
        "Only the school clerk and the teacher of this subject in this class may change the mark.",
    )


def change_marks(
    register: Register,
    draft: StudentYear,
    subject: str,
    marks: Mapping[str, str],
    *,
    actor: Actor,
    why: str,
    at: int,
) -> ChangedMark:
    """Put values in the place of marks of a subject, or one of `WHOLE_YEAR`, by period; an empty one takes a mark away.

    They are one change: the average of a year changes with a semester. `draft` is the one that the person looked at.

    Raises:
        ServiceError: `reason-missing`, `mark-place-unknown`, `mark-unchanged`, `mark-year-closed` of a year that is
            only recorded; what the import says of such a value; `mark-inconsistent` where the year would be none any
            more; `draft-changed`, `already-issued`.
    """
    words = values.remark(why)
    if not words:
        raise ServiceError(
            "reason-missing",
            "Hãy ghi lí do sửa điểm.",
            "Say why the mark is changed.",
        )
    after = replace(draft, year=_with_marks(draft.year, subject, marks))
    if after.digest == draft.digest:
        raise ServiceError(
            "mark-unchanged",
            "Giá trị này đã được ghi sẵn; không có gì để sửa.",
            "This is what is recorded; there is nothing to change.",
        )
    known = set(map(_subject_of, compare_year(draft.learner, draft.year)))
    found = tuple(one for one in compare_year(after.learner, after.year) if _subject_of(one) not in known)
    for one in found:
        if one.severity == "error":
            raise one.fault
    register.put_student_years([after], cause=Cause(Act.MANUAL, actor, at, why=words))
    return ChangedMark(draft, after, found)


def _with_marks(year: Year, subject: str, marks: Mapping[str, str]) -> Year:
    if isinstance(year, RecordedYear):
        raise ServiceError(
            "mark-year-closed",
            "Năm học theo Thông tư 58/2011 hoặc Thông tư 22/2016 chỉ được ghi lại như đã có; hãy sửa tệp rồi nhập lại.",
            "A year under Thông tư 58/2011 or Thông tư 22/2016 is kept as it was recorded; mend the workbook and "
            "import again.",
        )
    known = places_of(year).get(subject)
    for period in marks if known else ("",):
        if period not in (known or ()):
            raise _unknown(year, subject, period)
    members: dict[str, Any] = year.model_dump(mode="json", exclude_none=True)
    row = (
        members[subject]
        if subject in WHOLE_YEAR
        else next(each for each in members["subjects"] if each["subject"] == subject)
    )
    for period, value in marks.items():
        _put(row, subject, period, value)
    try:
        return parse_year(canonical_bytes(members))
    except ValidationError as error:
        raise ServiceError(
            "mark-inconsistent",
            "Với giá trị này, dữ liệu năm học không còn hợp lệ (thiếu hoặc mâu thuẫn); hãy xem lại môn và kì.",
            "With this value the year is not valid any more (something is missing or contradicts); check subject and "
            "period.",
        ) from error


def _put(row: dict[str, Any], subject: str, period: str, value: str) -> None:
    row.pop(period, None)
    if period == "level":
        row.pop("exempt", None)
    if value.strip():
        parsed = _parser(subject, period)(value)
        is_exempt = period == "level" and parsed == "M"
        row["exempt" if is_exempt else period] = True if is_exempt else parsed


def _parser(subject: str, period: str) -> Callable[[str], Any]:
    if subject in WHOLE_YEAR:
        return values.level
    others: Mapping[str, Callable[[str], Any]] = {
        "remark": values.remark,
        "level": primary_level,
        "test": primary_test,
    }
    return others.get(period) or (lambda value: mark_of_subject(subject, value))


def _subject_of(finding: Finding) -> tuple[str, str, str | None, str | None]:
    return finding.place, finding.fault.code, finding.recorded, finding.computed


def _unknown(year: Year, subject: str, period: str) -> ServiceError:
    known = places_of(year)
    if subject not in known:
        shown = ", ".join(known)
        name = SUBJECTS[subject].name if subject in SUBJECTS else subject
        return ServiceError(
            "mark-place-unknown",
            f"Năm học này không có “{name}”; hãy chọn một trong: {shown}.",
            f"This year has no “{subject}”; choose one of: {shown}.",
        )
    shown = ", ".join(known[subject])
    return ServiceError(
        "mark-place-unknown",
        f"Không có cột “{period}”; hãy chọn một trong: {shown}.",
        f"There is no column “{period}”; choose one of: {shown}.",
    )

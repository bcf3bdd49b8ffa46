"""Rows of the sheets → parts of a transcript year: the learner, a subject's result, the results of the year.

Each function reads one row and complains about each cell that is wrong; none looks at another row.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from schemas.transcript.model import Learner, Levels, Person, SubjectResult
from schemas.transcript.subjects import SUBJECTS, AssessmentKind
from service.comparing.years import check_own_plan
from service.errors import ServiceError
from service.importing import values
from service.importing.tables import Fields
from service.importing.values import CellValue

OLDEST_AGE = 30
YOUNGEST_AGE = 4

_LEARNER_FIELDS: dict[str, Callable[[CellValue], object]] = {
    "student_code": values.student_code,
    "record_code": values.identifier,
    "register_number": values.text,
    "full_name": values.person_name,
    "gender": values.gender,
    "birth_date": values.date,
    "birth_place": values.text,
    "ethnicity": values.text,
    "policy_category": values.text,
    "address": values.text,
}
_RESULT_FIELDS: dict[str, Callable[[CellValue], object]] = {
    "absences": values.whole_number,
    "promotion": values.promotion,
    "certificates": values.remark,
    "awards": values.remark,
    "homeroom_remark": values.remark,
}


def read_learner(fields: Fields, school_year: str) -> Learner | None:
    """Return the learner of a row of the student list, or None after a complaint."""
    found: dict[str, Any] = {key: fields.read(key, parse) for key, parse in _LEARNER_FIELDS.items()}
    for key in fields.keys & {"nationality", "home_town"}:
        found[key] = fields.read(key, values.text)
    personal_id = fields.read("personal_id", values.personal_id)
    if personal_id:
        found["personal_id"], restored = personal_id
        if restored:
            fields.warn("personal_id", _zeros_restored())
    for who in ("father", "mother", "guardian"):
        found[who] = _person(fields, who)
    born = found["birth_date"]
    if born and not YOUNGEST_AGE <= int(school_year[:4]) - born.year <= OLDEST_AGE:
        fields.refuse("birth_date", _birth_date_implausible(school_year))
    if fields.failed:
        return None
    learner = Learner.model_validate(found)
    for finding in check_own_plan(learner):
        fields.warn(finding.column, finding.fault)
    return learner


def mark_of_subject(subject: str, value: CellValue) -> str:
    """Return a mark of a subject as the transcript writes it.

    Raises:
        ServiceError: `mark-needs-comment`, `mark-needs-number`, or what `values.mark` raises.
    """
    comment = SUBJECTS[subject].kind is AssessmentKind.COMMENT
    found = values.mark(value)
    if found != "M" and comment != (found in ("Đ", "CĐ")):
        raise _mark_kind(comment=comment)
    return found


def read_subject(fields: Fields, subject: str, title: str | None) -> SubjectResult | None:
    """Return the result of a row of a subject's sheet, or None after a complaint."""

    def mark(value: CellValue) -> str:
        return mark_of_subject(subject, value)

    cells = fields.row.cells
    year = fields.read("year", mark)
    # Who is exempt for the whole year has no semester marks; everybody else must have both.
    semesters = {
        key: fields.read(key, mark) for key in ("semester1", "semester2") if year != "M" or key in cells
    }
    reassessed = fields.read("reassessed", mark)
    remark = fields.read("remark", values.remark)
    teacher = fields.read("teacher", values.person_name)
    if fields.failed:
        return None
    return SubjectResult.model_validate(
        {
            "subject": subject,
            "title": title,
            **semesters,
            "year": year,
            "reassessed": reassessed,
            "remark": remark,
            "teacher": teacher,
        }
    )


def read_ends(fields: Fields) -> dict[str, Any]:
    """Return what the sheet of the year's results says beside levels; a value that is refused is None."""
    return {key: fields.read(key, parse) for key, parse in _RESULT_FIELDS.items()}


def read_results(fields: Fields) -> dict[str, Any] | None:
    """Return the fields of `YearTT22` that the sheet of the year's results holds, or None after a complaint."""
    found = read_ends(fields)
    for kind in ("conduct", "learning"):
        found[kind] = Levels(
            semester1=fields.read(f"{kind}1", values.level),
            semester2=fields.read(f"{kind}2", values.level),
            year=fields.read(f"{kind}_year", values.level),
            after=fields.read(f"{kind}_after", values.level),
        )
    return None if fields.failed else found


def _person(fields: Fields, who: str) -> Person | None:
    name = fields.read(who, values.name_as_written)
    occupation = fields.read(f"{who}_occupation", values.text)
    if name is None:
        if occupation is not None and who not in fields.row.cells:
            fields.refuse(who, _person_name_missing())
        return None
    return Person(name=name, occupation=occupation)


def _zeros_restored() -> ServiceError:
    return ServiceError(
        "personal-id-restored",
        "Số định danh đã mất số 0 ở đầu và được thêm số 0 cho đủ 12 chữ số; hãy đối chiếu.",
        "The personal ID had lost its leading zeros, which are put back to make 12 digits; compare it.",
    )


def _birth_date_implausible(school_year: str) -> ServiceError:
    return ServiceError(
        "birth-date-implausible",
        f"Ngày sinh không hợp với học sinh của năm học {school_year}; hãy sửa năm sinh.",
        f"The birth date does not fit a student of {school_year}; correct the year.",
    )


def _mark_kind(*, comment: bool) -> ServiceError:
    if comment:
        return ServiceError(
            "mark-needs-comment",
            "Môn này đánh giá bằng nhận xét: chỉ ghi Đ, CĐ hoặc M.",
            "This subject is assessed by comment: Đ, CĐ or M only.",
        )
    return ServiceError(
        "mark-needs-number",
        "Môn này đánh giá bằng điểm số: ghi điểm từ 0 đến 10, hoặc M.",
        "This subject is assessed by marks: a number from 0 to 10, or M.",
    )


def _person_name_missing() -> ServiceError:
    return ServiceError(
        "person-name-missing",
        "Có nghề nghiệp nhưng thiếu họ tên; hãy điền họ tên hoặc xoá nghề nghiệp.",
        "There is an occupation without a name; fill in the name or delete the occupation.",
    )

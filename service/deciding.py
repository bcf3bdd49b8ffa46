"""Where imported years differ from the rules, and what somebody decided about it.

A difference is a warning: the school keeps what it recorded, for a reason that stays with the draft, or imports mended
data. A decision holds for exactly what was looked at: where recorded or computed value changes, it is open again.
"""

from __future__ import annotations

from dataclasses import dataclass

from service.comparing.findings import Finding
from service.comparing.years import compare_year
from service.errors import ServiceError
from service.importing import values
from service.storage.records import Decision, StudentYear, Token, token_actor
from service.storage.register import Register


@dataclass(frozen=True, slots=True)
class Difference:
    """A finding in a student's draft, and the decision about it, if there is one."""

    draft: StudentYear
    finding: Finding
    decision: Decision | None


def differences(
    register: Register,
    school: str,
    school_year: str,
    *,
    class_name: str | None = None,
    student_code: str | None = None,
) -> tuple[Difference, ...]:
    """Return every difference of a class, of one student, or of the whole school year, decided or not."""
    decisions = register.decisions(school, school_year)
    drafts = register.student_years(school, school_year, class_name=class_name, student_code=student_code)
    return tuple(
        Difference(draft, finding, _decision(decisions.get(draft.learner.student_code, ()), finding))
        for draft in drafts
        for finding in compare_year(draft.learner, draft.year)
    )


def keep(
    register: Register,
    token: Token,
    school_year: str,
    student_code: str,
    place: str,
    *,
    reason: str,
    at: int,
    trail: str | None = None,
) -> tuple[Decision, ...]:
    """Decide that what is recorded at a place stands, and why.

    `trail` is the head of the draft's changes that the person looked at, where that was a while ago.

    Raises:
        ServiceError: `difference-unknown`, `difference-impossible` where no rule could give what is recorded,
        `reason-missing`, `draft-changed`, or what `values.remark` raises.
    """
    words = values.remark(reason)
    if not words:
        raise ServiceError(
            "reason-missing",
            "Hãy ghi lí do giữ giá trị đã ghi.",
            "Say why the recorded value is kept.",
        )
    found = [
        one
        for one in differences(register, token.school_code, school_year, student_code=student_code)
        if one.finding.place == place
    ]
    if not found:
        raise ServiceError(
            "difference-unknown",
            f"Học sinh mã {student_code} không có khác biệt ở “{place}”; hãy xem danh sách: hocba differences list",
            f"Student {student_code} has no difference at “{place}”; list them: hocba differences list",
        )
    if any(one.finding.severity == "error" for one in found):
        raise ServiceError(
            "difference-impossible",
            "Giá trị này không thể đúng theo bất kì quy tắc nào nên không giữ được; hãy sửa tệp rồi nhập lại.",
            "No rule could give this value, so it cannot be kept; mend the workbook and import again.",
        )
    made = tuple(
        Decision(
            place=place,
            code=one.finding.fault.code,
            recorded=one.finding.recorded,
            computed=one.finding.computed,
            reason=words,
            decided_by=token.id,
            decided_at=at,
        )
        for one in found
    )
    looked_at = found[0].draft.trail if trail is None else trail
    register.put_decisions(
        token.school_code, student_code, school_year, made, trail=looked_at, actor=token_actor(token)
    )
    return made


def _decision(decisions: tuple[Decision, ...], finding: Finding) -> Decision | None:
    subject = (finding.place, finding.fault.code, finding.recorded, finding.computed)
    return next((one for one in decisions if one.subject == subject), None)

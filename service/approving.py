"""Step 2: who confirmed and who approved which rows, bound to their digests.

An approval names the digest of every student's rows. Issuing refuses rows that differ from the approved ones,
so that an edit after approval voids it without anybody's help. People, roles and their sign-ins are the
console's matter, not this module's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from schemas.canonical import canonical_bytes
from schemas.transcript.model import Confirmation, YearTT22
from service.errors import ServiceError
from service.storage.records import StudentYear


@dataclass(frozen=True, slots=True)
class Approval:
    """A principal's approval: for each student code, the digest of the rows that were looked at."""

    approved_by: str
    approved_at: dt.datetime
    rows: Mapping[str, str]


def approve_for_demonstration(drafts: Sequence[StudentYear], *, at: dt.datetime) -> Approval:
    """Approve every draft in the name of the principal that its year names. For the demonstration school only."""
    return Approval(
        approved_by=drafts[0].year.principal.name if drafts else "",
        approved_at=at,
        rows={draft.learner.student_code: draft.digest for draft in drafts},
    )


def check_approval(draft: StudentYear, approval: Approval) -> None:
    """Refuse a draft that is not, byte for byte, what was approved.

    Raises:
        ServiceError: `not-approved`, `changed-after-approval`.
    """
    approved = approval.rows.get(draft.learner.student_code)
    code = draft.learner.student_code
    if approved is None:
        raise ServiceError(
            "not-approved",
            f"Học bạ của học sinh mã {code} chưa được hiệu trưởng duyệt.",
            f"The transcript of student {code} has not been approved by the principal.",
        )
    if approved != draft.digest:
        raise ServiceError(
            "changed-after-approval",
            f"Dữ liệu của học sinh mã {code} đã đổi sau khi duyệt; hãy duyệt lại.",
            f"The data of student {code} changed after approval; approve them again.",
        )


def with_confirmations(year: YearTT22, *, at: dt.datetime) -> YearTT22:
    """Return the year with each teacher's confirmation of the digest of the rows that are theirs."""
    rows = [
        Confirmation(
            role="subject-teacher",
            name=row.teacher,
            subject=row.subject,
            at=at,
            rows=_digest(row.model_dump(mode="json", exclude_none=True)),
        )
        for row in year.subjects
    ]
    whole = year.model_dump(mode="json", exclude_none=True, exclude={"confirmations"})
    homeroom = Confirmation(role="homeroom-teacher", name=year.homeroom_teacher, at=at, rows=_digest(whole))
    return year.model_copy(update={"confirmations": (*rows, homeroom)})


def _digest(rows: dict[str, object]) -> str:
    return sha256(canonical_bytes(rows)).hexdigest()  # type: ignore[arg-type]

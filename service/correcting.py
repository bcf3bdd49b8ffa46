"""Correcting an issued document, in one act: mended data in, a new document out that takes the old one's place.

One token asks with the mended data and the reason, another confirms, and the new document is issued in the nine steps.
The old one is superseded when the entry of the new one is under a checkpoint, never before. Of a student's school year
the newest document is corrected, so that no entry is ever corrected twice. Until the new one is recorded the draft
keeps the old data.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from schemas.change_trail import Act
from schemas.profiles import EXTRACT_PROFILES
from schemas.transcript.model import parse_transcript
from service.approvals.approved import Approval
from service.changing import check_confirmable, check_reason, find_change, request_digest, withdraw_change
from service.errors import ServiceError
from service.issuing import finish_documents
from service.issuing_tools import IssuingTools
from service.reserving import reserve, says, years_with
from service.storage.drafts import record_of_draft, whose
from service.storage.records import (
    Batch,
    Change,
    ChangeKind,
    ChangeState,
    Issuance,
    Standing,
    State,
    StudentYear,
    Token,
    token_actor,
)
from service.storage.trail_writing import Cause, Prepared, entry_of, prepared


@dataclass(frozen=True, slots=True)
class CorrectingTools:
    """What correcting needs beside issuing."""

    issuing: IssuingTools
    predecessors: Callable[[str], tuple[str, ...]]
    approve: Callable[[StudentYear], Approval]

    def at(self) -> int:
        """Return the present time in seconds."""
        return int(self.issuing.now().timestamp())


def row_of(rows: Sequence[StudentYear], student_code: str) -> StudentYear:
    """Return one student's year of a workbook's rows.

    Raises:
        ServiceError: `student-not-in-workbook`.
    """
    for row in rows:
        if row.learner.student_code == student_code:
            return row
    raise ServiceError(
        "student-not-in-workbook",
        f"Trong tệp không có học sinh mã {student_code}; hãy xem lại mã học sinh.",
        f"The workbook has no student {student_code}; check the code.",
    )


def request_correction(
    tools: CorrectingTools, token: Token, mended: StudentYear, *, reason: str, idempotency_key: str
) -> Change:
    """Ask for a student's newest document of a year to be corrected by these data, which are frozen with the request.

    Raises:
        ServiceError: `reason-invalid`, `nothing-to-correct`, `correction-of-revoked`, `correction-too-early`,
            `correction-changes-nothing`, `change-pending`, `idempotency-key-reused`.
    """
    register = tools.issuing.register
    reason = check_reason(reason)
    code, year = mended.learner.student_code, mended.year.school_year
    digest = request_digest(ChangeKind.CORRECTION, code, year, mended.digest, mended.class_name, reason)
    known = register.change_of_key(token.school_code, idempotency_key, digest)
    if known is not None:
        return known
    issuance = _newest(tools, token, code, year)
    _check_correctable(issuance)
    _check_changes_something(tools, issuance, mended)
    return register.open_change(
        Change(
            id=tools.issuing.token_bytes(16).hex(),
            school_code=token.school_code,
            kind=ChangeKind.CORRECTION,
            issuance_id=issuance.id,
            idempotency_key=idempotency_key,
            request_digest=digest,
            reason=reason,
            requested_by=token.id,
            requested_at=tools.at(),
            mended=mended,
        )
    )


def confirm_correction(tools: CorrectingTools, token: Token, change_id: str) -> tuple[Change, Issuance]:
    """Confirm a request and issue the new document; asked again, finish what was left.

    Raises:
        ServiceError: `change-unknown`, as `check_confirmable`, or why nothing can be issued.

    Returns:
        The request, and the new document as far as it got; a failure stands with it.
    """
    register = tools.issuing.register
    change = find_change(register, token, change_id, ChangeKind.CORRECTION)
    at = tools.at()
    check_confirmable(register, change, token, at=at)
    if change.state is ChangeState.REQUESTED:
        mended, trail = _with_trail(tools, change, token, at)
        replacement = _reserve(tools, change, mended)
        change = register.confirm(change, token.id, at, replacement, trail)
        check_confirmable(register, change, token, at=at)
    replacement = _replacement(tools, change)
    if replacement.state is not State.RELEASED and replacement.standing is Standing.CURRENT:
        finish_documents(tools.issuing, [replacement], lambda _: None)
    return find_change(register, token, change_id, ChangeKind.CORRECTION), _replacement(tools, change)


def withdraw_correction(tools: CorrectingTools, token: Token, change_id: str) -> Change:
    """Take a request back, a confirmed one too while its document has not been signed and checked.

    Raises:
        ServiceError: as `withdraw_change`.
    """
    register = tools.issuing.register
    change = withdraw_change(register, token, change_id, ChangeKind.CORRECTION, at=tools.at())
    if change.replacement_id is not None:
        tools.issuing.work.remove(change.replacement_id)
    return change


def _newest(tools: CorrectingTools, token: Token, student_code: str, school_year: str) -> Issuance:
    for school in (token.school_code, *tools.predecessors(token.school_code)):
        documents = tools.issuing.register.documents(school, student_code, school_year)
        for issuance in reversed(documents):
            if issuance.state is not State.ABANDONED and issuance.profile not in EXTRACT_PROFILES:
                return issuance
    raise ServiceError(
        "nothing-to-correct",
        f"Chưa cấp học bạ {school_year} cho học sinh mã {student_code}; hãy nhập dữ liệu đúng rồi cấp.",
        f"No transcript {school_year} of student {student_code} was issued; import the right data and issue.",
    )


def _check_correctable(issuance: Issuance) -> None:
    if issuance.standing is Standing.REVOKED:
        raise ServiceError(
            "correction-of-revoked",
            "Học bạ này đã bị thu hồi nên không đính chính được; hãy nhập dữ liệu đúng rồi cấp học bạ mới "
            "(hocba import, rồi hocba issue).",
            "This transcript was revoked, so it cannot be corrected; import the right data and issue a new one "
            "(hocba import, then hocba issue).",
        )
    if issuance.state is not State.RELEASED:
        raise ServiceError(
            "correction-too-early",
            "Học bạ này đang được cấp dở: hãy chạy cấp cho xong rồi mới đính chính; nếu đã ký mà chưa phát hành, hãy "
            "lấy lại (hocba take-back) rồi sửa dữ liệu.",
            "This transcript is still being issued: finish issuing it, then correct it; where it is signed and not "
            "released, take it back (hocba take-back) and mend the data.",
        )


def _check_changes_something(tools: CorrectingTools, issuance: Issuance, mended: StudentYear) -> None:
    """Compare with what the document says as a whole: an earlier year may have been mended since."""
    years = years_with(tools.issuing.register, mended, issuance)
    if says(parse_transcript(issuance.data), mended.learner, years):
        raise ServiceError(
            "correction-changes-nothing",
            "Dữ liệu trong tệp giống hệt học bạ đã cấp; hãy sửa chỗ sai trong tệp rồi gửi lại.",
            "The workbook says exactly what the transcript says; mend it and send it again.",
        )


def _with_trail(
    tools: CorrectingTools, change: Change, token: Token, at: int
) -> tuple[StudentYear, Prepared]:
    """Return the mended data with the head that the trail will have, and the entry that makes it so.

    The new document carries that head, so the entry is made now; it is appended when the data take their place.
    """
    register, mended = tools.issuing.register, _mended(change)
    mine = whose(mended)
    drafts = register.student_years(mine.school, mine.school_year, student_code=mine.student)
    asked = register.actor(mine.school, change.requested_by)
    if asked is None:
        raise RuntimeError("a request was made by nobody")
    cause = Cause(
        Act.CORRECTION,
        token_actor(asked),
        at,
        why=change.reason,
        reference=change.id,
        second=token_actor(token),
    )
    before = record_of_draft(drafts[0]) if drafts else None
    previous = drafts[0].trail if drafts else register.trail_head(mine)
    entry = entry_of(mine, cause, before, record_of_draft(mended), tools.issuing.token_bytes)
    trail = prepared(entry, previous)
    return replace(mended, trail=trail.head), trail


def _reserve(tools: CorrectingTools, change: Change, mended: StudentYear) -> Issuance:
    # 3. Reserve: the row of intent is committed together with the confirmation.
    issuing = tools.issuing
    batch = issuing.register.open_batch(
        Batch(
            id=issuing.token_bytes(16).hex(),
            school_code=change.school_code,
            idempotency_key=f"correction/{change.id}",
            school_year=mended.year.school_year,
            class_name=None,
            student_code=mended.learner.student_code,
            created_at=tools.at(),
        )
    )
    return reserve(
        issuing.register,
        batch,
        mended,
        tools.approve(mended),
        now=issuing.now(),
        token_bytes=issuing.token_bytes,
        corrects=issuing.register.issuance_of_change(change),
    )


def _replacement(tools: CorrectingTools, change: Change) -> Issuance:
    replacement = tools.issuing.register.issuance(change.school_code, change.replacement_id or "")
    if replacement is None:
        raise RuntimeError("a confirmed correction has no document")
    return replacement


def _mended(change: Change) -> StudentYear:
    if change.mended is None:
        raise RuntimeError("a correction has no data")
    return change.mended

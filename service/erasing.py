"""Erasing a student's data on the family's wish: drafts, what was never issued, withdrawn requests, uploads.

What was issued stays: the law has transcripts kept for good, and the record is not a thing that can be edited. That
an erasure happened is kept, without whose data they were.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from schemas.change_trail import Actor
from schemas.errors import Text
from service.signing import WorkFolder
from service.storage.family_records import FamilyRequest
from service.storage.records import Change, ChangeState, Erasure, Issuance, State
from service.storage.register import Register
from service.uploads import Uploads, contacts_upload

_NEVER_ISSUED = (State.RESERVED, State.ABANDONED)
"""Taken back in the grace window, too: signed, and never given out."""


@dataclass(frozen=True, slots=True)
class ErasingTools:
    """What erasing needs from elsewhere."""

    register: Register
    work: WorkFolder
    uploads: Uploads
    """Where the console keeps a school's files between checking and importing."""
    at: Callable[[], int]
    actor: Actor


@dataclass(frozen=True, slots=True)
class ErasureReport:
    """What was erased, or would be, and what stays, with the reason."""

    erased: Erasure
    uploads: int
    stays: tuple[tuple[int, Text], ...]
    """How many of what stay, and why."""


def erase_student(tools: ErasingTools, school: str, student_code: str, *, dry_run: bool) -> ErasureReport:
    """Erase what is not to be kept of a student; asked again, there is nothing left to erase.

    Raises:
        ServiceError: `school-unknown`.
    """
    tools.register.school(school)
    documents = tools.register.documents(school, student_code)
    requests = tools.register.changes_of(documents)
    waiting = [
        one
        for one in tools.register.family_requests(school)
        if one.student_code == student_code and one.state.is_open
    ]
    stays = _what_stays(documents, requests, waiting)
    erased = tools.register.what_to_erase(school, student_code)
    # The upload is of whole classes and was never imported: it can be sent again, and nobody looks into it here.
    waiting_files = [name for name in (school, contacts_upload(school)) if tools.uploads.exists(name)]
    if not dry_run:
        # Files first: the rows name them, and after a crash in between they are found again by asking again.
        pending = {one.replacement_id for one in requests if one.state is ChangeState.CONFIRMED}
        for issuance in documents:
            if issuance.state in _NEVER_ISSUED and issuance.id not in pending:
                tools.work.remove(issuance.id)
        for name in waiting_files:
            tools.uploads.forget(name)
        erased = tools.register.erase(school, student_code, at=tools.at(), actor=tools.actor)
    return ErasureReport(erased, len(waiting_files), stays)


def _what_stays(
    documents: tuple[Issuance, ...], requests: tuple[Change, ...], waiting: list[FamilyRequest]
) -> tuple[tuple[int, Text], ...]:
    standing = [one for one in documents if one.stands_signed]
    signed = [one for one in documents if one.state not in _NEVER_ISSUED and one not in standing]
    done = [one for one in requests if one.state is ChangeState.DONE]
    open_ones = [one for one in requests if one.state in {ChangeState.REQUESTED, ChangeState.CONFIRMED}]
    reasons = (
        (
            len(standing),
            Text(
                "học bạ đã ký, chưa phát hành: hãy lấy lại (hocba take-back), rồi xoá lại",
                "transcripts signed and not released: take them back (hocba take-back), then erase again",
            ),
        ),
        (
            len(signed),
            Text(
                "học bạ đã ký hoặc đã cấp, với dữ liệu của chúng: pháp luật quy định lưu vĩnh viễn",
                "transcripts signed or issued, with their data: kept for good by law",
            ),
        ),
        (
            len(done),
            Text(
                "đề nghị thu hồi hoặc đính chính đã làm xong: là căn cứ của việc đã ghi sổ",
                "requests to revoke or correct that are done: the grounds of what is on record",
            ),
        ),
        (
            len(open_ones),
            Text(
                "đề nghị đang chờ: hãy xác nhận hoặc rút, rồi xoá lại",
                "open requests: confirm or withdraw them, then erase again",
            ),
        ),
        (
            len(waiting),
            Text(
                "yêu cầu của gia đình chưa trả lời: hãy trả lời, rồi xoá lại",
                "requests of the family that are open: answer them, then erase again",
            ),
        ),
    )
    return tuple((number, text) for number, text in reasons if number)

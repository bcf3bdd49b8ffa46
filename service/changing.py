"""What revoking and correcting share: one token asks, another confirms, either withdraws (docs/revoking.md).

A request is durable before anything is done, and everything may be asked for again: what a crash left is found in
its state and goes on from there.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from hashlib import sha256

from schemas.canonical import canonical_bytes
from service.errors import ServiceError
from service.storage.records import Change, ChangeKind, ChangeState, Token
from service.storage.register import Register

MAX_REASON = 1000
"""Characters of a reason in words."""
CONFIRM_WITHIN = dt.timedelta(days=30)
"""How long a request may be confirmed: what was true of a document then need not be true of it for ever."""


def request_digest(kind: ChangeKind, *parts: str) -> str:
    """Return what tells whether a repeated idempotency key came with the same request."""
    return sha256(canonical_bytes([str(kind), *parts])).hexdigest()


def check_reason(reason: str) -> str:
    """Return the reason without the white space around it.

    Raises:
        ServiceError: `reason-invalid`.
    """
    stripped = reason.strip()
    if not stripped or len(stripped) > MAX_REASON or not stripped.replace("\n", " ").isprintable():
        raise ServiceError(
            "reason-invalid",
            f"Hãy ghi lý do bằng lời, không quá {MAX_REASON} ký tự.",
            f"Give the reason in words, {MAX_REASON} characters at most.",
        )
    return stripped


def find_change(register: Register, token: Token, change_id: str, kind: ChangeKind) -> Change:
    """Return a request of the token's own school.

    Raises:
        ServiceError: `change-unknown`.
    """
    change = register.change(token.school_code, change_id)
    if change is None or change.kind is not kind:
        raise ServiceError(
            "change-unknown",
            "Không có đề nghị này; hãy xem lại mã đề nghị.",
            "There is no such request; check its id.",
        )
    return change


def check_confirmable(register: Register, change: Change, token: Token, *, at: int) -> None:
    """Refuse a confirmation by whoever asked, by whatever token, one of what was withdrawn, and one that is too late.

    What was confirmed in time is finished at any time.

    Raises:
        ServiceError: `confirmation-same-token`, `confirmation-same-holder`, `change-withdrawn`, `change-lapsed`.
    """
    if change.requested_by == token.id:
        raise ServiceError(
            "confirmation-same-token",
            "Người đề nghị không được tự xác nhận; hãy để người giữ mã truy cập khác của trường xác nhận.",
            "Whoever asked may not confirm; the holder of another token of the school must.",
        )
    if _is_same_person(token, register.actor(change.school_code, change.requested_by)):
        raise ServiceError(
            "confirmation-same-holder",
            "Người xác nhận chính là người đã đề nghị (cùng tài khoản hoặc họ tên); hãy để một người khác xác nhận.",
            "Whoever confirms is whoever asked (the same account, or name); another person of the school must.",
        )
    if change.state is ChangeState.WITHDRAWN:
        raise ServiceError(
            "change-withdrawn",
            "Đề nghị này đã được rút; nếu vẫn cần, hãy lập đề nghị mới.",
            "This request was withdrawn; make a new one if it is still needed.",
        )
    if change.state is ChangeState.REQUESTED and at - change.requested_at > CONFIRM_WITHIN.total_seconds():
        raise ServiceError(
            "change-lapsed",
            f"Đề nghị này đã quá {CONFIRM_WITHIN.days} ngày nên không xác nhận được; hãy rút rồi lập đề nghị mới.",
            f"This request is older than {CONFIRM_WITHIN.days} days and cannot be confirmed; "
            "withdraw it and make a new one.",
        )


def withdraw_change(register: Register, token: Token, change_id: str, kind: ChangeKind, *, at: int) -> Change:
    """Take a request back; any token of the school may, and again without harm.

    Raises:
        ServiceError: `change-unknown`; `change-confirmed` where it may be on record by now.
    """
    change = find_change(register, token, change_id, kind)
    if change.state is not ChangeState.WITHDRAWN:
        change = register.withdraw(change, token.id, at)
    if change.state is not ChangeState.WITHDRAWN:
        raise ServiceError(
            "change-confirmed",
            "Đề nghị đã được xác nhận và có thể đã ghi sổ nên không rút được nữa; hãy xác nhận lại để làm cho xong.",
            "The request was confirmed and may be on record, so it cannot be withdrawn; confirm again to finish it.",
        )
    return change


def _is_same_person(one: Token, other: Token | None) -> bool:
    """Whether two sign-ins or tokens may be one person's: of one account, or of one name.

    Somebody may have a second account, or hold a second token in the place of a lost one. Two people of one name are
    taken for one, as where a class is approved: a third confirms.
    """
    if other is None:
        return False
    is_same_account = one.person_id is not None and one.person_id == other.person_id
    return is_same_account or _person(one.holder) == _person(other.holder)


def _person(holder: str) -> str:
    """Return a holder's name without what is only a manner of writing it."""
    return " ".join(unicodedata.normalize("NFC", holder).split()).casefold()

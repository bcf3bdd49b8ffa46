"""What revoking and correcting share: one token asks, another confirms, either withdraws (docs/revoking.md).

A request is durable before anything is done, and everything may be asked for again: what a crash left is found in
its state and goes on from there.
"""

from __future__ import annotations

from hashlib import sha256

from schemas.canonical import canonical_bytes
from service.errors import ServiceError
from service.storage.records import Change, ChangeKind, ChangeState, Token
from service.storage.register import Register

MAX_REASON = 1000
"""Characters of a reason in words."""


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


def check_confirmable(change: Change, token: Token) -> None:
    """Refuse a confirmation by whoever asked, and one of what was withdrawn.

    Raises:
        ServiceError: `confirmation-same-token`, `change-withdrawn`.
    """
    if change.requested_by == token.id:
        raise ServiceError(
            "confirmation-same-token",
            "Người đề nghị không được tự xác nhận; hãy để người giữ mã truy cập khác của trường xác nhận.",
            "Whoever asked may not confirm; the holder of another token of the school must.",
        )
    if change.state is ChangeState.WITHDRAWN:
        raise ServiceError(
            "change-withdrawn",
            "Đề nghị này đã được rút; nếu vẫn cần, hãy lập đề nghị mới.",
            "This request was withdrawn; make a new one if it is still needed.",
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

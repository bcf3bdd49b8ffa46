"""Revoking an issued document: asked for by one token, confirmed by another, done when the record says so.

The reason in words stays in the register; the record has its class alone. A document is revoked when its `revoked`
entry is under a signed checkpoint. A process killed anywhere is repaired by confirming again: the entry has the
request's id for its key, so that it is written once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from schemas.record.entry import RevocationClass, Revoked, format_entry
from schemas.record.fields import Reference
from service.changing import check_confirmable, check_reason, find_change, request_digest, withdraw_change
from service.errors import ServiceError
from service.issuing_tools import PublicRecord
from service.storage.records import Change, ChangeKind, ChangeState, Issuance, Standing, Token
from service.storage.register import Register
from service.storage.row_security import all_schools

CLASSES = {member.name.lower(): member for member in RevocationClass}
"""What people and programs call the classes."""


@dataclass(frozen=True, slots=True)
class RevokingTools:
    """What revoking needs from elsewhere."""

    register: Register
    record: PublicRecord
    predecessors: Callable[[str], tuple[str, ...]]
    """The schools that a school has succeeded, by the registrar's statements in the record."""
    now: Callable[[], dt.datetime]
    token_bytes: Callable[[int], bytes]

    def at(self) -> int:
        """Return the present time in seconds."""
        return int(self.now().timestamp())


@all_schools()
def request_revocation(
    tools: RevokingTools,
    token: Token,
    *,
    serial: str,
    revocation_class: RevocationClass,
    reason: str,
    idempotency_key: str,
) -> Change:
    """Ask for a document to be revoked. Nothing happens to it before another token confirms.

    Raises:
        ServiceError: `reason-invalid`, `transcript-unknown`, `not-recorded`, `already-revoked`, `change-pending`,
            `idempotency-key-reused`.
    """
    reason = check_reason(reason)
    digest = request_digest(ChangeKind.REVOCATION, serial, revocation_class.name, reason)
    known = tools.register.change_of_key(token.school_code, idempotency_key, digest)
    if known is not None:
        return known
    issuance = _find_issuance(tools, token, serial)
    _check_revocable(issuance)
    return tools.register.open_change(
        Change(
            id=tools.token_bytes(16).hex(),
            school_code=token.school_code,
            kind=ChangeKind.REVOCATION,
            issuance_id=issuance.id,
            idempotency_key=idempotency_key,
            request_digest=digest,
            reason=reason,
            requested_by=token.id,
            requested_at=tools.at(),
            revocation_class=revocation_class,
        )
    )


@all_schools()
def confirm_revocation(tools: RevokingTools, token: Token, change_id: str) -> Change:
    """Confirm a request and revoke; asked again, finish what was left.

    Raises:
        ServiceError: `change-unknown`, as `check_confirmable`, or what the sequencer refuses.
    """
    change = find_change(tools.register, token, change_id, ChangeKind.REVOCATION)
    at = tools.at()
    check_confirmable(tools.register, change, token, at=at)
    if change.state is ChangeState.REQUESTED:
        change = tools.register.confirm(change, token.id, at)
        check_confirmable(tools.register, change, token, at=at)
    return finish_revocation(tools, change)


def withdraw_revocation(tools: RevokingTools, token: Token, change_id: str) -> Change:
    """Take a request back that nobody has confirmed.

    Raises:
        ServiceError: as `withdraw_change`.
    """
    return withdraw_change(tools.register, token, change_id, ChangeKind.REVOCATION, at=tools.at())


def finish_revocation(tools: RevokingTools, change: Change) -> Change:
    """Write the entry of a confirmed request, publish, and note that it is done; each again without harm."""
    if change.state is ChangeState.DONE:
        return change
    issuance = tools.register.issuance_of_change(change)
    if issuance.log_index is None or change.confirmed_at is None or change.revocation_class is None:
        raise RuntimeError("a confirmed revocation lacks what its entry needs")
    entry = Revoked(
        time=change.confirmed_at,
        school=change.school_code,
        reference=Reference(issuance.log_index),
        revocation_class=change.revocation_class,
    )
    (index,) = tools.record.append([(f"revocation/{change.id}", format_entry(entry))])
    # From the signed checkpoint on, the document is revoked, and the status list says so.
    tools.record.publish()
    return tools.register.finish_revocation(change, index)


def finish_confirmed(tools: RevokingTools) -> None:
    """Finish every confirmed revocation that a crash left, at whatever school."""
    for change in tools.register.confirmed_changes():
        if change.kind is ChangeKind.REVOCATION:
            finish_revocation(tools, change)


def _find_issuance(tools: RevokingTools, token: Token, serial: str) -> Issuance:
    own = tools.register.issuance_of_serial(token.school_code, serial)
    if own is not None:
        return own
    for school in tools.predecessors(token.school_code):
        issuance = tools.register.issuance_of_serial(school, serial)
        if issuance is not None:
            return issuance
    raise ServiceError(
        "transcript-unknown",
        "Trường không có học bạ mang mã này.",
        "The school has no transcript with this serial.",
    )


def _check_revocable(issuance: Issuance) -> None:
    if issuance.log_index is None:
        raise ServiceError(
            "not-recorded",
            "Học bạ này chưa được ghi sổ nên chưa có gì để thu hồi: nếu đã ký, hãy lấy lại (hocba take-back); nếu dữ "
            "liệu sai, hãy nhập lại dữ liệu đúng.",
            "This transcript is not on record, so there is nothing to revoke: take it back where it is signed (hocba "
            "take-back); import wrong data anew.",
        )
    if issuance.standing is Standing.REVOKED:
        raise ServiceError(
            "already-revoked",
            "Học bạ này đã bị thu hồi.",
            "This transcript has been revoked.",
        )

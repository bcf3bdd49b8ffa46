"""Requests to revoke or to correct a document: one token asks, another confirms, and the record makes it so.

A request is open until it is done or withdrawn, and a document has one open request at most. Confirming is committed
before anything is written to the log, so that a crash leaves a confirmed request, which is finished by asking again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection, Engine, Select, insert, or_, select, update

from service.errors import ServiceError
from service.storage.database import reading, writing
from service.storage.drafts import whose, write_student_year
from service.storage.extracts import settle_extracts
from service.storage.family_records import NoticeKind
from service.storage.notices import note_ended
from service.storage.records import Change, ChangeState, Issuance, Standing, State
from service.storage.rows import change_fields, change_of, fields
from service.storage.tables import ChangeRow, IssuanceRow
from service.storage.trail_writing import Prepared, TrailWriter

_OPEN_STATES = (ChangeState.REQUESTED, ChangeState.CONFIRMED)


class Changes:
    """The part of the register that keeps requests."""

    _engine: Engine

    def open_change(self, change: Change) -> Change:
        """Commit a request; a repeated idempotency key returns the request of the first time.

        Raises:
            ServiceError: `idempotency-key-reused`; `change-pending` where another request of the document is open.
        """
        with writing(self._engine) as connection:
            known = _of_key(connection, change.school_code, change.idempotency_key, change.request_digest)
            if known is not None:
                return known
            pending = select(ChangeRow).where(
                ChangeRow.issuance_id == change.issuance_id, ChangeRow.state.in_(_OPEN_STATES)
            )
            if connection.execute(pending).first():
                raise change_pending()
            connection.execute(insert(ChangeRow).values(**change_fields(change)))
        return change

    def change_of_key(self, school: str, key: str, request_digest: str) -> Change | None:
        """Return the request that came with an idempotency key.

        Raises:
            ServiceError: `idempotency-key-reused` where it was another one.
        """
        with reading(self._engine) as connection:
            return _of_key(connection, school, key, request_digest)

    def change(self, school: str, change_id: str) -> Change | None:
        """Return a request of this school."""
        query = select(ChangeRow).where(ChangeRow.school_code == school, ChangeRow.id == change_id)
        return next(iter(self._changes(query)), None)

    def changes(self, school: str) -> tuple[Change, ...]:
        """Return the requests of a school, the newest first."""
        query = select(ChangeRow).where(ChangeRow.school_code == school)
        return self._changes(query.order_by(ChangeRow.requested_at.desc(), ChangeRow.id))

    def changes_of(self, issuances: Sequence[Issuance]) -> tuple[Change, ...]:
        """Return the requests about these documents or for them, the oldest first."""
        ids = [issuance.id for issuance in issuances]
        query = select(ChangeRow).where(
            or_(ChangeRow.issuance_id.in_(ids), ChangeRow.replacement_id.in_(ids))
        )
        return self._changes(query.order_by(ChangeRow.requested_at, ChangeRow.id))

    def confirmed_changes(self) -> tuple[Change, ...]:
        """Return what was confirmed at any school and is not finished: what a crash left."""
        return self._changes(select(ChangeRow).where(ChangeRow.state == ChangeState.CONFIRMED))

    def confirm(
        self,
        change: Change,
        token_id: str,
        at: int,
        replacement: Issuance | None = None,
        trail: Prepared | None = None,
    ) -> Change:
        """Commit that another token confirmed a request, and with a correction the row of intent of the new document.

        `trail` is the entry that the correction will be in the trail, once the document is recorded.

        Somebody who confirmed or withdrew it meanwhile is not overruled: the request comes back as it is then.
        """
        values: dict[str, object] = {
            "state": ChangeState.CONFIRMED,
            "confirmed_by": token_id,
            "confirmed_at": at,
            "replacement_id": replacement.id if replacement else None,
        }
        if trail is not None:
            values |= {"trail": trail.head, "trail_entry": trail.entry}
        with writing(self._engine) as connection:
            if _is_in(connection, change, ChangeState.REQUESTED):
                if replacement is not None:
                    connection.execute(insert(IssuanceRow).values(**fields(replacement, "failure")))
                connection.execute(update(ChangeRow).where(ChangeRow.id == change.id).values(values))
            return _reread(connection, change)

    def withdraw(self, change: Change, token_id: str, at: int) -> Change:
        """Commit that a request is withdrawn, and let go of a correction's new document that nobody has signed yet.

        What was confirmed or done meanwhile, and may be on record, stays: the request comes back as it is.
        """
        values = {"state": ChangeState.WITHDRAWN, "withdrawn_by": token_id, "withdrawn_at": at}
        with writing(self._engine) as connection:
            may = _is_in(connection, change, ChangeState.REQUESTED)
            if _is_in(connection, change, ChangeState.CONFIRMED) and change.replacement_id is not None:
                mine = (IssuanceRow.id == change.replacement_id, IssuanceRow.state == State.RESERVED)
                let_go = update(IssuanceRow).where(*mine).values(state=State.ABANDONED)
                may = connection.execute(let_go).rowcount == 1
            if may:
                connection.execute(update(ChangeRow).where(ChangeRow.id == change.id).values(values))
            return _reread(connection, change)

    def finish_revocation(self, change: Change, log_index: int) -> Change:
        """Commit that the revocation's entry is under a checkpoint."""
        with writing(self._engine) as connection:
            connection.execute(
                update(ChangeRow)
                .where(ChangeRow.id == change.id)
                .values(state=ChangeState.DONE, log_index=log_index)
            )
            connection.execute(
                update(IssuanceRow)
                .where(IssuanceRow.id == change.issuance_id)
                .values(standing=Standing.REVOKED, ended_at=change.confirmed_at)
            )
            settle_extracts(connection, [change.issuance_id])
            note_ended(connection, change.issuance_id, NoticeKind.REVOKED, change.confirmed_at)
            return _reread(connection, change)

    def _changes(self, query: Select[Any]) -> tuple[Change, ...]:
        with reading(self._engine) as connection:
            return tuple(change_of(row) for row in connection.execute(query))


def settle_corrections(
    connection: Connection, replacements: Sequence[str], token_bytes: Callable[[int], bytes]
) -> list[str]:
    """Supersede what these documents correct, and put the mended data in the place of the draft; return what ended."""
    ended = []
    trails = TrailWriter(connection, token_bytes)
    query = select(ChangeRow).where(ChangeRow.replacement_id.in_(replacements))
    for row in connection.execute(query.where(ChangeRow.state == ChangeState.CONFIRMED)).all():
        change = change_of(row)
        index = select(IssuanceRow.log_index).where(IssuanceRow.id == change.replacement_id)
        connection.execute(
            update(ChangeRow)
            .where(ChangeRow.id == change.id)
            .values(state=ChangeState.DONE, log_index=index.scalar_subquery())
        )
        connection.execute(
            update(IssuanceRow)
            .where(IssuanceRow.id == change.issuance_id)
            .values(standing=Standing.SUPERSEDED, ended_at=change.confirmed_at)
        )
        note_ended(connection, change.issuance_id, NoticeKind.CORRECTED, change.confirmed_at)
        ended.append(change.issuance_id)
        if change.mended is not None:
            if change.trail_entry is not None:
                head = bytes.fromhex(change.mended.trail)
                trails.append_with_head(whose(change.mended), change.trail_entry, head)
            write_student_year(connection, change.mended, trail=change.mended.trail)
    trails.flush()
    return ended


def change_pending() -> ServiceError:
    """Return the refusal of what would cross a request that is open."""
    return ServiceError(
        "change-pending",
        "Học bạ này đang có một đề nghị thu hồi hoặc đính chính; hãy xác nhận hoặc rút đề nghị đó trước.",
        "A request to revoke or correct this transcript is open; confirm or withdraw that one first.",
    )


def key_reused() -> ServiceError:
    """Return the refusal of an idempotency key that came with another request before."""
    return ServiceError(
        "idempotency-key-reused",
        "Khoá Idempotency-Key này đã dùng cho yêu cầu khác; hãy tạo khoá mới.",
        "This Idempotency-Key came with another request before; make a new one.",
    )


def _of_key(connection: Connection, school: str, key: str, request_digest: str) -> Change | None:
    query = select(ChangeRow).where(ChangeRow.school_code == school, ChangeRow.idempotency_key == key)
    row = connection.execute(query).first()
    if row is None:
        return None
    if row.request_digest != request_digest:
        raise key_reused()
    return change_of(row)


def _is_in(connection: Connection, change: Change, state: ChangeState) -> bool:
    query = select(ChangeRow.id).where(ChangeRow.id == change.id, ChangeRow.state == state)
    return connection.execute(query).first() is not None


def _reread(connection: Connection, change: Change) -> Change:
    return change_of(connection.execute(select(ChangeRow).where(ChangeRow.id == change.id)).one())

"""Who signs for the principal, and when: delegations as they were decided, never changed, at most ended early."""

from __future__ import annotations

import dataclasses
import datetime as dt

from sqlalchemy import Engine, insert, select, update

from schemas.transcript.model import School, Signatory
from service.errors import ServiceError
from service.storage.database import reading, writing
from service.storage.principals import Principals
from service.storage.records import Delegation, canonical_record
from service.storage.school_history import note_fact
from service.storage.school_records import ChangedBy, SchoolFact
from service.storage.tables import DelegationRow

ON_BEHALF = "KT. HIỆU TRƯỞNG"


class Delegations(Principals):
    """The part of the register that knows who signs today."""

    _engine: Engine

    def put_delegation(self, delegation: Delegation, *, by: ChangedBy) -> None:
        """Keep a delegation.

        Raises:
            ServiceError: `school-unknown`; `delegation-dates`; `delegation-overlaps`: two deputies cannot both sign.
        """
        self.school(delegation.school_code)
        if delegation.first_day > delegation.last_day:
            raise ServiceError(
                "delegation-dates",
                "Ngày kết thúc uỷ quyền phải từ ngày bắt đầu trở đi. Hãy xem lại hai ngày.",
                "A delegation cannot end before it begins. Check the two days.",
            )
        for other in self.delegations(delegation.school_code):
            if other.first_day <= delegation.last_day and delegation.first_day <= other.last_in_force:
                raise ServiceError(
                    "delegation-overlaps",
                    f"Thời gian này đã uỷ quyền cho {other.deputy.name}. Hãy kết thúc uỷ quyền đó trước: "
                    "hocba delegation end.",
                    f"These days were delegated to {other.deputy.name}. End that delegation first: "
                    "hocba delegation end.",
                )
        with writing(self._engine) as connection:
            connection.execute(
                insert(DelegationRow).values(
                    id=delegation.id,
                    school_code=delegation.school_code,
                    deputy=canonical_record(delegation.deputy),
                    decision=delegation.decision,
                    first_day=delegation.first_day.isoformat(),
                    last_day=delegation.last_day.isoformat(),
                )
            )
            note_fact(connection, delegation.school_code, by, SchoolFact.DELEGATION, None, _words(delegation))

    def delegations(self, school: str) -> tuple[Delegation, ...]:
        """Return a school's delegations, the oldest first."""
        query = select(DelegationRow).where(DelegationRow.school_code == school)
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(DelegationRow.first_day, DelegationRow.id)).all()
        return tuple(
            Delegation(
                id=row.id,
                school_code=row.school_code,
                deputy=Signatory.model_validate_json(row.deputy),
                decision=row.decision,
                first_day=dt.date.fromisoformat(row.first_day),
                last_day=dt.date.fromisoformat(row.last_day),
                ended_on=dt.date.fromisoformat(row.ended_on) if row.ended_on else None,
            )
            for row in rows
        )

    def end_delegation(self, school: str, delegation_id: str, *, day: dt.date, by: ChangedBy) -> None:
        """End a delegation: on `day` the principal signs again.

        Raises:
            ServiceError: `delegation-unknown`: none of this school, or it has ended.
        """
        mine = (DelegationRow.school_code == school, DelegationRow.id == delegation_id)
        known = {one.id: one for one in self.delegations(school)}
        open_ones = (*mine, DelegationRow.ended_on.is_(None), DelegationRow.last_day >= day.isoformat())
        with writing(self._engine) as connection:
            done = connection.execute(
                update(DelegationRow).where(*open_ones).values(ended_on=day.isoformat())
            )
            if done.rowcount != 1:
                raise ServiceError(
                    "delegation-unknown",
                    "Trường không có uỷ quyền này, hoặc nó đã kết thúc; xem danh sách bằng: hocba delegation list.",
                    "The school has no such delegation, or it has ended; list them with: hocba delegation list.",
                )
            ended = dataclasses.replace(known[delegation_id], ended_on=day)
            words = _words(known[delegation_id]), _words(ended)
            note_fact(connection, school, by, SchoolFact.DELEGATION, *words)

    def signing(self, school: str, day: dt.date) -> tuple[School, Signatory]:
        """Return a school and who signs for it on a day: a deputy on the principal's behalf while one is delegated.

        Raises:
            ServiceError: `school-unknown`.
        """
        described, _ = self.school(school)
        for delegation in self.delegations(school):
            if delegation.covers(day):
                return described, delegation.deputy
        return described, self.principal_on(school, day)


def _words(one: Delegation) -> str:
    until = f", ✕ {one.ended_on:%d/%m/%Y}" if one.ended_on else ""
    return f"{one.deputy.name}, {one.first_day:%d/%m/%Y} – {one.last_day:%d/%m/%Y}{until}, {one.decision}"

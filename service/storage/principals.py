"""Who leads a school, from which day on: added, never changed, so that what somebody signed stays theirs."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Engine, insert, select

from schemas.transcript.model import Signatory
from service.errors import ServiceError
from service.storage.database import reading, writing
from service.storage.records import canonical_record
from service.storage.school_history import note_fact
from service.storage.school_records import ChangedBy, Principal, SchoolFact
from service.storage.school_tables import PrincipalRow
from service.storage.schools import Schools


class Principals(Schools):
    """The part of the register that knows who led a school when."""

    _engine: Engine

    def put_principal(self, principal: Principal, *, by: ChangedBy) -> None:
        """Let somebody lead a school from a day on; what others signed and reserved before keeps their names.

        Whoever leads it on that day already is not added again.

        Raises:
            ServiceError: `school-unknown`; `principal-day`: no day is named, or one that another's comes after.
        """
        school, day = principal.school_code, principal.first_day
        known = self.principals(school)
        if day is None or any(one.first_day is not None and one.first_day > day for one in known):
            raise ServiceError(
                "principal-day",
                "Hãy ghi ngày bắt đầu, không trước ngày bắt đầu của hiệu trưởng đã ghi gần nhất.",
                "Give the first day, not one before the first day of the principal that was entered last.",
            )
        before = _on(known, day)
        if before.signatory == principal.signatory:
            return
        with writing(self._engine) as connection:
            connection.execute(
                insert(PrincipalRow).values(
                    school_code=school,
                    signatory=canonical_record(principal.signatory),
                    first_day=day.isoformat(),
                )
            )
            note_fact(connection, school, by, SchoolFact.PRINCIPAL, _words(before), _words(principal))

    def principals(self, school: str) -> tuple[Principal, ...]:
        """Return who has led a school, leads it and is to lead it, the earliest first.

        Raises:
            ServiceError: `school-unknown`.
        """
        first = Principal(school, self.school(school)[1], None)
        query = select(PrincipalRow).where(PrincipalRow.school_code == school)
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(PrincipalRow.first_day, PrincipalRow.id)).all()
        later = (
            Principal(
                school, Signatory.model_validate_json(row.signatory), dt.date.fromisoformat(row.first_day)
            )
            for row in rows
        )
        return (first, *later)

    def principal_on(self, school: str, day: dt.date) -> Signatory:
        """Return who leads a school on a day.

        Raises:
            ServiceError: `school-unknown`.
        """
        return _on(self.principals(school), day).signatory


def _on(known: tuple[Principal, ...], day: dt.date) -> Principal:
    return [one for one in known if one.first_day is None or one.first_day <= day][-1]


def _words(one: Principal) -> str:
    name = f"{one.signatory.name}, {one.signatory.title}"
    return name if one.first_day is None else f"{name}, {one.first_day:%d/%m/%Y}"

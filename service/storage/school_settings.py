"""What is set of a school: what documents print of it, its levels, whether families are told. Each change is noted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, Engine, insert, select, update

from schemas.transcript.model import Kind, School, Signatory
from service.errors import ServiceError
from service.storage.database import reading, writing
from service.storage.delegations import Delegations
from service.storage.records import canonical_record
from service.storage.school_history import SchoolHistory, note_fact
from service.storage.school_records import ChangedBy, SchoolFact
from service.storage.tables import SchoolRow

_PRINTED = (SchoolFact.NAME, SchoolFact.COMMUNE, SchoolFact.DISTRICT, SchoolFact.PROVINCE)


class SchoolSettings(Delegations, SchoolHistory):
    """The part of the register that knows how a school is set up."""

    _engine: Engine

    def add_school(self, school: School, signatory: Signatory, *, by: ChangedBy) -> None:
        """Add a school.

        Raises:
            ServiceError: `school-known`.
        """
        values = {"school": canonical_record(school), "signatory": canonical_record(signatory)}
        with writing(self._engine) as connection:
            if connection.execute(select(SchoolRow.code).where(SchoolRow.code == school.code)).first():
                raise ServiceError(
                    "school-known",
                    f"Hệ thống đã có trường mã {school.code}.",
                    f"School {school.code} is here already.",
                )
            connection.execute(insert(SchoolRow).values(code=school.code, **values))
            after = f"{school.name}; {signatory.name}, {signatory.title}"
            note_fact(connection, school.code, by, SchoolFact.ADDED, None, after)

    def describe_school(self, school: School, *, by: ChangedBy) -> None:
        """Let documents reserved from now on print a school so; those of before are frozen as they were.

        Raises:
            ServiceError: `school-unknown`.
        """
        known, _ = self.school(school.code)
        with writing(self._engine) as connection:
            for fact in _PRINTED:
                before, after = getattr(known, fact), getattr(school, fact)
                if before != after:
                    note_fact(connection, school.code, by, fact, before, after)
            _set(connection, school.code, {"school": canonical_record(school)})

    def levels(self, school: str) -> tuple[Kind, ...]:
        """Return the levels that a school teaches; none where nobody has said so."""
        with reading(self._engine) as connection:
            kept = connection.execute(select(SchoolRow.levels).where(SchoolRow.code == school)).scalar()
        return tuple(Kind(one) for one in (kept or "").split())

    def set_levels(self, school: str, levels: Iterable[Kind], *, by: ChangedBy) -> None:
        """Say which levels a school teaches; with none, that nobody has said."""
        before = self.levels(school)
        wanted = set(levels)
        after = tuple(kind for kind in Kind if kind in wanted)
        if before != after:
            with writing(self._engine) as connection:
                _set(connection, school, {"levels": _joined(after)})
                note_fact(connection, school, by, SchoolFact.LEVELS, _joined(before), _joined(after))

    def tells_families(self, school: str) -> bool:
        """Return whether families with an address are told of what happens to documents."""
        with reading(self._engine) as connection:
            return bool(
                connection.execute(select(SchoolRow.notices).where(SchoolRow.code == school)).scalar()
            )

    def set_notices(self, school: str, *, told: bool, by: ChangedBy) -> None:
        """Say whether families are told from now on; what waits in the outbox is still sent."""
        if self.tells_families(school) is not told:
            with writing(self._engine) as connection:
                _set(connection, school, {"notices": told})
                words = {True: "on", False: "off"}
                note_fact(connection, school, by, SchoolFact.NOTICES, words[not told], words[told])


def _set(connection: Connection, school: str, values: Mapping[str, object]) -> None:
    connection.execute(update(SchoolRow).where(SchoolRow.code == school).values(dict(values)))


def _joined(levels: Iterable[Kind]) -> str | None:
    return " ".join(levels) or None

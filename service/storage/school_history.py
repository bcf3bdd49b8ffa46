"""What was changed of a school, by whom and when: added in the transaction of the change, never changed."""

from __future__ import annotations

from sqlalchemy import Connection, Engine, insert, select

from schemas.change_trail import Actor, ActorKind
from service.storage.database import reading
from service.storage.school_records import ChangedBy, SchoolEvent, SchoolFact
from service.storage.school_tables import SchoolEventRow


class SchoolHistory:
    """The part of the register that knows what was changed of a school."""

    _engine: Engine

    def school_events(self, school: str, *, most: int = 200) -> tuple[SchoolEvent, ...]:
        """Return the last changes of a school, the newest first."""
        query = select(SchoolEventRow).where(SchoolEventRow.school_code == school)
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(SchoolEventRow.id.desc()).limit(most)).all()
        return tuple(
            SchoolEvent(
                row.at,
                Actor(ActorKind(row.actor_kind), row.actor_id, row.actor_name),
                SchoolFact(row.fact),
                row.before,
                row.after,
            )
            for row in rows
        )


def note_fact(
    connection: Connection,
    school: str,
    by: ChangedBy,
    fact: SchoolFact,
    before: str | None,
    after: str | None,
) -> None:
    """Add a change to a school's history, within the transaction that makes it."""
    connection.execute(
        insert(SchoolEventRow).values(
            school_code=school,
            at=by.at,
            actor_kind=by.actor.kind.value,
            actor_id=by.actor.id,
            actor_name=by.actor.name,
            fact=fact.value,
            before=before,
            after=after,
        )
    )

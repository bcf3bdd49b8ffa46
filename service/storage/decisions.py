"""What somebody decided about an imported year that differs from the rules: kept with the draft, and gone with it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict

from sqlalchemy import Engine, Select, select, update

from schemas.canonical import JSONValue, canonical_bytes
from schemas.change_trail import Act, Actor, FieldChange
from service.storage.changes import change_pending
from service.storage.database import reading, writing
from service.storage.drafts import draft_changed
from service.storage.records import ChangeKind, ChangeState, Decision
from service.storage.tables import ChangeRow, IssuanceRow, StudentYearRow
from service.storage.trail_writing import Cause, TrailWriter, Whose


class Decisions:
    """The part of the register that remembers decisions."""

    _engine: Engine
    _token_bytes: Callable[[int], bytes]

    def decisions(self, school: str, school_year: str) -> dict[str, tuple[Decision, ...]]:
        """Return the decisions about the drafts of a school year, by student code."""
        query = select(StudentYearRow.student_code, StudentYearRow.decisions).where(
            StudentYearRow.school_code == school,
            StudentYearRow.school_year == school_year,
            StudentYearRow.decisions.is_not(None),
        )
        with reading(self._engine) as connection:
            return {row.student_code: _parsed(row.decisions) for row in connection.execute(query)}

    def put_decisions(
        self,
        school: str,
        student_code: str,
        school_year: str,
        decisions: Sequence[Decision],
        *,
        trail: str,
        actor: Actor,
    ) -> None:
        """Add decisions to those about a draft; a later one about the same thing takes the place of an earlier one.

        They are an entry of the trail: who wants what differs from the rules to stand says so under their name.

        Raises:
            ServiceError: `draft-changed` where the draft is no longer the one with this head of its trail;
                `change-pending` where a correction of it is confirmed, whose document names the head already.
        """
        mine = (
            StudentYearRow.school_code == school,
            StudentYearRow.student_code == student_code,
            StudentYearRow.school_year == school_year,
            StudentYearRow.trail == trail,
        )
        with writing(self._engine) as connection:
            row = connection.execute(select(StudentYearRow.decisions).where(*mine)).first()
            if row is None:
                raise draft_changed(student_code)
            if connection.execute(_confirmed_correction(school, student_code, school_year)).first():
                raise change_pending()
            subjects = {decision.subject for decision in decisions}
            kept = [one for one in _parsed(row.decisions) if one.subject not in subjects]
            members: list[JSONValue] = [
                {name: value for name, value in asdict(one).items() if value is not None}
                for one in (*kept, *decisions)
            ]
            trails = TrailWriter(connection, self._token_bytes)
            cause = Cause(Act.DECISION, actor, decisions[0].decided_at, why=decisions[0].reason)
            whose = Whose(school, student_code, school_year)
            head = trails.add_decisions(whose, cause, tuple(map(_as_change, decisions)), trail)
            trails.flush()
            connection.execute(
                update(StudentYearRow)
                .where(*mine)
                .values(decisions=canonical_bytes({"decisions": members}), trail=head)
            )


def _as_change(decision: Decision) -> FieldChange:
    """Return a decision as the trail has it: what the rules give, and what is recorded and stands."""
    return FieldChange(f"decision.{decision.place}", decision.computed, decision.recorded)


def _confirmed_correction(school: str, student_code: str, school_year: str) -> Select[str]:
    return (
        select(ChangeRow.id)
        .join(IssuanceRow, IssuanceRow.id == ChangeRow.issuance_id)
        .where(
            ChangeRow.school_code == school,
            ChangeRow.kind == ChangeKind.CORRECTION,
            ChangeRow.state == ChangeState.CONFIRMED,
            IssuanceRow.student_code == student_code,
            IssuanceRow.school_year == school_year,
        )
    )


def _parsed(stored: bytes | None) -> tuple[Decision, ...]:
    if stored is None:
        return ()
    return tuple(
        Decision(**{"recorded": None, "computed": None} | members)
        for members in json.loads(stored)["decisions"]
    )

"""Acts of confirming, approving and returning: added, read, never changed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, and_, func, insert, or_, select, update
from sqlalchemy.orm import aliased

from schemas.canonical import JSONValue, canonical_bytes
from service.approvals.acts import Act, ActKind, ActRow, ExceptionKey, ExceptionKind
from service.approvals.chains import Step
from service.people.roles import Role
from service.storage.approval_tables import ApprovalActRow, ApprovalRowRow
from service.storage.changes import key_reused
from service.storage.database import reading, writing
from service.storage.records import ChangeKind, ChangeState, Standing, State, StudentYear
from service.storage.rows import student_year_of
from service.storage.tables import ChangeRow, IssuanceRow, StudentYearRow

_STORED = tuple(name for name in Act.__slots__ if name not in {"number", "rows"})


class Approvals:
    """The part of the register that remembers who confirmed and approved what."""

    _engine: Engine

    def put_acts(self, acts: Sequence[Act]) -> tuple[Act, ...]:
        """Add acts in one transaction; an act whose key is known is the one of the first time.

        Raises:
            ServiceError: `idempotency-key-reused` where the key came with another request.
        """
        with writing(self._engine) as connection:
            return tuple(_put(connection, act) for act in acts)

    def act_of_key(self, school: str, key: str, request_digest: str) -> Act | None:
        """Return the act that an idempotency key came with before.

        Raises:
            ServiceError: `idempotency-key-reused`.
        """
        with reading(self._engine) as connection:
            return _of_key(connection, school, key, request_digest)

    def acts(self, school: str, school_year: str, class_name: str) -> tuple[Act, ...]:
        """Return all acts of a class, in their order."""
        mine = (
            ApprovalActRow.school_code == school,
            ApprovalActRow.school_year == school_year,
            ApprovalActRow.class_name == class_name,
        )
        with reading(self._engine) as connection:
            acts = connection.execute(
                select(ApprovalActRow).where(*mine).order_by(ApprovalActRow.number)
            ).all()
            numbers = select(ApprovalActRow.number).where(*mine)
            rows = connection.execute(select(ApprovalRowRow).where(ApprovalRowRow.act_number.in_(numbers)))
            return _acts(acts, rows)

    def classes_of(self, school: str, school_year: str) -> tuple[str, ...]:
        """Return the names of the classes with drafts, or with corrections that are asked for, in a school year."""
        corrected = {
            one.class_name for _, one in self.open_corrections(school) if one.year.school_year == school_year
        }
        query = select(StudentYearRow.class_name).where(
            StudentYearRow.school_code == school,
            StudentYearRow.school_year == school_year,
            StudentYearRow.class_name != "",
        )
        with reading(self._engine) as connection:
            return tuple(sorted(corrected.union(connection.scalars(query.distinct()))))

    def years_of_school(self, school: str) -> tuple[str, ...]:
        """Return the school years of which a school has drafts, the oldest first."""
        query = select(StudentYearRow.school_year).where(StudentYearRow.school_code == school)
        with reading(self._engine) as connection:
            return tuple(sorted(connection.scalars(query.distinct())))

    def years_before(
        self, school: str, school_year: str, class_name: str
    ) -> dict[str, tuple[StudentYear, ...]]:
        """Return the years before of the students of a class, by student code, the oldest first."""
        students = select(StudentYearRow.student_code).where(
            StudentYearRow.school_code == school,
            StudentYearRow.school_year == school_year,
            StudentYearRow.class_name == class_name,
        )
        query = select(StudentYearRow).where(
            StudentYearRow.school_code == school,
            StudentYearRow.school_year < school_year,
            StudentYearRow.student_code.in_(students),
        )
        found: dict[str, list[StudentYear]] = {}
        with reading(self._engine) as connection:
            for row in connection.execute(query.order_by(StudentYearRow.school_year)):
                found.setdefault(row.student_code, []).append(student_year_of(row))
        return {student: tuple(years) for student, years in found.items()}

    def open_corrections(self, school: str) -> tuple[tuple[str, StudentYear], ...]:
        """Return the mended data of the corrections that nobody has confirmed yet, each with the token that asked."""
        query = select(ChangeRow).where(
            ChangeRow.school_code == school,
            ChangeRow.kind == ChangeKind.CORRECTION,
            ChangeRow.state == ChangeState.REQUESTED,
            ChangeRow.learner.is_not(None),
        )
        with reading(self._engine) as connection:
            return tuple((row.requested_by, student_year_of(row)) for row in connection.execute(query))

    def revoked_at(self, school: str, school_year: str) -> dict[str, int]:
        """Return when the last document of each student of a school year was revoked or taken back, in seconds."""
        query = (
            select(IssuanceRow.student_code, func.max(IssuanceRow.ended_at))
            .where(
                IssuanceRow.school_code == school,
                IssuanceRow.school_year == school_year,
                or_(IssuanceRow.standing == Standing.REVOKED, IssuanceRow.state == State.ABANDONED),
                IssuanceRow.ended_at.is_not(None),
            )
            .group_by(IssuanceRow.student_code)
        )
        with reading(self._engine) as connection:
            return {row[0]: row[1] for row in connection.execute(query) if row[1] is not None}


def stands_confirmed(school: str, school_year: str, students: Select[str], since: int) -> Select[int]:
    """Return what finds the acts since a time by which rows of these students stand confirmed or approved.

    An act stands until it is returned: what a return takes with it is said in `service.approvals.states`.
    """
    returned, of_return = aliased(ApprovalActRow), aliased(ApprovalRowRow)
    act, of_act = ApprovalActRow, ApprovalRowRow
    falls = or_(
        act.step == Step.APPROVAL,
        and_(act.step == returned.step, act.subject.is_not_distinct_from(returned.subject)),
        and_(act.step == Step.HOMEROOM, returned.step == Step.SUBJECTS),
    )
    later_return = (
        select(returned.number)
        .join(of_return, of_return.act_number == returned.number)
        .where(
            returned.school_code == act.school_code,
            returned.school_year == act.school_year,
            returned.class_name == act.class_name,
            returned.kind == ActKind.RETURN,
            returned.number > act.number,
            of_return.student_code == of_act.student_code,
            falls,
        )
    )
    return (
        select(act.number)
        .join(of_act, of_act.act_number == act.number)
        .where(
            act.school_code == school,
            act.school_year == school_year,
            act.kind != ActKind.RETURN,
            act.at >= since,
            of_act.student_code.in_(students),
            ~later_return.exists(),
        )
        .limit(1)
    )


def erase_acts(connection: Connection, school: str, student_code: str, kept_years: Iterable[str]) -> None:
    """Take a student's digests and words out of the acts of years that no issued document holds."""
    # Another pseudonym each time: an act is of many students.
    erased = select(func.count()).where(ApprovalRowRow.student_code.like("erased/%"))
    name = f"erased/{connection.execute(erased).scalar_one() + 1}"
    mine = select(ApprovalActRow.number).where(
        ApprovalActRow.school_code == school, ApprovalActRow.school_year.not_in(list(kept_years))
    )
    connection.execute(
        update(ApprovalRowRow)
        .where(ApprovalRowRow.student_code == student_code, ApprovalRowRow.act_number.in_(mine))
        .values(student_code=name, digest="", words=None, acknowledged=None)
    )


def _put(connection: Connection, act: Act) -> Act:
    known = _of_key(connection, act.school_code, act.idempotency_key, act.request_digest)
    if known is not None:
        return known
    values = {name: getattr(act, name) for name in _STORED}
    number = connection.execute(
        insert(ApprovalActRow).values(values).returning(ApprovalActRow.number)
    ).scalar_one()
    rows = [
        {
            "act_number": number,
            "student_code": row.student_code,
            "digest": row.digest,
            "words": row.words,
            "acknowledged": _acknowledged(row),
        }
        for row in act.rows
    ]
    if rows:
        connection.execute(insert(ApprovalRowRow), rows)
    return Act(**values, rows=act.rows, number=number)


def _acknowledged(row: ActRow) -> bytes | None:
    if not row.acknowledged:
        return None
    members: list[JSONValue] = [
        [key.kind.value, key.place, key.value, reason] for key, reason in row.acknowledged.items()
    ]
    return canonical_bytes({"acknowledged": members})


def _of_key(connection: Connection, school: str, key: str, request_digest: str) -> Act | None:
    query = select(ApprovalActRow).where(
        ApprovalActRow.school_code == school, ApprovalActRow.idempotency_key == key
    )
    row = connection.execute(query).first()
    if row is None:
        return None
    if row.request_digest != request_digest:
        raise key_reused()
    rows = connection.execute(select(ApprovalRowRow).where(ApprovalRowRow.act_number == row.number))
    return _acts([row], rows)[0]


def _acts(acts: Sequence[Row[Any]], rows: Iterable[Row[Any]]) -> tuple[Act, ...]:
    by_act: dict[int, list[ActRow]] = {act.number: [] for act in acts}
    for row in rows:
        by_act[row.act_number].append(
            ActRow(row.student_code, row.digest, row.words, _parsed(row.acknowledged))
        )
    return tuple(
        Act(
            **{name: getattr(act, name) for name in _STORED}
            | {"kind": ActKind(act.kind), "step": Step(act.step), "role": Role(act.role)},
            rows=tuple(by_act[act.number]),
            number=act.number,
        )
        for act in acts
    )


def _parsed(stored: bytes | None) -> dict[ExceptionKey, str]:
    if stored is None:
        return {}
    return {
        ExceptionKey(ExceptionKind(kind), place, value): reason
        for kind, place, value, reason in json.loads(stored)["acknowledged"]
    }

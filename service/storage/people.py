"""People and their accounts: each change of one is committed together with the event that tells of it.

Whatever takes a right away gives the account a new `session_id` in the same transaction: from that commit on, no
session that was open can be found again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql.elements import ColumnElement

from service.errors import ServiceError
from service.people.accounts import Account, Event, EventKind
from service.people.roles import Assignment, Person, Role
from service.storage.database import reading, writing
from service.storage.invitation_mails import InvitationMail, drop_mails, put_mail
from service.storage.people_tables import AssignmentRow, PersonEventRow, PersonRoleRow, PersonRow
from service.storage.row_security import all_schools
from service.storage.tables import TokenRow


class People:
    """Everybody who may sign in."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(
        self, account: Account, *, invitation: bytes | None, by: str, mail: InvitationMail | None = None
    ) -> None:
        """Add somebody, invited until `account.invitation_until`, and at a school the row under which they act.

        Without an invitation, a mail is to bring one.

        Raises:
            ServiceError: `sign-in-name-taken`.
        """
        person, until = account.person, account.invitation_until
        if self._is_taken(account.sign_in_name):
            raise _taken()
        with writing(self._engine) as connection, _unique():
            connection.execute(
                insert(PersonRow).values(
                    id=person.id,
                    school_code=person.school_code,
                    name=person.name,
                    sign_in_name=account.sign_in_name,
                    active=account.active,
                    created_at=account.created_at,
                    session_id=account.session_id,
                    invitation=invitation,
                    invitation_until=until,
                    failed_tries=0,
                )
            )
            if person.school_code is not None:
                # What they ask for and confirm names this row: it has their id, and no secret that opens anything.
                connection.execute(
                    insert(TokenRow).values(
                        id=person.id,
                        school_code=person.school_code,
                        holder=person.name,
                        created_at=account.created_at,
                        person_id=person.id,
                    )
                )
            _put_roles(connection, person.id, person.roles)
            _put_assignments(connection, person.id, person.assignments)
            if mail is not None:
                put_mail(connection, mail)
            detail = _roles_detail(person.roles, person.assignments)
            _note(connection, person.id, Event(account.created_at, by, EventKind.INVITED, detail))

    def account(self, person_id: str) -> Account | None:
        """Return somebody's account."""
        return self._one(PersonRow.id == person_id)

    def account_of_name(self, sign_in_name: str) -> Account | None:
        """Return the account that is signed in to with a name, in its one spelling."""
        return self._one(PersonRow.sign_in_name == sign_in_name)

    def account_of_session(self, session_id: str) -> Account | None:
        """Return the account that a session is of, unless it was ended."""
        return self._one(PersonRow.session_id == session_id)

    def account_of_invitation(self, invitation: bytes) -> Account | None:
        """Return the account that an invitation, by its digest, is to; one that was used is nobody's."""
        return self._one(PersonRow.invitation == invitation)

    def person(self, person_id: str) -> Person | None:
        """Return somebody as the rest of the service sees them."""
        account = self.account(person_id)
        return account.person if account else None

    def accounts(self, school: str | None) -> tuple[Account, ...]:
        """Return the accounts of a school, or of the Sở, by name; those that are disabled too."""
        mine = PersonRow.school_code.is_(None) if school is None else PersonRow.school_code == school
        with reading(self._engine) as connection:
            rows = connection.execute(select(PersonRow).where(mine).order_by(PersonRow.name, PersonRow.id))
            return tuple(_account(connection, row) for row in rows.all())

    def staff(self) -> dict[str, tuple[frozenset[Role], ...]]:
        """Return the roles of everybody who signs in at a school, by the school's code; nobody's name."""
        found: dict[str, dict[str, set[Role]]] = {}
        query = (
            select(PersonRow.school_code, PersonRow.id, PersonRoleRow.role)
            .join(PersonRoleRow, PersonRoleRow.person_id == PersonRow.id)
            .where(PersonRow.active, PersonRow.password.is_not(None), PersonRow.school_code.is_not(None))
        )
        with reading(self._engine) as connection:
            for school, person_id, role in connection.execute(query):
                found.setdefault(str(school), {}).setdefault(person_id, set()).add(Role(role))
        return {school: tuple(map(frozenset, each.values())) for school, each in found.items()}

    def events(self, person_id: str) -> tuple[Event, ...]:
        """Return what was done about an account, the oldest first."""
        query = select(PersonEventRow).where(PersonEventRow.person_id == person_id)
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(PersonEventRow.id)).all()
        return tuple(Event(row.at, row.by, EventKind(row.kind), row.detail) for row in rows)

    def set_roles(self, person_id: str, roles: Iterable[Role], *, session_id: str, by: str, at: int) -> None:
        """Give somebody these roles instead of theirs, and end their sessions."""
        given = frozenset(roles)
        with writing(self._engine) as connection:
            _put_roles(connection, person_id, given)
            _set(connection, person_id, session_id=session_id)
            _note(connection, person_id, Event(at, by, EventKind.ROLES, _roles_detail(given)))

    def set_assignments(
        self, person_id: str, assignments: Iterable[Assignment], *, session_id: str, by: str, at: int
    ) -> None:
        """Give somebody these classes instead of theirs, and end their sessions."""
        given = tuple(assignments)
        with writing(self._engine) as connection:
            _put_assignments(connection, person_id, given)
            _set(connection, person_id, session_id=session_id)
            _note(connection, person_id, Event(at, by, EventKind.ASSIGNMENTS, _roles_detail((), given)))

    def set_active(self, person_id: str, *, active: bool, session_id: str, by: str, at: int) -> None:
        """Let somebody sign in, or no longer; who may not has no session and no invitation left."""
        kind = EventKind.ENABLED if active else EventKind.DISABLED
        with writing(self._engine) as connection:
            drop_mails(connection, person_id, at)
            _set(connection, person_id, active=active, session_id=session_id, invitation=None)
            _note(connection, person_id, Event(at, by, kind, ""))

    def invite_again(
        self,
        person_id: str,
        invitation: bytes | None,
        until: int | None,
        *,
        by: str,
        at: int,
        mail: InvitationMail | None = None,
    ) -> None:
        """Put another invitation in the place of an earlier one; password and sessions stay until it is used.

        Without an invitation, a mail is to bring one.
        """
        with writing(self._engine) as connection:
            drop_mails(connection, person_id, at)
            if mail is not None:
                put_mail(connection, mail)
            _set(connection, person_id, invitation=invitation, invitation_until=until)
            _note(connection, person_id, Event(at, by, EventKind.INVITED, ""))

    def join(self, invitation: bytes, password: str, *, session_id: str, at: int) -> str | None:
        """Use an invitation, once: set the password, end what was open, and return the person's id.

        None where it was used, taken back or is too old.
        """
        with writing(self._engine) as connection:
            query = select(PersonRow).where(PersonRow.invitation == invitation, PersonRow.active)
            row = connection.execute(query).first()
            if row is None or row.invitation_until < at:
                return None
            _set(
                connection,
                row.id,
                password=password,
                session_id=session_id,
                invitation=None,
                failed_tries=0,
                locked_until=None,
            )
            _note(connection, row.id, Event(at, row.id, EventKind.JOINED, ""))
            return str(row.id)

    def count_try(self, person_id: str, *, limit: int, lock_until: int, at: int) -> None:
        """Count a try that failed; the `limit`th in a row locks the account until `lock_until`."""
        with writing(self._engine) as connection:
            tries = connection.execute(
                select(PersonRow.failed_tries).where(PersonRow.id == person_id)
            ).scalar_one()
            if tries + 1 < limit:
                _set(connection, person_id, failed_tries=tries + 1)
                return
            _set(connection, person_id, failed_tries=0, locked_until=lock_until)
            _note(connection, person_id, Event(at, person_id, EventKind.LOCKED, ""))

    def forget_tries(self, person_id: str) -> None:
        """Count from nothing again: somebody has signed in."""
        with writing(self._engine) as connection:
            _set(connection, person_id, failed_tries=0, locked_until=None)

    def unlock(self, person_id: str, *, by: str, at: int) -> None:
        """Let somebody whose tries failed try again now."""
        with writing(self._engine) as connection:
            _set(connection, person_id, failed_tries=0, locked_until=None)
            _note(connection, person_id, Event(at, by, EventKind.UNLOCKED, ""))

    def set_second_factor(self, person_id: str, secret: str, *, at: int) -> None:
        """Keep the encrypted secret of somebody's authenticator."""
        with writing(self._engine) as connection:
            _set(connection, person_id, second_factor=secret)
            _note(connection, person_id, Event(at, person_id, EventKind.SECOND_FACTOR, ""))

    def advance_counter(self, person_id: str, counter: int) -> bool:
        """Note that a code of a time step was taken; False where one of it or after it was taken before."""
        older = or_(PersonRow.second_factor_counter.is_(None), PersonRow.second_factor_counter < counter)
        with writing(self._engine) as connection:
            values = update(PersonRow).where(PersonRow.id == person_id, older)
            return connection.execute(values.values(second_factor_counter=counter)).rowcount == 1

    def set_recovery_codes(self, person_id: str, codes: Iterable[str], *, at: int) -> None:
        """Keep encrypted recovery codes in the place of those that are there."""
        with writing(self._engine) as connection:
            _set(connection, person_id, recovery_codes=json.dumps(list(codes)))
            _note(connection, person_id, Event(at, person_id, EventKind.RECOVERY_CODES, ""))

    def use_recovery_code(self, person_id: str, code: str, *, at: int) -> bool:
        """Take an encrypted recovery code away; False where it was used before."""
        with writing(self._engine) as connection:
            query = select(PersonRow.recovery_codes).where(PersonRow.id == person_id)
            codes = json.loads(connection.execute(query).scalar_one() or "[]")
            if code not in codes:
                return False
            codes.remove(code)
            _set(connection, person_id, recovery_codes=json.dumps(codes))
            _note(connection, person_id, Event(at, person_id, EventKind.RECOVERY_CODE_USED, ""))
            return True

    def set_password(self, person_id: str, password: str, *, session_id: str, at: int) -> None:
        """Keep another password, as its hash, and the id of the one session that goes on."""
        with writing(self._engine) as connection:
            _set(connection, person_id, password=password, session_id=session_id)
            _note(connection, person_id, Event(at, person_id, EventKind.PASSWORD, ""))

    def reset_second_factor(self, person_id: str, *, session_id: str, by: str, at: int) -> None:
        """Forget somebody's authenticator and recovery codes: the next sign-in sets them up anew."""
        with writing(self._engine) as connection:
            _set(
                connection,
                person_id,
                second_factor=None,
                second_factor_counter=None,
                recovery_codes=None,
                session_id=session_id,
            )
            _note(connection, person_id, Event(at, by, EventKind.RESET, ""))

    def end_sessions(self, person_id: str, *, session_id: str) -> None:
        """End every session of somebody."""
        with writing(self._engine) as connection:
            _set(connection, person_id, session_id=session_id)

    @all_schools()
    def _is_taken(self, sign_in_name: str) -> bool:
        return self.account_of_name(sign_in_name) is not None

    def _one(self, which: ColumnElement[bool]) -> Account | None:
        with reading(self._engine) as connection:
            row = connection.execute(select(PersonRow).where(which)).first()
            return _account(connection, row) if row else None


@contextmanager
def _unique() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        # Somebody took the name a moment ago, perhaps at a school whose rows are not seen here.
        if "sign_in_name" not in str(error.orig):
            raise
        raise _taken() from error


def _taken() -> ServiceError:
    return ServiceError(
        "sign-in-name-taken",
        "Tên đăng nhập này đã có người dùng; hãy chọn tên khác.",
        "Somebody has this sign-in name; choose another.",
    )


def _account(connection: Connection, row: Any) -> Account:
    roles = connection.execute(select(PersonRoleRow.role).where(PersonRoleRow.person_id == row.id))
    mine = select(AssignmentRow).where(AssignmentRow.person_id == row.id)
    order = (AssignmentRow.school_year, AssignmentRow.class_name, AssignmentRow.subject)
    person = Person(
        id=row.id,
        school_code=row.school_code,
        name=row.name,
        roles=frozenset(Role(role) for role in roles.scalars()),
        assignments=tuple(
            Assignment(one.school_year, one.class_name, one.subject)
            for one in connection.execute(mine.order_by(*order))
        ),
    )
    return Account(
        person=person,
        sign_in_name=row.sign_in_name,
        session_id=row.session_id,
        created_at=row.created_at,
        active=row.active,
        password=row.password,
        second_factor=row.second_factor,
        second_factor_counter=row.second_factor_counter,
        recovery_codes=tuple(json.loads(row.recovery_codes or "[]")),
        invitation_until=row.invitation_until if row.invitation else None,
        failed_tries=row.failed_tries,
        locked_until=row.locked_until,
    )


def _set(connection: Connection, person_id: str, **values: object) -> None:
    connection.execute(update(PersonRow).where(PersonRow.id == person_id).values(values))


def _put_roles(connection: Connection, person_id: str, roles: Iterable[Role]) -> None:
    connection.execute(delete(PersonRoleRow).where(PersonRoleRow.person_id == person_id))
    for role in sorted(roles):
        connection.execute(insert(PersonRoleRow).values(person_id=person_id, role=role))


def _put_assignments(connection: Connection, person_id: str, assignments: Iterable[Assignment]) -> None:
    connection.execute(delete(AssignmentRow).where(AssignmentRow.person_id == person_id))
    for one in dict.fromkeys(assignments):
        connection.execute(
            insert(AssignmentRow).values(
                person_id=person_id,
                school_year=one.school_year,
                class_name=one.class_name,
                subject=one.subject,
            )
        )


def _roles_detail(roles: Iterable[Role], assignments: Iterable[Assignment] = ()) -> str:
    """Return roles and classes on one line, as the event keeps them."""
    classes = (f"{one.school_year}/{one.class_name}/{one.subject or '-'}" for one in assignments)
    return " ".join([*sorted(roles), *classes])


def _note(connection: Connection, person_id: str, event: Event) -> None:
    school = select(PersonRow.school_code).where(PersonRow.id == person_id).scalar_subquery()
    connection.execute(
        insert(PersonEventRow).values(
            person_id=person_id,
            school_code=school,
            at=event.at,
            by=event.by,
            kind=event.kind,
            detail=event.detail,
        )
    )

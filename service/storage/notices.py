"""The outbox: notices to families, written by the very commit that makes what they tell of so; and the addresses.

Who has no address is not told. An address counts from when it was set: nothing that happened before is sent after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, func, insert, select, update

from schemas.profiles import EXTRACT_PROFILES
from service.errors import ServiceError
from service.storage.database import reading, writing
from service.storage.family_records import Contact, Notice, NoticeKind, NoticeState
from service.storage.family_tables import ContactRow, NoticeRow
from service.storage.tables import ChangeRow, IssuanceRow, SchoolRow


class Notices:
    """The part of the register that keeps families' addresses and what is to be sent to them."""

    _engine: Engine

    def set_contact(self, contact: Contact) -> None:
        """Commit where a family is told from now on; where that was another address, that one is told of the change."""
        with writing(self._engine) as connection:
            put_contact(connection, contact)

    def remove_contact(self, school: str, student_code: str, *, at: int) -> None:
        """Commit that a family is told no more; the address is told so. Where there is none, nothing happens."""
        with writing(self._engine) as connection:
            take_contact(connection, school, student_code, at)

    def contact(self, school: str, student_code: str) -> Contact | None:
        """Return where a student's family is told."""
        with reading(self._engine) as connection:
            row = connection.execute(select(ContactRow).where(*_of(school, student_code))).first()
        return None if row is None else _contact_of(row)

    def notices(self, school: str, *, most: int = 500) -> tuple[Notice, ...]:
        """Return the notices of a school, the newest first."""
        query = select(NoticeRow).where(NoticeRow.school_code == school)
        query = query.order_by(NoticeRow.happened_at.desc(), NoticeRow.id).limit(most)
        with reading(self._engine) as connection:
            return tuple(map(_notice_of, connection.execute(query)))

    def due_notices(self, at: int, *, most: int) -> tuple[Notice, ...]:
        """Return what is to be sent now, of whatever school, what has waited longest first."""
        waiting = (NoticeRow.state == NoticeState.WAITING, NoticeRow.next_try_at <= at)
        query = select(NoticeRow).where(*waiting).order_by(NoticeRow.next_try_at, NoticeRow.happened_at)
        with reading(self._engine) as connection:
            return tuple(map(_notice_of, connection.execute(query.limit(most))))

    def settle_notice(self, notice: Notice) -> None:
        """Commit what became of a try to send a notice; one that was erased meanwhile stays erased."""
        names = ("state", "tries", "next_try_at", "answer", "settled_at")
        values = {name: getattr(notice, name) for name in names}
        with writing(self._engine) as connection:
            connection.execute(update(NoticeRow).where(NoticeRow.id == notice.id).values(values))

    def retry_notice(self, school: str, notice_id: str, *, at: int) -> None:
        """Commit that a notice that was given up is tried again, at the family's present address.

        Raises:
            ServiceError: `notice-unknown`: the school has none that was given up by this id, or the family no address.
        """
        mine = (
            NoticeRow.school_code == school,
            NoticeRow.id == notice_id,
            NoticeRow.state == NoticeState.GIVEN_UP,
        )
        with writing(self._engine) as connection:
            row = connection.execute(select(NoticeRow).where(*mine)).first()
            address = None
            if row is not None:
                of_student = select(ContactRow.email).where(*_of(school, row.student_code))
                address = connection.execute(of_student).scalar()
            if row is None or address is None:
                raise ServiceError(
                    "notice-unknown",
                    "Không có thông báo nào đã bỏ mang mã này, hoặc gia đình chưa có địa chỉ (hocba contact set).",
                    "No notice that was given up has this id, or the family has no address (hocba contact set).",
                )
            again = update(NoticeRow).where(NoticeRow.id == notice_id)
            values = {"state": NoticeState.WAITING, "tries": 0, "next_try_at": at, "settled_at": None}
            connection.execute(again.values(address=address, **values))

    def notice_counts(self, school: str | None = None) -> dict[NoticeState, int]:
        """Return how many notices there are in each state, at one school or at all."""
        query = select(NoticeRow.state, func.count().label("number")).group_by(NoticeRow.state)
        if school is not None:
            query = query.where(NoticeRow.school_code == school)
        with reading(self._engine) as connection:
            found = {row.state: row.number for row in connection.execute(query)}
        return {state: found.get(state, 0) for state in NoticeState}


def put_contact(connection: Connection, contact: Contact) -> None:
    """Keep where a family is told; another address that it replaces is told of the change."""
    mine = _of(contact.school_code, contact.student_code)
    values = {name: getattr(contact, name) for name in Contact.__slots__} | {"email": contact.email.encode()}
    row = connection.execute(select(ContactRow).where(*mine)).first()
    if row is None:
        connection.execute(insert(ContactRow).values(values))
        return
    connection.execute(update(ContactRow).where(*mine).values(values))
    known = _contact_of(row)
    if known.email != contact.email:
        _note_contact(connection, known, contact.set_at)


def take_contact(connection: Connection, school: str, student_code: str, at: int) -> None:
    """Tell a family no more; its address is told so."""
    mine = _of(school, student_code)
    row = connection.execute(select(ContactRow).where(*mine)).first()
    if row is not None:
        connection.execute(delete(ContactRow).where(*mine))
        _note_contact(connection, _contact_of(row), at)


def note_released(connection: Connection, issuances: Sequence[str]) -> None:
    """Put into the outbox that these documents were given out; what corrects another was told of as a correction."""
    corrections = select(ChangeRow.replacement_id).where(ChangeRow.replacement_id.is_not(None))
    told = (IssuanceRow.id.in_(issuances), IssuanceRow.id.not_in(corrections))
    for row in connection.execute(select(IssuanceRow).where(*told)).all():
        kind = NoticeKind.EXTRACT if row.profile in EXTRACT_PROFILES else NoticeKind.RELEASED
        _note(connection, row, kind, row.issued_at)


def note_ended(connection: Connection, issuance_id: str, kind: NoticeKind, at: int | None) -> None:
    """Put into the outbox that a document was revoked, or that another has taken its place."""
    row = connection.execute(select(IssuanceRow).where(IssuanceRow.id == issuance_id)).one()
    _note(connection, row, kind, at if at is not None else row.issued_at)


def erase_notices(connection: Connection, school: str, student_code: str) -> int:
    """Delete a family's address and every notice to it; returns how many rows went."""
    mine = (NoticeRow.school_code == school, NoticeRow.student_code == student_code)
    gone = connection.execute(delete(NoticeRow).where(*mine)).rowcount
    return gone + connection.execute(delete(ContactRow).where(*_of(school, student_code))).rowcount


def notices_of(connection: Connection, school: str, student_code: str) -> int:
    """Return how many rows hold a family's address."""
    mine = (NoticeRow.school_code == school, NoticeRow.student_code == student_code)
    addresses = select(func.count()).select_from(ContactRow).where(*_of(school, student_code))
    written = select(func.count()).select_from(NoticeRow).where(*mine)
    return connection.execute(addresses).scalar_one() + connection.execute(written).scalar_one()


def _of(school: str, student_code: str) -> tuple[Any, Any]:
    return ContactRow.school_code == school, ContactRow.student_code == student_code


def _note(connection: Connection, issuance: Row[Any], kind: NoticeKind, at: int) -> None:
    mine = _of(issuance.school_code, issuance.student_code)
    address = connection.execute(select(ContactRow.email).where(*mine)).scalar()
    told = select(SchoolRow.notices).where(SchoolRow.code == issuance.school_code)
    if address is None or not connection.execute(told).scalar_one():
        return
    # A step that is done again after a crash tells of nothing again.
    notice_id = _id(kind, issuance.id)
    told_at = address.decode()
    if connection.execute(select(NoticeRow.id).where(NoticeRow.id == notice_id)).first() is None:
        notice = Notice(
            notice_id, issuance.school_code, issuance.student_code, kind, told_at, at, issuance.id
        )
        _insert(connection, notice)


def _note_contact(connection: Connection, old: Contact, at: int) -> None:
    notice_id = _id(NoticeKind.CONTACT, old.school_code, old.student_code, old.email, str(old.set_at))
    if connection.execute(select(NoticeRow.id).where(NoticeRow.id == notice_id)).first() is None:
        told = Notice(notice_id, old.school_code, old.student_code, NoticeKind.CONTACT, old.email, at)
        _insert(connection, told)


def _insert(connection: Connection, notice: Notice) -> None:
    values = {name: getattr(notice, name) for name in Notice.__slots__} | {"address": notice.address.encode()}
    connection.execute(insert(NoticeRow).values(values))


def _id(kind: NoticeKind, *parts: str) -> str:
    return sha256("\0".join(("hocba/notice/v1", kind, *parts)).encode()).hexdigest()[:32]


def _contact_of(row: Row[Any]) -> Contact:
    values = {name: getattr(row, name) for name in Contact.__slots__}
    return Contact(**values | {"email": row.email.decode()})


def _notice_of(row: Row[Any]) -> Notice:
    values = {name: getattr(row, name) for name in Notice.__slots__}
    values["address"] = row.address.decode()
    return Notice(**values | {"kind": NoticeKind(row.kind), "state": NoticeState(row.state)})

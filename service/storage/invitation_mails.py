"""The outbox of invitations: that somebody is to be sent a link. It holds no link; that is drawn when it is sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Row, insert, select, update

from service.people.accounts import Event, EventKind
from service.storage.database import reading, writing
from service.storage.family_records import NoticeState
from service.storage.people_tables import InvitationMailRow, PersonEventRow, PersonRow

DROPPED = "dropped"
"""The answer of a mail that nothing was to be sent for any more."""


@dataclass(frozen=True, slots=True)
class InvitationMail:
    """That somebody is to be invited by mail, asked for by somebody (an id, or `operator`) at a time in seconds."""

    id: str
    person_id: str
    school_code: str | None
    by: str
    asked_at: int
    state: NoticeState = NoticeState.WAITING
    tries: int = 0
    next_try_at: int = 0
    answer: str | None = None
    """The status by which a server refused the last try, `line` where it broke off, or `DROPPED`."""
    settled_at: int | None = None


class InvitationMails:
    """What is known of invitations by mail."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of(self, person_id: str) -> InvitationMail | None:
        """Return the last mail to somebody."""
        mine = select(InvitationMailRow).where(InvitationMailRow.person_id == person_id)
        with reading(self._engine) as connection:
            row = connection.execute(mine.order_by(InvitationMailRow.number.desc())).first()
        return None if row is None else _mail(row)

    def due(self, at: int, *, most: int) -> tuple[InvitationMail, ...]:
        """Return what is to be sent now, what has waited longest first."""
        waiting = (InvitationMailRow.state == NoticeState.WAITING, InvitationMailRow.next_try_at <= at)
        query = select(InvitationMailRow).where(*waiting)
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(InvitationMailRow.number).limit(most))
            return tuple(map(_mail, rows))

    def draw(self, mail_id: str, invitation: bytes, until: int) -> bool:
        """Make a link, by its digest, the invitation of whom a mail is to.

        False where nothing is to be sent any more: the link of the try before was used or another took its place, or
        the account was disabled.
        """
        query = (
            select(PersonRow.id, PersonRow.invitation, InvitationMailRow.invitation)
            .join(InvitationMailRow, InvitationMailRow.person_id == PersonRow.id)
            .where(InvitationMailRow.id == mail_id, InvitationMailRow.state == NoticeState.WAITING)
            .where(PersonRow.active)
        )
        with writing(self._engine) as connection:
            found = connection.execute(query).first()
            if found is None or (found[2] is not None and found[2] != found[1]):
                return False
            mine = update(PersonRow).where(PersonRow.id == found[0])
            connection.execute(mine.values(invitation=invitation, invitation_until=until))
            drawn = update(InvitationMailRow).where(InvitationMailRow.id == mail_id)
            connection.execute(drawn.values(invitation=invitation))
            return True

    def settle(self, mail: InvitationMail) -> None:
        """Commit what became of a try; that a server took it is an event of the account."""
        names = ("state", "tries", "next_try_at", "answer", "settled_at")
        values = {name: getattr(mail, name) for name in names}
        waiting = (InvitationMailRow.id == mail.id, InvitationMailRow.state == NoticeState.WAITING)
        with writing(self._engine) as connection:
            connection.execute(update(InvitationMailRow).where(*waiting).values(values))
            if mail.state is NoticeState.SENT:
                event = Event(mail.settled_at or mail.asked_at, mail.by, EventKind.MAILED, "")
                connection.execute(
                    insert(PersonEventRow).values(
                        person_id=mail.person_id,
                        school_code=mail.school_code,
                        at=event.at,
                        by=event.by,
                        kind=event.kind,
                        detail=event.detail,
                    )
                )


def put_mail(connection: Connection, mail: InvitationMail) -> None:
    """Put a mail into the outbox, within the transaction of the invitation."""
    values = {name: getattr(mail, name) for name in InvitationMail.__slots__}
    connection.execute(insert(InvitationMailRow).values(values))


def drop_mails(connection: Connection, person_id: str, at: int) -> None:
    """Send nothing more that waits for somebody, within the transaction of what took its place."""
    waiting = (InvitationMailRow.person_id == person_id, InvitationMailRow.state == NoticeState.WAITING)
    values = {"state": NoticeState.GIVEN_UP, "answer": DROPPED, "settled_at": at}
    connection.execute(update(InvitationMailRow).where(*waiting).values(values))


def _mail(row: Row[Any]) -> InvitationMail:
    values = {name: getattr(row, name) for name in InvitationMail.__slots__}
    return InvitationMail(**values | {"state": NoticeState(row.state)})

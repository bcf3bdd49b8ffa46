"""Links to released documents, and how each was opened. A token is known by its digest, a PIN by a slow one.

A try at a PIN is taken from the link's allowance and committed before the PIN is looked at: whoever asks from many
sides at once, or stops the process in between, gains none.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Connection, Engine, Row, delete, func, insert, select, update

from service.errors import ServiceError
from service.storage.database import reading, writing
from service.storage.family_records import Link, LinkOpen, LinkPurpose, LinkState, OpenResult, PINDigest
from service.storage.family_tables import LinkOpenRow, LinkRow
from service.storage.records import ChangeState, Issuance
from service.storage.rows import issuance_of
from service.storage.tables import ChangeRow, IssuanceRow

MAX_REFUSALS: Final = 100
"""How many attempts at a link that opens nothing are kept: knocking on does not fill the disk."""
_REFUSED = {
    LinkState.REVOKED: OpenResult.REVOKED,
    LinkState.EXPIRED: OpenResult.EXPIRED,
    LinkState.LOCKED: OpenResult.LOCKED,
}


class Links:
    """The part of the register that keeps links."""

    _engine: Engine

    def put_link(self, link: Link, token: str, pin: PINDigest) -> None:
        """Commit a link: from now on token and PIN together open it."""
        values = {name: getattr(link, name) for name in Link.__slots__}
        with writing(self._engine) as connection:
            connection.execute(
                insert(LinkRow).values(
                    **values, token_digest=_digest(token), pin_salt=pin.salt, pin_digest=pin.digest
                )
            )

    def links(self, school: str, issuance_id: str | None = None) -> tuple[Link, ...]:
        """Return the links of a school, or those to one of its documents, the newest first."""
        query = select(LinkRow).where(LinkRow.school_code == school)
        if issuance_id is not None:
            query = query.where(LinkRow.issuance_id == issuance_id)
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(LinkRow.made_at.desc(), LinkRow.id)).all()
        return tuple(map(_link_of, rows))

    def link(self, school: str, link_id: str) -> Link:
        """Return a link of this school.

        Raises:
            ServiceError: `link-unknown`.
        """
        query = select(LinkRow).where(LinkRow.school_code == school, LinkRow.id == link_id)
        with reading(self._engine) as connection:
            row = connection.execute(query).first()
        if row is None:
            raise ServiceError(
                "link-unknown",
                "Trường không có liên kết này; xem danh sách bằng: hocba link list.",
                "The school has no such link; list them with: hocba link list.",
            )
        return _link_of(row)

    def link_of(self, token: str) -> Link | None:
        """Return the link that a token is, of whatever school; compared by digest, so that timing tells nothing."""
        with reading(self._engine) as connection:
            row = connection.execute(select(LinkRow).where(LinkRow.token_digest == _digest(token))).first()
        return _link_of(row) if row else None

    def revoke_link(self, school: str, link_id: str, *, at: int) -> Link:
        """Commit that a link opens nothing from now on; again, it stays as it was.

        Raises:
            ServiceError: `link-unknown`.
        """
        mine = (LinkRow.school_code == school, LinkRow.id == link_id, LinkRow.revoked_at.is_(None))
        with writing(self._engine) as connection:
            connection.execute(update(LinkRow).where(*mine).values(revoked_at=at))
        return self.link(school, link_id)

    def take_try(self, token: str, *, at: int) -> tuple[Link, PINDigest] | None:
        """Commit that one try at a link's PIN is used up; None where there is no such link, or it opens nothing."""
        with writing(self._engine) as connection:
            row = connection.execute(select(LinkRow).where(LinkRow.token_digest == _digest(token))).first()
            if row is None:
                return None
            link = _link_of(row)
            state = link.state(at)
            if state is not LinkState.OPEN:
                _note_refusal(connection, link, _REFUSED[state], at)
                return None
            one_more = update(LinkRow).where(LinkRow.id == link.id)
            connection.execute(one_more.values(wrong_pins=LinkRow.wrong_pins + 1))
            return link, PINDigest(row.pin_salt, row.pin_digest)

    def settle_try(self, link: Link, *, is_right: bool, at: int) -> None:
        """Commit what became of a try: a right PIN gives its own try back, and none that was wrong."""
        with writing(self._engine) as connection:
            if is_right:
                one_less = update(LinkRow).where(LinkRow.id == link.id)
                connection.execute(one_less.values(wrong_pins=LinkRow.wrong_pins - 1))
            _note(connection, link, OpenResult.OPENED if is_right else OpenResult.WRONG_PIN, at)

    def note_fetched(self, link: Link, issuance_id: str, *, at: int) -> None:
        """Commit that a file is about to be handed out through a link."""
        with writing(self._engine) as connection:
            _note(connection, link, OpenResult.FETCHED, at, issuance_id)

    def opens(self, school: str, link_id: str) -> tuple[LinkOpen, ...]:
        """Return how a link of this school was opened, the oldest first.

        Raises:
            ServiceError: `link-unknown`.
        """
        self.link(school, link_id)
        query = select(LinkOpenRow).where(LinkOpenRow.link_id == link_id).order_by(LinkOpenRow.id)
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
        return tuple(LinkOpen(row.opened_at, OpenResult(row.result), row.issuance_id) for row in rows)

    def newest_version(self, issuance: Issuance) -> Issuance:
        """Return what a document was corrected to, as far as that was corrected in its turn; else itself."""
        known = issuance
        with reading(self._engine) as connection:
            while True:
                following = (
                    select(IssuanceRow)
                    .join(ChangeRow, ChangeRow.replacement_id == IssuanceRow.id)
                    .where(ChangeRow.issuance_id == known.id, ChangeRow.state == ChangeState.DONE)
                )
                row = connection.execute(following).first()
                if row is None:
                    return known
                known = issuance_of(row)


def erase_links(connection: Connection, links: list[str]) -> None:
    """Delete links with all that is known of how they were opened."""
    connection.execute(delete(LinkOpenRow).where(LinkOpenRow.link_id.in_(links)))
    connection.execute(delete(LinkRow).where(LinkRow.id.in_(links)))


def links_to(connection: Connection, school: str, student_code: str) -> list[str]:
    """Return the ids of the links to a student's documents."""
    query = (
        select(LinkRow.id)
        .join(IssuanceRow, IssuanceRow.id == LinkRow.issuance_id)
        .where(IssuanceRow.school_code == school, IssuanceRow.student_code == student_code)
    )
    return list(connection.scalars(query))


def _note(
    connection: Connection, link: Link, result: OpenResult, at: int, issuance_id: str | None = None
) -> None:
    values = {"link_id": link.id, "opened_at": at, "result": result, "issuance_id": issuance_id}
    connection.execute(insert(LinkOpenRow).values(values))


def _note_refusal(connection: Connection, link: Link, result: OpenResult, at: int) -> None:
    refused = select(func.count()).where(
        LinkOpenRow.link_id == link.id, LinkOpenRow.result.in_(_REFUSED.values())
    )
    if connection.execute(refused).scalar_one() < MAX_REFUSALS:
        _note(connection, link, result, at)


def _digest(token: str) -> bytes:
    return sha256(b"hocba/link/v1" + token.encode()).digest()


def _link_of(row: Row[Any]) -> Link:
    values = {name: getattr(row, name) for name in Link.__slots__}
    return Link(**values | {"purpose": LinkPurpose(row.purpose)})

"""Schools, who signs for them, and the tokens that speak for them."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from sqlalchemy import Engine, Row, delete, insert, or_, select, update

from schemas.transcript.model import School, Signatory
from service.errors import ServiceError
from service.scopes import format_scopes, parse_scopes
from service.storage.database import reading, writing
from service.storage.people_tables import PersonRow
from service.storage.records import Token, canonical_record
from service.storage.row_security import all_schools
from service.storage.tables import ChangeRow, SchoolRow, TokenRow

_USE_SECONDS = 60


class Schools:
    """The part of the register that knows who is who."""

    _engine: Engine

    def put_school(self, school: School, signatory: Signatory) -> None:
        """Add a school, or replace its description."""
        values = {"school": canonical_record(school), "signatory": canonical_record(signatory)}
        with writing(self._engine) as connection:
            known = connection.execute(select(SchoolRow.code).where(SchoolRow.code == school.code)).first()
            if known:
                connection.execute(update(SchoolRow).where(SchoolRow.code == school.code).values(values))
            else:
                connection.execute(insert(SchoolRow).values(code=school.code, **values))

    def only_school(self) -> str:
        """Return the code of the one school of this installation.

        Raises:
            ServiceError: `school-not-chosen` where there are several.
        """
        codes = [school.code for school in self.schools()]
        if len(codes) != 1:
            known = ", ".join(codes)
            raise ServiceError(
                "school-not-chosen",
                f"Hãy chọn trường bằng --school; các mã trường có ở đây: {known}",
                f"Choose a school with --school; the codes here are: {known}",
            )
        return codes[0]

    def school(self, code: str) -> tuple[School, Signatory]:
        """Return a school and who signs for it.

        Raises:
            ServiceError: `school-unknown`.
        """
        with reading(self._engine) as connection:
            query = select(SchoolRow.school, SchoolRow.signatory).where(SchoolRow.code == code)
            row = connection.execute(query).first()
        if row is None:
            raise school_unknown(code)
        return School.model_validate_json(row.school), Signatory.model_validate_json(row.signatory)

    @all_schools()
    def schools(self) -> tuple[School, ...]:
        """Return all schools, by code."""
        with reading(self._engine) as connection:
            rows = connection.execute(select(SchoolRow.school).order_by(SchoolRow.code)).all()
        return tuple(School.model_validate_json(row.school) for row in rows)

    def put_token(self, token: Token, secret: str) -> Token:
        """Let a secret speak for a school from now on; the same secret again is the same token."""
        digest = _digest(secret)
        with writing(self._engine) as connection:
            row = connection.execute(select(TokenRow).where(TokenRow.digest == digest)).first()
            if row is not None:
                return _token(row)
            values = {name: getattr(token, name) for name in Token.__slots__}
            values["scopes"] = format_scopes(token.scopes)
            connection.execute(insert(TokenRow).values(**values, digest=digest))
        return token

    def token_of(self, secret: str) -> Token | None:
        """Return the token that a secret is; compared by digest, so that timing tells nothing."""
        of_somebody_who_may = or_(TokenRow.person_id.is_(None), PersonRow.active)
        query = select(TokenRow).outerjoin(PersonRow, TokenRow.person_id == PersonRow.id)
        with reading(self._engine) as connection:
            row = connection.execute(
                query.where(TokenRow.digest == _digest(secret), of_somebody_who_may)
            ).first()
        return _token(row) if row else None

    def note_use(self, token: Token, *, at: int) -> None:
        """Note when a token was used, at most once a minute: reading is not to wait for writers."""
        if token.last_used_at is not None and at - token.last_used_at < _USE_SECONDS:
            return
        with writing(self._engine) as connection:
            row = (TokenRow.school_code == token.school_code, TokenRow.id == token.id)
            connection.execute(update(TokenRow).where(*row).values(last_used_at=at))

    def actor(self, school: str, actor_id: str) -> Token | None:
        """Return who acts at a school, or acted, under an id: a person who signs in, or the holder of a token."""
        query = select(TokenRow).where(TokenRow.school_code == school, TokenRow.id == actor_id)
        with reading(self._engine) as connection:
            row = connection.execute(query).first()
        return _token(row) if row else None

    def tokens(self, school: str) -> tuple[Token, ...]:
        """Return the tokens that speak for a school now, the oldest first."""
        query = select(TokenRow).where(TokenRow.school_code == school, TokenRow.digest.is_not(None))
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(TokenRow.created_at, TokenRow.id)).all()
        return tuple(_token(row) for row in rows)

    def holders(self, school: str) -> dict[str, str]:
        """Return the name of each holder by the id of the token, retired ones too, and of people."""
        with reading(self._engine) as connection:
            query = select(TokenRow.id, TokenRow.holder).where(TokenRow.school_code == school)
            return {row.id: row.holder for row in connection.execute(query)}

    def retire_token(self, school: str, token_id: str) -> bool:
        """Let a token speak no longer. Its holder's name stays only where a request names the token.

        Raises:
            ServiceError: `token-unknown`.

        Returns:
            Whether the name stays.
        """
        # The row of a person is no token: it goes with nobody.
        mine = (
            TokenRow.school_code == school,
            TokenRow.id == token_id,
            or_(TokenRow.person_id.is_(None), TokenRow.person_id != token_id),
        )
        acted = or_(
            ChangeRow.requested_by == token_id,
            ChangeRow.confirmed_by == token_id,
            ChangeRow.withdrawn_by == token_id,
        )
        with writing(self._engine) as connection:
            if connection.execute(select(TokenRow.id).where(*mine)).first() is None:
                raise ServiceError(
                    "token-unknown",
                    "Trường không có mã truy cập này; xem danh sách bằng: hocba token list",
                    "The school has no such token; list them with: hocba token list",
                )
            if connection.execute(select(ChangeRow.id).where(acted)).first() is None:
                connection.execute(delete(TokenRow).where(*mine))
                return False
            connection.execute(update(TokenRow).where(*mine).values(digest=None))
            return True


def school_unknown(code: str) -> ServiceError:
    """Return the refusal of a school that is not here."""
    return ServiceError(
        "school-unknown",
        f"Hệ thống chưa có trường mã {code}; hãy xem lại mã trường.",
        f"No school {code} here; check the school's code.",
    )


def _token(row: Row[Any]) -> Token:
    return Token(
        row.id,
        row.school_code,
        row.holder,
        row.created_at,
        row.person_id,
        parse_scopes(row.scopes),
        row.expires_at,
        row.last_used_at,
    )


def _digest(secret: str) -> bytes:
    return sha256(b"hocba/token/v1" + secret.encode()).digest()

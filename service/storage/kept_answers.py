"""Answers of acts that programs asked for, kept for a day, so that the same request again gets the same answer."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Connection, Engine, delete, insert, select, update

from service.errors import ServiceError
from service.storage.changes import key_reused
from service.storage.database import writing
from service.storage.records import Token
from service.storage.tables import KeptAnswerRow

KEEPING: Final = 24 * 3600
"""For how many seconds an answer is kept."""


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """A status, and the bytes of a JSON document."""

    status: int
    body: bytes


class KeptAnswers:
    """The part of the register that knows what was asked and answered already."""

    _engine: Engine

    def begin_act(self, token: Token, key: str, request_digest: str, *, at: int) -> KeptAnswer | None:
        """Commit that a request was begun under a key; return its answer where it was answered before.

        Begun and not answered, it was cut off: whoever asks again goes on with it.

        Raises:
            ServiceError: `idempotency-key-reused` where the key came with another request.
        """
        row = _row(token, key)
        with writing(self._engine) as connection:
            old = (KeptAnswerRow.school_code == token.school_code, KeptAnswerRow.begun_at <= at - KEEPING)
            connection.execute(delete(KeptAnswerRow).where(*old))
            known = connection.execute(select(KeptAnswerRow).where(*row)).first()
            if known is None:
                connection.execute(
                    insert(KeptAnswerRow).values(
                        school_code=token.school_code,
                        token_id=token.id,
                        key_digest=_digest(key),
                        request_digest=request_digest,
                        begun_at=at,
                    )
                )
                return None
        if known.request_digest != request_digest:
            raise key_reused()
        return None if known.answer is None else KeptAnswer(known.status, known.answer)

    def end_act(self, token: Token, key: str, answer: KeptAnswer) -> None:
        """Keep the answer of a request."""
        with writing(self._engine) as connection:
            values = {"status": answer.status, "answer": answer.body}
            connection.execute(update(KeptAnswerRow).where(*_row(token, key)).values(values))

    def drop_act(self, token: Token, key: str) -> None:
        """Let a key go whose request was refused: it changed nothing, and may come again mended."""
        with writing(self._engine) as connection:
            connection.execute(delete(KeptAnswerRow).where(*_row(token, key)))


def forget_answers(connection: Connection, school: str) -> None:
    """Forget every answer of a school, whoever is in it."""
    connection.execute(delete(KeptAnswerRow).where(KeptAnswerRow.school_code == school))


def request_in_progress() -> ServiceError:
    """Return the refusal of a request that is being worked on at this moment."""
    return ServiceError(
        "request-in-progress",
        "Yêu cầu có Idempotency-Key này đang được xử lý; hãy chờ rồi gửi lại đúng như cũ.",
        "The request with this Idempotency-Key is being worked on; wait, then send it again as it is.",
        retry_after=5,
    )


def _row(token: Token, key: str) -> tuple[Any, ...]:
    return (
        KeptAnswerRow.school_code == token.school_code,
        KeptAnswerRow.token_id == token.id,
        KeptAnswerRow.key_digest == _digest(key),
    )


def _digest(key: str) -> str:
    return sha256(b"hocba/idempotency-key/v1" + key.encode()).hexdigest()

"""Agents: programs at a school's office that may bring signatures and do nothing else, paired by a short code.

Code and token are known by their digests. A code is exchanged once, for a token; a retired agent opens nothing.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from sqlalchemy import Engine, Row, insert, select, update

from service.errors import ServiceError
from service.storage.database import reading, writing
from service.storage.records import Agent
from service.storage.tables import AgentRow


class Agents:
    """The part of the register that keeps agents."""

    _engine: Engine

    def put_agent(self, agent: Agent, code: str) -> Agent:
        """Commit that an agent may be paired with a code until `agent.code_until`."""
        values = {name: getattr(agent, name) for name in Agent.__slots__}
        with writing(self._engine) as connection:
            connection.execute(insert(AgentRow).values(**values, code_digest=_digest(code)))
        return agent

    def pair_agent(self, code: str, token: str, *, at: int) -> Agent | None:
        """Commit that a code was exchanged for a token; None where it is wrong, used, too old or taken back."""
        mine = (
            AgentRow.code_digest == _digest(code),
            AgentRow.code_until > at,
            AgentRow.retired_at.is_(None),
        )
        with writing(self._engine) as connection:
            row = connection.execute(select(AgentRow).where(*mine)).first()
            if row is None:
                return None
            connection.execute(
                update(AgentRow)
                .where(AgentRow.id == row.id)
                .values(code_digest=None, token_digest=_digest(token), paired_at=at)
            )
            return _agent_of(connection.execute(select(AgentRow).where(AgentRow.id == row.id)).one())

    def agent_of(self, token: str) -> Agent | None:
        """Return the agent that a token is; compared by digest, so that timing tells nothing."""
        query = select(AgentRow).where(AgentRow.token_digest == _digest(token), AgentRow.retired_at.is_(None))
        with reading(self._engine) as connection:
            row = connection.execute(query).first()
        return _agent_of(row) if row else None

    def agents(self, school: str) -> tuple[Agent, ...]:
        """Return the agents of a school, retired ones too, the oldest first."""
        query = select(AgentRow).where(AgentRow.school_code == school)
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(AgentRow.created_at, AgentRow.id)).all()
        return tuple(_agent_of(row) for row in rows)

    def retire_agent(self, school: str, agent_id: str, *, at: int) -> None:
        """Commit that an agent opens nothing from now on; again, it stays as it was.

        Raises:
            ServiceError: `agent-unknown`.
        """
        mine = (AgentRow.school_code == school, AgentRow.id == agent_id)
        with writing(self._engine) as connection:
            if connection.execute(select(AgentRow.id).where(*mine)).first() is None:
                raise ServiceError(
                    "agent-unknown",
                    "Trường không có máy ký này; xem danh sách bằng: hocba agent list.",
                    "The school has no such agent; see them with: hocba agent list.",
                )
            retired = update(AgentRow).where(*mine, AgentRow.retired_at.is_(None))
            connection.execute(retired.values(retired_at=at, code_digest=None, token_digest=None))


def _digest(secret: str) -> bytes:
    return sha256(b"hocba/agent/v1" + secret.encode()).digest()


def _agent_of(row: Row[Any]) -> Agent:
    return Agent(*(getattr(row, name) for name in Agent.__slots__))

"""Pairing an agent with a school: a short code, made on the server, is exchanged once for a token of its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Final

from schemas.serial import ALPHABET
from service.errors import ServiceError
from service.storage.records import Agent
from service.storage.register import Register

CODE_TIME: Final = dt.timedelta(minutes=15)
_SYMBOLS, _GROUP = 12, 4
"""60 bits: whoever guesses for a quarter of an hour finds nothing."""


def offer_pairing(
    register: Register, school: str, holder: str, *, now: dt.datetime, token_bytes: Callable[[int], bytes]
) -> tuple[Agent, str]:
    """Make a code for an agent that `holder` answers for; the code is shown once and kept by its digest.

    Raises:
        ServiceError: `agent-holder-missing`.
    """
    if not holder.strip():
        raise ServiceError(
            "agent-holder-missing",
            "Hãy ghi ai chịu trách nhiệm máy ký này (--holder).",
            "Say who answers for this agent (--holder).",
        )
    code = "".join(ALPHABET[byte & 31] for byte in token_bytes(_SYMBOLS))
    agent = Agent(
        id=token_bytes(8).hex(),
        school_code=school,
        holder=holder.strip(),
        created_at=int(now.timestamp()),
        code_until=int((now + CODE_TIME).timestamp()),
    )
    return register.put_agent(agent, code), "-".join(
        code[start : start + _GROUP] for start in range(0, _SYMBOLS, _GROUP)
    )


def pair(
    register: Register, code: str, *, now: dt.datetime, token_bytes: Callable[[int], bytes]
) -> tuple[Agent, str]:
    """Exchange a code, in the way that people type one, for the token of its agent.

    Raises:
        ServiceError: `pairing-code-wrong`, whatever is amiss with it.
    """
    typed = code.upper().replace("-", "").replace(" ", "").translate(str.maketrans("OIL", "011"))
    token = token_bytes(24).hex()
    agent = register.pair_agent(typed, token, at=int(now.timestamp()))
    if agent is None:
        raise ServiceError(
            "pairing-code-wrong",
            "Mã ghép nối không đúng, đã dùng hoặc đã hết hạn. Hãy xin quản trị viên mã mới (hocba agent pair).",
            "The pairing code is wrong, used or too old. Ask the operator for a new one (hocba agent pair).",
        )
    return agent, token

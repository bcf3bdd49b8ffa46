"""Going on, without anybody asking, with documents that wait for a time stamp or for revocation evidence.

Nobody is asked for a PIN here: a document whose next signature wants one says so, and waits for a person.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Final

from service.correcting import CorrectingTools
from service.issuing import CHUNK, finish_documents
from service.storage.register import Register

CODES: Final = ("awaiting-time-stamp", "awaiting-revocation-evidence")


def finish_awaited_proofs(
    register: Register, tools: Callable[[], AbstractContextManager[CorrectingTools]]
) -> int:
    """Try again with what waits, and return how many documents still wait.

    Of each school a few are tried first, and the others once these have what they waited for: an outage costs little.

    Raises:
        ServiceError: nobody can issue now.
    """
    for school in register.standing_still(CODES):
        while some := register.standing_still_at(school, CODES, limit=CHUNK):
            with tools() as correcting:
                finish_documents(correcting.issuing, some, lambda _: None)
            left = {one.id for one in register.standing_still_at(school, CODES, limit=CHUNK)}
            if any(one.id in left for one in some):
                break
    return sum(register.standing_still(CODES).values())

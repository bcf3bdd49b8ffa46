"""The register: what was imported, what was asked for, and how far each document is.

Every method that writes is one transaction that is durable when it returns. Tenancy is enforced here: each
method takes the school, and no row of another school is read or written.
"""

from __future__ import annotations

from sqlalchemy import Engine

from service.storage.changes import Changes
from service.storage.drafts import Drafts
from service.storage.erasures import Erasures
from service.storage.issuances import Issuances
from service.storage.schools import Schools


class Register(Schools, Drafts, Issuances, Changes, Erasures):
    """The database behind the use cases, one part for each of its subjects."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

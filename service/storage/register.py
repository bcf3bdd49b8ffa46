"""The register: what was imported, what was asked for, and how far each document is.

Every method that writes is one transaction that is durable when it returns. Tenancy is enforced here: each
method takes the school, and no row of another school is read or written.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Engine

from service.storage.agents import Agents
from service.storage.approvals import Approvals
from service.storage.batches import Batches
from service.storage.changes import Changes
from service.storage.contact_imports import ContactImports
from service.storage.decisions import Decisions
from service.storage.drafts import Drafts
from service.storage.erasures import Erasures
from service.storage.family_requests import FamilyRequests
from service.storage.issuances import Issuances
from service.storage.kept_answers import KeptAnswers
from service.storage.links import Links
from service.storage.readings import Readings
from service.storage.school_settings import SchoolSettings
from service.storage.trail import Trail
from service.storage.windows import GraceWindows


class Register(
    Agents,
    SchoolSettings,
    Drafts,
    Decisions,
    Issuances,
    Batches,
    GraceWindows,
    Changes,
    Links,
    ContactImports,
    FamilyRequests,
    Erasures,
    Trail,
    Approvals,
    Readings,
    KeptAnswers,
):
    """The database behind the use cases, one part for each of its subjects."""

    def __init__(self, engine: Engine, token_bytes: Callable[[int], bytes]) -> None:
        self._engine, self._token_bytes = engine, token_bytes

    @property
    def token_bytes(self) -> Callable[[int], bytes]:
        """The randomness that entries of the trail are made with."""
        return self._token_bytes

"""Signatures that a school's own computer makes: what waits for them, who is making which, and going on with them.

Issuing prepares and stops (`keys.awaited_signer`); an agent claims what waits, signs, brings the values; then
`finish_brought` goes on: the principal's signature is completed and the seal prepared, which waits in its turn, or the
sealed document is recorded and released. Every step may be asked for again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from keys.pdf_signature import PreparedSignature
from service.issuing import CHUNK, finish_documents
from service.issuing_tools import IssuingTools
from service.signers.brought_signatures import BroughtSignatures, Fits, not_awaited
from service.storage.records import Issuance
from service.storage.register import Register

CLAIM_TIME: Final = dt.timedelta(minutes=5)
"""How long what was handed to one agent is not handed to another; a dead one keeps it no longer."""

_AWAITED: Final = "signature-awaited"


@dataclass(frozen=True, slots=True)
class Awaited:
    """A document that waits, and for which signature."""

    issuance: Issuance
    field: str


@dataclass(frozen=True, slots=True)
class AwaitedItem:
    """A document that was handed out to be signed, with the prepared bytes."""

    issuance: Issuance
    prepared: PreparedSignature


@dataclass(frozen=True, slots=True)
class Brought:
    """How far the documents are that signatures were brought for."""

    released: int
    waiting: int
    failed: int
    left: int
    """How many can be gone on with at once."""
    signed: int = 0
    """How many are signed now and stand in their grace window, of those just gone on with."""


@dataclass(frozen=True, slots=True)
class AwaitedSignatures:
    """The waiting documents of schools; every question names the school, and no document of another is touched."""

    register: Register
    brought: BroughtSignatures
    now: Callable[[], dt.datetime]

    def all(self, school: str) -> tuple[Awaited, ...]:
        """Return what waits, in the order of reservation."""
        return tuple(
            Awaited(issuance, field)
            for issuance in self.register.unfinished(school)
            if issuance.failure_code == _AWAITED and (field := self.brought.awaited_field(issuance.id))
        )

    def claim(
        self, school: str, issuance_ids: Sequence[str], claimant: str, fits: Fits = lambda _: True
    ) -> tuple[AwaitedItem, ...]:
        """Hand out of these what waits, `fits` and nobody else has; for `CLAIM_TIME`, or until it is claimed again.

        Raises:
            KeysError: `prepared-damaged`.
        """
        now = self.now()
        unfinished = {one.id: one for one in self.register.unfinished(school)}
        start, until = int(now.timestamp()), int((now + CLAIM_TIME).timestamp())
        return tuple(
            AwaitedItem(unfinished[one], prepared)
            for one in dict.fromkeys(issuance_ids)
            if one in unfinished
            and (prepared := self.brought.claim(one, claimant, fits, now=start, until=until)) is not None
        )

    def others(self, school: str, issuance_ids: Sequence[str], fits: Fits) -> tuple[str, ...]:
        """Return which of these wait for the key of a certificate that does not fit.

        Raises:
            KeysError: `prepared-damaged`.
        """
        unfinished = {one.id for one in self.register.unfinished(school)}
        return tuple(
            one
            for one in issuance_ids
            if one in unfinished
            and (prepared := self.brought.awaited(one)) is not None
            and not fits(prepared.certificate)
        )

    def item(self, school: str, issuance_id: str, item: str) -> AwaitedItem:
        """Return a document that waits, by the name of its prepared bytes.

        Raises:
            ServiceError: `signature-not-awaited`.
        """
        issuance = self.register.issuance(school, issuance_id)
        prepared = self.brought.awaited(issuance_id) if issuance else None
        if issuance is None or prepared is None or prepared.id != item:
            raise not_awaited()
        return AwaitedItem(issuance, prepared)

    def bring(self, school: str, issuance_id: str, item: str, signature: bytes, claimant: str) -> None:
        """Keep a signature value, durable when this returns; the same one again changes nothing.

        Raises:
            ServiceError: as `BroughtSignatures.bring`.
            KeysError: `signature-not-by-certificate`.
        """
        if self.register.issuance(school, issuance_id) is None:
            raise not_awaited()
        now = int(self.now().timestamp())
        self.brought.bring(issuance_id, item, signature, claimant, now=now)


def finish_brought(
    tools: IssuingTools, brought: BroughtSignatures, school: str, *, limit: int = CHUNK
) -> Brought:
    """Go on with some documents whose signature was brought, or that nothing was tried with; the caller asks again.

    A document that fails is left to whoever issues: it is not tried here again, so that asking until nothing is left
    ends.
    """

    def can_go_on(issuance: Issuance) -> bool:
        if issuance.failure is None:
            return not issuance.stands_at(tools.now())
        return issuance.failure_code == _AWAITED and brought.awaited_field(issuance.id) is None

    ready = [one for one in tools.register.unfinished(school) if can_go_on(one)]
    reached: list[Issuance] = []
    finish_documents(tools, ready[:limit], reached.append)
    signed = sum(one.is_in_window for one in reached)
    after = tools.register.unfinished(school)
    return Brought(
        released=len(reached) - signed,
        waiting=sum(one.is_waiting for one in after),
        failed=sum(one.has_failed for one in after),
        left=len(ready[limit:]),
        signed=signed,
    )

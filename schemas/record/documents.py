"""Where a ledger keeps the documents of a log: what any keeper must answer, and the one in memory.

There may be millions of documents and few of anything else, so that they alone need a keeper that is not memory. What
counts, and why, is `schemas.record.ledger`'s, whatever keeps it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

from schemas.record.entry import Issued


class Kind(IntEnum):
    """What an entry amounted to, beside being a document."""

    STATEMENT = 1
    """A registrar's statement that counts; `data` is the statement."""
    CORRECTED = 2
    """It corrects the document at `target`."""
    REVOKED = 3
    """It revokes the document at `target`; `data` is the entry."""
    LIST = 4
    """A version of the status list `list_id`; `data` is the entry."""
    ANOMALY = 5
    """It counts for nothing; `data` is the code that says why."""
    EXTRACT = 6
    """It is taken from the document at `target`; list and status index are its own."""


@dataclass(frozen=True, slots=True)
class Noted:
    """What the entry at `index` amounted to: these, in order, and the documents are all that a ledger knows."""

    index: int
    kind: Kind
    data: bytes = b""
    target: int = 0
    list_id: int = 0
    """The list of the document at `target`, or the list published; of an extract, its own."""
    status_index: int = 0
    """The status index of the document at `target`; of an extract, its own."""


class Documents(Protocol):
    """Keeps the `issued` entries that count."""

    def expect(self, coming: Sequence[Issued]) -> None:
        """Be told what may be added next: the keeper may look up all their digests at once."""

    def add(self, index: int, issued: Issued, continues: int | None) -> None:
        """Keep a document; `continues` is the index of the one that it continues."""

    def note(self, noted: Noted) -> None:
        """Keep what a ledger must be told when it is restored."""

    def issued(self, index: int) -> Issued | None:
        """Return the document at `index`."""

    def holds(self, index: int) -> bool:
        """Whether there is a document at `index`."""

    def index_of_sid(self, sid: bytes) -> int | None:
        """Return the index of the document with this serial digest."""

    def index_of_pdf(self, pdf: bytes) -> int | None:
        """Return the index of the document whose seal covers bytes with this digest."""

    def continued_by(self, index: int) -> int | None:
        """Return the index of the last document that continues the one at `index`."""


class MemoryDocuments:
    """Keeps documents in memory, about 1 KB each."""

    def __init__(self) -> None:
        self._issued: dict[int, Issued] = {}
        self._by_sid: dict[bytes, int] = {}
        self._by_pdf: dict[bytes, int] = {}
        self._continued: dict[int, int] = {}

    def expect(self, coming: Sequence[Issued]) -> None:
        """Nothing to prepare."""

    def add(self, index: int, issued: Issued, continues: int | None) -> None:
        """Keep a document."""
        self._issued[index] = issued
        self._by_sid[issued.sid] = index
        self._by_pdf[issued.pdf] = index
        if continues is not None:
            self._continued[continues] = index

    def note(self, noted: Noted) -> None:
        """Forget it: what is kept in memory is never restored."""

    def issued(self, index: int) -> Issued | None:
        """Return the document at `index`."""
        return self._issued.get(index)

    def holds(self, index: int) -> bool:
        """Whether there is a document at `index`."""
        return index in self._issued

    def index_of_sid(self, sid: bytes) -> int | None:
        """Return the index of the document with this serial digest."""
        return self._by_sid.get(sid)

    def index_of_pdf(self, pdf: bytes) -> int | None:
        """Return the index of the document whose seal covers bytes with this digest."""
        return self._by_pdf.get(pdf)

    def continued_by(self, index: int) -> int | None:
        """Return the index of the last document that continues the one at `index`."""
        return self._continued.get(index)

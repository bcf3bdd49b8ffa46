"""What issuing needs from elsewhere; the composition root chooses each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from schemas.qr import QRAddress
from schemas.record.entry import Issued
from schemas.record.proof import InclusionProof
from schemas.transcript.model import Transcript
from schemas.verdict import Verdict
from service.batch_keys import BatchKeys
from service.errors import ServiceError
from service.signing import WorkFolder
from service.storage.records import Issuance
from service.storage.register import Register


class PublicRecord(Protocol):
    """The writing side of the public record."""

    def append(self, entries: Sequence[tuple[str, bytes]], *, checked_at: int | None = None) -> list[int]:
        """Commit entries, each under a key of its own, and return their indexes; a known key gives its old index.

        Raises:
            IssuersChangedError: a registrar's statement stands after the first `checked_at` entries, against which
                these were checked; nothing is appended.
            TakenBackError: the document of an entry was taken back; nothing is appended.
        """

    def find(self, key: str) -> int | None:
        """Return the index of the entry that was appended under a key."""

    def publish(self) -> object:
        """Publish a signed checkpoint over everything appended, with a fresh status list."""

    def prove(self, index: int) -> InclusionProof:
        """Return the proof that an entry lies under the last published checkpoint."""


@dataclass(frozen=True, slots=True)
class IssuingTools:
    """What issuing needs from elsewhere; the composition root chooses each."""

    register: Register
    record: PublicRecord
    work: WorkFolder
    released: Path
    render: Callable[[Transcript, QRAddress], bytes]
    check_page: Callable[[bytes, Transcript, QRAddress], None]
    check_own: Callable[[bytes, Transcript, QRAddress, Issued], int]
    """Checks a file just signed against its data and the entry about to be written, as a verifier would; gives the
    size of the record that it stood on."""
    verify_known: Callable[[bytes], Verdict]
    """Verifies bytes that the record must know by their seal: nothing of the file is parsed to be shown."""
    keys: BatchKeys
    qr_host: str
    grace: dt.timedelta
    """How long a signed document stands before it is recorded; none is recorded and released at once."""
    why_held: Callable[[Sequence[Issuance]], Mapping[str, ServiceError]]
    """Says by id which documents must not be recorded although their grace window is over, and why."""
    now: Callable[[], dt.datetime]
    token_bytes: Callable[[int], bytes]
    go_on: Callable[[], bool] = lambda: True
    """Asked before each chunk; where it says no, the rest is left for another time."""

"""What the entries of a log amount to: which document stands, was revoked, corrected or continued.

Pure fold, in the order of the log, of "What an entry counts for" in docs/formats/record.md. An entry that counts for
nothing is kept as an anomaly, never dropped in silence.
"""

from __future__ import annotations

from dataclasses import dataclass

from schemas.errors import SchemaError
from schemas.record.entry import (
    Issued,
    IssuerEntry,
    Relation,
    Revoked,
    StatusListPublished,
    origin_hash,
    parse_entry,
)
from schemas.record.fields import Reference
from schemas.record.issuers import IssuerRegistry
from schemas.record.status_list import Status
from schemas.record.trust_root import TrustRoot
from schemas.signatures import Verify


@dataclass(frozen=True, slots=True)
class Anomaly:
    """An entry that counts for nothing, and why; `code` is stable."""

    index: int
    code: str


@dataclass(frozen=True, slots=True)
class PublishedList:
    """The last `status-list` entry of a list."""

    index: int
    version: int
    digest: bytes


class Ledger:
    """The state of one log after the entries added so far."""

    def __init__(self, origin: str, trust: TrustRoot, verify: Verify) -> None:
        self.issuers = IssuerRegistry(trust, verify)
        self.anomalies: list[Anomaly] = []
        self.size = 0
        self._origin_hash = origin_hash(origin)
        self._issued: dict[int, Issued] = {}
        self._by_sid: dict[bytes, int] = {}
        self._by_pdf: dict[bytes, int] = {}
        self._revoked: dict[int, tuple[int, Revoked]] = {}
        self._corrected: dict[int, int] = {}
        self._continued: dict[int, int] = {}
        self._lists: dict[int, PublishedList] = {}

    def add(self, entry: bytes) -> None:
        """Take the next entry."""
        index = self.size
        self.size += 1
        try:
            match parse_entry(entry):
                case IssuerEntry(statement):
                    self.issuers.add(index, statement)
                case Issued() as issued:
                    self._add_issued(index, issued)
                case Revoked() as revoked:
                    self._add_revoked(index, revoked)
                case StatusListPublished() as published:
                    self._add_list(index, published)
        except SchemaError as error:
            self.anomalies.append(Anomaly(index, error.code))

    def issued(self, index: int) -> Issued | None:
        """Return the `issued` entry at `index`, where there is one that counts."""
        return self._issued.get(index)

    def index_of_sid(self, sid: bytes) -> int | None:
        """Return the index of the document with this serial digest."""
        return self._by_sid.get(sid)

    def index_of_pdf(self, pdf: bytes) -> int | None:
        """Return the index of the document whose seal covers bytes with this digest."""
        return self._by_pdf.get(pdf)

    def revocation(self, index: int) -> tuple[int, Revoked] | None:
        """Return the entry that revoked the document at `index`, and its own index."""
        return self._revoked.get(index)

    def corrected_by(self, index: int) -> int | None:
        """Return the index of the document that corrects the one at `index`."""
        return self._corrected.get(index)

    def continued_by(self, index: int) -> int | None:
        """Return the index of the last document that continues the one at `index`."""
        return self._continued.get(index)

    def published_list(self, list_id: int) -> PublishedList | None:
        """Return the last published version of a status list."""
        return self._lists.get(list_id)

    def statuses(self, list_id: int, *, before: int) -> dict[int, Status]:
        """Return the status index of every document of a list that entries below `before` revoked or corrected."""
        found: dict[int, Status] = {}
        for old, new in self._corrected.items():
            if new < before and self._issued[old].list_id == list_id:
                found[self._issued[old].status_index] = Status.SUPERSEDED
        for old, (new, _) in self._revoked.items():
            if new < before and self._issued[old].list_id == list_id:
                found[self._issued[old].status_index] = Status.REVOKED
        return found

    def _add_issued(self, index: int, issued: Issued) -> None:
        if issued.sid in self._by_sid or issued.pdf in self._by_pdf:
            raise _anomaly("issued-twice")
        old = None
        if issued.relation is not Relation.FIRST:
            old = self._target(index, issued.reference)
        if issued.relation is Relation.CORRECTS:
            if old is None:
                raise _anomaly("reference-invalid")
            self._check_same_school(index, issued.school, old)
            if old in self._corrected:
                raise _anomaly("corrected-twice")
            self._corrected[old] = index
        elif old is not None:
            self._continued[old] = index
        self._issued[index] = issued
        self._by_sid[issued.sid] = index
        self._by_pdf[issued.pdf] = index

    def _add_revoked(self, index: int, revoked: Revoked) -> None:
        old = self._target(index, revoked.reference)
        if old is None:
            raise _anomaly("reference-invalid")
        self._check_same_school(index, revoked.school, old)
        self._revoked.setdefault(old, (index, revoked))

    def _add_list(self, index: int, published: StatusListPublished) -> None:
        last = self._lists.get(published.list_id)
        if last is not None and published.version <= last.version:
            raise _anomaly("status-list-version")
        self._lists[published.list_id] = PublishedList(index, published.version, published.digest)

    def _target(self, index: int, reference: Reference | None) -> int | None:
        """Return the index that a reference means in this log; None for a document of another log."""
        if reference is None:
            raise _anomaly("reference-invalid")
        if reference.origin_hash not in (None, self._origin_hash):
            return None
        if reference.index >= index or reference.index not in self._issued:
            raise _anomaly("reference-invalid")
        return reference.index

    def _check_same_school(self, index: int, school: str, old: int) -> None:
        owner = self._issued[old].school
        if school != owner and not self.issuers.has_succeeded(school, owner, index=index):
            raise _anomaly("reference-other-school")


def _anomaly(code: str) -> SchemaError:
    return SchemaError(
        code,
        "entry",
        "Mục trong sổ cấp không có giá trị; cần đối chiếu với trường đã ghi.",
        "This entry of the record counts for nothing; ask the school that wrote it.",
    )

"""What the entries of a log amount to: which document stands, was revoked, corrected or continued.

Pure fold, in the order of the log, of "What an entry counts for" in docs/formats/record.md. An entry that counts for
nothing is kept as an anomaly, never dropped in silence.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from schemas.errors import SchemaError
from schemas.record.documents import Documents, Kind, MemoryDocuments, Noted
from schemas.record.entry import (
    Entry,
    Issued,
    IssuerEntry,
    Relation,
    Revoked,
    StatusListPublished,
    origin_hash,
    parse_entry,
    parse_kept_entry,
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
    """The state of one log after the entries added so far.

    The documents lie with their keeper; who may sign, and what was revoked, corrected or published, is in memory.
    """

    def __init__(
        self, origin: str, trust: TrustRoot, verify: Verify, documents: Documents | None = None
    ) -> None:
        self.issuers = IssuerRegistry(trust, verify)
        self.anomalies: list[Anomaly] = []
        self.size = 0
        self._origin_hash = origin_hash(origin)
        self._documents: Documents = MemoryDocuments() if documents is None else documents
        self._revoked: dict[int, Noted] = {}
        self._corrected: dict[int, Noted] = {}
        self._lists: dict[int, Noted] = {}
        self._extracts: dict[int, Noted] = {}

    def add(self, entry: bytes) -> None:
        """Take the next entry."""
        self.add_all([entry])

    def add_all(self, entries: Sequence[bytes]) -> None:
        """Take the next entries, in their order."""
        parsed = [_parsed(entry) for entry in entries]
        self._documents.expect([entry for entry in parsed if isinstance(entry, Issued)])
        for data, entry in zip(entries, parsed, strict=True):
            index = self.size
            self.size += 1
            try:
                match entry:
                    case Issued():
                        self._add_issued(index, entry)
                    case IssuerEntry(statement):
                        self.issuers.add(index, statement)
                        self._documents.note(Noted(index, Kind.STATEMENT, statement))
                    case Revoked():
                        self._add_revoked(index, entry, data)
                    case StatusListPublished():
                        self._add_list(index, entry, data)
                    case SchemaError():
                        raise entry
            except SchemaError as error:
                self._note(Noted(index, Kind.ANOMALY, error.code.encode()))

    def restore(self, size: int, noted: Iterable[Noted]) -> None:
        """Become again what it was after `size` entries: their documents are with the keeper, the rest is `noted`.

        Nothing is judged again, no signature checked: what is restored must come from where nobody else can write.

        Raises:
            SchemaError: a statement is malformed, or counts for nothing.
        """
        for one in noted:
            if one.kind is Kind.STATEMENT:
                self.issuers.restore(one.index, one.data)
            else:
                self._take(one)
        self.size = size

    def issued(self, index: int) -> Issued | None:
        """Return the `issued` entry at `index`, where there is one that counts."""
        return self._documents.issued(index)

    def index_of_sid(self, sid: bytes) -> int | None:
        """Return the index of the document with this serial digest."""
        return self._documents.index_of_sid(sid)

    def index_of_pdf(self, pdf: bytes) -> int | None:
        """Return the index of the document whose seal covers bytes with this digest."""
        return self._documents.index_of_pdf(pdf)

    def revocation(self, index: int) -> tuple[int, Revoked] | None:
        """Return the entry, with its index, that revoked the document at `index` or the one that it was taken from."""
        noted = self._revoked.get(index) or self._revoked.get(self._source(index))
        revoked = parse_kept_entry(noted.data) if noted else None
        return (noted.index, revoked) if noted and isinstance(revoked, Revoked) else None

    def corrected_by(self, index: int) -> int | None:
        """Return the index of the document that corrects the one at `index`, or the one that it was taken from."""
        noted = self._corrected.get(self._source(index))
        return noted.index if noted else None

    def continued_by(self, index: int) -> int | None:
        """Return the index of the last document that continues the one at `index`."""
        return self._documents.continued_by(index)

    def source_of(self, index: int) -> int | None:
        """Return the index of the document that the one at `index` was taken from, where it is an extract."""
        noted = self._extracts.get(index)
        return noted.target if noted else None

    def related_to(self, index: int) -> int | None:
        """Return the index in this log of what the document at `index` continues, corrects or is taken from."""
        issued = self.issued(index)
        reference = issued.reference if issued and issued.relation is not Relation.FIRST else None
        if reference is None or reference.origin_hash not in (None, self._origin_hash):
            return None
        return reference.index

    def published_list(self, list_id: int) -> PublishedList | None:
        """Return the last published version of a status list."""
        noted = self._lists.get(list_id)
        entry = parse_kept_entry(noted.data) if noted else None
        if noted is None or not isinstance(entry, StatusListPublished):
            return None
        return PublishedList(noted.index, entry.version, entry.digest)

    def statuses(self, list_id: int, *, before: int) -> dict[int, Status]:
        """Return the status index of every document of a list that entries below `before` revoked or corrected.

        What was taken from such a document shares its fate.
        """
        found: dict[int, Status] = {}
        extracts = [one for one in self._extracts.values() if one.index < before and one.list_id == list_id]
        for changes, status in ((self._corrected, Status.SUPERSEDED), (self._revoked, Status.REVOKED)):
            ended = {target: one for target, one in changes.items() if one.index < before}
            for one in ended.values():
                if one.list_id == list_id:
                    found[one.status_index] = status
            for extract in extracts:
                if extract.target in ended:
                    found[extract.status_index] = status
        return found

    def ended(self, *, before: int) -> dict[int, Status]:
        """Return the index of every document that entries below `before` revoked or corrected, as `statuses` does."""
        found: dict[int, Status] = {}
        for changes, status in ((self._corrected, Status.SUPERSEDED), (self._revoked, Status.REVOKED)):
            ended = {target for target, one in changes.items() if one.index < before}
            taken = {
                one.index for one in self._extracts.values() if one.index < before and one.target in ended
            }
            found |= dict.fromkeys(ended | taken, status)
        return found

    def _source(self, index: int) -> int:
        """Return the index of the document whose standing counts for the one at `index`: its source, or itself."""
        noted = self._extracts.get(index)
        return noted.target if noted else index

    def _note(self, noted: Noted) -> None:
        self._take(noted)
        self._documents.note(noted)

    def _take(self, noted: Noted) -> None:
        """Remember what an entry amounted to, whether it was just judged or is restored."""
        match noted.kind:
            case Kind.CORRECTED:
                self._corrected[noted.target] = noted
            case Kind.REVOKED:
                self._revoked[noted.target] = noted
            case Kind.LIST:
                self._lists[noted.list_id] = noted
            case Kind.EXTRACT:
                self._extracts[noted.index] = noted
            case Kind.ANOMALY:
                self.anomalies.append(Anomaly(noted.index, noted.data.decode()))
            case Kind.STATEMENT:
                raise ValueError("statements are the registry's")

    def _add_issued(self, index: int, issued: Issued) -> None:
        documents = self._documents
        if documents.index_of_sid(issued.sid) is not None or documents.index_of_pdf(issued.pdf) is not None:
            raise _anomaly("issued-twice")
        old = None
        if issued.relation is not Relation.FIRST:
            old = self._target(index, issued.reference)
        if old in self._extracts:
            raise _anomaly("reference-to-extract")
        if issued.relation is Relation.EXTRACTS:
            self._own_target(index, issued.school, old)
            own = Noted(index, Kind.EXTRACT, target=old or 0)
            self._note(_about(issued, own))
            old = None
        if issued.relation is Relation.CORRECTS:
            target = self._own_target(index, issued.school, old)
            if old in self._corrected:
                raise _anomaly("corrected-twice")
            self._note(_about(target, Noted(index, Kind.CORRECTED, target=old or 0)))
            old = None
        documents.add(index, issued, old)

    def _add_revoked(self, index: int, revoked: Revoked, data: bytes) -> None:
        old = self._target(index, revoked.reference)
        target = self._own_target(index, revoked.school, old)
        if old not in self._revoked:
            self._note(_about(target, Noted(index, Kind.REVOKED, data, target=old or 0)))

    def _add_list(self, index: int, published: StatusListPublished, data: bytes) -> None:
        last = self.published_list(published.list_id)
        if last is not None and published.version <= last.version:
            raise _anomaly("status-list-version")
        self._note(Noted(index, Kind.LIST, data, list_id=published.list_id))

    def _target(self, index: int, reference: Reference | None) -> int | None:
        """Return the index that a reference means in this log; None for a document of another log."""
        if reference is None:
            raise _anomaly("reference-invalid")
        if reference.origin_hash not in (None, self._origin_hash):
            return None
        if reference.index >= index or not self._documents.holds(reference.index):
            raise _anomaly("reference-invalid")
        return reference.index

    def _own_target(self, index: int, school: str, old: int | None) -> Issued:
        """Return the document at `old`, which `school` may revoke, correct or take something from."""
        target = None if old is None else self._documents.issued(old)
        if target is None:
            raise _anomaly("reference-invalid")
        if school != target.school and not self.issuers.has_succeeded(school, target.school, index=index):
            raise _anomaly("reference-other-school")
        return target


def _parsed(entry: bytes) -> Entry | SchemaError:
    try:
        return parse_entry(entry)
    except SchemaError as error:
        return error


def _about(target: Issued, noted: Noted) -> Noted:
    return replace(noted, list_id=target.list_id, status_index=target.status_index)


def _anomaly(code: str) -> SchemaError:
    return SchemaError(
        code,
        "entry",
        "Mục trong sổ cấp không có giá trị; cần đối chiếu với trường đã ghi.",
        "This entry of the record counts for nothing; ask the school that wrote it.",
    )

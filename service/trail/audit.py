"""Computes the trail anew and compares it with drafts, documents and the heads that are kept elsewhere.

Whoever edits a draft, an entry or a document in the database, takes an entry out, slips one in or writes a chain anew
is named here. Nothing is mended. What is said of a difference names no person: `hocba trail show --number` does.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256

from schemas.canonical import canonical_bytes
from schemas.change_trail import (
    START,
    Act,
    TrailEntry,
    entry_digest,
    next_head,
    next_school_head,
)
from schemas.errors import HocbaError, Text
from schemas.serial import display_serial
from service.storage.records import Issuance
from service.storage.register import Register
from service.storage.trail import StoredDraft, StoredEntry, TrailSnapshot
from service.trail.heads import SchoolHead
from verify.audit import Difference

_UNKNOWN = "?"
_OF_NO_STUDENT = frozenset({Act.ERASURE, Act.RESTORED})
_CHANGES_NOTHING = frozenset({Act.DECISION, Act.TAKEN_BACK, Act.RELEASED_EARLY})
"""What is noted of a year whose data stay as they are."""


def audit_trail(
    register: Register, noted: Iterable[SchoolHead], *, only: str | None = None
) -> Iterator[Difference]:
    """Yield every difference in the trails of all schools, or of one, as they are at one moment."""
    heads: dict[str, list[SchoolHead]] = {}
    for one in noted:
        heads.setdefault(one.school, []).append(one)
    with register.trail_snapshot() as snapshot:
        broken = list(unreadable(snapshot))
        yield from broken
        if broken:
            return  # nothing more can be read
        for school in register.schools():
            if only not in {None, school.code}:
                continue
            yield from _School(school.code, heads.get(school.code, ())).audit(snapshot)


def unreadable(snapshot: TrailSnapshot) -> Iterator[Difference]:
    """Yield a difference for each row of the database that the data key does not open."""
    for where in snapshot.unreadable():
        yield Difference(
            "audit-data-unreadable",
            where,
            Text(
                "dữ liệu mã hoá không mở được: bị sửa trong cơ sở dữ liệu, hoặc sai khoá dữ liệu",
                "the sealed data do not open: edited in the database, or the data key is another one",
            ),
        )


@dataclass
class _Year:
    """A chain as far as it was read: its head, and the digest of the record after it."""

    head: bytes = START
    record: str | None = None
    known: bool = True
    """False after an entry whose words were erased: what the record was is not known any more."""


@dataclass
class _School:
    """The audit of one school."""

    code: str
    noted: Iterable[SchoolHead]
    years: dict[tuple[str, str], _Year] = field(default_factory=dict)
    records: dict[str, str | None] = field(default_factory=dict)
    """The digest of the record by the head that it had."""
    carried: dict[tuple[str, str], int] = field(default_factory=dict)
    """When a year was carried into the trail: documents of before it are of no chain here."""
    blank: set[int] = field(default_factory=set)
    erased: set[int] = field(default_factory=set)

    def audit(self, snapshot: TrailSnapshot) -> Iterator[Difference]:
        expected = {one.number: one.head for one in self.noted}
        number, head, only_carried = 0, START, True
        for stored in snapshot.entries(self.code):
            number += 1
            if stored.number != number:
                yield self._entry(
                    "audit-trail-number",
                    stored,
                    "thiếu mục trước mục này",
                    "entries before this one are missing",
                )
                number = stored.number
            entry, faults = self._parsed(stored)
            yield from faults
            only_carried = only_carried and entry is not None and entry.act is Act.CARRIED
            yield from self._chain(stored, entry, may_be_carried=only_carried)
            head = next_school_head(
                head, stored.number, bytes.fromhex(stored.head), bytes.fromhex(stored.entry_digest)
            )
            if head.hex() != stored.school_head:
                yield self._entry(
                    "audit-trail-school",
                    stored,
                    "không nối tiếp mục trước: có mục bị sửa, xoá hoặc chèn",
                    "does not follow the entry before: one was edited, taken out or slipped in",
                )
                head = bytes.fromhex(stored.school_head)
            if expected.pop(stored.number, stored.school_head) != stored.school_head:
                yield self._entry(
                    "audit-trail-rewritten",
                    stored,
                    "khác đầu vết đã ghi ngoài cơ sở dữ liệu: vết đã bị viết lại",
                    "is not the head that was noted outside the database: the trail was written anew",
                )
        for lost in expected:
            yield Difference(
                "audit-trail-shorter",
                f"{self.code} #{lost}",
                Text(
                    "đã từng có mục này, nay vết ngắn hơn: bị cắt, hoặc cơ sở dữ liệu được khôi phục",
                    "there was an entry of this number, and the trail is shorter: it was cut, or a backup was restored",
                ),
            )
        for missing in sorted(self.blank - self.erased):
            yield Difference(
                "audit-trail-erased",
                f"{self.code} #{missing}",
                Text(
                    "nội dung bị xoá mà không mục nào ghi việc xoá",
                    "its words are gone, and no entry says so",
                ),
            )
        yield from self._drafts(snapshot.drafts(self.code))
        yield from self._documents(snapshot.documents(self.code))

    def _parsed(self, stored: StoredEntry) -> tuple[TrailEntry | None, list[Difference]]:
        if stored.entry is None:
            self.blank.add(stored.number)
            return None, []
        try:
            entry = stored.parsed
        except HocbaError:
            entry = None
        if entry is None or entry_digest(stored.entry).hex() != stored.entry_digest:
            fault = self._entry(
                "audit-trail-entry",
                stored,
                "nội dung không khớp mã băm: mục bị sửa",
                "its words are not those of its digest: it was edited",
            )
            return None, [fault]
        if (entry.school, entry.student, entry.school_year) != (
            self.code,
            stored.student,
            stored.school_year,
        ):
            fault = self._entry(
                "audit-trail-entry",
                stored,
                "là mục của học sinh khác",
                "is the entry of another student",
            )
            return None, [fault]
        return entry, []

    def _chain(
        self, stored: StoredEntry, entry: TrailEntry | None, *, may_be_carried: bool
    ) -> Iterator[Difference]:
        if entry is not None and entry.act in _OF_NO_STUDENT:
            self.erased.update(entry.numbers if entry.act is Act.ERASURE else ())
            return
        whose = stored.student, stored.school_year
        year = self.years.setdefault(whose, _Year())
        if entry is not None and entry.act is Act.CARRIED:
            self.carried[whose] = entry.at
            follows = may_be_carried and entry.head == stored.head
        else:
            follows = next_head(year.head, bytes.fromhex(stored.entry_digest)).hex() == stored.head
        if not follows:
            yield self._entry(
                "audit-trail-chain",
                stored,
                "không nối tiếp mục trước của cùng học sinh",
                "does not follow the entry before of the same student",
            )
        year.head = bytes.fromhex(stored.head)
        if entry is None:
            year.known = False
        elif entry.act not in _CHANGES_NOTHING:
            if year.known and entry.act is not Act.CARRIED and entry.before != year.record:
                yield self._entry(
                    "audit-trail-gap",
                    stored,
                    "dữ liệu đã bị sửa ngoài vết trước thay đổi này",
                    "the data were edited outside the trail before this change",
                )
            year.record, year.known = entry.record, True
        self.records[stored.head] = year.record if year.known else _UNKNOWN

    def _drafts(self, drafts: Iterable[StoredDraft]) -> Iterator[Difference]:
        left = dict(self.years)
        for draft in drafts:
            year = left.pop((draft.student, draft.school_year), None)
            if year is None or year.head.hex() != draft.trail or (year.known and year.record != draft.digest):
                yield Difference(
                    "audit-draft-changed",
                    f"student_years #{draft.id}",
                    Text(
                        "dữ liệu này không phải dữ liệu sau mục cuối của vết: bị sửa trong cơ sở dữ liệu",
                        "these data are not those after the last entry of the trail: edited in the database",
                    ),
                )
        for year in left.values():
            if year.known and year.record is not None:
                yield Difference(
                    "audit-draft-missing",
                    f"{self.code} {year.head.hex()[:16]}",
                    Text(
                        "vết có dữ liệu của một học sinh mà bảng dữ liệu không còn: bị xoá trong cơ sở dữ liệu",
                        "the trail has a student's data that the table has no more: deleted in the database",
                    ),
                )

    def _documents(self, documents: Iterable[Issuance]) -> Iterator[Difference]:
        for one in documents:
            try:
                said = json.loads(one.data)
                trail, digest = said["change_trail"], _record_of(said, one.school_year)
            except (ValueError, KeyError, TypeError, StopIteration, HocbaError):
                trail, digest = "", None
            if one.issued_at < self.carried.get((one.student_code, one.school_year), 0):
                continue
            if self.records.get(trail) not in {digest or "", _UNKNOWN}:
                yield Difference(
                    "audit-document-trail",
                    display_serial(one.serial),
                    Text(
                        "dữ liệu đã ký không phải dữ liệu mà vết thay đổi có ở đó",
                        "what was signed is not what the trail of changes has at its head",
                    ),
                )

    def _entry(self, code: str, stored: StoredEntry, vi: str, en: str) -> Difference:
        return Difference(code, f"{self.code} #{stored.number}", Text(vi, en))


def _record_of(said: dict[str, object], school_year: str) -> str:
    """Return the digest of the draft that a document was made from: what the issuing added is taken off again."""
    years: list[dict[str, object]] = said["years"]  # type: ignore[assignment]
    year = dict(next(each for each in years if each["school_year"] == school_year))
    year.pop("corrections", None)
    year["confirmations"] = []
    learner: object = said["learner"]
    return sha256(canonical_bytes(learner) + canonical_bytes(year)).hexdigest()  # type: ignore[arg-type]

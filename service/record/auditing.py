"""Compares the public record, the register and the stored files, each with the others; names every difference.

The record is what the world sees, the register what the service knows, the files what was given out. An administrator
who edits one of them is found by the other two. Nothing is mended here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from schemas.cose import parse_sign1
from schemas.errors import HocbaError, SchemaError, Text
from schemas.record.entry import Entry, Issued, IssuerEntry, Relation, Revoked, parse_entry
from schemas.record.statement import KEY_ROLES, IssuerStatement, Succession, parse_statement
from schemas.record.trust_root import TrustRoot
from schemas.serial import display_serial, sid
from service.issuing import released_path
from service.storage.log_store import LogStore
from service.storage.records import Change, Issuance, Standing, State
from service.storage.register import Register
from service.trail.audit import audit_trail, unreadable
from service.trail.heads import SchoolHead
from verify.audit import AuditReport, Difference, audit_record
from verify.byte_scan import scan_signatures
from verify.record_reader import read_entries

_ON_RECORD = frozenset({State.RECORDED, State.RELEASED})


@dataclass(frozen=True, slots=True)
class AuditTools:
    """What an audit reads."""

    register: Register
    store: LogStore
    record: Path
    released: Path
    trust: TrustRoot
    now: dt.datetime
    noted_heads: Sequence[SchoolHead] = ()
    """Heads of the schools' trails that were noted outside the database."""


def audit_installation(tools: AuditTools) -> AuditReport:
    """Audit everything that an installation holds.

    Raises:
        HocbaError, OSError: there is no checkpoint to compare with.
    """
    with tools.register.trail_snapshot() as snapshot:
        broken = tuple(unreadable(snapshot))
    if broken:
        # The rest cannot be read, and so not be compared; the record can.
        report = audit_record(tools.record, tools.trust, now=tools.now)
        return replace(report, differences=(*report.differences, *broken))
    # Read before the record and again after it: a batch may be running, and what it is about to note is no difference.
    before = tools.register.all_issuances()
    report = audit_record(tools.record, tools.trust, now=tools.now)
    try:
        published = read_entries(tools.record, 0, report.entries)
    except (SchemaError, OSError):
        return report  # the bundles are named already
    found = [*report.differences, *_store(tools, published)]
    after = tools.register.all_issuances()
    found += _entries(published, after)
    found += _documents(published, before, {one.id: one for one in after})
    found += _files(tools, published, before, after)
    found += audit_trail(tools.register, tools.noted_heads)
    return AuditReport(report.entries, report.tiles, report.lists, tuple(found))


def entries_of_school(
    entries: Sequence[bytes],
    school: str,
    issuances: Sequence[Issuance],
    confirmed: Sequence[Change],
    *,
    first: int,
) -> Iterator[tuple[int, Issued | Revoked | IssuerStatement, bool]]:
    """Give the entries of a school with their indexes, and whether the register knows why each was made.

    A statement about who may sign for the school is the registrar's word, and needs nothing of the register; the audit
    names one that counts for nothing.

    `entries` begin at index `first`; `confirmed` are the requests whose entry may be written and not yet noted.
    """
    known = {sid(one.serial): one for one in issuances}
    under_way = {one.issuance_id for one in confirmed}
    revoked = {one.log_index for one in issuances if one.standing is Standing.REVOKED or one.id in under_way}
    for index, data in enumerate(entries, first):
        entry = _parsed(data)
        if isinstance(entry, Issued) and entry.school == school:
            yield index, entry, is_of(entry, known.get(entry.sid))
        elif isinstance(entry, Revoked) and entry.school == school:
            yield index, entry, entry.reference.index in revoked
        elif isinstance(entry, IssuerEntry):
            statement = _statement(entry)
            if statement is not None and _concerns(statement, school):
                yield index, statement, True


def _store(tools: AuditTools, published: Sequence[bytes]) -> Iterator[Difference]:
    """Compare the log in the database with the public one, entry by entry."""
    stored = tools.store.entries(0, tools.store.size)
    if len(stored) < len(published):
        yield _difference(
            "audit-store-shorter",
            f"#{len(stored)}",
            "cơ sở dữ liệu có ít mục hơn sổ đã công bố",
            "the database has fewer entries than the public record",
        )
    for index, (ours, theirs) in enumerate(zip(stored, published, strict=False)):
        if ours != theirs:
            yield _difference(
                "audit-store-entry",
                f"#{index}",
                "mục trong cơ sở dữ liệu khác mục đã công bố",
                "the database's entry is not the public one",
            )


def _entries(published: Sequence[bytes], issuances: Sequence[Issuance]) -> Iterator[Difference]:
    """Find entries of documents that nobody here approved."""
    known = {sid(one.serial): one for one in issuances}
    for index, data in enumerate(published):
        entry = _parsed(data)
        if not isinstance(entry, Issued):
            continue
        issuance = known.get(entry.sid)
        if not is_of(entry, issuance):
            yield _difference(
                "audit-entry-unapproved",
                f"#{index}",
                "mục này không ứng với học bạ nào đã duyệt ở đây: có thể khoá đã bị dùng trộm",
                "no approved transcript here belongs to this entry: a key may have been misused",
            )
        elif issuance is not None and issuance.releases_at is not None and entry.time < issuance.releases_at:
            yield _difference(
                "audit-entry-early",
                f"#{index}",
                "đã ghi sổ trước khi hết thời gian chờ phát hành",
                "was recorded before its grace window was over",
            )


def _documents(
    published: Sequence[bytes], issuances: Sequence[Issuance], later: Mapping[str, Issuance]
) -> Iterator[Difference]:
    """Find documents that the record does not have, or does not hold for what the register does."""
    ended = _ended(published)
    for one in issuances:
        where = display_serial(one.serial)
        entry = _entry_of(one, published)
        if one.state in _ON_RECORD and not (isinstance(entry, Issued) and is_of(entry, one)):
            yield _difference(
                "audit-document-unrecorded",
                where,
                "được ghi là đã cấp nhưng không có trong sổ",
                "is noted as issued and is not in the record",
            )
        elif one.state in _ON_RECORD and all(
            known.standing is not ended.get(one.log_index, Standing.CURRENT)
            for known in (one, later.get(one.id, one))
        ):
            yield _difference(
                "audit-standing",
                where,
                "tình trạng thu hồi hoặc đính chính trong cơ sở dữ liệu khác với sổ",
                "is revoked or corrected in the database or in the record, and not in both",
            )


def _ended(published: Sequence[bytes]) -> dict[int | None, Standing]:
    """Return by index which documents were revoked or corrected; revoked, where both."""
    ended: dict[int | None, Standing] = {}
    for entry in map(_parsed, published):
        if isinstance(entry, Revoked):
            ended[entry.reference.index] = Standing.REVOKED
        elif (
            isinstance(entry, Issued) and entry.relation is Relation.CORRECTS and entry.reference is not None
        ):
            ended.setdefault(entry.reference.index, Standing.SUPERSEDED)
    for index, entry in enumerate(map(_parsed, published)):
        # What was taken from a document shares its fate.
        if isinstance(entry, Issued) and entry.relation is Relation.EXTRACTS and entry.reference is not None:
            of_source = ended.get(entry.reference.index)
            if of_source is not None and ended.get(index) is not Standing.REVOKED:
                ended[index] = of_source
    return ended


def _files(
    tools: AuditTools, published: Sequence[bytes], issuances: Sequence[Issuance], later: Sequence[Issuance]
) -> Iterator[Difference]:
    """Compare the released files with what the record says that their seals cover."""
    for one in issuances:
        if one.state is not State.RELEASED:
            continue
        path = released_path(tools.released, one)
        try:
            digest = scan_signatures(path.read_bytes())[-1].document_digest
        except OSError:
            yield _difference("audit-file-missing", path.name, "không đọc được tệp đã cấp", "cannot be read")
            continue
        except (HocbaError, IndexError):
            digest = b""
        entry = _entry_of(one, published)
        if not isinstance(entry, Issued) or entry.pdf != digest:
            yield _difference(
                "audit-file-changed",
                path.name,
                "tệp đã cấp không phải tệp đã ghi sổ",
                "the file is not the one on record",
            )
    known = {released_path(tools.released, one).name for one in later if one.state is not State.ABANDONED}
    for path in sorted(tools.released.glob("*")):
        if path.name not in known and not path.name.startswith("."):
            yield _difference(
                "audit-file-stranger",
                path.name,
                "tệp này không ứng với học bạ nào đã cấp",
                "no issued transcript belongs to this file",
            )


def _parsed(data: bytes) -> Entry | None:
    """Return an entry; None where it is one that counts for nothing."""
    try:
        return parse_entry(data)
    except SchemaError:
        return None


def _statement(entry: IssuerEntry) -> IssuerStatement | None:
    try:
        return parse_statement(parse_sign1(entry.statement, "statement").payload)
    except SchemaError:
        return None


def _concerns(statement: IssuerStatement, school: str) -> bool:
    if isinstance(statement, Succession):
        return school in {statement.school, statement.predecessor}
    of_prefix = statement.role in KEY_ROLES
    return school.startswith(statement.school) if of_prefix else school == statement.school


def _entry_of(issuance: Issuance, published: Sequence[bytes]) -> Entry | None:
    index = issuance.log_index
    return None if index is None or index >= len(published) else _parsed(published[index])


def is_of(entry: Issued, issuance: Issuance | None) -> bool:
    """Whether an entry says what was approved and frozen for an issuance."""
    if issuance is None or issuance.state is State.ABANDONED:
        # What was let go of, or taken back, is never recorded.
        return False
    said = (entry.school, entry.sid, entry.data, entry.claims, entry.list_id, entry.status_index)
    return said == (
        issuance.school_code,
        sid(issuance.serial),
        sha256(issuance.data).digest(),
        sha256(issuance.claims).digest(),
        issuance.list_id,
        issuance.status_index,
    )


def _difference(code: str, where: str, vi: str, en: str) -> Difference:
    return Difference(code, where, Text(vi, en))

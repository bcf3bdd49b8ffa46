"""After a database was restored from a backup: what the public record knows and the database forgot comes back.

The record is what the world has seen, so it is what counts. Its entries are checked up to the root that this
installation signed last, then appended where the database breaks off. A document whose reservation the database still
has is noted as recorded, and as released where its file is here; one that it has forgotten is named, for somebody to
look at. What stands signed waits for somebody. Nothing is ever taken out of the database, and asking again changes
nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from schemas.errors import HocbaError
from schemas.record.checkpoint import Checkpoint
from schemas.record.entry import Issued, Revoked, leaf_hash, parse_entry
from schemas.record.merkle import Frontier
from schemas.serial import sid
from service.errors import ServiceError
from service.issuing import released_path
from service.record.auditing import is_of
from service.storage.log_store import FORGOTTEN, LogStore
from service.storage.records import Issuance, State
from service.storage.register import Register
from verify.byte_scan import scan_signatures
from verify.record_reader import read_entries


@dataclass(frozen=True, slots=True)
class ReconcileTools:
    """What reconciling needs from elsewhere."""

    register: Register
    store: LogStore
    signed: Callable[[], Checkpoint]
    """The checkpoint that this installation signed last, whatever the database holds."""
    record: Path
    released: Path


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What came back: entries, documents by serial; and the indexes of documents that the database does not know."""

    entries: int
    documents: tuple[str, ...]
    unknown: tuple[int, ...]


def reconcile(tools: ReconcileTools, *, dry_run: bool) -> Reconciled:
    """Bring the database up to the signed record; a dry run only says what would come back.

    Raises:
        ServiceError: `log-missing`; `record-incomplete` where the public files do not give the signed root;
            `log-rewritten` where the database holds other entries than those that were signed.
    """
    checkpoint = tools.signed()
    entries = _published(tools.record, checkpoint)
    known = tools.store.entries(0, tools.store.size)
    if entries[: len(known)] != known[: len(entries)]:
        raise ServiceError(
            "log-rewritten",
            "Các mục trong cơ sở dữ liệu khác với sổ cấp đã ký: có mục bị sửa. Không ký tiếp; hãy báo Sở.",
            "The database's entries are not those of the signed record. Nothing is signed; tell the authority.",
        )
    issuances = {sid(one.serial): one for one in tools.register.all_issuances()}
    found, unknown, keyed = list[tuple[Issuance, int]](), list[int](), list[tuple[str, bytes]]()
    for index in range(len(known), len(entries)):
        entry = parse_entry(entries[index])
        issuance = issuances.get(entry.sid) if isinstance(entry, Issued) else None
        if isinstance(entry, Issued) and issuance is not None and is_of(entry, issuance):
            found.append((issuance, index))
            keyed.append((issuance.id, entries[index]))
            continue
        if isinstance(entry, Issued):
            unknown.append(index)
        keyed.append((f"{FORGOTTEN}{index}", entries[index]))
    if not dry_run:
        # The log first: with it the past cannot fork any more. What follows is found again by asking again.
        tools.store.restore(keyed, at=len(known))
        _note(tools, entries)
        # Whether one of these was taken back, nothing tells any more.
        tools.register.hold_standing()
    return Reconciled(len(keyed), tuple(one.serial for one, _ in found), tuple(unknown))


def _published(record: Path, checkpoint: Checkpoint) -> list[bytes]:
    try:
        entries = read_entries(record, 0, checkpoint.size)
        root = Frontier().append([leaf_hash(entry) for entry in entries]).frontier.root()
    except (HocbaError, OSError):
        root = b""
        entries = []
    if root != checkpoint.root:
        raise ServiceError(
            "record-incomplete",
            f"Thư mục {record} thiếu mục của sổ cấp đã ký. Hãy chép tile/ từ một bản sao (mirror) rồi chạy lại.",
            f"The folder {record} lacks entries of the signed record. Copy tile/ from a mirror, then run this again.",
        )
    return entries


def _note(tools: ReconcileTools, entries: Sequence[bytes]) -> None:
    """Let the register say what the record says."""
    by_sid = {sid(one.serial): one for one in tools.register.all_issuances()}
    at_index: dict[int, Issuance] = {}
    for index, data in enumerate(entries):
        entry = parse_entry(data)
        match entry:
            case Issued():
                issuance = by_sid.get(entry.sid)
                if issuance is None or not is_of(entry, issuance):
                    continue
                at_index[index] = issuance
                if issuance.state in {State.RESERVED, State.SIGNED}:
                    tools.register.advance([issuance], State.RECORDED, [index])
                    # Somebody may have ended it early, after the backup was made.
                    tools.register.note_window_ended(issuance, entry.time)
                    if _is_released(tools.released, issuance, entry):
                        tools.register.advance([issuance], State.RELEASED)
            case Revoked():
                revoked = at_index.get(entry.reference.index)
                if revoked is not None:
                    tools.register.note_revoked(revoked, at=entry.time)
            case _:
                pass


def _is_released(folder: Path, issuance: Issuance, entry: Issued) -> bool:
    try:
        signatures = scan_signatures(released_path(folder, issuance).read_bytes())
    except (HocbaError, OSError):
        return False
    return bool(signatures) and signatures[-1].document_digest == entry.pdf

"""A copy that came out of a backup is brought up to the record as somebody else has it, and may sign again.

Database, state and record of one backup agree with each other, so their age alone tells nothing: the world may have
seen entries that none of them has. Only a record from elsewhere tells. Its entries must give the root that the log
signed, and continue both what the backup's record has and what its database has; then they come back into the database,
and the next checkpoint continues the outside one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from schemas.record.checkpoint import Checkpoint
from schemas.record.entry import StatusListPublished, leaf_hash, parse_entry
from schemas.record.merkle import Frontier
from schemas.record.status_list import MAX_STATUS_LIST_BYTES
from schemas.record.tiles import stamped_path, status_list_path, token_path
from service.errors import ServiceError
from service.installation import Installation
from service.record.outside_record import folder_of, is_address, newest_outside
from service.record.publisher import Publisher
from service.record.reconciling import Reconciled
from verify.files import read_regular_file
from verify.record_reader import read_entries
from verify.token_chain import read_tokens

_COPIES = "outside"
"""Below `state/`: the copy of a mirror that has an address."""


@dataclass(frozen=True, slots=True)
class OutsideReconciled:
    """What came back, and how far the outside record goes."""

    reconciled: Reconciled
    size: int
    clock_time: dt.datetime | None
    """Of its checkpoint: what was signed after it is known to nobody here."""


def reconcile_outside(installation: Installation, where: str, *, dry_run: bool) -> OutsideReconciled:
    """Bring database and record up to the record at `where`, a mirror's folder or address; publishes nothing.

    Done again after it broke off, it goes on. A dry run only says what would come back.

    Raises:
        ServiceError: `mirror-own`, `mirror-behind`, `log-rewritten`, `record-incomplete`.
        HocbaError: the mirror cannot be reached, or is not of this log.
    """
    data = installation.settings.data.resolve()
    if not is_address(where) and Path(where).resolve().is_relative_to(data):
        raise ServiceError(
            "mirror-own",
            "Sổ cấp trong chính thư mục dữ liệu này cũ như bản sao lưu, nên không cho biết gì. Hãy dùng bản sao ở nơi "
            "khác.",
            "The record in this data folder is as old as the backup, so it tells nothing. Name a mirror elsewhere.",
        )
    folder = folder_of(where, installation.folder("state") / _COPIES, installation.trust)
    outside = newest_outside(str(folder), installation.log)
    # Of the outside size: a mirror keeps the open bundle of its newest checkpoints alone.
    entries = read_entries(folder, 0, outside.checkpoint.size)
    _check_continues(installation.sequencer.signed_checkpoint(), entries)
    found = installation.reconcile_with(outside.checkpoint, folder, dry_run=dry_run)
    if not dry_run:
        _bring_files(Publisher(installation.folder("record")), folder, entries)
        installation.sequencer.go_on_from(outside.note)
    seconds = outside.clock_time
    return OutsideReconciled(
        found,
        outside.checkpoint.size,
        None if seconds is None else dt.datetime.fromtimestamp(seconds, dt.UTC),
    )


def _check_continues(ours: Checkpoint, entries: Sequence[bytes]) -> None:
    if len(entries) < ours.size:
        raise ServiceError(
            "mirror-behind",
            f"Bản sao có {len(entries)} mục, ít hơn {ours.size} mục trong bản sao lưu, nên không cho biết gì. Hãy tìm "
            "bản sao mới hơn của sổ cấp.",
            f"The mirror has {len(entries)} entries, fewer than the {ours.size} of the backup, so it tells nothing. "
            "Find a newer mirror of the record.",
        )
    leaves = [leaf_hash(entry) for entry in entries[: ours.size]]
    if Frontier().append(leaves).frontier.root() != ours.root:
        raise ServiceError(
            "log-rewritten",
            "Sổ cấp ở nơi khác không nối tiếp sổ cấp trong bản sao lưu: đã có hai quá khứ. Không ký tiếp; hãy báo Sở.",
            "The record elsewhere does not continue the one of the backup: there are two pasts. Nothing is signed; "
            "tell the authority.",
        )


def _bring_files(publisher: Publisher, folder: Path, entries: Sequence[bytes]) -> None:
    """Copy what the entries do not hold themselves: status lists by the digests in the log, time stamps as a chain."""
    for data in entries:
        entry = parse_entry(data)
        if not isinstance(entry, StatusListPublished):
            continue
        path = folder / status_list_path(entry.list_id, entry.version)
        if path.exists():
            content = read_regular_file(path, MAX_STATUS_LIST_BYTES)
            if sha256(content).digest() == entry.digest:
                publisher.write_status_list(entry.list_id, entry.version, content)
    here = len(read_tokens(publisher.folder))
    for token in read_tokens(folder)[here:]:
        if token is None:
            break  # damaged there; the next one made here continues what came before
        for name in (stamped_path(token.number), token_path(token.number)):
            publisher.write_token(name, (folder / name).read_bytes())

"""What the entries of a log amount to for offline packs: the documents of each school, and who spoke for it.

The service makes packs from it, and whoever has the log compares a pack with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from schemas.errors import SchemaError
from schemas.record.entry import Issued, IssuerEntry, parse_entry
from schemas.record.ledger import Ledger
from schemas.record.offline_pack import OfflinePack, document_row
from schemas.record.statement import KEY_ROLES


class PackFold:
    """Grows with the log, about 16 bytes a document."""

    def __init__(self) -> None:
        self.size = 0
        self._rows: dict[str, bytearray] = {}
        self._statements: dict[int, bytes] = {}

    def add_all(self, entries: Sequence[bytes], ledger: Ledger) -> None:
        """Take the next entries; the ledger, which knows what counts, has them already."""
        of_no_account = {one.index for one in ledger.anomalies if one.index >= self.size}
        for index, data in enumerate(entries, self.size):
            if index not in of_no_account:
                self._add(index, data)
        self.size += len(entries)

    def schools(self) -> list[str]:
        """Return the codes of the schools that issued something."""
        return sorted(self._rows)

    def pack(self, school: str, checkpoint: bytes, ledger: Ledger) -> OfflinePack:
        """Return the pack of a school; checkpoint and ledger are of the same size as this."""
        pack = OfflinePack(
            school=school,
            school_name=ledger.issuers.school_name(school) or school,
            checkpoint=checkpoint,
            statements=tuple(
                (index, self._statements[index]) for index in _about_keys_of(school, ledger, self.size)
            ),
            documents=bytes(self._rows.get(school, b"")),
            ended={},
        )
        indexes = set(pack.indexes())
        ended = ledger.ended(before=self.size)
        return replace(pack, ended={index: ended[index] for index in sorted(indexes & set(ended))})

    def _add(self, index: int, data: bytes) -> None:
        try:
            entry = parse_entry(data)
        except SchemaError:
            return
        match entry:
            case Issued():
                row = document_row(index, claims=entry.claims, sid=entry.sid)
                self._rows.setdefault(entry.school, bytearray()).extend(row)
            case IssuerEntry(statement):
                self._statements[index] = statement


def _about_keys_of(school: str, ledger: Ledger, before: int) -> list[int]:
    """Return the indexes, below `before`, of all statements about each key that ever spoke for the school."""
    statements = [
        (index, said)
        for index, said in ledger.issuers.statements()
        if said.role in KEY_ROLES and index < before
    ]
    keys = {said.public_key for _, said in statements if school.startswith(said.school)}
    return sorted(index for index, said in statements if said.public_key in keys)

"""Making the offline packs: one for each school that issued something, signed by the status key."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from keys.signer import RecordSigner
from schemas.record.ledger import Ledger
from schemas.record.offline_pack import sign_pack
from schemas.record.pack_fold import PackFold

_ENTRIES_AT_ONCE = 16384


class PackMaker:
    """Makes the packs anew; it remembers what it has read of the log, which only grows."""

    def __init__(self, read: Callable[[int, int], Sequence[bytes]], key: RecordSigner) -> None:
        """Keep how entries are read, and the status key."""
        self._read, self._key = read, key
        self._fold = PackFold()

    def make(self, note: bytes, ledger: Ledger) -> Iterator[tuple[str, bytes]]:
        """Give each school's code and pack, as of the checkpoint in `note`; the ledger has the same size."""
        if self._fold.size > ledger.size:
            self._fold = PackFold()
        while (size := self._fold.size) < ledger.size:
            self._fold.add_all(self._read(size, min(size + _ENTRIES_AT_ONCE, ledger.size)), ledger)
        for school in self._fold.schools():
            pack = self._fold.pack(school, note, ledger)
            yield school, sign_pack(pack, key_id=self._key.key_id, sign=self._key.sign)

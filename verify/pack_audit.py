"""The part of an audit that looks at offline packs: each must say what the log amounted to at its size."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from schemas.errors import HocbaError
from schemas.record.pack_fold import PackFold
from schemas.record.tiles import PACKS, pack_path
from schemas.record.trust_root import TrustRoot
from verify.offline_pack import PackView, open_pack, read_pack, says_the_same
from verify.record_reader import RecordView, read_entries


def wrong_packs(folder: Path, view: RecordView, trust: TrustRoot) -> Iterator[tuple[str, str, str]]:
    """Give the path of each pack that is no good, and what is wrong with it in both languages."""
    opened: list[PackView] = []
    for path in sorted((folder / PACKS).glob("*")):
        pack = _opened(folder, path.name, trust)
        if pack is None:
            yield pack_path(path.name), "hỏng hoặc không được ký đúng", "is damaged or wrongly signed"
        elif pack.size <= view.size:  # a later one was published while this audit reads
            opened.append(pack)
    fold = PackFold()
    for pack in sorted(opened, key=lambda one: one.size):
        fold.add_all(read_entries(folder, fold.size, pack.size), view.ledger)
        if not says_the_same(pack, fold, view):
            yield pack_path(pack.pack.school), "nói khác với sổ cấp", "says something else than the log"


def _opened(folder: Path, name: str, trust: TrustRoot) -> PackView | None:
    try:
        pack = open_pack(read_pack(folder, name), trust)
    except HocbaError:
        return None
    return pack if pack.pack.school == name else None

"""Bringing the offline packs of a record into a mirror: conveniences, which nothing else rests on.

A pack is taken where the trust root vouches for it and it is no step back. An origin without packs, or with a damaged
one, leaves the mirror as it was.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from schemas.errors import HocbaError
from schemas.record.offline_pack import MAX_PACK_BYTES
from schemas.record.tiles import pack_path
from schemas.record.trust_root import TrustRoot
from verify.files import replace_file
from verify.offline_pack import PackView, open_pack, read_pack
from verify.record_fetch import checked_address, fetch

_AT_ONCE = 4


def fetch_packs(address: str, folder: Path, trust: TrustRoot, schools: Iterable[str]) -> None:
    """Bring the packs of these schools from a record's address into the mirror in `folder`.

    Raises:
        VerifyError: `record-address`.
        OSError: the folder cannot be written.
    """
    base = checked_address(address)

    def fetch_one(school: str) -> PackView | None:
        try:
            return open_pack(fetch(base + pack_path(school), MAX_PACK_BYTES), trust)
        except HocbaError:
            return None

    wanted = sorted(schools)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for school, new in zip(wanted, pool.map(fetch_one, wanted), strict=True):
            old = _here(folder, school, trust)
            if new is not None and new.pack.school == school and (old is None or new.follows(old)):
                replace_file(folder / pack_path(school), new.data)


def _here(folder: Path, school: str, trust: TrustRoot) -> PackView | None:
    try:
        return open_pack(read_pack(folder, school), trust)
    except HocbaError:
        return None

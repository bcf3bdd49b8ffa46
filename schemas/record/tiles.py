"""Where the files of the public record lie, and how entries lie in their bundles (c2sp.org/tlog-tiles).

Paths are relative to the record's folder or URL. Opens nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schemas.errors import SchemaError
from schemas.record.entry import MAX_ENTRY_BYTES
from schemas.record.merkle import TILE_WIDTH

CHECKPOINT_PATH = "checkpoint"
TRUST_ROOTS = "trust-root"
PACKS = "packs"
_LENGTH_BYTES = 2


def tile_path(level: int, n: int, width: int = TILE_WIDTH) -> str:
    """Return the path of hash tile `n` of a level, partial when `width` is below 256."""
    return f"tile/{level}/{_tile_number(n, width)}"


def bundle_path(n: int, width: int = TILE_WIDTH) -> str:
    """Return the path of entry bundle `n`, partial when `width` is below 256."""
    return f"tile/entries/{_tile_number(n, width)}"


def status_list_path(list_id: int, version: int) -> str:
    """Return the path of one published version of a status list."""
    return f"status-list/{list_id}/{version}"


def trust_root_path(version: int) -> str:
    """Return the path of one version of the trust root, published beside the record."""
    return f"{TRUST_ROOTS}/{version}.json"


def pack_path(school: str) -> str:
    """Return the path of the offline pack of a school."""
    return f"{PACKS}/{school}"


def token_path(number: int) -> str:
    """Return the path of a time-stamp token over a checkpoint (`schemas.record.token_chain`)."""
    return f"tokens/{number}.tst"


def stamped_path(number: int) -> str:
    """Return the path of what a token stamps: a signed checkpoint, and the token before."""
    return f"tokens/{number}.stamped"


def bundles_between(old_size: int, size: int) -> Iterator[tuple[int, int]]:
    """Yield `(n, width)` of the bundles that hold the entries from `old_size` up to `size`."""
    if size > old_size:
        for n in range(old_size // TILE_WIDTH, -(-size // TILE_WIDTH)):
            yield n, min(TILE_WIDTH, size - n * TILE_WIDTH)


def format_bundle(entries: Sequence[bytes]) -> bytes:
    """Return an entry bundle: each entry after its length in 16 bits, big-endian."""
    return b"".join(len(entry).to_bytes(_LENGTH_BYTES) + entry for entry in entries)


def parse_bundle(data: bytes, width: int) -> list[bytes]:
    """Return the first `width` entries of a bundle; a full bundle serves for a partial one.

    Raises:
        SchemaError: `bundle-invalid`.
    """
    entries = []
    position = 0
    for _ in range(width):
        start = position + _LENGTH_BYTES
        position = start + int.from_bytes(data[start - _LENGTH_BYTES : start])
        if not 0 < position - start <= MAX_ENTRY_BYTES or position > len(data):
            raise _invalid()
        entries.append(data[start:position])
    return entries


def _tile_number(n: int, width: int) -> str:
    groups = [f"{n % 1000:03d}"]
    while n := n // 1000:
        groups.append(f"x{n % 1000:03d}")
    number = "/".join(reversed(groups))
    return number if width == TILE_WIDTH else f"{number}.p/{width}"


def _invalid() -> SchemaError:
    return SchemaError(
        "bundle-invalid",
        "bundle",
        "Tệp các mục của sổ cấp bị hỏng; hãy tải lại.",
        "A bundle of the record's entries is damaged; fetch it again.",
    )

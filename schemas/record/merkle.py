"""The Merkle tree of RFC 6962 over tiles: growing it, proving from it, checking proofs.

Works on hashes: entries become leaves in `schemas.record.entry`, tiles become files in `schemas.record.tiles`. Tiles
come from a callable, so that this module reads nothing itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeAlias

from schemas.errors import SchemaError

HASH_BYTES = 32
TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
EMPTY_ROOT = sha256(b"").digest()
_MAX_TILES_KEPT = 1024

ReadTile: TypeAlias = Callable[[int, int, int], bytes]
"""`read_tile(level, n, width)` returns `width` hashes of a tile, or more: a full tile serves for a partial one."""


@dataclass(frozen=True, slots=True)
class Tile:
    """`width` hashes side by side: tile `n` of a level (c2sp.org/tlog-tiles); partial below 256."""

    level: int
    n: int
    width: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Growth:
    """What appending changed: the tree's new right edge, and the tiles to write before a checkpoint covers it."""

    frontier: Frontier
    tiles: tuple[Tile, ...]


@dataclass(frozen=True, slots=True)
class Frontier:
    """The right edge of a tree: its size and, for each level from 0 up, the hashes of the partial tile.

    All that is needed to append and to know the root; 8 KiB a level at most.
    """

    size: int = 0
    edge: tuple[bytes, ...] = ()

    def append(self, leaf_hashes: Sequence[bytes]) -> Growth:
        """Append leaves; returned are the tiles completed and the new partial tile of each level touched."""
        tiles: list[Tile] = []
        edge = list(self.edge)
        rising: Sequence[bytes] = leaf_hashes
        level = 0
        while rising:
            if level == len(edge):
                edge.append(b"")
            first = self.size >> TILE_HEIGHT * (level + 1)
            hashes = edge[level] + b"".join(rising)
            full = len(hashes) // (TILE_WIDTH * HASH_BYTES)
            blocks = [_slice(hashes, block * TILE_WIDTH, TILE_WIDTH) for block in range(full)]
            tiles += [Tile(level, first + block, TILE_WIDTH, data) for block, data in enumerate(blocks)]
            edge[level] = _slice(hashes, full * TILE_WIDTH, TILE_WIDTH)
            if edge[level]:
                tiles.append(Tile(level, first + full, len(edge[level]) // HASH_BYTES, edge[level]))
            rising = [_layers(data)[-1][0] for data in blocks]
            level += 1
        return Growth(Frontier(self.size + len(leaf_hashes), tuple(edge)), tuple(tiles))

    def root(self) -> bytes:
        """Return the root hash."""
        peaks = [peak for data in reversed(self.edge) for peak in _peaks(data)]
        if not peaks:
            return EMPTY_ROOT
        root = peaks.pop()
        while peaks:
            root = node_hash(peaks.pop(), root)
        return root


class TiledTree:
    """A tree of `size` leaves, read from its tiles. Keeps what it has read: meant for one batch of questions."""

    def __init__(self, size: int, read_tile: ReadTile) -> None:
        self.size = size
        self._read_tile = read_tile
        self._kept: dict[tuple[int, int], list[list[bytes]]] = {}

    def frontier(self) -> Frontier:
        """Return the right edge, to append to."""
        edge = []
        level = 0
        while (width := self.size >> TILE_HEIGHT * level) > 0:
            partial = width % TILE_WIDTH
            edge.append(b"".join(self._tile(level, width // TILE_WIDTH)[0]) if partial else b"")
            level += 1
        return Frontier(self.size, tuple(edge))

    def root(self) -> bytes:
        """Return the root hash."""
        return self._range_hash(0, self.size) if self.size else EMPTY_ROOT

    def inclusion_proof(self, index: int) -> tuple[bytes, ...]:
        """Return the audit path of leaf `index`, from its sibling up (RFC 6962 §2.1.1).

        Raises:
            SchemaError: `tree-index-outside` when the tree has no such leaf.
        """
        if not 0 <= index < self.size:
            raise _outside()
        proof = []
        start, end = 0, self.size
        while end - start > 1:
            middle = start + _split(end - start)
            if index < middle:
                proof.append(self._range_hash(middle, end))
                end = middle
            else:
                proof.append(self._range_hash(start, middle))
                start = middle
        return tuple(reversed(proof))

    def consistency_proof(self, old_size: int) -> tuple[bytes, ...]:
        """Return the proof that the first `old_size` leaves are unchanged (RFC 6962 §2.1.2).

        Raises:
            SchemaError: `tree-index-outside` when the tree is smaller than `old_size`.
        """
        if not 0 <= old_size <= self.size:
            raise _outside()
        if old_size == 0:
            return ()
        proof = []
        start, end = 0, self.size
        while old_size != end:
            middle = start + _split(end - start)
            if old_size <= middle:
                proof.append(self._range_hash(middle, end))
                end = middle
            else:
                proof.append(self._range_hash(start, middle))
                start = middle
        if start:
            proof.append(self._range_hash(start, end))
        return tuple(reversed(proof))

    def _range_hash(self, start: int, end: int) -> bytes:
        width = end - start
        if width & (width - 1) == 0:
            return self._node(width.bit_length() - 1, start)
        middle = start + _split(width)
        return node_hash(self._range_hash(start, middle), self._range_hash(middle, end))

    def _node(self, height: int, start: int) -> bytes:
        """Return the hash of the complete subtree of 2^height leaves that begins at leaf `start`."""
        level, layer = divmod(height, TILE_HEIGHT)
        n, position = divmod(start >> height, TILE_WIDTH >> layer)
        return self._tile(level, n)[layer][position]

    def _tile(self, level: int, n: int) -> list[list[bytes]]:
        kept = self._kept.get((level, n))
        if kept is not None:
            return kept
        width = min(TILE_WIDTH, (self.size >> TILE_HEIGHT * level) - n * TILE_WIDTH)
        data = self._read_tile(level, n, width)[: width * HASH_BYTES]
        if len(data) != width * HASH_BYTES:
            raise SchemaError(
                "tile-too-short",
                f"tile/{level}/{n}",
                "Tệp băm của sổ cấp thiếu dữ liệu; hãy tải lại.",
                "A tile of the record lacks data; fetch it again.",
            )
        if len(self._kept) >= _MAX_TILES_KEPT:
            self._kept.clear()
        layers = self._kept[level, n] = _layers(data)
        return layers


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the RFC 6962 hash of an inner node."""
    return sha256(b"\x01" + left + right).digest()


def check_inclusion(*, index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """Check that `leaf` is leaf hash `index` of the tree of `size` leaves with `root` (RFC 9162 §2.1.3.2).

    Raises:
        SchemaError: `inclusion-proof-invalid`.
    """
    climb = _climb(index, size - 1, proof) if 0 <= index < size else None
    if climb is None:
        raise _not_included()
    computed = leaf
    for sibling, is_left in climb:
        computed = node_hash(sibling, computed) if is_left else node_hash(computed, sibling)
    if computed != root:
        raise _not_included()


def check_consistency(
    *, old_size: int, new_size: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Check that the tree of `new_size` leaves begins with that of `old_size` (RFC 9162 §2.1.4.2).

    The empty tree begins every tree, and a tree begins itself, both with an empty proof.

    Raises:
        SchemaError: `consistency-proof-invalid`.
    """
    if not 0 <= old_size <= new_size:
        raise _inconsistent()
    if old_size in {0, new_size}:
        if proof or old_root != (new_root if old_size else EMPTY_ROOT):
            raise _inconsistent()
        return
    # A complete old tree is a node of the new one, and the proof leaves it out.
    path = list(proof) if old_size & (old_size - 1) else [old_root, *proof]
    shift = (old_size & -old_size).bit_length() - 1
    climb = _climb((old_size - 1) >> shift, (new_size - 1) >> shift, path[1:])
    if not path or climb is None:
        raise _inconsistent()
    old_computed = new_computed = path[0]
    for sibling, is_left in climb:
        if is_left:
            old_computed = node_hash(sibling, old_computed)
            new_computed = node_hash(sibling, new_computed)
        else:
            new_computed = node_hash(new_computed, sibling)
    if (old_computed, new_computed) != (old_root, new_root):
        raise _inconsistent()


def _climb(position: int, last: int, proof: Sequence[bytes]) -> list[tuple[bytes, bool]] | None:
    """Tell for each hash up from node `position` of 0…`last` whether it is the left one; None for a wrong length."""
    steps = []
    for sibling in proof:
        if last == 0:
            return None
        is_left = bool(position & 1) or position == last
        if is_left:
            # A last node without a sibling rises until it is a right child.
            while position and not position & 1:
                position >>= 1
                last >>= 1
        position >>= 1
        last >>= 1
        steps.append((sibling, is_left))
    return steps if last == 0 else None


def _slice(hashes: bytes, first: int, count: int) -> bytes:
    return hashes[first * HASH_BYTES : (first + count) * HASH_BYTES]


def _split(width: int) -> int:
    """Return the largest power of two smaller than `width`."""
    return 1 << (width - 1).bit_length() - 1


def _layers(data: bytes) -> list[list[bytes]]:
    """Return the hashes of a tile and, above them, those of every complete subtree in it."""
    layers = [[data[i : i + HASH_BYTES] for i in range(0, len(data), HASH_BYTES)]]
    while len(layers[-1]) > 1:
        below = layers[-1]
        layers.append(
            [sha256(b"\x01" + below[i] + below[i + 1]).digest() for i in range(0, len(below) - 1, 2)]
        )
    return layers


def _peaks(data: bytes) -> list[bytes]:
    """Return the roots of the complete subtrees that a partial tile falls into, the largest first."""
    layers = _layers(data)
    return [layers[height][-1] for height in reversed(range(len(layers))) if len(layers[height]) & 1]


def _outside() -> SchemaError:
    return SchemaError(
        "tree-index-outside",
        "tree",
        "Sổ cấp chưa có mục này.",
        "The record has no such entry yet.",
    )


def _not_included() -> SchemaError:
    return SchemaError(
        "inclusion-proof-invalid",
        "proof",
        "Bằng chứng không chứng minh được mục này nằm trong sổ cấp.",
        "The proof does not show that the entry is in the record.",
    )


def _inconsistent() -> SchemaError:
    return SchemaError(
        "consistency-proof-invalid",
        "proof",
        "Hai điểm chốt của sổ cấp không nối tiếp nhau: sổ có thể đã bị sửa. Hãy báo cơ quan quản lý.",
        "Two checkpoints of the record do not continue each other: it may have been rewritten. Tell the authority.",
    )

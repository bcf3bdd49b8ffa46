"""The Merkle tree against RFC 6962, computed the slow way."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import SchemaError
from schemas.record.merkle import EMPTY_ROOT, Frontier, Tile, TiledTree, check_consistency, check_inclusion

MOST = 600
LEAVES = tuple(sha256(b"\x00" + index.to_bytes(4)).digest() for index in range(MOST))


@cache
def _mth(start: int, end: int) -> bytes:
    """MTH(D[start:end]) of RFC 6962 §2.1."""
    if end - start == 0:
        return sha256(b"").digest()
    if end - start == 1:
        return LEAVES[start]
    middle = start + _k(end - start)
    return sha256(b"\x01" + _mth(start, middle) + _mth(middle, end)).digest()


def _path(m: int, start: int, end: int) -> list[bytes]:
    """PATH(m, D[start:end]) of RFC 6962 §2.1.1."""
    if end - start == 1:
        return []
    k = _k(end - start)
    if m < k:
        return [*_path(m, start, start + k), _mth(start + k, end)]
    return [*_path(m - k, start + k, end), _mth(start, start + k)]


def _proof(m: int, n: int) -> list[bytes]:
    """PROOF(m, D[n]) of RFC 6962 §2.1.2; empty for the empty tree, which the RFC leaves out."""
    return _subproof(m, 0, n, complete=True) if m else []


def _subproof(m: int, start: int, end: int, *, complete: bool) -> list[bytes]:
    if m == end - start:
        return [] if complete else [_mth(start, end)]
    k = _k(end - start)
    if m <= k:
        return [*_subproof(m, start, start + k, complete=complete), _mth(start + k, end)]
    return [*_subproof(m - k, start + k, end, complete=False), _mth(start, start + k)]


def _k(n: int) -> int:
    k = 1
    while 2 * k < n:
        k *= 2
    return k


@cache
def _tree(size: int) -> TiledTree:
    tiles = {(tile.level, tile.n, tile.width): tile.data for tile in Frontier().append(LEAVES[:size]).tiles}
    return TiledTree(size, lambda *tile: tiles[tile])


def test_root_of_every_size() -> None:
    """Growing leaf by leaf and reading from tiles both give RFC 6962's root, from 0 to 600 leaves."""
    frontier = Frontier()
    for size in range(MOST + 1):
        assert frontier.size == size
        assert frontier.root() == _mth(0, size) == _tree(size).root()
        if size < MOST:
            frontier = frontier.append(LEAVES[size : size + 1]).frontier


@settings(max_examples=50)
@given(st.lists(st.integers(0, 300), max_size=4))
def test_batches_do_not_matter(batches: Sequence[int]) -> None:
    """However the leaves come, the tree, its edge and its full tiles are the same."""
    frontier, tiles = Frontier(), dict[tuple[int, int, int], bytes]()
    for batch in batches:
        size = min(batch, MOST - frontier.size)
        growth = frontier.append(LEAVES[frontier.size : frontier.size + size])
        frontier = growth.frontier
        tiles |= {(tile.level, tile.n, tile.width): tile.data for tile in growth.tiles}
    at_once = Frontier().append(LEAVES[: frontier.size])
    assert frontier.root() == at_once.frontier.root()
    assert {(tile.level, tile.n, tile.width): tile.data for tile in at_once.tiles}.items() <= tiles.items()
    assert (
        TiledTree(frontier.size, lambda *tile: tiles[tile]).frontier().append([]).frontier.root()
        == frontier.root()
    )


def test_tiles_are_those_of_the_specification() -> None:
    """600 leaves have two full tiles and one partial on level 0, and one partial on level 1, of subtree roots."""
    tiles = Frontier().append(LEAVES).tiles
    assert tiles == (
        Tile(0, 0, 256, b"".join(LEAVES[:256])),
        Tile(0, 1, 256, b"".join(LEAVES[256:512])),
        Tile(0, 2, 88, b"".join(LEAVES[512:])),
        Tile(1, 0, 2, _mth(0, 256) + _mth(256, 512)),
    )


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 255, 256, 257, 511, 512, 513, 600])
def test_inclusion_of_every_leaf(size: int) -> None:
    """Each leaf's proof is RFC 6962's path, and the check accepts it."""
    for index in range(size):
        proof = _tree(size).inclusion_proof(index)
        assert list(proof) == _path(index, 0, size)
        check_inclusion(index=index, size=size, leaf=LEAVES[index], proof=proof, root=_mth(0, size))


def test_inclusion_in_every_size() -> None:
    """The first, a middle and the last leaf are proved in each tree up to 600 leaves."""
    for size in range(1, MOST + 1):
        for index in {0, size // 2, size - 1}:
            proof = _tree(size).inclusion_proof(index)
            assert list(proof) == _path(index, 0, size)
            check_inclusion(index=index, size=size, leaf=LEAVES[index], proof=proof, root=_mth(0, size))


@pytest.mark.parametrize("new_size", [0, 1, 2, 3, 6, 7, 8, 255, 256, 257, 512, 513, 600])
def test_consistency_from_every_size(new_size: int) -> None:
    """Each earlier tree's proof is RFC 6962's, and the check accepts it."""
    for old_size in range(new_size + 1):
        proof = _tree(new_size).consistency_proof(old_size)
        assert list(proof) == _proof(old_size, new_size)
        check_consistency(
            old_size=old_size,
            new_size=new_size,
            old_root=_mth(0, old_size),
            new_root=_mth(0, new_size),
            proof=proof,
        )


def test_consistency_of_all_small_sizes() -> None:
    """Every pair up to 40 leaves is proved, and no pair accepts another's roots."""
    for new_size in range(41):
        for old_size in range(new_size + 1):
            proof = _tree(new_size).consistency_proof(old_size)
            assert list(proof) == _proof(old_size, new_size)
            roots = {"old_root": _mth(0, old_size), "new_root": _mth(0, new_size)}
            check_consistency(old_size=old_size, new_size=new_size, proof=proof, **roots)
            for wrong in (
                {"old_root": bytes(32)},
                {"new_root": bytes(32)} if old_size else {"old_root": b""},
            ):
                with pytest.raises(SchemaError, match="consistency-proof-invalid"):
                    check_consistency(old_size=old_size, new_size=new_size, proof=proof, **(roots | wrong))


@settings(max_examples=150)
@given(st.integers(1, 60), st.data())
def test_a_changed_inclusion_proof_is_refused(size: int, data: st.DataObject) -> None:
    """Another index, size, leaf or root, a hash more, less, changed or moved: none proves anything."""
    index = data.draw(st.integers(0, size - 1))
    proof = list(_tree(size).inclusion_proof(index))
    sound = {"index": index, "size": size, "leaf": LEAVES[index], "proof": proof, "root": _mth(0, size)}
    changes: list[dict[str, object]] = [
        {"index": (index + 1) % size} if size > 1 else {"index": 1},
        {"index": -1},
        {"index": index + size},
        {"leaf": LEAVES[index + 1]},
        {"root": _mth(0, size + 1)},
        {"proof": [*proof, LEAVES[0]]},
    ]
    if proof:
        changes += [{"proof": proof[:-1]}, {"proof": proof[1:]}, {"proof": [bytes(32), *proof[1:]]}]
    with pytest.raises(SchemaError, match="inclusion-proof-invalid"):
        check_inclusion(**(sound | data.draw(st.sampled_from(changes))))  # type: ignore[arg-type] # names of its parameters


@settings(max_examples=150)
@given(st.integers(2, 60), st.data())
def test_a_changed_consistency_proof_is_refused(new_size: int, data: st.DataObject) -> None:
    """Another size or root, a hash more, less or changed: none shows that one tree begins another."""
    old_size = data.draw(st.integers(1, new_size - 1))
    proof = list(_tree(new_size).consistency_proof(old_size))
    sound = {
        "old_size": old_size,
        "new_size": new_size,
        "old_root": _mth(0, old_size),
        "new_root": _mth(0, new_size),
        "proof": proof,
    }
    changes: list[dict[str, object]] = [
        {"old_size": new_size, "new_size": old_size},
        {"old_size": -1},
        {"old_root": _mth(0, old_size + 1)},
        {"new_root": _mth(0, new_size + 1)},
        {"proof": []},
        {"proof": proof[:-1]},
        {"proof": proof[1:]},
        {"proof": [*proof, LEAVES[0]]},
        {"proof": [*proof[:-1], bytes(32)]},
    ]
    with pytest.raises(SchemaError, match="consistency-proof-invalid"):
        check_consistency(**(sound | data.draw(st.sampled_from(changes))))  # type: ignore[arg-type] # names of its parameters


def test_a_proof_is_as_long_as_its_tree_is_high() -> None:
    """A proof that ends below the root, or goes on above it, is refused though its hashes fit the root given."""
    left, right = LEAVES[:2]
    pair = _mth(0, 2)
    for index, size, proof, root in ((0, 4, [right], pair), (0, 1, [right], pair), (1, 1, [left], pair)):
        with pytest.raises(SchemaError, match="inclusion-proof-invalid"):
            check_inclusion(index=index, size=size, leaf=LEAVES[index], proof=proof, root=root)
    with pytest.raises(SchemaError, match="inclusion-proof-invalid"):
        check_inclusion(
            index=0, size=1, leaf=left, proof=[right], root=sha256(b"\x01" + right + left).digest()
        )
    with pytest.raises(SchemaError, match="consistency-proof-invalid"):
        check_consistency(old_size=1, new_size=4, old_root=left, new_root=pair, proof=[right])


@pytest.mark.parametrize("old_size", [0, 5])
def test_where_nothing_is_to_prove_the_proof_is_empty(old_size: int) -> None:
    """A hash that no check would look at is refused."""
    with pytest.raises(SchemaError, match="consistency-proof-invalid"):
        check_consistency(
            old_size=old_size, new_size=5, old_root=_mth(0, old_size), new_root=_mth(0, 5), proof=[LEAVES[0]]
        )


def test_the_empty_tree() -> None:
    """Its root is the hash of nothing, it begins every tree, and it holds no leaf."""
    assert Frontier().root() == TiledTree(0, lambda *_: b"").root() == EMPTY_ROOT == sha256(b"").digest()
    check_consistency(old_size=0, new_size=5, old_root=EMPTY_ROOT, new_root=_mth(0, 5), proof=())
    with pytest.raises(SchemaError, match="inclusion-proof-invalid"):
        check_inclusion(index=0, size=0, leaf=LEAVES[0], proof=(), root=EMPTY_ROOT)


def test_questions_outside_the_tree_are_refused() -> None:
    """A leaf or an earlier size that the tree has not is no question."""
    with pytest.raises(SchemaError, match="tree-index-outside"):
        _tree(5).consistency_proof(6)
    for index in (-1, 5):
        with pytest.raises(SchemaError, match="tree-index-outside"):
            _tree(5).inclusion_proof(index)


def test_a_full_tile_serves_for_a_partial_one() -> None:
    """A reader may find the tile already full; it takes the hashes that belong to its tree."""
    full = b"".join(LEAVES[:256])
    assert TiledTree(200, lambda *_: full).root() == _mth(0, 200)


def test_a_short_tile_is_refused() -> None:
    """A tile with too few hashes is named as damaged."""
    with pytest.raises(SchemaError, match="tile-too-short"):
        TiledTree(200, lambda *_: b"".join(LEAVES[:199])).root()

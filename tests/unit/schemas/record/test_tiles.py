"""Paths of the record's files, and entry bundles."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import SchemaError
from schemas.record.merkle import Frontier
from schemas.record.tiles import (
    bundle_path,
    bundles_between,
    format_bundle,
    parse_bundle,
    status_list_path,
    tile_path,
)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (tile_path(0, 0), "tile/0/000"),
        (tile_path(0, 999, 7), "tile/0/999.p/7"),
        (tile_path(1, 1000), "tile/1/x001/000"),
        (tile_path(0, 1_234_067), "tile/0/x001/x234/067"),
        (tile_path(3, 1_234_067, 255), "tile/3/x001/x234/067.p/255"),
        (bundle_path(0), "tile/entries/000"),
        (bundle_path(12_345, 1), "tile/entries/x012/345.p/1"),
        (status_list_path(3, 12), "status-list/3/12"),
    ],
)
def test_paths_are_as_laid_down(path: str, expected: str) -> None:
    """Groups of three digits, all but the last with an x; a partial tile names its width."""
    assert path == expected


@given(st.lists(st.binary(min_size=1, max_size=512), max_size=5))
def test_parse_undoes_format(entries: list[bytes]) -> None:
    """The entries of a bundle come back, and a longer bundle serves for a shorter one."""
    bundle = format_bundle(entries)
    assert parse_bundle(bundle, len(entries)) == entries
    assert parse_bundle(bundle, len(entries) // 2) == entries[: len(entries) // 2]


@pytest.mark.parametrize(
    ("data", "width"),
    [
        (b"", 1),
        (b"\x00", 1),
        (b"\x00\x01", 1),
        (b"\x00\x02a", 1),
        (b"\x00\x00", 1),
        (b"\x02\x01" + bytes(513), 1),
        (b"\x00\x01a", 2),
    ],
)
def test_damaged_bundles_are_refused(data: bytes, width: int) -> None:
    """A bundle cut short, with an empty entry or with an entry over 512 bytes is refused."""
    with pytest.raises(SchemaError, match="bundle-invalid"):
        parse_bundle(data, width)


@given(st.integers(0, 70_000), st.integers(0, 70_000))
def test_what_is_new_between_two_sizes(one: int, other: int) -> None:
    """The bundles named are exactly those that the larger tree has and the smaller has not."""
    old_size, size = sorted((one, other))
    new = {(n, width) for level, n, width in _tiles(size) - _tiles(old_size) if level == 0}
    assert set(bundles_between(old_size, size)) == new


def test_growing_makes_the_tiles_that_are_new() -> None:
    """Growing a tree of 300 leaves by 400 makes exactly the tiles that the smaller tree had not."""
    frontier = Frontier().append([bytes(32)] * 300).frontier
    made = {(tile.level, tile.n, tile.width) for tile in frontier.append([bytes(32)] * 400).tiles}
    assert made == _tiles(700) - _tiles(300)


def _tiles(size: int) -> set[tuple[int, int, int]]:
    tiles, level = set(), 0
    while count := size // 256**level:
        tiles |= {(level, n, 256) for n in range(count // 256)}
        tiles |= {(level, count // 256, count % 256)} if count % 256 else set()
        level += 1
    return tiles

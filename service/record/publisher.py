"""Writing the public record's files: tiles, bundles, status lists, and last the checkpoint that makes them count.

Everything but the checkpoint is written once under its final name; whoever reads by an old checkpoint finds the
old files. A crash before the checkpoint leaves files that nobody refers to, and the next publishing writes them
again.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from keys.secret_files import sync_folder
from schemas.record.merkle import TILE_WIDTH, Tile
from schemas.record.tiles import (
    CHECKPOINT_PATH,
    bundle_path,
    bundles_between,
    format_bundle,
    status_list_path,
    tile_path,
)
from service.files import PUBLIC, make_folder, replace_file


class Publisher:
    """The folder that web servers and mirrors are given."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write_tiles(self, tiles: Sequence[Tile]) -> None:
        """Write hash tiles."""
        for tile in tiles:
            self._write(tile_path(tile.level, tile.n, tile.width), tile.data)

    def write_bundles(self, old_size: int, size: int, entries: Sequence[bytes]) -> None:
        """Write the bundles that hold what came after `old_size`; `entries` begin with the first of these bundles."""
        first = old_size // TILE_WIDTH * TILE_WIDTH
        for n, width in bundles_between(old_size, size):
            start = n * TILE_WIDTH - first
            self._write(bundle_path(n, width), format_bundle(entries[start : start + width]))

    def write_status_list(self, list_id: int, version: int, data: bytes) -> None:
        """Write one version of a status list; its entry comes after it."""
        self._write(status_list_path(list_id, version), data)

    def write_checkpoint(self, note: bytes) -> None:
        """Replace the checkpoint: from here on the entries under it are public."""
        self._write(CHECKPOINT_PATH, note)

    def read_tile(self, level: int, n: int, width: int) -> bytes:
        """Return the hashes of a tile.

        Raises:
            OSError: it is not there.
        """
        return (self.folder / tile_path(level, n, width)).read_bytes()

    def _write(self, path: str, content: bytes) -> None:
        target = self.folder / path
        make_folder(target.parent)
        if path == CHECKPOINT_PATH or not target.exists() or target.read_bytes() != content:
            replace_file(target, content, mode=PUBLIC)
        else:
            # Renamed by somebody who died, or failed, before the folder was on disk: its name may not be durable yet.
            sync_folder(target.parent)

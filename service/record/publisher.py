"""Writing the public record's files: tiles, bundles, status lists, and last the checkpoint that makes them count.

Everything but the checkpoint is written once under its final name; whoever reads by an old checkpoint finds the
old files. A crash before the checkpoint leaves files that nobody refers to, and the next publishing writes them
again.

Each file is written under the one name `.unfinished` first. A crash may change what is published next, and then a file
begun beside its target would be left there for ever; this one is overwritten by whatever comes next.
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
    pack_path,
    status_list_path,
    tile_path,
    trust_root_path,
)
from service.errors import ServiceError
from service.files import PUBLIC, make_folder, replace_file

_UNFINISHED = ".unfinished"


class Publisher:
    """The folder that web servers and mirrors are given. One publisher at a time writes it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._made: set[Path] = set()
        """Folders known to be on disk."""

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

    def write_trust_root(self, version: int, data: bytes) -> None:
        """Write one version of the trust root, for verifiers and mirrors to find.

        Raises:
            ServiceError: `trust-root-published-other`: a version is never replaced.
        """
        path = self.folder / trust_root_path(version)
        if path.exists() and path.read_bytes() != data:
            raise ServiceError(
                "trust-root-published-other",
                f"Bản {version} của gốc tin cậy đã được công bố với nội dung khác ({path}). Không công bố hai bản cùng "
                "số; hãy báo những người giữ khoá gốc.",
                f"Version {version} of the trust root was published with another content ({path}). No number is used "
                "twice; tell the holders of the root keys.",
            )
        self._write(trust_root_path(version), data)

    def write_token(self, path: str, data: bytes) -> None:
        """Write a time stamp over a checkpoint, or what it stamps."""
        self._write(path, data)

    def write_pack(self, school: str, data: bytes) -> None:
        """Replace the offline pack of a school."""
        self._write(pack_path(school), data)

    def write_checkpoint(self, note: bytes) -> None:
        """Replace the checkpoint: from here on the entries under it are public."""
        self._write(CHECKPOINT_PATH, note)

    def read_checkpoint(self) -> bytes | None:
        """Return the checkpoint that the world sees; None where there is none that can be read."""
        try:
            return (self.folder / CHECKPOINT_PATH).read_bytes()
        except OSError:
            return None

    def read_tile(self, level: int, n: int, width: int) -> bytes:
        """Return the hashes of a tile.

        Raises:
            OSError: it is not there.
        """
        return (self.folder / tile_path(level, n, width)).read_bytes()

    def _write(self, path: str, content: bytes) -> None:
        target = self.folder / path
        if target.parent not in self._made or not target.parent.is_dir():
            make_folder(target.parent)
            self._made.add(target.parent)
        if path == CHECKPOINT_PATH or not target.exists() or target.read_bytes() != content:
            replace_file(target, content, mode=PUBLIC, unfinished=self.folder / _UNFINISHED)
        else:
            # Renamed by somebody who died, or failed, before the folder was on disk: its name may not be durable yet.
            sync_folder(target.parent)

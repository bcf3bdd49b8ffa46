"""What is in a backup, in the order in which it is read: database, state, record, work, issued.

The database comes first, all of one moment; what it knows of is in the folders by then, and stays. Whatever is issued
meanwhile makes the folders newer than the database, never older: that is what reconciling brings back. Work comes
before issued: a document that is released meanwhile is in both, never in neither. Nothing of `keys/` is read, no
passphrase, no token, no secret of the settings.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO, Final

from schemas.record.tiles import CHECKPOINT_PATH
from service.installation import Installation
from service.installation_parts import TRUST_ROOT
from service.record.sequencer import STATE_FILE
from service.settings import SETTINGS_FILE
from service.storage.dumping import snapshot
from service.trail.heads import TRAIL_HEADS
from service.uploads import UPLOADS

SCHEMA: Final = "hocba/backup/v1"
MANIFEST: Final = "backup.json"
SETTINGS: Final = "settings.env"
DATABASE: Final = "database"
FOLDERS: Final = ("record", "work", "issued", "images", UPLOADS)
STATE: Final = (STATE_FILE, TRAIL_HEADS)
FILES: Final = (MANIFEST, TRUST_ROOT, SETTINGS, *(f"state/{name}" for name in STATE))
_LEFT_OUT: Final = ("HOCBA_DATABASE_URL=", "HOCBA_SESSION_KEY_FILE=")
"""A restored copy has a database and a session key of its own."""


def contents(installation: Installation, *, at: dt.datetime) -> Iterator[tuple[str, BinaryIO]]:
    """Give names and open files; each is read before the next one is asked for."""
    data, state = installation.settings.data, installation.folder("state")
    with snapshot(installation.database) as database:
        manifest = {
            "schema": SCHEMA,
            "made_at": f"{at:%Y-%m-%dT%H:%M:%SZ}",
            "origin": installation.settings.origin,
            "database": database.revision,
        }
        yield MANIFEST, io.BytesIO(json.dumps(manifest, indent=2).encode("ascii") + b"\n")
        for table in database.tables:
            # Without a name: whatever happens, no copy of the rows is left.
            with TemporaryFile(dir=state) as file:
                database.write(table, file)
                yield f"{DATABASE}/{table}.jsonl", file
    for name in STATE:
        yield from _named(data, Path("state") / name)
    # The checkpoint before what it covers: that only grows.
    yield from _named(data, Path("record") / CHECKPOINT_PATH)
    for folder in FOLDERS:
        for path in files_below(data / folder):
            if path != data / "record" / CHECKPOINT_PATH:
                yield from _named(data, path.relative_to(data))
    yield from _named(data, Path(TRUST_ROOT))
    yield SETTINGS, io.BytesIO(_settings(data))


def files_below(folder: Path) -> Iterator[Path]:
    """Give the files below a folder; unfinished ones and locks are left out."""
    for parent, _, names in os.walk(folder):
        for name in sorted(names):
            if not name.startswith(".") and not name.endswith(".lock"):
                yield Path(parent) / name


def _named(data: Path, name: Path) -> Iterator[tuple[str, BinaryIO]]:
    try:
        file = (data / name).open("rb")
    except FileNotFoundError:
        return  # released, or done with, since the folder was listed
    with file:
        yield name.as_posix(), file


def _settings(data: Path) -> bytes:
    lines = (data / SETTINGS_FILE).read_text(encoding="utf-8").splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(_LEFT_OUT)).encode("utf-8")

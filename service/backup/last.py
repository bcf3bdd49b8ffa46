"""When the last backup was made: a file in `state/`, written when the archive has its name."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from service.files import PRIVATE, replace_file

_FILE = "last-backup"
_FORMAT = "%Y-%m-%dT%H:%M:%SZ"


def note_backup(state: Path, at: dt.datetime) -> None:
    """Note that a backup was made."""
    replace_file(state / _FILE, f"{at:{_FORMAT}}\n".encode(), mode=PRIVATE)


def last_backup(state: Path) -> dt.datetime | None:
    """Return when the last backup was made; None where there was none, or nobody can tell."""
    try:
        text = (state / _FILE).read_text(encoding="ascii").strip()
        return dt.datetime.strptime(text, _FORMAT).replace(tzinfo=dt.UTC)
    except (OSError, ValueError):
        return None

"""Backups in tests: a key, an archive of a demonstration, and a copy that is restored of it."""

from __future__ import annotations

import io
import secrets
import shutil
import tarfile
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import pytest

from keys.backup_key import BackupKey
from service.backup.making import make_backup
from service.backup.restoring import restore_backup
from tests.support.demonstration import Demonstration

KEY = BackupKey.make()


@dataclass
class Opened:
    """What an archive holds, read by age and tar alone."""

    files: dict[str, bytes] = field(default_factory=dict)

    @classmethod
    def of(cls, archive: Path) -> Opened:
        """Open an archive."""
        plain = io.BytesIO()
        with archive.open("rb") as source:
            KEY.decrypt(source, plain)
        plain.seek(0)
        opened = cls()
        with tarfile.open(fileobj=plain) as tar:
            for member in tar:
                content = tar.extractfile(member)
                opened.files[member.name] = content.read() if content else b""
        return opened


def backed_up(demonstration: Demonstration, out: Path) -> Path:
    """Write a backup of a demonstration."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("HOCBA_BACKUP_RECIPIENT", KEY.recipient)
        installation = demonstration.installation
        assert make_backup(installation, out).sha256 == sha256(out.read_bytes()).hexdigest()
        installation.database.dispose()
    return out


def restored(
    demonstration: Demonstration, archive: Path, data: Path, *, database_url: str = ""
) -> Demonstration:
    """Restore an archive into a folder, and put keys and tokens of the demonstration back."""
    restore_backup(archive, data, KEY, database_url=database_url, token_bytes=secrets.token_bytes)
    shutil.copytree(demonstration.data / "keys", data / "keys")
    for name in ("api-token", "api-token-2"):
        shutil.copy(demonstration.data / name, data / name)
    return Demonstration(data, demonstration.clock)

"""What is no backup of ours, or no longer one, is refused by name, and leaves nothing behind."""

from __future__ import annotations

import io
import secrets
import tarfile
from pathlib import Path

import pytest

from keys.backup_key import BackupKey, encrypt
from keys.signer import KeysError
from schemas.errors import HocbaError
from service.backup.restoring import restore_backup
from tests.support.backups import KEY, backed_up
from tests.support.demonstration import Demonstration


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory, _demonstration: Demonstration) -> Path:
    """An archive that nobody may change."""
    folder = tmp_path_factory.mktemp("archive")
    return backed_up(_demonstration.copy(folder / "data"), folder / "one.age")


@pytest.mark.parametrize("place", [0.0, 0.3, 0.6, 0.95, 1.0])
def test_altered_archive_is_refused(archive: Path, tmp_path: Path, place: float) -> None:
    """One bit anywhere, and nothing is restored."""
    data = bytearray(archive.read_bytes())
    data[int(place * (len(data) - 1))] ^= 1
    (tmp_path / "bad.age").write_bytes(data)
    assert refused_to_restore(tmp_path / "bad.age", tmp_path) == "backup-damaged"


@pytest.mark.parametrize("left", [0, 10, 200, 70_000, -70_000, -1])
def test_archive_that_was_cut_off_is_refused(archive: Path, tmp_path: Path, left: int) -> None:
    """Cut anywhere, and nothing is restored."""
    (tmp_path / "bad.age").write_bytes(archive.read_bytes()[:left])
    assert refused_to_restore(tmp_path / "bad.age", tmp_path) == "backup-damaged"


def refused_to_restore(bad: Path, folder: Path, key: BackupKey = KEY) -> str:
    """Return why nothing is restored."""
    before = {path.name for path in folder.iterdir()}
    with pytest.raises(HocbaError) as refused:
        restore_backup(bad, folder / "copy", key, database_url="", token_bytes=secrets.token_bytes)
    assert {path.name for path in folder.iterdir()} == before
    return refused.value.code


def test_other_key_and_wrong_passphrase_are_refused(archive: Path, tmp_path: Path) -> None:
    """Each by its own sentence."""
    assert refused_to_restore(archive, tmp_path, BackupKey.make()) == "backup-key-other"
    path = tmp_path / "key.age"
    path.touch(mode=0o600)
    path.write_bytes(KEY.sealed(b"right"))
    assert BackupKey.load(path, passphrase=b"right").recipient == KEY.recipient
    with pytest.raises(KeysError, match="passphrase-wrong"):
        BackupKey.load(path, passphrase=b"wrong")


@pytest.mark.parametrize(
    "name", ["../outside", "/srv/outside", "keys/passphrase", "record/../../outside", "hocba.env"]
)
def test_archive_of_somebody_else_writes_nowhere(tmp_path: Path, name: str) -> None:
    """Whoever knows the recipient can make an archive: names that no backup has are refused."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as tar:
        member = tarfile.TarInfo(name)
        member.size = 3
        tar.addfile(member, io.BytesIO(b"bad"))
    plain.seek(0)
    with (tmp_path / "bad.age").open("wb") as file:
        encrypt(plain, file, KEY.recipient)
    assert refused_to_restore(tmp_path / "bad.age", tmp_path) == "backup-damaged"

"""`hocba restore`: a backup becomes a data folder that verifies everything, and signs nothing until it is reconciled.

All is made under another name beside the data folder: until the archive was read to its authenticated end and the
database is filled, there is no such folder. The archive holds no key: `keys/` comes from its own copy.
"""

from __future__ import annotations

import json
import os
import tarfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from shutil import copyfileobj, rmtree
from typing import Any, BinaryIO, Final

from keys.backup_key import BackupKey, damaged
from keys.secret_files import sync_folder
from keys.signer import KeysError
from service.backup.contents import DATABASE, FILES, FOLDERS, MANIFEST, SCHEMA, SETTINGS
from service.files import PRIVATE, PUBLIC, disk_refusals, make_folder, replace_file
from service.installation_parts import DATABASE as SQLITE_FILE
from service.record.sequencer import RESTORED_FILE
from service.setting_up import (
    SESSION_KEY,
    check_database_is_new,
    check_folder_is_new,
    make_folders,
    unfinished_folder,
)
from service.settings import SETTINGS_FILE
from service.storage.database import open_database, open_server
from service.storage.dumping import load

_PUBLIC_ROOTS: Final = ("record", "trust-root.json")


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored."""

    made_at: str
    origin: str
    files: int


def restore_backup(
    archive: Path, data: Path, key: BackupKey, *, database_url: str, token_bytes: Callable[[int], bytes]
) -> Restored:
    """Make a data folder, and fill a database, of a backup.

    Args:
        archive: the backup.
        data: the folder, not there yet or empty.
        key: what it is encrypted to.
        database_url: `postgresql://…` of an empty database; empty for SQLite in the folder.
        token_bytes: randomness.

    Raises:
        KeysError: `backup-key-other`, `backup-damaged`; nothing was made.
        ServiceError: `installation-exists`, `database-in-use`, what `service.storage.dumping.load` and `disk_refusals`
            raise.
    """
    check_folder_is_new(data)
    check_database_is_new(database_url)
    data = data.absolute()
    make_folder(data.parent)
    unfinished = unfinished_folder(data)
    with disk_refusals():
        try:
            made = _restore(archive, unfinished, key, database_url, token_bytes)
            # One for all instead of one for each of a hundred thousand files.
            os.sync()
            unfinished.rename(data)
        except BaseException:
            rmtree(unfinished, ignore_errors=True)
            raise
        sync_folder(data.parent)
    return made


def _restore(
    archive: Path, folder: Path, key: BackupKey, database_url: str, token_bytes: Callable[[int], bytes]
) -> Restored:
    make_folders(folder)
    for name in FOLDERS:
        (folder / name).mkdir(0o700, exist_ok=True)
    with archive.open("rb") as source:
        files = _extract(source, folder, key)
    try:
        manifest = _manifest(folder / MANIFEST)
        tables = {path.stem: path for path in (folder / DATABASE).glob("*.jsonl")}
        database = open_server(database_url) if database_url else open_database(folder / SQLITE_FILE)
        try:
            load(database, manifest["database"], tables)
        finally:
            database.dispose()
        settings = (folder / SETTINGS).read_bytes()
    except (ValueError, KeyError, TypeError, FileNotFoundError) as error:
        raise damaged() from error
    rmtree(folder / DATABASE)
    replace_file(folder / SESSION_KEY, token_bytes(24).hex().encode() + b"\n", mode=PRIVATE)
    # The mark before the settings: a folder that can be opened has it.
    replace_file(folder / "state" / RESTORED_FILE, (folder / MANIFEST).read_bytes(), mode=PRIVATE)
    own = f"HOCBA_SESSION_KEY_FILE={SESSION_KEY}\n"
    own += f"HOCBA_DATABASE_URL={database_url}\n" if database_url else ""
    replace_file(folder / SETTINGS_FILE, settings + own.encode(), mode=PUBLIC)
    for name in (MANIFEST, SETTINGS):
        (folder / name).unlink()
    return Restored(manifest["made_at"], manifest["origin"], files)


def _extract(source: BinaryIO, folder: Path, key: BackupKey) -> int:
    """Write every file of the archive, and return how many; refuses whatever is not as it was written."""
    reading, writing = os.pipe()
    refusals: list[KeysError] = []

    def decrypt() -> None:
        with os.fdopen(writing, "wb") as sink:
            try:
                key.decrypt(source, sink)
            except KeysError as refusal:
                refusals.append(refusal)

    decrypting = threading.Thread(target=decrypt, name="decrypting")
    decrypting.start()
    try:
        with os.fdopen(reading, "rb") as plain:
            files = _unpack(plain, folder)
    except (tarfile.TarError, EOFError, UnicodeError) as error:
        decrypting.join()
        raise (refusals[0] if refusals else damaged()) from error
    finally:
        decrypting.join()
    if refusals:
        raise refusals[0]
    return files


def _unpack(plain: BinaryIO, folder: Path) -> int:
    files = 0
    with tarfile.open(fileobj=plain, mode="r|", format=tarfile.PAX_FORMAT) as archive:
        for member in archive:
            content = archive.extractfile(member) if member.isreg() and _is_of_a_backup(member.name) else None
            if content is None:
                raise damaged()
            path = folder / member.name
            path.parent.mkdir(parents=True, exist_ok=True)
            mode = PUBLIC if member.name.startswith(_PUBLIC_ROOTS) else PRIVATE
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
            with os.fdopen(descriptor, "wb") as file:
                copyfileobj(content, file)
            files += 1
    # To the end of the stream, where it is known that nothing was cut off.
    while plain.read(2**20):
        pass
    return files


def _is_of_a_backup(name: str) -> bool:
    """Whether a member is what `service.backup.contents` gives; nothing else is written anywhere."""
    path = PurePosixPath(name)
    if str(path) != name or path.is_absolute() or ".." in path.parts:
        return False
    return name in FILES or (len(path.parts) > 1 and path.parts[0] in {*FOLDERS, DATABASE})


def _manifest(path: Path) -> dict[str, Any]:
    manifest = json.loads(path.read_bytes())
    if not isinstance(manifest, dict) or manifest["schema"] != SCHEMA:
        raise ValueError("schema")
    return manifest

"""Files that a school's people have sent to be checked, kept until they are imported: one upload a school.

A new one takes the place of one that was never imported; nobody but the service can read it.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from service.files import PRIVATE, make_folder, replace_file
from service.importing.folder_archive import packed
from service.importing.formats import SourceFile

UPLOADS = "uploads"
"""The folder in the data folder."""


@dataclass(frozen=True, slots=True)
class Uploads:
    """The folder of uploads."""

    folder: Path

    def keep(self, school: str, files: Sequence[SourceFile]) -> str:
        """Keep files, and return the digest that names them."""
        archive = packed(files)
        make_folder(self.folder)
        replace_file(self._path(school), archive, mode=PRIVATE)
        return sha256(archive).hexdigest()

    def files(self, school: str, digest: str) -> tuple[SourceFile, ...] | None:
        """Return the files of this digest; None where they are gone, or others have come since."""
        archive = self._path(school).read_bytes() if self.exists(school) else b""
        if sha256(archive).hexdigest() != digest:
            return None
        with zipfile.ZipFile(io.BytesIO(archive)) as members:
            return tuple(SourceFile(name, members.read(name)) for name in members.namelist())

    def exists(self, school: str) -> bool:
        """Whether files of the school wait."""
        return self._path(school).exists()

    def forget(self, school: str) -> None:
        """Remove what waits."""
        self._path(school).unlink(missing_ok=True)

    def _path(self, school: str) -> Path:
        return self.folder / f"{school}.zip"


def contacts_upload(school: str) -> str:
    """Return the name under which a school's file of addresses waits, beside its files of marks."""
    return f"{school}.contacts"

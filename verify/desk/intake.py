"""What a person hands to the desk on the command line: files, folders and .zip archives, one document at a time."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from schemas.errors import Text
from verify.desk.archive import count_members, is_archive, open_archive
from verify.desk.submitted import Submitted, is_by_product, shown_name
from verify.files import open_regular_file
from verify.transcript import MAX_FILE_BYTES

MAX_FILES: Final = 50_000
"""Files in folders and on the command line: whoever names a whole disk by mistake is told so at once."""


def list_files(paths: Iterable[Path]) -> tuple[list[tuple[Path, str]], bool]:
    """Return the files at these paths with the names to show, folders walked in order; and whether there are more.

    A link is followed where a person named it, never where it lies in a folder; what an operating system leaves
    beside people's files is left out.
    """
    found: list[tuple[Path, str]] = []
    for file in _walk(paths):
        if len(found) == MAX_FILES:
            return found, True
        found.append(file)
    return found, False


def read_submitted(path: Path, name: str) -> Iterator[Submitted]:
    """Give the document at a path, or the documents of the archive there."""
    try:
        with open_regular_file(path) as file:
            beginning = file.read(4)
            file.seek(0)
            if is_archive(beginning):
                yield from open_archive(file, name)
            else:
                yield Submitted(shown_name(name), file.read(MAX_FILE_BYTES + 1))
    except OSError:
        yield Submitted(shown_name(name), refusal=_NOT_OPENED)


def count_documents(path: Path) -> int:
    """Return about how many documents a path holds, for a progress bar: an archive's list of members is believed."""
    try:
        with open_regular_file(path) as file:
            return count_members(file) if is_archive(file.read(4)) else 1
    except OSError:
        return 1


def is_desk_work(paths: Iterable[Path]) -> bool:
    """Say whether any of these paths is a folder or an archive, so that one name stands for many documents."""
    return any(path.is_dir() or _begins_as_archive(path) for path in paths)


def _walk(paths: Iterable[Path]) -> Iterator[tuple[Path, str]]:
    for path in paths:
        if not path.is_dir():
            yield path, path.name
            continue
        for folder, folders, files in os.walk(path):
            folders[:] = sorted(each for each in folders if not is_by_product(each))
            for name in sorted(files):
                file = Path(folder) / name
                if not is_by_product(name) and not file.is_symlink():
                    yield file, file.relative_to(path).as_posix()


def _begins_as_archive(path: Path) -> bool:
    try:
        with open_regular_file(path) as file:
            return is_archive(file.read(4))
    except OSError:
        return False


_NOT_OPENED = Text(
    "Không mở được tệp: hãy kiểm tra tên tệp và quyền đọc.",
    "The file cannot be opened: check its name and the right to read it.",
)

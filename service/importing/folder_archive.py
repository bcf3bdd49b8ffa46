"""A folder of workbooks as one .zip, as somebody sends it: unpacked one level deep, within limits."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from service.errors import ServiceError
from service.importing.formats import SourceFile
from service.importing.limits import MAX_FILE, MAX_RATIO

SUFFIXES = frozenset({".xlsx", ".xls", ".ods", ".csv"})
MAX_FILES = 5000
MAX_UNPACKED = 200 * 2**20
_DATE = (1980, 1, 1, 0, 0, 0)
# Every .xlsx has the first, every .ods the second.
_WORKBOOK_PARTS = frozenset({"[Content_Types].xml", "mimetype"})


def is_workbook_name(name: str) -> bool:
    """Whether a file of a folder is meant: spreadsheet programs leave "~$…" beside a file that is open."""
    path = PurePosixPath(name)
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(("~", "."))


def unpacked(file: SourceFile) -> Iterator[SourceFile]:
    """Yield the workbooks of an archive, by name, or the file itself where it is no archive of files.

    Raises:
        ServiceError: `archive-unreadable`, `archive-swollen`.
    """
    if not file.name.lower().endswith(".zip"):
        yield file
        return
    try:
        with zipfile.ZipFile(io.BytesIO(file.data)) as archive:
            members = archive.infolist()
            if _WORKBOOK_PARTS & {member.filename for member in members}:
                yield file
                return
            chosen = sorted(
                (member for member in members if is_workbook_name(member.filename)),
                key=lambda member: member.filename,
            )
            _check(chosen)
            for member in chosen:
                yield SourceFile(member.filename, archive.read(member))
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, RuntimeError, NotImplementedError) as error:
        raise _unreadable() from error


def packed(files: Sequence[SourceFile]) -> bytes:
    """Return files as one archive: the same bytes for the same files."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for file in files:
            archive.writestr(zipfile.ZipInfo(file.name, _DATE), file.data)
    return target.getvalue()


def _check(members: Sequence[zipfile.ZipInfo]) -> None:
    too_dense = any(member.file_size > MAX_RATIO * max(member.compress_size, 1) for member in members)
    too_large = any(member.file_size > MAX_FILE for member in members)
    if (
        too_dense
        or too_large
        or len(members) > MAX_FILES
        or sum(member.file_size for member in members) > MAX_UNPACKED
    ):
        raise ServiceError(
            "archive-swollen",
            "Tệp .zip giải nén ra quá lớn hoặc quá nhiều tệp; hãy giải nén rồi chọn từng nhóm tệp.",
            "The .zip unpacks to too much, or to too many files; unpack it and choose the files in groups.",
        )


def _unreadable() -> ServiceError:
    return ServiceError(
        "archive-unreadable",
        "Không giải nén được tệp .zip (hỏng hoặc có mật khẩu); hãy giải nén rồi chọn các tệp bên trong.",
        "The .zip cannot be unpacked (broken, or with a password); unpack it and choose the files in it.",
    )

"""Opens an untrusted .zip member by member, in memory: nothing is written, and no member's name ever opens a file.

A zip in a zip is opened once; deeper is refused. All limits hold on what is inflated, not on what the archive claims.
"""

from __future__ import annotations

import io
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import BinaryIO, Final

from schemas.errors import Text
from verify.desk.submitted import Submitted, is_by_product, shown_name
from verify.transcript import MAX_FILE_BYTES

MAX_MEMBERS: Final = 20_000
MAX_INFLATED: Final = 2 * 2**30
"""Bytes of all members of one archive together, those of the archives inside it included."""
MAX_INNER: Final = 64 * 2**20
"""Bytes of an archive inside an archive."""
MAX_RATIO: Final = 200
_DEEPEST: Final = 1
_UTF8: Final = 0x800
_MAX_DIRECTORY: Final = 8 * 2**20
_END: Final = struct.Struct("<4s4H2LH")
_END_SIGNATURE, _LOCATOR_SIGNATURE = b"PK\x05\x06", b"PK\x06\x07"
_ARCHIVE_SIGNATURES: Final = (b"PK\x03\x04", _END_SIGNATURE)
_BROKEN = (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError, NotImplementedError)


def is_archive(beginning: bytes) -> bool:
    """Say whether bytes begin as a .zip does; what a file is called does not count."""
    return beginning.startswith(_ARCHIVE_SIGNATURES)


def open_archive(file: BinaryIO, name: str) -> Iterator[Submitted]:
    """Give the members of an archive one after the other; what cannot be read is given with the reason."""
    yield from Opening().members(file, name)


def count_members(file: BinaryIO) -> int:
    """Return how many members an archive lists; 1 where it cannot be opened."""
    try:
        _check_directory(file)
        with zipfile.ZipFile(file) as archive:
            return max(
                1, sum(not one.is_dir() and not is_by_product(one.filename) for one in archive.infolist())
            )
    except (*_BROKEN, _TooLargeError):
        return 1


class Opening:
    """Archives being read, and what they have used of the limits that they share."""

    def __init__(self, members: int = MAX_MEMBERS, stopped: Callable[[], Text | None] = lambda: None) -> None:
        """Give at most so many members; from when `stopped` says why, they are named and no longer read."""
        self.left = MAX_INFLATED
        self.members_left = members
        self._stopped = stopped

    def members(self, file: BinaryIO, name: str, depth: int = 0) -> Iterator[Submitted]:
        """Give the members of an archive one after the other; what cannot be read is given with the reason."""
        try:
            _check_directory(file)
            archive = zipfile.ZipFile(file)
        except _TooLargeError:
            yield Submitted(shown_name(name), refusal=_TOO_MANY)
            return
        except _BROKEN:
            yield Submitted(shown_name(name), refusal=_NOT_AN_ARCHIVE)
            return
        with archive:
            members = [one for one in archive.infolist() if not one.is_dir()]
            if {"[Content_Types].xml", "META-INF/manifest.xml"} & {one.filename for one in members}:
                # A text document or a workbook is a .zip too; to people it is one file.
                yield Submitted(shown_name(name), refusal=_OFFICE_DOCUMENT, holds_none=True)
                return
            members = [one for one in members if not is_by_product(one.filename)]
            if not members:
                yield Submitted(shown_name(name), refusal=_EMPTY, holds_none=True)
            for member in members:
                self.members_left -= 1
                if self.members_left < 0:
                    yield Submitted(shown_name(name), refusal=self._stopped() or _TOO_MANY)
                    return
                yield from self._member(archive, member, name, depth)

    def _member(
        self, archive: zipfile.ZipFile, member: zipfile.ZipInfo, outer: str, depth: int
    ) -> Iterator[Submitted]:
        name = f"{outer}/{_name_of(member)}"
        refusal = self._stopped() or _refusal(member)
        if refusal is not None:
            yield Submitted(shown_name(name), refusal=refusal)
            return
        try:
            data = self._read(archive, member, MAX_FILE_BYTES + 1)
            if is_archive(data) and depth < _DEEPEST and len(data) > MAX_FILE_BYTES:
                data = self._read(archive, member, MAX_INNER + 1)
        except _TooLargeError:
            yield Submitted(shown_name(name), refusal=_TOO_MANY)
            return
        except _BROKEN:
            yield Submitted(shown_name(name), refusal=_DAMAGED)
            return
        if not is_archive(data):
            yield Submitted(shown_name(name), data)
        elif depth >= _DEEPEST:
            yield Submitted(shown_name(name), refusal=_TOO_DEEP)
        elif len(data) > MAX_INNER:
            yield Submitted(shown_name(name), refusal=_TOO_MANY)
        else:
            yield from self.members(io.BytesIO(data), name, depth + 1)

    def _read(self, archive: zipfile.ZipFile, member: zipfile.ZipInfo, most: int) -> bytes:
        wanted = min(most, member.file_size)
        if wanted > self.left:
            raise _TooLargeError
        with archive.open(member) as stream:
            data = stream.read(wanted)
        self.left -= len(data)
        if len(data) < wanted:
            raise zipfile.BadZipFile
        return data


class _TooLargeError(Exception):
    """More than would be read: the directory of an archive, or what its members inflate to."""


def _check_directory(file: BinaryIO) -> None:
    """Refuse an archive whose list of members would itself fill memory: `zipfile` reads it whole.

    The end record is looked for as `zipfile` looks for it.
    """
    size = file.seek(0, io.SEEK_END)
    tail_size = min(size, _END.size + 2**16 + 20)
    file.seek(size - tail_size)
    tail = file.read(tail_size)
    file.seek(0)
    at = len(tail) - _END.size
    if at < 0 or not (tail[at:].startswith(_END_SIGNATURE) and tail.endswith(b"\0\0")):
        at = tail.rfind(_END_SIGNATURE)
    if at < 0 or at + _END.size > len(tail):
        raise zipfile.BadZipFile
    _, _, _, _, entries, directory, _, _ = _END.unpack_from(tail, at)
    has_64_bit_end = tail[max(0, at - 20) : at].startswith(_LOCATOR_SIGNATURE)
    if has_64_bit_end or entries > MAX_MEMBERS or directory > _MAX_DIRECTORY:
        raise _TooLargeError


def _name_of(member: zipfile.ZipInfo) -> str:
    """Return the name as it was meant: without the mark of UTF-8 it is that all the same, or a Vietnamese Windows'."""
    if member.flag_bits & _UTF8 or member.filename.isascii():
        return member.filename
    raw = member.filename.encode("cp437")
    for encoding in ("utf-8", "cp1258"):
        with suppress(UnicodeDecodeError):
            return unicodedata.normalize("NFC", raw.decode(encoding))
    return member.filename


def _refusal(member: zipfile.ZipInfo) -> Text | None:
    if stat.S_ISLNK(member.external_attr >> 16):
        return _LINK
    if member.flag_bits & 0x1:
        return _ENCRYPTED
    if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        return _UNKNOWN_METHOD
    if member.file_size > MAX_RATIO * max(member.compress_size, 1):
        return _SWOLLEN
    return None


_NOT_AN_ARCHIVE = Text(
    "Tệp .zip hỏng hoặc tải chưa xong; hãy tải lại rồi thử lại.",
    "The .zip is damaged or incomplete; fetch it again and retry.",
)
_TOO_MANY = Text(
    "Tệp .zip chứa nhiều hơn mức đọc được (20.000 tệp, 2 GB; .zip bên trong: 64 MB): phần còn lại chưa được kiểm. "
    "Hãy chia nhỏ.",
    "The .zip holds more than is read (20,000 files, 2 GB; a .zip inside it: 64 MB): the rest was not checked. "
    "Split it.",
)
_EMPTY = Text("Tệp .zip không chứa tệp nào.", "The .zip holds no file.")
_OFFICE_DOCUMENT = Text(
    "Đây là tệp văn bản hoặc bảng tính, không phải học bạ PDF. Hãy chọn tệp PDF mà nhà trường đã gửi.",
    "This is a text document or a workbook, not a PDF transcript. Choose the PDF that the school sent.",
)
_LINK = Text(
    "Trong .zip đây chỉ là lối tắt, không có nội dung. Hãy nén chính tệp đó.",
    "In the .zip this is only a link, without content. Pack the file itself.",
)
_ENCRYPTED = Text(
    "Tệp trong .zip có mật khẩu. Hãy giải nén rồi nộp các tệp bên trong.",
    "The file in the .zip has a password. Unpack it and submit the files inside.",
)
_UNKNOWN_METHOD = Text(
    "Tệp trong .zip nén theo cách lạ. Hãy giải nén rồi nộp các tệp bên trong.",
    "The file is packed in an unusual way. Unpack the .zip and submit the files inside.",
)
_SWOLLEN = Text(
    "Tệp trong .zip phình ra quá mức của một học bạ, nên không được mở.",
    "The file would inflate beyond what a transcript can be, so it was not opened.",
)
_DAMAGED = Text(
    "Tệp này trong .zip bị hỏng. Hãy tải lại .zip rồi thử lại.",
    "This file in the .zip is damaged. Fetch the .zip again and retry.",
)
_TOO_DEEP = Text(
    "Tệp .zip nằm sâu hơn hai lớp .zip. Hãy giải nén rồi nộp.",
    "The .zip lies more than two .zip deep. Unpack it and submit what is inside.",
)
